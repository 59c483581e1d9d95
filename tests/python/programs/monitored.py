"""Monitored sessions one after the other: what they leave in graph and directory; also zeros as gradients."""

import os
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
directory = tempfile.mkdtemp()
graph = tf.get_default_graph()


def told(function):
    try:
        function()
        print("fine")
    except (RuntimeError, NotImplementedError) as error:
        print(type(error).__name__)


step = tf.train.get_or_create_global_step()
v = tf.get_variable("v", initializer=0.0)
loss = tf.square(v - 3.0, name="loss")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
tf.summary.scalar("loss", loss)


class Hook(tf.train.SessionRunHook):
    def begin(self):
        print("begin", graph.finalized)

    def after_create_session(self, session, coord):
        print("created", graph.finalized)

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(loss)

    def after_run(self, run_context, run_values):
        print(np.round(run_values.results, 4))

    def end(self, session):
        print("end", session.run(step))


for _ in range(2):
    hooks = [Hook(), tf.train.StopAtStepHook(num_steps=3)]
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=directory,
        hooks=hooks,
        save_checkpoint_steps=2,
        save_summaries_steps=2,
        log_step_count_steps=None,
    ) as session:
        told(lambda: tf.constant(1))
        while not session.should_stop():
            session.run(train)
    print(sorted(name for name in os.listdir(directory) if not name.startswith("events")))
# The graph may be changed again, and has one of each piece.
told(lambda: tf.constant(1))
for key in ("init_op", "local_init_op", "ready_op", "summary_op", "savers"):
    print(key, len(tf.get_collection(key)))
with open(os.path.join(directory, "graph.pbtxt")) as file:
    print("loss" in file.read())
with tf.train.MonitoredSession() as session:
    print(session.run(v))

w = tf.get_variable("w", initializer=[1.0, 2.0])
h = tf.get_variable("h", initializer=[1.0, 2.0], use_resource=True)
zero = tf.UnconnectedGradients.ZERO
found = tf.gradients(tf.reduce_sum(w * w), [w, h, v], unconnected_gradients=zero)
print(tf.gradients(w, [v], unconnected_gradients="none"))
with tf.Session() as session:
    session.run([w.initializer, h.initializer, v.initializer])
    print([value.tolist() for value in session.run(found)])
definition = loss.op.node_def
print(definition.name, definition.op, list(definition.input))
told(lambda: np.array(w * 1.0))
