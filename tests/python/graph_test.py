"""Building graphs: names, scopes, shapes, dtypes, operators, variables, and mistakes in them."""

import numpy as np
import pytest


def run(tf, fetches, feed_dict=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feed_dict)


def test_nodes_are_those_of_tensorflow():
    """The same program builds the same nodes, with the same names, types and inputs."""
    import fanlight.tf1 as ours
    import tensorflow.compat.v1 as theirs

    def build(tf):
        graph = tf.Graph()
        with graph.as_default():
            x = tf.placeholder(tf.float32, [None, 4], name="x")
            with tf.name_scope("layer"):
                w = tf.Variable(tf.truncated_normal([4, 3], stddev=0.5, seed=1), name="w")
                b = tf.Variable(tf.zeros([3]), name="b")
                y = tf.nn.relu(tf.matmul(x, w) + b, name="y")
            with tf.name_scope("layer"):
                z = y * 2.0 - 1.0
            tf.reduce_mean(z, name="mean")
            tf.summary.scalar("z", tf.reduce_sum(z))
            with tf.variable_scope("scope", reuse=tf.AUTO_REUSE):
                tf.get_variable("v", [2], initializer=tf.constant_initializer(3.0))
                tf.get_variable("v", [2])
            with tf.control_dependencies([z]):
                tf.identity(b, name="after")
        return graph

    def nodes(graph):
        return [(op.name, op.type, [t.name for t in op.inputs]) for op in graph.get_operations()]

    with theirs.Graph().as_default():
        theirs.disable_resource_variables()
    assert nodes(build(ours)) == nodes(build(theirs))


def test_names_are_made_unique(tf):
    names = [tf.constant(1.0).name for _ in range(3)] + [tf.constant(1, name="a").name, tf.constant(1, name="A").name]
    assert names == ["Const:0", "Const_1:0", "Const_2:0", "a:0", "A_1:0"]
    with tf.name_scope("s") as scope:
        assert scope == "s/" and tf.constant(1).name == "s/Const:0"
    with tf.name_scope("s") as scope:
        assert scope == "s_1/"
    with tf.name_scope("s/"):
        assert tf.constant(1).name == "s/Const_1:0"
    with pytest.raises(ValueError, match="not a valid scope name"):
        with tf.name_scope("no spaces"):
            pass


