"""TensorFlow 1's interface on Fanlight's engine.

import fanlight.tf1 as tf        # in a program of one's own
python -m fanlight.tf1 script.py # a TensorFlow program as it is
"""

import numpy as _np

from fanlight import _engine

from .core import convert as _convert
from .core import dtypes as _dtypes
from .core import errors as _errors
from .core import math_ops as _math_ops  # noqa: F401 - gives tensors their operators
from .core import namespaces as _namespaces
from .core import session as _session


def _call_function(token, arguments):
    from .core import script_ops

    return script_ops.call_function(token, arguments)


_engine.set_hooks(
    {
        "make_error": _errors.make_error,
        "resolve_fetch": _session.resolve_fetch,
        "resolve_feed": _session.resolve_feed,
        "rebuild_fetch": _session.rebuild_fetch,
        "call_function": _call_function,
        "function_error": _errors.function_error,
        "as_array": _convert.feed_array,
        "bytes_array": _convert.bytes_array,
        "bfloat16_bits": _convert.bfloat16_bits,
        "bfloat16_array": _convert.bfloat16_array,
        "ndarray": _np.ndarray,
        "dtypes": _dtypes.NUMPY_DTYPES,
        "scalars": _dtypes.NUMPY_SCALARS,
    }
)


def _prepare_for_signals_and_the_end():
    import atexit
    import signal
    import threading

    atexit.register(_engine.before_end)

    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ):
        _engine.catch_interrupts()


_prepare_for_signals_and_the_end()


def __getattr__(name):
    return _namespaces.find("tf", name)


def __dir__():
    return sorted(dir(_namespaces.namespace("tf")))
