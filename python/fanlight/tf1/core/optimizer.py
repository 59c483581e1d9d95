"""tf.train.Optimizer: what every optimizer has, for those of the engine and for a program's own."""

from fanlight import _engine

from . import dtypes
from .control_ops import group, operation_of
from .control_ops import tuple as gated
from .convert import convert_to_tensor
from .graph import Tensor, colocate_with, control_dependencies, get_default_graph
from .indexed_slices import IndexedSlices, for_engine, gradients_of
from .variable_scope import get_variable_scope
from .variables import Variable, trainable_variables, variable_nodes, variable_of


def _key(variable):
    return variable_nodes(variable).ref


def make_slot(of, initializer, name, shape=None, dtype=None):
    """A variable `of/name` beside `of`, that begins with what `initializer` gives for a shape and a dtype."""

    def initial(dims, number):
        return convert_to_tensor(initializer(dims, dtypes.BY_NUMBER[number]))

    number = 0 if dtype is None else dtypes.as_dtype(dtype).base_dtype.number
    dims = None if shape is None else [int(size) for size in shape]
    scope = get_variable_scope().name
    return variable_of(_engine.make_slot(of.graph, variable_nodes(of), name, dims, number, initial, scope))


class Optimizer:
    """Adds to a graph the nodes of a training step.

    One of a program's own says in its methods what belongs to a step: `_create_slots(variables)`, `_prepare()`, for
    each variable `_apply_dense`, `_apply_sparse` or their forms `_resource_…`, and `_finish(updates, name)`.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = range(3)

    def __init__(self, use_locking, name):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots = {}  # Name of a slot → variable's reference → Variable.
        self._non_slot_dict = {}  # (name, graph) → Variable.

    def get_name(self):
        return self._name

    def minimize(
        self,
        loss,
        global_step=None,
        var_list=None,
        gate_gradients=GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        name=None,
        grad_loss=None,
    ):
        pairs = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        if not any(gradient is not None for gradient, _ in pairs):
            names = [str(variable) for _, variable in pairs]
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {names} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss,
        var_list=None,
        gate_gradients=GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        grad_loss=None,
    ):
        if callable(loss):
            raise RuntimeError("`loss` passed to Optimizer.compute_gradients should be a Tensor, not a function.")
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH. "
                f"Not {gate_gradients}"
            )
        if var_list is None:
            variables = trainable_variables() + get_default_graph().get_collection("trainable_resource_variables")
        else:
            variables = [var_list] if isinstance(var_list, Variable) else list(_flat(var_list))
        if not variables:
            raise ValueError("No variables to optimize.")
        loss = convert_to_tensor(loss)
        incoming = None if grad_loss is None else convert_to_tensor(grad_loss)
        xs = [variable_nodes(variable).ref for variable in variables]
        self._assert_valid_dtypes([loss, *([] if incoming is None else [incoming])])
        gates = gate_gradients != self.GATE_NONE
        found = gradients_of(get_default_graph(), [loss], xs, [incoming], [], gates, "gradients")
        self._assert_valid_dtypes(v for gradient, v in zip(found, variables) if gradient is not None)
        if gate_gradients == self.GATE_GRAPH:
            found = gated(found)
        return list(zip(found, variables))

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        gradients = [for_engine(gradient) for gradient, _ in pairs]
        if all(gradient is None for gradient in gradients):
            raise ValueError(f"No gradients provided for any variable: {[str(variable) for _, variable in pairs]}.")
        nodes = [variable_nodes(variable) for _, variable in pairs]
        step = None if global_step is None else variable_nodes(global_step)
        return _engine.apply_gradients(self, get_default_graph(), gradients, nodes, step, name or self._name)

    # What the engine calls while it makes a step, in this order.
    def _make_slots(self, nodes):
        with control_dependencies(None):
            self._create_slots([variable_of(each) for each in nodes])

    def _update(self, gradient, nodes):
        """The operation that changes one variable."""
        variable = variable_of(nodes)
        if not isinstance(gradient, tuple):
            apply = self._resource_apply_dense if variable._is_resource else self._apply_dense
            return operation_of(self._constrained(variable, apply(gradient, variable)))
        if variable.constraint is not None:
            raise RuntimeError("Cannot use a constraint function on a sparse variable.")
        rows = IndexedSlices(*gradient)
        if variable._is_resource:
            return operation_of(self._resource_apply_sparse_duplicate_indices(rows.values, variable, rows.indices))
        return operation_of(self._apply_sparse_duplicate_indices(rows, variable))

    @staticmethod
    def _constrained(variable, update):
        if variable.constraint is None:
            return update
        with control_dependencies([update]):
            return variable.assign(variable.constraint(variable.read_value()))

    def _end(self, updates, name):
        return operation_of(self._finish(updates, name))

    # What subclasses say.
    def _valid_dtypes(self):
        return {dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64}

    def _assert_valid_dtypes(self, tensors):
        valid = self._valid_dtypes()
        for tensor in tensors:
            dtype = tensor.dtype.base_dtype
            if dtype not in valid:
                raise ValueError(f"Invalid type {dtype!r} for {tensor.name}, expected: {list(valid)}.")

    def _create_slots(self, var_list):
        """Nothing: no slots."""

    def _prepare(self):
        """Nothing: no tensors that all updates share."""

    def _apply_dense(self, grad, var):
        raise NotImplementedError(f"{type(self).__name__} has no _apply_dense: it is what changes {var.name}")

    def _resource_apply_dense(self, grad, handle):
        raise NotImplementedError(f"{type(self).__name__} has no _resource_apply_dense: it changes {handle.name}")

    def _apply_sparse(self, grad, var):
        raise NotImplementedError(f"{type(self).__name__} has no _apply_sparse: it changes the rows of {var.name}")

    def _resource_apply_sparse(self, grad, handle, indices):
        raise NotImplementedError(
            f"{type(self).__name__} has no _resource_apply_sparse: it changes the rows of {handle.name}"
        )

    def _apply_sparse_duplicate_indices(self, grad, var):
        once = _engine.without_repeats(get_default_graph(), (grad.values, grad.indices, grad.dense_shape))
        return self._apply_sparse(IndexedSlices(*once), var)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        values, rows, _ = _engine.without_repeats(get_default_graph(), (grad, indices, None))
        return self._resource_apply_sparse(values, handle, rows)

    def _finish(self, update_ops, name_scope):
        return group(*update_ops, name=name_scope)

    # Slots.
    def _slot_dict(self, slot_name):
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(self, var, val, slot_name, op_name):
        def make():
            value = convert_to_tensor(val)
            return make_slot(var, lambda shape, dtype: value, op_name, value.shape, value.dtype)

        return self._slot_made_by(make, var, slot_name)

    def _get_or_make_slot_with_initializer(self, var, initializer, shape, dtype, slot_name, op_name):
        return self._slot_made_by(lambda: make_slot(var, initializer, op_name, shape, dtype), var, slot_name)

    def _zeros_slot(self, var, slot_name, op_name):
        from .initializers import Zeros

        return self._slot_made_by(lambda: make_slot(var, Zeros(), op_name), var, slot_name)

    def _slot_made_by(self, make, variable, slot_name):
        slots = self._slot_dict(slot_name)
        if _key(variable) not in slots:
            slots[_key(variable)] = make()
        return slots[_key(variable)]

    def get_slot(self, var, name):
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self, *_):
        return sorted(self._slots)

    # Variables that all updates share.
    def _create_non_slot_variable(self, initial_value, name, colocate_with):
        key = (name, colocate_with.graph)
        if key not in self._non_slot_dict:
            with _beside(colocate_with):
                self._non_slot_dict[key] = Variable(
                    initial_value, name=name, trainable=False, use_resource=colocate_with._is_resource
                )
        return self._non_slot_dict[key]

    def _get_non_slot_variable(self, name, graph=None):
        return self._non_slot_dict.get((name, graph or get_default_graph()))

    def _non_slot_variables(self):
        return list(self._non_slot_dict.values())

    def variables(self):
        """What it made in the default graph, slots and shared variables, by name."""
        graph = get_default_graph()
        made = [*self._non_slot_variables(), *(slot for slots in self._slots.values() for slot in slots.values())]
        return sorted((variable for variable in made if variable.graph is graph), key=lambda variable: variable.name)

    @staticmethod
    def _call_if_callable(param):
        return param() if callable(param) else param


def _beside(variable):
    return colocate_with(variable.op)


def _flat(items):
    for item in items:
        if isinstance(item, (list, tuple)):
            yield from _flat(item)
        else:
            yield item


def number_of(value):
    """A rate as the engine takes it: a number, or a tensor."""
    value = value() if callable(value) else value
    if isinstance(value, Tensor):
        return value
    if hasattr(value, "_as_graph_tensor"):
        return value._as_graph_tensor()
    return float(value)
