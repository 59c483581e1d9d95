"""Tensors from shapes, taken apart, put together and given other shapes."""

import builtins
import numbers

import numpy as np

from . import dtypes, generated, shapes
from .convert import add_op, apply_op, constant, convert_to_tensor, op_def
from .graph import Tensor, get_default_graph, name_scope


def placeholder(dtype, shape=None, name=None):
    dims = None if shape is None else shapes.as_shape(shape)
    operation = apply_op("Placeholder", name, [], {"dtype": dtype, "shape": shapes.TensorShape(dims)})
    return operation.outputs[0]


def placeholder_with_default(input, shape, name=None):
    return apply_op("PlaceholderWithDefault", name, [input], {"shape": shape}).outputs[0]


def _is_tensor(value):
    return isinstance(value, Tensor) or hasattr(value, "_as_graph_tensor")


def identity(input, name=None):
    return apply_op("Identity", name, [input]).outputs[0]


def ensure_shape(x, shape, name=None):
    """`x`, of which a run checks that it has this shape."""
    return apply_op("EnsureShape", name, [x], {"shape": shapes.as_shape(shape)}).outputs[0]


def shape(input, name=None, out_type=dtypes.int32):
    with name_scope(name, "Shape", [input]) as scope:
        x = convert_to_tensor(input, name="input")
        known = x.shape
        # What is known when the graph is built is a constant of it.
        if known.is_fully_defined():
            wanted = dtypes.as_dtype(out_type)
            return get_default_graph().constant(np.array(known.as_list(), wanted.as_numpy_dtype), 0, None, scope)
        return add_op(get_default_graph(), op_def("Shape"), scope, [x], {"out_type": out_type}).outputs[0]


def shape_n(input, out_type=dtypes.int32, name=None):
    return apply_op("ShapeN", name, [input], {"out_type": out_type}).outputs


def size(input, name=None, out_type=dtypes.int32):
    with name_scope(name, "Size", [input]) as scope:
        x = convert_to_tensor(input, name="input")
        count = x.shape.num_elements()
        if count is not None:
            return get_default_graph().constant(count, dtypes.as_dtype(out_type).number, None, scope)
        return add_op(get_default_graph(), op_def("Size"), scope, [x], {"out_type": out_type}).outputs[0]


def rank(input, name=None):
    with name_scope(name, "Rank", [input]) as scope:
        x = convert_to_tensor(input, name="input")
        if x.shape.ndims is not None:
            return get_default_graph().constant(x.shape.ndims, dtypes.int32.number, None, scope)
        return add_op(get_default_graph(), op_def("Rank"), scope, [x], {}).outputs[0]


def _static_dims(value):
    """A shape that a program wrote down, as a list; None when part of it is a tensor."""
    if isinstance(value, shapes.TensorShape):
        return value.as_list() if value.is_fully_defined() else None
    if _is_tensor(value):
        return None
    items = value if isinstance(value, (list, tuple, np.ndarray)) else [value]
    items = [item.value if isinstance(item, shapes.Dimension) else item for item in items]
    if not all(isinstance(item, numbers.Integral) for item in items):
        return None
    return [int(item) for item in items]


def _filled(value, shape, dtype, name, default_name):
    wanted = dtypes.as_dtype(dtype).base_dtype
    with name_scope(name, default_name, [shape]) as scope:
        fill_value = "" if wanted is dtypes.string else bool(value) if wanted is dtypes.bool else value
        dims = _static_dims(shape)
        count = None if dims is None else int(np.prod(dims, dtype=np.int64))
        if count is not None and count < 1000 and wanted is not dtypes.string:
            array = np.full(dims, fill_value, wanted.as_numpy_dtype)
            return get_default_graph().constant(array, 0, None, scope)
        as_shape = shape if dims is None else np.array(dims, np.int32)
        dims_tensor = convert_to_tensor(as_shape, None if _is_tensor(as_shape) else dtypes.int32, "shape_as_tensor")
        return _fill_node(dims_tensor, constant(fill_value, wanted), scope)


def _fill_node(dims, value, scope):
    attrs = {"index_type": dims.dtype.base_dtype}
    return add_op(get_default_graph(), op_def("Fill"), scope, [dims, value], attrs).outputs[0]


def zeros(shape, dtype=dtypes.float32, name=None):
    return _filled(0, shape, dtype, name, "zeros")


def ones(shape, dtype=dtypes.float32, name=None):
    return _filled(1, shape, dtype, name, "ones")


def fill(dims, value, name=None):
    return apply_op("Fill", name, [dims, value], default_name="Fill").outputs[0]


