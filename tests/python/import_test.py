"""Graphs of TensorFlow's with ops of every family and their gradients are imported, and have its numbers here."""

import numpy as np
import pytest


class Maker:
    """Variables and constants for a graph of TensorFlow's."""

    def __init__(self, tf, by_handle):
        self.tf, self._by_handle, self._random, self._count = tf, by_handle, np.random.RandomState(1), 0

    def v(self, *shape, dtype=np.float32):
        self._count += 1
        value = self._random.uniform(0.2, 0.9, shape).astype(dtype)
        return self.tf.get_variable(f"v{self._count}", initializer=value, use_resource=self._by_handle)

    def c(self, *shape):
        return self.tf.constant(self._random.uniform(0.2, 0.9, shape).astype(np.float32))

    def unknown(self, value):
        """A constant of which neither values nor shape are known when the graph is built."""
        return self.tf.placeholder_with_default(value, None)


def elementwise(tf, m):
    one = (
        "abs acos acosh asin asinh atan atanh ceil cos cosh digamma erf erfc exp expm1 floor lgamma log log1p negative"
    )
    one += " reciprocal rint round rsqrt sigmoid sign sin sinh sqrt square tan tanh"
    two = "add subtract multiply divide floordiv floormod pow maximum minimum squared_difference atan2 xlogy"
    compared = "equal not_equal less less_equal greater greater_equal"
    x, y = m.v(2, 3), m.v(3)
    ys = [getattr(tf.math, name)(x + 1.0 if name == "acosh" else x) for name in one.split()]
    ys += [getattr(tf.math, name)(x, m.unknown(y)) for name in two.split()]
    ys += [tf.cast(getattr(tf, name)(x, y), tf.float32) for name in compared.split()]
    ys += [tf.math.divide_no_nan(x, y), tf.math.polygamma(1.0, x), tf.math.zeta(x + 2.0, y)]
    return [*ys, tf.clip_by_value(x, 0.3, 0.6), tf.clip_by_norm(x, 1.0), tf.clip_by_global_norm([x, y], 1.0)[0][0]]


def reductions(tf, m):
    ys = []
    for name in "sum mean prod max min logsumexp std variance".split():
        reduce = getattr(tf.math, f"reduce_{name}")
        ys += [reduce(m.v(2, 3)), reduce(m.v(2, 3), 1, keepdims=True), reduce(m.unknown(m.v(2, 3)), m.unknown([0]))]
    x = m.v(2, 3)
    ys += [tf.cumsum(x, 1, True, True), tf.math.cumprod(x), tf.norm(x, axis=0), tf.nn.l2_normalize(x, 1)]
    return [*ys, tf.argmax(x, 1), tf.reduce_any(x > 0.5, 0), tf.linspace(0.0, x[0, 0], 3), tf.range(0.0, x[0, 0], 0.1)]


def products(tf, m):
    a, b, batch = m.v(2, 3), m.v(2, 3), m.v(4, 2, 3)
    ys = [tf.matmul(a, b, transpose_b=True), tf.matmul(a, b, transpose_a=True), tf.matmul(batch, batch, adjoint_b=True)]
    return [
        *ys,
        tf.tensordot(batch, a, [[2], [1]]),
        tf.tensordot(m.unknown(a), b, [[0], [0]]),
        tf.linalg.matvec(a, b[0]),
    ]


def segments(tf, m):
    ids, indices, x = tf.constant([0, 0, 2]), tf.constant([3, 0, 3]), m.v(4, 2)
    ys = [getattr(tf, f"segment_{name}")(x[:3], ids) for name in "sum mean prod max min".split()]
    for name in "sum mean prod max min sqrt_n".split():
        ys.append(getattr(tf, f"unsorted_segment_{name}")(x, tf.constant([1, 0, -1, 1]), 3))
    for name in "sum mean sqrt_n".split():
        sparse = getattr(tf, f"sparse_segment_{name}")
        ys += [sparse(m.v(4, 2), indices, ids), sparse(m.v(4, 2), indices, m.unknown(ids), num_segments=5)]
    return [tf.where(tf.is_finite(y), y, tf.zeros_like(y)) for y in ys]


def places(tf, m):
    x, rows, many = m.v(4, 2), tf.constant([3, 0, 3]), m.unknown(np.array([1, 2], np.int32))
    at = tf.constant([[3], [0]])
    ys = [tf.gather(m.v(4, 2), rows), tf.gather(x, many, axis=1 - tf.rank(x) + 1), tf.gather_nd(m.v(4, 2), at)]
    ys += [
        tf.gather(m.v(2, 3), [[0, 2], [1, 1]], batch_dims=1),
        tf.gather(m.unknown(x), [[0], [1], [0], [1]], batch_dims=1),
    ]
    ys += [tf.nn.embedding_lookup(m.v(4, 2), rows), tf.nn.embedding_lookup([m.v(2, 2), m.v(2, 2)], rows)]
    ys += [
        tf.scatter_nd(at, x[:2], [5, 2]),
        tf.tensor_scatter_nd_update(x, at, x[1:3]),
        tf.boolean_mask(x, [True, False] * 2),
    ]
    ys += [tf.tensor_scatter_nd_add(x, at, x[:2]), tf.tensor_scatter_nd_sub(x, at, x[:2]), tf.one_hot(rows, 4)]
    ys += [
        *tf.dynamic_partition(x, [0, 1, 1, 0], 2),
        tf.dynamic_stitch([[0, 2], [1]], [x[:2], x[2:3]]),
        tf.where(x > 0.5),
    ]
    return [*ys, tf.where(x > 0.5, x, x * 2.0), tf.where_v2(x[:, :1] > 0.5, x, 1.0), tf.nn.top_k(x, 1)[0]]


