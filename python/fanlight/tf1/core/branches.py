"""tf.cond and tf.case: nodes that run only where a predicate holds, between Switch and Merge."""

import builtins

from . import dtypes
from .control_ops import with_dependencies
from .convert import apply_op, convert_to_tensor
from .graph import Operation, control_dependencies, get_default_graph, name_scope


class _Branch:
    """One side of a cond while its nodes are made.

    Each of them waits for the pivot, which has a value only where the branch is taken. A tensor from outside comes in
    by a Switch, so that its gradient is 0 on the other side; references and handles of variables come in as they are.
    """

    def __init__(self, graph, predicate, side, pivot):
        self.graph, self.predicate, self.side, self.pivot = graph, predicate, side, pivot
        self.first = graph.node_count
        self.outer = graph.branch
        self.waits = 0  # Scopes of control dependencies that are open in it.
        self._outside = []  # Nodes that were made meanwhile but do not belong to it, as (first, end).
        self._inside = {}
        self._switched = {pivot}

    def __enter__(self):
        self.graph.branch = self
        self._scope = control_dependencies([self.pivot])
        self._scope.__enter__()
        self.waits = 0
        return self

    def __exit__(self, *_):
        self._scope.__exit__()
        self.graph.branch = self.outer

    def leave_out(self, first, end):
        self._outside.append((first, end))
        if self.outer is not None:
            self.outer.leave_out(first, end)

    def _is_own(self, tensor):
        number = tensor.op.node_id
        if number < self.first or any(first <= number < end for first, end in self._outside):
            return tensor in self._switched
        return True

    def inside(self, tensor):
        """The tensor as nodes of the branch take it."""
        if tensor.dtype.is_ref or tensor.dtype is dtypes.resource or self._is_own(tensor):
            return tensor
        if tensor not in self._inside:
            source = tensor if self.outer is None else self.outer.inside(tensor)
            with control_dependencies(None):
                self._inside[tensor] = apply_op("Switch", None, [source, self.predicate]).outputs[self.side]
            self._switched.add(self._inside[tensor])
        return self._inside[tensor]

    def result(self, value):
        """What a function gave, as a tensor that has a value only where the branch is taken."""
        if isinstance(value, Operation):
            return with_dependencies([value], self.pivot)
        tensor = convert_to_tensor(value)
        # A variable comes in as it is, and goes out by its value.
        is_variable = tensor.dtype.is_ref or tensor.dtype is dtypes.resource
        return tensor if self._is_own(tensor) or not is_variable else apply_op("Identity", None, [tensor]).outputs[0]


def _flat(value):
    """The leaves of lists, tuples and dicts."""
    if isinstance(value, (list, builtins.tuple)):
        return [leaf for item in value for leaf in _flat(item)]
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in _flat(value[key])]
    return [value]


def _like(structure, leaves):
    """`structure` with these leaves, an iterator, in place of its own."""
    if isinstance(structure, builtins.tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(_like(item, leaves) for item in structure))
    if isinstance(structure, (list, builtins.tuple)):
        return type(structure)([_like(item, leaves) for item in structure])
    if isinstance(structure, dict):
        made = {key: _like(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, made[key]) for key in structure)
    return next(leaves)


def _run(branch, function, name):
    with branch:
        value = function()
        if value is None:
            raise ValueError(f"{name} must have a return value.")
        return value, [branch.result(leaf) for leaf in _flat(value)]


def cond(pred, true_fn=None, false_fn=None, strict=False, name=None, fn1=None, fn2=None):
    """What `true_fn` or `false_fn` gives: only the nodes of the one that is taken run."""
    true_fn, false_fn = true_fn or fn1, false_fn or fn2
    for function, what in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(function):
            raise TypeError(f"'{what}' must be callable.")
    if isinstance(pred, bool):
        raise TypeError("'pred' must not be a Python bool.")
    graph = get_default_graph()
    with name_scope(name, "cond", [pred]):
        pred = convert_to_tensor(pred, dtypes.bool)
        sides = apply_op("Switch", None, [pred, pred]).outputs
        pivots = [
            apply_op("Identity", label, [sides[side]]).outputs[0] for side, label in ((1, "switch_t"), (0, "switch_f"))
        ]
        predicate = apply_op("Identity", "pred_id", [pred]).outputs[0]
        taken, ours = _run(_Branch(graph, predicate, 1, pivots[0]), true_fn, "true_fn")
        other, theirs = _run(_Branch(graph, predicate, 0, pivots[1]), false_fn, "false_fn")
        if len(ours) != len(theirs):
            raise ValueError(
                f"Incompatible return values of true_fn and false_fn: {len(ours)} and {len(theirs)} values: {taken}, "
                f"{other}"
            )
        for a, b in zip(ours, theirs):
            if a.dtype.base_dtype is not b.dtype.base_dtype:
                raise TypeError(
                    f"Outputs of true_fn and false_fn must have the same type(s). Received {a.dtype.name} from true_fn "
                    f"and {b.dtype.name} from false_fn."
                )
        merges = [apply_op("Merge", None, [[b, a]]).outputs[0] for a, b in zip(ours, theirs)]
    is_single = isinstance(taken, (list, builtins.tuple)) and len(taken) == 1 and not strict
    return merges[0] if is_single and len(merges) == 1 else _like(taken, iter(merges))


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """What the function beside the first predicate that holds gives, or `default`."""
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    if not pairs:
        raise ValueError("case: there are no pairs of a predicate and a function")
    for _, function in pairs:
        if not callable(function):
            raise TypeError("fn for pred must be callable.")
    with name_scope(name, "case"):
        if exclusive:
            holds = _at_most_one([pred for pred, _ in pairs], default is None)
            with control_dependencies([holds]):
                pairs = [(apply_op("Identity", None, [pred]).outputs[0], function) for pred, function in pairs]
        elif default is None:
            holds = _any([pred for pred, _ in pairs])
            with control_dependencies([holds]):
                pairs = [(apply_op("Identity", None, [pred]).outputs[0], function) for pred, function in pairs]
        last = default
        if last is None:
            last = pairs.pop()[1]
        for pred, function in reversed(pairs):
            last = _chosen(pred, function, last, strict)
        return last()


def _chosen(pred, function, otherwise, strict):
    return lambda: cond(pred, function, otherwise, strict=strict)


def _count(predicates):
    from .array_ops import stack
    from .math_ops import cast, reduce_sum

    return reduce_sum(cast(stack(predicates), dtypes.int32))


def _at_most_one(predicates, wants_one):
    from .assertions import Assert
    from .generated import equal, less

    count = _count(predicates)
    holds = equal(count, 1) if wants_one else less(count, 2)
    return Assert(holds, ["Input error: exclusive=True: more than 1 conditions may not be True", count])


def _any(predicates):
    from .assertions import Assert
    from .generated import less

    count = _count(predicates)
    return Assert(less(0, count), ["None of the conditions is True, and there is no default", count])