def zeros_like(tensor, dtype=None, name=None, optimize=True):
    with name_scope(name, "zeros_like", [tensor]) as scope:
        x = convert_to_tensor(tensor, name="tensor")
        wanted = x.dtype.base_dtype if dtype is None else dtypes.as_dtype(dtype)
        if x.shape.is_fully_defined():
            return zeros(x.shape, wanted, scope)
        if wanted is not x.dtype.base_dtype:
            return zeros(shape(x), wanted, scope)
        return add_op(get_default_graph(), op_def("ZerosLike"), scope, [x], {}).outputs[0]


def ones_like(tensor, dtype=None, name=None, optimize=True):
    with name_scope(name, "ones_like", [tensor]) as scope:
        x = convert_to_tensor(tensor, name="tensor")
        wanted = x.dtype.base_dtype if dtype is None else dtypes.as_dtype(dtype)
        return ones(x.shape if x.shape.is_fully_defined() else shape(x), wanted, scope)


def range(start, limit=None, delta=1, dtype=None, name="range"):
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        order = [dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]
        if dtype is None:
            given = [
                convert_to_tensor(item).dtype.base_dtype if _is_tensor(item) else None for item in (start, limit, delta)
            ]
            guessed = [
                kind or (dtypes.float32 if isinstance(item, float) else dtypes.int32)
                for kind, item in zip(given, (start, limit, delta))
            ]
            dtype = max(guessed, key=order.index)
        dtype = dtypes.as_dtype(dtype)
        from .math_ops import cast

        inputs = [
            cast(item, dtype) if _is_tensor(item) else constant(item, dtype, name=label)
            for item, label in ((start, "start"), (limit, "limit"), (delta, "delta"))
        ]
        return add_op(get_default_graph(), op_def("Range"), scope, inputs, {}).outputs[0]


def linspace(start, stop, num, name=None):
    """`num` values from `start` to `stop`, both with them."""
    from .math_ops import add, cast, multiply, subtract, truediv

    with name_scope(name, "LinSpace", [start, stop]) as scope:
        start = convert_to_tensor(start, name="start")
        stop = convert_to_tensor(stop, start.dtype.base_dtype, "stop")
        places = cast(range(num), start.dtype)
        step = truediv(subtract(stop, start), builtins.max(int(num) - 1, 1) * 1.0)
        return add(start, multiply(places, step), name=scope)


lin_space = linspace


def reshape(tensor, shape, name=None):
    return apply_op("Reshape", name, [tensor, _shape_input(shape)]).outputs[0]


def _shape_input(value):
    """An empty list is a shape of integers too."""
    if isinstance(value, (list, tuple)) and not value:
        return np.zeros([0], np.int32)
    if isinstance(value, shapes.TensorShape):
        return np.array(value.as_list(), np.int32)
    return value


def expand_dims(input, axis=None, name=None, dim=None):
    return apply_op("ExpandDims", name, [input, dim if axis is None else axis]).outputs[0]


def squeeze(input, axis=None, name=None, squeeze_dims=None):
    axis = squeeze_dims if axis is None else axis
    axes = [] if axis is None else [axis] if isinstance(axis, numbers.Integral) else list(axis)
    return apply_op("Squeeze", name, [input], {"squeeze_dims": axes}).outputs[0]


def transpose(a, perm=None, name="transpose", conjugate=False):
    with name_scope(name, "transpose", [a]) as scope:
        a = convert_to_tensor(a, name="a")
        if perm is None:
            ndims = a.shape.ndims
            if ndims is not None:
                perm = np.arange(ndims - 1, -1, -1, dtype=np.int32)
            else:
                from .math_ops import subtract

                perm = subtract(subtract(rank(a), 1), range(0, rank(a), 1))
        return apply_op("Transpose", scope, [a, perm]).outputs[0]


def matrix_transpose(a, name="matrix_transpose"):
    with name_scope(name, "matrix_transpose", [a]) as scope:
        a = convert_to_tensor(a)
        ndims = a.shape.ndims
        if ndims is None:
            from .math_ops import subtract

            last = rank(a)
            order = concat([range(0, subtract(last, 2), 1), stack([subtract(last, 1), subtract(last, 2)])], 0)
        else:
            order = list(builtins.range(ndims - 2)) + [ndims - 1, ndims - 2]
        return transpose(a, order, scope)


def concat(values, axis, name="concat"):
    if isinstance(axis, (list, tuple)) or _is_tensor(axis) and not isinstance(values, (list, tuple)):
        values, axis = axis, values  # The order of arguments before 1.0.
    elif isinstance(values, numbers.Integral):
        values, axis = axis, values
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        return identity(values[0], name)
    return apply_op("ConcatV2", name, [values, axis], default_name="concat").outputs[0]


def pack_values(values, dtype, name):
    """A list that has tensors in it, as one tensor."""
    if dtype is None:
        dtype = _dtype_within(values)
    if any(isinstance(item, (list, tuple)) for item in values):
        values = [pack_values(item, dtype, name) if isinstance(item, (list, tuple)) else item for item in values]
    return apply_op("Pack", name, [list(values)], {"T": dtype} if dtype else {}, default_name=name).outputs[0]


