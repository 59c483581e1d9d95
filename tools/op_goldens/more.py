"""Functions, activations, losses, segments, scans, and what finds and places elements."""

import numpy as np

from .recorder import SPECIAL, Family, numbers, tf


def functions():
    family = Family("functions")
    ops = {
        "Expm1": tf.math.expm1,
        "Tan": tf.tan,
        "Asin": tf.asin,
        "Acos": tf.acos,
        "Atan": tf.atan,
        "Sinh": tf.sinh,
        "Cosh": tf.cosh,
        "Asinh": tf.asinh,
        "Acosh": tf.acosh,
        "Atanh": tf.atanh,
        "Erf": tf.math.erf,
        "Erfc": tf.math.erfc,
        "Lgamma": tf.math.lgamma,
        "Digamma": tf.math.digamma,
        "Inv": lambda x: tf.raw_ops.Inv(x=x),
    }
    ranges = {"Asin": (-0.9, 0.9), "Acos": (-0.9, 0.9), "Atanh": (-0.9, 0.9), "Acosh": (1.1, 3), "Lgamma": (0.2, 4)}
    for name, op in ops.items():
        low, high = ranges.get(name, (0.3, 1.4) if name in ("Tan", "Digamma") else (-2.0, 2.0))
        tolerance = 2e-6
        grad = name != "Digamma"
        family.add(f"{name}/float32", op, numbers(2, 3, low=low, high=high), tolerance=tolerance, grad=grad)
        family.add(f"{name}/float64", op, numbers(4, low=low, high=high, dtype=np.float64), grad=grad)
        family.add(f"{name}/empty", op, numbers(0, 2), grad=False)
        if name not in ("Lgamma", "Digamma"):
            family.add(f"{name}/special", op, SPECIAL, grad=False, tolerance=tolerance)
    rounding = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.4, -0.6, np.inf, np.nan], np.float32)
    for name, op in {"Rint": tf.math.rint, "Round": tf.round}.items():
        family.add(f"{name}/ties", op, rounding, grad=False)
    for name, op in {"IsNan": tf.math.is_nan, "IsInf": tf.math.is_inf, "IsFinite": tf.math.is_finite}.items():
        family.add(f"{name}/special", op, SPECIAL)
    pairs = {
        "Atan2": tf.atan2,
        "DivNoNan": tf.math.divide_no_nan,
        "MulNoNan": tf.math.multiply_no_nan,
        "Xlogy": tf.math.xlogy,
        "Xdivy": tf.math.xdivy,
    }
    for name, op in pairs.items():
        for a, b in (((2, 3), (2, 3)), ((2, 1, 3), (4, 1)), ((), (3,)), ((0, 3), (1, 3))):
            label = "x".join(map(str, a)) + "_" + "x".join(map(str, b))
            family.add(f"{name}/{label}", op, numbers(*a, low=0.2), numbers(*b, low=0.2), tolerance=1e-6)
        family.add(f"{name}/float64", op, numbers(3, low=0.2, dtype=np.float64), numbers(3, low=0.2, dtype=np.float64))
        zeros = (np.array([0, 0, 1, 2], np.float32), np.array([0, 3, 0, 4], np.float32))
        family.add(f"{name}/zeros", op, *zeros, grad=name in ("DivNoNan", "MulNoNan"))
    for name, op in {"TruncateDiv": tf.truncatediv, "TruncateMod": tf.truncatemod}.items():
        for dtype in (np.int32, np.int64, np.float32):
            given = (np.array([-7, 7, -7, 7], dtype), np.array([2, -2, -2, 2], dtype))
            family.add(f"{name}/{dtype.__name__}", op, *given, grad=False)
    return family


def activations():
    family = Family("activation")
    ops = {
        "Relu6": tf.nn.relu6,
        "LeakyRelu": tf.nn.leaky_relu,
        "Elu": tf.nn.elu,
        "Selu": tf.nn.selu,
        "Softplus": tf.nn.softplus,
        "Softsign": tf.nn.softsign,
    }
    for name, op in ops.items():
        family.add(f"{name}/float32", op, numbers(3, 4, low=-4, high=8), tolerance=1e-6)
        family.add(f"{name}/float64", op, numbers(5, dtype=np.float64))
        family.add(f"{name}/empty", op, numbers(0, 3))
        family.add(f"{name}/unknown_shape", op, numbers(2, 2), shapes=False, tolerance=1e-6)
        family.add(f"{name}/special", op, SPECIAL, grad=False, tolerance=1e-6)
    family.add("LeakyRelu/alpha", lambda x: tf.nn.leaky_relu(x, 0.01), numbers(4))
    return family


