"""Trains, saves, and goes on in a second session from what was saved."""

import argparse
import os

import numpy
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

parser = argparse.ArgumentParser()
parser.add_argument("--directory", default="./tmp")
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()
rng = numpy.random
rng.seed(args.seed)

learning_rate = 0.01
training_epochs = 1000
display_step = 50
model_path = os.path.join(args.directory, "model.ckpt")

train_X = numpy.asarray(
    [3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 5.654, 9.27, 3.1]
)
train_Y = numpy.asarray(
    [1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 2.42, 2.94, 1.3]
)
n_samples = train_X.shape[0]

X = tf.placeholder("float")
Y = tf.placeholder("float")
W = tf.Variable(rng.rand(), name="weight")
b = tf.Variable(rng.rand(), name="bias")
pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)
init = tf.global_variables_initializer()
saver = tf.train.Saver()


def train(sess, epochs):
    for epoch in range(epochs):
        for x, y in zip(train_X, train_Y):
            sess.run(optimizer, feed_dict={X: x, Y: y})
        if (epoch + 1) % display_step == 0:
            c = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
            print("Epoch:", epoch + 1, "cost=", c, "W=", sess.run(W), "b=", sess.run(b))
    print("Optimization Finished!")
    print("Training cost=", cost.eval({X: train_X, Y: train_Y}), "W=", W.eval(), "b=", b.eval(), "\n")


print("Starting 1st session...")
with tf.Session() as sess:
    sess.run(init)
    train(sess, 200)
    save_path = saver.save(sess, model_path)
    print("Model saved in file:", os.path.basename(save_path))

print("Starting 2st session...")
with tf.Session() as sess:
    sess.run(init)
    saver.restore(sess, model_path)
    print("Model restored from file:", os.path.basename(save_path))
    train(sess, training_epochs - 200)
