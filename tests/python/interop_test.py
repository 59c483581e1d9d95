"""Graphs that TensorFlow wrote run here, and ours there, with the same numbers."""

import numpy as np
import pytest


def _updates(tf, by_handle):
    """A graph with what assigns to parts of a variable: its message, and the names of what to run in their order."""
    with tf.Graph().as_default() as graph:
        initial = np.arange(12, dtype=np.float32).reshape(3, 4)
        v = tf.get_variable("v", initializer=initial, use_resource=by_handle)
        n = tf.get_variable("n", initializer=tf.constant(5), use_resource=by_handle)
        rows = tf.constant([[1.0, 2.0, 3.0, 4.0]])
        steps = [
            v[1:, ::2].assign([[1.0, 2.0], [3.0, 4.0]]),
            v[0].assign(7.0),
            tf.scatter_nd_update(v, [[0, 1]], [9.0]),
            tf.scatter_nd_add(v, [[2]], rows),
            tf.scatter_nd_sub(v, [[1]], rows),
            tf.scatter_update(v, [0], rows * 2.0),
            n.count_up_to(8),
        ]
        tf.tensor_scatter_nd_update(tf.identity(v), [[0], [2]], tf.concat([rows, rows], 0), name="other")
        names = [v.initializer.name, n.initializer.name, *(step.op.name for step in steps)]
        now = tf.identity(v, name="now")
        return graph.as_graph_def(), names, now.name


def _run(tf, message, names, fetch):
    values = []
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.import_graph_def(message, name="")
        for name in names:
            session.run(graph.get_operation_by_name(name))
            if name != names[0]:
                values.append(session.run(fetch))
        values += [
            session.run("CountUpTo:0" if "CountUpTo" in names else "ResourceCountUpTo:0"),
            session.run("other:0"),
        ]
    return values


@pytest.mark.parametrize("by_handle", [False, True])
def test_assignments_to_parts_of_variables(tf, by_handle):
    import tensorflow.compat.v1 as theirs

    theirs.disable_v2_behavior()
    written = {which: _updates(which, by_handle) for which in (tf, theirs)}
    assert written[tf][1:] == written[theirs][1:]
    of_theirs = written[theirs][0].SerializeToString()
    of_ours = written[tf][0].SerializeToString()
    want = _run(theirs, theirs.GraphDef.FromString(of_theirs), *written[theirs][1:])
    for which, message in ((tf, of_theirs), (tf, of_ours), (theirs, of_ours)):
        got = _run(which, which.GraphDef.FromString(message), *written[tf][1:])
        for one, other in zip(got, want, strict=True):
            np.testing.assert_array_equal(one, other)


def test_branches_run_in_tensorflow_too(tf):
    import tensorflow.compat.v1 as theirs

    theirs.disable_v2_behavior()
    with tf.Graph().as_default() as graph:
        p = tf.placeholder(tf.bool, [], name="p")
        v = tf.get_variable("v", initializer=[1.0, 2.0])
        y = tf.cond(p, lambda: tf.reduce_sum(v * v) + tf.reduce_sum(tf.assign_add(v, [1.0, 1.0])), lambda: v[0] * 3.0)
        gradient = tf.gradients(tf.cond(p, lambda: tf.reduce_sum(v * v), lambda: v[0] * 3.0), v)[0]
        names = [tf.identity(y, name="y").name, tf.identity(gradient, name="gradient").name]
        message, init = graph.as_graph_def().SerializeToString(), v.initializer.name
    results = []
    for which in (tf, theirs):
        with which.Graph().as_default(), which.Session() as session:
            which.import_graph_def(which.GraphDef.FromString(message), name="")
            session.run(init)
            results.append(
                [np.asarray(session.run(name, {"p:0": on})).tolist() for on in (False, True) for name in names]
            )
            results[-1].append(session.run("v/read:0").tolist())
    assert results[0] == results[1]
