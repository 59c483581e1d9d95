"""Assignments to variables. By reference they give the variable's reference after it, by handle the variable so."""

from . import dtypes
from .convert import apply_op, convert_to_tensor
from .graph import Tensor
from .variables import AssignedVariable, Variable


def _assignment(op, ref, value, name, attrs, default_name):
    if isinstance(ref, Variable) and ref._is_resource or isinstance(ref, Tensor) and ref.dtype is dtypes.resource:
        handle = ref._nodes.ref if isinstance(ref, Variable) else ref
        dtype = ref.dtype.base_dtype if isinstance(ref, Variable) else None
        operation = apply_op(op + "VariableOp", name, [handle, convert_to_tensor(value, dtype)])
        return AssignedVariable(ref, operation) if isinstance(ref, Variable) else operation
    target = ref._nodes.ref if isinstance(ref, Variable) else ref
    if not isinstance(target, Tensor) or not target.dtype.is_ref:
        raise ValueError(f"{default_name}: {ref!r} is no variable")
    with target.graph.colocate_with(target):
        return apply_op(op, name, [target, value], attrs, default_name=default_name).outputs[0]


def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    attrs = {"validate_shape": validate_shape is not False, "use_locking": use_locking is not False}
    return _assignment("Assign", ref, value, name, attrs, "Assign")


def assign_add(ref, value, use_locking=None, name=None):
    return _assignment("AssignAdd", ref, value, name, {"use_locking": bool(use_locking)}, "AssignAdd")


def assign_sub(ref, value, use_locking=None, name=None):
    return _assignment("AssignSub", ref, value, name, {"use_locking": bool(use_locking)}, "AssignSub")


def _scatter(op, public):
    def function(ref, indices, updates, use_locking=True, name=None):
        if isinstance(ref, Variable) and ref._is_resource:
            rows = convert_to_tensor(updates, ref.dtype.base_dtype)
            return AssignedVariable(ref, apply_op("Resource" + op, name, [ref._nodes.ref, indices, rows]))
        return apply_op(op, name, [ref, indices, updates], {"use_locking": bool(use_locking)}).outputs[0]

    function.__name__ = function.__qualname__ = public
    return function


scatter_update = _scatter("ScatterUpdate", "scatter_update")
scatter_add = _scatter("ScatterAdd", "scatter_add")
scatter_sub = _scatter("ScatterSub", "scatter_sub")
scatter_mul = _scatter("ScatterMul", "scatter_mul")
scatter_div = _scatter("ScatterDiv", "scatter_div")
scatter_min = _scatter("ScatterMin", "scatter_min")
scatter_max = _scatter("ScatterMax", "scatter_max")
