"""Element-wise ops, reductions, arrays, products, random numbers."""

import numpy as np

from .recorder import SPECIAL, Family, numbers, tf


def unary():
    family = Family("unary")
    ops = {
        "Neg": tf.negative,
        "Abs": tf.abs,
        "Sign": tf.sign,
        "Square": tf.square,
        "Sqrt": tf.sqrt,
        "Rsqrt": tf.rsqrt,
        "Reciprocal": tf.math.reciprocal,
        "Exp": tf.exp,
        "Log": tf.log,
        "Log1p": tf.log1p,
        "Sin": tf.sin,
        "Cos": tf.cos,
        "Tanh": tf.tanh,
        "Sigmoid": tf.sigmoid,
        "Floor": tf.floor,
        "Ceil": tf.ceil,
        "Relu": tf.nn.relu,
        "Softmax": tf.nn.softmax,
        "LogSoftmax": tf.nn.log_softmax,
        "Identity": tf.identity,
        "StopGradient": tf.stop_gradient,
    }
    positive = {"Sqrt", "Rsqrt", "Log", "Log1p"}
    for name, op in ops.items():
        low = 0.1 if name in positive else -2.0
        family.add(f"{name}/float32", op, numbers(2, 3, low=low))
        family.add(f"{name}/float64", op, numbers(4, low=low, dtype=np.float64))
        family.add(f"{name}/empty", op, numbers(0, 3))
        family.add(f"{name}/unknown_shape", op, numbers(3, 2, low=low), shapes=False)
        if "oftmax" not in name:
            family.add(f"{name}/scalar", op, np.float32(0.75))
            family.add(f"{name}/special", op, SPECIAL, grad=name in ("Relu", "Abs", "Neg", "Square"))
    for name in ("Neg", "Abs", "Sign", "Square"):
        for dtype in (np.int32, np.int64):
            family.add(f"{name}/{dtype.__name__}", ops[name], np.array([-3, 0, 7], dtype), grad=False)
    wide = numbers(3, 4) * np.float32(1e4)
    family.add("Softmax/large", tf.nn.softmax, wide)
    family.add("LogSoftmax/large", tf.nn.log_softmax, wide)
    return family


def binary():
    family = Family("binary")
    ops = {
        "Add": tf.add,
        "Sub": tf.subtract,
        "Mul": tf.multiply,
        "RealDiv": tf.realdiv,
        "Pow": tf.pow,
        "Maximum": tf.maximum,
        "Minimum": tf.minimum,
        "SquaredDifference": tf.squared_difference,
        "FloorDiv": tf.floordiv,
        "FloorMod": tf.floormod,
    }
    shapes = [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((2, 3), ()),
        ((), (2, 3)),
        ((2, 1, 3), (4, 1)),
        ((1, 3), (2, 1)),
        ((0, 3), (1, 3)),
        ((1,), (1,)),
    ]
    for name, op in ops.items():
        smooth = name not in ("FloorDiv", "FloorMod")
        for a, b in shapes:
            x, y = numbers(*a, low=0.2), numbers(*b, low=0.2)
            label = "x".join(map(str, a)) + "_" + "x".join(map(str, b))
            family.add(f"{name}/{label}", op, x, y, grad=smooth)
            family.add(f"{name}/{label}/unknown_shape", op, x, y, grad=smooth, shapes=False)
        family.add(
            f"{name}/float64",
            op,
            numbers(3, low=0.2, dtype=np.float64),
            numbers(3, low=0.2, dtype=np.float64),
            grad=smooth,
        )
        if name != "RealDiv":
            for dtype in (np.int32, np.int64):
                family.add(
                    f"{name}/{dtype.__name__}", op, np.array([-7, 7, 2], dtype), np.array([3, 2, 5], dtype), grad=False
                )
        left, right = np.meshgrid(SPECIAL, SPECIAL)
        if name not in ("FloorDiv", "FloorMod"):
            family.add(f"{name}/special", op, left, right, grad=False)
    family.add(
        "FloorDiv/negative",
        tf.floordiv,
        np.array([-7, 7, -7, 7], np.int32),
        np.array([2, -2, -2, 2], np.int32),
        grad=False,
    )
    family.add(
        "FloorMod/negative",
        tf.floormod,
        np.array([-7, 7, -7, 7], np.int32),
        np.array([2, -2, -2, 2], np.int32),
        grad=False,
    )
    family.add(
        "FloorMod/negative_floats",
        tf.floormod,
        np.array([-7, 7, -7.5, 7], np.float32),
        np.array([2, -2, -2, 2.5], np.float32),
        grad=False,
    )
    family.add(
        "Pow/zero_and_negative_base",
        tf.pow,
        np.array([0, -2, 2, 0, -1.5], np.float32),
        np.array([2, 3, 0, 0, 2], np.float32),
    )
    family.add("Maximum/tie", tf.maximum, np.array([2, 1, 3], np.float32), np.float32(2))
    family.add("Minimum/tie", tf.minimum, np.array([2, 1, 3], np.float32), np.float32(2))
    comparisons = {
        "Greater": tf.greater,
        "GreaterEqual": tf.greater_equal,
        "Less": tf.less,
        "LessEqual": tf.less_equal,
        "Equal": tf.equal,
        "NotEqual": tf.not_equal,
    }
    for name, op in comparisons.items():
        left, right = np.meshgrid(SPECIAL, SPECIAL)
        family.add(f"{name}/special", op, left, right)
        family.add(f"{name}/int32", op, np.array([[1], [2]], np.int32), np.array([1, 2, 3], np.int32))
    both = (np.array([True, True, False, False]), np.array([True, False, True, False]))
    family.add("LogicalAnd", tf.logical_and, *both)
    family.add("LogicalOr", tf.logical_or, *both)
    family.add("LogicalNot", tf.logical_not, both[0])
    choice = np.array([[True, False, True], [False, True, False]])
    old_where = lambda c, x, y: tf.raw_ops.Select(condition=c, x=x, y=y)
    family.add("Select", old_where, choice, numbers(2, 3), numbers(2, 3))
    family.add("Select/rows", old_where, np.array([True, False]), numbers(2, 3), numbers(2, 3))
    family.add("Select/scalar", old_where, np.array(True), numbers(2, 3), numbers(2, 3))
    family.add("SelectV2", tf.where_v2, choice, numbers(3), numbers(2, 1))
    family.add("SelectV2/scalar", tf.where_v2, np.array(False), numbers(3), numbers(2, 1))
    for count in (1, 2, 3):
        family.add(f"AddN/{count}", lambda *x: tf.add_n(list(x)), *[numbers(2, 2) for _ in range(count)])
    return family


