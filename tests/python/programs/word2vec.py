"""Skip-gram word vectors of a text that is made here, with noise-contrastive estimation."""

import argparse
import collections
import math

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
parser.add_argument("--loss", choices=["nce", "sampled_softmax"], default="nce")
parser.add_argument("--optimizer", default="GradientDescent", help="one of tf.train's, without its Optimizer")
parser.add_argument("--rate", type=float, default=1.0)
parser.add_argument("--clip", type=float, default=0.0)
FLAGS, _ = parser.parse_known_args()

vocabulary_size = 200
batch_size, embedding_size, window, num_sampled = 32, 16, 1, 8

# A text whose words follow one another by a rule, rare words being rarer.
random = np.random.RandomState(0)
ranks = np.minimum((random.pareto(1.0, 5000) * 5).astype(np.int64), vocabulary_size // 2 - 1)
data = np.stack([2 * ranks, 2 * ranks + 1], axis=1).ravel()
count = collections.Counter(data.tolist())

data_index = 0


def generate_batch():
    global data_index
    batch, labels = np.zeros(batch_size, np.int32), np.zeros((batch_size, 1), np.int32)
    for i in range(batch_size // 2):
        center = (data_index + i) % (len(data) - 2) + 1
        batch[2 * i], batch[2 * i + 1] = data[center], data[center]
        labels[2 * i, 0], labels[2 * i + 1, 0] = data[center - 1], data[center + 1]
    data_index += batch_size // 2
    return batch, labels


graph = tf.Graph()
with graph.as_default():
    tf.set_random_seed(13)
    with tf.name_scope("inputs"):
        train_inputs = tf.placeholder(tf.int32, shape=[batch_size])
        train_labels = tf.placeholder(tf.int32, shape=[batch_size, 1])
        valid_dataset = tf.constant([0, 1, 2, 3], dtype=tf.int32)
    with tf.device("/cpu:0"):
        with tf.name_scope("embeddings"):
            embeddings = tf.Variable(tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0))
            embed = tf.nn.embedding_lookup(embeddings, train_inputs)
        with tf.name_scope("weights"):
            stddev = 1.0 / math.sqrt(embedding_size)
            nce_weights = tf.Variable(tf.truncated_normal([vocabulary_size, embedding_size], stddev=stddev))
        with tf.name_scope("biases"):
            nce_biases = tf.Variable(tf.zeros([vocabulary_size]))
    with tf.name_scope("loss"):
        loss_function = tf.nn.nce_loss if FLAGS.loss == "nce" else tf.nn.sampled_softmax_loss
        loss = tf.reduce_mean(
            loss_function(
                weights=nce_weights,
                biases=nce_biases,
                labels=train_labels,
                inputs=embed,
                num_sampled=num_sampled,
                num_classes=vocabulary_size,
            )
        )
    tf.summary.scalar("loss", loss)
    with tf.name_scope("optimizer"):
        more = {"Momentum": {"momentum": 0.9}, "RMSProp": {"momentum": 0.5}}.get(FLAGS.optimizer, {})
        optimizer = getattr(tf.train, f"{FLAGS.optimizer}Optimizer")(FLAGS.rate, **more)
        pairs = optimizer.compute_gradients(loss)
        print(*(type(gradient).__name__ for gradient, _ in pairs))
        if FLAGS.clip:
            clipped, _ = tf.clip_by_global_norm([gradient for gradient, _ in pairs], FLAGS.clip)
            pairs = list(zip(clipped, [variable for _, variable in pairs]))
        optimizer = optimizer.apply_gradients(pairs)
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keepdims=True))
    normalized_embeddings = embeddings / norm
    valid_embeddings = tf.nn.embedding_lookup(normalized_embeddings, valid_dataset)
    similarity = tf.matmul(valid_embeddings, normalized_embeddings, transpose_b=True)
    merged = tf.summary.merge_all()
    init = tf.global_variables_initializer()

with tf.Session(graph=graph) as session:
    init.run()
    print("Initialized")
    average_loss = 0
    for step in range(FLAGS.steps):
        batch_inputs, batch_labels = generate_batch()
        feed_dict = {train_inputs: batch_inputs, train_labels: batch_labels}
        _, summary, loss_val = session.run([optimizer, merged, loss], feed_dict=feed_dict)
        average_loss += loss_val
        if step < 5:
            print("Loss at step", step, ":", loss_val)
        if step % 50 == 49:
            print("Average loss at step", step, ":", average_loss / 50)
            average_loss = 0
    sim = similarity.eval()
    print("Similarity", sim.shape, sim[0, 0], sim[0, 1], sim[2, 3])