def test_printed_forms(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    assert repr(x) == "<tf.Tensor 'x:0' shape=(?, 3) dtype=float32>"
    assert str(x) == 'Tensor("x:0", shape=(?, 3), dtype=float32)'
    assert str(tf.placeholder("float")) == 'Tensor("Placeholder:0", shape=<unknown>, dtype=float32)'
    assert repr(tf.Variable(1.0, name="v")) == "<tf.Variable 'v:0' shape=() dtype=float32_ref>"
    assert repr(tf.float32) == "tf.float32" and tf.float32 == "float32" == tf.as_dtype(np.float32)
    assert repr(x.op) == "<tf.Operation 'x' type=Placeholder>"
    assert x.get_shape().as_list() == [None, 3] and x.shape[1] == 3 and str(x.shape) == "(?, 3)"


def test_operators_take_numpy_on_either_side(tf):
    x = tf.constant([1.0, 2.0])
    n = np.array([3.0, 4.0], np.float32)
    results = run(tf, [x + n, n + x, x - 1, 1 - x, x * n, n * x, x / 2, 2 / x, x**2, 2**x, -x, abs(-x), x // 2, x % 2])
    want = [
        [4, 6],
        [4, 6],
        [0, 1],
        [0, -1],
        [3, 8],
        [3, 8],
        [0.5, 1],
        [2, 1],
        [1, 4],
        [2, 4],
        [-1, -2],
        [1, 2],
        [0, 1],
        [1, 0],
    ]
    assert [r.tolist() for r in results] == want
    i = tf.constant([7, -7])
    results = run(tf, [i / 2, i // 2, i % 4, tf.div(i, 2), x > 1, x <= n, (x > 1) & (x < 2), ~(x > 1)])
    assert [r.tolist() for r in results[:4]] == [[3.5, -3.5], [3, -4], [3, 1], [3, -4]]
    assert [r.tolist() for r in results[4:]] == [[False, True], [True, True], [False, False], [True, False]]
    m = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert run(tf, m @ m).tolist() == [[7, 10], [15, 22]]


def test_indices(tf):
    a = np.arange(24).reshape(2, 3, 4).astype(np.float32)
    t = tf.constant(a)
    keys = [
        0,
        -1,
        (0, 1),
        (slice(None), 1),
        (Ellipsis, 2),
        (slice(None), slice(1, None), slice(None, None, 2)),
        (0, None),
    ]
    for key, got in zip(keys, run(tf, [t[key] for key in keys])):
        np.testing.assert_array_equal(got, a[key])
    assert run(tf, t[tf.constant(1)]).tolist() == a[1].tolist()
    assert [v.tolist() for v in run(tf, list(tf.constant([1, 2])))] == [1, 2]


def test_dtypes_of_constants(tf):
    made = [1, 1.0, True, "s", [1, 2], [1.0], np.float64(1), np.arange(2), np.float32(1), 2**40]
    names = ["int32", "float32", "bool", "string", "int32", "float32", "float64", "int64", "float32", "int64"]
    assert [tf.constant(value).dtype.name for value in made] == names
    assert run(tf, tf.constant(7, shape=[2, 2])).tolist() == [[7, 7], [7, 7]]
    with pytest.raises(TypeError, match="Expected int32"):
        tf.constant(1.5, tf.int32)
    with pytest.raises(ValueError, match="None values"):
        tf.constant(None)


def test_mistakes_are_told_when_the_graph_is_built(tf):
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    with pytest.raises(ValueError, match=r"\[2,3\]"):
        tf.matmul(a, a)
    with pytest.raises(ValueError):
        a + tf.placeholder(tf.float32, [2, 4])
    with pytest.raises(TypeError, match="int32"):
        tf.multiply(a, tf.constant(1))
    with pytest.raises(TypeError, match="bool"):
        if a > 1:
            pass
    with pytest.raises(TypeError):
        tf.nn.relu(tf.constant("text"))
    with pytest.raises(ValueError, match="not an element of this graph|same graph"):
        with tf.Graph().as_default():
            tf.identity(a)
    with pytest.raises(ValueError, match="named arguments"):
        tf.nn.softmax_cross_entropy_with_logits(a, a)
    with pytest.raises(ValueError, match="No gradients"):
        v = tf.Variable(1.0)
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(a), var_list=[v])
    with pytest.raises(NotImplementedError, match="NHWC"):
        tf.nn.conv2d(tf.zeros([1, 1, 4, 4]), tf.zeros([2, 2, 1, 1]), [1, 1, 1, 1], "SAME", data_format="NCHW")
    # What failed leaves the graph as it was.
    assert run(tf, tf.constant(3)) == 3


def test_a_final_graph_does_not_change(tf, tmp_path):
    graph = tf.get_default_graph()
    tf.get_variable("v", initializer=1.0)
    saver = tf.train.Saver()
    meta_graph = tf.train.export_meta_graph()
    nodes = graph.node_count
    graph.finalize()
    assert graph.finalized
    for add in (
        lambda: tf.get_variable("w", initializer=1.0),
        lambda: tf.constant([1.0]),
        tf.train.Saver,
        lambda: tf.train.import_meta_graph(meta_graph, import_scope="again"),
        lambda: tf.import_graph_def(meta_graph.graph_def),
        lambda: tf.train.GradientDescentOptimizer(0.1).minimize(tf.trainable_variables()[0]),
        lambda: tf.add_to_collection("numbers", 1),
        lambda: graph.clear_collection("numbers"),
    ):
        with pytest.raises(RuntimeError, match="^Graph is finalized and cannot be modified.$"):
            add()
    assert graph.node_count == nodes
    with tf.Session() as session:
        session.run(tf.trainable_variables()[0].initializer)
        saver.save(session, str(tmp_path / "model"))


def test_variables_and_collections(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    local = tf.Variable(1, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="local")
    assert tf.global_variables() == [v] == tf.trainable_variables() and tf.local_variables() == [local]
    tf.add_to_collection("mine", "text")
    assert tf.get_collection("mine") == ["text"] and "mine" in tf.get_default_graph().get_all_collection_keys()
    step = tf.train.AdamOptimizer().minimize(tf.reduce_sum(v))
    assert [x.name for x in tf.global_variables()] == [
        "v:0",
        "beta1_power:0",
        "beta2_power:0",
        "v/Adam:0",
        "v/Adam_1:0",
    ]
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP) == [step]
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        assert sess.run(v.assign([3.0, 4.0])).tolist() == [3.0, 4.0]
        assert sess.run(v.assign_add([1.0, 1.0])).tolist() == [4.0, 5.0]
        v.load([7.0, 8.0], sess)
        assert v.eval(sess).tolist() == [7.0, 8.0]
        assert sess.run(tf.report_uninitialized_variables()).tolist() == []


def test_variable_scopes(tf):
    with tf.variable_scope("a"):
        v = tf.get_variable("v", [2])
        with tf.variable_scope("b", initializer=tf.ones_initializer()):
            w = tf.get_variable("w", [1])
        assert (v.name, w.name) == ("a/v:0", "a/b/w:0")
        with pytest.raises(ValueError, match="already exists, disallowed"):
            tf.get_variable("v", [2])
    with tf.variable_scope("a", reuse=True) as scope:
        assert tf.get_variable("v", [2]) is v and scope.name == "a"
        with pytest.raises(ValueError, match="does not exist"):
            tf.get_variable("none", [2])
        with pytest.raises(ValueError, match="specified shape"):
            tf.get_variable("v", [3])
        assert tf.constant(1).name == "a_1/Const:0"
    with tf.variable_scope(scope):
        assert tf.get_variable("v") is v
    with tf.variable_scope(None, "layer") as one, tf.variable_scope(None, "layer"):
        pass
    with tf.variable_scope(None, "layer") as two:
        assert (one.name, two.name) == ("layer", "layer_1")
    assert run(tf, w).tolist() == [1.0]
    assert tf.trainable_variables("a/b") == [w]


def test_gradients(tf):
    x = tf.placeholder(tf.float32, [2])
    v = tf.Variable([1.0, 2.0])
    y = tf.reduce_sum(v * v * x)
    gv, gx, none = tf.gradients(y, [v, x, tf.constant(1.0)])
    assert none is None
    got = run(tf, [gv, gx], {x: [3.0, 4.0]})
    assert got[0].tolist() == [6.0, 16.0] and got[1].tolist() == [1.0, 4.0]


def test_graphs_as_messages_and_back(tf, tmp_path):
    x = tf.placeholder(tf.float32, name="x")
    v = tf.Variable(2.0, name="v")
    tf.multiply(x, v, name="y")
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        saver.save(sess, str(tmp_path / "model"), global_step=3)
    definition = tf.get_default_graph().as_graph_def()
    assert [node.name for node in definition.node][:3] == ["x", "v/initial_value", "v"]
    text = open(tf.train.write_graph(definition, str(tmp_path), "graph.pbtxt")).read()
    assert text == str(definition) and text.startswith('node {\n  name: "x"\n  op: "Placeholder"\n')
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model-3")
    with tf.Graph().as_default() as graph:
        saver = tf.train.import_meta_graph(str(tmp_path / "model-3.meta"))
        with tf.Session() as sess:
            saver.restore(sess, str(tmp_path / "model-3"))
            assert sess.run("y:0", {"x:0": 4.0}) == 8
        assert [variable.name for variable in tf.global_variables()] == ["v:0"]
        assert graph.get_tensor_by_name("y:0").op.type == "Mul"
    with tf.Graph().as_default():
        (y,) = tf.import_graph_def(definition, return_elements=["y:0"], name="in")
        assert y.name == "in/y:0"
    reader = tf.train.NewCheckpointReader(str(tmp_path / "model-3"))
    assert reader.get_variable_to_shape_map() == {"v": []} and reader.get_tensor("v") == 2
    with tf.Session() as sess, pytest.raises(ValueError, match="not a valid checkpoint"):
        saver.restore(sess, str(tmp_path / "none"))


def test_layers_along_one_dimension_are_those_of_images_of_height_1(tf):
    x = tf.constant(np.random.RandomState(1).rand(2, 9, 3).astype(np.float32))
    image = x[:, None]
    ones = tf.ones_initializer()
    for options in ({}, {"strides": 2, "padding": "same"}, {"dilation_rate": 2, "use_bias": False}):
        wide = {
            key: (1, value) if isinstance(value, int) and key != "use_bias" else value for key, value in options.items()
        }
        line = tf.layers.conv1d(x, 4, 3, kernel_initializer=ones, activation=tf.nn.relu, **options)
        plane = tf.layers.conv2d(image, 4, (1, 3), kernel_initializer=ones, activation=tf.nn.relu, **wide)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            one, other = sess.run([line, plane[:, 0]])
        assert one.shape == other.shape and np.allclose(one, other)
    assert [v.name for v in tf.trainable_variables()][:2] == ["conv1d/kernel:0", "conv1d/bias:0"]
    pooled = tf.layers.max_pooling1d(x, 2, 2), tf.layers.average_pooling1d(x, 3, 1, "same")
    images = tf.layers.max_pooling2d(image, (1, 2), (1, 2)), tf.layers.average_pooling2d(image, (1, 3), 1, "same")
    with tf.Session() as sess:
        for one, other in zip(sess.run(pooled), sess.run(images)):
            assert np.allclose(one, other[:, 0])


def test_fully_connected_has_the_names_of_contrib(tf):
    x = tf.constant([[1.0, -2.0]])
    first = tf.contrib.layers.fully_connected(x, 3, weights_initializer=tf.ones_initializer())
    second = tf.contrib.layers.fully_connected(first, 2, activation_fn=None, scope="out")
    tf.contrib.layers.fully_connected(first, 2, activation_fn=None, scope="out", reuse=True)
    names = ["fully_connected/weights:0", "fully_connected/biases:0", "out/weights:0", "out/biases:0"]
    assert [v.name for v in tf.trainable_variables()] == [v.name for v in tf.model_variables()] == names
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(first).tolist() == [[0.0, 0.0, 0.0]] and sess.run(second).shape == (1, 2)
    with pytest.raises(NotImplementedError, match="normalizer_fn"):
        tf.contrib.layers.fully_connected(x, 3, normalizer_fn=tf.identity)


def test_layers_and_losses(tf):
    x = tf.placeholder(tf.float32, [None, 8, 8, 1])
    labels = tf.placeholder(tf.int64, [None])
    training = tf.placeholder(tf.bool)
    h = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu, padding="same")
    h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.layers.batch_normalization(h, training=training)
    h = tf.layers.dropout(tf.layers.flatten(h), 0.5, training=training)
    logits = tf.layers.dense(h, 3, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    total = tf.losses.get_total_loss()
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.GradientDescentOptimizer(0.1).minimize(total)
    names = [v.name for v in tf.trainable_variables()]
    assert names == [
        "conv2d/kernel:0",
        "conv2d/bias:0",
        "batch_normalization/gamma:0",
        "batch_normalization/beta:0",
        "dense/kernel:0",
        "dense/bias:0",
    ]
    feed = {x: np.random.RandomState(0).rand(6, 8, 8, 1), labels: [0, 1, 2, 0, 1, 2], training: True}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(loss, {**feed, training: False})
        for _ in range(60):
            sess.run(step, feed)
        assert sess.run(loss, {**feed, training: False}) < before
        (mean,) = [v for v in tf.global_variables() if "moving_mean" in v.name]
        assert np.abs(sess.run(mean)).max() > 0


def test_monitored_sessions_save_stop_and_go_on(tf, tmp_path):
    def train(last_step):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            v = tf.Variable(10.0)
            loss = tf.square(v)
            tf.summary.scalar("loss", loss)
            op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
            hooks = [tf.train.StopAtStepHook(last_step=last_step), tf.train.NanTensorHook(loss)]
            count = 0
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=str(tmp_path), hooks=hooks, save_checkpoint_steps=5, save_summaries_steps=2
            ) as sess:
                while not sess.should_stop():
                    sess.run(op)
                    count += 1
            return count

    assert train(7) == 7
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-7")
    assert train(10) == 3
    tf.summary.FileWriterCache.clear()


def test_coordinators_hand_on_what_a_thread_raised(tf):
    import threading

    coord = tf.train.Coordinator()

    def work():
        with coord.stop_on_exception():
            raise ValueError("from a thread")

    thread = threading.Thread(target=work)
    thread.start()
    with pytest.raises(ValueError, match="from a thread"):
        coord.join([thread])


def test_the_tutorials_modules(tf, mnist_dir):
    from fanlight.tf1.core.namespaces import namespace

    input_data = namespace("tf.examples.tutorials.mnist.input_data")
    mnist = namespace("tf.examples.tutorials.mnist.mnist")
    sets = input_data.read_data_sets(str(mnist_dir), seed=1)
    assert [s.num_examples for s in sets] == [55000, 5000, 10000]
    images, labels = sets.train.next_batch(100)
    assert images.shape == (100, 784) and images.dtype == np.float32 and images.max() == 1 and labels.dtype == np.uint8
    x = tf.placeholder(tf.float32, [100, 784])
    y = tf.placeholder(tf.int32, [100])
    logits = mnist.inference(x, 16, 8)
    step = mnist.training(mnist.loss(logits, y), 0.1)
    correct = mnist.evaluation(logits, y)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(300):
            images, labels = sets.train.next_batch(100)
            sess.run(step, {x: images, y: labels})
        assert sess.run(correct, {x: images, y: labels}) > 50
    fake = input_data.read_data_sets("", fake_data=True, one_hot=True)
    assert fake.train.next_batch(2)[1] == [[1] + [0] * 9] * 2


def test_boolean_mask(tf):
    x = [[1, 2], [3, 4]]
    np.testing.assert_array_equal(run(tf, tf.boolean_mask(x, [True, False])), [[1, 2]])
    np.testing.assert_array_equal(run(tf, tf.boolean_mask(x, [True, False], axis=1)), [[1], [3]])
    np.testing.assert_array_equal(run(tf, tf.boolean_mask(x, [False, True], axis=-1)), [[2], [4]])
    np.testing.assert_array_equal(run(tf, tf.constant(x)[np.array([[True, False], [False, True]])]), [1, 4])
    rows, mask = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.bool, [None])
    masked = tf.boolean_mask(rows, mask)
    assert run(tf, masked, {rows: np.ones([2, 3]), mask: [True, False]}).shape == (1, 3)
    assert run(tf, masked, {rows: np.ones([0, 3]), mask: np.zeros([0], bool)}).shape == (0, 3)
    with pytest.raises(ValueError, match=r"Shapes \(3,\) and \(2,\) are incompatible"):
        tf.boolean_mask([1, 2, 3], [True, False])
    with pytest.raises(ValueError, match="mask cannot be scalar"):
        tf.constant(x)[True]
    with pytest.raises(ValueError, match="Multiple ellipses"):
        tf.constant(x)[..., ...]


@pytest.mark.parametrize(
    "value, dtype", [(0, "int32"), ([1, 2], "int32"), (True, "bool"), ("abc", "string"), (1.5, "float32")]
)
def test_a_variable_has_the_dtype_of_its_value(tf, value, dtype):
    variable = tf.get_variable("v", initializer=value)
    assert variable.dtype.base_dtype.name == dtype
    got = run(tf, variable)
    np.testing.assert_array_equal(got.decode() if dtype == "string" else got, value)


def test_one_hot_wants_one_dtype(tf):
    assert run(tf, tf.one_hot([1], 2, on_value=5)).dtype == np.int32
    np.testing.assert_array_equal(run(tf, tf.one_hot([1], 2, on_value=True, off_value=False)), [[False, True]])
    with pytest.raises(TypeError, match="float32 of off_value does not match int32, that of on_value"):
        tf.one_hot([0], 3, on_value=1, off_value=0.0)
    with pytest.raises(TypeError, match="int32 of on_value does not match dtype parameter"):
        tf.one_hot([0], 3, on_value=tf.constant(1), dtype=tf.float32)


def test_several_results_have_names(tf):
    top = tf.nn.top_k([1.0, 3.0, 2.0], 2)
    values, indices = run(tf, top)
    np.testing.assert_array_equal(values, [3, 2])
    np.testing.assert_array_equal(indices, run(tf, top.indices))
    np.testing.assert_array_equal(run(tf, tf.unique([1, 1, 2]).idx), [0, 0, 1])


def test_conv2d_with_explicit_padding(tf):
    image, kernel = tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1])
    y = run(tf, tf.nn.conv2d(image, kernel, [1, 1, 1, 1], [[0, 0], [1, 1], [1, 1], [0, 0]]))
    np.testing.assert_array_equal(y[0, :, :, 0], [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]])
    with pytest.raises(ValueError, match="wants four pairs"):
        tf.nn.conv2d(image, kernel, [1, 1, 1, 1], [[1, 1], [1, 1]])


