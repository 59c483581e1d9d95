"""Variables in parts: tf.get_variable with a partitioner, saved as slices of one tensor."""

import math

from . import array_ops, dtypes, shapes
from .convert import convert_to_tensor
from .graph import control_dependencies, name_scope


class PartitionInfo:
    """What an initializer is told of the part that it makes values for."""

    def __init__(self, full_shape, var_offset):
        self.full_shape, self.var_offset = full_shape, var_offset


class PartitionedVariable:
    """Several variables that are one along a dimension; where a tensor is wanted they are joined."""

    def __init__(self, name, shape, dtype, variable_list, partitions):
        self._variables = list(variable_list)
        self._partitions = list(partitions)
        self.name, self.shape, self.dtype = name, shapes.as_shape(shape), dtypes.as_dtype(dtype)

    def __iter__(self):
        return iter(self._variables)

    def __len__(self):
        return len(self._variables)

    def get_shape(self):
        return self.shape

    def _axis(self):
        return _axis_of(self._partitions)

    def as_tensor(self):
        with control_dependencies(None):
            joined = self._variables[0]
            if len(self._variables) > 1:
                with name_scope(self.name + "/ConcatPartitions/"):
                    joined = array_ops.concat(self._variables, self._axis())
            with name_scope(None):
                return array_ops.identity(joined, name=self.name)

    def _as_graph_tensor(self, as_ref=False):
        if as_ref:
            raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
        return self.as_tensor()

    _as_graph_element = as_tensor

    def _each(self, method, value):
        if not isinstance(value, (list, PartitionedVariable)):
            sizes = [variable.shape[self._axis()].value for variable in self._variables]
            value = array_ops.split(value, sizes, axis=self._axis())
        return [getattr(variable, method)(part) for variable, part in zip(self._variables, value)]

    def assign(self, value, use_locking=False, name=None, read_value=True):
        return self._each("assign", value)

    def assign_add(self, value, use_locking=False, name=None, read_value=True):
        return self._each("assign_add", value)

    def assign_sub(self, value, use_locking=False, name=None, read_value=True):
        return self._each("assign_sub", value)


def _axis_of(partitions):
    return next((axis for axis, count in enumerate(partitions) if count > 1), 0)


def partitions_of(partitioner, shape, dtype):
    """How many parts a dimension has, as the partitioner says, at most one of them more than one."""
    if not shape.is_fully_defined():
        raise ValueError(f"Shape of a new partitioned variable must be fully defined, but instead was {shape}.")
    if shape.ndims < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    counts = partitioner(shape=shape, dtype=dtype)
    if not isinstance(counts, (list, tuple)):
        raise ValueError(f"Partitioner must return a sequence, but saw: {counts}")
    if len(counts) != shape.ndims:
        raise ValueError(
            f"Partitioner returned a partition list that does not match the Variable's rank: {counts} vs. {shape}"
        )
    if any(count < 1 for count in counts):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {counts}")
    if sum(count > 1 for count in counts) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {counts}")
    return list(counts)


def parts_of(dims, partitions):
    """(offset, shape) of each part; the first ones are larger by one where it does not come out even."""
    axis = _axis_of(partitions)
    size, excess = divmod(dims[axis], partitions[axis])
    offset = 0
    for part in range(partitions[axis]):
        own = size + (part < excess)
        yield [offset * (i == axis) for i in range(len(dims))], [own if i == axis else n for i, n in enumerate(dims)]
        offset += own


def initializer_of_part(initializer, dtype, name, offset, dims):
    """What the part begins with: the initializer itself, or a slice of a value, which is whole."""
    if initializer is None or callable(initializer):
        return initializer
    with name_scope(name + "/PartitionedInitializer"):
        return array_ops.slice(convert_to_tensor(initializer, dtype), offset, dims)


# Partitioners.
def fixed_size_partitioner(num_shards, axis=0):
    def partition(shape, **_):
        counts = [1] * len(shape)
        counts[axis] = min(num_shards, shape.dims[axis].value)
        return counts

    return partition


def _bytes_of(dtype, bytes_per_string):
    dtype = dtypes.as_dtype(dtype)
    return bytes_per_string if dtype.base_dtype is dtypes.string else dtype.size


def variable_axis_size_partitioner(max_shard_bytes, axis=0, bytes_per_string_element=16, max_shards=None):
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partition(shape, dtype):
        size = shape.dims[axis].value
        row_bytes = shape.num_elements() / size * _bytes_of(dtype, bytes_per_string_element)
        rows_a_shard = max(1, math.floor(max_shard_bytes / row_bytes))
        count = math.ceil(size / rows_a_shard)
        counts = [1] * shape.ndims
        counts[axis] = min(max_shards, count) if max_shards else count
        return counts

    return partition


def min_max_variable_partitioner(max_partitions=1, axis=0, min_slice_size=256 << 10, bytes_per_string_element=16):
    def partition(shape, dtype):
        if axis >= len(shape):
            raise ValueError(f"Cannot partition variable along axis {axis} when shape is only {shape}")
        total = shape.num_elements() * _bytes_of(dtype, bytes_per_string_element)
        counts = [1] * len(shape)
        counts[axis] = max(1, min(shape.dims[axis].value, max_partitions, math.ceil(total / min_slice_size)))
        return counts

    return partition
