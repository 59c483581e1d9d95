"""Sums and means of rows by their segments."""

from . import generated
from .array_ops import concat, expand_dims, ones, rank, reshape, shape
from .convert import apply_op, convert_to_tensor
from .graph import name_scope
from .math_ops import truediv


def _counts(data, segment_ids, num_segments):
    """How many rows a segment has, at least 1, in as many dimensions as the result has."""
    amounts = generated.unsorted_segment_sum(ones(shape(segment_ids), data.dtype), segment_ids, num_segments)
    if data.shape.ndims is not None and segment_ids.shape.ndims is not None:
        dims = [-1] + [1] * (data.shape.ndims - segment_ids.shape.ndims)
    else:
        more = expand_dims(rank(data) - rank(segment_ids), 0)
        dims = concat([expand_dims(num_segments, 0), ones(more, num_segments.dtype)], 0)
    return generated.maximum(reshape(amounts, dims), 1)


def _unsorted(name, default_name, data, segment_ids, num_segments, divisor):
    with name_scope(name, default_name, [data]) as scope:
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        num_segments = convert_to_tensor(num_segments)
        sums = generated.unsorted_segment_sum(data, segment_ids, num_segments)
        return truediv(sums, divisor(_counts(data, segment_ids, num_segments)), name=scope)


def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    return _unsorted(name, "UnsortedSegmentMean", data, segment_ids, num_segments, lambda count: count)


def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    return _unsorted(name, "UnsortedSegmentSqrtN", data, segment_ids, num_segments, generated.sqrt)


def _sparse(op, data, indices, segment_ids, num_segments, name):
    """Of the rows at `indices` of `data`."""
    inputs = [data, indices, segment_ids]
    if num_segments is not None:
        op, inputs = op + "WithNumSegments", [*inputs, num_segments]
    return apply_op(op, name, inputs).outputs[0]


def sparse_segment_sum(data, indices, segment_ids, name=None, num_segments=None):
    return _sparse("SparseSegmentSum", data, indices, segment_ids, num_segments, name)


def sparse_segment_mean(data, indices, segment_ids, name=None, num_segments=None):
    return _sparse("SparseSegmentMean", data, indices, segment_ids, num_segments, name)


def sparse_segment_sqrt_n(data, indices, segment_ids, name=None, num_segments=None):
    return _sparse("SparseSegmentSqrtN", data, indices, segment_ids, num_segments, name)
