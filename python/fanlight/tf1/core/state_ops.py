"""Assignments to variables. By reference they give the variable's reference after it, by handle the variable so."""

import contextlib

from . import dtypes
from .convert import apply_op, convert_to_tensor
from .graph import Tensor, name_scope
from .variables import AssignedVariable, Variable


def _after(ref):
    """The scope of what is assigned to `ref`: where that stands for an assignment, after it."""
    if isinstance(ref, AssignedVariable):
        return ref.graph.control_dependencies([ref.op])
    return contextlib.nullcontext()


def _assignment(op, ref, value, name, attrs, default_name):
    if isinstance(ref, Variable) and ref._is_resource or isinstance(ref, Tensor) and ref.dtype is dtypes.resource:
        handle = ref._nodes.ref if isinstance(ref, Variable) else ref
        dtype = ref.dtype.base_dtype if isinstance(ref, Variable) else None
        with _after(ref):
            operation = apply_op(op + "VariableOp", name, [handle, convert_to_tensor(value, dtype)])
        return AssignedVariable(ref, operation) if isinstance(ref, Variable) else operation
    target = ref._nodes.ref if isinstance(ref, Variable) else ref
    if not isinstance(target, Tensor) or not target.dtype.is_ref:
        raise ValueError(f"{default_name}: {ref!r} is no variable")
    with target.graph.colocate_with(target):
        return apply_op(op, name, [target, value], attrs, default_name=default_name).outputs[0]


def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    if isinstance(ref, Tensor) and ref.op.type == "StridedSlice":
        return assign_to_slice(ref, value, name)
    attrs = {"validate_shape": validate_shape is not False, "use_locking": use_locking is not False}
    return _assignment("Assign", ref, value, name, attrs, "Assign")


def assign_add(ref, value, use_locking=None, name=None):
    return _assignment("AssignAdd", ref, value, name, {"use_locking": bool(use_locking)}, "AssignAdd")


def assign_sub(ref, value, use_locking=None, name=None):
    return _assignment("AssignSub", ref, value, name, {"use_locking": bool(use_locking)}, "AssignSub")


def _row_update(op, public, use_locking):
    """A function of a variable, indices and updates: by handle the op's form for that."""

    def function(ref, indices, updates, use_locking=use_locking, name=None):
        if isinstance(ref, Variable) and ref._is_resource:
            with _after(ref):
                rows = convert_to_tensor(updates, ref.dtype.base_dtype)
                return AssignedVariable(ref, apply_op("Resource" + op, name, [ref._nodes.ref, indices, rows]))
        return apply_op(op, name, [ref, indices, updates], {"use_locking": bool(use_locking)}).outputs[0]

    function.__name__ = function.__qualname__ = public
    return function


scatter_update = _row_update("ScatterUpdate", "scatter_update", True)
scatter_add = _row_update("ScatterAdd", "scatter_add", False)
scatter_sub = _row_update("ScatterSub", "scatter_sub", False)
scatter_mul = _row_update("ScatterMul", "scatter_mul", False)
scatter_div = _row_update("ScatterDiv", "scatter_div", False)
scatter_min = _row_update("ScatterMin", "scatter_min", False)
scatter_max = _row_update("ScatterMax", "scatter_max", False)
scatter_nd_update = _row_update("ScatterNdUpdate", "scatter_nd_update", True)
scatter_nd_add = _row_update("ScatterNdAdd", "scatter_nd_add", False)
scatter_nd_sub = _row_update("ScatterNdSub", "scatter_nd_sub", False)


def batch_scatter_update(ref, indices, updates, use_locking=True, name=None):
    """For each row of a batch, other elements of that row: scatter_nd_update with the rows' own numbers."""
    from .array_ops import concat, meshgrid, stack
    from .array_ops import range as numbers

    with name_scope(name, "batch_scatter_update"):
        indices = convert_to_tensor(indices, name="indices")
        dims = indices.shape.as_list()
        grid = meshgrid(*[numbers(size, dtype=indices.dtype) for size in dims], indexing="ij")
        places = stack([*grid[:-1], indices], axis=-1) if len(dims) > 1 else concat([indices[..., None]], -1)
        return scatter_nd_update(ref, places, updates, use_locking)


def count_up_to(ref, limit, name=None):
    handle = ref._nodes.ref if isinstance(ref, Variable) else ref
    if isinstance(ref, Variable) and ref._is_resource:
        return apply_op("ResourceCountUpTo", name, [handle], {"limit": limit, "T": ref.dtype.base_dtype}).outputs[0]
    return apply_op("CountUpTo", name, [handle], {"limit": limit}).outputs[0]


def assign_to_slice(taken, value, name=None):
    """v[begin:end].assign(value): of a slice of a variable, the same slice of the variable is changed."""
    source = taken.op.inputs[0].op.inputs if taken.op.type == "StridedSlice" else ()
    variable = taken.graph.variables.get(source[0]) if source else None
    if variable is None:
        raise ValueError("Sliced assignment is only supported for variables")
    return _slice_assignment(variable, taken.op, value, name or f"{taken.op.name}/_assign/")


def _slice_assignment(variable, taken, value, name):
    """The elements of `variable` that the StridedSlice `taken` takes become `value`."""
    masks = {key: taken.get_attr(key) for key in taken.attr_names() if key.endswith("_mask")}
    inputs = [variable._nodes.ref, *taken.inputs[1:], convert_to_tensor(value, variable.dtype.base_dtype)]
    with variable.graph.name_scope(None):
        if variable._is_resource:
            return AssignedVariable(variable, apply_op("ResourceStridedSliceAssign", name, inputs, masks))
        return apply_op("StridedSliceAssign", name, inputs, masks).outputs[0]
