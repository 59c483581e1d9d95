"""Fits a line to seventeen points and records the cost for TensorBoard."""

import argparse

import numpy
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
rng = numpy.random

parser = argparse.ArgumentParser()
parser.add_argument("--logdir", default="./example")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--training_epochs", type=int, default=1000)
args = parser.parse_args()
rng.seed(args.seed)

# Parameters
learning_rate = 0.01
training_epochs = args.training_epochs
display_step = 50

# Training Data
train_X = numpy.asarray(
    [3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 5.654, 9.27, 3.1]
)
train_Y = numpy.asarray(
    [1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 2.42, 2.94, 1.3]
)
n_samples = train_X.shape[0]

# tf Graph Input
X = tf.placeholder("float")
Y = tf.placeholder("float")

# Set model weights
W = tf.Variable(rng.rand(), name="weight")
b = tf.Variable(rng.rand(), name="bias")

# Construct a linear model, its cost and a step that makes it smaller
pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)

tf.summary.scalar("loss", cost)
merged = tf.summary.merge_all()
init = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(init)
    writer = tf.summary.FileWriter(args.logdir, sess.graph)
    for epoch in range(training_epochs):
        for x, y in zip(train_X, train_Y):
            sess.run(optimizer, feed_dict={X: x, Y: y})
        if (epoch + 1) % display_step == 0:
            c, summary = sess.run([cost, merged], feed_dict={X: train_X, Y: train_Y})
            writer.add_summary(summary, epoch * n_samples)
            print("Epoch:", "%04d" % (epoch + 1), "cost=", "{:.9f}".format(c), "W=", sess.run(W), "b=", sess.run(b))  # noqa: UP031, UP032
    print("Optimization Finished!")
    training_cost = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
    print("Training cost=", training_cost, "W=", sess.run(W), "b=", sess.run(b), "\n")
    writer.close()
