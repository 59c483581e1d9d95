"""Graphs with branches (tf.cond, tf.case) that TensorFlow wrote: imported, run, trained, written and read back."""

import numpy as np
import pytest

STEPS = 6


@pytest.fixture
def theirs():
    import tensorflow.compat.v1 as tensorflow

    tensorflow.disable_control_flow_v2()
    with tensorflow.Graph().as_default():
        yield tensorflow


def layers(tf, resource):
    """A small network: batch norm whose averages move in training alone, a branch of its own, a schedule in steps."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    labels = tf.placeholder(tf.float32, [None, 1], name="labels")
    training = tf.placeholder(tf.bool, [], name="training")
    random = np.random.RandomState(3)
    with tf.variable_scope("net", use_resource=resource):
        w = tf.get_variable("w", initializer=random.randn(4, 3).astype(np.float32))
        v = tf.get_variable("v", initializer=random.randn(3, 1).astype(np.float32))
        step = tf.get_variable("step", initializer=0, trainable=False)
    h = tf.matmul(x, w)
    mean, variance = tf.nn.moments(h, [0])
    averages = []
    for kind, initial in (("mean", 0.0), ("variance", 1.0)):
        with tf.variable_scope("net", use_resource=resource):
            averages.append(tf.get_variable(kind, initializer=np.full(3, initial, np.float32), trainable=False))

    def batch():
        """These, and only here the averages move."""
        moves = [tf.assign_sub(a, (a - now) * 0.1) for a, now in zip(averages, (mean, variance))]
        with tf.control_dependencies(moves):
            return tf.identity(mean), tf.identity(variance)

    def moving():
        return tf.identity(averages[0]), tf.identity(averages[1])

    now_mean, now_variance = tf.cond(training, batch, moving)
    h = tf.nn.relu(tf.nn.batch_normalization(h, now_mean, now_variance, None, None, 1e-3))
    h = tf.cond(training, lambda: h * 0.5, lambda: h)
    loss = tf.reduce_mean(tf.square(tf.matmul(h, v) - labels), name="loss")
    rate = tf.train.piecewise_constant(step, [2, 4], [0.1, 0.05, 0.01])
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step, name="train")
    init = tf.global_variables_initializer()
    return {"loss": loss.name, "train": train.name, "init": init.name, "rate": rate.name, "step": step.name}


def trained(tf, names):
    """Losses in training and out of it, and the variables at the end."""
    graph = tf.get_default_graph()
    random = np.random.RandomState(5)
    seen = []
    with tf.Session(graph=graph) as session:
        session.run(graph.get_operation_by_name(names["init"]))
        train = graph.get_operation_by_name(names["train"])
        for _ in range(STEPS):
            feed = {"x:0": random.randn(8, 4), "labels:0": random.randn(8, 1), "training:0": True}
            loss, rate, _ = session.run([names["loss"], names["rate"], train], feed)
            seen += [loss, rate, session.run(names["loss"], {**feed, "training:0": False})]
        seen += session.run(tf.global_variables())
    return seen


def assert_close(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("resource", [False, True])
def test_a_network_with_branches_trains_as_in_tensorflow(tf, theirs, resource, tmp_path):
    names = layers(theirs, resource)
    meta = theirs.train.export_meta_graph(str(tmp_path / "theirs.meta"))
    assert any(node.op == "Merge" for node in meta.graph_def.node)
    want = trained(theirs, names)

    tf.train.import_meta_graph(str(tmp_path / "theirs.meta"))
    assert_close(trained(tf, names), want)

    # And back: what we write, TensorFlow reads and trains.
    tf.train.export_meta_graph(str(tmp_path / "ours.meta"))
    with theirs.Graph().as_default():
        theirs.train.import_meta_graph(str(tmp_path / "ours.meta"))
        assert_close(trained(theirs, names), want)


def test_gradients_are_made_through_their_branches(tf, theirs):
    x = theirs.placeholder(theirs.float32, [3], name="x")
    p = theirs.placeholder(theirs.bool, [], name="p")
    y = theirs.cond(p, lambda: theirs.sin(x) * x, lambda: theirs.exp(x))
    theirs.identity(y, name="y")
    gradient = theirs.gradients(y, x)[0]
    message = theirs.get_default_graph().as_graph_def()
    x_ours, p_ours, y_ours = tf.import_graph_def(message, return_elements=["x:0", "p:0", "y:0"], name="")
    ours = tf.gradients(y_ours, x_ours)[0]
    value = np.array([0.5, -1.0, 2.0], np.float32)
    # Ours again, in TensorFlow.
    back = theirs.Graph()
    with back.as_default():
        message = theirs.GraphDef()
        message.ParseFromString(tf.get_default_graph().as_graph_def().SerializeToString())
        theirs.import_graph_def(message, name="")
    for taken in (False, True):
        with theirs.Session() as session:
            want = session.run(gradient, {x: value, p: taken})
        with tf.Session() as session:
            np.testing.assert_allclose(session.run(ours, {x_ours: value, p_ours: taken}), want, rtol=1e-6)
        with theirs.Session(graph=back) as session:
            np.testing.assert_allclose(session.run(ours.name, {"x:0": value, "p:0": taken}), want, rtol=1e-6)


def test_what_was_not_taken_cannot_be_fetched(tf, theirs):
    p = theirs.placeholder(theirs.bool, [], name="p")
    theirs.cond(p, lambda: theirs.constant(1.0, name="one"), lambda: theirs.constant(2.0))
    tf.import_graph_def(theirs.get_default_graph().as_graph_def(), name="")
    with tf.Session() as session:
        assert session.run("cond/one:0", {"p:0": True}) == 1.0
        with pytest.raises(tf.errors.InvalidArgumentError, match='"cond/one:0" does not have a value'):
            session.run("cond/one:0", {"p:0": False})


def test_assertions_run_in_their_branch(tf, theirs):
    x = theirs.placeholder(theirs.float32, [], name="x")
    with theirs.control_dependencies([theirs.debugging.assert_positive(x, message="too small")]):
        theirs.sqrt(x, name="root")
    tf.import_graph_def(theirs.get_default_graph().as_graph_def(), name="")
    with tf.Session() as session:
        assert session.run("root:0", {"x:0": 4.0}) == 2.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="too small"):
            session.run("root:0", {"x:0": -4.0})


def test_loops_are_refused(tf, theirs):
    theirs.while_loop(lambda i: i < 3, lambda i: i + 1, [theirs.constant(0)], name="loop")
    with pytest.raises(Exception, match='node "loop/.*" .*loops are not supported'):
        tf.import_graph_def(theirs.get_default_graph().as_graph_def())
    assert not tf.get_default_graph().get_operations()
