"""Functions that are looked for less often: their values, and gradients where they have any."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def show(name, *tensors, steps=1):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            # A NaN is told by a number that no result has: NaNs are not equal.
            values = [np.nan_to_num(v, nan=-77.0, posinf=77.0, neginf=-7.0) for v in session.run(list(tensors))]
            print(
                name, [(v.dtype.name, v.shape, (np.round(np.asarray(v, np.float64), 6) + 0.0).tolist()) for v in values]
            )


def with_gradients(name, value, *of):
    weights = tf.constant(np.linspace(0.5, 2.0, int(np.prod(value.shape.as_list()))).reshape(value.shape), value.dtype)
    gradients = tf.gradients(tf.reduce_sum(value * weights), list(of))
    shown = [tf.convert_to_tensor(gradient) for gradient in gradients if gradient is not None]
    show(name, value, *shown)


def gathers():
    table = tf.constant(np.arange(24.0).reshape(2, 3, 4))
    for axis, batch, indices in (
        (1, 1, [[2, 0], [1, 1]]),
        (2, 1, [[3], [0]]),
        (2, 2, np.ones((2, 3), int)),
        (1, 0, [2, 1]),
    ):
        tf.reset_default_graph()
        table = tf.constant(np.arange(24.0).reshape(2, 3, 4))
        with_gradients("gather", tf.gather(table, indices, axis=axis, batch_dims=batch), table)
    with_gradients("gather", tf.gather(table, [[[2]], [[0]]], batch_dims=1), table)
    with_gradients("gather", tf.gather(table, [[2], [0]], axis=-1, batch_dims=-1), table)
    try:
        show("no error", tf.gather(tf.constant(np.zeros((2, 3, 4))), [[0], [1]], axis=1, batch_dims=2))
    except (ValueError, tf.errors.InvalidArgumentError):
        print("refused")


def embeddings():
    for strategy in ("mod", "div"):
        for sizes in ((3, 3, 2), (2, 2, 2)):
            tf.reset_default_graph()
            start, parts = 0, []
            for i, rows in enumerate(sizes):
                values = np.arange(start * 2.0, (start + rows) * 2.0).reshape(rows, 2).astype(np.float32)
                parts.append(tf.get_variable(f"part_{i}", initializer=values))
                start += rows
            ids = tf.constant([[0, start - 1, 2], [1, 4, 0]])
            with_gradients("parts", tf.nn.embedding_lookup(parts, ids, partition_strategy=strategy), *parts)
            print(tf.gradients(tf.nn.embedding_lookup(parts, ids, strategy), parts[0])[0].__class__.__name__)
            with_gradients("short", tf.nn.embedding_lookup(parts, ids, strategy, max_norm=2.0), *parts)
    tf.reset_default_graph()
    whole = tf.get_variable("w", [5, 2], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(2))
    show("partitioned", tf.nn.embedding_lookup(whole, tf.constant([4, 0, 3], tf.int64), "div"))
    table = tf.constant(np.arange(8.0).reshape(4, 2))
    with_gradients("max_norm", tf.nn.embedding_lookup(table, [3, 0, 1], max_norm=3.0), table)
    with_gradients("max_norm", tf.nn.embedding_lookup([table], [[3], [1]], max_norm=3.0), table)


def segments():
    data = tf.constant([[1.0, 2.0], [3.0, -4.0], [5.0, 6.0], [7.0, 8.0]])
    ids = tf.constant([2, 0, 2, -1])
    for op in (tf.unsorted_segment_mean, tf.unsorted_segment_sqrt_n, tf.unsorted_segment_prod, tf.unsorted_segment_max):
        with_gradients("unsorted", op(data, ids, 4), data)
    with_gradients("unsorted", tf.math.unsorted_segment_mean(data, [[0, 1], [1, 0], [2, 2], [0, 0]], 3), data)
    for op in (tf.sparse_segment_sum, tf.sparse_segment_mean, tf.sparse_segment_sqrt_n):
        show("sparse", op(data, [0, 3, 1], [0, 0, 1]), op(data, [0, 3, 1], [0, 0, 2], num_segments=4))
        result = op(data, [0, 3, 1], [0, 0, 1])
        show("sparse", tf.convert_to_tensor(tf.gradients(tf.reduce_sum(tf.square(result)), data)[0]))


def special():
    x = tf.constant([0.5, 1.5, 3.0, 8.0, -0.5])
    n = tf.constant([0.0, 1.0, 2.0, 3.0, 2.0])
    q = tf.constant([1.0, 2.5, 0.25, 9.0, 3.0])
    with_gradients("polygamma", tf.math.polygamma(n, x), x)
    with_gradients("zeta", tf.zeta(n + 2.0, q), q)
    show("zeta", tf.math.zeta([1.0, 0.5, 2.5, np.nan, 3.0, 2.0], [1.0, 1.0, 4.0, 1.0, np.inf, 0.0]))


def schedule(name, make, dtype=tf.int64, steps=14):
    tf.reset_default_graph()
    step = tf.Variable(0, trainable=False, dtype=dtype)
    rate = make(step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = []
        for _ in range(steps):
            values.append(round(float(session.run(rate)), 6))
            session.run(tf.assign_add(step, 1))
        print(name, rate.dtype.name, rate.shape, values)


def schedules():
    train = tf.train
    schedule("restarts", lambda g: train.cosine_decay_restarts(0.1, g, 3))
    schedule("restarts", lambda g: train.cosine_decay_restarts(0.1, g, 3, t_mul=1.0, m_mul=0.5, alpha=0.1))
    schedule(
        "restarts", lambda g: train.cosine_decay_restarts(tf.constant(0.1), g, tf.constant(2), t_mul=1.5, m_mul=0.8)
    )
    schedule("linear cosine", lambda g: train.linear_cosine_decay(0.1, g, 10))
    schedule("linear cosine", lambda g: train.linear_cosine_decay(0.1, g, 10, num_periods=2.0, alpha=0.2, beta=0.01))
    schedule("noisy", lambda g: train.noisy_linear_cosine_decay(0.1, g, 10, initial_variance=0.0))
    schedule("constant", lambda g: train.piecewise_constant(g, [3, 7], [1.0, 0.5, 0.1]))
    schedule("constant", lambda g: train.piecewise_constant(g, [3, 7], [4, 2, 1]))
    schedule(
        "constant", lambda g: train.piecewise_constant(g, [tf.constant(2), 5], [tf.constant(1.0), 0.5, 0.1]), tf.int32
    )
    halves = [0.5, 3.5]
    schedule(
        "constant", lambda g: train.piecewise_constant(tf.cast(g, tf.float32), halves, [1.0, tf.constant(0.3), 0.2])
    )
    schedule("polynomial", lambda g: train.polynomial_decay(0.1, g, 4, 0.01, power=2.0, cycle=True))
    for wrong in (
        lambda: train.piecewise_constant(tf.constant(1), [1], [0.1]),
        lambda: train.piecewise_constant(tf.constant(1), [0.5], [0.1, 0.2]),
        lambda: train.piecewise_constant(tf.constant(1), [1], [tf.constant(0.1), tf.constant(1)]),
        lambda: train.exponential_decay(0.1, None, 3, 0.5),
    ):
        try:
            wrong()
            print("no error")
        except ValueError:
            print("refused")


gathers()
embeddings()
segments()
special()
schedules()
