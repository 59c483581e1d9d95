"""tf.layers: layers with variables of their own."""

import numbers

from . import array_ops, dtypes, generated, initializers, nn_ops, sequence_ops
from .convert import convert_to_tensor
from .graph import GraphKeys, get_default_graph, name_scope
from .math_ops import add, cast, matmul, multiply, subtract, tensordot
from .state_ops import assign_sub
from .variable_scope import get_variable, variable_scope


def _scope(name, default, reuse):
    return variable_scope(name, default, reuse=reuse)


def _activated(outputs, activation):
    return outputs if activation is None else activation(outputs)


def _add_activity_loss(regularizer, outputs):
    if regularizer is not None:
        get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, regularizer(outputs))


def dense(
    inputs,
    units,
    activation=None,
    use_bias=True,
    kernel_initializer=None,
    bias_initializer=None,
    kernel_regularizer=None,
    bias_regularizer=None,
    activity_regularizer=None,
    kernel_constraint=None,
    bias_constraint=None,
    trainable=True,
    name=None,
    reuse=None,
):
    x = convert_to_tensor(inputs)
    if x.shape.ndims is None or x.shape[-1].value is None:
        raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
    with _scope(name, "dense", reuse):
        kernel = get_variable(
            "kernel", [x.shape[-1].value, units], x.dtype.base_dtype, kernel_initializer, kernel_regularizer, trainable
        )
        bias = None
        if use_bias:
            bias = get_variable(
                "bias",
                [units],
                x.dtype.base_dtype,
                bias_initializer or initializers.Zeros(),
                bias_regularizer,
                trainable,
            )
        if x.shape.ndims > 2:
            outputs = tensordot(x, kernel, [[x.shape.ndims - 1], [0]])
        else:
            outputs = matmul(x, kernel)
        if bias is not None:
            outputs = nn_ops.bias_add(outputs, bias)
        outputs = _activated(outputs, activation)
        _add_activity_loss(activity_regularizer, outputs)
        return outputs


fully_connected = dense


def _lengths(value, rank=2):
    return [value] * rank if isinstance(value, numbers.Integral) else list(value)


def _want_last(data_format):
    if data_format != "channels_last":
        raise NotImplementedError(f"data_format {data_format}: images are channels_last here")


def _convolution(public, rank, convolve):
    """A layer of convolutions along `rank` dimensions: convolve(x, kernel, strides, padding, dilations)."""

    def function(
        inputs,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer=None,
        bias_initializer=None,
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        trainable=True,
        name=None,
        reuse=None,
    ):
        _want_last(data_format)
        x = convert_to_tensor(inputs)
        dtype = x.dtype.base_dtype
        with _scope(name, public, reuse):
            shape = [*_lengths(kernel_size, rank), x.shape[-1].value, filters]
            kernel = get_variable("kernel", shape, dtype, kernel_initializer, kernel_regularizer, trainable)
            bias = None
            if use_bias:
                initializer = bias_initializer or initializers.Zeros()
                bias = get_variable("bias", [filters], dtype, initializer, bias_regularizer, trainable)
            dilations = _lengths(dilation_rate, rank)
            dilations = None if dilations == [1] * rank else dilations
            outputs = convolve(x, kernel, _lengths(strides, rank), padding.upper(), dilations)
            if bias is not None:
                outputs = nn_ops.bias_add(outputs, bias)
            outputs = _activated(outputs, activation)
            _add_activity_loss(activity_regularizer, outputs)
            return outputs

    function.__name__ = function.__qualname__ = public
    return function


conv1d = _convolution("conv1d", 1, lambda *args: sequence_ops.conv1d(*args[:4], dilations=args[4]))
conv2d = _convolution("conv2d", 2, lambda *args: nn_ops.conv2d(*args[:4], dilations=args[4]))
convolution2d = conv2d


def _pooling(public, rank, pool):
    def function(inputs, pool_size, strides, padding="valid", data_format="channels_last", name=None):
        _want_last(data_format)
        with name_scope(name, public, [inputs]):
            return pool(inputs, _lengths(pool_size, rank), _lengths(strides, rank), padding.upper())

    function.__name__ = function.__qualname__ = public
    return function


max_pooling1d = _pooling("max_pooling1d", 1, sequence_ops.max_pool1d)
average_pooling1d = _pooling("average_pooling1d", 1, sequence_ops.avg_pool1d)
max_pooling2d = _pooling("max_pooling2d", 2, nn_ops.max_pool)
average_pooling2d = _pooling("average_pooling2d", 2, nn_ops.avg_pool)


def flatten(inputs, name=None, data_format="channels_last"):
    x = convert_to_tensor(inputs)
    with name_scope(name, "flatten", [x]):
        dims = x.shape
        rest = dims[1:].num_elements() if dims.ndims else None
        return array_ops.reshape(x, [-1 if rest is not None else array_ops.shape(x)[0], -1 if rest is None else rest])


def _smart(training, when_true, when_false):
    """By a Python value when the graph is built, by a tensor when it runs."""
    if isinstance(training, (bool, int)):
        return when_true() if training else when_false()
    choice = array_ops.reshape(cast(convert_to_tensor(training), dtypes.bool), [])
    return array_ops.where_v2(choice, when_true(), when_false())


def dropout(inputs, rate=0.5, noise_shape=None, seed=None, training=False, name=None):
    x = convert_to_tensor(inputs)
    with name_scope(name, "dropout", [x]):
        return _smart(
            training,
            lambda: nn_ops.dropout(x, rate=rate, noise_shape=noise_shape, seed=seed),
            lambda: array_ops.identity(x),
        )


