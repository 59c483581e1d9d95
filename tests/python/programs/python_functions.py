"""tf.py_func: what functions are given and give, what they raise, training with them; kinds of what is fetched."""

import collections

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def describe(value):
    return (
        type(value).__name__,
        str(getattr(value, "dtype", "")),
        getattr(value, "shape", None),
        np.array(value).tolist(),
    )


def attempt(label, make, *fetches):
    with tf.Graph().as_default(), tf.Session() as session:
        try:
            made = make()
            results = session.run(made)
            results = results if isinstance(made, list) else [results]
            print(label, [describe(result) for result in results])
        except (tf.errors.OpError, ValueError, TypeError) as error:
            print(label, type(error).__name__)


def arguments():
    seen = []
    for value in (1.0, [1, 2], "text", [b"a", b"bc"], np.int64(3), True, [[1.5]], np.zeros((0, 2), np.float64)):
        with tf.Graph().as_default(), tf.Session() as session:
            call = tf.py_func(lambda x: seen.append(describe(x)) or np.float32(7), [value], tf.float32)
            print(call.op.type, call.name, call.shape, session.run(call), seen.pop())
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None])
        total = tf.numpy_function(lambda a, b: a.sum() + b, [x, 2.0], tf.float32, name="total")
        pair = tf.py_func(lambda a: (a[0], a * 2), [x], [tf.float32, tf.float32], stateful=False)
        pair[1].set_shape([None])
        calls = []
        effect = tf.py_func(lambda a: calls.append(a.tolist()), [x], [])
        print(total.name, pair[0].op.type, type(effect).__name__, tf.gradients(total, x), pair[1].shape)
        with tf.control_dependencies([effect]):
            after = tf.identity(total)
        print(session.run([after, total, *pair], {x: [1.0, 2.0, 3.0]}), calls)


def results():
    for label, function, wanted in (
        ("number", lambda: 1.5, tf.float64),
        ("integer", lambda: 3, tf.int64),
        ("other kind", lambda: 1.5, tf.float32),
        ("bools", lambda: np.array([True, False]), tf.bool),
        ("list", lambda: [np.float32(1), np.float32(2)], [tf.float32, tf.float32]),
        ("two kinds", lambda: (np.float32(1), "two"), [tf.float32, tf.string]),
        ("text", lambda: "text", tf.string),
        ("texts", lambda: np.array([["ab", "c"], ["d", ""]]), tf.string),
        ("bytes", lambda: b"x\0y", tf.string),
        ("too many", lambda: (np.float32(1), np.float32(2)), tf.float32),
        ("too few", lambda: np.float32(1), [tf.float32, tf.float32]),
        ("none", lambda: None, tf.float32),
        ("steps", lambda: np.arange(6, dtype=np.float32)[::2], tf.float32),
        ("half", lambda: np.float16(0.5), tf.float16),
    ):
        attempt(label, lambda: tf.py_func(function, [], wanted))  # noqa: B023


def errors():
    kinds = ValueError, TypeError, UnicodeError, StopIteration, MemoryError, NotImplementedError, KeyError, OSError
    for kind in kinds:

        def fail():
            raise kind("it was not to be")  # noqa: B023

        attempt(kind.__name__, lambda: tf.py_func(fail, [], tf.float32))  # noqa: B023
    attempt("no function", lambda: tf.py_func(3, [], tf.float32))
    attempt("wrong arguments", lambda: tf.py_func(lambda a: a, [1.0, 2.0], tf.float32))


def training():
    """Batches that a function draws, and a rate that it tells."""
    random = np.random.RandomState(0)
    weights = tf.get_variable("weights", initializer=[0.5, -0.5])
    x, y = tf.py_func(
        lambda: (random.rand(4, 2).astype(np.float32), random.rand(4).astype(np.float32)), [], [tf.float32] * 2
    )
    x.set_shape([4, 2])
    y.set_shape([4])
    loss = tf.reduce_mean(tf.square(tf.reduce_sum(x * weights, 1) - y))
    rate = tf.py_func(lambda: np.float32(0.1), [], tf.float32)
    rate.set_shape([])
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(5):
            print(session.run([loss, train])[0], session.run(weights).tolist())


Pair = collections.namedtuple("Pair", ["first", "second"])


def fetches():
    tf.reset_default_graph()
    a, b = tf.constant(1.0, name="a"), tf.constant([2, 3], name="b")
    v = tf.Variable(4.0, name="v")
    counted = collections.defaultdict(list, {"x": a})
    ordered = collections.OrderedDict([("z", a), ("a", [b, (v, "b:0")])])
    slices = tf.IndexedSlices(a, b)
    structures = (
        a,
        [a],
        (a, b),
        Pair(a, [b, v]),
        {"a": a, "b": {"c": b}},
        ordered,
        counted,
        Pair(ordered, Pair(None or a, v.initializer)),
        collections.UserDict({"k": a}),
        [],
        {},
        slices,
        "a",
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for structure in structures:
            print(session.run(structure))
        for wrong in (None, [a, None], {"a": 3}, Pair(a, 2.5), "nothing:0"):
            try:
                session.run(wrong)
                print("no error")
            except (TypeError, ValueError, KeyError) as error:
                print(type(error).__name__)


arguments()
results()
errors()
training()
fetches()
