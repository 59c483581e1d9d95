"""The types of integers, edge values, and gradients of what is rarely asked for."""

import numpy as np

from .recorder import RANDOM, Family, numbers, tf

INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
INF = np.inf
NAN = np.nan


def integers():
    family = Family("integers")
    reductions = (tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min, tf.reduce_prod)
    segments = (
        tf.math.segment_sum,
        tf.math.segment_mean,
        tf.math.segment_max,
        tf.math.segment_min,
        tf.math.segment_prod,
        lambda d, i: tf.math.unsorted_segment_sum(d, i, 4),
        lambda d, i: tf.math.unsorted_segment_max(d, i, 4),
        lambda d, i: tf.math.unsorted_segment_min(d, i, 4),
        lambda d, i: tf.math.unsorted_segment_prod(d, i, 4),
    )
    ids = np.array([0, 0, 2], np.int32)
    for dtype in INTEGERS:

        def add(name, make, *inputs, dtype=dtype):
            family.add(f"{name}/{dtype}", make, *inputs, grad=False)

        x = np.array([[100, 3, 100], [101, 7, 100], [100, 1, 9]], dtype)
        y = np.array([[2, 3, 1], [120, 5, 100], [4, 1, 90]], dtype)
        add("reductions", lambda v: [op(v, axis=a) for op in reductions for a in (None, 0, 1)], x)
        add("reductions/empty", lambda v: [op(v, axis=0) for op in reductions], np.zeros((0, 2), dtype))
        add("arguments", lambda v: [op(v, a) for op in (tf.argmax, tf.argmin) for a in (0, 1)], x)
        add("select", lambda a, b, c: [tf.where(c, a, b), tf.where_v2(c[0], a, b[0])], x, y, x > y)
        add("one_hot", lambda i, a, b: tf.one_hot(i, 4, a, b), np.array([1, -1, 3]), x[0, 0], y[0, 0])
        add("scans", lambda v: [tf.cumsum(v, 1), tf.cumsum(v, 0, exclusive=True), tf.math.cumprod(v)], x)
        add("add_n", lambda a, b: tf.add_n([a, b, a]), x, y)
        add("scatter_nd", lambda v: tf.scatter_nd([[1], [3], [1]], v, [5, 3]), x)
        add("unique", lambda v: list(tf.unique(tf.reshape(v, [-1]))), x)
        add("top_k", lambda v: list(tf.nn.top_k(v, 2)), x)
        add("segments", lambda v, i: [op(v, i) for op in segments], x, ids)
        add("bias", lambda v, b: [tf.nn.bias_add(v, b), tf.nn.relu(v), tf.square(v)], x, y[0])
        add("relu6", lambda v: [tf.nn.relu6(v)], x)
        if dtype not in ("uint32", "uint64"):
            images = RANDOM.randint(0, 100, (1, 4, 4, 2)).astype(dtype)
            add("max_pool", lambda v: tf.nn.max_pool(v, 2, 2, "VALID"), images)
        if dtype in ("int8", "int16", "int32", "int64"):
            signed = np.array([[-3, 5, 2], [-7, 2, -100]], dtype)
            add("pow", lambda a, b: tf.pow(a, b), signed, np.array([[3, 3, 7], [1, 0, 2]], dtype))
            add("signed", lambda v: [tf.reduce_mean(v, 1), tf.nn.relu(v), tf.argmin(v, 1)], signed)
    truths = np.array([[False, True], [True, True], [False, False]])
    family.add("arguments/bool", lambda v: [tf.argmax(v, 1), tf.argmin(v, 1)], truths)
    family.add("unique/bool", lambda v: list(tf.unique(v[0])), truths)
    family.add("mean/many", tf.reduce_mean, np.full(300, 200, np.uint8))
    return family


