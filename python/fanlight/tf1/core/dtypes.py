"""The types of elements: tf.float32 and the others, with TensorFlow's numbers and names."""

import builtins
import functools

import numpy as np

_REF = 100  # A variable's reference type has its value's number and this.


class DType:
    """One type. There is one object of each, so `is` compares as well as `==`."""

    __slots__ = ("number", "name", "_numpy_type")

    def __init__(self, number, name, numpy_type):
        self.number = number
        self.name = name
        self._numpy_type = numpy_type

    @property
    def as_numpy_dtype(self):
        return _bfloat16_type() if self._numpy_type is None else self._numpy_type

    @property
    def as_datatype_enum(self):
        return self.number

    @property
    def is_ref(self):
        return self.number > _REF

    _is_ref_dtype = is_ref

    @property
    def base_dtype(self):
        return BY_NUMBER[self.number - _REF] if self.is_ref else self

    @property
    def _as_ref(self):
        return self if self.is_ref else BY_NUMBER[self.number + _REF]

    @property
    def is_floating(self):
        return self.base_dtype.name in ("float16", "bfloat16", "float32", "float64")

    @property
    def is_complex(self):
        return self.base_dtype.name in ("complex64", "complex128")

    @property
    def is_integer(self):
        return self.base_dtype.name.lstrip("u").startswith("int")

    @property
    def is_bool(self):
        return self.base_dtype.name == "bool"

    @property
    def is_unsigned(self):
        return self.base_dtype.name.startswith("uint")

    @property
    def size(self):
        known = {"string": 1, "bfloat16": 2}.get(self.base_dtype.name)
        return np.dtype(self.as_numpy_dtype).itemsize if known is None else known

    @property
    def real_dtype(self):
        return {"complex64": float32, "complex128": float64}.get(self.base_dtype.name, self)

    def _limits(self):
        kind = self.base_dtype
        if kind.is_integer:
            return np.iinfo(kind.as_numpy_dtype)
        if kind.is_floating:
            return np.finfo(kind.as_numpy_dtype)
        raise TypeError(f"Cannot find limits of {self}.")

    @property
    def min(self):
        return self._limits().min

    @property
    def max(self):
        return self._limits().max

    def is_compatible_with(self, other):
        return self.base_dtype is as_dtype(other).base_dtype

    def __eq__(self, other):
        if self is other:
            return True
        if other is None:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self.number

    def __int__(self):
        return self.number

    def __repr__(self):
        return f"tf.{self.name}"

    def __str__(self):
        return f"<dtype: {self.name!r}>"

    def __reduce__(self):
        return as_dtype, (self.name,)


@functools.cache
def _bfloat16_type():
    """NumPy's type by ml_dtypes, which takes its time to import; float32 holds the values too."""
    try:
        from ml_dtypes import bfloat16 as found
    except ImportError:
        return np.float32
    return found


BY_NUMBER = {}
_BY_NAME = {}


def _make(number, name, numpy_type):
    dtype = DType(number, name, numpy_type)
    reference = DType(number + _REF, name + "_ref", numpy_type)
    for one in (dtype, reference):
        BY_NUMBER[one.number] = one
        _BY_NAME[one.name] = one
    return dtype


float32 = _make(1, "float32", np.float32)
float64 = double = _make(2, "float64", np.float64)
int32 = _make(3, "int32", np.int32)
uint8 = _make(4, "uint8", np.uint8)
int16 = _make(5, "int16", np.int16)
int8 = _make(6, "int8", np.int8)
string = _make(7, "string", np.object_)
complex64 = _make(8, "complex64", np.complex64)
int64 = _make(9, "int64", np.int64)
bool = _make(10, "bool", np.bool_)
bfloat16 = _make(14, "bfloat16", None)
uint16 = _make(17, "uint16", np.uint16)
complex128 = _make(18, "complex128", np.complex128)
float16 = half = _make(19, "float16", np.float16)
resource = _make(20, "resource", np.object_)
variant = _make(21, "variant", np.object_)
uint32 = _make(22, "uint32", np.uint32)
uint64 = _make(23, "uint64", np.uint64)

_BY_NAME.update({"float": float32, "double": float64, "half": float16})
_BY_NAME.update({"float_ref": BY_NUMBER[101], "double_ref": BY_NUMBER[102], "half_ref": BY_NUMBER[119]})
_BY_TYPE = {float: float32, builtins.bool: bool, object: string, str: string, bytes: string}
_BY_NUMPY = {
    np.dtype(dtype._numpy_type): dtype
    for dtype in list(BY_NUMBER.values())
    if not dtype.is_ref and dtype._numpy_type is not None and dtype._numpy_type is not np.object_
}

# What the extension makes arrays with.
NUMPY_DTYPES = {dtype.number: numpy_dtype for numpy_dtype, dtype in _BY_NUMPY.items()}
NUMPY_SCALARS = {number: numpy_dtype.type for number, numpy_dtype in NUMPY_DTYPES.items()}


def as_dtype(value):
    """The DType that `value` names: itself, a number, a name, a type of Python's or NumPy's."""
    if isinstance(value, DType):
        return value
    try:
        found = _BY_NAME.get(value) or _BY_TYPE.get(value) or BY_NUMBER.get(value)
    except TypeError:
        found = None
    if found is not None:
        return found
    try:
        numpy_dtype = np.dtype(value)
    except TypeError:
        numpy_dtype = None
    if numpy_dtype is not None:
        if numpy_dtype.kind in "SUO":
            return string
        if numpy_dtype in _BY_NUMPY:
            return _BY_NUMPY[numpy_dtype]
        if numpy_dtype.name == "bfloat16":
            return bfloat16
    raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.")
