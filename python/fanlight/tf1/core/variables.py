"""tf.Variable, and what is done with all variables of a graph."""

from fanlight import _engine

from . import dtypes, shapes
from .convert import apply_op, as_array, constant, convert_to_tensor
from .graph import GraphKeys, get_default_graph, name_scope


class _Kind:
    is_resource = False  # Where neither the call nor the scope of variables says.


def enable_resource_variables():
    """Variables are by handle from now on, where nothing else is asked for."""
    _Kind.is_resource = True


def disable_resource_variables():
    _Kind.is_resource = False


def resource_variables_enabled():
    return _Kind.is_resource


class VariableSynchronization:
    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation:
    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


def _scope_of_variables():
    from .variable_scope import get_variable_scope

    return get_variable_scope()


class Variable:
    """State of a session: nodes `name`, `name/Assign` and `name/read` in the graph."""

    def __init__(
        self,
        initial_value=None,
        trainable=None,
        collections=None,
        validate_shape=True,
        caching_device=None,
        name=None,
        variable_def=None,
        dtype=None,
        expected_shape=None,
        import_scope=None,
        constraint=None,
        use_resource=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
        shape=None,
        part=None,
    ):
        """`part` is the engine's word for a part of a partitioned variable: the whole's name, its shape, the offset."""
        if variable_def is not None:
            from .variable_messages import nodes_of

            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self.constraint = None
            self._adopt(nodes_of(variable_def, import_scope))
            return
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        collections = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
        trainable = trainable is not False
        if not trainable:
            collections = [key for key in collections if key != GraphKeys.TRAINABLE_VARIABLES]
        graph = get_default_graph()
        self.constraint = constraint
        if use_resource is None:
            use_resource = _scope_of_variables().use_resource
        if use_resource is None:
            use_resource = _Kind.is_resource
        from_function = callable(initial_value)
        with graph.control_dependencies(None), name_scope(name, "Variable", None) as scope:
            if from_function or use_resource:
                with name_scope("Initializer"), graph.device(None):
                    given = initial_value() if from_function else initial_value
                    initial = convert_to_tensor(given, dtype, "initial_value")
            else:
                initial = convert_to_tensor(initial_value, dtype, "initial_value")
            engine_keys = [key for key in collections if key != GraphKeys.TRAINABLE_VARIABLES]
            nodes = _engine.make_variable(
                graph, initial, scope, trainable, bool(validate_shape), bool(use_resource), engine_keys, part
            )
        self._adopt(nodes)
        if expected_shape is not None:
            self.shape.assert_is_compatible_with(shapes.as_shape(expected_shape))

    def _adopt(self, nodes):
        self._nodes = nodes
        self._is_resource = nodes.ref.dtype is dtypes.resource
        nodes.ref.graph.variables.setdefault(nodes.ref, self)

    def to_proto(self, export_scope=None):
        """The names of its nodes as a message, below a scope."""
        from .variable_messages import variable_def

        return variable_def(self, export_scope)

    @staticmethod
    def from_proto(variable_def, import_scope=None):
        """The variable of the default graph whose nodes a message names."""
        return Variable(variable_def=variable_def, import_scope=import_scope)

    # What it is.
    name = property(lambda self: self._nodes.ref.name)
    op = property(lambda self: self._nodes.ref.op)
    graph = property(lambda self: self._nodes.ref.graph)
    device = property(lambda self: self._nodes.ref.device)
    # tf.train.init_from_checkpoint puts others in its place.
    initializer = property(lambda self: self._own_initializer or self._nodes.initializer)
    _own_initializer = None
    trainable = property(lambda self: self._nodes.trainable)
    initial_value = property(lambda self: self._nodes.initial_value)
    shape = property(lambda self: self._nodes.value.shape)
    _shared_name = property(lambda self: self.op.name)

    @property
    def dtype(self):
        return self._nodes.value.dtype if self._is_resource else self._nodes.ref.dtype

    @property
    def handle(self):
        return self._nodes.ref

    def get_shape(self):
        return self.shape

    def set_shape(self, shape):
        self.shape.assert_is_compatible_with(shape)

    # Its value.
    def value(self):
        """By handle a new node, which reads after what the present control dependencies name."""
        if not self._is_resource:
            return self._nodes.value
        branch = self.graph.branch
        if branch is None or branch.waits:
            return apply_op("ReadVariableOp", None, [self._nodes.ref], {"dtype": self.dtype}).outputs[0]
        # Read outside of the branch: its gradient is to be 0 on the other side.
        with self.graph.control_dependencies(None):
            value = self.value()
        return branch.inside(value)

    def read_value(self):
        if not self._is_resource:
            return apply_op("Identity", "read_value", [self._nodes.ref]).outputs[0]
        with name_scope("Read"):
            value = self.value()
        return apply_op("Identity", None, [value]).outputs[0]

    def initialized_value(self):
        """Its value where it has one when this runs, else its initial value."""
        with self.graph.control_dependencies(None):
            return _engine.initialized_value(self.graph, self._nodes)

    def eval(self, session=None):
        return self._nodes.value.eval(session=session)

    def load(self, value, session=None):
        from .graph import _session_for

        _session_for(self._nodes.value, session, "execute operation").write_variable(
            self._nodes.ref, as_array(value, self.dtype)
        )

    def assign(self, value, use_locking=False, name=None, read_value=True):
        from . import state_ops

        return _read_or_not(state_ops.assign(self, value, use_locking=use_locking, name=name), read_value)

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        from . import state_ops

        return _read_or_not(state_ops.assign_add(self, delta, use_locking, name), read_value)

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        from . import state_ops

        return _read_or_not(state_ops.assign_sub(self, delta, use_locking, name), read_value)

    # Its elements.
    def count_up_to(self, limit):
        from . import state_ops

        return state_ops.count_up_to(self, limit)

    def sparse_read(self, indices, name=None):
        if not self._is_resource:
            return apply_op("GatherV2", name or "Gather", [self, indices, 0]).outputs[0]
        attrs = {"dtype": self.dtype}
        return apply_op("ResourceGather", name or "Gather", [self._nodes.ref, indices], attrs).outputs[0]

    def gather_nd(self, indices, name=None):
        return apply_op("GatherNd", name, [self, indices]).outputs[0]

    def _as_graph_tensor(self, as_ref=False):
        return self._nodes.ref if as_ref else self.value()

    def _as_graph_element(self):
        return self._nodes.value

    def _as_fetch(self):
        # By reference: what it holds when the run has ended.
        return self._nodes.value if self._is_resource else self._nodes.ref

    def _ref(self):
        return self._nodes.ref

    def ref(self):
        return self

    def deref(self):
        return self

    def __iter__(self):
        raise TypeError("'Variable' object is not iterable.")

    def __bool__(self):
        raise TypeError("Using a `tf.Variable` as a Python `bool` is not allowed: run it in a session first.")

    def __repr__(self):
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    __hash__ = object.__hash__
    __array_priority__ = 100

    class SaveSliceInfo:
        """Parts of partitioned variables: not made here."""


