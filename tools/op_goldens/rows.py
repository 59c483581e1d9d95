"""Rows and slices: replaced in tensors, gathered in batches; the zeta function."""

import numpy as np

from .recorder import Family, numbers, tf


def rows():
    family = Family("rows")
    for name, op in (
        ("TensorScatterUpdate", tf.tensor_scatter_nd_update),
        ("TensorScatterAdd", tf.tensor_scatter_nd_add),
        ("TensorScatterSub", tf.tensor_scatter_nd_sub),
    ):
        table = numbers(4, 3)
        family.add(f"{name}/rows", lambda v, u, op=op: op(v, [[2], [0]], u), table, numbers(2, 3))
        family.add(f"{name}/elements", lambda v, u, op=op: op(v, [[2, 1], [0, 0], [3, 2]], u), table, numbers(3))
        family.add(f"{name}/matrix", lambda v, u, op=op: op(v, [[[1], [3]]], u), table, numbers(1, 2, 3))
        family.add(f"{name}/none", lambda v, u, op=op: op(v, np.zeros((0, 1), np.int64), u), table, numbers(0, 3))
        twice = numbers(2, 3, dtype=np.float64)
        if name != "TensorScatterUpdate":
            family.add(
                f"{name}/twice", lambda v, u, op=op: op(v, [[1], [1]], u), numbers(2, 3, dtype=np.float64), twice
            )
        whole = np.arange(8, dtype=np.int32).reshape(4, 2)
        family.add(f"{name}/int32", lambda v, u, op=op: op(v, [[3], [1]], u), whole, whole[:2] * 10, grad=False)
    cube = numbers(2, 3, 4)
    for name, axis, batch, indices in (
        ("axis1", 1, 1, [[2, 0], [1, 1]]),
        ("axis2", 2, 1, [[3], [0]]),
        ("both", 2, 2, [[0, 1, 2], [3, 3, 0]]),
        ("matrix", 1, 1, [[[2, 0]], [[1, 1]]]),
        ("negative", -1, -1, [[1, 2], [0, 3]]),
        ("vector", 1, 1, [2, 0]),
    ):
        index = np.array(indices, np.int32)
        family.add(
            f"GatherV2/batch/{name}", lambda v, i, a=axis, b=batch: tf.gather(v, i, axis=a, batch_dims=b), cube, index
        )
    family.add(
        "GatherV2/batch/empty",
        lambda v, i: tf.gather(v, i, batch_dims=1),
        numbers(0, 3),
        np.zeros((0, 2), np.int64),
        grad=False,
    )
    q = numbers(3, 4, low=0.3, high=9)
    family.add("Zeta", lambda x, y: tf.math.zeta(x + 1.5, y), numbers(3, 4, low=0.2, high=6), q, tolerance=2e-5)
    edges = np.array([1, 0.5, 2.5, np.nan, 3, 2, 3, 2.5])
    family.add("Zeta/edges", tf.math.zeta, edges, np.array([1, 1, 4, 1, np.inf, 0, -1, -0.5]), grad=False)
    return family


FAMILIES = [rows]
