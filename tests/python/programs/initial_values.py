"""Variables that begin at the values of others, initialised in one run or one by one. The argument: by_handle."""

import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
BY_HANDLE = sys.argv[1:] == ["by_handle"]


def variable(name, value):
    return tf.get_variable(name, initializer=value, use_resource=BY_HANDLE)


def show(session, *values):
    for value in session.run(values):
        print(np.round(value, 5).tolist())


def nodes(*prefixes):
    for op in sorted(tf.get_default_graph().get_operations(), key=lambda op: op.name):
        if op.name.startswith(prefixes):
            print(op.name, op.type, [x.name for x in op.inputs])


def of_averages():
    tf.reset_default_graph()
    tf.set_random_seed(1)
    with tf.variable_scope("m"):
        v = variable("v", tf.random_uniform([2], 1.0, 2.0, seed=2))
    average = tf.train.ExponentialMovingAverage(0.9)
    with tf.name_scope("outer"):
        update = average.apply([v])
    shadow = average.average(v)
    nodes("outer", "m/v/Exp")
    change = v.assign([5.0, 6.0])
    with tf.Session() as session:
        # Whichever runs first, they begin alike.
        session.run(tf.global_variables_initializer())
        show(session, tf.reduce_sum(tf.abs(v - shadow)))
        session.run(change)
        session.run(shadow.initializer)
        show(session, shadow)
        session.run(v.assign([1.0, 1.0]))
        session.run(update)
        show(session, v, shadow)


def of_others():
    tf.reset_default_graph()
    a = variable("a", tf.random_uniform([2], 1.0, 2.0, seed=1))
    b = tf.Variable(a.initialized_value() + 1.0, name="b")
    # What depends on a variable by reference is made of its initialised value.
    c = tf.Variable(tf.reduce_sum(a * 2.0, name="sum") * tf.ones([2]), name="c")
    nodes("IsVar", "cond", "b", "c", "mul", "sum")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        show(session, b - a, c / tf.reduce_sum(a))
        session.run(a.assign([5.0, 6.0]))
        session.run([b.initializer, c.initializer])
        show(session, b, c)


of_averages()
if not BY_HANDLE:
    of_others()
