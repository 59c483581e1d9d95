"""tf.sort and tf.argsort: the largest k of rows, where k is all of them."""

import numbers

import numpy as np

from . import array_ops, generated
from .convert import convert_to_tensor
from .graph import name_scope
from .math_ops import subtract


def _reversed(values):
    """Values whose order is the opposite one: doing it twice gives them back."""
    dtype = values.dtype.base_dtype
    if dtype.is_unsigned:
        return subtract(np.array(dtype.max, dtype.as_numpy_dtype), values)
    # -x - 1 has no overflow where x is the least integer.
    return subtract(generated.negative(values), 1) if dtype.is_integer else generated.negative(values)


def _sorted(values, axis, direction, result):
    """The values, or the indices, of the largest first; or of the least."""
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            f"Argument `direction` should be one of ASCENDING, DESCENDING. Received: direction={direction}"
        )
    if not isinstance(axis, (numbers.Integral, np.integer)):
        raise ValueError(f"Argument `axis` must be a constant scalar. Received: axis={axis}.")
    values = convert_to_tensor(values, name="values")
    ndims = values.shape.ndims
    order = None
    if axis != -1 and axis + 1 != ndims:
        if ndims is None:
            raise ValueError("sort: along another axis than the last the rank of the values must be known")
        order = list(range(ndims))
        order[axis], order[-1] = order[-1], order[axis]
        values = array_ops.transpose(values, order)
    is_ascending = direction == "ASCENDING"
    rows = _reversed(values) if is_ascending else values
    length = rows.shape[-1].value if ndims else None
    found = generated.top_k(rows, array_ops.shape(rows)[-1] if length is None else length)[result]
    if is_ascending and result == 0:
        found = _reversed(found)
    return found if order is None else array_ops.transpose(found, order)


def sort(values, axis=-1, direction="ASCENDING", name=None):
    with name_scope(name, "sort"):
        return _sorted(values, axis, direction, 0)


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The indices that sort; of equal values the first comes first."""
    with name_scope(name, "argsort"):
        return _sorted(values, axis, direction, 1)