def _rows_method(name):
    """A method that takes rows as IndexedSlices."""

    def method(self, sparse_delta, use_locking=False, name=None):
        from . import state_ops
        from .indexed_slices import IndexedSlices

        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}")
        update = getattr(state_ops, method.__name__)
        return update(self, sparse_delta.indices, sparse_delta.values, use_locking, name)

    method.__name__ = name
    return method


def _slices_method(name):
    """A method that takes vectors of indices and slices."""

    def method(self, indices, updates, name=None):
        from . import state_ops

        return getattr(state_ops, method.__name__)(self, indices, updates, name=name)

    method.__name__ = name
    return method


for _name in (
    "scatter_update",
    "scatter_add",
    "scatter_sub",
    "scatter_mul",
    "scatter_div",
    "scatter_min",
    "scatter_max",
):
    setattr(Variable, _name, _rows_method(_name))
for _name in ("scatter_nd_update", "scatter_nd_add", "scatter_nd_sub"):
    setattr(Variable, _name, _slices_method(_name))
Variable.batch_scatter_update = _rows_method("batch_scatter_update")


class AssignedVariable(Variable):
    """A variable by handle after an assignment: its value is read when that is done."""

    def __init__(self, variable, operation):
        self._nodes, self._is_resource, self.constraint = variable._nodes, True, variable.constraint
        self._operation = operation
        self._element = self.value()

    op = property(lambda self: self._operation)
    name = property(lambda self: self._operation.name)

    def value(self):
        with self.graph.control_dependencies([self._operation]):
            return super().value()

    read_value = value

    def _as_graph_element(self):
        return self._element

    _as_fetch = _as_graph_element


def _read_or_not(assigned, read_value):
    return assigned if read_value else assigned.op


def variable_of(nodes):
    """The Variable of the engine's nodes: the one there is, or a new one for those that the engine made itself."""
    known = nodes.ref.graph.variables.get(nodes.ref)
    if known is None:
        known = Variable.__new__(Variable)
        known.constraint = None
        known._adopt(nodes)
    return known


def variable_nodes(value):
    if not isinstance(value, Variable):
        raise TypeError(f"Variable is expected, got {type(value).__name__}: {value!r}")
    return value._nodes


# All variables.
def global_variables(scope=None):
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


all_variables = global_variables


def local_variables(scope=None):
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def trainable_variables(scope=None):
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def model_variables(scope=None):
    return get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)


def moving_average_variables(scope=None):
    return get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list, name="init"):
    from .control_ops import group

    return group(*[variable.initializer for variable in var_list], name=name)


initialize_variables = variables_initializer


def global_variables_initializer():
    return variables_initializer(global_variables())


initialize_all_variables = global_variables_initializer


def local_variables_initializer():
    return variables_initializer(local_variables())


initialize_local_variables = local_variables_initializer


def tables_initializer(name="init_all_tables"):
    """Nothing: there are no tables of keys."""
    from .control_ops import no_op

    return no_op(name)


initialize_all_tables = tables_initializer


def is_variable_initialized(variable):
    if variable._is_resource:
        return apply_op("VarIsInitializedOp", None, [variable._nodes.ref]).outputs[0]
    return apply_op("IsVariableInitialized", None, [variable._nodes.ref], {}).outputs[0]


def report_uninitialized_variables(var_list=None, name="report_uninitialized_variables"):
    """The names of those that have no value yet."""
    from .array_ops import boolean_mask, stack
    from .generated import logical_not

    if var_list is None:
        var_list = global_variables() + local_variables()
    with name_scope(name):
        if not var_list:
            return constant([], dtypes.string, shape=[0])
        missing = logical_not(stack([is_variable_initialized(variable) for variable in var_list]))
        return boolean_mask(constant([variable.op.name for variable in var_list]), missing)


def assert_variables_initialized(var_list=None):
    from .control_ops import group

    var_list = global_variables() + local_variables() if var_list is None else var_list
    return group(*[variable.read_value() for variable in var_list], name="assert_variables_initialized")
