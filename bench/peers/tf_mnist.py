"""The tutorial's fully_connected_feed on TensorFlow's sessions: the peer that bench/mnist.py measures.

Same flags, same prints, same files as fanlight-mnist, so that one command line serves both.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow.compat.v1 as tf

CLASSES = 10
PIXELS = 28 * 28
VALIDATION = 5000


class DataSet:
    """Batches in a random order, drawn anew for each epoch."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, order: np.random.RandomState) -> None:
        self.images, self.labels, self.order, self.next = images, labels, order, 0
        self.shuffle()

    def shuffle(self) -> None:
        permutation = self.order.permutation(len(self.images))
        self.images, self.labels, self.next = self.images[permutation], self.labels[permutation], 0

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        if self.next + size > len(self.images):
            self.shuffle()
        rows = slice(self.next, self.next + size)
        self.next += size
        return self.images[rows], self.labels[rows]


def read_data(folder: Path) -> tuple[DataSet, DataSet, DataSet]:
    def images(name: str) -> np.ndarray:
        print(f"Extracting {folder / name}")
        pixels = np.fromfile(folder / name, np.uint8)[16:].reshape(-1, PIXELS)
        return pixels.astype(np.float32) * np.float32(1 / 255)

    def labels(name: str) -> np.ndarray:
        print(f"Extracting {folder / name}")
        return np.fromfile(folder / name, np.uint8)[8:].astype(np.int32)

    order = np.random.RandomState(1)
    train = images("train-images-idx3-ubyte"), labels("train-labels-idx1-ubyte")
    test = images("t10k-images-idx3-ubyte"), labels("t10k-labels-idx1-ubyte")
    return (
        DataSet(train[0][VALIDATION:], train[1][VALIDATION:], order),
        DataSet(train[0][:VALIDATION], train[1][:VALIDATION], order),
        DataSet(*test, order),
    )


def layer(name: str, below: tf.Tensor, width: int) -> tf.Tensor:
    fan_in = int(below.shape[1])
    with tf.name_scope(name):
        weights = tf.Variable(tf.truncated_normal([fan_in, width], stddev=fan_in**-0.5), name="weights")
        biases = tf.Variable(tf.zeros([width]), name="biases")
        return tf.matmul(below, weights) + biases


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning_rate", type=float, default=0.01)
    parser.add_argument("--max_steps", type=int, default=2000)
    parser.add_argument("--hidden1", type=int, default=128)
    parser.add_argument("--hidden2", type=int, default=32)
    parser.add_argument("--batch_size", type=int, default=100)
    parser.add_argument("--input_data_dir", type=Path, required=True)
    parser.add_argument("--log_dir", type=Path, required=True)
    flags = parser.parse_args()
    shutil.rmtree(flags.log_dir, ignore_errors=True)
    flags.log_dir.mkdir(parents=True)

    tf.disable_eager_execution()
    tf.disable_resource_variables()
    train, validation, test = read_data(flags.input_data_dir)
    images = tf.placeholder(tf.float32, [flags.batch_size, PIXELS])
    labels = tf.placeholder(tf.int32, [flags.batch_size])
    hidden1 = tf.nn.relu(layer("hidden1", images, flags.hidden1))
    hidden2 = tf.nn.relu(layer("hidden2", hidden1, flags.hidden2))
    logits = layer("softmax_linear", hidden2, CLASSES)
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.to_int64(labels), logits=logits)
    loss = tf.reduce_mean(entropy)
    tf.summary.scalar("loss", loss)
    global_step = tf.Variable(0, name="global_step", trainable=False)
    step_once = tf.train.GradientDescentOptimizer(flags.learning_rate).minimize(loss, global_step=global_step)
    correct = tf.reduce_sum(tf.cast(tf.nn.in_top_k(logits, labels, 1), tf.int32))
    summary = tf.summary.merge_all()
    saver = tf.train.Saver()

    with tf.Session() as session:
        writer = tf.summary.FileWriter(str(flags.log_dir), session.graph)
        session.run(tf.global_variables_initializer())

        def feed(data: DataSet) -> dict[tf.Tensor, np.ndarray]:
            return dict(zip((images, labels), data.batch(flags.batch_size), strict=True))

        def evaluate(name: str, data: DataSet) -> None:
            batches = len(data.images) // flags.batch_size
            right = sum(int(session.run(correct, feed(data))) for _ in range(batches))
            examples = batches * flags.batch_size
            print(f"{name} Data Eval:")
            print(f"Num examples: {examples}  Num correct: {right}  Precision @ 1: {right / examples:0.04f}")

        for step in range(flags.max_steps):
            start = time.perf_counter()
            fed = feed(train)
            _, loss_value = session.run([step_once, loss], fed)
            if step % 100 == 0:
                print(f"Step {step}: loss = {loss_value:.2f} ({time.perf_counter() - start:.3f} sec)")
                writer.add_summary(session.run(summary, fed), step)
                writer.flush()
            if (step + 1) % 1000 == 0 or step + 1 == flags.max_steps:
                saver.save(session, str(flags.log_dir / "model.ckpt"), global_step=step)
                evaluate("Training", train)
                evaluate("Validation", validation)
                evaluate("Test", test)
        writer.close()


if __name__ == "__main__":
    sys.exit(main())
