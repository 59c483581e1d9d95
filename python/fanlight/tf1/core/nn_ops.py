"""tf.nn: layers of networks, losses of logits, normalisation."""

import math
import numbers

from fanlight import _engine

from . import dtypes, generated
from .array_ops import reshape, shape, squeeze, where_v2
from .convert import apply_op, constant, convert_to_tensor
from .graph import Tensor, get_default_graph, name_scope
from .math_ops import (
    Moments,
    add,
    cast,
    matmul,
    multiply,
    reduce_mean,
    reduce_sum,
    subtract,
)
from .random_ops import random_uniform


def bias_add(value, bias, data_format=None, name=None):
    _want_nhwc(data_format)
    return apply_op("BiasAdd", name, [value, bias]).outputs[0]


def xw_plus_b(x, weights, biases, name=None):
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        return bias_add(matmul(x, weights), biases, name=scope)


def relu_layer(x, weights, biases, name=None):
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        return generated.relu(bias_add(matmul(x, weights), biases), name=scope)


def leaky_relu(features, alpha=0.2, name=None):
    return apply_op("LeakyRelu", name, [features], {"alpha": alpha}).outputs[0]


def crelu(features, name=None, axis=-1):
    from .array_ops import concat

    with name_scope(name, "CRelu", [features]) as scope:
        x = convert_to_tensor(features)
        return generated.relu(concat([x, generated.negative(x)], axis), name=scope)


def _along_last(op, public):
    def function(logits, axis=None, name=None, dim=None):
        axis = -1 if axis is None and dim is None else axis if axis is not None else dim
        logits = convert_to_tensor(logits)
        rank = logits.shape.ndims
        if axis == -1 or rank is not None and axis == rank - 1:
            return apply_op(op, name, [logits]).outputs[0]
        from .array_ops import transpose

        with name_scope(name, public, [logits]):
            order = list(range(rank))
            order[axis % rank], order[-1] = order[-1], order[axis % rank]
            return transpose(apply_op(op, None, [transpose(logits, order)]).outputs[0], order)

    function.__name__ = function.__qualname__ = public
    return function


softmax = _along_last("Softmax", "softmax")
log_softmax = _along_last("LogSoftmax", "log_softmax")


def swish(features):
    return multiply(features, generated.sigmoid(features))


# Losses.
def _named_only(sentinel, name):
    if sentinel is not None:
        raise ValueError(f"Only call `{name}` with named arguments (labels=..., logits=..., ...)")


def _check_pair(labels, logits, name):
    if logits is None or labels is None:
        raise ValueError(f"Both `labels` and `logits` must be provided to {name}.")


def sparse_softmax_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, name=None):
    _named_only(_sentinel, "sparse_softmax_cross_entropy_with_logits")
    _check_pair(labels, logits, "sparse_softmax_cross_entropy_with_logits")
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]) as scope:
        labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
        labels_shape = shape(labels)
        rank = logits.shape.ndims
        if rank == 0:
            raise ValueError(f"`logits` cannot be a scalar. Received logits={logits}")
        if rank is not None and labels.shape.ndims not in (None, rank - 1):
            raise ValueError(
                f"Rank mismatch: Rank of labels (received {labels.shape.ndims}) should equal rank of logits minus 1 "
                f"(received {rank})."
            )
        if rank in (2, None):
            op = apply_op("SparseSoftmaxCrossEntropyWithLogits", scope, [logits, labels])
            return op.outputs[0]
        flat = reshape(logits, [-1, logits.shape[-1].value])
        op = apply_op("SparseSoftmaxCrossEntropyWithLogits", None, [flat, reshape(labels, [-1])])
        return reshape(op.outputs[0], labels_shape)


def _softmax_loss(labels, logits, dim, name, stops_labels):
    logits = convert_to_tensor(logits)
    labels = convert_to_tensor(labels, logits.dtype.base_dtype) if not isinstance(labels, Tensor) else labels
    if labels.dtype.base_dtype is not logits.dtype.base_dtype:
        labels = cast(labels, logits.dtype.base_dtype)
    if dim not in (-1, logits.shape.ndims and logits.shape.ndims - 1):
        raise NotImplementedError("softmax_cross_entropy_with_logits: classes lie along the last dimension only")
    return _engine.softmax_cross_entropy(get_default_graph(), labels, logits, stops_labels, name or "")


def softmax_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, dim=-1, name=None, axis=None):
    _named_only(_sentinel, "softmax_cross_entropy_with_logits")
    _check_pair(labels, logits, "softmax_cross_entropy_with_logits")
    return _softmax_loss(labels, logits, dim if axis is None else axis, name, True)


def softmax_cross_entropy_with_logits_v2(labels=None, logits=None, axis=None, name=None, dim=None):
    _check_pair(labels, logits, "softmax_cross_entropy_with_logits_v2")
    axis = -1 if axis is None and dim is None else axis if axis is not None else dim
    return _softmax_loss(labels, logits, axis, name, False)


