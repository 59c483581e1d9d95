"""Arithmetic, reductions, products, casts, and the operators of tensors."""

import collections
import enum
import numbers

import numpy as np

from . import dtypes, generated
from .convert import add_op, apply_op, constant, convert_to_tensor, op_def
from .graph import Tensor, get_default_graph, name_scope
from .indexed_slices import gradients_of, values_of, with_values
from .variables import Variable


def _binary(op, x, y, name):
    return apply_op(op, name, [x, y]).outputs[0]


def add(x, y, name=None):
    return apply_op("AddV2", name, [x, y], default_name="Add").outputs[0]


def subtract(x, y, name=None):
    return _binary("Sub", x, y, name)


def multiply(x, y, name=None):
    return _binary("Mul", x, y, name)


def _true_operands(x, y):
    """Integers are divided as floating numbers."""
    x = (
        convert_to_tensor(x, name="x")
        if not _is_tensor(y) or _is_tensor(x)
        else convert_to_tensor(x, y.dtype.base_dtype, "x")
    )
    y = convert_to_tensor(y, x.dtype.base_dtype, "y")
    if x.dtype.base_dtype.is_integer:
        wide = dtypes.float32 if x.dtype.size <= 2 else dtypes.float64
        x, y = cast(x, wide), cast(y, wide)
    return x, y


def _is_tensor(value):
    return isinstance(value, Tensor) or hasattr(value, "_as_graph_tensor")


def truediv(x, y, name=None):
    with name_scope(name, "truediv", [x, y]) as scope:
        x, y = _true_operands(x, y)
        return _binary("RealDiv", x, y, scope)


def divide(x, y, name=None):
    return truediv(x, y, name) if name else x / y


def div(x, y, name=None):
    """Python 2's division: integers are rounded down."""
    with name_scope(name, "div", [x, y]) as scope:
        x = convert_to_tensor(x, name="x", preferred_dtype=y.dtype.base_dtype if _is_tensor(y) else None)
        y = convert_to_tensor(y, x.dtype.base_dtype, "y")
        return _binary("RealDiv" if x.dtype.is_floating or x.dtype.is_complex else "FloorDiv", x, y, scope)


def realdiv(x, y, name=None):
    return _binary("RealDiv", x, y, name)


def floordiv(x, y, name=None):
    with name_scope(name, "floordiv", [x, y]) as scope:
        return _binary("FloorDiv", x, y, scope)


def mod(x, y, name=None):
    return _binary("FloorMod", x, y, name)


def pow(x, y, name=None):
    return _binary("Pow", x, y, name)


def round(x, name=None):
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else generated.round_op(x, name=name)


def add_n(inputs, name=None):
    inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if not inputs:
        raise ValueError(
            "inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape"
        )
    inputs = [convert_to_tensor(value) for value in inputs]
    if len(inputs) == 1:
        return apply_op("Identity", name, inputs).outputs[0] if name else inputs[0]
    return apply_op("AddN", name, [inputs]).outputs[0]


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    return add_n(inputs, name or "AccumulateNV2")


def logical_xor(x, y, name="LogicalXor"):
    return generated.logical_and(
        generated.logical_or(x, y), generated.logical_not(generated.logical_and(x, y)), name=name
    )


def cast(x, dtype, name=None):
    wanted = dtypes.as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype is wanted:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.base_dtype is wanted:
            return x
        return add_op(get_default_graph(), op_def("Cast"), scope, [x], {"DstT": wanted}).outputs[0]


def _caster(name_of, dtype):
    def function(x, name=name_of):
        return cast(x, dtype, name)

    return function


to_float = _caster("ToFloat", dtypes.float32)
to_double = _caster("ToDouble", dtypes.float64)
to_int32 = _caster("ToInt32", dtypes.int32)
to_int64 = _caster("ToInt64", dtypes.int64)


def saturate_cast(value, dtype, name=None):
    wanted = dtypes.as_dtype(dtype)
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        if value.dtype.min < wanted.min:
            value = generated.maximum(value, constant(wanted.min, value.dtype))
        if value.dtype.max > wanted.max:
            value = generated.minimum(value, constant(wanted.max, value.dtype))
        return cast(value, wanted, scope)


def matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    name=None,
):
    with name_scope(name, "MatMul", [a, b]) as scope:
        a = convert_to_tensor(a, name="a", preferred_dtype=b.dtype.base_dtype if _is_tensor(b) else None)
        b = convert_to_tensor(b, a.dtype.base_dtype if not _is_tensor(b) else None, "b")
        ranks = (a.shape.ndims, b.shape.ndims)
        attrs = {"transpose_a": transpose_a or adjoint_a, "transpose_b": transpose_b or adjoint_b}
        op = "MatMul"
        if any(rank is None or rank > 2 for rank in ranks):
            op, attrs = "BatchMatMulV2", {"adj_x": attrs["transpose_a"], "adj_y": attrs["transpose_b"]}
        return apply_op(op, scope, [a, b], attrs).outputs[0]


def batch_matmul(x, y, adj_x=False, adj_y=False, name=None):
    return apply_op("BatchMatMulV2", name, [x, y], {"adj_x": adj_x, "adj_y": adj_y}, default_name="MatMul").outputs[0]


def _as_matrix(value, axes, axes_first):
    """`value` with `axes` as the first or the last dimension of two, and what the others were: numbers or a tensor."""
    from . import array_ops

    ndims = value.shape.ndims
    dims = None if ndims is None else value.shape.as_list()
    if ndims is None:
        sizes, rank = array_ops.shape(value), array_ops.rank(value)
        axes = generated.floormod(convert_to_tensor(axes, dtypes.int32), rank)
        free = array_ops.setdiff1d(array_ops.range(0, rank, 1), axes)[0]
        order = array_ops.concat([axes, free] if axes_first else [free, axes], 0)
    else:
        axes = [axis % ndims for axis in axes]
        free = [i for i in range(ndims) if i not in axes]
        order = np.array(axes + free if axes_first else free + axes, np.int32)
        if None not in dims:
            inner = int(np.prod([dims[i] for i in axes], dtype=np.int64))
            matrix = array_ops.reshape(array_ops.transpose(value, order), [inner, -1] if axes_first else [-1, inner])
            return matrix, [dims[i] for i in free]
        sizes = array_ops.shape(value)
        axes, free = np.array(axes, np.int32), np.array(free, np.int32)
    left = array_ops.gather(sizes, free)
    counts = [reduce_prod(left), reduce_prod(array_ops.gather(sizes, axes))]
    matrix = array_ops.reshape(
        array_ops.transpose(value, order), array_ops.stack(counts[::-1] if axes_first else counts)
    )
    return matrix, left


def tensordot(a, b, axes, name=None):
    """Sums of products over `axes` of both: a number of the last and first ones, or a list for each."""
    from . import array_ops

    with name_scope(name, "Tensordot", [a, b]) as scope:
        a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
        if isinstance(axes, numbers.Integral):
            axes = [list(range(-axes, 0)), list(range(axes))]
        axes_a, axes_b = ([item] if isinstance(item, numbers.Integral) else list(item) for item in axes)
        left, free_a = _as_matrix(a, axes_a, axes_first=False)
        right, free_b = _as_matrix(b, axes_b, axes_first=True)
        product = matmul(left, right)
        if isinstance(free_a, list) and isinstance(free_b, list):
            return array_ops.reshape(product, free_a + free_b, scope)
        free = [convert_to_tensor(np.array(f, np.int32)) if isinstance(f, list) else f for f in (free_a, free_b)]
        return array_ops.reshape(product, array_ops.concat(free, 0), scope)


def _axes(x, axis):
    if axis is None:
        rank = x.shape.ndims
        if rank is not None:
            return constant(np.arange(rank, dtype=np.int32))
        from .array_ops import range as tensor_range
        from .array_ops import rank as rank_of

        return tensor_range(0, rank_of(x), 1)
    return axis