def test_a_graph_without_variables_reports_none_uninitialised(tf):
    assert run(tf, tf.report_uninitialized_variables()).shape == (0,)


def test_variables_of_an_optimizer_are_all_that_it_made(tf):
    w = tf.Variable([1.0, 2.0], name="w")
    adam = tf.train.AdamOptimizer()
    train = adam.minimize(tf.reduce_sum(w * w))
    assert [v.op.name for v in adam.variables()] == ["beta1_power", "beta2_power", "w/Adam", "w/Adam_1"]
    with tf.Session() as sess:
        sess.run(tf.variables_initializer([w, *adam.variables()]))
        sess.run(train)


def test_rows_of_a_resource_variable_are_scattered(tf):
    rows = tf.get_variable("rows", initializer=[1.0, 2.0, 3.0], use_resource=True)
    np.testing.assert_array_equal(run(tf, tf.scatter_add(rows, [0, 2], [5.0, 7.0])), [6, 2, 10])
    np.testing.assert_array_equal(run(tf, tf.scatter_update(rows, [1], [4.0])), [1, 4, 3])


def test_schedules_and_clipping_against_tensorflow(tf):
    import tensorflow.compat.v1 as theirs

    def values(tf):
        with tf.Graph().as_default():
            rates = [tf.train.polynomial_decay(0.1, step, 10, 0.01, 2.0, cycle=True) for step in (0, 5, 10, 15, 25)]
            # TensorFlow gives a function where a program runs eagerly.
            rates = [rate() if callable(rate) else rate for rate in rates]
            clipped = [tf.clip_by_average_norm(tf.constant([3.0, 4.0]), norm) for norm in (0.5, 1.0, 9.0)]
            with tf.Session() as sess:
                return sess.run(rates), sess.run(clipped)

    for ours, reference in zip(values(tf), values(theirs)):
        np.testing.assert_allclose(ours, reference, rtol=1e-6)


