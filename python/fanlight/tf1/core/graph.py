"""Graphs, the stack of default ones, and the scopes that nodes are made in."""

import contextlib
import re
import threading

from fanlight import _engine

from . import dtypes, shapes

Tensor = _engine.Tensor
Operation = _engine.Operation

_SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\-/\\>]*$")


class GraphKeys:
    """The names of a graph's collections."""

    GLOBAL_VARIABLES = VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    SUMMARIES = "summaries"
    QUEUE_RUNNERS = "queue_runners"
    TABLE_INITIALIZERS = "table_initializer"
    ASSET_FILEPATHS = "asset_filepaths"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    REGULARIZATION_LOSSES = "regularization_losses"
    CONCATENATED_VARIABLES = "concatenated_variables"
    SAVERS = "savers"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    UPDATE_OPS = "update_ops"
    LOSSES = "losses"
    SAVEABLE_OBJECTS = "saveable_objects"
    RESOURCES = "resources"
    LOCAL_RESOURCES = "local_resources"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    READY_OP = "ready_op"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    SUMMARY_OP = "summary_op"
    GLOBAL_STEP = "global_step"
    EVAL_STEP = "eval_step"
    TRAIN_OP = "train_op"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"


class _Stack(threading.local):
    """What is the default on this thread: graphs and sessions, the innermost last."""

    def __init__(self):
        self.graphs = []
        self.sessions = []


stack = _Stack()


class _Default:
    """The graph outside every `as_default`, one for the process."""

    graph = None


class _Scope:
    """A scope of the engine's, open between enter and exit."""

    __slots__ = ("graph", "enter", "value")

    def __init__(self, graph, enter):
        self.graph = graph
        self.enter = enter

    def __enter__(self):
        self.value = self.enter()
        return self.value

    def __exit__(self, *_):
        self.graph.exit_scope()


class _Controls(_Scope):
    """A scope of control dependencies; of None it ends the branch of a cond, too, as long as it lasts."""

    __slots__ = ("is_none", "branch", "first")

    def __init__(self, graph, enter, is_none):
        super().__init__(graph, enter)
        self.is_none = is_none

    def __enter__(self):
        self.branch = self.graph.branch
        if self.is_none:
            self.graph.branch, self.first = None, self.graph.node_count
        elif self.branch is not None:
            self.branch.waits += 1
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        if self.is_none:
            self.graph.branch = self.branch
            if self.branch is not None:
                self.branch.leave_out(self.first, self.graph.node_count)
        elif self.branch is not None:
            self.branch.waits -= 1