def _reduction(op, public):
    def function(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
        axis = reduction_indices if axis is None else axis
        keep = bool(keep_dims if keepdims is None else keepdims)
        dtype = dtypes.bool if op in ("All", "Any") else None
        x = convert_to_tensor(input_tensor, dtype, "input" if not _is_tensor(input_tensor) else None)
        result = apply_op(op, name, [x, _axes(x, axis)], {"keep_dims": keep}).outputs[0]
        if axis is None and not keep and x.shape.ndims is None:
            result.set_shape([])
        return result

    function.__name__ = function.__qualname__ = public
    return function


reduce_sum = _reduction("Sum", "reduce_sum")
reduce_mean = _reduction("Mean", "reduce_mean")
reduce_prod = _reduction("Prod", "reduce_prod")
reduce_max = _reduction("Max", "reduce_max")
reduce_min = _reduction("Min", "reduce_min")
reduce_all = _reduction("All", "reduce_all")
reduce_any = _reduction("Any", "reduce_any")


def count_nonzero(
    input_tensor=None,
    axis=None,
    keepdims=None,
    dtype=dtypes.int64,
    name=None,
    reduction_indices=None,
    keep_dims=None,
    input=None,
):
    """How many elements are not 0, false or the empty string."""
    with name_scope(name, "count_nonzero", [input_tensor, input]):
        x = convert_to_tensor(input_tensor if input is None else input, name="input")
        kind = x.dtype.base_dtype
        nothing = "" if kind is dtypes.string else 0
        is_any = x if kind is dtypes.bool else generated.not_equal(x, constant(nothing, kind))
        return cast(reduce_sum(cast(is_any, dtypes.int64), axis, keepdims, None, reduction_indices, keep_dims), dtype)


def reduce_logsumexp(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    from .array_ops import reshape, shape, where, zeros_like

    axis = reduction_indices if axis is None else axis
    keep = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "ReduceLogSumExp", [input_tensor]) as scope:
        x = convert_to_tensor(input_tensor)
        raw = reduce_max(x, axis, True)
        highest = generated.stop_gradient(where(generated.is_finite(raw), raw, zeros_like(raw)))
        total = generated.log(reduce_sum(generated.exp(subtract(x, highest)), axis, keep))
        if not keep:
            highest = reshape(highest, shape(total))
        return add(total, highest, name=scope)


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    with name_scope(name, "reduce_variance", [input_tensor]):
        mean = reduce_mean(input_tensor, axis, True)
        return reduce_mean(generated.square(subtract(input_tensor, mean)), axis, keepdims)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    with name_scope(name, "reduce_std", [input_tensor]):
        return generated.sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_euclidean_norm(input_tensor, axis=None, keepdims=False, name=None):
    with name_scope(name, "EuclideanNorm", [input_tensor]) as scope:
        return generated.sqrt(reduce_sum(generated.square(input_tensor), axis, keepdims), name=scope)


def _index_of(op, public):
    def function(input, axis=None, name=None, dimension=None, output_type=dtypes.int64):
        axis = dimension if axis is None else axis
        operation = apply_op(op, name, [input, 0 if axis is None else axis], {"output_type": output_type})
        return operation.outputs[0]

    function.__name__ = function.__qualname__ = public
    return function


argmax = arg_max = _index_of("ArgMax", "argmax")
argmin = arg_min = _index_of("ArgMin", "argmin")


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None, keep_dims=None):
    keep = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "norm", [tensor]) as scope:
        x = convert_to_tensor(tensor)
        if ord in ("euclidean", "fro", 2):
            return generated.sqrt(reduce_sum(generated.square(x), axis, keep), name=scope)
        if ord == 1:
            return reduce_sum(generated.abs(x), axis, keep, name=scope)
        if ord == np.inf:
            return reduce_max(generated.abs(x), axis, keep, name=scope)
        return pow(reduce_sum(pow(generated.abs(x), ord), axis, keep), 1.0 / ord, name=scope)


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    with name_scope(name, "clip_by_value", [t]) as scope:
        return generated.maximum(generated.minimum(t, clip_value_max), clip_value_min, name=scope)


def clip_by_norm(t, clip_norm, axes=None, name=None):
    from .array_ops import identity, ones_like, where

    with name_scope(name, "clip_by_norm", [t]) as scope:
        values = convert_to_tensor(values_of(t))
        squares = reduce_sum(values * values, axes, True)
        is_positive = squares > 0
        safe = where(is_positive, squares, ones_like(squares))
        length = where(is_positive, generated.sqrt(safe), squares)
        scaled = values * clip_norm
        return with_values(t, identity(scaled / generated.maximum(length, clip_norm), name=scope))


def clip_by_average_norm(t, clip_norm, name=None):
    """`t`, shortened where its norm by its number of elements is above `clip_norm`."""
    from .array_ops import identity, size

    with name_scope(name, "clip_by_average_norm", [t]) as scope:
        t = convert_to_tensor(t)
        count = cast(size(t), t.dtype.base_dtype)
        inverse = generated.rsqrt(reduce_sum(t * t))
        scaled = t * clip_norm
        bound = generated.minimum(inverse * count, constant(1.0, t.dtype.base_dtype) / clip_norm)
        return identity(scaled * bound, name=scope)


def global_norm(t_list, name=None):
    from .array_ops import stack

    with name_scope(name, "global_norm", t_list):
        halves = [generated.l2_loss(values_of(t)) for t in t_list if t is not None]
        return generated.sqrt(reduce_sum(stack(halves)) * constant(2.0, halves[0].dtype), name="global_norm")


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    from .array_ops import identity

    length = global_norm(t_list, name) if use_norm is None else use_norm
    with name_scope(name, "clip_by_global_norm", t_list) as scope:
        scale = clip_norm * generated.minimum(1.0 / length, constant(1.0, length.dtype) / clip_norm)
        # Where the norm is no number nothing that is left is one.
        scale = scale + (length - length)
        clipped = [
            None if t is None else with_values(t, identity(values_of(t) * scale, name=f"{scope}_{i}"))
            for i, t in enumerate(t_list)
        ]
        return clipped, length


