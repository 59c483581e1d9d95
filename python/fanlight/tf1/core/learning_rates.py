"""tf.train's learning rates that change with the step."""

from fanlight import _engine

from .dtypes import float32
from .graph import Tensor, get_default_graph, name_scope


def _step(value):
    if value is None:
        raise ValueError("global_step is required.")
    return value._as_graph_tensor() if hasattr(value, "_as_graph_tensor") else value


def _operand(value):
    if hasattr(value, "_as_graph_tensor"):
        return value._as_graph_tensor()
    return value if isinstance(value, (Tensor, int, float)) else float(value)


def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _engine.exponential_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        _operand(decay_rate),
        staircase,
        name or "",
    )


def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _engine.natural_exp_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        float(decay_rate),
        staircase,
        name or "",
    )


def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _engine.inverse_time_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        _operand(decay_rate),
        staircase,
        name or "",
    )


def _cycle_steps(global_step, decay_steps):
    """The least multiple of `decay_steps` that is not below the step, and at least once it."""
    from .generated import ceil, maximum
    from .math_ops import cast, multiply, truediv

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
    return _engine.piecewise_constant(
        get_default_graph(),
        _step(x),
        [float(b) for b in boundaries],
        [float(v) for v in values],
        name or "PiecewiseConstant",
    )
