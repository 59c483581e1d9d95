"""The public names, the runner, --check."""

import os
import subprocess
import sys
import textwrap

import pytest
from conftest import output_of, run_python


def test_every_name_of_the_table_is_there(tf):
    from fanlight.tf1.core import names, namespaces

    missing = []
    for space, table in names.SPACES.items():
        for name in table:
            if name == "*":
                continue
            try:
                namespaces.find(space, name)
            except AttributeError as error:
                missing.append(f"{space}.{name}: {error}")
    assert missing == []


def test_every_op_of_the_table_of_functions_is_the_engines(tf):
    from fanlight.tf1.core import generated

    for name in generated.NAMES:
        assert callable(getattr(generated, name))


def test_names_that_tensorflow_has_too(tf):
    """What we offer under tf is TensorFlow's, but for names that it has lost since."""
    import tensorflow.compat.v1 as theirs
    from fanlight.tf1.core import names

    gone = {
        *("accumulate_n", "all_variables", "arg_max", "arg_min", "assert_variables_initialized", "audio_summary"),
        *(
            "batch_matmul",
            "check_numerics",
            "floor_div",
            "histogram_summary",
            "image_summary",
            "initialize_all_variables",
        ),
        *("inv", "logging", "matrix_transpose", "merge_all_summaries", "merge_summary", "mul", "neg", "pack"),
        *("scalar_summary", "sub", "unpack", "where_v2", "reverse_v2", "NodeDef", "MetaGraphDef", "version"),
        *("model_variables", "moving_average_variables", "truncatediv", "truncatemod", "broadcast_static_shape"),
    }
    unknown = [name for name in names.SPACES["tf"] if not hasattr(theirs, name) and name not in gone]
    # Aliases of the module's own making aside, none is made up.
    assert [name for name in unknown if name not in ("shape_n", "convert_n_to_tensor", "op_scope", "uniform")] == []


def test_a_missing_name_is_named_with_the_nearest(tf):
    with pytest.raises(AttributeError, match=r"no tf\.nn\.relu9; the nearest is tf\.nn\.relu"):
        tf.nn.relu9  # noqa: B018
    with pytest.raises(AttributeError, match=r"no tf\.matmull; the nearest is tf\.matmul"):
        tf.matmull  # noqa: B018
    assert not hasattr(tf, "no_such_thing_at_all")


SCRIPT = """
from __future__ import print_function
import sys
import six
import tensorflow as tf
import tensorflow.compat.v1 as v1
from six.moves import xrange
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.examples.tutorials.mnist import mnist
from tensorflow.contrib.learn.python.learn.datasets.mnist import read_data_sets
from tensorflow.python.platform import gfile
import helper

flags = tf.app.flags
FLAGS = flags.FLAGS
flags.DEFINE_integer("steps", 3, "how many")
flags.DEFINE_float("rate", 1, "how fast")
flags.DEFINE_boolean("shout", False, "how loud")
flags.DEFINE_string("who", "you", "who")

def main(argv):
    assert v1 is tf and read_data_sets is input_data.read_data_sets
    print(argv[1:], FLAGS.steps, FLAGS.rate, FLAGS.shout, FLAGS.who, helper.NAME, __name__)
    print(mnist.IMAGE_PIXELS, sum(xrange(3)), six.PY3, gfile.Exists("script.py"), tf.__name__)

if __name__ == "__main__":
    tf.app.run()
"""


def test_a_script_runs_as_it_is(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("NAME = 'helper'\n")
    arguments = ["script.py", "--steps=5", "rest", "--shout", "--who", "me"]
    out = output_of(arguments, tmp_path)
    assert out.splitlines() == ["['rest'] 5 1.0 True me helper __main__", "784 3 True True tensorflow"]


def test_six_where_it_is_missing(tmp_path):
    (tmp_path / "script.py").write_text(
        textwrap.dedent("""
        import sys
        sys.modules.pop("six", None)
        sys.meta_path[:] = [f for f in sys.meta_path if "PathFinder" not in repr(f)] + [
            f for f in sys.meta_path if "PathFinder" in repr(f)]
        import fanlight.tf1.core.importer as importer
        spec = importer._SixFinder.find_spec("six")
        moves = importer._SixFinder.find_spec("six.moves")
        import importlib.util
        six = importlib.util.module_from_spec(spec)
        print(six.string_types, list(six.iteritems({1: 2})), importlib.util.module_from_spec(moves).xrange(2))
        """)
    )
    assert output_of(["script.py"], tmp_path) == "(<class 'str'>,) [(1, 2)] range(0, 2)\n"


def test_an_exit_code_and_an_error_of_a_script_are_the_runners(tmp_path):
    (tmp_path / "ends.py").write_text("import sys\nsys.exit(5)\n")
    assert run_python(["ends.py"], tmp_path).returncode == 5
    (tmp_path / "fails.py").write_text("import tensorflow as tf\ntf.no_such_name\n")
    failed = run_python(["fails.py"], tmp_path)
    assert failed.returncode == 1 and "fanlight.tf1 has no tf.no_such_name" in failed.stderr
    (tmp_path / "imports.py").write_text("import tensorflow.nothing\n")
    assert "fanlight.tf1 has no tf.nothing" in run_python(["imports.py"], tmp_path).stderr
    assert run_python(["none.py"], tmp_path).returncode == 2


def test_check_lists_what_is_missing_without_running(tmp_path):
    script = """
        import tensorflow as tf
        from tensorflow.contrib import rnn
        import tensorflow.compat.v1.nn as nn
        raise SystemExit("it was run")
        x = tf.placeholder(tf.float32)
        y = tf.nn.bidirectional_dynamic_rnn(x)
        z = nn.relu(x) + nn.relux(x)
        tf.train.AdamOptimiser(0.1)
        """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    done = run_python(["--check", "script.py"], tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.partition(":")[2].partition(": ")[0] for line in lines] == ["3:1", "7:5", "8:18", "9:1"]
    assert "tf.contrib.rnn" in lines[0] and "tf.nn.relux; the nearest is tf.nn.relu" in lines[2]
    assert "tf.train.AdamOptimiser; the nearest is tf.train.AdamOptimizer" in lines[3]
    (tmp_path / "good.py").write_text("import tensorflow as tf\ntf.nn.relu(1.0)\n")
    assert run_python(["--check", "good.py"], tmp_path).returncode == 0


def test_importing_loads_little(tf):
    code = "import sys, fanlight.tf1 as tf; print(sorted(m for m in sys.modules if m.startswith('fanlight.tf1.core.')))"
    from conftest import PACKAGE

    env = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    for module in ("layers", "losses", "training", "monitored", "saver", "optimizers", "flags", "mnist"):
        assert f"fanlight.tf1.core.{module}'" not in done.stdout
