"""tf.errors: what goes wrong while a graph runs, by TensorFlow's classes and codes."""

import re

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """A run has failed. `message` names the node and the shapes of what it was given."""

    def __init__(self, node_def, op, message, error_code=UNKNOWN, *details):
        super().__init__(message)
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    node_def = property(lambda self: self._node_def)
    op = property(lambda self: self._op)
    message = property(lambda self: self._message)
    error_code = property(lambda self: self._error_code)

    def __str__(self):
        return self._message

    def __reduce__(self):
        if type(self) is OpError:
            return OpError, (None, None, self._message, self._error_code)
        return type(self), (None, None, self._message)


_CLASSES = {}


def _define(name, code):
    def __init__(self, node_def, op, message, *details):
        OpError.__init__(self, node_def, op, message, code)

    cls = type(name, (OpError,), {"__init__": __init__, "__module__": __name__})
    _CLASSES[code] = cls
    return cls


CancelledError = _define("CancelledError", CANCELLED)
UnknownError = _define("UnknownError", UNKNOWN)
InvalidArgumentError = _define("InvalidArgumentError", INVALID_ARGUMENT)
DeadlineExceededError = _define("DeadlineExceededError", DEADLINE_EXCEEDED)
NotFoundError = _define("NotFoundError", NOT_FOUND)
AlreadyExistsError = _define("AlreadyExistsError", ALREADY_EXISTS)
PermissionDeniedError = _define("PermissionDeniedError", PERMISSION_DENIED)
ResourceExhaustedError = _define("ResourceExhaustedError", RESOURCE_EXHAUSTED)
FailedPreconditionError = _define("FailedPreconditionError", FAILED_PRECONDITION)
AbortedError = _define("AbortedError", ABORTED)
OutOfRangeError = _define("OutOfRangeError", OUT_OF_RANGE)
UnimplementedError = _define("UnimplementedError", UNIMPLEMENTED)
InternalError = _define("InternalError", INTERNAL)
UnavailableError = _define("UnavailableError", UNAVAILABLE)
DataLossError = _define("DataLossError", DATA_LOSS)
UnauthenticatedError = _define("UnauthenticatedError", UNAUTHENTICATED)


def exception_type_from_error_code(code):
    return _CLASSES[code]


def error_code_from_exception_type(cls):
    return {cls: code for code, cls in _CLASSES.items()}[cls]


# By the names that the engine's codes have.
_BY_CODE_NAME = {
    "invalid argument": InvalidArgumentError,
    "not found": NotFoundError,
    "already exists": AlreadyExistsError,
    "data loss": DataLossError,
    "corrupt": DataLossError,
    "too large": ResourceExhaustedError,
    "input/output error": UnknownError,
    "unavailable": UnavailableError,
    "failed precondition": FailedPreconditionError,
    "out of range": OutOfRangeError,
    "unimplemented": UnimplementedError,
    "cancelled": CancelledError,
    "permission denied": PermissionDeniedError,
}


# What functions of a program's raise, which a run calls.
_OF_RAISED = (
    (StopIteration, OutOfRangeError),
    (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError),
    ((TypeError, ValueError), InvalidArgumentError),
    (Exception, UnknownError),
)


def function_error(raised, message):
    """The exception for a run that failed of what a function raised. Ctrl-C and exits stay what they are."""
    for kinds, error in _OF_RAISED:
        if isinstance(raised, kinds):
            made = error(None, None, f"{type(raised).__name__}: {raised}\n{message}")
            made.__cause__ = raised
            return made
    return raised


def make_error(code_name, message, is_building):
    """The exception for an error of the engine. Mistakes in a graph are ValueErrors and TypeErrors."""
    if is_building:
        if code_name == "failed precondition":
            return RuntimeError(message)
        if code_name == "unimplemented":
            return LookupError(message) if "gradient" in message else NotImplementedError(message)
        wrong_type = re.search(r'(argument|attribute) "\w+" is \w+, want', message)
        return TypeError(message) if wrong_type else ValueError(message)
    if code_name == "cancelled" and "took longer than" in message:
        return DeadlineExceededError(None, None, message)
    return _BY_CODE_NAME[code_name](None, None, message)
