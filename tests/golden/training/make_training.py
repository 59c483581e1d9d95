"""Records what TensorFlow's optimizers, learning-rate schedules and initializers build and compute.

    python make_training.py        # TensorFlow 2.21, its compat.v1 API with reference variables

For each optimizer: optimizer_CASE.pb, the GraphDef of a small linear layer with its training step, and in
optimizers.json the variables after each of 20 steps; in rows.json those of a table of which a step looks up some rows,
by reference and by handle. For each schedule: rate_NAME.pb, and in learning_rates.json its
values at some steps. linear_regression.pb is the tutorial's graph, initializers.pb a variable for each initializer.
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
tf.disable_resource_variables()
tf.logging.set_verbosity(tf.logging.ERROR)

HERE = pathlib.Path(__file__).resolve().parent
STEPS = 20
X = [[0.5, -1.25], [1.0, 0.75], [-0.375, 2.0], [1.5, -0.5]]
Y = [[1.0, 0.0, -1.0], [0.5, 2.0, 0.25], [-1.5, 0.125, 1.0], [0.0, -0.75, 0.5]]
TABLE = [[0.5, -0.25], [1.0, 0.125], [2.0, -1.0], [0.0, 0.75], [-1.5, 0.25]]
ROWS = [[0, 2, 2], [4, 0, 1], [1, 1, 1], [0, 4, 2], [2, 0, 0]]
W = [[0.5, -0.25, 1.0], [0.125, 2.0, -1.0]]


class AdamW(tf.train.AdamOptimizer):
    """TensorFlow 1's tf.contrib.opt.AdamWOptimizer, which TensorFlow 2 no longer has.

    There the decay of a variable races with the gradients that read it. in_order lets it wait for all gradients.
    """

    def __init__(self, weight_decay, learning_rate, in_order):
        super().__init__(learning_rate, name="AdamW")
        self._weight_decay = weight_decay
        self._in_order = in_order
        self._after = []

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        if self._in_order:
            self._after = [grad for grad, _ in grads_and_vars]
        return super().apply_gradients(grads_and_vars, global_step, name)

    def _prepare(self):
        self._weight_decay_t = tf.convert_to_tensor(self._weight_decay, name="weight_decay")
        super()._prepare()

    def _apply_dense(self, grad, var):
        with tf.control_dependencies(self._after):
            decay = var.assign_sub(tf.cast(self._weight_decay_t, var.dtype.base_dtype) * var)
        with tf.control_dependencies([decay]):
            return super()._apply_dense(grad, var)


OPTIMIZERS = {
    "gradient_descent": lambda step: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda step: tf.train.MomentumOptimizer(0.1, 0.9),
    "momentum_nesterov": lambda step: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adagrad": lambda step: tf.train.AdagradOptimizer(0.1),
    "adadelta": lambda step: tf.train.AdadeltaOptimizer(0.5, epsilon=1e-3),
    "ftrl": lambda step: tf.train.FtrlOptimizer(0.2, l1_regularization_strength=0.05, l2_regularization_strength=0.1),
    "ftrl_shrinkage": lambda step: tf.train.FtrlOptimizer(
        0.2, -0.7, 0.3, l2_shrinkage_regularization_strength=0.02, beta=0.1, accum_name="sum", linear_name="line"
    ),
    "rms_prop": lambda step: tf.train.RMSPropOptimizer(0.01, momentum=0.9),
    "rms_prop_centered": lambda step: tf.train.RMSPropOptimizer(0.01, momentum=0.5, centered=True),
    "adam": lambda step: tf.train.AdamOptimizer(0.01),
    "adamw": lambda step: AdamW(0.01, 0.02, in_order=False),
    "exponential_decay": lambda step: tf.train.GradientDescentOptimizer(
        tf.train.exponential_decay(0.1, step, 5, 0.5, staircase=True)
    ),
}

RATES = {
    "exponential_decay": lambda step: tf.train.exponential_decay(0.1, step, 100, 0.96),
    "exponential_decay_staircase": lambda step: tf.train.exponential_decay(0.1, step, 100, 0.96, staircase=True),
    "natural_exp_decay": lambda step: tf.train.natural_exp_decay(0.1, step, 100, 0.5),
    "inverse_time_decay": lambda step: tf.train.inverse_time_decay(0.1, step, 100, 0.5),
    "polynomial_decay": lambda step: tf.train.polynomial_decay(0.1, step, 100, 0.01, power=2.0),
    "cosine_decay": lambda step: tf.train.cosine_decay(0.1, step, 100, alpha=0.1),
    "piecewise_constant": lambda step: tf.train.piecewise_constant(step, [50, 150], [0.1, 0.05, 0.01]),
}


def train(make, dtype):
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(dtype, [4, 2], name="x")
        y = tf.placeholder(dtype, [4, 3], name="y")
        w = tf.Variable(tf.constant(W, dtype), name="layer/w")
        b = tf.Variable(tf.zeros([3], dtype), name="layer/b")
        step = tf.Variable(0, name="global_step", trainable=False)
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
        train_step = make(step).minimize(loss, global_step=step)
        init = tf.global_variables_initializer()
        with tf.Session() as session:
            session.run(init)
            values = {v.op.name: [] for v in tf.global_variables()}
            for _ in range(STEPS):
                session.run(train_step, {x: X, y: Y})
                for v in tf.global_variables():
                    values[v.op.name].append(np.asarray(session.run(v)).ravel().tolist())
    return graph.as_graph_def(), values


def train_rows(make, by_handle):
    """A table of which rows are looked up, some twice and by two paths."""
    with tf.Graph().as_default():
        ids = tf.placeholder(tf.int32, [3], name="ids")
        table = tf.Variable(tf.constant(TABLE), name="table", use_resource=by_handle)
        first = tf.nn.embedding_lookup(table, ids)
        second = tf.gather(table, ids[1:])
        loss = tf.reduce_sum(tf.square(first - 1.0)) + tf.reduce_sum(second)
        step = tf.Variable(0, name="global_step", trainable=False)
        train_step = make(step).minimize(loss, global_step=step)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            values = {v.op.name: [] for v in tf.global_variables()}
            for rows in ROWS:
                session.run(train_step, {ids: rows})
                for v in tf.global_variables():
                    values[v.op.name].append(np.asarray(session.run(v)).ravel().tolist())
    return values


def linear_regression():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder("float")
        y = tf.placeholder("float")
        w = tf.Variable(0.3, name="weight")
        b = tf.Variable(-0.2, name="bias")
        pred = tf.add(tf.multiply(x, w), b)
        cost = tf.reduce_sum(tf.pow(pred - y, 2)) / (2 * 17)
        tf.train.GradientDescentOptimizer(0.01).minimize(cost)
        tf.global_variables_initializer()
        tf.summary.scalar("loss", cost)
        tf.summary.merge_all()
    return graph.as_graph_def(add_shapes=True)


def initializers():
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(7)
        for name, initializer in (
            ("zeros", tf.zeros_initializer()),
            ("ones", tf.ones_initializer()),
            ("constant", tf.constant_initializer(0.25)),
            ("random_normal", tf.random_normal_initializer(0.5, 2.0)),
            ("truncated_normal", tf.truncated_normal_initializer(0.0, 0.1, seed=3)),
            ("random_uniform", tf.random_uniform_initializer(-0.05, 0.05)),
            ("glorot_normal", tf.glorot_normal_initializer()),
            ("he_normal", tf.initializers.he_normal()),
            ("default", None),
        ):
            tf.get_variable("net/" + name, [5, 4], initializer=initializer)
        tf.get_variable("net/conv", [3, 3, 5, 4])
        tf.get_variable("net/large", [50, 40], initializer=tf.zeros_initializer())
        tf.get_variable("net/count", [2], tf.int64, trainable=False, initializer=tf.zeros_initializer())
    return graph.as_graph_def()


def write_graph(name, graph):
    (HERE / f"{name}.pb").write_bytes(graph.SerializeToString(deterministic=True))


def main():
    write_graph("linear_regression", linear_regression())
    write_graph("initializers", initializers())
    cases = {}
    for name, make in OPTIMIZERS.items():
        for dtype in (tf.float32, tf.float64):
            if dtype == tf.float64 and name not in ("gradient_descent", "adam", "rms_prop_centered", "ftrl"):
                continue
            case = name if dtype == tf.float32 else name + "_float64"
            graph, values = train(make, dtype)
            if name == "adamw":
                _, values = train(lambda step: AdamW(0.01, 0.02, in_order=True), dtype)
            write_graph(f"optimizer_{case}", graph)
            cases[case] = values
    data = {"tensorflow": tf.__version__, "x": X, "y": Y, "w": W, "steps": STEPS, "cases": cases}
    (HERE / "optimizers.json").write_text(json.dumps(data) + "\n")

    rows = {
        name + suffix: train_rows(make, bool(suffix))
        for name, make in OPTIMIZERS.items()
        for suffix in ("", "_by_handle")
        if name not in ("adamw", "exponential_decay")
    }
    data = {"tensorflow": tf.__version__, "table": TABLE, "rows": ROWS, "cases": rows}
    (HERE / "rows.json").write_text(json.dumps(data) + "\n")

    rates = {}
    for name, make in RATES.items():
        graph = tf.Graph()
        with graph.as_default():
            step = tf.Variable(0, name="global_step", trainable=False)
            rate = make(step)
            rate = rate() if callable(rate) else rate
            with tf.Session() as session:
                steps = [0, 1, 7, 50, 51, 99, 100, 101, 150, 151, 250, 1000]
                rates[name] = {s: float(session.run(rate, {step: s})) for s in steps}
        if name != "piecewise_constant":
            write_graph(f"rate_{name}", graph.as_graph_def())
    (HERE / "learning_rates.json").write_text(
        json.dumps({"tensorflow": tf.__version__, "rates": rates}, indent=1) + "\n"
    )


main()
