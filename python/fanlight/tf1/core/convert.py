"""Values of Python's into tensors of a graph, and ops by their definitions."""

import collections
import functools

import numpy as np

from fanlight import _engine

from . import dtypes, shapes
from .graph import Operation, Tensor, get_default_graph

_NUMBERS = {"float64": np.float32, "int64": np.int32}


def _has_tensor(value):
    return any(
        isinstance(item, Tensor)
        or hasattr(item, "_as_graph_tensor")
        or (isinstance(item, (list, tuple)) and _has_tensor(item))
        for item in value
    )


def _encoded(value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _as_bytes_array(array):
    out = np.empty(array.shape, np.object_)
    for index, item in np.ndenumerate(array):
        if not isinstance(item, (str, bytes)):
            raise TypeError(f"Expected string, got {item!r} of type '{type(item).__name__}' instead.")
        out[index] = _encoded(item)
    return out


def as_array(value, dtype=None):
    """`value` as a contiguous array: of `dtype`, or of the one that TensorFlow gives to what a program writes."""
    dtype = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    is_array = isinstance(value, (np.ndarray, np.generic))
    if isinstance(value, shapes.TensorShape):
        value = value.as_list()
    elif isinstance(value, shapes.Dimension):
        value = value.value
    if value is None:
        raise ValueError("None values not supported.")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"Argument must be a dense tensor: {value!r} - {error}") from None
    if dtype is dtypes.string and array.size == 0:
        return np.empty(array.shape, np.object_)
    if array.dtype.kind in "USO":
        if dtype is not None and dtype is not dtypes.string:
            raise TypeError(f"Expected {dtype.name}, got {value!r} of type '{type(value).__name__}' instead.")
        return _as_bytes_array(array)
    if dtype is dtypes.string:
        raise TypeError(f"Expected string, got {value!r} of type '{type(value).__name__}' instead.")
    if dtype is None:
        if is_array:
            return _contiguous(array)
        smaller = _NUMBERS.get(array.dtype.name)
        if array.dtype == np.int64 and not np.array_equal(array.astype(np.int32), array):
            smaller = None
        return _contiguous(array if smaller is None else array.astype(smaller))
    if not is_array:
        loses = array.dtype.kind == "f" and not (dtype.is_floating or dtype.is_complex) and array.size
        if loses or (array.dtype.kind == "b") != dtype.is_bool and array.size:
            raise TypeError(f"Expected {dtype.name}, got {value!r} of type '{type(value).__name__}' instead.")
    return _contiguous(array.astype(dtype.as_numpy_dtype))


def _contiguous(array):
    # ascontiguousarray gives what has no rank one dimension.
    return (
        array
        if array.flags.c_contiguous and array.dtype.isnative
        else np.array(array, array.dtype.newbyteorder("="), order="C")
    )


def feed_array(value, number):
    """What a run is fed with: any value, converted to the placeholder's dtype as NumPy does it."""
    dtype = dtypes.BY_NUMBER.get(number)
    if dtype is dtypes.string:
        array = np.asarray(value)
        return _as_bytes_array(array if array.dtype.kind in "USO" else array.astype(np.str_))
    if dtype is None:
        return as_array(value)
    if _has_tensor([value]):
        raise TypeError("The value of a feed cannot be a tf.Tensor object.")
    return _contiguous(np.asarray(value, dtype=dtype.as_numpy_dtype))


def bfloat16_bits(array):
    """The bits of an array of bfloat16; None for another."""
    return array.view(np.uint16) if array.dtype.name == "bfloat16" else None


def bfloat16_array(bits):
    """An array of ml_dtypes.bfloat16; of float32 where ml_dtypes is not installed."""
    kind = dtypes.bfloat16.as_numpy_dtype
    return (bits.astype(np.uint32) << np.uint32(16)).view(kind) if kind is np.float32 else bits.view(kind)


def bytes_array(items, dims):
    array = np.empty(len(items), np.object_)
    array[:] = items
    return array.reshape(dims)