class Graph(_engine.Graph):
    """tf.Graph. The engine keeps nodes, names and scopes; collections of what only Python knows are kept here."""

    building_function = False

    def __init__(self):
        super().__init__()
        self.variables = {}  # By their reference.
        self.functions = []  # Of the program's, which nodes call.
        self.seed = None
        self.branch = None  # The side of a cond whose nodes are being made.
        self._lists = {}  # Key → (list, how many of the engine's items are in it).
        self._variable_scopes = None

    # Default graph.
    @contextlib.contextmanager
    def as_default(self):
        stack.graphs.append(self)
        try:
            yield self
        finally:
            stack.graphs.remove(self)

    def finalize(self):
        self.finalized = True

    def _unsafe_unfinalize(self):
        self.finalized = False

    def _check_not_finalized(self):
        """Of collections, which the engine lets change; it refuses nodes itself."""
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    # Scopes.
    def name_scope(self, name):
        if name and not _SCOPE_NAME.match(name):
            raise ValueError(f"'{name}' is not a valid scope name")

        def enter():
            scope = self.enter_name_scope(name or "")
            return scope + "/" if scope else ""

        return _Scope(self, enter)

    def control_dependencies(self, control_inputs):
        if control_inputs is None:
            return _Controls(self, self.enter_no_control, True)
        operations = [_operation_of(item) for item in control_inputs]
        return _Controls(self, lambda: self.enter_control(operations), False)

    def device(self, device_name_or_function):
        device = device_name_or_function
        if device is None:
            return _Scope(self, self.enter_no_device)
        if callable(device):
            return _Scope(self, lambda: self.enter_device_function(lambda op: str(device(op) or "")))
        return _Scope(self, lambda: self.enter_device(str(device)))

    def colocate_with(self, op, ignore_existing=False):
        tensor = None if op is None else _tensor_of(op)
        return _Scope(self, lambda: self.enter_colocation(tensor))

    def get_name_scope(self):
        return self.scope_name

    def unique_name(self, name, mark_as_used=True):
        return self.make_unique(name)

    @contextlib.contextmanager
    def container(self, container_name):
        yield container_name

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map):
        raise NotImplementedError("Graph.gradient_override_map: gradients are the engine's own; use tf.stop_gradient")
        yield

    # Elements.
    def get_operation_by_name(self, name):
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        operation = self.find_operation(name)
        if operation is None and ":" in name:
            raise ValueError(f"The name '{name}' appears to refer to a Tensor, not a Operation.")
        if operation is None:
            raise KeyError(f"The name '{name}' refers to an Operation not in the graph.")
        return operation

    def get_tensor_by_name(self, name):
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        node, colon, index = name.rpartition(":")
        if not colon or not index.isdigit():
            raise ValueError(
                f"The name '{name}' looks like an (invalid) Operation name, not a Tensor. "
                'Tensor names must be of the form "<op_name>:<output_index>".'
            )
        operation = self.find_operation(node)
        if operation is None:
            raise KeyError(
                f"The name '{name}' refers to a Tensor which does not exist. The operation, '{node}', does not exist "
                "in the graph."
            )
        outputs = operation.outputs
        if int(index) >= len(outputs):
            raise KeyError(
                f"The name '{name}' refers to a Tensor which does not exist. The operation, '{node}', exists but only "
                f"has {len(outputs)} outputs."
            )
        return outputs[int(index)]

    def as_graph_element(self, obj, allow_tensor=True, allow_operation=True):
        """What `obj`, an element, a variable or a name, stands for in this graph."""
        found = obj
        if isinstance(obj, str):
            found = self.get_tensor_by_name(obj) if ":" in obj and allow_tensor else self.get_operation_by_name(obj)
        elif hasattr(obj, "_as_graph_element"):
            found = obj._as_graph_element()
        allowed = (Tensor,) * allow_tensor + (Operation,) * allow_operation
        if not isinstance(found, allowed):
            kinds = " or ".join(kind.__name__ for kind in allowed)
            raise TypeError(f"Can not convert a {type(obj).__name__} into a {kinds}.")
        if found.graph is not self:
            raise ValueError(f"{type(found).__name__} {obj} is not an element of this graph.")
        return found

    def is_feedable(self, tensor):
        return not tensor.dtype.is_ref

    def is_fetchable(self, tensor_or_op):
        return True

    def prevent_feeding(self, tensor):
        """Nothing: what is fed is what a run uses."""

    @property
    def version(self):
        return self.node_count

    _last_id = version

    # Collections.
    def get_collection_ref(self, name):
        items, taken = self._lists.get(name, ([], 0))
        new = self.collection(name, taken)
        items.extend(self._as_python(item) for item in new)
        self._lists[name] = (items, taken + len(new))
        return items

    def get_collection(self, name, scope=None):
        items = self.get_collection_ref(name)
        if scope is None:
            return list(items)
        pattern = re.compile(scope)
        return [item for item in items if hasattr(item, "name") and pattern.match(item.name)]

    def add_to_collection(self, name, value):
        self._check_not_finalized()
        items = self.get_collection_ref(name)
        if self.collect(name, getattr(value, "_nodes", value)):
            self._lists[name] = (items, self._lists[name][1] + 1)
        items.append(value)

    def add_to_collections(self, names, value):
        for name in (names,) if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def clear_collection(self, name):
        self._check_not_finalized()
        del self.get_collection_ref(name)[:]

    def tell_collections(self):
        """Lets the engine know what programs have done to the lists that they were given, before it writes them."""
        for name in list(self._lists):
            items = self.get_collection_ref(name)
            kept = self.set_collection(name, [getattr(item, "_nodes", item) for item in items])
            self._lists[name] = (items, kept)

    def get_all_collection_keys(self):
        return sorted({*self.collection_keys(), *(key for key, (items, _) in self._lists.items() if items)}, key=str)

    @property
    def collections(self):
        return self.get_all_collection_keys()

    def _as_python(self, item):
        if isinstance(item, _engine.VariableNodes):
            from .variables import variable_of

            return variable_of(item)
        return item

    # Messages.
    def as_graph_def(self, from_version=None, add_shapes=False):
        from .messages import GraphDef

        return GraphDef(self.graph_def_bytes(add_shapes))


def _tensor_of(op):
    if isinstance(op, Operation):
        return op.outputs[0]
    return op._as_graph_element() if hasattr(op, "_as_graph_element") else op


def _operation_of(item):
    if isinstance(item, Operation):
        return item
    if isinstance(item, Tensor):
        return item.op
    if hasattr(item, "_as_graph_element"):
        return _operation_of(item._as_graph_element())
    raise TypeError(f"Control input must be an Operation, a Tensor, or IndexedSlices: {item}")


def get_default_graph():
    if stack.graphs:
        return stack.graphs[-1]
    if _Default.graph is None:
        _Default.graph = Graph()
    return _Default.graph


def reset_default_graph():
    if stack.graphs:
        raise AssertionError("Do not use tf.reset_default_graph() to clear nested graphs.")
    _Default.graph = Graph()


class name_scope:
    """tf.name_scope: puts a name before those of the nodes made in it. With `values` in the values' graph."""

    def __init__(self, name, default_name=None, values=None):
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name for name_scope must be a string, got {name!r}.")
        self.name = default_name if name is None else name
        self.graph = None
        for value in values or ():
            if isinstance(value, (Tensor, Operation)):
                self.graph = value.graph
                break

    def __enter__(self):
        graph = self.graph or get_default_graph()
        self.scope = graph.name_scope(self.name)
        return self.scope.__enter__()

    def __exit__(self, *_):
        self.scope.__exit__()