def batch_normalization(
    inputs,
    axis=-1,
    momentum=0.99,
    epsilon=1e-3,
    center=True,
    scale=True,
    beta_initializer=None,
    gamma_initializer=None,
    moving_mean_initializer=None,
    moving_variance_initializer=None,
    beta_regularizer=None,
    gamma_regularizer=None,
    beta_constraint=None,
    gamma_constraint=None,
    training=False,
    trainable=True,
    name=None,
    reuse=None,
    renorm=False,
    fused=None,
    **ignored,
):
    """Updates of the moving moments stand in the collection UPDATE_OPS, for programs to run."""
    x = convert_to_tensor(inputs)
    rank = x.shape.ndims
    axis = axis % rank if isinstance(axis, numbers.Integral) else axis[0] % rank
    if axis != rank - 1:
        raise NotImplementedError("batch_normalization: along the last axis only")
    if renorm:
        raise NotImplementedError("batch_normalization: renorm is not there")
    size = [x.shape[-1].value]
    with _scope(name, "batch_normalization", reuse):
        gamma = beta = None
        if scale:
            gamma = get_variable(
                "gamma", size, dtypes.float32, gamma_initializer or initializers.Ones(), gamma_regularizer, trainable
            )
        if center:
            beta = get_variable(
                "beta", size, dtypes.float32, beta_initializer or initializers.Zeros(), beta_regularizer, trainable
            )
        mean = get_variable(
            "moving_mean", size, dtypes.float32, moving_mean_initializer or initializers.Zeros(), trainable=False
        )
        variance = get_variable(
            "moving_variance", size, dtypes.float32, moving_variance_initializer or initializers.Ones(), trainable=False
        )
        used_mean, used_variance = mean.value(), variance.value()
        if training is not False:
            batch_mean, batch_variance = nn_ops.moments(x, list(range(rank - 1)))
            used_mean = _smart(training, lambda: batch_mean, mean.value)
            used_variance = _smart(training, lambda: batch_variance, variance.value)
            for moving, new in ((mean, batch_mean), (variance, _unbiased(x, batch_variance, fused))):
                change = multiply(
                    subtract(moving.value(), _smart(training, lambda new=new: new, moving.value)), 1.0 - momentum
                )
                get_default_graph().add_to_collection(GraphKeys.UPDATE_OPS, assign_sub(moving, change))
        return nn_ops.batch_normalization(x, used_mean, used_variance, beta, gamma, epsilon)


def _unbiased(x, variance, fused):
    """TensorFlow's fused kernel, which it takes for images, divides by one less than the number of elements."""
    if x.shape.ndims != 4 or fused is False:
        return variance
    if x.shape[:-1].is_fully_defined():
        count = float(x.shape[:-1].num_elements())
        return multiply(variance, count / max(count - 1.0, 1.0))
    count = cast(array_ops.size(x) // x.shape[-1].value, dtypes.float32)
    return multiply(variance, count / generated.maximum(count - 1.0, 1.0))


def conv2d_transpose(
    inputs,
    filters,
    kernel_size,
    strides=(1, 1),
    padding="valid",
    data_format="channels_last",
    activation=None,
    use_bias=True,
    kernel_initializer=None,
    bias_initializer=None,
    kernel_regularizer=None,
    bias_regularizer=None,
    activity_regularizer=None,
    kernel_constraint=None,
    bias_constraint=None,
    trainable=True,
    name=None,
    reuse=None,
):
    _want_last(data_format)
    x = convert_to_tensor(inputs)
    size, step = _lengths(kernel_size), _lengths(strides)
    with _scope(name, "conv2d_transpose", reuse):
        kernel = get_variable(
            "kernel",
            [*size, filters, x.shape[-1].value],
            x.dtype.base_dtype,
            kernel_initializer,
            kernel_regularizer,
            trainable,
        )
        dims = array_ops.shape(x)
        lengths = [
            dims[i + 1] * step[i] + (max(size[i] - step[i], 0) if padding.lower() == "valid" else 0) for i in (0, 1)
        ]
        outputs = nn_ops.conv2d_transpose(
            x, kernel, array_ops.stack([dims[0], *lengths, filters]), step, padding.upper()
        )
        if use_bias:
            outputs = nn_ops.bias_add(
                outputs,
                get_variable(
                    "bias",
                    [filters],
                    x.dtype.base_dtype,
                    bias_initializer or initializers.Zeros(),
                    bias_regularizer,
                    trainable,
                ),
            )
        return _activated(outputs, activation)


# tf.contrib.layers.
def l2_regularizer(scale, scope=None):
    if not scale:
        return lambda _: None

    def regularizer(weights):
        with name_scope(scope, "l2_regularizer", [weights]) as name:
            return multiply(float(scale), generated.l2_loss(weights), name=name)

    return regularizer


def l1_regularizer(scale, scope=None):
    if not scale:
        return lambda _: None

    def regularizer(weights):
        from .math_ops import reduce_sum

        with name_scope(scope, "l1_regularizer", [weights]) as name:
            return multiply(float(scale), reduce_sum(generated.abs(weights)), name=name)

    return regularizer


def l1_l2_regularizer(scale_l1=1.0, scale_l2=1.0, scope=None):
    return lambda weights: add(l1_regularizer(scale_l1)(weights), l2_regularizer(scale_l2)(weights))
