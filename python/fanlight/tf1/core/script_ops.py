"""tf.py_func: functions of a program's that a graph calls while it runs."""

import itertools
import weakref

import numpy as np

from fanlight import _engine

from .convert import apply_op
from .graph import get_default_graph

_functions = weakref.WeakValueDictionary()  # By the tokens that their nodes have. Graphs keep them.
_numbers = itertools.count()


class _Function:
    __slots__ = ("__weakref__", "call")

    def __init__(self, call):
        self.call = call


def _result(value):
    array = np.asarray(value, order="C")
    if array.dtype.kind == "U":
        return np.array([text.encode() for text in array.ravel()], np.object_).reshape(array.shape)
    return array.astype(np.object_) if array.dtype.kind == "S" else array


def call_function(token, arguments):
    """For the engine: the results of a function, as arrays."""
    function = _functions.get(token)
    if function is None:
        raise ValueError(f"Could not find callback with key={token} in the registry.")
    results = function.call(*arguments)
    if results is None:
        return []
    return [_result(value) for value in (results if isinstance(results, (list, tuple)) else [results])]


def py_func(func, inp, Tout, stateful=True, name=None):
    """What func returns, called by each run with the values of inp. It has no gradient, and no meaning elsewhere."""
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func} of type {type(func)}.")
    function, token = _Function(func), f"pyfunc_{next(_numbers)}"
    _functions[token] = function
    get_default_graph().functions.append(function)
    _engine.runs_may_call_python()
    is_list = isinstance(Tout, (list, tuple))
    attrs = {"token": token, "Tout": list(Tout) if is_list else [Tout]}
    operation = apply_op("PyFunc" if stateful else "PyFuncStateless", name, [list(inp)], attrs)
    if not is_list:
        return operation.outputs[0]
    return operation.outputs or operation


def numpy_function(func=None, inp=None, Tout=None, stateful=True, name=None):
    return py_func(func, inp, Tout, stateful, name)