def _dtype_within(values):
    for item in values:
        if _is_tensor(item):
            return item.dtype.base_dtype
        if isinstance(item, (list, tuple)):
            found = _dtype_within(item)
            if found is not None:
                return found
    return None


def stack(values, axis=0, name="stack"):
    return apply_op("Pack", name, [list(values)], {"axis": axis}, default_name="stack").outputs[0]


pack = stack


def unstack(value, num=None, axis=0, name="unstack"):
    x = convert_to_tensor(value)
    if num is None:
        dims = x.shape
        if dims.ndims is None or dims[axis].value is None:
            raise ValueError(f"Cannot infer argument `num` from shape {dims}")
        num = dims[axis].value
    return apply_op("Unpack", name, [x], {"num": num, "axis": axis}, default_name="unstack").outputs


unpack = unstack


def split(value, num_or_size_splits, axis=0, num=None, name="split", split_dim=None):
    if isinstance(value, numbers.Integral) and (_is_tensor(axis) or isinstance(axis, np.ndarray)):
        value, num_or_size_splits, axis = axis, num_or_size_splits, value  # The order of arguments before 1.0.
    axis = axis if split_dim is None else split_dim
    if isinstance(num_or_size_splits, numbers.Integral):
        operation = apply_op("Split", name, [axis, value], {"num_split": int(num_or_size_splits)}, default_name="split")
        return operation.outputs
    sizes = num_or_size_splits
    count = num if num is not None else (sizes.shape[0].value if _is_tensor(sizes) else len(sizes))
    return apply_op("SplitV", name, [value, sizes, axis], {"num_split": count}, default_name="split").outputs


def slice(input_, begin, size, name=None):
    return apply_op("Slice", name, [input_, begin, size]).outputs[0]


def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    begin = convert_to_tensor(begin, name="begin")
    strides = ones_like(begin) if strides is None else strides
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    return apply_op("StridedSlice", name, [input_, begin, end, strides], masks).outputs[0]


def slice_helper(tensor, key):
    """tensor[key], as NumPy understands basic indices and masks."""
    if isinstance(key, (bool, np.bool_)) or getattr(key, "dtype", None) in (np.bool_, dtypes.bool):
        return boolean_mask(tensor, key)
    keys = key if isinstance(key, tuple) else (key,)
    if sum(item is Ellipsis for item in keys) > 1:
        raise ValueError("Multiple ellipses are not allowed")
    begin, end, strides = [], [], []
    masks = dict.fromkeys(["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"], 0)
    for i, item in enumerate(keys):
        bit = 1 << i
        if isinstance(item, builtins.slice):
            begin.append(0 if item.start is None else item.start)
            end.append(0 if item.stop is None else item.stop)
            strides.append(1 if item.step is None else item.step)
            masks["begin_mask"] |= bit if item.start is None else 0
            masks["end_mask"] |= bit if item.stop is None else 0
        elif item is Ellipsis or item is None:
            begin.append(0)
            end.append(0 if item is Ellipsis else 0)
            strides.append(1)
            masks["ellipsis_mask" if item is Ellipsis else "new_axis_mask"] |= bit
        elif (
            isinstance(item, (numbers.Integral, shapes.Dimension)) or _is_tensor(item) and item.shape.ndims in (0, None)
        ):
            begin.append(item)
            end.append(item + 1)
            strides.append(1)
            masks["shrink_axis_mask"] |= bit
        else:
            raise TypeError(
                "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 "
                f"tensors are valid indices, got {item!r}"
            )
    with name_scope(None, "strided_slice", [tensor]) as scope:

        def packed(items, label):
            if any(_is_tensor(item) for item in items):
                return pack_values(items, None, label)
            return constant([int(item) for item in items], dtypes.int32, name=label)

        inputs = [tensor, packed(begin, "stack"), packed(end, "stack_1"), packed(strides, "stack_2")]
        return apply_op("StridedSlice", scope, inputs, masks).outputs[0]


def gather(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0):
    with name_scope(name, "GatherV2", [params, indices]) as scope:
        axis = batch_dims if axis is None else axis
        return apply_op("GatherV2", scope, [params, indices, axis], {"batch_dims": batch_dims}).outputs[0]


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    with name_scope(name, "one_hot", [indices]) as scope:
        wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        given = {
            label: convert_to_tensor(value, name=label, preferred_dtype=wanted)
            for label, value in (("on_value", on_value), ("off_value", off_value))
            if value is not None
        }
        for label, value in given.items():
            wanted = wanted or value.dtype.base_dtype
            if value.dtype.base_dtype is not wanted:
                other = "dtype parameter" if dtype is not None else f"{wanted.name}, that of on_value"
                raise TypeError(f"dtype {value.dtype.base_dtype.name} of {label} does not match {other}")
        wanted = wanted or dtypes.float32
        on = given.get("on_value", constant(1, wanted, name="on_value") if on_value is None else None)
        off = given.get("off_value", constant(0, wanted, name="off_value") if off_value is None else None)
        inputs = [indices, depth, on, off]
        return apply_op("OneHot", scope, inputs, {"axis": -1 if axis is None else axis, "T": wanted}).outputs[0]


