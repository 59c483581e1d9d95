"""Rows of a tensor: what a gradient is by a table of which rows are looked up."""

import collections

from .convert import convert_to_tensor
from .shapes import TensorShape

# What a session gives for them.
IndexedSlicesValue = collections.namedtuple("IndexedSlicesValue", ["values", "indices", "dense_shape"])


class IndexedSlices:
    """Row indices[i] of a tensor is values[i], and all others are 0; a row that is named again counts by its sum."""

    def __init__(self, values, indices, dense_shape=None):
        self.values = values
        self.indices = indices
        self.dense_shape = dense_shape

    name = property(lambda self: self.values.name)
    op = property(lambda self: self.values.op)
    dtype = property(lambda self: self.values.dtype)
    device = property(lambda self: self.values.device)
    graph = property(lambda self: self.values.graph)

    @property
    def shape(self):
        """What is known of the whole's."""
        node = None if self.dense_shape is None else self.dense_shape.op
        if node is not None and node.type == "Shape":
            return node.inputs[0].shape
        if node is not None and node.type == "Const":
            return TensorShape(self.dense_shape.constant_value().tolist())
        return TensorShape(None)

    def with_values(self, values):
        """The same rows with other values."""
        return IndexedSlices(values, self.indices, self.dense_shape)

    def _as_graph_tensor(self, as_ref=False):
        from . import generated

        if self.dense_shape is None:
            raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {self}")
        return generated.unsorted_segment_sum(self.values, self.indices, self.dense_shape[0])

    def _as_fetch(self):
        parts = {"values": self.values, "indices": self.indices, "dense_shape": self.dense_shape}
        return {name: part for name, part in parts.items() if part is not None}

    def _from_fetched(self, results):
        return IndexedSlicesValue(results["values"], results["indices"], results.get("dense_shape"))

    def __neg__(self):
        return self.with_values(-self.values)

    def __repr__(self):
        shape = "" if self.dense_shape is None else f", dense_shape={self.dense_shape.name}"
        return f"IndexedSlices(indices={self.indices.name}, values={self.values.name}{shape})"


def gradients_of(graph, ys, xs, grad_ys, stops, gates, name):
    """The engine's gradients: a tensor, IndexedSlices or None for each of `xs`."""
    found = graph.gradients(ys, xs, grad_ys, stops, gates, name)
    return [IndexedSlices(*gradient) if isinstance(gradient, tuple) else gradient for gradient in found]


def for_engine(gradient):
    """A gradient as the engine takes it."""
    if gradient is None:
        return None
    if not isinstance(gradient, IndexedSlices) or gradient.dense_shape is None:
        return convert_to_tensor(gradient)
    return (gradient.values, gradient.indices, gradient.dense_shape)


def values_of(gradient):
    """The tensor whose elements are a gradient's: of rows only these."""
    return gradient.values if isinstance(gradient, IndexedSlices) else convert_to_tensor(gradient)


def with_values(gradient, values):
    """A gradient like `gradient`, of other values."""
    return gradient.with_values(values) if isinstance(gradient, IndexedSlices) else values
