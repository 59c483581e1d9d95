"""Programs whose placeholders have no shape: values, gradients and the shapes that follow are TensorFlow's."""

import numpy as np
import pytest


def numbers(*shape):
    return np.random.RandomState(sum(shape)).uniform(-2, 2, shape).astype(np.float32)


X = numbers(2, 3)
CUBE = numbers(2, 3, 4)
INDICES = np.array([1, 0], np.int32)
ONE_HOT = np.eye(3, dtype=np.float32)[:2]

CASES = {
    "gather": (lambda tf, x, i: tf.gather(x, i), X, INDICES),
    "gather along the last": (lambda tf, x, i: tf.gather(x, i, axis=-1), CUBE, INDICES),
    "gather along one told": (lambda tf, x, i, a: tf.gather(x, i, axis=a), CUBE, INDICES, np.int32(1)),
    "embedding": (lambda tf, x, i: tf.nn.embedding_lookup(x, i), X, np.array([[1, 0], [1, 1]], np.int32)),
    "tensordot": (lambda tf, a, b: tf.tensordot(a, b, 1), CUBE, numbers(4, 2)),
    "tensordot of axes": (lambda tf, a, b: tf.tensordot(a, b, [[0, -1], [1, 2]]), CUBE, numbers(5, 2, 4)),
    "meshgrid": (lambda tf, a, b: tf.meshgrid(a, b)[1], numbers(3), numbers(2)),
    "matmul of batches": (lambda tf, a, b: tf.matmul(a, b), CUBE, numbers(2, 4, 2)),
    "matmul of one batch": (lambda tf, a, b: tf.matmul(a, b, transpose_a=True), CUBE, numbers(1, 3, 2)),
    "matrix_transpose": (lambda tf, x: tf.linalg.matrix_transpose(x), CUBE),
    "transpose": (lambda tf, x: tf.transpose(x, [0, 2, 1]), CUBE),
    "slice": (lambda tf, x: tf.slice(x, [0, 1], [2, -1]), X),
    "strided slice": (lambda tf, x, i: x[i:, ..., tf.newaxis], CUBE, np.int32(1)),
    "tile": (lambda tf, x: tf.tile(x, [2, 1]), X),
    "pad": (lambda tf, x: tf.pad(x, [[1, 0], [0, 2]]), X),
    "mean": (lambda tf, x: tf.reduce_mean(x), CUBE),
    "max of axes told": (lambda tf, x, a: tf.reduce_max(x, a), CUBE, np.array([0, 2], np.int32)),
    "concat": (lambda tf, a, b: tf.concat([a, b], -1), X, numbers(2, 2)),
    "broadcast": (lambda tf, a, b: a * b + b, X, numbers(3)),
    "cross entropy": (
        lambda tf, a, b: tf.nn.softmax_cross_entropy_with_logits(labels=tf.stop_gradient(b), logits=a),
        X,
        ONE_HOT,
    ),
    "cross entropy of cubes": (
        lambda tf, a, b: tf.nn.softmax_cross_entropy_with_logits(labels=tf.stop_gradient(b), logits=a),
        X.reshape(2, 1, 3),
        ONE_HOT.reshape(2, 1, 3),
    ),
    "local response": (lambda tf, x: tf.nn.lrn(x), numbers(1, 2, 2, 5)),
}


def results(tf, make, inputs):
    with tf.Graph().as_default(), tf.Session() as session:
        feeds = [tf.placeholder(tf.as_dtype(value.dtype)) for value in inputs]
        y = make(tf, *feeds)
        floats = [feed for feed in feeds if feed.dtype == tf.float32]
        gradients = [g for g in tf.gradients(tf.sin(y), floats) if g is not None]
        found = session.run([y, *map(tf.convert_to_tensor, gradients)], dict(zip(feeds, inputs)))
        return y.shape.ndims, found


@pytest.mark.parametrize("name", CASES)
def test_ranks_may_be_told_in_the_run(tf, name):
    import tensorflow.compat.v1 as theirs

    make, *inputs = CASES[name]
    rank, ours = results(tf, make, inputs)
    their_rank, want = results(theirs, make, inputs)
    assert rank == their_rank or their_rank is None
    assert len(ours) == len(want)
    for a, b in zip(ours, want):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
