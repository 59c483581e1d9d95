"""The engine's ops as functions: tf.raw_ops.MatMul(a=…, b=…), and by the names of TensorFlow's modules of generated
ops, training_ops.apply_adam(…)."""

from fanlight import _engine

from .convert import apply_op, op_def, op_result

_BY_FLAT_NAME = {op.lower(): op for op in _engine.op_names()}


def _make(op, public):
    """A function of the op's inputs, in their order or by their names, and its attributes by theirs."""
    names = [arg[0] for arg in op_def(op).inputs]

    def function(*args, **kwargs):
        if len(args) > (0 if public == op else len(names)):
            raise TypeError(f"{public}() takes other arguments by their names only")
        given = {**dict(zip(names, args)), **kwargs}
        missing = [each for each in names if each not in given]
        if missing:
            raise TypeError(f"{public}() missing required argument: '{missing[0]}'")
        values = [given.pop(each) for each in names]
        return op_result(apply_op(op, given.pop("name", None), values, given))

    function.__name__ = function.__qualname__ = public
    return function


def __getattr__(name):
    op = _BY_FLAT_NAME.get(name.replace("_", "").lower())
    if op is None or name.startswith("_") or (name[0].isupper() and name != op):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = globals()[name] = _make(op, name)
    return made