def pad(tensor, paddings, mode="CONSTANT", name=None, constant_values=0):
    mode = mode.upper()
    if mode in ("REFLECT", "SYMMETRIC"):
        return apply_op("MirrorPad", name, [tensor, paddings], {"mode": mode}).outputs[0]
    if mode != "CONSTANT":
        raise ValueError(
            f"Value of argument `mode` expected to be one of 'CONSTANT', 'REFLECT' or 'SYMMETRIC', got '{mode}'."
        )
    if not _is_tensor(constant_values) and constant_values == 0:
        return apply_op("Pad", name, [tensor, paddings]).outputs[0]
    return apply_op("PadV2", name, [tensor, paddings, constant_values]).outputs[0]


def where(condition, x=None, y=None, name=None):
    if (x is None) != (y is None):
        raise ValueError("x and y must both be non-None or both be None.")
    if x is None:
        return apply_op("Where", name, [condition]).outputs[0]
    return apply_op("Select", name, [condition, x, y]).outputs[0]


def where_v2(condition, x=None, y=None, name=None):
    if x is None:
        return where(condition, name=name)
    return apply_op("SelectV2", name, [condition, x, y]).outputs[0]


def setdiff1d(x, y, index_dtype=dtypes.int32, name=None):
    return apply_op("ListDiff", name, [x, y], {"out_idx": index_dtype}).outputs


def boolean_mask(tensor, mask, name="boolean_mask", axis=None):
    """What of `tensor` lies where `mask`, which covers its dimensions from `axis` on, is true."""
    with name_scope(name, "boolean_mask", [tensor, mask]):
        tensor, mask = convert_to_tensor(tensor), convert_to_tensor(mask)
        mask_rank = mask.shape.ndims
        if mask_rank is None:
            raise ValueError("Number of mask dimensions must be specified, even if some dimensions are None.")
        if mask_rank == 0:
            raise ValueError("mask cannot be scalar.")
        axis = 0 if axis is None else int(axis)
        rank = tensor.shape.ndims
        if axis < 0:
            if rank is None:
                raise ValueError("boolean_mask: an axis from the end needs a tensor of known rank")
            axis += rank
        end = axis + mask_rank
        tensor.shape[axis:end].assert_is_compatible_with(mask.shape)
        known = [None] if rank is None else tensor.shape.as_list()
        outer = known[:axis] + known[end:]
        if None in outer or rank is None:
            sizes = shape(tensor)
            target = concat([sizes[:axis], [-1], sizes[end:]], 0)
        else:
            # Its size is told, not inferred: another dimension may be 0.
            masked = known[axis:end]
            count = -1 if None in masked else int(np.prod(masked, dtype=np.int64))
            target = known[:axis] + [count] + known[end:]
        indices = squeeze(where(reshape(mask, [-1])), axis=[1])
        return gather(reshape(tensor, target), indices, axis=axis)


def sequence_mask(lengths, maxlen=None, dtype=dtypes.bool, name=None):
    from .math_ops import cast, reduce_max

    with name_scope(name, "SequenceMask", [lengths]):
        lengths = convert_to_tensor(lengths)
        maxlen = reduce_max(lengths) if maxlen is None else maxlen
        row = range(constant(0, lengths.dtype), maxlen, constant(1, lengths.dtype), dtype=lengths.dtype)
        mask = generated.less(row, expand_dims(lengths, -1))
        return mask if dtypes.as_dtype(dtype) is dtypes.bool else cast(mask, dtype)


def meshgrid(*args, indexing="xy", name="meshgrid"):
    with name_scope(name, "meshgrid", args):
        tensors = [convert_to_tensor(value) for value in args]
        lengths = [t.shape[0].value for t in tensors]
        if None in lengths:
            lengths = stack([size(t) for t in tensors])
        grids = []
        for i, tensor in enumerate(tensors):
            dims = [1] * len(tensors)
            dims[i] = -1
            grids.append(generated.broadcast_to(reshape(tensor, dims), lengths))
        if indexing == "xy" and len(grids) > 1:
            order = [1, 0, *builtins.range(2, len(grids))]
            grids = [transpose(grid, order) for grid in grids]
        return grids


def broadcast_static_shape(shape_x, shape_y):
    return shapes.TensorShape(np.broadcast_shapes(tuple(shape_x.as_list()), tuple(shape_y.as_list())))
