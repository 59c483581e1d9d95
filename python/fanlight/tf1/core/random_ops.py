"""Random numbers, as TensorFlow draws them: with the same seeds the same ones."""

import numbers

import numpy as np

from . import dtypes
from .array_ops import _shape_input
from .convert import add_op, apply_op, convert_to_tensor, op_def
from .graph import get_default_graph, name_scope
from .math_ops import add, multiply, subtract


def _shape_tensor(shape):
    value = _shape_input(shape)
    if isinstance(value, (list, tuple)) and all(isinstance(dim, numbers.Integral) for dim in value):
        value = np.array(value, np.int32)
    return convert_to_tensor(value, name="shape")


def _random(op, name, inputs, attrs, seed):
    graph = get_default_graph()
    attrs["seed"], attrs["seed2"] = graph.next_seeds(seed)
    return apply_op(op, name, inputs, attrs).outputs[0]


def _normal(op, default_name):
    def function(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
        with name_scope(name, default_name, [shape, mean, stddev]) as scope:
            dims = _shape_tensor(shape)
            mean = convert_to_tensor(mean, dtype, "mean")
            stddev = convert_to_tensor(stddev, dtype, "stddev")
            standard = _random(op, None, [dims], {"dtype": dtype}, seed)
            return add(multiply(standard, stddev, name="mul"), mean, name=scope)

    function.__name__ = function.__qualname__ = default_name
    return function


random_normal = normal = _normal("RandomStandardNormal", "random_normal")
truncated_normal = _normal("TruncatedNormal", "truncated_normal")


def random_crop(value, size, seed=None, name=None):
    """A part of `value` of this size, from anywhere in it."""
    from .array_ops import shape as shape_of
    from .array_ops import slice as part_of
    from .assertions import Assert
    from .control_ops import with_dependencies
    from .generated import greater_equal
    from .math_ops import mod, reduce_all

    with name_scope(name, "random_crop", [value, size]) as scope:
        value, size = convert_to_tensor(value, name="value"), convert_to_tensor(size, dtypes.int32, "size")
        shape = shape_of(value)
        fits = reduce_all(greater_equal(shape, size))
        check = Assert(fits, ["Need value.shape >= size, got ", shape, size], summarize=1000)
        shape = with_dependencies([check], shape)
        drawn = random_uniform(shape_of(shape), maxval=dtypes.int32.max, dtype=dtypes.int32, seed=seed)
        return part_of(value, mod(drawn, add(subtract(shape, size), 1)), size, name=scope)


def multinomial(logits, num_samples, seed=None, name=None, output_dtype=None):
    with name_scope(name, "multinomial", [logits]):
        values = convert_to_tensor(logits, name="logits")
        count = convert_to_tensor(num_samples, dtypes.int32, "num_samples")
        return _random("Multinomial", None, [values, count], {"output_dtype": output_dtype or dtypes.int64}, seed)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    return multinomial(logits, num_samples, seed, name or "categorical", dtype)


def random_uniform(shape, minval=0, maxval=None, dtype=dtypes.float32, seed=None, name=None):
    dtype = dtypes.as_dtype(dtype)
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        dims = _shape_tensor(shape)
        low = convert_to_tensor(minval, dtype, "min")
        high = convert_to_tensor(maxval, dtype, "max")
        if dtype.is_integer:
            graph = get_default_graph()
            seeds = graph.next_seeds(seed)
            attrs = {"seed": seeds[0], "seed2": seeds[1]}
            return add_op(graph, op_def("RandomUniformInt"), scope, [dims, low, high], attrs).outputs[0]
        sample = _random("RandomUniform", None, [dims], {"dtype": dtype}, seed)
        return add(multiply(sample, subtract(high, low, name="sub"), name="mul"), low, name=scope)


uniform = random_uniform


def random_shuffle(value, seed=None, name=None):
    return _random("RandomShuffle", name, [value], {}, seed)


shuffle = random_shuffle