def losses():
    family = Family("loss")
    rows = numbers(3, 4)
    labels = np.abs(numbers(3, 4))
    labels /= labels.sum(axis=1, keepdims=True)
    for name, op in (
        ("stopped", tf.nn.softmax_cross_entropy_with_logits),
        ("v2", tf.nn.softmax_cross_entropy_with_logits_v2),
    ):
        loss = lambda y, x, op=op: op(labels=y, logits=x)
        family.add(f"SoftmaxCrossEntropyWithLogits/{name}", loss, labels, rows, tolerance=1e-6)
        family.add(
            f"SoftmaxCrossEntropyWithLogits/{name}/3d", loss, np.stack([labels] * 2), numbers(2, 3, 4), tolerance=1e-6
        )
    family.add(
        "SoftmaxCrossEntropyWithLogits/float64",
        lambda y, x: tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x),
        labels.astype(np.float64),
        numbers(3, 4, dtype=np.float64),
    )
    sigmoid = lambda y, x: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x)
    family.add("sigmoid_cross_entropy", sigmoid, np.abs(numbers(2, 3, high=1)), numbers(2, 3), tolerance=1e-6)
    family.add(
        "sigmoid_cross_entropy/large", sigmoid, np.array([1, 0, 1], np.float32), np.array([1e4, 1e4, -1e4], np.float32)
    )
    weighted = lambda y, x: tf.nn.weighted_cross_entropy_with_logits(labels=y, logits=x, pos_weight=2.5)
    family.add("weighted_cross_entropy", weighted, np.abs(numbers(2, 3, high=1)), numbers(2, 3), tolerance=1e-6)
    clip = numbers(3, 4)
    family.add("clip_by_value", lambda x: tf.clip_by_value(x, -1.0, 0.5), clip)
    family.add("clip_by_norm", lambda x: tf.clip_by_norm(x, 1.5), clip, tolerance=1e-6)
    family.add("clip_by_norm/small", lambda x: tf.clip_by_norm(x, 100.0), clip, tolerance=1e-6)
    family.add("clip_by_norm/zero", lambda x: tf.clip_by_norm(x, 1.0), np.zeros((2, 2), np.float32))
    family.add("global_norm", lambda a, b: tf.linalg.global_norm([a, b]), clip, numbers(5), tolerance=1e-6)
    both = lambda a, b: [*tf.clip_by_global_norm([a, b], 2.0)[0]]
    family.add("clip_by_global_norm", both, clip, numbers(5), tolerance=1e-6)
    family.add("clip_by_global_norm/inf", both, np.array([np.inf], np.float32), numbers(2), grad=False)
    family.add("norm", lambda x: tf.norm(x, axis=1), clip, tolerance=1e-6)
    family.add("norm/zero", lambda x: tf.norm(x), np.zeros(2, np.float32))
    return family


