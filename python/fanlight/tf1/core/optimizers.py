"""tf.train's optimizers, learning rates and averages: the engine's, by TensorFlow's names and arguments."""

from fanlight import _engine

from .convert import convert_to_tensor
from .dtypes import float32
from .graph import GraphKeys, Tensor, get_default_graph, name_scope
from .indexed_slices import for_engine, gradients_of
from .variables import Variable, trainable_variables, variable_nodes, variable_of


def _number(value):
    """A rate: a number, or a tensor."""
    value = value() if callable(value) else value
    if isinstance(value, Tensor):
        return value
    if hasattr(value, "_as_graph_tensor"):
        return value._as_graph_tensor()
    return float(value)


class Optimizer:
    """Adds to a graph the nodes of a training step."""

    GATE_NONE, GATE_OP, GATE_GRAPH = range(3)

    def __init__(self, use_locking, name):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._name = name
        self._engine = None
        self._variables = []

    def _make(self):
        raise NotImplementedError("an optimizer of one's own: subclass one of tf.train's")

    def _optimizer(self):
        # Numbers may be tensors of the graph that is the default one by now.
        if self._engine is None:
            self._engine = self._make()
        return self._engine

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
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if not any(gradient is not None for gradient, _ in pairs):
            names = [str(variable) for _, variable in pairs]
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {names} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step, name)

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
            variables = [var_list] if isinstance(var_list, Variable) else list(var_list)
        if not variables:
            raise ValueError("No variables to optimize.")
        loss = convert_to_tensor(loss)
        incoming = None if grad_loss is None else convert_to_tensor(grad_loss)
        xs = [variable_nodes(variable).ref for variable in variables]
        found = gradients_of(
            get_default_graph(),
            [loss],
            xs,
            [incoming] if incoming is not None else [None],
            [],
            gate_gradients != self.GATE_NONE,
            "gradients",
        )
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
        graph = get_default_graph()
        there = set(graph.get_collection(GraphKeys.GLOBAL_VARIABLES))
        train = self._optimizer().apply_gradients(graph, gradients, nodes, step, name or self._name)
        made = (v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if v not in there)
        self._variables = sorted([*self._variables, *made], key=lambda variable: variable.name)
        return train

    def get_slot(self, var, name):
        slot = self._optimizer().slot(var.graph, variable_nodes(var), name)
        return None if slot is None else variable_of(slot)

    def get_slot_names(self, *_):
        return self._optimizer().slot_names()

    def variables(self):
        """What it made in the default graph, slots and powers of rates, by name."""
        graph = get_default_graph()
        return [variable for variable in self._variables if variable.graph is graph]


class GradientDescentOptimizer(Optimizer):
    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(use_locking, name)
        self._make = lambda: _engine.gradient_descent(_number(learning_rate), name)


class MomentumOptimizer(Optimizer):
    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(use_locking, name)
        self._make = lambda: _engine.momentum(_number(learning_rate), _number(momentum), use_nesterov, name)


class AdagradOptimizer(Optimizer):
    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._make = lambda: _engine.adagrad(_number(learning_rate), initial_accumulator_value, name)


class RMSPropOptimizer(Optimizer):
    def __init__(
        self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False, centered=False, name="RMSProp"
    ):
        super().__init__(use_locking, name)
        self._make = lambda: _engine.rms_prop(
            _number(learning_rate), _number(decay), _number(momentum), _number(epsilon), centered, name
        )


class AdamOptimizer(Optimizer):
    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="Adam"):
        super().__init__(use_locking, name)
        self._make = lambda: _engine.adam(
            _number(learning_rate), _number(beta1), _number(beta2), _number(epsilon), name
        )


class AdamWOptimizer(Optimizer):
    """tf.contrib.opt.AdamWOptimizer."""

    def __init__(
        self, weight_decay, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="AdamW"
    ):
        super().__init__(use_locking, name)
        self._make = lambda: _engine.adam_w(
            _number(weight_decay), _number(learning_rate), _number(beta1), _number(beta2), _number(epsilon), name
        )


# Learning rates that change with the step.
def _step(value):
    if value is None:
        raise ValueError("global_step is required.")
    return value._as_graph_tensor() if hasattr(value, "_as_graph_tensor") else value


def _operand(value):
    if hasattr(value, "_as_graph_tensor"):
        return value._as_graph_tensor()
    return value if isinstance(value, (Tensor, int, float)) else float(value)


def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _engine.exponential_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        _operand(decay_rate),
        staircase,
        name or "",
    )


def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _engine.natural_exp_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        float(decay_rate),
        staircase,
        name or "",
    )


def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _engine.inverse_time_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        _operand(decay_rate),
        staircase,
        name or "",
    )


def _cycle_steps(global_step, decay_steps):
    """The least multiple of `decay_steps` that is not below the step, and at least once it."""
    from .generated import ceil, maximum
    from .math_ops import cast, multiply, truediv

    with name_scope("cycle"):
        whole = cast(decay_steps, float32)
        return multiply(whole, maximum(ceil(truediv(cast(_step(global_step), float32), whole)), 1.0))


def polynomial_decay(
    learning_rate, global_step, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None
):
    if cycle:
        decay_steps = _cycle_steps(global_step, decay_steps)
    return _engine.polynomial_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        _operand(end_learning_rate),
        _operand(power),
        name or "PolynomialDecay",
    )


def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    return _engine.cosine_decay(
        get_default_graph(),
        _operand(learning_rate),
        _step(global_step),
        _operand(decay_steps),
        alpha,
        name or "CosineDecay",
    )


def piecewise_constant(x, boundaries, values, name=None):
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    return _engine.piecewise_constant(
        get_default_graph(),
        _step(x),
        [float(b) for b in boundaries],
        [float(v) for v in values],
        name or "PiecewiseConstant",
    )


class ExponentialMovingAverage:
    """Averages of variables that follow them slowly."""

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        if zero_debias:
            raise NotImplementedError("ExponentialMovingAverage: zero_debias is not there")
        self._decay, self._num_updates, self._name = decay, num_updates, name
        self._engine = None

    name = property(lambda self: self._name)

    def apply(self, var_list=None):
        variables = trainable_variables() if var_list is None else list(var_list)
        for variable in variables:
            if not isinstance(variable, Variable):
                raise TypeError(f"ExponentialMovingAverage.apply: of variables only, got {variable!r}")
        if self._engine is None:
            updates = None if self._num_updates is None else _operand(self._num_updates)
            self._engine = _engine.moving_average(self._decay, updates, self._name)
        return self._engine.apply(get_default_graph(), [variable_nodes(variable) for variable in variables])

    def average(self, var):
        found = None if self._engine is None else self._engine.average(var.graph, variable_nodes(var))
        return None if found is None else variable_of(found)

    def average_name(self, var):
        average = self.average(var)
        return average.op.name if average is not None else f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables=None):
        from .variables import global_variables

        names = {}
        for variable in global_variables():
            names[self.average_name(variable) if variable.trainable else variable.op.name] = variable
        return names