def sigmoid_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, name=None):
    _named_only(_sentinel, "sigmoid_cross_entropy_with_logits")
    _check_pair(labels, logits, "sigmoid_cross_entropy_with_logits")
    logits = convert_to_tensor(logits, name="logits")
    labels = convert_to_tensor(labels, logits.dtype.base_dtype, "labels")
    if not labels.shape.is_compatible_with(logits.shape):
        raise ValueError(
            f"`logits` and `labels` must have the same shape, received ({logits.shape} vs {labels.shape})."
        )
    return _engine.sigmoid_cross_entropy(get_default_graph(), labels, logits, name or "logistic_loss")


def weighted_cross_entropy_with_logits(labels=None, logits=None, pos_weight=None, name=None, targets=None):
    labels = targets if labels is None else labels
    logits = convert_to_tensor(logits, name="logits")
    labels = convert_to_tensor(labels, logits.dtype.base_dtype, "labels")
    weight = pos_weight if isinstance(pos_weight, Tensor) else float(pos_weight)
    return _engine.weighted_cross_entropy(get_default_graph(), labels, logits, weight, name or "logistic_loss")


def in_top_k(predictions, targets, k, name=None):
    with name_scope(name, "in_top_k", [predictions, targets]) as scope:
        targets = convert_to_tensor(targets)
        return apply_op(
            "InTopKV2", scope, [predictions, targets, constant(k, targets.dtype.base_dtype, name="k")]
        ).outputs[0]


def zero_fraction(value, name=None):
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        zero = constant(0, value.dtype.base_dtype, name="zero")
        return reduce_mean(cast(generated.equal(value, zero), dtypes.float32), name="fraction")


# Images.
def _want_nhwc(data_format):
    if data_format not in (None, "NHWC", "N...C"):
        raise NotImplementedError(f"data_format {data_format}: images are [batch, height, width, channels] (NHWC) here")


def _padding(padding):
    """The attributes of a name, or of what is added before and behind along each dimension."""
    if isinstance(padding, str):
        return {"padding": padding}
    pairs = [list(pair) for pair in padding]
    if len(pairs) != 4 or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"explicit padding wants four pairs, before and behind of batch, height, width, channels; got {padding}"
        )
    return {"padding": "EXPLICIT", "explicit_paddings": [int(number) for pair in pairs for number in pair]}


def _four(value, what):
    """A window's lengths along all four dimensions."""
    if isinstance(value, numbers.Integral):
        return [1, value, value, 1]
    value = [int(item) for item in value]
    if len(value) == 1:
        return [1, value[0], value[0], 1]
    if len(value) == 2:
        return [1, *value, 1]
    if len(value) != 4:
        raise ValueError(f"{what} should be of length 1, 2 or 4 but was {len(value)}")
    return value


def conv2d(
    input,
    filter=None,
    strides=None,
    padding=None,
    use_cudnn_on_gpu=True,
    data_format="NHWC",
    dilations=None,
    name=None,
    filters=None,
):
    _want_nhwc(data_format)
    attrs = {"strides": _four(strides, "strides"), **_padding(padding)}
    if dilations not in (None, 1, [1, 1, 1, 1], (1, 1, 1, 1)):
        attrs["dilations"] = _four(dilations, "dilations")
    kernel = filters if filter is None else filter
    return apply_op("Conv2D", name, [input, kernel], attrs).outputs[0]


def atrous_conv2d(value, filters, rate, padding, name=None):
    return conv2d(value, filters, 1, padding, dilations=[1, rate, rate, 1], name=name or "convolution")


def convolution(input, filter, padding, strides=None, dilation_rate=None, name=None, data_format=None):
    return conv2d(input, filter, strides or 1, padding, True, data_format, dilation_rate, name)


def conv2d_transpose(
    value=None,
    filter=None,
    output_shape=None,
    strides=None,
    padding="SAME",
    data_format="NHWC",
    name=None,
    input=None,
    filters=None,
):
    _want_nhwc(data_format)
    value = input if value is None else value
    kernel = filters if filter is None else filter
    with name_scope(name, "conv2d_transpose", [value]) as scope:
        attrs = {"strides": _four(strides, "strides"), "padding": padding}
        return apply_op("Conv2DBackpropInput", scope, [output_shape, kernel, value], attrs).outputs[0]


def _pool(op, public):
    def function(value=None, ksize=None, strides=None, padding=None, data_format="NHWC", name=None, input=None):
        _want_nhwc(data_format)
        attrs = {"ksize": _four(ksize, "ksize"), "strides": _four(strides, "strides"), "padding": padding}
        return apply_op(op, name, [input if value is None else value], attrs).outputs[0]

    function.__name__ = function.__qualname__ = public
    return function


max_pool = _pool("MaxPool", "max_pool")
avg_pool = _pool("AvgPool", "avg_pool")


