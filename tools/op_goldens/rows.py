"""Rows and slices: replaced in tensors."""

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
    return family


FAMILIES = [rows]