def edges():
    family = Family("edges")
    for dtype in (np.float32, np.float64):
        label = np.dtype(dtype).name

        def add(name, make, *inputs, label=label, **options):
            family.add(f"{name}/{label}", make, *inputs, **options)

        rows = np.array([NAN, 1, 2, NAN, 5, NAN, 3, -INF, -INF, 7, NAN, INF], dtype)
        ids = np.array([0, 0, 0, 1, 2, 2, 2, 3, 3, 4, 4, 5])
        for op in (tf.math.segment_max, tf.math.segment_min):
            add(op.__name__, op, rows, ids, grad=False)
        for op in (tf.math.unsorted_segment_max, tf.math.unsorted_segment_min):
            add(op.__name__, lambda d, i, op=op: op(d, i, 7), rows, ids, grad=False)
        table = np.array([[NAN, 1, 2, NAN], [NAN] * 4, [-INF, NAN, -INF, INF], [NAN, -INF, 3, 3]], dtype)
        add("arguments", lambda v: [op(v, a) for op in (tf.argmax, tf.argmin) for a in (0, 1)], table, grad=False)
        logits = np.array([[-INF, 1], [1, -INF], [1, 1000], [NAN, 0], [INF, 1], [0, 1000]], dtype)
        labels = np.array([[0, 1], [0, 1], [0, 1], [1, 0], [0.5, 0.5], [0, 0]], dtype)
        add(
            "cross_entropy",
            lambda a, b: tf.nn.softmax_cross_entropy_with_logits(logits=a, labels=b),
            logits,
            labels,
            grad=False,
        )
        points = np.array([0, -0.0, -1, -2, INF, -INF, NAN, 0.5, -0.5, -1.5, 1e-3, 20, 3], dtype)
        add("digamma", tf.math.digamma, points, grad=False, tolerance=1e-7)
        if dtype is np.float64:
            add(
                "polygamma", lambda v: [tf.math.polygamma(tf.cast(n, v.dtype), v) for n in range(4)], points, grad=False
            )
        orders = np.array([-1, 1.5, NAN, 4], dtype)
        add("polygamma/orders", tf.math.polygamma, orders, np.full(4, 2, dtype), grad=False, tolerance=1e-6)
        add("digamma/gradient", tf.math.digamma, numbers(5, low=0.5, dtype=dtype), tolerance=1e-6)
        x = numbers(3, 4, low=-9, high=9, dtype=dtype)
        add("floormod/gradient", tf.math.floormod, x, numbers(4, low=1, high=3, dtype=dtype))
        zeros = np.array([[2, 0], [3, 0], [0, 4], [5, 6], [7, 0]], dtype)
        ids = np.array([0, 0, 0, 2, 2], np.int32)
        for shapes in (True, False):
            name = "known" if shapes else "unknown"
            add(f"segment_prod/{name}", tf.math.segment_prod, zeros, ids, shapes=shapes)
            mixed = np.array([2, -1, 0, 2, 0], np.int32)
            make = lambda d, i: tf.math.unsorted_segment_prod(d, i, 3)
            add(f"unsorted_segment_prod/{name}", make, numbers(5, 2, dtype=dtype), mixed, shapes=shapes)
    shapes = [
        ((0, 4, 4, 2), [0, -1]),
        ((0, 4), [-1, 4]),
        ((0, 4), [-1, 3]),
        ((0, 4), [0, 3, -1]),
        ((4, 0), [0, -1]),
        ((0, 0), [0, -1]),
        ((0, 6), [4, 0, -1]),
        ((3, 0, 6), [0, 4, -1]),
        ((0, 6), [2, -1]),
    ]
    for shape, to in shapes:
        for known in (True, False):
            make = lambda v, to=to: tf.reshape(v, to)
            family.add(f"reshape/{shape}/{to}/{known}", make, np.zeros(shape, np.float32), grad=False, shapes=known)
    return family


def halves():
    """Numbers of 16 bits: every kind of op, with gradients. They are computed in float32 and rounded once."""
    family = Family("halves")
    for dtype, tolerance in ((tf.float16.as_numpy_dtype, 1e-3), (tf.bfloat16.as_numpy_dtype, 8e-3)):
        label = np.dtype(dtype).name

        def add(name, make, *inputs, tolerance=tolerance, label=label, **options):
            family.add(f"{name}/{label}", make, *inputs, tolerance=tolerance, **options)

        def some(*shape, low=-2.0, high=2.0, dtype=dtype):
            return numbers(*shape, low=low, high=high).astype(dtype)

        x, y = some(2, 3), some(2, 3, low=0.5)
        for op in (tf.nn.relu, tf.nn.elu, tf.tanh, tf.sigmoid, tf.nn.softplus, tf.exp, tf.square, tf.abs, tf.sin):
            add(op.__name__, op, x)
        for op in (tf.add, tf.subtract, tf.multiply, tf.divide, tf.maximum, tf.pow, tf.math.squared_difference):
            add(op.__name__, op, np.abs(x), y[0])
        add("floor", lambda v: [tf.floor(v), tf.sign(v), tf.math.round(v)], x, grad=False)
        add("compare", lambda a, b: [tf.less(a, b), tf.equal(a, a), tf.argmax(a, 1)], x, y, grad=False)
        for op in (tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_prod):
            add(op.__name__, lambda v, op=op: op(v, 1), x)
        add("cumsum", lambda v: tf.cumsum(v, 1), x)
        add("matmul", tf.matmul, x, some(3, 4))
        add("batch_matmul", tf.matmul, some(2, 2, 3), some(2, 3, 2))
        add("bias", tf.nn.bias_add, x, y[0])
        add("softmax", tf.nn.softmax, x)
        add("log_softmax", tf.nn.log_softmax, x)
        add("conv2d", lambda i, k: tf.nn.conv2d(i, k, strides=1, padding="SAME"), some(1, 4, 4, 2), some(2, 2, 2, 3))
        add("max_pool", lambda i: tf.nn.max_pool(i, 2, 2, "VALID"), some(1, 4, 4, 2))
        add("avg_pool", lambda i: tf.nn.avg_pool(i, 2, 2, "VALID"), some(1, 4, 4, 2))
        add("add_n", lambda a, b: tf.add_n([a, b, a]), x, y)
        add("select", lambda a, b: tf.where(tf.greater(a, 0), a, b), x, y)
        add("gather", lambda a: tf.gather(a, [1, 0, 1]), x)
        add("concat", lambda a, b: tf.concat([a, b * 2], 1), x, y)
        add("segments", lambda a: tf.math.unsorted_segment_sum(a, [1, 1], 2), x)
        add("top_k", lambda a: list(tf.nn.top_k(a, 2)), x, grad=False)
        add("xent", lambda a, b: tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(b), logits=a), x, y)
        add("sparse_xent", lambda a: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 0], logits=a), x)
        add("l2_loss", tf.nn.l2_loss, x)
        add("moments", lambda a: tf.nn.moments(a, [0])[0], x)
    return family