class UnconnectedGradients(enum.Enum):
    NONE = "none"
    ZERO = "zero"


def gradients(
    ys,
    xs,
    grad_ys=None,
    name="gradients",
    colocate_gradients_with_ops=False,
    gate_gradients=False,
    aggregation_method=None,
    stop_gradients=None,
    unconnected_gradients=UnconnectedGradients.NONE,
):
    """The derivatives of the sum of `ys` by each of `xs`; None, or zeros, where ys do not depend on it."""
    zeros_where_none = UnconnectedGradients(unconnected_gradients) is UnconnectedGradients.ZERO
    as_list = lambda value: list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
    of_variables = lambda value: value._nodes.ref if isinstance(value, Variable) else convert_to_tensor(value)
    ys = [convert_to_tensor(y) for y in as_list(ys)]
    given = as_list(grad_ys) or [None] * len(ys)
    if len(given) != len(ys):
        raise ValueError(f"Passed {len(given)} grad_ys for {len(ys)} ys")
    given = [None if grad is None else convert_to_tensor(grad, y.dtype.base_dtype) for grad, y in zip(given, ys)]
    xs = [of_variables(x) for x in as_list(xs)]
    stops = [of_variables(x) for x in as_list(stop_gradients)]
    found = gradients_of(get_default_graph(), ys, xs, given, stops, bool(gate_gradients), name or "gradients")
    return [_zeros_of(x) if one is None and zeros_where_none else one for one, x in zip(found, xs)]


def _zeros_of(x):
    from .array_ops import zeros, zeros_like

    if x.dtype is not dtypes.resource:
        return zeros_like(x)
    variable = get_default_graph().variables[x]
    return zeros(variable.shape, variable.dtype)


Moments = collections.namedtuple("Moments", ["mean", "variance"])


# The operators.
def _operator(function, name):
    def forward(x, y):
        with name_scope(None, name, [x]) as scope:
            return function(x, _other(y, x), scope)

    def backward(y, x):
        with name_scope(None, name, [y]) as scope:
            return function(convert_to_tensor(x, y.dtype.base_dtype, "x"), y, scope)

    return forward, backward


def _other(y, x):
    return y if _is_tensor(y) else convert_to_tensor(y, x.dtype.base_dtype, "y")


def _add_operator(x, y, scope):
    return apply_op("AddV2", scope, [x, y]).outputs[0]


def _div_operator(x, y, scope):
    x, y = _true_operands(x, y)
    return _binary("RealDiv", x, y, scope)


def _and(x, y, scope):
    return generated.logical_and(x, y, name=scope)


def _or(x, y, scope):
    return generated.logical_or(x, y, name=scope)


_OPERATORS = {
    "add": (_add_operator, "add"),
    "sub": (subtract, "sub"),
    "mul": (multiply, "mul"),
    "div": (div, "div"),
    "truediv": (_div_operator, "truediv"),
    "floordiv": (lambda x, y, scope: _binary("FloorDiv", x, y, scope), "floordiv"),
    "mod": (mod, "mod"),
    "pow": (pow, "pow"),
    "matmul": (lambda x, y, scope: matmul(x, y, name=scope), "matmul"),
    "and": (_and, "and"),
    "or": (_or, "or"),
    "xor": (lambda x, y, scope: logical_xor(x, y, scope), "xor"),
}


def _install():
    from .array_ops import slice_helper

    methods = {}
    for key, (function, name) in _OPERATORS.items():
        methods[f"__{key}__"], methods[f"__r{key}__"] = _operator(function, name)
    for key in ("less", "less_equal", "greater", "greater_equal"):
        short = {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}[key]
        methods[f"__{short}__"] = lambda x, y, key=key: getattr(generated, key)(x, y)
    methods["__neg__"] = lambda x: generated.negative(x)
    methods["__abs__"] = lambda x: generated.abs(x)
    methods["__invert__"] = lambda x: generated.logical_not(x)
    methods["__getitem__"] = slice_helper
    for key, method in methods.items():
        setattr(Tensor, key, method)
        # A variable is its value there.
        setattr(Variable, key, lambda self, *args, method=method: method(self._as_graph_tensor(), *args))


_install()
