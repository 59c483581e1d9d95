"""The messages that savers make and read: SaverDef and CheckpointState."""

import struct

from .messages import _bytes_field, _Message, _varint, fields


def _number_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    # As short as a float of four bytes allows; doubles are times, which are told whole.
    return (str(value) if abs(value) >= 1e8 else f"{value:.8g}") if isinstance(value, float) else str(value)


def _single(value):
    """The nearest float of four bytes, as Python's own."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


# Kinds of fields: how a value is written after its key, and read; the kind on the wire.
_KINDS = {
    "string": (2, lambda value: value.encode(), lambda data: bytes(data).decode()),
    "int32": (0, _varint, lambda value: (value & 0xFFFFFFFF) - (value >> 31 & 1) * (1 << 32)),
    "bool": (0, lambda value: _varint(int(value)), bool),
    "float": (5, lambda value: struct.pack("<f", value), lambda data: struct.unpack("<f", data)[0]),
    "double": (1, lambda value: struct.pack("<d", value), lambda data: struct.unpack("<d", data)[0]),
}
_ZERO = {"string": "", "int32": 0, "bool": False, "float": 0.0, "double": 0.0}


class _FieldsMessage(_Message):
    """A message whose fields a table names: (number, name, kind, whether it is a list)."""

    TABLE = ()

    def __init__(self, **values):
        for _, name, kind, is_list in self.TABLE:
            value = values.pop(name, None)
            setattr(self, name, list(value or ()) if is_list else _ZERO[kind] if value is None else value)
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

    def SerializeToString(self, deterministic=None):
        out = b""
        for number, name, kind, is_list in self.TABLE:
            wire, write, _ = _KINDS[kind]
            value = getattr(self, name)
            if is_list and wire == 1:
                out += _bytes_field(number, b"".join(map(write, value))) if value else b""
                continue
            for one in value if is_list else [value] if value else ():
                data = write(one)
                out += _bytes_field(number, data) if wire == 2 else _varint(number << 3 | wire) + data
        return out

    def ParseFromString(self, data):
        self.__init__()
        return self.MergeFromString(data)

    def MergeFromString(self, data):
        by_number = {number: (name, kind, is_list) for number, name, kind, is_list in self.TABLE}
        for number, value, _ in fields(bytes(data)):
            name, kind, is_list = by_number.get(number, (None, None, None))
            if name is None:
                continue
            read = _KINDS[kind][2]
            if not is_list:
                setattr(self, name, read(value))
            elif kind == "double":  # One, or many in a row.
                getattr(self, name).extend(read(value[at : at + 8]) for at in range(0, len(value), 8))
            else:
                getattr(self, name).append(read(value))
        return len(data)

    def __repr__(self):
        lines = []
        for _, name, kind, is_list in self.TABLE:
            value = getattr(self, name)
            for one in value if is_list else [value] if value else ():
                text = '"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' if kind == "string" else None
                lines.append(f"{name}: {text or self._text(name, one)}\n")
        return "".join(lines)

    def _text(self, name, value):
        return _number_text(value)


class SaverDef(_FieldsMessage):
    """tf.train.SaverDef: the nodes of a saver, and what it keeps."""

    LEGACY, V1, V2 = range(3)

    class CheckpointFormatVersion:
        LEGACY, V1, V2 = range(3)

    TABLE = (
        (1, "filename_tensor_name", "string", False),
        (2, "save_tensor_name", "string", False),
        (3, "restore_op_name", "string", False),
        (4, "max_to_keep", "int32", False),
        (5, "sharded", "bool", False),
        (6, "keep_checkpoint_every_n_hours", "float", False),
        (7, "version", "int32", False),
    )

    def _text(self, name, value):
        return ("LEGACY", "V1", "V2")[value] if name == "version" else super()._text(name, value)


class CheckpointState(_FieldsMessage):
    """tf.train.CheckpointState: what the file `checkpoint` says."""

    TABLE = (
        (1, "model_checkpoint_path", "string", False),
        (2, "all_model_checkpoint_paths", "string", True),
        (3, "all_model_checkpoint_timestamps", "double", True),
        (4, "last_preserved_timestamp", "double", False),
    )