def casts():
    family = Family("cast")
    values = np.array([-3.7, -0.5, 0.0, 0.5, 2.5, 100.9])
    types = [np.float32, np.float64, np.float16, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.bool_]
    for source in types:
        given = np.abs(values) if source in (np.uint8, np.uint16) else values
        for target in types:
            if target in (np.uint8, np.uint16):
                given = np.abs(given)
            family.add(
                f"{source.__name__}_to_{target.__name__}",
                lambda x, t=target: tf.cast(x, t),
                given.astype(source),
                grad=source in (np.float32, np.float64) and target in (np.float32, np.float64),
            )
    return family


def reductions():
    family = Family("reduction")
    ops = {
        "Sum": tf.reduce_sum,
        "Mean": tf.reduce_mean,
        "Max": tf.reduce_max,
        "Min": tf.reduce_min,
        "Prod": tf.reduce_prod,
    }
    for name, op in ops.items():
        grad = name != "Prod"
        for axes in (None, 0, 1, -1, [0, 2], [0, 1, 2], []):
            for keep in (False, True):
                x = numbers(2, 3, 4)
                label = f"{name}/{axes}/{'keep' if keep else 'drop'}"
                make = lambda v, op=op, a=axes, k=keep: op(v, axis=a, keepdims=k)
                family.add(label, make, x, grad=grad)
                family.add(label + "/unknown_shape", make, x, grad=grad, shapes=False)
        family.add(f"{name}/scalar", op, np.float32(2.5), grad=grad)
        family.add(f"{name}/float64", op, numbers(3, 5, dtype=np.float64), grad=grad)
        family.add(f"{name}/int32", op, np.array([[1, 2], [3, -4]], np.int32), grad=False)
        family.add(f"{name}/empty", lambda v, op=op: op(v, axis=0), numbers(0, 3), grad=False)
        family.add(f"{name}/long", op, numbers(1000), grad=grad, tolerance=1e-4 if name == "Prod" else None)
    family.add("Max/ties", tf.reduce_max, np.array([1, 3, 3, 2], np.float32))
    family.add("Min/ties", lambda v: tf.reduce_min(v, axis=1), np.array([[1, 1], [2, 3]], np.float32))
    for axis in (0, 1, -1):
        family.add(f"ArgMax/{axis}", lambda v, a=axis: tf.argmax(v, a), np.array([[1, 5, 5], [7, 2, 0]], np.float32))
    family.add("ArgMax/int32_out", lambda v: tf.argmax(v, 0, output_type=tf.int32), numbers(5))
    return family


