"""Makes `import tensorflow` and what lies below it find this package, and `six` where it is not installed."""

import importlib.machinery
import importlib.util
import sys

from . import names, namespaces

ROOT = "tensorflow"


def space_of(module_name):
    """The namespace that a module of TensorFlow's is; None when there is no such module."""
    space = "tf" + module_name[len(ROOT) :]
    # A name before the last may be an alias of another namespace: tensorflow.compat.v1.train.
    for alias, target in names.ALIASES.items():
        if space == alias or space.startswith(alias + "."):
            space = target + space[len(alias) :]
            break
    return space if space in names.SPACES else None


class _Loader:
    def __init__(self, space):
        self._space = space

    def create_module(self, spec):
        return namespaces.namespace(self._space)

    def exec_module(self, module):
        """Nothing: names are found when they are asked for."""


class _TensorFlowFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != ROOT and not name.startswith(ROOT + "."):
            return None
        space = space_of(name)
        if space is None:
            parent, _, last = name.rpartition(".")
            raise ModuleNotFoundError(names.missing_message(space_of(parent) or "tf", last), name=name)
        return importlib.machinery.ModuleSpec(name, _Loader(space), is_package=True)


class _SixFinder:
    """The last finder: it is asked when nobody else has six."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "six" and not name.startswith("six."):
            return None
        own = f"{__package__}.six" + name[3:].replace(".", "_")
        return importlib.util.find_spec(own) and importlib.machinery.ModuleSpec(name, _Renamed(own), is_package=True)


class _Renamed:
    def __init__(self, name):
        self._name = name

    def create_module(self, spec):
        return importlib.import_module(self._name)

    def exec_module(self, module):
        """Nothing: the module is there already."""


def install():
    for name in [name for name in sys.modules if name == ROOT or name.startswith(ROOT + ".")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _TensorFlowFinder)
    sys.meta_path.append(_SixFinder)
