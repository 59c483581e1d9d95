"""What programs of the time between Python 2 and 3 use of six."""

import sys

from . import six_moves as moves  # noqa: F401

PY2, PY3 = False, True
PY34 = sys.version_info >= (3, 4)
string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type = str
binary_type = bytes
MAXSIZE = sys.maxsize


def iteritems(mapping, **kwargs):
    return iter(mapping.items(**kwargs))


def iterkeys(mapping, **kwargs):
    return iter(mapping.keys(**kwargs))


def itervalues(mapping, **kwargs):
    return iter(mapping.values(**kwargs))


def viewitems(mapping):
    return mapping.items()


def b(text):
    return text.encode("latin-1")


def u(text):
    return text


def ensure_str(text, encoding="utf-8", errors="strict"):
    return text.decode(encoding, errors) if isinstance(text, bytes) else text


ensure_text = ensure_str


def ensure_binary(text, encoding="utf-8", errors="strict"):
    return text if isinstance(text, bytes) else text.encode(encoding, errors)


def with_metaclass(meta, *bases):
    return meta("temporary_class", bases or (object,), {})


def add_metaclass(metaclass):
    def wrap(cls):
        body = {key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__")}
        return metaclass(cls.__name__, cls.__bases__, body)

    return wrap


def raise_from(value, from_value):
    raise value from from_value


def reraise(tp, value, tb=None):
    raise (tp() if value is None else value).with_traceback(tb)


def next(iterator):
    return iterator.__next__()


advance_iterator = next
