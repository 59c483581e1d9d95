"""TensorFlow 1's sessions, as bench/engine.py measures them: every op on the thread that calls run, the fastest way."""

import os
from collections.abc import Callable
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import steps
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def session() -> tf.Session:
    made = tf.Session(
        config=tf.ConfigProto(intra_op_parallelism_threads=steps.THREADS, inter_op_parallelism_threads=-1)
    )
    made.run(tf.global_variables_initializer())
    return made


def run() -> Callable[[], object]:
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [])
    y = x + 1
    running = session()
    return lambda: running.run(y, {x: 1.0})


def linreg() -> Callable[[], object]:
    tf.reset_default_graph()
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    weight, bias = tf.Variable(0.3), tf.Variable(-0.2)
    cost = tf.reduce_sum(tf.pow(x * weight + bias - y, 2)) / 34
    train = tf.train.GradientDescentOptimizer(steps.RATE).minimize(cost)
    running = session()
    following = steps.examples()

    def step() -> None:
        a, b = following()
        running.run(train, {x: a, y: b})

    return step


def network(workload: str) -> Callable[[], object]:
    tf.reset_default_graph()
    size = steps.SIZES[workload][0]
    x = tf.placeholder(tf.float32, [size, 784])
    y = tf.placeholder(tf.int32, [size])
    hidden = x
    if workload == "cnn":
        hidden = tf.reshape(x, [size, 28, 28, 1])
        for filters, bias in steps.filters():
            hidden = tf.nn.relu(tf.nn.conv2d(hidden, tf.Variable(filters), 1, "SAME") + tf.Variable(bias))
            hidden = tf.nn.max_pool2d(hidden, 2, 2, "SAME")
        hidden = tf.reshape(hidden, [size, 3136])
    layers = steps.weights(workload)
    for i, (weight, bias) in enumerate(layers):
        hidden = tf.matmul(hidden, tf.Variable(weight)) + tf.Variable(bias)
        if i + 1 < len(layers):
            hidden = tf.nn.relu(hidden)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=hidden))
    train = tf.train.GradientDescentOptimizer(steps.RATE).minimize(loss)
    running = session()
    images, labels = steps.batch(workload)
    return lambda: running.run([train, loss], {x: images, y: labels})


if __name__ == "__main__":
    networks = {name: partial(network, name) for name in steps.SIZES}
    steps.main({"run": run, "linreg": linreg, **networks})
