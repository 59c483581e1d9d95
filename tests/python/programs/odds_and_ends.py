"""Sorting, texts of numbers, random parts, checks, less common losses: values, dtypes, shapes."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
RANDOM = np.random.RandomState(11)


def show(label, *tensors, feed=None):
    with tf.Session() as session:
        for tensor, value in zip(tensors, session.run(list(tensors), feed)):
            print(label, tensor.dtype.name, tensor.shape, np.asarray(value).tolist())


def sorting():
    numbers = np.round(RANDOM.uniform(-9, 9, (3, 4)), 2)
    for values in (
        tf.constant(numbers, tf.float32),
        tf.constant([[3, -(2**31), 3], [0, 2**31 - 1, -7]]),
        tf.constant([200, 3, 255, 0], tf.uint8),
        [2.5, 1.0, 2.5, -3.0],
        tf.zeros([2, 0]),
    ):
        for direction in ("ASCENDING", "DESCENDING"):
            show(direction, tf.sort(values, direction=direction), tf.argsort(values, direction=direction))
    for axis in (0, 1, -2):
        show(axis, tf.sort(numbers, axis), tf.argsort(numbers, axis=axis, direction="DESCENDING"))
    x = tf.placeholder(tf.float32, [None, 3])
    show("fed", tf.sort(x), tf.gradients(tf.sort(x) * [1.0, 2.0, 3.0], x)[0], feed={x: [[3, 1, 2], [0, 5, -1]]})
    for wrong in (lambda: tf.sort([1.0], direction="UP"), lambda: tf.sort([1.0], axis=tf.placeholder(tf.int32, []))):
        try:
            wrong()
            print("no error")
        except ValueError:
            print("refused")


def parts():
    tf.set_random_seed(3)
    image = tf.reshape(tf.range(60), [5, 4, 3])
    show("crop", tf.random_crop(image, [2, 2, 3], seed=1), tf.random_crop(image, [5, 1, 1], name="column"))
    x = tf.placeholder(tf.float32, [None, 3])
    with tf.Session() as session:
        for size in ([2, 3], [3, 2]):
            try:
                print(session.run(tf.shape(tf.random_crop(x, size)), {x: np.zeros((2, 3))}).tolist())
            except tf.errors.InvalidArgumentError:
                print("too large")
        checked = tf.ensure_shape(x, [2, 3])
        (gradient,) = tf.gradients(checked * checked, x)
        print(checked.shape, checked.name, session.run(gradient, {x: np.ones((2, 3))}).tolist())
        for rows in (2, 3):
            try:
                print(session.run(checked, {x: np.ones((rows, 3))}).tolist())
            except tf.errors.InvalidArgumentError:
                print("another shape")
        finite = tf.verify_tensor_all_finite(x, "it must be finite")
        print(session.run(finite, {x: np.ones((1, 3))}).tolist())
        try:
            session.run(finite, {x: [[1.0, np.inf, 2.0]]})
        except tf.errors.InvalidArgumentError as error:
            print("it must be finite" in str(error))
        print(session.run(tf.tables_initializer()), tf.tables_initializer().type)


def values():
    show("text", tf.as_string([1.5, -2.25]), tf.strings.as_string([3, 40], width=4), tf.as_string(2.5, precision=3))
    show(
        "norm",
        tf.math.reduce_euclidean_norm([[3.0, 4.0], [6.0, 8.0]]),
        tf.math.reduce_euclidean_norm([[3.0, 4.0]], 1, True),
    )
    x, kernel = RANDOM.rand(1, 6, 6, 2).astype(np.float32), RANDOM.rand(2, 2, 2, 1).astype(np.float32)
    for padding in ("VALID", "SAME"):
        result = tf.nn.atrous_conv2d(tf.constant(x), tf.constant(kernel), 2, padding)
        with tf.Session() as session:
            print(padding, result.shape, np.round(session.run(result), 4).ravel().tolist())
    targets, inputs = tf.constant([0.5, 2.0, 7.0, 0.0]), tf.constant([0.1, -0.5, 2.0, 1.0])
    for full in (False, True):
        loss = tf.nn.log_poisson_loss(targets, inputs, compute_full_loss=full)
        show("loss", loss, tf.gradients(loss, inputs)[0])


sorting()
parts()
values()
