"""tf.metrics over some batches, confusion matrices and counts: values, and the names of what is made."""

import functools
import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

BY_HANDLE = sys.argv[1:] == ["by_handle"]
RANDOM = np.random.RandomState(7)
BATCHES = [(RANDOM.randint(0, 2, 6), np.round(RANDOM.rand(6), 2), np.round(RANDOM.rand(6), 2)) for _ in range(3)]


def fresh():
    tf.reset_default_graph()
    tf.get_variable_scope().set_use_resource(BY_HANDLE)
    return (
        tf.placeholder(tf.int32, [None], "labels"),
        tf.placeholder(tf.float32, [None], "predictions"),
        tf.placeholder(tf.float32, [None], "weights"),
    )


def rounded(value):
    return (np.round(np.asarray(value, np.float64), 6) + 0.0).tolist()


def stream(label, make, weighted=False):
    inputs = fresh()
    given = {"weights": inputs[2]} if weighted else {}
    value, update = make(inputs[0], inputs[1], metrics_collections=["m"], updates_collections="u", **given)
    print(
        label,
        value.name if label != "regions" else "",
        value.dtype.name,
        update.dtype.name,
        update.shape == value.shape,
    )
    print([[v.name, v.shape.as_list()] for v in tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)])
    print(tf.local_variables() == tf.get_collection(tf.GraphKeys.METRIC_VARIABLES), len(tf.global_variables()))
    print(len(tf.trainable_variables()), tf.get_collection("m") == [value], len(tf.get_collection("u")))
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        print(rounded(session.run(value)))
        for batch in BATCHES:
            print(rounded(session.run(update, dict(zip(inputs, batch)))), rounded(session.run(value)))


def over(threshold=0.5):
    return lambda of: lambda labels, predictions, **rest: of(labels, tf.greater(predictions, threshold), **rest)


def means():
    m = tf.metrics
    as_float = lambda of: lambda labels, predictions, **rest: of(tf.cast(labels, tf.float32), predictions, **rest)
    for weighted in (False, True):
        stream("accuracy", over()(m.accuracy), weighted)
        stream("absolute", as_float(m.mean_absolute_error), weighted)
        stream("squared", as_float(m.mean_squared_error), weighted)
        stream("root", as_float(m.root_mean_squared_error), weighted)
        stream("mean", lambda labels, predictions, **rest: m.mean(predictions, **rest), weighted)
        stream("below", lambda labels, predictions, **rest: m.percentage_below(predictions, 0.4, **rest), weighted)
    for name in ("mean_squared_error", "root_mean_squared_error", "accuracy"):
        stream(name, as_float(functools.partial(getattr(m, name), name="x")))
    normalized = lambda labels, predictions, **rest: m.mean_relative_error(labels, predictions, labels, **rest)
    stream("relative", as_float(normalized))
    pairs = lambda x: tf.nn.l2_normalize(tf.reshape(x + 0.1, [-1, 2]), 1)
    stream("cosine", as_float(lambda y, p, **rest: m.mean_cosine_distance(pairs(y), pairs(p), 1, **rest)))
    stream("each", lambda labels, predictions, **rest: m.mean_tensor(tf.reshape(predictions, [2, 3]), **rest))
    classes = lambda labels, predictions, **rest: m.mean_per_class_accuracy(
        labels, tf.cast(predictions * 2.9, tf.int32), 3, **rest
    )
    stream("classes", classes)
    stream("classes", classes, True)
    regions = lambda labels, predictions, **rest: m.mean_iou(labels, tf.cast(predictions * 2.9, tf.int32), 4, **rest)
    stream("regions", regions)
    stream("regions", regions, True)


def counts():
    m = tf.metrics
    for weighted in (False, True):
        for name in ("true_positives", "true_negatives", "false_positives", "false_negatives", "precision", "recall"):
            stream(name, over()(getattr(m, name)), weighted)
    at = lambda of: lambda labels, predictions, **rest: of(labels, predictions, thresholds=[0.2, 0.5, 0.75], **rest)
    for weighted in (False, True):
        for name in ("true_positives", "true_negatives", "false_positives", "false_negatives", "precision", "recall"):
            stream(name, at(getattr(m, f"{name}_at_thresholds")), weighted)
        near = lambda of: lambda labels, predictions, **rest: of(labels, predictions, 0.6, num_thresholds=20, **rest)
        stream("sensitivity", near(m.sensitivity_at_specificity), weighted)
        stream("specificity", near(m.specificity_at_sensitivity), weighted)