def layouts(tf, m):
    x, dims = m.v(2, 3), m.unknown(np.array([3, 2], np.int32))
    ys = [tf.reshape(x, dims), tf.transpose(x), tf.transpose(x, m.unknown([1, 0])), tf.concat([x, m.unknown(x)], 0)]
    ys += [
        *tf.split(x, 3, 1),
        *tf.split(x, [1, 2], 1),
        tf.slice(x, [0, 1], [1, 2]),
        x[1:, ::-1, tf.newaxis],
        x[0, m.unknown(1)],
    ]
    ys += [
        tf.pad(x, [[1, 1], [0, 0]]),
        tf.pad(x, [[1, 1], [0, 0]], "REFLECT"),
        tf.pad(x, [[1, 1], [0, 0]], "SYMMETRIC"),
    ]
    ys += [
        tf.tile(x, [2, 1]),
        tf.tile(x, dims),
        tf.stack([x, x]),
        *tf.unstack(x),
        tf.squeeze(m.v(1, 2)),
        tf.expand_dims(x, 1),
    ]
    ys += [tf.fill([2, 2], x[0, 0]), tf.reverse(x, [1]), tf.broadcast_to(x, [4, 2, 3]), *tf.meshgrid(x[0], x[1])]
    return [
        *ys,
        tf.diag(x[0]),
        tf.matrix_band_part(m.v(3, 3), 1, 0),
        tf.cast(x, tf.float64),
        *tf.shape_n([x, x]),
        tf.size(x),
    ]


def networks(tf, m):
    x, image = m.v(2, 3), m.v(1, 6, 6, 2)
    ys = [
        getattr(tf.nn, name)(x)
        for name in "relu relu6 elu selu leaky_relu softplus softsign softmax log_softmax".split()
    ]
    ys += [tf.nn.softmax_cross_entropy_with_logits_v2(labels=m.c(2, 3), logits=x), tf.nn.l2_loss(x)]
    ys += [tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 2], logits=x), tf.nn.bias_add(x, m.v(3))]
    ys += [tf.nn.sigmoid_cross_entropy_with_logits(labels=m.c(2, 3), logits=x), tf.nn.xw_plus_b(x, m.v(3, 2), m.v(2))]
    for stride, padding in ((1, "SAME"), (2, "VALID")):
        ys.append(tf.nn.conv2d(image, m.v(3, 3, 2, 4), stride, padding))
        ys += [tf.nn.max_pool(image, 2, stride, padding), tf.nn.avg_pool(image, 2, stride, padding)]
    ys += [
        tf.nn.conv2d_transpose(image, m.v(3, 3, 4, 2), [1, 6, 6, 4], 1),
        *tf.nn.moments(image, [0, 1, 2]),
    ]
    ys += [tf.nn.batch_normalization(image, m.v(2), m.v(2), m.v(2), m.v(2), 1e-3)]
    ys += [tf.nn.fused_batch_norm(image, m.v(2), m.v(2))[0]]
    return [*ys, tf.nn.dropout(x, rate=1e-9), tf.cast(tf.nn.in_top_k(x, [1, 2], 1), tf.float32)]


def others(tf, m):
    x = m.v(2, 3)
    with tf.control_dependencies([tf.Assert(tf.reduce_all(x > 0.0), [x]), tf.debugging.assert_equal(x, x)]):
        checked = tf.identity(x)
    ys = [checked, tf.check_numerics(x, "x"), tf.add_n([x, x]), *tf.tuple([x, x * 2.0]), tf.stop_gradient(x)]
    ys += [tf.cond(x[0, 0] > 0.0, lambda: x * 2.0, lambda: x), tf.raw_ops.Empty(shape=[2], dtype=tf.float32, init=True)]
    return [*ys, tf.raw_ops.BroadcastArgs(s0=[2, 1], s1=m.unknown(np.array([3, 1, 4], np.int32)))]


FAMILIES = (elementwise, reductions, products, segments, places, layouts, networks, others)


@pytest.mark.parametrize("by_handle", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_graphs_with_gradients_are_imported(tf, family, by_handle):
    import tensorflow.compat.v1 as theirs

    theirs.disable_v2_behavior()
    with theirs.Graph().as_default() as graph:
        ys = family(theirs, Maker(theirs, by_handle))
        floats = [y for y in ys if y.dtype.base_dtype in (theirs.float32, theirs.float64)]
        losses = [theirs.reduce_sum(theirs.cast(y, theirs.float32)) for y in floats]
        gradients = theirs.gradients(losses, theirs.trainable_variables(), unconnected_gradients="zero")
        fetches = [theirs.convert_to_tensor(x).name for x in [*ys, *gradients]]
        init = theirs.global_variables_initializer().name
        message = graph.as_graph_def().SerializeToString()
    results = []
    for which in (tf, theirs):
        with which.Graph().as_default() as imported, which.Session() as session:
            which.import_graph_def(which.GraphDef.FromString(message), name="")
            session.run(imported.get_operation_by_name(init))
            results.append(session.run(fetches))
    for name, ours, want in zip(fetches, *results, strict=True):
        np.testing.assert_allclose(ours, want, rtol=2e-4, atol=2e-5, err_msg=name)
