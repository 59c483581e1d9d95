"""Order without data: nodes that wait for others."""

import builtins

from fanlight import _engine

from .convert import apply_op, convert_to_tensor
from .graph import Operation, get_default_graph, name_scope
from .graph import _operation_of as operation_of
from .indexed_slices import values_of, with_values


def no_op(name=None):
    return apply_op("NoOp", name, [])


def group(*inputs, name=None, **kwargs):
    """An operation that ends when all of these have."""
    operations = []

    def add(items):
        for item in items:
            if isinstance(item, (list, builtins.tuple)):
                add(item)
            elif isinstance(item, dict):
                add(item.values())
            else:
                operations.append(operation_of(item))

    add(inputs)
    graph = get_default_graph()
    if not operations:
        return no_op(name or "group_deps")
    for operation in operations:
        if operation.graph is not graph:
            raise ValueError(f"Operation {operation.name} must be from the same graph as the default one.")
    return _engine.group(graph, operations, name or "group_deps")


def tuple(tensors, name=None, control_inputs=None):
    """The tensors, each available only when all are."""
    graph = get_default_graph()
    with graph.control_dependencies(control_inputs or []):
        values = [t if t is None or isinstance(t, Operation) else values_of(t) for t in tensors]
        gated = _engine.tuple(graph, values, name or "tuple")
    return [None if value is None else with_values(t, value) for t, value in zip(tensors, gated)]


def with_dependencies(dependencies, output_tensor, name=None):
    with name_scope(name, "control_dependency", [output_tensor]) as scope:
        with get_default_graph().control_dependencies(dependencies):
            return apply_op("Identity", scope, [output_tensor]).outputs[0]


def Print(input_, data, message="", first_n=-1, summarize=3, name=None):
    attrs = {"message": message, "first_n": first_n, "summarize": summarize}
    return apply_op("Print", name, [input_, [convert_to_tensor(item) for item in data]], attrs).outputs[0]


def verify_tensor_all_finite(t=None, msg=None, name=None, x=None, message=None):
    """The tensor; a run fails where it has a NaN or an infinity."""
    with name_scope(name, "VerifyFinite", [t, x]):
        tensor = convert_to_tensor(t if x is None else x, name="t")
        with get_default_graph().colocate_with(tensor):
            text = message if msg is None else msg
            check = apply_op("CheckNumerics", None, [tensor], {"message": text or "Tensor had inf or nan values"})
            return with_dependencies([check], tensor)


def add_check_numerics_ops():
    """An operation that fails at the first tensor, in the order of the graph, with a NaN or an infinity."""
    graph = get_default_graph()
    checks = []
    for operation in graph.get_operations():
        for output in operation.outputs:
            if output.dtype.name not in ("float16", "float32", "float64"):
                continue
            with graph.control_dependencies(checks):
                message = f"{operation.name}:{output.value_index}"
                checks = [apply_op("CheckNumerics", None, [output], {"message": message})]
    return group(*checks)
