"""tf.cond and tf.case: effects, gradients, structures, branches within branches. The argument: by_handle."""

import collections
import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
BY_HANDLE = sys.argv[1:] == ["by_handle"]
Pair = collections.namedtuple("Pair", ["first", "second"])


def variable(name, value):
    return tf.get_variable(name, initializer=tf.constant(value), use_resource=BY_HANDLE)


def show(session, name, fetches, feed=None):
    values = session.run(fetches, feed)
    leaves = values if isinstance(values, (list, tuple)) else [values]
    print(name, [np.round(np.asarray(value, np.float64), 5).tolist() for value in leaves if value is not None])


def effects():
    tf.reset_default_graph()
    p = tf.placeholder(tf.bool, [], name="p")
    v, w = variable("v", 1.0), variable("w", [1.0, 2.0])
    added = tf.cond(p, lambda: tf.assign_add(v, 1.0) + 0.0, lambda: tf.identity(v))
    grouped = tf.cond(p, lambda: tf.group(v.assign(9.0), w.assign([3.0, 4.0])), lambda: tf.no_op())

    def waits():
        with tf.control_dependencies([v.assign_add(5.0)]):
            return v.read_value() * 10.0

    read = tf.cond(p, waits, lambda: v * 100.0)
    print(added.name, added.dtype.base_dtype.name, added.shape, grouped.dtype.name)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for fetch in (added, grouped.op, read):
            for taken in (False, True):
                show(session, fetch.name, [fetch], {p: taken})
                show(session, "then", [v, w])


def gradients():
    tf.reset_default_graph()
    p = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [2])
    v, w = variable("v", [1.0, 2.0]), variable("w", [0.5, -0.5])
    y = tf.cond(p, lambda: tf.reduce_sum(v * v * x), lambda: tf.reduce_sum(3.0 * w) + tf.reduce_sum(v))
    both = y + tf.reduce_sum(v * w)
    labels = tf.constant([0.0, 1.0])

    def loss(logits):
        return lambda: tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))

    losses = tf.cond(p, loss(v), loss(v + w))
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(both + losses)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for taken in (True, False):
            feed = {p: taken, x: [2.0, 3.0]}
            show(session, "gradients", [both, *tf.gradients(both, [v, w])], feed)
            show(session, "losses", [losses, *tf.gradients(losses, [v, w])], feed)
            show(session, "by x", tf.gradients(both, [x]), feed)
            session.run(train, feed)
            show(session, "trained", [v, w])


def structures():
    tf.reset_default_graph()
    p = tf.placeholder(tf.bool, [])
    a, b = tf.constant(1), tf.constant([2.0, 3.0])
    pair = tf.cond(p, lambda: Pair(a, b), lambda: Pair(a + 1, b * 2.0))
    listed = tf.cond(p, lambda: [a, (b, a)], lambda: [a - 1, (b - 1.0, a)])
    keyed = tf.cond(p, lambda: {"x": a, "y": b}, lambda: {"y": b + 5.0, "x": a})
    single = tf.cond(p, lambda: [a], lambda: [a * 7])
    strict = tf.cond(p, lambda: [a], lambda: [a * 7], strict=True)
    print(
        type(pair).__name__,
        type(listed[1]).__name__,
        sorted(keyed),
        isinstance(single, tf.Tensor),
        type(strict).__name__,
    )
    ragged = tf.cond(p, lambda: tf.zeros([2, 3]), lambda: tf.ones([4, 3]))
    print(ragged.shape.as_list(), pair.first.shape, pair.second.shape)
    with tf.Session() as session:
        for taken in (True, False):
            show(session, "pair", [pair.first, pair.second], {p: taken})
            show(
                session,
                "list",
                [listed[0], listed[1][0], keyed["x"], keyed["y"], single, strict[0], ragged],
                {p: taken},
            )


def nested():
    tf.reset_default_graph()
    p, q = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    v = variable("v", 2.0)
    count = variable("count", 0)

    def inner():
        doubled = v * 2.0
        return tf.cond(q, lambda: doubled * v, lambda: tf.cond(p, lambda: doubled + 1.0, lambda: doubled))

    def counted():
        negative = v * -1.0
        with tf.control_dependencies([tf.assign_add(count, 1)]):
            return tf.identity(negative)

    y = tf.cond(p, inner, counted)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        gradient = tf.gradients(y, v)
        for first in (True, False):
            for second in (True, False):
                show(session, "nested", [y, *gradient], {p: first, q: second})
                show(session, "count", count)


def cases():
    tf.reset_default_graph()
    x = tf.placeholder(tf.int32, [])
    v = variable("v", 1.0)
    pairs = [(tf.equal(x, 1), lambda: v * 10.0), (x > 1, lambda: v * 20.0)]
    chosen = tf.case(pairs, default=lambda: tf.constant(-1.0))
    exclusive = tf.case(
        {tf.equal(x, 1): lambda: tf.constant(1), tf.equal(x, 2): lambda: tf.constant(2)}, exclusive=True
    )
    with tf.Session() as session:
        session.run(v.initializer)
        for value in (0, 1, 2):
            show(session, "case", [chosen, *tf.gradients(chosen, v)], {x: value})
            try:
                show(session, "exclusive", exclusive, {x: value})
            except tf.errors.InvalidArgumentError:
                print("none holds")


def normalised():
    """Batch normalisation as it was written by hand: averages in one branch, read in the other."""
    tf.reset_default_graph()
    x, training = tf.placeholder(tf.float32, [8, 3]), tf.placeholder(tf.bool, [])
    mean, variance = tf.nn.moments(x, [0])
    average = tf.train.ExponentialMovingAverage(0.5)

    def updated():
        with tf.control_dependencies([average.apply([mean, variance])]):
            return tf.identity(mean), tf.identity(variance)

    m, v = tf.cond(training, updated, lambda: (average.average(mean), average.average(variance)))
    scale = variable("scale", [1.0, 2.0, 3.0])
    y = tf.nn.batch_normalization(x, m, v, None, scale, 1e-3)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(y - 1.0)) / 8.0)
    random = np.random.RandomState(0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(train, {x: random.rand(8, 3), training: True})
        show(session, "trained", [scale, average.average(mean), y[0]], {x: random.rand(8, 3), training: False})


def mistakes():
    tf.reset_default_graph()
    p = tf.placeholder(tf.bool, [])
    a = tf.constant(1.0)
    for call in (
        lambda: tf.cond(True, lambda: a, lambda: a),
        lambda: tf.cond(p, a, lambda: a),
        lambda: tf.cond(p, lambda: None, lambda: a),
        lambda: tf.cond(p, lambda: a, lambda: tf.constant(1)),
        lambda: tf.cond(p, lambda: [a, a], lambda: [a]),
        lambda: tf.case([]),
    ):
        try:
            call()
            print("no error")
        except (TypeError, ValueError):
            print("refused")


effects()
gradients()
structures()
nested()
cases()
normalised()
mistakes()
