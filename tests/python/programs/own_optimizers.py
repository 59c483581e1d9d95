"""Optimizers of a program's own, and wrappers around others. The argument: by_handle."""

import sys

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.python.framework import ops
from tensorflow.python.ops import control_flow_ops, math_ops, resource_variable_ops, state_ops
from tensorflow.python.ops import gen_training_ops as training_ops
from tensorflow.python.training import optimizer

tf.disable_v2_behavior()
BY_HANDLE = sys.argv[1:] == ["by_handle"]


class AdaMax(optimizer.Optimizer):
    """Updates by the engine's own nodes, dense and by rows."""

    def __init__(self, learning_rate=0.1, beta1=0.9, beta2=0.99, use_locking=False, name="AdaMax"):
        super().__init__(use_locking, name)
        self._lr, self._beta1, self._beta2 = learning_rate, beta1, beta2

    def _prepare(self):
        self._lr_t = ops.convert_to_tensor(self._call_if_callable(self._lr), name="learning_rate")
        self._beta1_t = ops.convert_to_tensor(self._beta1, name="beta1")
        self._beta2_t = ops.convert_to_tensor(self._beta2, name="beta2")

    def _create_slots(self, var_list):
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(initial_value=self._beta1, name="beta1_power", colocate_with=first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _rate(self, var):
        power = math_ops.cast(self._get_non_slot_variable("beta1_power", ops.get_default_graph()), var.dtype.base_dtype)
        return math_ops.cast(self._lr_t, var.dtype.base_dtype) / (1 - power)

    def _apply_dense(self, grad, var):
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m_t = state_ops.assign(m, self._beta1_t * m + (1.0 - self._beta1_t) * grad, use_locking=self._use_locking)
        v_t = v.assign(tf.maximum(self._beta2_t * v, math_ops.abs(grad)))
        var_update = state_ops.assign_sub(var, self._rate(var) * m_t / (v_t + 1e-8), use_locking=self._use_locking)
        return control_flow_ops.group(*[var_update, m_t, v_t])

    _resource_apply_dense = _apply_dense

    def _apply_sparse_shared(self, grad, var, indices, scatter_update):
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m_rows = self._beta1_t * tf.gather(m, indices) + (1.0 - self._beta1_t) * grad
        v_rows = tf.maximum(self._beta2_t * tf.gather(v, indices), tf.abs(grad))
        changed = [scatter_update(m, indices, m_rows), scatter_update(v, indices, v_rows)]
        with ops.control_dependencies(changed):
            step = self._rate(var) * m_rows / (v_rows + 1e-8)
            return scatter_update(var, indices, tf.gather(var, indices) - step)

    def _apply_sparse(self, grad, var):
        return self._apply_sparse_shared(grad.values, var, grad.indices, state_ops.scatter_update)

    def _resource_scatter_update(self, x, i, v):
        with ops.control_dependencies([resource_variable_ops.resource_scatter_update(x.handle, i, v)]):
            return x.value()

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._apply_sparse_shared(grad, handle, indices, self._resource_scatter_update)

    def _finish(self, update_ops, name_scope):
        power = self._get_non_slot_variable("beta1_power", ops.get_default_graph())
        with ops.control_dependencies(update_ops), ops.colocate_with(power):
            update = power.assign(power * self._beta1_t, use_locking=self._use_locking)
        return control_flow_ops.group(*update_ops, update, name=name_scope)


class Nadam(tf.train.AdamOptimizer):
    """Adam with Nesterov's momentum: the parent's slots, powers and tensors, another update."""

    def _apply(self, apply_adam, grad, var, of):
        beta1_power, beta2_power = self._get_beta_accumulators()
        return apply_adam(
            of(var),
            of(self.get_slot(var, "m")),
            of(self.get_slot(var, "v")),
            math_ops.cast(beta1_power, grad.dtype),
            math_ops.cast(beta2_power, grad.dtype),
            math_ops.cast(self._lr_t, grad.dtype),
            math_ops.cast(self._beta1_t, grad.dtype),
            math_ops.cast(self._beta2_t, grad.dtype),
            math_ops.cast(self._epsilon_t, grad.dtype),
            grad,
            use_locking=self._use_locking,
            use_nesterov=True,
        )

    def _apply_dense(self, grad, var):
        # The function of the op takes a reference from a Variable.
        return self._apply(training_ops.apply_adam, grad, var, lambda variable: variable).op

    def _resource_apply_dense(self, grad, var):
        return self._apply(training_ops.resource_apply_adam, grad, var, lambda variable: variable.handle)


class Accelerated(tf.train.Optimizer):
    """Slots that begin with values and by initializers, of other shapes and dtypes."""

    def __init__(self, rate, name="Accelerated"):
        super().__init__(False, name)
        self._rate = rate

    def _create_slots(self, var_list):
        for v in var_list:
            self._get_or_make_slot(v, tf.ones(v.shape) * 0.5, "speed", "Speed")
            self._get_or_make_slot_with_initializer(
                v, tf.constant_initializer(2.0), tf.TensorShape([]), tf.float64, "count", self._name
            )

    def _apply_dense(self, grad, var):
        speed, count = self.get_slot(var, "speed"), self.get_slot(var, "count")
        n = tf.assign_add(count, 1.0)
        now = tf.assign(speed, 0.9 * speed + grad / tf.cast(n, tf.float32))
        with tf.control_dependencies([now]):
            return tf.assign_sub(var, self._rate * now).op

    def _resource_apply_dense(self, grad, handle):
        speed, count = self.get_slot(handle, "speed"), self.get_slot(handle, "count")
        with tf.control_dependencies([count.assign_add(1.0)]):
            n = count.read_value()
        now = 0.9 * speed + grad / tf.cast(n, tf.float32)
        return tf.group(speed.assign(now), handle.assign_sub(self._rate * now))


class Clipped(tf.train.Optimizer):
    """A wrapper that clips what another optimizer applies."""

    def __init__(self, inner, norm):
        super().__init__(False, "Clipped")
        self._inner, self._norm = inner, norm

    def compute_gradients(self, *args, **kwargs):
        pairs = self._inner.compute_gradients(*args, **kwargs)
        gradients, _ = tf.clip_by_global_norm([gradient for gradient, _ in pairs], self._norm)
        return list(zip(gradients, [variable for _, variable in pairs]))

    def apply_gradients(self, *args, **kwargs):
        return self._inner.apply_gradients(*args, **kwargs)

    def get_slot(self, *args, **kwargs):
        return self._inner.get_slot(*args, **kwargs)

    def get_slot_names(self, *args, **kwargs):
        return self._inner.get_slot_names(*args, **kwargs)

    def variables(self):
        return self._inner.variables()


class WeightDecay(tf.train.Optimizer):
    """Everything in apply_gradients, with variables of its own, as BERT's optimizer has it."""

    def __init__(self, learning_rate, rate=0.01, name="WeightDecay"):
        super().__init__(False, name)
        self.learning_rate, self.rate = learning_rate, rate

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        assignments = []
        for grad, param in grads_and_vars:
            if grad is None or param is None:
                continue
            m = tf.get_variable(
                name=param.op.name + "/adam_m",
                shape=param.shape.as_list(),
                dtype=tf.float32,
                trainable=False,
                initializer=tf.zeros_initializer(),
            )
            next_m = 0.9 * m + 0.1 * tf.convert_to_tensor(grad)
            update = next_m / (tf.sqrt(tf.square(next_m)) + 1e-6) + self.rate * param
            assignments.extend([param.assign(param - self.learning_rate * update), m.assign(next_m)])
        return tf.group(*assignments, name=name)


def run(name, make, rows=False, constraint=None, scope=None, steps=4):
    tf.reset_default_graph()
    kwargs = {"use_resource": BY_HANDLE}
    w = tf.get_variable("w", initializer=tf.constant([[1.0, 2.0], [3.0, -4.0], [0.5, 0.0]]), **kwargs)
    b = tf.get_variable("b", initializer=tf.constant([0.1, -0.2]), constraint=constraint, **kwargs)
    looked_up = tf.nn.embedding_lookup(w, [0, 2, 2]) if rows else w
    loss = tf.reduce_sum(tf.square(looked_up + b - 1.0)) * 0.5
    step = tf.train.get_or_create_global_step()
    own = make()
    with tf.variable_scope(scope or "", auxiliary_name_scope=bool(scope)):
        train = own.minimize(loss, global_step=step)
        print(name, train.name, train.type)
    names = sorted(v.name for v in tf.global_variables())
    print("variables", names)
    print("slots", own.get_slot_names(), [v.name for v in own.variables()])
    print([own.get_slot(w, slot).name for slot in own.get_slot_names()], own.get_slot(w, "none"))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(train)
            print(f"loss {session.run(loss):.6f} step {session.run(step)}")
        for v in sorted(tf.global_variables(), key=lambda v: v.name):
            print(v.name, np.round(session.run(v), 5).tolist())
        path = tf.train.Saver().save(session, "own/" + name)
    print("saved", tf.train.list_variables(path))


def accumulated():
    """Gradients added up over batches, and applied at once."""
    tf.reset_default_graph()
    w = tf.get_variable("w", initializer=tf.constant([1.0, 2.0]), use_resource=BY_HANDLE)
    x = tf.placeholder(tf.float32, [2])
    opt = tf.train.AdamOptimizer(0.1)
    pairs = opt.compute_gradients(tf.reduce_sum(tf.square(w - x)))
    sums = [tf.Variable(tf.zeros(v.shape), trainable=False, name="sum") for _, v in pairs]
    zero = [s.assign(tf.zeros_like(s)) for s in sums]
    add = [s.assign_add(gradient) for s, (gradient, _) in zip(sums, pairs)]
    train = opt.apply_gradients([(s / 3.0, v) for s, (_, v) in zip(sums, pairs)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step in range(3):
            session.run(zero)
            for batch in range(3):
                session.run(add, {x: [step, batch]})
            session.run(train)
            print("accumulated", np.round(session.run(w), 6).tolist())


def mistakes():
    tf.reset_default_graph()
    w = tf.get_variable("w", [2], use_resource=BY_HANDLE)
    n = tf.get_variable("n", [2], tf.int32, use_resource=BY_HANDLE)
    opt = tf.train.GradientDescentOptimizer(0.1)
    empty = type("Empty", (tf.train.Optimizer,), {})(False, "Empty")
    calls = [
        lambda: tf.train.Optimizer(False, ""),
        lambda: opt.apply_gradients([]),
        lambda: opt.apply_gradients([(None, w)]),
        lambda: opt.minimize(tf.constant(1.0)),
        lambda: opt.compute_gradients(tf.cast(n, tf.int32)),
        lambda: empty.minimize(tf.reduce_sum(w)),
        lambda: opt.compute_gradients(tf.reduce_sum(w), var_list=[]),
    ]
    for call in calls:
        try:
            call()
            print("no error")
        except (ValueError, NotImplementedError) as error:
            print(type(error).__name__)


def main():
    run("adamax", AdaMax)
    run("adamax_rows", AdaMax, rows=True)
    run("adamax_scope", AdaMax, scope="train")
    run("nadam", lambda: Nadam(0.1))
    run("nadam_rows", lambda: Nadam(0.1), rows=True)
    run("accelerated", lambda: Accelerated(0.05))
    run("decay", lambda: Accelerated(tf.train.exponential_decay(0.05, tf.train.get_global_step(), 1, 0.5)))
    run("clipped", lambda: Clipped(tf.train.AdamOptimizer(0.1), 1.0))
    run("clipped_rows", lambda: Clipped(tf.train.MomentumOptimizer(0.1, 0.9), 1.0), rows=True)
    run(
        "constrained",
        lambda: tf.train.GradientDescentOptimizer(0.1),
        constraint=lambda t: tf.clip_by_value(t, -0.1, 0.3),
    )
    run("scoped", lambda: tf.train.AdamOptimizer(0.1), scope="train")
    run("gated", lambda: Gated(tf.train.RMSPropOptimizer(0.1)), rows=True)
    run("bert", lambda: WeightDecay(0.1))
    accumulated()
    mistakes()


class Gated(Clipped):
    """All gradients before any of them is used."""

    def __init__(self, inner):
        super().__init__(inner, 1e9)

    def compute_gradients(self, *args, **kwargs):
        kwargs["gate_gradients"] = self.GATE_GRAPH
        return self._inner.compute_gradients(*args, **kwargs)


if __name__ == "__main__":
    main()