def test_a_variable_by_handle_is_read_where_it_is_used(tf):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    before = v + 0.0
    assigned = v.assign(5.0)
    with tf.control_dependencies([assigned]):
        after = v + 1.0
    assert assigned.op.type == "AssignVariableOp" and v.assign_add(1.0, read_value=False).type == "AssignAddVariableOp"
    assert run(tf, [after, assigned, before]) == [6.0, 5.0, 1.0]
    # Each use is a read, and the gradient is the sum of theirs.
    assert run(tf, tf.gradients(v * v + v, v)) == [3.0]


def test_set_shape_tells_what_is_built_afterwards(tf):
    x = tf.placeholder(tf.float32, None, name="x")
    x.set_shape([None, 3])
    assert x.shape.as_list() == [None, 3]
    assert (x + 1.0).shape.as_list() == [None, 3]
    with pytest.raises(ValueError, match="not compatible"):
        x.set_shape([2, 4])
    values = tf.unique(tf.reshape(x, [-1]))[0]
    values.set_shape([3])
    product = tf.reshape(values, [1, 3]) * 2.0
    with tf.Session() as sess:
        assert sess.run(product, {x: [[1, 2, 3]]}).tolist() == [[2, 4, 6]]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"its shape was set to \[3\]"):
            sess.run(product, {x: [[1, 1, 3]]})
        with pytest.raises(ValueError, match="shape"):
            sess.run(product, {x: [[1, 2]]})


