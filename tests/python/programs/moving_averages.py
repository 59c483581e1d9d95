"""Moving averages of variables and tensors: names, values, what a saver restores. The argument: by_handle."""

import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
BY_HANDLE = sys.argv[1:] == ["by_handle"]


def show(session, *variables):
    for v in variables:
        print(v.name, np.round(session.run(v), 5).tolist())


def of_variables(**options):
    tf.reset_default_graph()
    with tf.variable_scope("model"):
        v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0]), use_resource=BY_HANDLE)
    count = tf.Variable(0, trainable=False, name="count", use_resource=BY_HANDLE)
    average = tf.train.ExponentialMovingAverage(0.9, **options)
    with tf.variable_scope("train"):
        update = average.apply()
    print(average.name, update.name, average.average_name(v), average.average_name(count), average.average(count))
    change = [tf.assign_add(v, [1.0, 3.0]), tf.assign_add(count, 1)]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            session.run(change)
            session.run(update)
            show(session, average.average(v))
        names = average.variables_to_restore()
        print(sorted((name, variable.name) for name, variable in names.items()))
        print(sorted((name, variable.name) for name, variable in average.variables_to_restore([count]).items()))
        path = tf.train.Saver().save(session, "averages")
        print(tf.train.list_variables(path))
        tf.train.Saver(names).restore(session, path)
        show(session, v, average.average(v))


def by_updates():
    tf.reset_default_graph()
    v = tf.get_variable("v", initializer=tf.constant(1.0), use_resource=BY_HANDLE)
    step = tf.Variable(0, trainable=False, name="step", use_resource=BY_HANDLE)
    average = tf.train.ExponentialMovingAverage(0.99, num_updates=step)
    with tf.control_dependencies([tf.assign_add(step, 5), tf.assign_add(v, 2.0)]):
        changed = tf.no_op()
    update = average.apply([v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(5):
            session.run(changed)
            session.run(update)
            show(session, average.average(v))


def of_tensors(zero_debias):
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [2], name="x")
    loss = tf.reduce_sum(x * x, name="loss")
    average = tf.train.ExponentialMovingAverage(0.8, zero_debias=zero_debias, name="avg")
    with tf.variable_scope("scope"):
        update = average.apply([loss, x])
    # The same ones again keep their averages.
    again = average.apply([x])
    print(average.average(loss).name, average.average_name(x), update.name, again.name)
    print(sorted(v.name for v in tf.global_variables()), tf.trainable_variables(), tf.moving_average_variables())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i in range(4):
            session.run(update, {x: [i, i + 0.5]})
            show(session, *sorted(tf.global_variables(), key=lambda v: v.name))
        session.run(again, {x: [1.0, 2.0]})
        show(session, average.average(x))


def mistakes():
    tf.reset_default_graph()
    n = tf.get_variable("n", initializer=tf.constant([1]), use_resource=BY_HANDLE)
    try:
        tf.train.ExponentialMovingAverage(0.9).apply([n])
    except TypeError as error:
        print(error)


of_variables()
of_variables(name="Shadow", zero_debias=True)
by_updates()
of_tensors(False)
of_tensors(True)
mistakes()
