"""tf.train's optimizers: the engine's, whose parts a subclass may put others in the place of."""

import weakref

from fanlight import _engine

from .control_ops import operation_of
from .graph import get_default_graph
from .indexed_slices import for_engine
from .optimizer import Optimizer, number_of
from .variable_scope import get_variable_scope
from .variables import variable_nodes, variable_of


class _OfEngine(Optimizer):
    """An optimizer of the engine's, one for each graph that it makes a step in."""

    _TENSORS = {}  # Attribute that a step's tensor of a number has → the engine's name of the number.

    def __init__(self, use_locking, name):
        super().__init__(use_locking, name)
        self._engines = weakref.WeakKeyDictionary()

    def _make(self):
        raise NotImplementedError

    def _optimizer(self):
        graph = get_default_graph()
        if graph not in self._engines:
            # Numbers may be tensors of this graph.
            self._engines[graph] = self._make()
        return self._engines[graph]

    def _create_slots(self, var_list):
        nodes = [variable_nodes(variable) for variable in var_list]
        self._optimizer().create_slots(get_default_graph(), nodes, get_variable_scope().name)

    def _prepare(self):
        engine, graph = self._optimizer(), get_default_graph()
        engine.prepare(graph)
        for attribute, name in self._TENSORS.items():
            setattr(self, attribute, engine.number(graph, name))

    def _apply_dense(self, grad, var):
        return self._optimizer().apply(get_default_graph(), for_engine(grad), variable_nodes(var))

    _resource_apply_dense = _apply_sparse = _apply_dense

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._optimizer().apply(get_default_graph(), (grad, indices, None), variable_nodes(handle))

    def _finish(self, update_ops, name_scope):
        operations = [operation_of(update) for update in update_ops]
        return self._optimizer().finish(get_default_graph(), operations, name_scope)

    def get_slot(self, var, name):
        own = super().get_slot(var, name)
        engine = self._engines.get(var.graph)
        if own is not None or engine is None:
            return own
        slot = engine.slot(var.graph, variable_nodes(var), name)
        return None if slot is None else variable_of(slot)

    def get_slot_names(self, *_):
        return sorted(
            {*super().get_slot_names(), *(n for engine in self._engines.values() for n in engine.slot_names())}
        )

    def _get_non_slot_variable(self, name, graph=None):
        graph = graph or get_default_graph()
        own = super()._get_non_slot_variable(name, graph)
        engine = self._engines.get(graph)
        if own is not None or engine is None:
            return own
        shared = engine.shared_variable(graph, name)
        return None if shared is None else variable_of(shared)

    def variables(self):
        graph = get_default_graph()
        engine = self._engines.get(graph)
        made = [] if engine is None else [variable_of(nodes) for nodes in engine.variables(graph)]
        return sorted([*super().variables(), *made], key=lambda variable: variable.name)


class GradientDescentOptimizer(_OfEngine):
    _TENSORS = {"_learning_rate_tensor": "learning_rate"}

    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _make(self):
        return _engine.gradient_descent(number_of(self._learning_rate), self._name)


class MomentumOptimizer(_OfEngine):
    _TENSORS = {"_learning_rate_tensor": "learning_rate", "_momentum_tensor": "momentum"}

    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(use_locking, name)
        self._learning_rate, self._momentum, self._use_nesterov = learning_rate, momentum, use_nesterov

    def _make(self):
        rate, momentum = number_of(self._learning_rate), number_of(self._momentum)
        return _engine.momentum(rate, momentum, self._use_nesterov, self._name)


class AdagradOptimizer(_OfEngine):
    _TENSORS = {"_learning_rate_tensor": "learning_rate"}

    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate, self._initial_accumulator_value = learning_rate, initial_accumulator_value

    def _make(self):
        return _engine.adagrad(number_of(self._learning_rate), self._initial_accumulator_value, self._name)


class AdadeltaOptimizer(_OfEngine):
    _TENSORS = {"_lr_t": "lr", "_rho_t": "rho", "_epsilon_t": "epsilon"}

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-8, use_locking=False, name="Adadelta"):
        super().__init__(use_locking, name)
        self._lr, self._rho, self._epsilon = learning_rate, rho, epsilon

    def _make(self):
        return _engine.adadelta(*map(number_of, (self._lr, self._rho, self._epsilon)), self._name)


class FtrlOptimizer(_OfEngine):
    _TENSORS = {
        "_learning_rate_tensor": "learning_rate",
        "_learning_rate_power_tensor": "learning_rate_power",
        "_l1_regularization_strength_tensor": "l1_regularization_strength",
        "_adjusted_l2_regularization_strength_tensor": "adjusted_l2_regularization_strength",
        "_l2_shrinkage_regularization_strength_tensor": "l2_shrinkage_regularization_strength",
        "_beta_tensor": "beta",
    }

    def __init__(
        self,
        learning_rate,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="Ftrl",
        accum_name=None,
        linear_name=None,
        l2_shrinkage_regularization_strength=0.0,
        beta=None,
    ):
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power} needs to be negative or zero")
        for what, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{what} {value} needs to be positive or zero")
        super().__init__(use_locking, name)
        self._learning_rate, self._learning_rate_power = learning_rate, learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._beta = 0.0 if beta is None else beta
        self._accum_name, self._linear_name = accum_name, linear_name

    def _make(self):
        return _engine.ftrl(
            number_of(self._learning_rate),
            self._learning_rate_power,
            self._initial_accumulator_value,
            self._l1_regularization_strength,
            self._l2_regularization_strength,
            self._l2_shrinkage_regularization_strength,
            self._beta,
            self._name,
            self._accum_name or "",
            self._linear_name or "",
        )


class RMSPropOptimizer(_OfEngine):
    _TENSORS = {
        "_learning_rate_tensor": "learning_rate",
        "_decay_tensor": "decay",
        "_momentum_tensor": "momentum",
        "_epsilon_tensor": "epsilon",
    }

    def __init__(
        self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False, centered=False, name="RMSProp"
    ):
        super().__init__(use_locking, name)
        self._learning_rate, self._decay, self._momentum = learning_rate, decay, momentum
        self._epsilon, self._centered = epsilon, centered

    def _make(self):
        numbers = (self._learning_rate, self._decay, self._momentum, self._epsilon)
        return _engine.rms_prop(*map(number_of, numbers), self._centered, self._name)


class AdamOptimizer(_OfEngine):
    _TENSORS = {"_lr_t": "learning_rate", "_beta1_t": "beta1", "_beta2_t": "beta2", "_epsilon_t": "epsilon"}

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="Adam"):
        super().__init__(use_locking, name)
        self._lr, self._beta1, self._beta2, self._epsilon = learning_rate, beta1, beta2, epsilon

    def _numbers(self):
        return map(number_of, (self._lr, self._beta1, self._beta2, self._epsilon))

    def _make(self):
        return _engine.adam(*self._numbers(), self._name)

    def _get_beta_accumulators(self):
        return tuple(self._get_non_slot_variable(name) for name in ("beta1_power", "beta2_power"))


class AdamWOptimizer(AdamOptimizer):
    """tf.contrib.opt.AdamWOptimizer."""

    def __init__(
        self, weight_decay, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="AdamW"
    ):
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)
        self._weight_decay = weight_decay

    def _make(self):
        return _engine.adam_w(number_of(self._weight_decay), *self._numbers(), self._name)
