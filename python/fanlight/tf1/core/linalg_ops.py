"""Matrices: their diagonals, and those that are 1 on them."""

import numbers

import numpy as np

from . import array_ops, dtypes, generated
from .convert import apply_op, convert_to_tensor
from .graph import Tensor, name_scope
from .math_ops import reduce_sum


def matrix_diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices that have `diagonal` on their diagonals `k`, one or from the lowest to the highest."""
    inputs = [diagonal, k, num_rows, num_cols, padding_value]
    return apply_op("MatrixDiagV3", name, inputs, {"align": align}, default_name="diag").outputs[0]


def matrix_diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    inputs = [input, k, padding_value]
    return apply_op("MatrixDiagPartV3", name, inputs, {"align": align}, default_name="diag_part").outputs[0]


def matrix_set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):
    inputs = [input, diagonal, k]
    return apply_op("MatrixSetDiagV3", name, inputs, {"align": align}, default_name="set_diag").outputs[0]


def trace(x, name=None):
    """The sum of the main diagonal."""
    with name_scope(name, "Trace", [x]) as scope:
        return reduce_sum(matrix_diag_part(convert_to_tensor(x, name="x")), [-1], name=scope)


def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """A matrix, or a batch of them, with 1 on the main diagonal and 0 elsewhere."""
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        is_square = num_columns is None or num_columns is num_rows
        num_columns = num_rows if num_columns is None else num_columns
        batch = [] if batch_shape is None else batch_shape
        if isinstance(num_rows, Tensor) or isinstance(num_columns, Tensor):
            length = num_rows if is_square else generated.minimum(num_rows, num_columns)
        elif not all(isinstance(number, numbers.Integral) for number in (num_rows, num_columns)):
            raise TypeError(f"eye takes integers, got num_rows={num_rows!r}, num_columns={num_columns!r}")
        else:
            is_square, length = num_rows == num_columns, min(num_rows, num_columns)

        def shape_of(*last):
            if isinstance(batch, Tensor) or any(isinstance(item, Tensor) for item in last):
                own = batch if isinstance(batch, Tensor) else np.array(batch, np.int32)
                return array_ops.concat([own, array_ops.stack(list(last))], 0)
            return [*batch, *last]

        diagonal = array_ops.ones(shape_of(length), dtype)
        if is_square:
            return matrix_diag(diagonal)
        return matrix_set_diag(array_ops.zeros(shape_of(num_rows, num_columns), dtype), diagonal)
