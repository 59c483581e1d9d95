"""Makes the logs of this folder with TensorFlow: graphs whose nodes call functions.

python make_function_calls.py FOLDER
"""

import pathlib
import sys

import tensorflow as tf
from tensorflow.python.framework import function as defun


@tf.function
def scaled(x, by):
    with tf.name_scope("scale"):
        return x * by


@tf.function
def layer(x, w):
    y = tf.matmul(x, w, name="matmul")
    return tf.nn.relu(scaled(y, tf.constant(2.0)))


@tf.function
def step(x, w):
    y = layer(x, w)
    with tf.name_scope("search"):
        _, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, layer(y, w)), [tf.constant(0), y])
    return tf.cond(tf.reduce_sum(y) > 0.0, lambda: scaled(y, 0.5), lambda: y - 1.0)


@tf.function
def other(x):
    return scaled(x, 3.0)


def traced(folder, functions):
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        tf.summary.trace_on(graph=True)
        for run in functions:
            run()
        tf.summary.trace_export("step", step=0)
    writer.close()


def tensorflow_1(folder):
    @defun.Defun(tf.float32, tf.float32, func_name="affine")
    def affine(x, b):
        y = tf.identity(x, name="inner/copy") * 2.0
        return y, y + b

    @defun.Defun(tf.float32, func_name="twice")
    def twice(x):
        y, _ = affine(x, x)
        return affine(y, x)[1]

    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, 4], name="x")
        with tf.name_scope("model"):
            y, z = affine(x, tf.square(x, name="bias"), name="affine_call")
        tf.add(twice(z, name="twice_call"), y, name="out")
        tf.compat.v1.summary.FileWriter(str(folder), graph).close()


def main(folder):
    square = tf.ones([4, 4])
    traced(folder / "tf2", [lambda: step(square, square)])
    traced(folder / "tf2_several", [lambda: step(square, square), lambda: other(square)])
    tensorflow_1(folder / "tf1")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