def test_what_is_made_without_control_dependencies_is_not_within_their_scope(tf):
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(5.0).op]):
        with tf.control_dependencies(None):
            outside = tf.constant(2.0) * 1.0
        y = tf.identity(outside)
    assert [op.type for op in y.op.control_inputs] == ["Assign"] and outside.op.control_inputs == []
    assert run(tf, [y])[0] == 2.0
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(y)
        assert sess.run(v) == 5.0


def test_variables_are_by_handle_where_that_is_the_default(tf):
    tf.enable_resource_variables()
    try:
        assert tf.resource_variables_enabled()
        v, w = tf.get_variable("v", initializer=[1.0, 2.0]), tf.Variable(1.0)
        assert v.op.type == w.op.type == "VarHandleOp"
        assert tf.Variable(1.0, use_resource=False).op.type == "VariableV2"
        with tf.variable_scope("scope", use_resource=False):
            assert tf.get_variable("v", [1]).op.type == "VariableV2"
        optimizer = tf.train.AdamOptimizer(0.1)
        step = optimizer.minimize(tf.reduce_sum(v * v), var_list=[v])
        assert {variable.op.type for variable in optimizer.variables()} == {"VarHandleOp"}
        # A value that was read is kept.
        before = tf.identity(v)
        with tf.control_dependencies([before]):
            changed = v.assign([5.0, 6.0])
        with tf.control_dependencies([changed]):
            later = before + 0.0
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert session.run(later).tolist() == [1.0, 2.0]
            session.run(step)
    finally:
        tf.disable_resource_variables()
    assert tf.Variable(1.0).op.type == "VariableV2"
