"""Savers and what goes with them, beside TensorFlow's."""

import pytest
from conftest import PROGRAMS, assert_same_output, output_of, run_python


def test_savers_are_tensorflows(tmp_path):
    outputs = []
    for on_tensorflow in (False, True):
        folder = tmp_path / str(on_tensorflow)
        for name in ("def", "kept", "reshaped", "graphs", "halves", "parts"):
            (folder / name).mkdir(parents=True)
        outputs.append(output_of([PROGRAMS / "savers.py", folder], folder, on_tensorflow))
    assert_same_output(*outputs)


def test_arguments_that_are_not_there_are_named(tf, tmp_path):
    tf.get_variable("v", [])
    path = str(tmp_path / "m")
    with tf.Session() as session:
        for name, call in {
            "builder": lambda: tf.train.Saver(builder=object()),
            "write_version": lambda: tf.train.Saver(write_version=tf.train.SaverDef.V1),
            "save_debug_info": lambda: tf.train.Saver().save(session, path, save_debug_info=True),
            "export_scope": lambda: tf.train.export_meta_graph(export_scope="a"),
            "graph_def": lambda: tf.train.export_meta_graph(graph_def=tf.get_default_graph().as_graph_def()),
            "clear_extraneous_savers": lambda: tf.train.Saver().export_meta_graph(clear_extraneous_savers=True),
            "restore_collections_predicate": lambda: tf.train.import_meta_graph(
                tf.train.export_meta_graph(), restore_collections_predicate=lambda key: False
            ),
        }.items():
            with pytest.raises(NotImplementedError, match=name):
                call()
        with pytest.raises(TypeError):
            tf.train.import_meta_graph(tf.train.export_meta_graph(), nonsense=1)
        with pytest.raises(TypeError):
            tf.train.export_meta_graph(nonsense=1)


WITHOUT_ML_DTYPES = """
import sys
sys.modules["ml_dtypes"] = None
import fanlight.tf1 as tf
v = tf.train.NewCheckpointReader(sys.argv[1]).get_tensor("v")
print(v.dtype, v.tolist(), float(tf.Session().run(tf.constant(1.5, tf.bfloat16))))
"""


def test_bfloat16_is_float32_where_numpy_does_not_know_it(tf, tmp_path):
    v = tf.get_variable("v", [2], tf.bfloat16, initializer=tf.ones_initializer())
    with tf.Session() as session:
        session.run(v.initializer)
        path = tf.train.Saver().save(session, str(tmp_path / "m"))
    (tmp_path / "program.py").write_text(WITHOUT_ML_DTYPES)
    assert output_of([tmp_path / "program.py", path], tmp_path) == "float32 [1.0, 1.0] 1.5\n"


LATEST = "import sys; import fanlight.tf1 as tf; print(tf.train.latest_checkpoint(sys.argv[1]))"


def test_a_damaged_state_file_is_told(tmp_path):
    (tmp_path / "checkpoint").write_text("no state {")
    (tmp_path / "program.py").write_text(LATEST)
    done = run_python([tmp_path / "program.py", tmp_path], tmp_path)
    assert done.stdout == "None\n"
    assert "cannot be parsed" in done.stderr
    assert f"{tmp_path}/checkpoint: Checkpoint ignored" in done.stderr


READ_COLLECTIONS = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
saver = tf.train.import_meta_graph("m.meta")
print([tf.get_collection(key) for key in ("numbers", "texts", "halves")])
print([(isinstance(v, tf.Tensor), v.name) for key in ("mine", "variables") for v in tf.get_collection(key)])
with tf.Session() as session:
    saver.restore(session, "m")
    print(session.run("v:0"))
"""


def test_tensorflow_reads_our_collections(tf, tmp_path):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    for key, items in {"numbers": [5, True], "texts": ["abc", b"d"], "halves": [0.5, 2], "mine": [v]}.items():
        for item in items:
            tf.add_to_collection(key, item)
    with tf.Session() as session:
        session.run(v.initializer)
        tf.train.Saver(reshape=True).save(session, str(tmp_path / "m"))
    lines = output_of(["-c", READ_COLLECTIONS], tmp_path, on_tensorflow=True).splitlines()
    assert lines[0] == "[[5, 1], [b'abc', b'd'], [0.5, 2.0]]"
    assert lines[1] == "[(True, 'v:0'), (False, 'v:0')]"
    assert lines[2] == "[1. 2.]"


def test_graphs_are_imported_with_other_inputs(tf):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.add(x, 1.0, name="y")
    message = tf.get_default_graph().as_graph_def()
    given = tf.constant([5.0, 6.0])
    (y,) = tf.import_graph_def(message, {"x": given}, ["y:0"], name="twice")
    with tf.Session() as session:
        assert session.run(y).tolist() == [6.0, 7.0]
    for name in ("none:0", "x:1"):
        with pytest.raises(ValueError, match="input_map"):
            tf.import_graph_def(message, {name: given})


def test_mistakes_with_partitioners_are_told(tf):
    halves = tf.fixed_size_partitioner(2)
    tf.get_variable("whole", [4])
    tf.get_variable("parts", [4], partitioner=halves)
    for name, shape, partitioner, message in [
        ("whole", [4], halves, "unpartitioned"),
        ("parts", [4], halves, "already exists"),
        ("scalar", [], halves, "rank at least 1"),
        ("unknown", [None], halves, "fully defined"),
        ("both", [4, 4], lambda shape, dtype: [2, 2], "one dimension"),
        ("few", [4, 4], lambda shape, dtype: [2], "rank"),
        ("none", [4], lambda shape, dtype: [0], "zero partitions"),
    ]:
        with pytest.raises(ValueError, match=message):
            tf.get_variable(name, shape, partitioner=partitioner)