def arrays():
    family = Family("array")
    x = numbers(2, 3)
    family.add("Reshape", lambda v: tf.reshape(v, [3, -1]), x)
    family.add("Reshape/unknown_shape", lambda v: tf.reshape(v, [-1]), x, shapes=False)
    family.add("Reshape/dynamic", lambda v, w: tf.reshape(v, tf.shape(w)), x, numbers(6, 1), shapes=False)
    for axis in (0, 1, 2, -1):
        family.add(f"ExpandDims/{axis}", lambda v, a=axis: tf.expand_dims(v, a), x)
    family.add("Squeeze", tf.squeeze, numbers(1, 3, 1))
    family.add("Squeeze/axis", lambda v: tf.squeeze(v, [-1]), numbers(1, 3, 1))
    family.add("Tile", lambda v: tf.tile(v, [2, 3]), x)
    family.add("Tile/unknown_shape", lambda v: tf.tile(v, [2, 3]), x, shapes=False)
    family.add("Tile/none", lambda v: tf.tile(v, [0, 1]), x, grad=False)
    family.add("BroadcastTo", lambda v: tf.broadcast_to(v, [2, 4, 3]), numbers(4, 1))
    family.add("Fill", lambda v: tf.fill([2, 3], v), np.float32(1.5))
    family.add("ZerosLike", lambda v: tf.zeros_like(v, optimize=False), x)
    family.add("OnesLike", lambda v: tf.ones_like(v, optimize=False), x, shapes=False)
    family.add("Shape", lambda v: [tf.shape(v), tf.size(v), tf.rank(v)], x, shapes=False)
    family.add("Range", lambda: tf.range(1, 10, 3))
    family.add("Range/down", lambda: tf.range(5, 0, -2))
    family.add("Range/float", lambda v: tf.range(0.0, v, 0.25), np.float32(1.1), grad=False)
    family.add("Pack", lambda a, b: tf.stack([a, b]), x, numbers(2, 3), grad=False)
    family.add("Pack/axis", lambda a, b: tf.stack([a, b], axis=-1), x, numbers(2, 3), grad=False)
    family.add("GatherV2", lambda v: tf.gather(v, [1, 0, 1]), x, grad=False)
    family.add("GatherV2/axis", lambda v: tf.gather(v, [[2, 0]], axis=1), x, grad=False)
    family.add("Transpose", lambda v: tf.transpose(v, [2, 0, 1]), numbers(2, 3, 4))
    family.add("InvertPermutation", tf.math.invert_permutation, np.array([2, 0, 1], np.int32))
    family.add("DynamicStitch", lambda a, b: tf.dynamic_stitch([[0, 2], [1, 3]], [a, b]), x, numbers(2, 3), grad=False)
    args = lambda a, b: tf.raw_ops.BroadcastGradientArgs(s0=a, s1=b)
    for a, b in (([2, 3], [3]), ([2, 1], [1, 3]), ([], [4]), ([1, 1], [1, 1]), ([1, 5], [1, 1])):
        family.add(f"BroadcastGradientArgs/{a}_{b}", args, np.array(a, np.int32), np.array(b, np.int32))
    return family


def slicing():
    family = Family("slicing")
    x = numbers(2, 3, 4)
    for axis in (0, 1, -1):
        parts = [numbers(*[d + (i if a == axis % 3 else 0) for a, d in enumerate((2, 3, 4))]) for i in range(3)]
        family.add(f"ConcatV2/{axis}", lambda *v, a=axis: tf.concat(list(v), a), *parts)
        family.add(f"ConcatV2/{axis}/unknown_shape", lambda *v, a=axis: tf.concat(list(v), a), *parts, shapes=False)
    family.add("ConcatV2/empty", lambda a, b: tf.concat([a, b], 0), numbers(0, 3), numbers(2, 3))
    family.add("Slice", lambda v: tf.slice(v, [0, 1, 2], [2, 2, -1]), x)
    family.add("Slice/unknown_shape", lambda v: tf.slice(v, [1, 0, 0], [1, -1, 3]), x, shapes=False)
    slices = {
        "first": lambda v: v[0],
        "last": lambda v: v[-1, -2],
        "range": lambda v: v[:, 1:3],
        "step": lambda v: v[:, ::2, 3:0:-2],
        "backwards": lambda v: v[::-1],
        "ellipsis": lambda v: v[..., 1],
        "new_axis": lambda v: v[:, tf.newaxis, 1, ..., tf.newaxis],
        "nothing": lambda v: v[:, 2:1],
        "beyond": lambda v: v[:, -100:100],
    }
    for name, make in slices.items():
        family.add(f"StridedSlice/{name}", make, x)
        family.add(f"StridedSlice/{name}/unknown_shape", make, x, shapes=False, grad=name != "nothing")
    family.add("Split", lambda v: tf.split(v, 2, axis=2), x)
    family.add("Split/unknown_shape", lambda v: tf.split(v, 3, axis=1), x, shapes=False)
    family.add("Unpack", lambda v: tf.unstack(v, axis=1), x)
    family.add("Unpack/last", lambda v: tf.unstack(v, axis=-1), x)
    family.add("Pack", lambda a, b: tf.stack([a, b], axis=1), x, numbers(2, 3, 4))
    family.add("Pad", lambda v: tf.pad(v, [[1, 0], [0, 2], [1, 1]]), x)
    family.add("Pad/unknown_shape", lambda v: tf.pad(v, [[1, 0], [0, 2], [1, 1]]), x, shapes=False)
    family.add("OneHot", lambda i: tf.one_hot(i, 4), np.array([[1, 3], [-1, 4]], np.int32))
    family.add(
        "OneHot/axis",
        lambda i: tf.one_hot(i, 3, on_value=5, off_value=-1, axis=0),
        np.array([[1, 2], [0, 2]], np.int64),
    )
    return family


