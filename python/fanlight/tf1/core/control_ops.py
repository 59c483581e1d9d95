"""Order without data: nodes that wait for others."""

import builtins

from fanlight import _engine

from .convert import apply_op, convert_to_tensor
from .graph import Operation, Tensor, get_default_graph, name_scope
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


def Assert(condition, data, summarize=3, name=None):
    operation = apply_op(
        "Assert", name, [condition, [convert_to_tensor(item) for item in data]], {"summarize": summarize}
    )
    return operation


def _assertion(compare, text):
    def function(x, y=0, data=None, summarize=3, message=None, name=None):
        from . import generated
        from .math_ops import reduce_all

        x = convert_to_tensor(x)
        y = convert_to_tensor(y, x.dtype.base_dtype) if not isinstance(y, Tensor) else y
        holds = reduce_all(getattr(generated, compare)(x, y))
        return Assert(holds, data or [message or text, x, y], summarize, name)

    return function


assert_equal = _assertion("equal", "Condition x == y did not hold element-wise:")
assert_greater = _assertion("greater", "Condition x > y did not hold element-wise:")
assert_greater_equal = _assertion("greater_equal", "Condition x >= y did not hold element-wise:")
assert_less = _assertion("less", "Condition x < y did not hold element-wise:")
assert_less_equal = _assertion("less_equal", "Condition x <= y did not hold element-wise:")
assert_positive = _assertion("greater", "Condition x > 0 did not hold element-wise:")
assert_non_negative = _assertion("greater_equal", "Condition x >= 0 did not hold element-wise:")


def cond(pred, true_fn=None, false_fn=None, strict=False, name=None, fn1=None, fn2=None):
    """Both branches are computed and one is taken, which is exact where they have no effects; others are refused."""
    from .array_ops import where_v2

    true_fn, false_fn = true_fn or fn1, false_fn or fn2
    graph = get_default_graph()
    if isinstance(pred, bool):
        return true_fn() if pred else false_fn()
    with name_scope(name, "cond", [pred]):
        before = graph.node_count
        taken, other = true_fn(), false_fn()
        new = graph.get_operations()[before:]
        for operation in new:
            if operation.type.startswith(("Assign", "Apply", "Scatter", "Print", "Assert")):
                raise NotImplementedError(
                    f"tf.cond: {operation.name} ({operation.type}) has an effect, and the engine runs both branches; "
                    "use tf.where on the value that is assigned"
                )
        return _choose(convert_to_tensor(pred), taken, other, where_v2)


def _choose(pred, taken, other, choose):
    if isinstance(taken, (list, builtins.tuple)):
        return type(taken)(_choose(pred, a, b, choose) for a, b in zip(taken, other))
    return choose(pred, convert_to_tensor(taken), convert_to_tensor(other))