def constant(value, dtype=None, shape=None, name="Const", verify_shape=False):
    """A tensor that is always `value`; with `shape`, a single value is repeated."""
    graph = get_default_graph()
    array = as_array(value, dtype)
    dims = None
    if shape is not None:
        dims = shapes.as_shape(shape).as_list()
        if verify_shape and list(array.shape) != dims:
            raise TypeError(f"Expected Tensor's shape: {tuple(dims)}, got {array.shape}.")
        count = int(np.prod(dims, dtype=np.int64))
        if array.size != count:
            if array.size > count or array.size == 0:
                raise ValueError(f"Too many elements provided. Needed at most {count}, but received {array.size}")
            # The last value stands for all that are missing.
            array = np.concatenate([array.ravel(), np.repeat(array.ravel()[-1:], count - array.size)]).reshape(dims)
    number = 0 if dtype is None else dtypes.as_dtype(dtype).base_dtype.number
    return graph.constant(array, number, dims, name or "Const")


def convert_to_tensor(value, dtype=None, name=None, preferred_dtype=None, dtype_hint=None, as_ref=False):
    """The tensor that `value` is, or a new constant of it."""
    preferred_dtype = preferred_dtype or dtype_hint
    wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    if not isinstance(value, Tensor):
        if hasattr(value, "_as_graph_tensor"):
            value = value._as_graph_tensor(as_ref)
        elif isinstance(value, (list, tuple)) and _has_tensor(value):
            from .array_ops import pack_values

            return pack_values(value, wanted, name or "packed")
        elif isinstance(value, Operation):
            raise TypeError(f"Can't convert Operation '{value.name}' to Tensor")
        else:
            if wanted is None and preferred_dtype is not None:
                try:
                    return constant(value, preferred_dtype, name=name or "Const")
                except (TypeError, ValueError, OverflowError):
                    pass
            return constant(value, wanted, name=name or "Const")
    if wanted is not None and value.dtype.base_dtype is not wanted:
        raise ValueError(
            f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype {value.dtype.name}: {value!r}"
        )
    branch = value.graph.branch
    return value if branch is None else branch.inside(value)


def convert_n_to_tensor(values, dtype=None, name=None, preferred_dtype=None):
    return [
        convert_to_tensor(value, dtype, None if name is None else f"{name}_{i}", preferred_dtype)
        for i, value in enumerate(values)
    ]


class OpDef:
    """What an op takes and gives (fanlight/engine/graph/op.h)."""

    def __init__(self, name, description):
        inputs, outputs, attrs = description
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.attrs = {attr[0]: attr for attr in attrs}
        kinds = [arg for arg in (*inputs, *outputs)]
        inferred = {part for arg in kinds for part in arg[2:5] if part}
        of_inputs = {part for arg in inputs for part in arg[2:5] if part}
        # Attributes that a caller gives: all but those that follow from the inputs.
        self.given_attrs = [name for name in self.attrs if name not in of_inputs]
        self.inferred = inferred


_definitions = {}


def op_def(name):
    found = _definitions.get(name)
    if found is None:
        description = _engine.describe_op(name)
        if description is None:
            raise NotImplementedError(f"the engine has no op {name}")
        found = _definitions[name] = OpDef(name, description)
    return found


def _known_dtypes(definition, inputs, attrs):
    """The dtypes of the op's type attributes, as far as its tensors and attributes tell."""
    known = {}
    for name, attr in definition.attrs.items():
        if attr[1] == "type" and name in attrs:
            known[name] = dtypes.as_dtype(attrs[name]).base_dtype
    for arg, value in zip(definition.inputs, inputs):
        type_attr, number_attr = arg[2], arg[3]
        if not type_attr or type_attr in known:
            continue
        for item in value if number_attr and isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, Tensor) or hasattr(item, "_as_graph_tensor"):
                known[type_attr] = item.dtype.base_dtype
                break
            if isinstance(item, (np.ndarray, np.generic)):
                known.setdefault(type_attr, dtypes.as_dtype(item.dtype))
                break
    return known


