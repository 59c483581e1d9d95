"""Messages whose fields a table names."""

import struct

from .messages import Message, _bytes_field, _read_varint, _varint, fields


def _number_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    # As short as a float of four bytes allows; doubles are times, which are told whole.
    return (str(value) if abs(value) >= 1e8 else f"{value:.8g}") if isinstance(value, float) else str(value)


def _single(value):
    """The nearest float of four bytes, as Python's own."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def _signed(bits):
    return lambda value: (value & (1 << bits) - 1) - (value >> bits - 1 & 1) * (1 << bits)


def _write_entry(entry):
    key, text = entry
    return _varint(8) + _varint(key) + _bytes_field(2, text.encode())


def _read_entry(data):
    found = {number: value for number, value, _ in fields(bytes(data))}
    return found.get(1, 0), bytes(found.get(2, b"")).decode()


# Kinds of fields: the kind on the wire; how a value is written after its key, and read; what it is by itself.
_KINDS = {
    "string": (2, lambda value: value.encode(), lambda data: bytes(data).decode(), ""),
    "int32": (0, _varint, _signed(32), 0),
    "int64": (0, _varint, _signed(64), 0),
    "uint64": (0, _varint, int, 0),
    "bool": (0, lambda value: _varint(int(value)), bool, False),
    "float": (5, lambda value: struct.pack("<f", value), lambda data: struct.unpack("<f", data)[0], 0.0),
    "double": (1, lambda value: struct.pack("<d", value), lambda data: struct.unpack("<d", data)[0], 0.0),
    "bytes": (2, bytes, bytes, b""),
    "map": (2, _write_entry, _read_entry, None),  # Of numbers to strings.
}


class _Messages(list):
    """A list of messages of one class."""

    def __init__(self, kind, items=()):
        super().__init__(items)
        self._kind = kind

    def add(self, **values):
        self.append(self._kind(**values))
        return self[-1]


class FieldsMessage(Message):
    """A message whose fields a table names, by their numbers: (number, name, kind, whether it is a list).

    A kind is one of those above or another message's class. What the table does not name is kept as it came.
    """

    TABLE = ()
    ONEOFS = {}  # Name → the fields of which one is there.

    def __init__(self, **values):
        object.__setattr__(self, "_others", b"")
        for _, name, kind, is_list in self.TABLE:
            value = values.pop(name, None)
            if is_list:
                value = _Messages(kind, value or ()) if isinstance(kind, type) else list(value or ())
            elif value is None:
                value = kind() if isinstance(kind, type) else {} if kind == "map" else _KINDS[kind][3]
            setattr(self, name, value)
        if values:
            raise ValueError(f"Protocol message {type(self).__name__} has no {next(iter(values))!r} field.")

    def __setattr__(self, name, value):
        kinds = {field: (kind, is_list) for _, field, kind, is_list in self.TABLE}
        if name not in kinds:
            raise AttributeError(f"Assignment not allowed: no field {name!r} in {type(self).__name__}.")
        if kinds[name] == ("float", False):
            value = _single(value)
        elif kinds[name] == ("string", False) and not isinstance(value, str):
            raise TypeError(f"bad argument type for built-in operation: {name} wants a string, got {value!r}")
        object.__setattr__(self, name, value)

    def _values(self):
        """(number, name, kind, value) of all that a field holds: nothing for one that is as it is by itself."""
        for number, name, kind, is_list in self.TABLE:
            value = getattr(self, name)
            if is_list:
                yield from ((number, name, kind, item) for item in value)
            elif kind == "map":
                yield from ((number, name, kind, item) for item in sorted(value.items()))
            elif value.SerializeToString() if isinstance(value, Message) else value:
                yield number, name, kind, value

    def SerializeToString(self, deterministic=None):
        out = b""
        packed = set()
        for number, name, kind, value in self._values():
            if isinstance(kind, type):
                out += _bytes_field(number, value.SerializeToString())
                continue
            wire, write = _KINDS[kind][:2]
            if wire != 2 and isinstance(getattr(self, name), list):
                if name not in packed:
                    out += _bytes_field(number, b"".join(map(write, getattr(self, name))))
                packed.add(name)
                continue
            data = write(value)
            out += _bytes_field(number, data) if wire == 2 else _varint(number << 3 | wire) + data
        return out + self._others

    def ParseFromString(self, data):
        self.__init__()
        return self.MergeFromString(data)

    def MergeFromString(self, data):
        by_number = {number: (name, kind, is_list) for number, name, kind, is_list in self.TABLE}
        for number, value, raw in fields(bytes(data)):
            name, kind, is_list = by_number.get(number, (None, None, None))
            if name is None:
                object.__setattr__(self, "_others", self._others + raw)
                continue
            values = [kind.FromString(value)] if isinstance(kind, type) else _read_all(kind, value, is_list)
            if is_list:
                getattr(self, name).extend(values)
            elif kind == "map":
                getattr(self, name).update(values)
            else:
                setattr(self, name, values[0])
        return len(data)

    def HasField(self, name):
        value = getattr(self, name)
        return bool(value.SerializeToString() if isinstance(value, Message) else value)

    def WhichOneof(self, name):
        return next((field for field in self.ONEOFS[name] if self.HasField(field)), None)

    def __repr__(self):
        lines = []
        for _, name, kind, value in self._values():
            if isinstance(value, Message) or kind == "map":
                inner = f'key: {value[0]}\nvalue: "{value[1]}"' if kind == "map" else repr(value)
                lines += [f"{name} {{\n", *(f"  {line}\n" for line in inner.splitlines()), "}\n"]
                continue
            text = None
            if kind == "string":
                text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
            elif kind == "bytes":
                text = '"' + value.decode("latin-1").encode("unicode_escape").decode() + '"'
            lines.append(f"{name}: {text or self._text(name, value)}\n")
        return "".join(lines)

    def _text(self, name, value):
        return _number_text(value)


def define(name, /, **numbered):
    """A class of messages: name=(number, kind) or (number, kind, "repeated")."""
    table = tuple((given[0], field, given[1], len(given) > 2) for field, given in numbered.items())
    return type(name, (FieldsMessage,), {"TABLE": table, "__module__": __name__})


def _read_all(kind, value, is_list):
    """A field's value; of a list of numbers one, or many in a row."""
    wire, _, read, _ = _KINDS[kind]
    if not is_list or wire == 2:
        return [read(value)]
    if wire == 0:
        if isinstance(value, int):
            return [read(value)]
        found, at = [], 0
        while at < len(value):
            number, at = _read_varint(value, at)
            found.append(read(number))
        return found
    width = 8 if wire == 1 else 4
    return [read(value[at : at + width]) for at in range(0, len(value), width)]
