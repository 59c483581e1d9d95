"""The tutorial's model: two hidden layers and a linear one, its loss, training and evaluation."""

import math

from .. import array_ops, dtypes, generated, math_ops, nn_ops, optimizers, random_ops, summary
from ..graph import name_scope
from ..variables import Variable

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def _layer(inputs, size, units):
    deviation = 1.0 / math.sqrt(float(size))
    weights = Variable(random_ops.truncated_normal([size, units], stddev=deviation), name="weights")
    biases = Variable(array_ops.zeros([units]), name="biases")
    return math_ops.matmul(inputs, weights) + biases


def inference(images, hidden1_units, hidden2_units):
    with name_scope("hidden1"):
        hidden1 = generated.relu(_layer(images, IMAGE_PIXELS, hidden1_units))
    with name_scope("hidden2"):
        hidden2 = generated.relu(_layer(hidden1, hidden1_units, hidden2_units))
    with name_scope("softmax_linear"):
        return _layer(hidden2, hidden2_units, NUM_CLASSES)


def loss(logits, labels):
    labels = math_ops.to_int64(labels)
    losses = nn_ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
    return math_ops.reduce_mean(losses, name="xentropy_mean")


def training(loss, learning_rate):
    summary.scalar("loss", loss)
    global_step = Variable(0, name="global_step", trainable=False)
    return optimizers.GradientDescentOptimizer(learning_rate).minimize(loss, global_step=global_step)


def evaluation(logits, labels):
    return math_ops.reduce_sum(math_ops.cast(nn_ops.in_top_k(logits, labels, 1), dtypes.int32))
