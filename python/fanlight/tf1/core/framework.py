"""What belongs nowhere else: versions, switches of later releases, graphs from messages, text."""

import sys
import tempfile
import types
import unittest

from .graph import get_default_graph
from .session import Session

# Of the interface: what programs that ask for a version compare with.
__version__ = VERSION = "1.15.0"
VERSION_MODULE = types.SimpleNamespace(VERSION=VERSION, GIT_VERSION="fanlight", COMPILER_VERSION="")
newaxis = None


def disable_v2_behavior():
    """Nothing: there is no other behaviour."""


disable_eager_execution = disable_v2_tensorshape = disable_control_flow_v2 = disable_v2_behavior


def executing_eagerly():
    return False


def import_graph_def(graph_def, input_map=None, return_elements=None, name=None, op_dict=None, producer_op_list=None):
    """Adds the nodes of a message to the default graph, below `name`, which is "import" when it is None."""
    if not hasattr(graph_def, "SerializeToString"):
        raise TypeError(f"Argument `graph_def` must be a GraphDef proto: {graph_def!r}")
    graph = get_default_graph()
    inputs = {key: graph.as_graph_element(value, allow_operation=False) for key, value in (input_map or {}).items()}
    prefix = "import" if name is None else name
    scope = graph.make_unique(prefix) if prefix else ""
    graph.import_bytes(graph_def.SerializeToString(), scope, inputs)
    if return_elements is None:
        return None
    full = [f"{scope}/{element}" if scope else element for element in return_elements]
    return [graph.as_graph_element(element) for element in full]


def as_bytes(bytes_or_text, encoding="utf-8"):
    return bytes_or_text if isinstance(bytes_or_text, bytes) else bytes_or_text.encode(encoding)


def as_text(bytes_or_text, encoding="utf-8"):
    return bytes_or_text.decode(encoding) if isinstance(bytes_or_text, bytes) else bytes_or_text


as_str = as_text


def as_str_any(value):
    return as_text(value) if isinstance(value, bytes) else str(value)


def forward_compatible(*_):
    return True


def is_built_with_cuda():
    return False


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    return False


def gpu_device_name():
    return ""


def get_temp_dir():
    return tempfile.gettempdir()


def main(argv=None):
    unittest.main(argv=argv or sys.argv)


class TestCase(unittest.TestCase):
    """tf.test.TestCase, as far as programs' own tests use it."""

    def test_session(self, graph=None, config=None):
        return Session(graph=graph, config=config)

    session = cached_session = test_session

    def evaluate(self, tensors):
        from .session import get_default_session

        return get_default_session().run(tensors)

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6):
        import numpy as np

        np.testing.assert_allclose(a, b, rtol, atol)

    def assertAllEqual(self, a, b):
        import numpy as np

        np.testing.assert_array_equal(a, b)
