"""What waits for an update of a variable sees the value after it. The argument: by_handle."""

import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
BY_HANDLE = sys.argv[1:] == ["by_handle"]

with tf.variable_scope("model"):
    w = tf.get_variable("w", shape=[2], initializer=tf.constant_initializer(1.0), use_resource=BY_HANDLE)
x = tf.placeholder(tf.float32, [2])
loss = tf.reduce_sum((w - x) ** 2)
OPTIMIZERS = [
    tf.train.GradientDescentOptimizer(0.25),
    tf.train.MomentumOptimizer(0.1, 0.9),
    tf.train.AdamOptimizer(0.1),
]
updates = [optimizer.minimize(loss) for optimizer in OPTIMIZERS]
followers = []
for update in updates:
    average = tf.train.ExponentialMovingAverage(0.5, name=f"average{len(followers)}")
    with tf.control_dependencies([update]):
        follow = average.apply([w])
        plus = w + 1.0
        norm = tf.norm(tf.identity(w))
    followers.append((follow, plus, norm, average.average(w)))
with tf.control_dependencies([tf.assign_sub(w, [0.5, 0.25])]):
    less = w * 2.0
with tf.control_dependencies([tf.assign(w, [7.0, 8.0])]):
    other = [w * 2.0, tf.identity(w) + 1.0]

# The value under other shapes, made before the update and used after it.
VIEWS = {
    "identity": tf.identity,
    "reshape": lambda v: tf.reshape(v, [2, 2]),
    "expand_dims": lambda v: tf.expand_dims(v, 0),
    "squeeze": lambda v: tf.squeeze(tf.reshape(v, [1, 4, 1])),
    "stop_gradient": tf.stop_gradient,
    "negative": tf.negative,
    "row": lambda v: tf.reshape(v, [2, 2])[1:],
}
UPDATES = {
    "assign": lambda v: tf.assign(v, [10.0, 20.0, 30.0, 40.0]),
    "computed": lambda v: tf.assign(v, v * 3.0),
    "add": lambda v: tf.assign_add(v, [10.0, 20.0, 30.0, 40.0]),
    "rows": lambda v: tf.scatter_update(v, [0, 2], [10.0, 30.0]),
    "step": lambda v: tf.train.GradientDescentOptimizer(1.0).apply_gradients([(tf.ones([4]), v)]),
}
v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0, 3.0, 4.0]), use_resource=BY_HANDLE)
used_later = {}
for view_name, view in VIEWS.items():
    for update_name, change in UPDATES.items():
        seen = view(v)
        with tf.control_dependencies([seen]):
            changed = change(v)
        with tf.control_dependencies([changed]):
            used_later[view_name, update_name] = (tf.multiply(seen, 1.0), seen, changed)

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for follow, plus, norm, average in followers:
        for _ in range(3):
            session.run(follow, {x: [3.0, 5.0]})
            print(np.round(session.run([w, average]), 4).tolist())
        print([np.round(value, 4).tolist() for value in session.run([plus, norm], {x: [3.0, 5.0]})])
        before, _ = session.run([loss, follow], {x: [3.0, 5.0]})
        print(np.round(before, 4), np.round(session.run(average), 4).tolist())
    print(np.round(session.run(less), 4).tolist())
    print([np.round(value, 4).tolist() for value in session.run(other)])
    for names, (after, seen, changed) in used_later.items():
        session.run(v.initializer)
        print(names, session.run(after).tolist(), end=" ")
        session.run(v.initializer)
        print(session.run([seen, changed])[0].tolist())
