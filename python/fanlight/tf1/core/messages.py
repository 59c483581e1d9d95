"""The protocol messages that programs make or read, as small classes: settings, summaries, graphs.

A message is fields on the wire: a key (number · 8 + kind), then a varint (0), eight bytes (1), a length and so many
bytes (2), or four bytes (5). What a class here does not know is kept as it came.
"""

import struct

from fanlight import _engine


def _varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes_field(number, data):
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7


def fields(data):
    """(number, value, bytes of the field) of each field: values of kind 1 and 5 are bytes."""
    at = 0
    while at < len(data):
        begin = at
        key, at = _read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _read_varint(data, at)
        else:
            if kind == 2:
                length, at = _read_varint(data, at)
            elif kind in (1, 5):
                length = 8 if kind == 1 else 4
            else:
                raise ValueError(f"these bytes are no message: a field of kind {kind} at byte {begin}")
            value = data[at : at + length]
            if len(value) != length:
                raise ValueError(f"these bytes are no message: a field at byte {begin} ends beyond them")
            at += length
        yield key >> 3, value, data[begin:at]


class Settings:
    """A message of settings: any field may be set; those that are not there yet are settings themselves."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = self.__dict__[name] = Settings()
        return made

    def __bool__(self):
        return bool(self.__dict__)

    def __eq__(self, other):
        return isinstance(other, Settings) and self.__dict__ == other.__dict__

    __hash__ = None

    def CopyFrom(self, other):
        self.__dict__.clear()
        self.__dict__.update(other.__dict__)

    MergeFrom = lambda self, other: self.__dict__.update(other.__dict__)

    def __repr__(self):
        return "".join(f"{key}: {value!r}\n" for key, value in self.__dict__.items())


class ConfigProto(Settings):
    """tf.ConfigProto: of its fields intra_op_parallelism_threads counts, others are kept and have no meaning here."""


class GPUOptions(Settings):
    pass


class OptimizerOptions(Settings):
    L0, L1 = -1, 0
    OFF, ON_1, ON_2 = -1, 1, 2


class GraphOptions(Settings):
    pass


class RunOptions:
    """tf.RunOptions: a time limit, whether a run is traced, whether it ends at the first NaN or infinity."""

    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = range(4)

    def __init__(self, trace_level=NO_TRACE, timeout_in_ms=0, check_numerics=False, **ignored):
        self.trace_level = trace_level
        self.timeout_in_ms = timeout_in_ms
        self.check_numerics = check_numerics
        self.__dict__.update(ignored)


class Message:
    """A message that is kept as its bytes."""

    def __init__(self, data=b""):
        self._data = bytes(data)

    def SerializeToString(self, deterministic=None):
        return self._data

    def ParseFromString(self, data):
        self._data = bytes(data)
        return len(data)

    MergeFromString = ParseFromString

    @classmethod
    def FromString(cls, data):
        message = cls()
        message.ParseFromString(data)
        return message

    def CopyFrom(self, other):
        self.ParseFromString(other.SerializeToString())

    def ByteSize(self):
        return len(self.SerializeToString())

    def __eq__(self, other):
        return type(self) is type(other) and self.SerializeToString() == other.SerializeToString()

    __hash__ = None


class NodeDef:
    """A node of a GraphDef, to look at."""

    def __init__(self, data=b""):
        self.name = self.op = self.device = ""
        self.input = []
        for number, value, _ in fields(data):
            if number == 1:
                self.name = value.decode()
            elif number == 2:
                self.op = value.decode()
            elif number == 3:
                self.input.append(value.decode())
            elif number == 4:
                self.device = value.decode()

    @classmethod
    def of_operation(cls, operation):
        node = cls()
        node.name, node.op, node.device = operation.name, operation.type, operation.device
        node.input = [tensor.name.removesuffix(":0") for tensor in operation.inputs]
        node.input += sorted(f"^{other.name}" for other in operation.control_inputs)
        return node

    def __repr__(self):
        inputs = "".join(f"input: {name!r}\n" for name in self.input)
        return f"name: {self.name!r}\nop: {self.op!r}\n{inputs}"


class GraphDef(Message):
    """A graph as a message. Its nodes are to look at: they are changed in a graph, not here."""

    @property
    def node(self):
        return [NodeDef(value) for number, value, _ in fields(self._data) if number == 1]

    def __repr__(self):
        return _engine.graph_def_text(self._data)


class MetaGraphDef(Message):
    """A graph with its collections and saver as a message, to look at."""

    def _field(self, number):
        return next((value for found, value, _ in fields(self._data) if found == number), None)

    @property
    def graph_def(self):
        return GraphDef(self._field(2) or b"")

    @property
    def saver_def(self):
        from .saver_messages import SaverDef

        return SaverDef.FromString(self._field(3) or b"")

    def HasField(self, name):
        return self._field({"meta_info_def": 1, "graph_def": 2, "saver_def": 3}[name]) is not None

    def __repr__(self):
        return _engine.meta_graph_text(self._data)


class _SummaryValue:
    """A tag and its number; what else a value has is kept."""

    def __init__(self, tag="", simple_value=None, **others):
        if others:
            raise NotImplementedError(f"Summary.Value: {', '.join(others)} is not there; use the ops of tf.summary")
        self.tag = tag
        self._number = simple_value
        self._rest = b""

    @property
    def simple_value(self):
        return 0.0 if self._number is None else self._number

    @simple_value.setter
    def simple_value(self, value):
        self._number = value

    def _part(self, name):
        """One of the kinds of values that are only looked at here."""
        from . import summary_messages

        number, kind = summary_messages.PARTS[name]
        return kind.FromString(b"".join(value for found, value, _ in fields(self._rest) if found == number))

    image = property(lambda self: self._part("image"))
    histo = property(lambda self: self._part("histo"))
    audio = property(lambda self: self._part("audio"))
    metadata = property(lambda self: self._part("metadata"))

    def WhichOneof(self, name):
        from . import summary_messages

        if self._number is not None:
            return "simple_value"
        numbers = {number for number, _, _ in fields(self._rest)}
        return next((kind for kind, number in summary_messages.NUMBERS.items() if number in numbers), None)

    @classmethod
    def _parse(cls, data):
        value = cls()
        for number, content, raw in fields(data):
            if number == 1:
                value.tag = content.decode()
            elif number == 2:
                value._number = struct.unpack("<f", content)[0]
            else:
                value._rest += raw
        return value

    def _bytes(self):
        out = _bytes_field(1, self.tag.encode())
        if self._number is not None:
            out += _varint(2 << 3 | 5) + struct.pack("<f", self._number)
        return out + self._rest

    def HasField(self, name):
        from . import summary_messages

        if name == "simple_value":
            return self._number is not None
        number = summary_messages.NUMBERS.get(name) or summary_messages.PARTS[name][0]
        return any(found == number for found, _, _ in fields(self._rest))

    def __repr__(self):
        kind = self.WhichOneof("value")
        text = (
            ""
            if kind is None
            else f"{kind}: {self.simple_value}\n"
            if self._number is not None
            else f"{kind} {{...}}\n"
        )
        return f'tag: "{self.tag}"\n{text}'


class _ValueList(list):
    def add(self, **values):
        self.append(_SummaryValue(**values))
        return self[-1]


class Summary(Message):
    """tf.Summary(value=[tf.Summary.Value(tag="accuracy", simple_value=0.9)])."""

    Value = _SummaryValue

    def __init__(self, value=()):
        self.value = _ValueList(value)

    def SerializeToString(self, deterministic=None):
        return b"".join(_bytes_field(1, value._bytes()) for value in self.value)

    def ParseFromString(self, data):
        self.value = _ValueList(_SummaryValue._parse(value) for number, value, _ in fields(bytes(data)) if number == 1)
        return len(data)

    MergeFromString = ParseFromString

    def __repr__(self):
        return "".join(f"value {{\n{value!r}}}\n" for value in self.value)


class SessionLog:
    """A mark in an event file."""

    STATUS_UNSPECIFIED, START, STOP, CHECKPOINT = range(4)

    def __init__(self, status=0, checkpoint_path="", msg=""):
        self.status, self.checkpoint_path, self.msg = status, checkpoint_path, msg
