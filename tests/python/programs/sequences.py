"""Convolutions and pools along one dimension: values, gradients, names, what is refused."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
RANDOM = np.random.RandomState(5)


def show(label, make, *arrays, has_gradients=True):
    tf.reset_default_graph()
    inputs = [
        tf.placeholder(tf.float32, [None, *array.shape[1:]] if i == 0 else array.shape)
        for i, array in enumerate(arrays)
    ]
    feed = dict(zip(inputs, arrays))
    result = make(*inputs)
    gradients = tf.gradients(tf.reduce_sum(tf.square(result)), inputs) if has_gradients else []
    print(label, result.name, result.op.inputs[0].op.type, result.op.inputs[0].name, result.shape)
    with tf.Session() as session:
        for value in session.run([result, *gradients], feed):
            print((np.round(value.astype(np.float64), 4) + 0.0).tolist())


def convolutions():
    x, kernel = RANDOM.uniform(-1, 1, (2, 7, 3)), RANDOM.uniform(-1, 1, (3, 3, 2))
    for stride in (1, 2, [3], [1, 2, 1]):
        for padding in ("VALID", "SAME"):
            show(f"{stride} {padding}", lambda v, f: tf.nn.conv1d(v, f, stride, padding), x, kernel)  # noqa: B023
    show("dilated", lambda v, f: tf.nn.conv1d(v, f, 1, "SAME", dilations=2), x, kernel, has_gradients=False)
    show("named", lambda v, f: tf.nn.conv1d(input=v, filters=f, stride=1, padding="VALID", name="filtered"), x, kernel)
    show("format", lambda v, f: tf.nn.conv1d(v, f, 1, "VALID", data_format="NWC"), x, kernel)


def pools():
    x = RANDOM.uniform(-1, 1, (2, 7, 2))
    for pool in (tf.nn.max_pool1d, tf.nn.avg_pool1d):
        for size, stride, padding in ((2, 2, "VALID"), (3, 1, "SAME"), ([1, 2, 1], [2], "SAME")):
            show(f"{size} {stride} {padding}", lambda v: pool(v, size, stride, padding), x)  # noqa: B023
        show("named", lambda v: pool(v, 2, 1, "VALID", name="pooled"), x)  # noqa: B023


convolutions()
pools()
for wrong in (
    lambda: tf.nn.conv1d(tf.zeros([1, 5, 3]), tf.zeros([3, 2, 2]), 1, "SAME"),
    lambda: tf.nn.conv1d(tf.zeros([1, 5, 3]), tf.zeros([3, 3, 2]), [1, 1], "SAME"),
    lambda: tf.nn.conv1d(tf.zeros([1, 5, 3]), tf.zeros([3, 3, 2]), 1, "SOME"),
):
    try:
        wrong()
        print("no error")
    except ValueError:
        print("refused")
