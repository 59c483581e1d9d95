"""Adadelta and FTRL: variables and slots after some steps, of whole variables and of rows; names, what is refused."""

import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

BY_HANDLE = sys.argv[1:] == ["by_handle"]


def run(name, make, dtype=tf.float32):
    tf.reset_default_graph()
    tf.get_variable_scope().set_use_resource(BY_HANDLE)
    weights = tf.get_variable("layer/weights", initializer=tf.constant([[0.5, -0.25], [1.0, 2.0]], dtype))
    table = tf.get_variable("table", initializer=tf.constant(np.linspace(-1, 1, 10).reshape(5, 2), dtype))
    ids = tf.placeholder(tf.int64, [None])
    step = tf.train.get_or_create_global_step()
    rows = tf.nn.embedding_lookup(table, ids)
    loss = tf.reduce_mean(tf.square(tf.matmul(rows, weights) - 1.0)) + tf.reduce_sum(rows[0])
    optimizer = make(step)
    train = optimizer.minimize(loss, global_step=step)
    print(name, train.name, sorted(optimizer.get_slot_names()))
    print([(v.name, v.dtype.base_dtype.name, v.shape.as_list()) for v in optimizer.variables()])
    print([optimizer.get_slot(v, key).name for v in (weights, table) for key in sorted(optimizer.get_slot_names())])
    updates = [op.type for op in tf.get_default_graph().get_operations() if "Apply" in op.type]
    print(updates)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for batch in ([0, 2, 2], [4, 1, 0], [3, 3, 3], [1, 0, 4], [2, 2, 0]):
            session.run(train, {ids: batch})
            for variable in (weights, table, *optimizer.variables()):
                print(variable.name, np.asarray(session.run(variable), np.float64).ravel().tolist())


def refused(make):
    try:
        make()
        print("no error")
    except ValueError:
        print("refused")


t = tf.train
run("adadelta", lambda step: t.AdadeltaOptimizer())
run("adadelta", lambda step: t.AdadeltaOptimizer(1.0, rho=0.8, epsilon=1e-4, name="Slow"))
run("adadelta", lambda step: t.AdadeltaOptimizer(t.exponential_decay(1.0, step, 2, 0.5), epsilon=1e-3), tf.float64)
run("ftrl", lambda step: t.FtrlOptimizer(0.1))
run("ftrl", lambda step: t.FtrlOptimizer(0.3, l1_regularization_strength=0.4, l2_regularization_strength=0.1))
run("ftrl", lambda step: t.FtrlOptimizer(0.3, learning_rate_power=-0.8, initial_accumulator_value=0.5, name="Leader"))
run("ftrl", lambda step: t.FtrlOptimizer(0.2, l2_shrinkage_regularization_strength=0.3, beta=0.2, accum_name="sums"))
run(
    "ftrl",
    lambda step: t.FtrlOptimizer(tf.constant(0.2), linear_name="line", l1_regularization_strength=0.01),
    tf.float64,
)
for key in (
    "initial_accumulator_value",
    "l1_regularization_strength",
    "l2_regularization_strength",
    "l2_shrinkage_regularization_strength",
):
    refused(lambda: t.FtrlOptimizer(0.1, **{key: -0.5}))  # noqa: B023
refused(lambda: t.FtrlOptimizer(0.1, learning_rate_power=0.5))
