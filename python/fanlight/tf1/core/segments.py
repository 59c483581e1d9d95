"""Sums and means of rows by their segments that are made of several nodes."""

from . import generated
from .array_ops import concat, expand_dims, gather, ones, rank, reshape, shape
from .convert import convert_to_tensor
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


def _last_and_one(segment_ids):
    from .math_ops import reduce_max

    return reduce_max(segment_ids) + 1


def _sparse(name, default_name, reduce, data, indices, segment_ids, num_segments):
    """Of the rows at `indices` of `data`."""
    with name_scope(name, default_name, [data, indices]):
        segment_ids = convert_to_tensor(segment_ids)
        count = _last_and_one(segment_ids) if num_segments is None else num_segments
        return reduce(gather(data, indices), segment_ids, count)


def sparse_segment_sum(data, indices, segment_ids, name=None, num_segments=None):
    reduce = generated.unsorted_segment_sum
    return _sparse(name, "SparseSegmentSum", reduce, data, indices, segment_ids, num_segments)


def sparse_segment_mean(data, indices, segment_ids, name=None, num_segments=None):
    return _sparse(name, "SparseSegmentMean", unsorted_segment_mean, data, indices, segment_ids, num_segments)


def sparse_segment_sqrt_n(data, indices, segment_ids, name=None, num_segments=None):
    return _sparse(name, "SparseSegmentSqrtN", unsorted_segment_sqrt_n, data, indices, segment_ids, num_segments)