@contextlib.contextmanager
def op_scope(values, name, default_name=None):
    """The old form of name_scope."""
    with name_scope(name, default_name, values) as scope:
        yield scope


def control_dependencies(control_inputs):
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function):
    return get_default_graph().device(device_name_or_function)


def colocate_with(op, ignore_existing=False):
    return get_default_graph().colocate_with(op, ignore_existing)


def container(container_name):
    return get_default_graph().container(container_name)


def get_collection(key, scope=None):
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key):
    return get_default_graph().get_collection_ref(key)


def add_to_collection(name, value):
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names, value):
    get_default_graph().add_to_collections(names, value)


def set_random_seed(seed):
    graph = get_default_graph()
    graph.seed = seed
    graph.set_random_seed(seed)


def get_seed(op_seed):
    first, second = get_default_graph().next_seeds(op_seed)
    return (None, None) if first == second == 0 else (first, second)


def _node_def(self):
    from .messages import NodeDef

    return NodeDef(self.node_def_bytes())


def _no_array(self, *_, **__):
    raise NotImplementedError(
        f"Cannot convert a symbolic tf.Tensor ({self.name}) to a numpy array. Run it in a session to have its value."
    )


# What tensors and operations can do beside what the engine knows of them. Operators: math_ops.py.
def _eval(self, feed_dict=None, session=None):
    return _session_for(self, session, "evaluate tensor").run(self, feed_dict)


def _run(self, feed_dict=None, session=None):
    _session_for(self, session, "execute operation").run(self, feed_dict)


def _session_for(element, session, what):
    if session is None:
        if not stack.sessions:
            raise ValueError(
                f"Cannot {what} using `{'eval' if 'tensor' in what else 'run'}()`: No default session is registered. "
                "Use `with sess.as_default()` or pass an explicit session to it."
            )
        session = stack.sessions[-1]
    if session.graph is not element.graph:
        raise ValueError(f"Cannot use the default session to {what}: it belongs to another graph.")
    return session


def _set_shape(self, shape):
    """Programs tell shapes that are not inferred: what is built from now on knows them, and a run checks them."""
    merged = self.shape.merge_with(shape)
    if merged.ndims is not None:
        self.set_dims(merged.as_list())


def _assign(self, value, name=None):
    from .state_ops import assign_to_slice

    return assign_to_slice(self, value, name)


def _consumers(self):
    return [op for op in self.graph.get_operations() if self in op.input_list]


def _describe_tensor(self):
    shape = f", shape={self.shape}" if self.dims is not None else ", shape=<unknown>"
    return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name})'


def _no_truth(self):
    raise TypeError(
        "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` instead of `if t:` to test if "
        "a tensor is defined, and tf.where or tf.cond for what depends on its value."
    )


def _no_iteration(self):
    dims = self.dims
    if dims is None or not dims or dims[0] is None:
        raise TypeError("Tensor objects are only iterable when their first dimension is known.")
    return iter([self[i] for i in range(dims[0])])


def _no_length(self):
    raise TypeError(
        f"len is not well defined for a symbolic Tensor. ({self.name}) Please call `x.shape` rather than `len(x)`"
    )


Tensor.dtype = property(lambda self: dtypes.BY_NUMBER[self.dtype_number])
Tensor.shape = property(lambda self: shapes.TensorShape(self.dims))
Tensor.get_shape = lambda self: shapes.TensorShape(self.dims)
Tensor.set_shape = _set_shape
Tensor.device = property(lambda self: self.op.device)
Tensor.assign = _assign
Tensor.consumers = _consumers
Tensor.eval = _eval
Tensor.__repr__ = lambda self: f"<tf.Tensor '{self.name}' shape={self.shape} dtype={self.dtype.name}>"
Tensor.__str__ = _describe_tensor
Tensor.__bool__ = Tensor.__nonzero__ = _no_truth
Tensor.__iter__ = _no_iteration
Tensor.__len__ = _no_length
Tensor.__array_priority__ = 100
Tensor.__array__ = _no_array
Operation.run = _run
Operation.node_def = property(_node_def)
Operation.inputs = property(lambda self: self.input_list)
Operation.values = lambda self: tuple(self.outputs)
Operation.__repr__ = lambda self: f"<tf.Operation '{self.name}' type={self.type}>"
Operation.__str__ = lambda self: f"name: {self.name!r}\nop: {self.type!r}\n"


def _get_attr(self, name):
    if name not in self.attr_names():
        raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
    value = self.attr(name)
    return dtypes.BY_NUMBER[value] if name in ("T", "dtype", "SrcT", "DstT", "Tidx") else value


def _colocation_groups(self):
    """The nodes that this one is placed with, or itself."""
    return [name if isinstance(name, bytes) else name.encode() for name in self.attr("_class") or [f"loc:@{self.name}"]]


def _node_def(self):
    from .messages import NodeDef

    return NodeDef.of_operation(self)


Operation.get_attr = _get_attr
Operation.colocation_groups = _colocation_groups
Operation.node_def = property(_node_def)
