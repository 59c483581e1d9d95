"""Reading the MNIST images as the tutorials do (docs/formats/idx.md): three sets, batches in TensorFlow 1's order."""

import collections
import gzip
import os

import numpy as np

from .. import dtypes
from ..graph import get_default_graph

Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])

_IMAGES_MAGIC = 2051
_LABELS_MAGIC = 2049


def _open(path):
    return gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")


def _numbers(data, count):
    return [int(number) for number in np.frombuffer(data, ">u4", count)]


def extract_images(file):
    """[count, rows, columns, 1] uint8."""
    name = getattr(file, "name", "")
    data = file.read()
    magic, count, rows, columns = _numbers(data, 4)
    if magic != _IMAGES_MAGIC:
        raise ValueError(f"Invalid magic number {magic} in MNIST image file: {name}")
    return np.frombuffer(data, np.uint8, offset=16).reshape(count, rows, columns, 1)


def dense_to_one_hot(labels_dense, num_classes):
    one_hot = np.zeros((labels_dense.shape[0], num_classes))
    one_hot[np.arange(labels_dense.shape[0]), labels_dense.ravel()] = 1
    return one_hot


def extract_labels(file, one_hot=False, num_classes=10):
    name = getattr(file, "name", "")
    data = file.read()
    magic, count = _numbers(data, 2)
    if magic != _LABELS_MAGIC:
        raise ValueError(f"Invalid magic number {magic} in MNIST label file: {name}")
    labels = np.frombuffer(data, np.uint8, offset=8).reshape(count)
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


class DataSet:
    """Images with labels, handed out in batches, epoch by epoch, each in a new order."""

    def __init__(self, images, labels, fake_data=False, one_hot=False, dtype=dtypes.float32, reshape=True, seed=None):
        dtype = dtypes.as_dtype(dtype)
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        # As TensorFlow: NumPy's own state, seeded by the set's seed, else by the graph's.
        seed = get_default_graph().seed if seed is None else seed
        if seed is not None:
            np.random.seed(seed)
        self._fake, self.one_hot = fake_data, one_hot
        if fake_data:
            self._num_examples = 10000
            self._images = self._labels = None
        else:
            if images.shape[0] != labels.shape[0]:
                raise AssertionError(f"images.shape: {images.shape} labels.shape: {labels.shape}")
            self._num_examples = images.shape[0]
            if reshape:
                images = images.reshape(images.shape[0], images.shape[1] * images.shape[2])
            if dtype is dtypes.float32:
                # A product, as TensorFlow has it: dividing by 255 differs in the last bit.
                images = np.multiply(images, np.float32(1.0 / 255.0), dtype=np.float32)
            self._images, self._labels = images, labels
        self._epochs_completed = 0
        self._index = 0

    images = property(lambda self: self._images)
    labels = property(lambda self: self._labels)
    num_examples = property(lambda self: self._num_examples)
    epochs_completed = property(lambda self: self._epochs_completed)

    def _shuffle(self):
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]

    def next_batch(self, batch_size, fake_data=False, shuffle=True):
        if fake_data or self._fake:
            label = [1] + [0] * 9 if self.one_hot else 0
            return [[1] * 784 for _ in range(batch_size)], [label for _ in range(batch_size)]
        start = self._index
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        if start + batch_size <= self._num_examples:
            self._index = start + batch_size
            return self._images[start : self._index], self._labels[start : self._index]
        self._epochs_completed += 1
        rest = self._num_examples - start
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        self._index = batch_size - rest
        return (
            np.concatenate((images, self._images[: self._index])),
            np.concatenate((labels, self._labels[: self._index])),
        )


def _find(directory, name):
    """The file, gzipped or plain; in `directory`, else where ./run keeps the images."""
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "fanlight", "mnist")
    for folder in (directory, os.environ.get("FANLIGHT_MNIST_DIR"), cache):
        for suffix in (".gz", ""):
            path = os.path.join(folder or "", name + suffix)
            if folder and os.path.exists(path):
                return path
    raise FileNotFoundError(
        f"{name}.gz is not in {directory!r}: get the four files of MNIST there by `./run mnist DIR`, or set "
        "FANLIGHT_MNIST_DIR to where they are"
    )


def read_data_sets(
    train_dir,
    fake_data=False,
    one_hot=False,
    dtype=dtypes.float32,
    reshape=True,
    validation_size=5000,
    seed=None,
    source_url=None,
):
    options = {"dtype": dtype, "reshape": reshape, "seed": seed}
    if fake_data:
        sets = [DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed) for _ in range(3)]
        return Datasets(*sets)

    def read(name, extract):
        path = _find(train_dir, name)
        print("Extracting", path)
        with _open(path) as file:
            return extract(file)

    as_labels = lambda file: extract_labels(file, one_hot=one_hot)
    train_images = read("train-images-idx3-ubyte", extract_images)
    train_labels = read("train-labels-idx1-ubyte", as_labels)
    test_images = read("t10k-images-idx3-ubyte", extract_images)
    test_labels = read("t10k-labels-idx1-ubyte", as_labels)
    if not 0 <= validation_size <= len(train_images):
        raise ValueError(f"Validation size should be between 0 and {len(train_images)}. Received: {validation_size}.")
    return Datasets(
        DataSet(train_images[validation_size:], train_labels[validation_size:], **options),
        DataSet(train_images[:validation_size], train_labels[:validation_size], **options),
        DataSet(test_images, test_labels, **options),
    )


def load_mnist(train_dir="MNIST-data"):
    return read_data_sets(train_dir)
