"""Functions that are one op each: made of the engine's definition of the op and a line of this table, when asked for.

A line is `name(arguments) = Op`: the first arguments are the op's inputs in their order, the others its attributes by
their names. Each function takes `name=None` last.
"""

import inspect

from .convert import apply_op, op_def, op_result

_TABLE = """
abs(x) = Abs
acos(x) = Acos
acosh(x) = Acosh
argmax_op(input, dimension, output_type) = ArgMax
as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill='') = AsString
asin(x) = Asin
asinh(x) = Asinh
atan(x) = Atan
atan2(y, x) = Atan2
atanh(x) = Atanh
assert_op(condition, data, summarize=3) = Assert
bias_add_grad(out_backprop, data_format='NHWC') = BiasAddGrad
broadcast_to(input, shape) = BroadcastTo
ceil(x) = Ceil
check_numerics(tensor, message) = CheckNumerics
conv2d_backprop_filter(input, filter_sizes, out_backprop, strides, padding) = Conv2DBackpropFilter
conv2d_backprop_input(input_sizes, filter, out_backprop, strides, padding) = Conv2DBackpropInput
cos(x) = Cos
cosh(x) = Cosh
cumprod(x, axis=0, exclusive=False, reverse=False) = Cumprod
cumsum(x, axis=0, exclusive=False, reverse=False) = Cumsum
diag(diagonal) = Diag
diag_part(input) = DiagPart
digamma(x) = Digamma
div_no_nan(x, y) = DivNoNan
dynamic_partition(data, partitions, num_partitions) = DynamicPartition
dynamic_stitch(indices, data) = DynamicStitch
elu(features) = Elu
equal(x, y) = Equal
erf(x) = Erf
erfc(x) = Erfc
exp(x) = Exp
expm1(x) = Expm1
floor(x) = Floor
floordiv(x, y) = FloorDiv
floormod(x, y) = FloorMod
gather_nd(params, indices) = GatherNd
greater(x, y) = Greater
greater_equal(x, y) = GreaterEqual
identity_n(input) = IdentityN
invert_permutation(x) = InvertPermutation
is_finite(x) = IsFinite
is_inf(x) = IsInf
is_nan(x) = IsNan
l2_loss(t) = L2Loss
less(x, y) = Less
less_equal(x, y) = LessEqual
lgamma(x) = Lgamma
log(x) = Log
log1p(x) = Log1p
logical_and(x, y) = LogicalAnd
logical_not(x) = LogicalNot
logical_or(x, y) = LogicalOr
matrix_band_part(input, num_lower, num_upper) = MatrixBandPart
maximum(x, y) = Maximum
minimum(x, y) = Minimum
multiply_no_nan(x, y) = MulNoNan
negative(x) = Neg
not_equal(x, y) = NotEqual
polygamma(a, x) = Polygamma
prevent_gradient(input, message='') = PreventGradient
reciprocal(x) = Reciprocal
relu(features) = Relu
relu6(features) = Relu6
reverse(tensor, axis) = ReverseV2
rint(x) = Rint
round_op(x) = Round
rsqrt(x) = Rsqrt
scatter_nd(indices, updates, shape) = ScatterNd
segment_max(data, segment_ids) = SegmentMax
segment_mean(data, segment_ids) = SegmentMean
segment_min(data, segment_ids) = SegmentMin
segment_prod(data, segment_ids) = SegmentProd
segment_sum(data, segment_ids) = SegmentSum
selu(features) = Selu
sigmoid(x) = Sigmoid
sign(x) = Sign
sin(x) = Sin
sinh(x) = Sinh
softplus(features) = Softplus
softsign(features) = Softsign
sqrt(x) = Sqrt
square(x) = Square
squared_difference(x, y) = SquaredDifference
stop_gradient(input) = StopGradient
string_join(inputs, separator='') = StringJoin
tan(x) = Tan
tanh(x) = Tanh
tensor_scatter_nd_add(tensor, indices, updates) = TensorScatterAdd
tensor_scatter_nd_sub(tensor, indices, updates) = TensorScatterSub
tensor_scatter_nd_update(tensor, indices, updates) = TensorScatterUpdate
tile(input, multiples) = Tile
top_k(input, k=1, sorted=True) = TopKV2
truncatediv(x, y) = TruncateDiv
truncatemod(x, y) = TruncateMod
unique(x, out_idx=3) = Unique
unsorted_segment_max(data, segment_ids, num_segments) = UnsortedSegmentMax
unsorted_segment_min(data, segment_ids, num_segments) = UnsortedSegmentMin
unsorted_segment_prod(data, segment_ids, num_segments) = UnsortedSegmentProd
unsorted_segment_sum(data, segment_ids, num_segments) = UnsortedSegmentSum
xdivy(x, y) = Xdivy
xlogy(x, y) = Xlogy
zeta(x, q) = Zeta
"""

# Scopes that TensorFlow's functions name otherwise than the op.
_DEFAULT_NAMES = {
    "floordiv": "floordiv",
    "gather_nd": "GatherNd",
    "equal": "Equal",
    "not_equal": "NotEqual",
    "reverse": "ReverseV2",
    "top_k": "TopKV2",
}

_LINES = {line.partition("(")[0]: line for line in _TABLE.strip().splitlines()}
NAMES = tuple(_LINES)


def _make(name):
    signature, _, op = _LINES[name].partition(" = ")
    text = signature[len(name) + 1 : -1]
    # The table is ours: its defaults are plain literals.
    parameters = list(inspect.signature(eval(f"lambda {text}, name=None: None")).parameters.values())
    definition = op_def(op)
    num_inputs = len(definition.inputs)
    names = [parameter.name for parameter in parameters]
    inputs, attrs = names[:num_inputs], names[num_inputs:-1]
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    default_name = _DEFAULT_NAMES.get(name, op)

    def function(*args, **kwargs):
        if len(args) > len(names):
            raise TypeError(
                f"{name}() takes from {num_inputs} to {len(names)} positional arguments but {len(args)} were given"
            )
        given = dict(zip(names, args))
        for key, value in kwargs.items():
            if key not in names:
                raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
            if key in given:
                raise TypeError(f"{name}() got multiple values for argument '{key}'")
            given[key] = value
        given = {**defaults, **given}
        missing = [each for each in names if each not in given]
        if missing:
            raise TypeError(f"{name}() missing required argument: '{missing[0]}'")
        operation = apply_op(
            op,
            given["name"],
            [given[each] for each in inputs],
            {each: given[each] for each in attrs},
            default_name=default_name,
        )
        return op_result(operation)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The op {op}: docs/ops says what it computes."
    function.__signature__ = inspect.Signature(parameters)
    return function


def __getattr__(name):
    if name not in _LINES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = globals()[name] = _make(name)
    return function
