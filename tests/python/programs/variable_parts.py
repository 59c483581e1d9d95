"""Rows, slices and elements of variables: read, assigned, scattered into. The argument: by_handle."""

import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
BY_HANDLE = sys.argv[1:] == ["by_handle"]


def variable(name="v", dtype=np.float32):
    tf.reset_default_graph()
    initial = np.arange(12).reshape(3, 4).astype(dtype)
    return tf.get_variable(name, initializer=initial, use_resource=BY_HANDLE)


def show(v, updates):
    """Each in its turn, on what the ones before left: what it is, what it gives, what the variable then is."""
    print(sorted({update.op.type for update in updates}))
    with tf.Session() as session:
        session.run(v.initializer)
        for update in updates:
            print(update.name, np.asarray(session.run(update)).tolist(), session.run(v).tolist())
        for update in updates:
            session.run(update.op)
            print(session.run(v.value()).tolist())


def slices():
    v = variable()
    k = tf.constant(2)
    show(
        v,
        [
            v[1].assign([9, 9, 9, 9.0]),
            v[:, 1].assign(5.0),
            v[1:3].assign([1, 2, 3, 4.0]),
            v[::2, ::-1].assign(np.arange(8.0).reshape(2, 4)),
            v[0, 0].assign(-1),
            v[1:2, tf.newaxis].assign(np.ones((1, 1, 4))),
            v[5:].assign(np.ones((0, 4))),
            v[..., -1].assign([1, 2, 3]),
            v[k].assign([3.0, 3.0, 3.0, 3.0]),
            v[-1:, 1:k].assign([[7.0]]),
            tf.assign(v[0], [1, 1, 1, 1.0], name="named"),
        ],
    )
    # A gradient by the variable's read, past the assignment.
    assigned = v[1].assign([2.0, 2.0, 2.0, 2.0])
    with tf.control_dependencies([assigned]), tf.Session() as session:
        y = tf.reduce_sum(tf.square(v.read_value()))
        gradient = tf.gradients(y, v)[0]
        session.run(v.initializer)
        print(session.run([y, gradient]))
    for wrong in (tf.constant([1.0, 2.0])[0], tf.identity(v)[0]):
        try:
            wrong.assign(1.0)
            print("no error")
        except (ValueError, AttributeError):
            print("no variable's")


def scattered(dtype):
    v = variable(dtype=dtype)
    rows = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype)
    show(
        v,
        [
            tf.scatter_nd_update(v, [[2], [0]], rows),
            tf.scatter_nd_add(v, [[0, 1], [2, 3], [0, 1]], np.array([1, 2, 3], dtype)),
            tf.scatter_nd_sub(v, [[[0]], [[1]]], rows.reshape(2, 1, 4)),
            v.scatter_nd_update([[1, 1]], np.array([50], dtype)),
            v.scatter_nd_add(tf.constant([[1]], tf.int64), rows[:1]),
            v.scatter_nd_sub([[2, 0], [2, 1]], np.array([1, 2], dtype), name="mine"),
            v.scatter_update(tf.IndexedSlices(tf.constant(rows), tf.constant([1, 2]))),
            v.scatter_add(tf.IndexedSlices(tf.constant(rows), tf.constant([1, 1]))),
            v.scatter_sub(tf.IndexedSlices(tf.constant(rows[:1]), tf.constant([0]))),
            v.scatter_max(tf.IndexedSlices(tf.constant(rows[1:]), tf.constant([2]))),
            v.scatter_min(tf.IndexedSlices(tf.constant(rows[1:]), tf.constant([1]))),
            v.scatter_mul(tf.IndexedSlices(tf.constant(rows[:1]), tf.constant([2]))),
            tf.scatter_update(v, [0], rows[:1]),
        ],
    )


def read():
    tf.reset_default_graph()
    v = tf.get_variable("v", initializer=np.arange(6.0, dtype=np.float32).reshape(3, 2), use_resource=True)
    rows, elements = v.sparse_read([2, 0, 2]), v.gather_nd([[1, 1], [0, 1]])
    gradients = tf.gradients(tf.reduce_sum(tf.square(rows)) + tf.reduce_sum(elements * 3.0), v)
    with tf.Session() as session:
        session.run(v.initializer)
        print(rows.op.type, session.run([rows, elements, tf.convert_to_tensor(gradients[0])]))


def counted():
    tf.reset_default_graph()
    for dtype in (tf.int32, tf.int64):
        n = tf.get_variable("n_" + dtype.name, initializer=tf.constant(0, dtype), use_resource=BY_HANDLE)
        count, other = n.count_up_to(3), tf.count_up_to(n, 5, name="to_five")
        print(count.op.type, other.name, count.dtype, count.shape)
        with tf.Session() as session:
            session.run(n.initializer)
            try:
                while True:
                    print(session.run(count))
            except tf.errors.OutOfRangeError as error:
                print("Reached limit of 3" in str(error), session.run(other), session.run(n))


def chained():
    tf.reset_default_graph()
    v = tf.get_variable("v", initializer=tf.constant(1.0), use_resource=BY_HANDLE)
    twice = v.assign_add(2.0)
    with tf.control_dependencies([twice]):
        then = v.assign(v.read_value() * 10.0)
    with tf.Session() as session:
        session.run(v.initializer)
        print(session.run([then, twice + 0.0])[0], session.run(v))
        print(session.run(v.assign_add(1.0)), session.run(tf.assign_sub(v, 5.0)), session.run(v.assign(4.0) * 2.0))


def wrong():
    v = variable()
    outside = [
        tf.scatter_nd_update(v, [[3]], np.ones((1, 4))),
        tf.scatter_nd_add(v, [[0, 4]], [1.0]),
        v[1:3].assign(np.ones((3, 4))),
        v[1].assign([1.0, 2.0]),
    ]
    with tf.Session() as session:
        session.run(v.initializer)
        for update in outside:
            try:
                session.run(update)
                print("no error")
            except tf.errors.InvalidArgumentError:
                print("refused", session.run(v).sum())
    try:
        tf.scatter_nd_update(v, [[0]], np.ones((2, 4)))
        print("no error")
    except ValueError:
        print("refused when made")


slices()
scattered(np.float32)
scattered(np.int32)
scattered(np.float64)
read()
counted()
chained()
wrong()