def areas():
    for curve in ("ROC", "PR"):
        for method in ("trapezoidal", "careful_interpolation", "minoring", "majoring"):
            area = functools.partial(tf.metrics.auc, curve=curve, summation_method=method)
            stream(method, area, method == "minoring")
    stream("places", lambda y, p, **rest: tf.metrics.auc(y, p, thresholds=[0.7, 0.3], **rest))


def shapes():
    """Dimensions of 1 at the end, and ranks that are told in the run alone."""
    for dims in ([[None, 1], [None]], [[None], [None, 1]], [None, [None]], [[None, 1], None], [None, None]):
        for weights_dims in (dims[0], []):
            tf.reset_default_graph()
            labels, predictions = tf.placeholder(tf.float32, dims[0]), tf.placeholder(tf.float32, dims[1])
            weights = tf.placeholder(tf.float32, weights_dims)
            value, update = tf.metrics.mean_squared_error(labels, predictions, weights)
            with tf.Session() as session:
                session.run(tf.local_variables_initializer())
                feeds = []
                for number, tensor in enumerate((labels, predictions, weights)):
                    array = BATCHES[0][number]
                    if tensor.shape.ndims == 0:
                        array = np.float32(0.5)
                    elif tensor.shape.ndims != 1:
                        array = array.reshape(-1, 1)
                    feeds.append((tensor, array))
                print(dims, weights_dims, rounded(session.run(update, dict(feeds))), rounded(session.run(value)))
    wrong = (
        lambda: tf.metrics.mean(tf.zeros([3, 2]), tf.zeros([2, 2])),
        lambda: tf.metrics.mean(tf.zeros([3, 2]), tf.zeros([3, 2, 4, 5])),
        lambda: tf.metrics.accuracy(tf.zeros([3]), tf.zeros([4])),
        lambda: tf.metrics.auc(tf.zeros([3]), tf.zeros([3]), curve="X"),
        lambda: tf.metrics.auc(tf.zeros([3]), tf.zeros([3]), summation_method="x"),
        lambda: tf.metrics.sensitivity_at_specificity(tf.zeros([3]), tf.zeros([3]), 2.0),
        lambda: tf.metrics.true_positives(tf.zeros([3, 3]), tf.zeros([3, 3]), tf.zeros([3, 3, 3, 3])),
    )
    for make in wrong:
        try:
            make()
            print("no error")
        except ValueError:
            print("refused")
    labels, predictions, _ = fresh()
    _, update = tf.metrics.auc(labels, predictions)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        try:
            session.run(update, {labels: [0, 1], predictions: [0.5, 1.5]})
            print("no error")
        except tf.errors.InvalidArgumentError:
            print("no probabilities")


def matrices():
    tf.reset_default_graph()
    with tf.Session() as session:

        def show(tensor):
            print(tensor.name, tensor.dtype.name, session.run(tensor).tolist())

        show(tf.confusion_matrix([1, 2, 4], [2, 2, 4]))
        show(tf.math.confusion_matrix([[0], [1]], [1, 1], num_classes=3, dtype=tf.float32, name="named"))
        show(tf.confusion_matrix([0, 1, 1], [0, 1, 0], weights=[0.5, 2.0, 3.0], dtype=tf.float64))
        x = tf.constant([[0.0, 1.0, -2.0], [0.0, 0.0, float("nan")]])
        for y in (x, tf.constant([["", "a"], ["", " "]]), tf.constant([True, False, True]), [[0, 3, 0], [0, 0, 0]]):
            show(tf.count_nonzero(y))
            show(tf.math.count_nonzero(y, axis=0, dtype=tf.int32))
        show(tf.count_nonzero(x, 1, keepdims=True))
        show(tf.count_nonzero(x, reduction_indices=[1], keep_dims=True, name="old"))
        for labels, predictions, classes in (([-1], [0], None), ([0], [-1], None), ([3], [0], 3), ([0], [3], 3)):
            try:
                show(tf.confusion_matrix(labels, predictions, classes))
            except (ValueError, tf.errors.InvalidArgumentError):
                print("out of bounds")


means()
counts()
areas()
shapes()
matrices()
