"""Shapes as programs see them: tf.TensorShape and tf.Dimension."""

import operator


class Dimension:
    """One dimension, which may be unknown: None."""

    def __init__(self, value):
        if isinstance(value, Dimension):
            value = value.value
        if value is not None:
            value = operator.index(value)
            if value < 0:
                raise ValueError(f"Dimension {value} must be >= 0")
        self.value = value
        self._value = value

    def __repr__(self):
        return f"Dimension({self.value})"

    def __str__(self):
        return "?" if self.value is None else str(self.value)

    def __eq__(self, other):
        other = _value(other)
        return None if self.value is None or other is None else self.value == other

    def __ne__(self, other):
        other = _value(other)
        return None if self.value is None or other is None else self.value != other

    def __hash__(self):
        return hash(self.value)

    def __int__(self):
        return self.value

    __index__ = __int__

    def __bool__(self):
        return bool(self.value)

    def is_compatible_with(self, other):
        other = _value(other)
        return self.value is None or other is None or self.value == other

    def _with(self, other, function):
        other = _value(other)
        return Dimension(None if self.value is None or other is None else function(self.value, other))

    def __add__(self, other):
        return self._with(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with(other, operator.sub)

    def __rsub__(self, other):
        return Dimension(other) - self

    def __mul__(self, other):
        return self._with(other, operator.mul)

    __rmul__ = __mul__

    def __floordiv__(self, other):
        return self._with(other, operator.floordiv)

    def __rfloordiv__(self, other):
        return Dimension(other) // self

    __div__ = __floordiv__

    def __mod__(self, other):
        return self._with(other, operator.mod)

    def _compare(self, other, function):
        other = _value(other)
        return None if self.value is None or other is None else function(self.value, other)

    def __lt__(self, other):
        return self._compare(other, operator.lt)

    def __le__(self, other):
        return self._compare(other, operator.le)

    def __gt__(self, other):
        return self._compare(other, operator.gt)

    def __ge__(self, other):
        return self._compare(other, operator.ge)

    def __reduce__(self):
        return Dimension, (self.value,)


def _value(dim):
    return dim.value if isinstance(dim, Dimension) else dim


def dimension_value(dim):
    return _value(dim)


class TensorShape:
    """A shape of which nothing, the rank, or some dimensions may be known."""

    def __init__(self, dims):
        if isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif dims is None:
            self._dims = None
        elif hasattr(dims, "__iter__") and not isinstance(dims, (str, bytes)):
            self._dims = [Dimension(None if _value(dim) == -1 else dim).value for dim in dims]
        else:
            self._dims = [Dimension(dims).value]

    @property
    def dims(self):
        return None if self._dims is None else [Dimension(dim) for dim in self._dims]

    @property
    def ndims(self):
        return None if self._dims is None else len(self._dims)

    rank = ndims

    def as_list(self):
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def num_elements(self):
        if not self.is_fully_defined():
            return None
        product = 1
        for dim in self._dims:
            product *= dim
        return product

    def is_fully_defined(self):
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self):
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def assert_has_rank(self, rank):
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank):
        return self.merge_with([None] * rank)

    def with_rank_at_least(self, rank):
        if self.ndims is not None and self.ndims < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank):
        if self.ndims is not None and self.ndims > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def merge_with(self, other):
        other = as_shape(other)
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        if self._dims is None:
            return other
        if other._dims is None:
            return self
        return TensorShape([b if a is None else a for a, b in zip(self._dims, other._dims)])

    def concatenate(self, other):
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape(None)
        return TensorShape(self._dims + other._dims)

    def is_compatible_with(self, other):
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return True
        return len(self._dims) == len(other._dims) and all(
            a is None or b is None or a == b for a, b in zip(self._dims, other._dims)
        )

    def assert_is_compatible_with(self, other):
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def __len__(self):
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self):
        return self._dims is not None

    def __iter__(self):
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self.dims)

    def __getitem__(self, key):
        if self._dims is None:
            return TensorShape(None) if isinstance(key, slice) else Dimension(None)
        if isinstance(key, slice):
            return TensorShape(self._dims[key])
        return Dimension(self._dims[key])

    def __eq__(self, other):
        try:
            other = as_shape(other)
        except TypeError:
            return NotImplemented
        return self._dims == other._dims

    def __hash__(self):
        return hash(None if self._dims is None else tuple(self._dims))

    def __repr__(self):
        return f"TensorShape({self.dims})"

    def __str__(self):
        if self._dims is None:
            return "<unknown>"
        dims = ["?" if dim is None else str(dim) for dim in self._dims]
        return f"({dims[0]},)" if len(dims) == 1 else f"({', '.join(dims)})"

    def __reduce__(self):
        return TensorShape, (self._dims,)


def as_shape(value):
    return value if isinstance(value, TensorShape) else TensorShape(value)


def unknown_shape(rank=None):
    return TensorShape(None if rank is None else [None] * rank)


def as_dims(value):
    """The shape as the extension takes it: None, or a list with None for what is unknown."""
    return as_shape(value)._dims
