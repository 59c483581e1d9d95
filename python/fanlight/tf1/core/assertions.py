"""tf.Assert and the assertions that are made of it, by TensorFlow's nodes."""

import numpy as np

from . import dtypes, generated
from .branches import cond
from .control_ops import no_op
from .convert import apply_op, convert_n_to_tensor, convert_to_tensor
from .errors import InvalidArgumentError
from .graph import Tensor, name_scope
from .math_ops import reduce_all


def Assert(condition, data, summarize=None, name=None):
    """Fails, with `data`, where the condition does not hold. Only there `data` is looked at."""

    def make():
        with name_scope("Assert") as scope:
            inputs = [convert_to_tensor(condition), convert_n_to_tensor(data, name="data")]
            return apply_op("Assert", scope, inputs, {"summarize": 3 if summarize is None else summarize})

    with name_scope(name, "Assert", [condition]):
        tensors = convert_n_to_tensor(data)
        condition = convert_to_tensor(condition, name="Condition")
        if all(tensor.dtype.base_dtype in (dtypes.string, dtypes.int32) for tensor in tensors):
            return make()
        return cond(condition, no_op, make, name="AssertGuard").op


def _check_what_is_known(holds, x, y, data):
    known = [tensor.constant_value() for tensor in (x, y)]
    if any(value is None for value in known) or np.all(holds(*known)):
        return
    values = [item.constant_value() if isinstance(item, Tensor) else item for item in data]
    raise InvalidArgumentError(None, None, "\n".join(str(value) for value in values))


def _assertion(name, sign, compare, holds):
    def function(x, y, data=None, summarize=None, message=None, name=None):
        with name_scope(name, function.__name__, [x, y]):
            x, y = convert_to_tensor(x, name="x"), convert_to_tensor(y, name="y")
            if data is None:
                of_x, of_y = f"x ({x.name}) = ", f"y ({y.name}) = "
                data = [f"Condition x {sign} y did not hold element-wise:", of_x, x, of_y, y]
            if message is not None:
                data = [message, *data]
            condition = reduce_all(compare(x, y))
            _check_what_is_known(holds, x, y, data)
            return Assert(condition, data, summarize)

    function.__name__ = name
    return function


assert_less = _assertion("assert_less", "<", generated.less, np.less)
assert_less_equal = _assertion("assert_less_equal", "<=", generated.less_equal, np.less_equal)
assert_greater = _assertion("assert_greater", ">", generated.greater, np.greater)
assert_greater_equal = _assertion("assert_greater_equal", ">=", generated.greater_equal, np.greater_equal)
assert_none_equal = _assertion("assert_none_equal", "!=", generated.not_equal, np.not_equal)
_assert_equal = _assertion("assert_equal", "==", generated.equal, np.equal)


def assert_equal(x, y, data=None, summarize=None, message=None, name=None):
    # The scope is used up where it is not needed, too.
    with name_scope(name, "assert_equal", [x, y]):
        if x is y:
            return no_op()
    return _assert_equal(x, y, data, summarize, message, name)


def _sign_assertion(name, sign, assertion, zero_first):
    def function(x, data=None, summarize=None, message=None, name=None):
        with name_scope(name, function.__name__, [x]):
            x = convert_to_tensor(x, name="x")
            if data is None:
                prefix = f"{message}.  " if message else ""
                data = [prefix, f"Condition x {sign} 0 did not hold element-wise:", f"x ({x.name}) = ", x]
            zero = convert_to_tensor(0, x.dtype.base_dtype)
            return assertion(*((zero, x) if zero_first else (x, zero)), data, summarize)

    function.__name__ = name
    return function


assert_positive = _sign_assertion("assert_positive", ">", assert_less, True)
assert_non_negative = _sign_assertion("assert_non_negative", ">=", assert_less_equal, True)
assert_negative = _sign_assertion("assert_negative", "<", assert_less, False)
assert_non_positive = _sign_assertion("assert_non_positive", "<=", assert_less_equal, False)