def networks():
    family = Family("nn")
    for ta in (False, True):
        for tb in (False, True):
            make = lambda a, b, ta=ta, tb=tb: tf.matmul(a, b, transpose_a=ta, transpose_b=tb)
            for dtype in (np.float32, np.float64):
                a = numbers(*((5, 4) if ta else (4, 5)), dtype=dtype)
                b = numbers(*((3, 5) if tb else (5, 3)), dtype=dtype)
                family.add(f"MatMul/{ta}_{tb}/{dtype.__name__}", make, a, b)
    family.add(
        "MatMul/unknown_shape", lambda a, b: tf.raw_ops.MatMul(a=a, b=b), numbers(2, 3), numbers(3, 2), shapes=False
    )
    family.add("MatMul/empty_inner", tf.matmul, numbers(2, 0), numbers(0, 3))
    family.add("MatMul/empty_rows", tf.matmul, numbers(0, 3), numbers(3, 2))
    family.add("MatMul/int32", tf.matmul, np.array([[1, 2], [3, 4]], np.int32), np.array([[5], [6]], np.int32))
    family.add("BiasAdd", tf.nn.bias_add, numbers(2, 3), numbers(3))
    family.add("BiasAdd/4d", tf.nn.bias_add, numbers(2, 2, 2, 3), numbers(3))
    loss = lambda y, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)
    for dtype in (np.int32, np.int64):
        family.add(
            f"SparseSoftmaxCrossEntropyWithLogits/{dtype.__name__}", loss, np.array([0, 2, 1], dtype), numbers(3, 4)
        )
    family.add(
        "SparseSoftmaxCrossEntropyWithLogits/large",
        loss,
        np.array([0, 3], np.int32),
        np.array([[1e4, -1e4, 0, 5], [-1e4, 1e4, 3, 1e4]], np.float32),
    )
    family.add(
        "SparseSoftmaxCrossEntropyWithLogits/float64", loss, np.array([1, 0], np.int32), numbers(2, 3, dtype=np.float64)
    )
    rows = np.array([[1, 2, 3], [3, 3, 1], [2, 2, 2], [np.nan, 1, 2], [np.inf, 1, 0], [1, 2, 3], [1, 2, 3]], np.float32)
    targets = np.array([2, 1, 2, 2, 0, -1, 3], np.int32)
    for k in (1, 2, 3):
        family.add(f"InTopKV2/{k}", lambda p, t, k=k: tf.nn.in_top_k(p, t, k), rows, targets, grad=False)
    family.add("InTopK", lambda p, t: tf.raw_ops.InTopK(predictions=p, targets=t, k=1), rows, targets, grad=False)
    return family


def randoms():
    family = Family("random")
    for seeds in ((7, None), (None, 3), (7, 3), (0, 0), (2**31 + 5, 11)):
        for count in (1, 5, 1003):
            for dtype in (tf.float32, tf.float64):
                for name in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal"):

                    def make(name=name, seeds=seeds, count=count, dtype=dtype):
                        if seeds[0] is not None:
                            tf.set_random_seed(seeds[0])
                        one, two = tf.compat.v1.get_seed(seeds[1])
                        op = getattr(tf.raw_ops, name)
                        return op(shape=[count], dtype=dtype, seed=one or 0, seed2=two or 0)

                    if count == 1003 and dtype == tf.float64 and seeds[0] != 7:
                        continue
                    family.add(f"{name}/{seeds}/{count}/{dtype.name}", make, tolerance=2e-6)
            for dtype in (tf.int32, tf.int64):

                def make(seeds=seeds, count=count, dtype=dtype):
                    if seeds[0] is not None:
                        tf.set_random_seed(seeds[0])
                    return tf.random_uniform([count], -3, 1000, dtype=dtype, seed=seeds[1])

                if count == 5:
                    family.add(f"RandomUniformInt/{seeds}/{count}/{dtype.name}", make)
    return family


FAMILIES = (unary, binary, casts, reductions, arrays, networks, randoms, slicing)