def sparse_segment():
    family = Family("sparse_segment")
    indices, ids = np.array([2, 0, 2, 4, 1], np.int32), np.array([0, 0, 1, 3, 3], np.int32)
    for name in ("sum", "mean", "sqrt_n"):
        op = getattr(tf, f"sparse_segment_{name}")
        counted = lambda d, i, s, op=op: op(d, i, s, num_segments=6)
        family.add(name, op, numbers(5, 3), indices, ids, tolerance=1e-6)
        family.add(f"{name}/unknown_shape", op, numbers(5, 2, 2), indices, ids, tolerance=1e-6, shapes=False)
        family.add(f"{name}/float64", counted, numbers(5, dtype=np.float64), indices.astype(np.int64), ids)
        family.add(f"{name}/num_segments", counted, numbers(5, 3), indices, ids.astype(np.int64), tolerance=1e-6)
        family.add(f"{name}/empty", op, numbers(3, 2), indices[:0], ids[:0])
        family.add(f"{name}/empty_num_segments", counted, numbers(3, 2), indices[:0], ids[:0])
        family.add(f"{name}/special", op, np.stack([SPECIAL, SPECIAL[::-1]]), np.array([0, 1, 1]), np.array([0, 0, 2]))
        long = np.arange(40) % 5
        family.add(f"{name}/many", op, numbers(5, 3), long, np.arange(40) // 25, tolerance=1e-6)
    family.add("sum/int32", tf.sparse_segment_sum, np.array([4, -1, 7], np.int32), [0, 2], [0, 0], grad=False)
    return family


def segments():
    family = Family("segment")
    data = numbers(5, 3)
    ids = np.array([0, 0, 1, 3, 3], np.int32)
    ops = ("sum", "mean", "max", "min", "prod")
    for name in ops:
        op = getattr(tf.math, f"segment_{name}")
        grad = name != "prod"
        family.add(f"segment_{name}", op, data, ids, grad=grad, tolerance=1e-6)
        family.add(f"segment_{name}/int64_ids", op, numbers(3), np.array([0, 1, 1], np.int64), grad=grad)
        family.add(
            f"segment_{name}/int32", op, np.array([4, -1, 7], np.int32), np.array([0, 0, 1], np.int32), grad=False
        )
        family.add(f"segment_{name}/empty", op, numbers(0, 2), np.zeros(0, np.int32), grad=False)
        if name == "mean":
            continue
        op = getattr(tf.math, f"unsorted_segment_{name}")
        scattered = np.array([3, -1, 0, 0, 3], np.int32)
        family.add(f"unsorted_segment_{name}", lambda d, i, op=op: op(d, i, 4), data, scattered, grad=grad)
        family.add(
            f"unsorted_segment_{name}/matrix",
            lambda d, i, op=op: op(d, i, 3),
            numbers(2, 2, 2),
            np.array([[0, 1], [1, 0]], np.int64),
            grad=grad,
        )
        family.add(
            f"unsorted_segment_{name}/unknown_shape",
            lambda d, i, op=op: op(d, i, 4),
            data,
            scattered,
            grad=grad,
            shapes=False,
        )
    family.add("segment_max/ties", tf.math.segment_max, np.array([2, 2, 1], np.float32), np.array([0, 0, 0], np.int32))
    for exclusive in (False, True):
        for reverse in (False, True):
            for axis in (0, -1):
                options = {"exclusive": exclusive, "reverse": reverse, "axis": axis}
                label = f"{exclusive}_{reverse}_{axis}"
                family.add(f"Cumsum/{label}", lambda v, o=options: tf.cumsum(v, **o), numbers(2, 3, 4), tolerance=1e-6)
                family.add(
                    f"Cumprod/{label}",
                    lambda v, o=options: tf.math.cumprod(v, **o),
                    numbers(2, 3, low=0.3),
                    tolerance=1e-6,
                )
    family.add("Cumsum/int32", tf.cumsum, np.array([1, 2, 3], np.int32), grad=False)
    family.add("Cumsum/empty", tf.cumsum, numbers(0, 2))
    for axes in (None, 0, [0, 2], 1):
        family.add(f"Prod_gradient/{axes}", lambda v, a=axes: tf.reduce_prod(v, a), numbers(2, 3, 2), tolerance=1e-6)
    family.add("Prod_gradient/zeros", lambda v: tf.reduce_prod(v, 1), np.array([[0, 2, 3], [0, 0, 2]], np.float32))
    family.add(
        "Prod_gradient/keep", lambda v: tf.reduce_prod(v, 0, keepdims=True), numbers(2, 3), shapes=False, tolerance=1e-6
    )
    truth = np.array([[True, False], [True, True]])
    for name, op in {"All": tf.reduce_all, "Any": tf.reduce_any}.items():
        for axes in (None, 0, [1]):
            family.add(f"{name}/{axes}", lambda v, o=op, a=axes: o(v, axis=a), truth)
        family.add(f"{name}/empty", lambda v, o=op: o(v, axis=0), np.zeros((0, 2), np.bool_))
    family.add("logsumexp", lambda v: tf.reduce_logsumexp(v, axis=1), numbers(3, 4), tolerance=1e-6)
    family.add("logsumexp/large", lambda v: tf.reduce_logsumexp(v), np.array([1e4, 1e4, -1e4], np.float32))
    return family


def places():
    family = Family("places")
    table = numbers(4, 3)
    family.add("GatherV2/gradient", lambda v: tf.gather(v, [1, 0, 1, 3]), table)
    family.add("GatherV2/gradient_matrix", lambda v: tf.gather(v, [[1, 0], [1, 3]]), table)
    family.add("GatherV2/gradient_scalar", lambda v: tf.gather(v, 2), table)
    family.add("GatherV2/gradient_axis", lambda v: tf.gather(v, [[2, 0], [2, 1]], axis=1), numbers(2, 3, 2))
    family.add("GatherV2/unknown_shape", lambda v: tf.gather(v, [1, 0]), table, shapes=False)
    family.add("Gather", lambda v, i: tf.raw_ops.Gather(params=v, indices=i), table, np.array([2, 0], np.int64))
    family.add("embedding_lookup", lambda v, i: tf.nn.embedding_lookup(v, i), table, np.array([0, 3, 0], np.int32))
    nd = numbers(3, 2, 2)
    for name, indices in {
        "elements": [[0, 1, 1], [2, 0, 0]],
        "rows": [[1, 0], [1, 0], [2, 1]],
        "slices": [[2], [0]],
        "nested": [[[0, 1]], [[1, 1]]],
        "whole": [[], []],
    }.items():
        index = np.array(indices, np.int32).reshape(2, 0) if name == "whole" else np.array(indices, np.int32)
        family.add(f"GatherNd/{name}", lambda v, i: tf.gather_nd(v, i), nd, index, grad=name != "whole")
    family.add("ScatterNd", lambda u: tf.scatter_nd([[1], [3], [1]], u, [5]), numbers(3))
    family.add("ScatterNd/rows", lambda u: tf.scatter_nd([[2], [0]], u, [3, 2]), numbers(2, 2))
    family.add("Where", lambda c: tf.where(c), np.array([[True, False], [True, True]]))
    family.add("Where/float32", lambda c: tf.where(c), np.array([0, 2, -0.0, np.nan], np.float32), grad=False)
    family.add("Where/none", lambda c: tf.where(c), np.zeros((2, 2), np.bool_))
    mask = np.array([True, False, True, True])
    family.add("boolean_mask", lambda v: tf.boolean_mask(v, mask), table)
    family.add("boolean_mask/matrix", lambda v: tf.boolean_mask(v, [[True, False], [False, True]]), numbers(2, 2, 3))
    family.add("DynamicPartition", lambda v: tf.dynamic_partition(v, [0, 1, 0, 2], 3), table)
    family.add(
        "DynamicStitch/gradient", lambda a, b: tf.dynamic_stitch([[0, 2], [1, 3]], [a, b]), numbers(2, 3), numbers(2, 3)
    )
    family.add("ReverseV2", lambda v: tf.reverse(v, [0, -1]), numbers(2, 3, 2))
    family.add("ReverseV2/none", lambda v: tf.reverse(v, []), numbers(2, 3))
    family.add("ReverseV2/empty", lambda v: tf.reverse(v, [0]), numbers(0, 3))
    family.add("SplitV", lambda v: tf.split(v, [1, 3, 2], axis=1), numbers(2, 6))
    family.add("SplitV/rest", lambda v: tf.split(v, [1, -1], axis=0), numbers(4, 2), shapes=False)
    family.add("PadV2", lambda v: tf.pad(v, [[1, 0], [0, 2]], constant_values=1.5), numbers(2, 3))
    for mode in ("REFLECT", "SYMMETRIC"):
        family.add(f"MirrorPad/{mode}", lambda v, m=mode: tf.pad(v, [[1, 1], [2, 1]], mode=m), numbers(3, 4))
        family.add(
            f"MirrorPad/{mode}/unknown_shape",
            lambda v, m=mode: tf.pad(v, [[0, 1], [1, 0]], mode=m),
            numbers(3, 4),
            shapes=False,
        )
    family.add(
        "ListDiff", lambda a, b: list(tf.setdiff1d(a, b)), np.array([1, 5, 2, 5], np.int32), np.array([2], np.int32)
    )
    family.add("Unique", lambda a: list(tf.unique(a)), np.array([3, 1, 3, 2, 1], np.int64))
    for k in (0, 1, 3):
        family.add(f"TopKV2/{k}", lambda v, k=k: list(tf.nn.top_k(v, k)), numbers(2, 2, 4), grad=k > 0)
    family.add("TopKV2/ties", lambda v: list(tf.nn.top_k(v, 3)), np.array([1, 3, 3, 2, 3], np.float32))
    family.add("TopKV2/unknown_shape", lambda v: list(tf.nn.top_k(v, 2)), numbers(3, 4), shapes=False)
    for name, a, b, options in (
        ("plain", (2, 3, 4), (2, 4, 5), {}),
        ("adjoint_a", (2, 4, 3), (2, 4, 5), {"adjoint_a": True}),
        ("adjoint_b", (2, 3, 4), (2, 5, 4), {"adjoint_b": True}),
        ("adjoint_both", (2, 4, 3), (2, 5, 4), {"adjoint_a": True, "adjoint_b": True}),
        ("stretched", (2, 1, 3, 4), (5, 4, 2), {}),
        ("no_batch", (0, 3, 4), (0, 4, 5), {}),
        ("no_inner", (2, 3, 0), (2, 0, 4), {}),
    ):
        make = lambda x, y, o=options: tf.matmul(x, y, **o)
        family.add(f"BatchMatMulV2/{name}", make, numbers(*a), numbers(*b), tolerance=1e-6)
    family.add(
        "BatchMatMulV2/float64", tf.matmul, numbers(2, 3, 4, dtype=np.float64), numbers(2, 4, 5, dtype=np.float64)
    )
    family.add(
        "BatchMatMulV2/unknown_shape",
        lambda x, y: tf.raw_ops.BatchMatMulV2(x=x, y=y),
        numbers(2, 3, 4),
        numbers(4, 2),
        shapes=False,
        tolerance=1e-6,
    )
    for seeds in ((7, None), (7, 3)):
        for shape in ((9,), (6, 2), (1, 3), (0, 2)):

            def make(v, seeds=seeds):
                tf.set_random_seed(seeds[0])
                return tf.random.shuffle(v, seed=seeds[1])

            family.add(f"RandomShuffle/{seeds}/{shape}", make, numbers(*shape), grad=False)

    def dropped(v):
        tf.set_random_seed(7)
        return tf.nn.dropout(v, rate=0.4)

    # Each run drops others: a gradient of another run is no match.
    family.add("dropout", dropped, numbers(4, 5), grad=False)
    family.add("CheckNumerics", lambda v: tf.check_numerics(v, "bad"), numbers(3))
    family.add("Print", lambda v: tf.Print(v, [v], "seen: "), numbers(3))
    return family


def candidates():
    family = Family("candidates")
    for name, sampler in (
        ("LogUniform", tf.random.log_uniform_candidate_sampler),
        ("Uniform", tf.random.uniform_candidate_sampler),
    ):
        for seeds in ((7, None), (None, 3), (7, 3)):
            for num_sampled, unique, range_max in (
                (5, True, 8),
                (8, True, 8),
                (64, True, 1000),
                (9, False, 5),
                (3, False, 64),
            ):

                def make(v, sampler=sampler, seeds=seeds, options=(num_sampled, unique, range_max)):
                    tf.set_random_seed(seeds[0])
                    drawn, of_true, of_drawn = sampler(v, 2, options[0], options[1], options[2], seed=seeds[1])
                    # One output, of one run: the next one draws others.
                    return tf.concat([tf.cast(drawn, tf.float32), tf.reshape(of_true, [-1]), of_drawn], 0)

                classes = np.array([[0, 1], [2, 4], [3, 0]], np.int64)
                case = f"{name}/{seeds}/{num_sampled}/{unique}/{range_max}"
                family.add(case, make, classes, grad=False, tolerance=1e-7)
    return family


def multinomials():
    family = Family("multinomial")
    odd = numbers(3, 4)
    odd[1, 2], odd[2, 0], odd[2, 3] = np.inf, np.nan, -np.inf
    for seeds in ((7, None), (None, 3), (7, 3)):
        for case, logits in (
            ("few", numbers(2, 5)),
            ("one_class", numbers(3, 1)),
            ("far_apart", np.array([[0, 100, -100], [-1000, -1000, -999]], np.float32)),
            ("odd", odd),
            ("float64", numbers(2, 6, dtype=np.float64)),
            ("no_rows", numbers(0, 3)),
        ):
            for count, dtype in ((1, tf.int64), (7, tf.int32), (64, tf.int64)):

                def make(v, seeds=seeds, count=count, dtype=dtype):
                    tf.set_random_seed(seeds[0])
                    return tf.multinomial(v, count, seed=seeds[1], output_dtype=dtype)

                family.add(f"Multinomial/{seeds}/{case}/{count}", make, logits, grad=False)
    return family


FAMILIES = (functions, activations, losses, segments, sparse_segment, places, candidates, multinomials)
