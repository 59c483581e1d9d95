"""Graphs with branches: tf.cond, tf.case and what is made of them."""

import numpy as np

from .recorder import Family, numbers, tf


def _both(family, name, make, *inputs, **options):
    """Recorded once for either value of a predicate, which is the last input."""
    for value in (False, True):
        family.add(f"{name}/{value}".lower(), make, *inputs, np.bool_(value), **options)


def _layer(x, w, b, training):
    """Batch norm, dropout of nothing and a rectifier, as models of 1.x choose by `is_training`."""
    h = tf.matmul(x, w) + b
    mean, variance = tf.cond(training, lambda: tf.nn.moments(h, [0]), lambda: (tf.zeros([4]), tf.ones([4])))
    h = tf.nn.relu(tf.nn.batch_normalization(h, mean, variance, None, None, 1e-3))
    return tf.reduce_sum(tf.cond(training, lambda: tf.nn.dropout(h, rate=0.0), lambda: h), 1)


def _nested(x, y, p, q):
    def inner():
        return tf.cond(q, lambda: x * y, lambda: x - tf.constant([1.0, 2.0, 3.0]))

    return tf.cond(p, lambda: tf.square(inner()), lambda: tf.exp(y))


def _lone_constants(p):
    merged = tf.cond(p, lambda: tf.constant([1.0, 2.0]), lambda: tf.zeros([2]) - 5.0)
    return [merged * 2.0, tf.cond(p, lambda: tf.constant(3), lambda: tf.constant(4))]


def _checked(x, p):
    """Assertions in a branch, and one that is itself a branch."""

    def positive():
        with tf.control_dependencies([tf.debugging.assert_greater(x, 0.0)]):
            return tf.sqrt(tf.identity(x))

    with tf.control_dependencies([tf.debugging.assert_less(x, 100.0)]):
        return tf.cond(p, positive, lambda: x * 0.5)


def _case(x, step):
    return tf.case(
        [(tf.less(step, 2), lambda: x * 2.0), (tf.less(step, 5), lambda: tf.tanh(x))],
        default=lambda: tf.reduce_sum(x) - x,
    )


def _exclusive(x, step):
    pairs = [(tf.equal(step, i), lambda i=i: x * float(i + 1)) for i in range(3)]
    return tf.case(pairs, default=lambda: -x, exclusive=True)


def _shapes(x, p):
    """Branches of different shapes."""
    merged = tf.cond(p, lambda: x, lambda: tf.concat([x, x[:1]], 0))
    return tf.square(merged)


def _twice(x, p):
    """The same work in a branch and outside; a predicate by two names."""
    outside = tf.square(x)
    first = tf.cond(p, lambda: tf.square(x) + outside, lambda: outside)
    second = tf.cond(tf.identity(p), lambda: tf.square(x) * first, lambda: first - x)
    return tf.nn.relu(second + first)


def _gathered(table, ids, p):
    rows = tf.cond(p, lambda: tf.gather(table, ids), lambda: tf.gather(table, ids + 1) * 0.5)
    return tf.reduce_sum(rows * rows, 1)


def _unused(x, y, p):
    """An argument that one branch alone takes."""
    return tf.cond(p, lambda: x * 3.0, lambda: y)


def _lists(x, p):
    a, b = tf.cond(p, lambda: [x, x * 2.0], lambda: [x * 3.0, tf.ones_like(x)])
    return [a * b, a]


def _second_gradient(x, p):
    y = tf.cond(p, lambda: x * x * x, lambda: tf.sin(x))
    return tf.gradients(y, x)[0]


def _computed_predicate(x):
    return tf.cond(tf.reduce_sum(x) > 0.0, lambda: x, lambda: -2.0 * x)


def branches():
    family = Family("branches")
    x = numbers(3)
    _both(family, "lists", _lists, x)
    _both(family, "constants", _lone_constants)
    _both(family, "layer", _layer, numbers(5, 3), numbers(3, 4), numbers(4))
    _both(family, "unused", _unused, x, numbers(3))
    _both(family, "shapes", _shapes, x, grad=False)
    _both(family, "unknown_shapes", _shapes, x, shapes=False)
    _both(family, "twice", _twice, x)
    _both(family, "checked", _checked, numbers(3, low=0.5))
    _both(family, "gathered", _gathered, numbers(5, 2), np.array([1, 3, 1], np.int32))
    _both(family, "second_gradient", _second_gradient, x)
    for p in (False, True):
        _both(family, f"nested/{p}".lower(), lambda a, b, q, r: _nested(a, b, q, r), x, numbers(3), np.bool_(p))
    for step in (0, 3, 7):
        family.add(f"case/{step}", _case, x, np.int32(step))
    for step in (1, 5):
        family.add(f"exclusive/{step}", _exclusive, x, np.int32(step))
    for sign in (1, -1):
        family.add(f"computed/{sign}", _computed_predicate, sign * np.abs(x))
    for step in (0, 3, 4, 10):
        family.add(
            f"piecewise_constant/{step}",
            lambda s: tf.train.piecewise_constant(s, [3, 9], [0.5, 0.25, 0.125]),
            np.int32(step),
        )
    return family


FAMILIES = [branches]
