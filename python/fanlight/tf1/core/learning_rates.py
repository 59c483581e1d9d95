"""tf.train's learning rates that change with the step."""

import math

from fanlight import _engine

from .array_ops import where_v2
from .convert import convert_to_tensor
from .dtypes import float32, int32, int64
from .generated import ceil, cos, equal, floor, log, maximum, minimum, sqrt
from .graph import Tensor, get_default_graph, name_scope
from .math_ops import cast, divide, multiply, truediv
from .random_ops import random_normal


def _step(value):
    if value is None:
        raise ValueError("global_step is required.")
    return value._as_graph_tensor() if hasattr(value, "_as_graph_tensor") else value


def _operand(value):
    if hasattr(value, "_as_graph_tensor"):
        return value._as_graph_tensor()
    return value if isinstance(value, (Tensor, int, float)) else float(value)


def _decay(make, learning_rate, global_step, decay_steps, decay_rate, staircase, name):
    start, steps = _operand(learning_rate), _operand(decay_steps)
    return make(get_default_graph(), start, _step(global_step), steps, decay_rate, staircase, name or "")


def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    rate = _operand(decay_rate)
    return _decay(_engine.exponential_decay, learning_rate, global_step, decay_steps, rate, staircase, name)


def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    rate = float(decay_rate)
    return _decay(_engine.natural_exp_decay, learning_rate, global_step, decay_steps, rate, staircase, name)


def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    rate = _operand(decay_rate)
    return _decay(_engine.inverse_time_decay, learning_rate, global_step, decay_steps, rate, staircase, name)


def _cycle_steps(global_step, decay_steps):
    """The least multiple of `decay_steps` that is not below the step, and at least once it."""
    with name_scope("cycle"):
        whole = cast(decay_steps, float32)
        return multiply(whole, maximum(ceil(truediv(cast(_step(global_step), float32), whole)), 1.0))


def polynomial_decay(
    learning_rate, global_step, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None
):
    if cycle:
        decay_steps = _cycle_steps(global_step, decay_steps)
    return _engine.polynomial_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        _operand(end_learning_rate),
        _operand(power),
        name or "PolynomialDecay",
    )


def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    return _engine.cosine_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        alpha,
        name or "CosineDecay",
    )


def piecewise_constant(x, boundaries, values, name=None):
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    with name_scope(name, "PiecewiseConstant", [x]) as scope:
        x = convert_to_tensor(x)
        boundaries = [_boundary(convert_to_tensor(boundary), x) for boundary in boundaries]
        values = [convert_to_tensor(value) for value in values]
        for value in values[1:]:
            if value.dtype.base_dtype is not values[0].dtype.base_dtype:
                raise ValueError(
                    "Values must have elements all with the same dtype "
                    f"({values[0].dtype.base_dtype} vs {value.dtype.base_dtype})."
                )
        return _engine.piecewise_constant(get_default_graph(), x, boundaries, values, scope)


def _boundary(boundary, x):
    ours, theirs = boundary.dtype.base_dtype, x.dtype.base_dtype
    if ours is int32 and theirs is int64:
        return cast(boundary, int64)
    if ours is not theirs:
        raise ValueError(f"Boundaries ({ours}) must have the same dtype as x ({theirs}).")
    return boundary


def _as(value, dtype):
    return cast(convert_to_tensor(value), dtype)


def cosine_decay_restarts(learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
    """Cosines one after the other, each `t_mul` times as long and `m_mul` times as high as the one before."""
    with name_scope(name, "SGDRDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        dtype = rate.dtype.base_dtype
        done = divide(_as(_step(global_step), dtype), _as(first_decay_steps, dtype))
        even = floor(done)
        restart, within = even, done - even
        if isinstance(t_mul, Tensor) or t_mul != 1.0:
            t_mul = _as(t_mul, dtype)
            longer = floor(log(1.0 - done * (1.0 - t_mul)) / log(t_mul))
            length = t_mul**longer
            before = (1.0 - length) / (1.0 - t_mul)
            is_even = equal(t_mul, 1.0)
            restart = where_v2(is_even, restart, longer)
            within = where_v2(is_even, within, (done - before) / length)
        height = _as(m_mul, dtype) ** restart
        cosine = 0.5 * height * (1.0 + cos(math.pi * within))
        alpha = _as(alpha, dtype)
        return multiply(rate, (1 - alpha) * cosine + alpha, name=scope)


def _linear_cosine(kind, learning_rate, global_step, decay_steps, num_periods, alpha, beta, noise, name):
    with name_scope(name, kind, [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        dtype = rate.dtype.base_dtype
        steps = _as(decay_steps, dtype)
        step = minimum(_as(_step(global_step), dtype), steps)
        line = noise(step, (steps - step) / steps, dtype)
        cosine = 0.5 * (1.0 + cos(math.pi * (2.0 * _as(num_periods, dtype) * (step / steps))))
        return multiply(rate, (_as(alpha, dtype) + line) * cosine + _as(beta, dtype), name=scope)


def linear_cosine_decay(learning_rate, global_step, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None):
    """A line that falls to 0, times cosines."""

    def without(step, line, dtype):
        return line

    arguments = (learning_rate, global_step, decay_steps, num_periods, alpha, beta)
    return _linear_cosine("LinearCosineDecay", *arguments, without, name)


def noisy_linear_cosine_decay(
    learning_rate,
    global_step,
    decay_steps,
    initial_variance=1.0,
    variance_decay=0.55,
    num_periods=0.5,
    alpha=0.0,
    beta=0.001,
    name=None,
):
    """The same with normal noise on the line, whose variance falls with the step."""

    def noisy(step, line, dtype):
        variance = _as(initial_variance, dtype) / (1.0 + step) ** _as(variance_decay, dtype)
        return line + random_normal(line.shape, stddev=sqrt(variance), dtype=dtype)

    arguments = (learning_rate, global_step, decay_steps, num_periods, alpha, beta)
    return _linear_cosine("NoisyLinearCosineDecay", *arguments, noisy, name)
