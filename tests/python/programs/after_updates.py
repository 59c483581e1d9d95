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
