"""The MNIST images for these programs, read the same way whatever they run on: plain NumPy."""

import gzip
import os

import numpy as np


def _read(directory, name, offset):
    path = os.path.join(directory, name)
    opener = open
    if not os.path.exists(path):
        path, opener = path + ".gz", gzip.open
    with opener(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def _one_hot(labels):
    return np.eye(10, dtype=np.float32)[labels]


class DataSet:
    def __init__(self, directory, prefix, one_hot, limit):
        images = _read(directory, prefix + "-images-idx3-ubyte", 16).reshape(-1, 784)[:limit]
        labels = _read(directory, prefix + "-labels-idx1-ubyte", 8)[:limit]
        self.images = images.astype(np.float32) * np.float32(1.0 / 255.0)
        self.labels = _one_hot(labels) if one_hot else labels
        self.num_examples = len(labels)
        self._at = 0

    def next_batch(self, size):
        """In the order of the file, again from the front when fewer are left."""
        if self._at + size > self.num_examples:
            self._at = 0
        begin, self._at = self._at, self._at + size
        return self.images[begin : self._at], self.labels[begin : self._at]


class Sets:
    def __init__(self, directory, one_hot=False, train=10000, test=2000):
        self.train = DataSet(directory, "train", one_hot, train)
        self.test = DataSet(directory, "t10k", one_hot, test)
