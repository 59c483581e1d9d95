"""Assertions and clipping: their nodes, what holds and what does not, known at once or in a run only."""

import re

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def nodes(*prefixes):
    for op in sorted(tf.get_default_graph().get_operations(), key=lambda op: op.name):
        if op.name.startswith(prefixes):
            print(op.name, op.type, [x.name for x in op.inputs])


def told(function, *arguments):
    try:
        print("fine", getattr(function(*arguments), "name", ""))
    except (tf.errors.InvalidArgumentError, ValueError, TypeError) as error:
        print(type(error).__name__, re.findall(r"Condition x \S+ \w", str(error))[:1])


x = tf.placeholder(tf.float32, [2], name="x")
n = tf.placeholder(tf.int32, [2], name="n")
checks = [
    tf.Assert(tf.reduce_all(x > 0), [x, n], name="check"),
    tf.Assert(tf.reduce_all(n > 0), ["n is", n]),
    tf.assert_equal(x, x),
    tf.assert_equal(n, n + 0, message="they differ"),
    tf.assert_less(x, x + 1.0, data=[x], summarize=2),
    tf.assert_less_equal(n, 3),
    tf.assert_greater(x, 0.5),
    tf.assert_greater_equal(x, 0.5, name="bounds"),
    tf.assert_positive(x, message="x"),
    tf.assert_non_negative(n),
]
for check in checks:
    print(check.name, check.type)
nodes("check", "Assert", "assert", "bounds")
for function in (
    lambda: tf.assert_equal([1, 2], [1, 3]),
    lambda: tf.assert_less(tf.constant(1.0), 2.0),
    lambda: tf.assert_positive([1.0, -1.0], message="no"),
    lambda: tf.assert_greater([1], [2], data=["told"]),
):
    told(function)
with tf.Session() as session:
    for values in ([1.0, 2.0], [0.25, 1.0], [-1.0, 1.0]):
        for check in checks:
            told(session.run, check, {x: values, n: [int(v) for v in values]})
    with tf.control_dependencies([checks[0]]):
        guarded = tf.reduce_sum(x)
    print(session.run(guarded, {x: [1.0, 2.0], n: [1, 1]}))
    told(session.run, guarded, {x: [-1.0, 2.0], n: [1, 1]})

tf.reset_default_graph()
v, w = (tf.get_variable(name, initializer=[3.0, 4.0]) for name in "vw")
clipped, norm = tf.clip_by_global_norm([v, None, w * 2.0], 2.0)
again, _ = tf.clip_by_global_norm([v], 2.0, use_norm=norm, name="again")
tf.clip_by_norm(v, 2.0, name="one")
print([None if t is None else t.name for t in clipped], norm.name, again[0].name, tf.global_norm([v], name="norm").name)
nodes("clip", "again", "global_norm", "norm")
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    print([value.round(4).tolist() for value in session.run([clipped[0], clipped[2], norm, again[0]])])
    session.run(v.assign([float("inf"), 1.0]))
    print(np.isnan(session.run(clipped[0])).tolist())