def lrn(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """Local response normalisation: each channel divided by a power of the squares of its neighbours."""
    from .array_ops import pad, shape
    from .array_ops import slice as tensor_slice
    from .math_ops import pow as power

    with name_scope(name, "LRN", [input]) as scope:
        x = convert_to_tensor(input)
        channels = x.shape[-1].value
        if channels is None:
            channels = shape(x)[-1]
        padded = pad(generated.square(x), [[0, 0], [0, 0], [0, 0], [depth_radius, depth_radius]])
        total = None
        for offset in range(2 * depth_radius + 1):
            part = tensor_slice(padded, [0, 0, 0, offset], [-1, -1, -1, channels])
            total = part if total is None else add(total, part)
        result = multiply(x, power(add(multiply(total, float(alpha)), float(bias)), -float(beta)), name=scope)
        result.set_shape(x.shape.with_rank(4))
        return result


local_response_normalization = lrn


def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """exp(log_input) - log_input · targets; the full loss has Stirling's estimate of log(targets!) too."""
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input, targets = convert_to_tensor(log_input), convert_to_tensor(targets)
        if not targets.shape.is_compatible_with(log_input.shape):
            raise ValueError(
                f"`log_input` and `targets` must have the same shape, received {log_input.shape} vs {targets.shape}."
            )
        loss = subtract(generated.exp(log_input), multiply(log_input, targets))
        if not compute_full_loss:
            return loss
        half_log = multiply(generated.log(multiply(targets, 2 * math.pi)), 0.5)
        stirling = add(subtract(multiply(targets, generated.log(targets)), targets), half_log)
        is_small = generated.logical_and(generated.greater_equal(targets, 0.0), generated.less_equal(targets, 1.0))
        return add(loss, where_v2(is_small, constant(0, targets.dtype), stirling))


# Dropout, moments, normalisation.
def dropout(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None):
    """Elements kept with probability keep_prob and scaled by its inverse, the others 0."""
    if keep_prob is None and rate is None:
        raise ValueError("`keep_prob` or `rate` must be given.")
    if keep_prob is not None and rate is not None:
        raise ValueError("Only one of `keep_prob` and `rate` may be given.")
    if rate is None:
        is_tensor = isinstance(keep_prob, Tensor) or hasattr(keep_prob, "_as_graph_tensor")
        rate = subtract(1.0, keep_prob) if is_tensor else 1.0 - keep_prob
    is_number = isinstance(rate, numbers.Real)
    if is_number and not 0 <= rate < 1:
        raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}")
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(f"`x.dtype` must be a floating point tensor. Received: x.dtype={x.dtype}")
        if is_number and rate == 0:
            get_default_graph().next_seeds(seed)  # TensorFlow counts it as a random op all the same.
            return x
        if is_number:
            kept = multiply(x, constant(1 / (1 - rate), x.dtype))
        else:
            rate = convert_to_tensor(rate, x.dtype)
            kept = apply_op("RealDiv", None, [x, subtract(constant(1, x.dtype), rate)]).outputs[0]
        sample = random_uniform(_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
        return where_v2(generated.greater_equal(sample, rate), kept, constant(0, x.dtype))


def _noise_shape(x, noise_shape):
    if noise_shape is None:
        return shape(x)
    if isinstance(noise_shape, Tensor):
        return noise_shape
    known = x.shape
    if known.ndims == len(noise_shape):
        return [known[i].value if dim is None else dim for i, dim in enumerate(noise_shape)]
    return noise_shape


def moments(x, axes, shift=None, name=None, keep_dims=None, keepdims=None):
    with name_scope(name, "moments", [x]):
        y = convert_to_tensor(x)
        mean = reduce_mean(y, axes, True, name="mean")
        squares = generated.squared_difference(y, generated.stop_gradient(mean))
        variance = reduce_mean(squares, axes, True, name="variance")
        if not (keep_dims if keepdims is None else keepdims):
            mean, variance = squeeze(mean, list(axes)), squeeze(variance, list(axes))
        return Moments(mean, variance)


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    values = [None if value is None else convert_to_tensor(value) for value in (x, mean, variance, offset, scale)]
    return _engine.batch_normalization(get_default_graph(), *values, variance_epsilon, name or "batchnorm")


def fused_batch_norm(
    x,
    scale,
    offset,
    mean=None,
    variance=None,
    epsilon=0.001,
    data_format="NHWC",
    is_training=True,
    name=None,
    exponential_avg_factor=1.0,
):
    _want_nhwc(data_format)
    empty = constant([], dtypes.float32)
    inputs = [x, scale, offset, empty if mean is None else mean, empty if variance is None else variance]
    attrs = {"epsilon": max(epsilon, 1.001e-5), "is_training": is_training}
    outputs = apply_op("FusedBatchNormV3", name, inputs, attrs, default_name="FusedBatchNorm").outputs
    return outputs[0], outputs[1], outputs[2]


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        squares = reduce_sum(generated.square(x), dim if axis is None else axis, True)
        return multiply(x, generated.rsqrt(generated.maximum(squares, epsilon)), name=scope)


# Embeddings.
def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss]):
        divisor = generated.reciprocal(counts, name="divisor")
        mean = multiply(mean_ss, divisor)
        variance = subtract(multiply(variance_ss, divisor), generated.square(mean), name="variance")
        return Moments(mean if shift is None else add(mean, shift), variance)


def cosine_similarity(a, b, axis=-1):
    return reduce_sum(multiply(l2_normalize(a, axis), l2_normalize(b, axis)), axis)