def _input(definition, arg, value, known, name):
    """One input as a tensor. What is a literal takes the dtype of the op's other arguments of its type."""
    arg_name, fixed, type_attr, _, _, is_ref = arg
    wanted = dtypes.BY_NUMBER[fixed] if fixed else known.get(type_attr)
    if isinstance(value, Tensor) or hasattr(value, "_as_graph_tensor"):
        tensor = convert_to_tensor(value, as_ref=is_ref)
        if wanted is not None and tensor.dtype.base_dtype is not wanted:
            where = f"type {wanted.name} of argument" if not fixed else f"expected type of {wanted.name}"
            raise TypeError(
                f"Input '{arg_name}' of '{definition.name}' Op has type {tensor.dtype.base_dtype.name} that does not "
                f"match {where}."
            )
    else:
        default = definition.attrs.get(type_attr, (None,) * 4)
        try:
            if wanted is None and default[2] is not None:
                tensor = convert_to_tensor(value, name=name, preferred_dtype=dtypes.BY_NUMBER[default[2]])
            else:
                tensor = convert_to_tensor(value, wanted, name=name)
        except (TypeError, ValueError) as error:
            if value is None:
                raise ValueError("None values not supported.") from None
            kind = wanted.name if wanted is not None else "a tensor"
            raise type(error)(
                f"Input '{arg_name}' of '{definition.name}' Op: {value!r} cannot become {kind}: {error}"
            ) from None
    allowed = definition.attrs.get(type_attr, (None, None, None, ()))[3]
    if allowed and tensor.dtype.base_dtype.number not in allowed:
        names = ", ".join(dtypes.BY_NUMBER[number].name for number in allowed)
        raise TypeError(
            f"Value passed to parameter '{arg_name}' has DataType {tensor.dtype.base_dtype.name} not in list of "
            f"allowed values: {names}"
        )
    if type_attr:
        known.setdefault(type_attr, tensor.dtype.base_dtype)
    return tensor


def apply_op(op, name, inputs, attrs=None, shape=None, default_name=None):
    """A new node of `op` in a scope of its name, in which literal inputs become constants: its Operation."""
    definition = op_def(op)
    attrs = attrs or {}
    graph = _graph_of(inputs)
    graph.enter_name_scope(name or default_name or op)
    try:
        return add_op(graph, definition, graph.scope_name + "/", inputs, attrs, shape)
    finally:
        graph.exit_scope()


def _graph_of(inputs):
    graph = get_default_graph()
    for value in inputs:
        if isinstance(value, Tensor) and value.graph is not graph:
            raise ValueError(f"{value!r} must be from the same graph as the default one.")
    return graph


def add_op(graph, definition, exact_name, inputs, attrs, shape=None):
    """The same within the scope that is open, under this name (fanlight/engine/graph/graph_builder.h)."""
    known = _known_dtypes(definition, inputs, attrs)
    tensors = []
    engine_attrs = {}
    for arg, value in zip(definition.inputs, inputs):
        arg_name, _, _, number_attr, list_attr, _ = arg
        if number_attr or list_attr:
            values = [
                _input(
                    definition,
                    (arg_name, arg[1], "" if list_attr else arg[2], "", "", arg[5]),
                    item,
                    known,
                    f"{arg_name}_{i}",
                )
                for i, item in enumerate(value)
            ]
            tensors += values
            if number_attr:
                engine_attrs[number_attr] = len(values)
            else:
                engine_attrs[list_attr] = [tensor.dtype.base_dtype.number for tensor in values]
        else:
            tensors.append(_input(definition, arg, value, known, arg_name))
    for key, value in attrs.items():
        engine_attrs[key] = _engine_value(definition.attrs.get(key), value)
    return graph.add(
        definition.name, exact_name, tensors, engine_attrs, [], None if shape is None else shapes.as_dims(shape)
    )


def _engine_value(attr, value):
    kind = attr[1] if attr is not None else ""
    if kind == "type":
        return dtypes.as_dtype(value).base_dtype.number
    if kind == "list(type)":
        return [dtypes.as_dtype(item).base_dtype.number for item in value]
    if kind == "shape":
        return shapes.as_dims(value)
    return value


@functools.lru_cache(None)
def _result_type(op):
    """A named tuple of an op's outputs; None where one of them is a list."""
    outputs = op_def(op).outputs
    if any(output[3] or output[4] for output in outputs):
        return None
    return collections.namedtuple(op, [output[0] for output in outputs])


def op_result(operation):
    """What TensorFlow's functions return for an op: its output, a (named) tuple or list of them, or the Operation."""
    outputs = operation.outputs
    if len(outputs) == 1:
        return outputs[0]
    if not outputs:
        return operation
    named = _result_type(operation.type)
    return outputs if named is None else named(*outputs)