def unknown_ranks():
    """Placeholders of which nothing is known: what a gradient needs of shapes it finds in the run."""
    family = Family("unknown_ranks")

    def add(name, make, *inputs):
        family.add(name, make, *inputs, shapes=False)

    x, cube = numbers(2, 3), numbers(2, 3, 4)
    few, axes = np.array([1, 0], np.int32), np.array([0, 2], np.int32)
    add("gather", lambda v, i: tf.gather(v, i), x, few)
    add("gather/rows", lambda v, i: tf.gather(v, i), x, np.array([[1, 0], [1, 1]], np.int32))
    add("gather/1", lambda v, i: tf.gather(v, i, axis=1), cube, few)
    add("gather/-1", lambda v, i: tf.gather(v, i, axis=-1), cube, few)
    add("gather/told", lambda v, i, a: tf.gather(v, i, axis=a), cube, few, np.int32(-2))
    add("gather/none", lambda v, i: tf.gather(v, i, axis=1), cube, np.zeros([0], np.int32))
    for op in (tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_prod):
        add(op.__name__, lambda v, a, op=op: op(v, a), cube, axes)
        add(f"{op.__name__}/all", lambda v, op=op: op(v), x)
    for op in (tf.add, tf.subtract, tf.multiply, tf.divide, tf.maximum, tf.pow):
        add(op.__name__, op, np.abs(x) + 0.5, numbers(3))
        add(f"{op.__name__}/scalar", op, np.float32(1.5), x)
    add("transpose", lambda v: tf.transpose(v), cube)
    add("transpose/told", lambda v, p: tf.transpose(v, p), cube, np.array([2, 0, 1], np.int32))
    add("concat", lambda a, b: tf.concat([a, b], -1), x, numbers(2, 2))
    add("slice", lambda v: tf.slice(v, [0, 1], [-1, 2]), x)
    add("slice/told", lambda v, b, n: tf.slice(v, b, n), x, np.array([0, 1], np.int32), np.array([1, -1], np.int32))
    add("strided", lambda v, i: v[i:, ..., tf.newaxis, ::2], cube, np.int32(1))
    add("matmul", tf.matmul, cube, numbers(1, 4, 2))
    add("matmul/matrices", tf.matmul, x, numbers(3, 2))
    add("tile", lambda v, m: tf.tile(v, m), x, np.array([2, 1], np.int32))
    add("pad", lambda v: tf.pad(v, [[1, 0], [0, 2]]), x)
    add("tensordot", lambda a, b: tf.tensordot(a, b, [[1, 2], [0, 1]]), cube, numbers(3, 4))
    add("meshgrid", lambda a, b: tf.meshgrid(a, b), numbers(3), numbers(2))
    add("moments", lambda v: tf.nn.moments(v, [0])[1], x)
    add("softmax", lambda v: tf.nn.log_softmax(v), cube)
    pairs, rows = np.array([[1, 0], [0, 0]], np.int32), np.array([1, 0], np.int32)
    add("gather/batch", lambda v, i: tf.gather(v, i, batch_dims=1), cube, pairs)
    add("gather/batch_1", lambda v, i: tf.gather(v, i, axis=2, batch_dims=1), cube, pairs)
    add("gather/batch_all", lambda v, i: tf.gather(v, i, axis=1, batch_dims=1), cube, rows)
    add("gather/batch_told", lambda v, i, a: tf.gather(v, i, axis=a, batch_dims=1), cube, pairs, np.int32(-1))
    add("gather/batch_none", lambda v, i: tf.gather(v, i, batch_dims=1), cube, np.zeros([2, 0], np.int32))
    return family


FAMILIES = (integers, edges, halves, unknown_ranks)
