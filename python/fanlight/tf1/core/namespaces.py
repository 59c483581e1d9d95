"""The namespaces of names.py as modules."""

import importlib
import types

from . import names

_made = {}


class Namespace(types.ModuleType):
    """tf.nn and the others: finds a name when it is first asked for."""

    def __init__(self, space, module_name):
        super().__init__(module_name, f"TensorFlow 1's {space}, on Fanlight's engine.")
        self.__dict__["_space"] = space
        self.__path__ = []  # It has submodules.

    def __getattr__(self, name):
        value = find(self._space, name)
        self.__dict__[name] = value
        return value

    def __dir__(self):
        own = names.SPACES[self._space]
        return sorted({*self.__dict__, *own, *names.children(self._space)} - {"*", "_space"})

    def __reduce__(self):
        return namespace, (self._space,)


def _module(name):
    return importlib.import_module(f"{__package__}.{name}")


def find(space, name):
    """What `space.name` is. Raises an AttributeError that names it and the nearest thing there is."""
    table = names.SPACES[space]
    if name in table:
        module, own = table[name]
        return getattr(_module(module), own)
    child = f"{space}.{name}"
    if child in names.SPACES or child in names.ALIASES:
        return namespace(child)
    if "*" in table and not name.startswith("__"):
        module = _module(table["*"][0])
        if hasattr(module, name):
            return getattr(module, name)
    if name.startswith("__"):
        raise AttributeError(f"module {space!r} has no attribute {name!r}")
    raise AttributeError(names.missing_message(space, name))


def namespace(space):
    space = names.ALIASES.get(space, space)
    if space not in _made:
        _made[space] = Namespace(space, "tensorflow" + space[2:])
    return _made[space]
