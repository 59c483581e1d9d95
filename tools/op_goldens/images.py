"""Convolutions, pooling and batch normalisation."""

import numpy as np

from .recorder import Family, numbers, tf


def conv():
    family = Family("conv")

    def convolve(strides=(1, 1), padding="SAME", dilations=(1, 1)):
        return lambda x, f: tf.nn.conv2d(x, f, strides=[1, *strides, 1], padding=padding, dilations=[1, *dilations, 1])

    cases = {
        "same": ((2, 5, 6, 3), (3, 3, 3, 4), {}),
        "valid": ((2, 5, 6, 3), (3, 2, 3, 4), {"padding": "VALID"}),
        "strides": ((1, 7, 8, 2), (3, 3, 2, 5), {"strides": (2, 3)}),
        "strides_valid": ((1, 8, 9, 2), (3, 3, 2, 5), {"strides": (2, 3), "padding": "VALID"}),
        "even_window": ((2, 6, 5, 1), (4, 2, 1, 3), {}),
        "one_by_one": ((2, 3, 3, 4), (1, 1, 4, 8), {}),
        "window_of_all": ((2, 3, 4, 2), (3, 4, 2, 3), {"padding": "VALID"}),
        "window_larger": ((1, 2, 2, 2), (5, 5, 2, 2), {}),
        "dilated": ((1, 9, 9, 2), (3, 3, 2, 2), {"dilations": (2, 2), "padding": "VALID"}),
        "lenet": ((2, 12, 12, 1), (5, 5, 1, 6), {}),
        "many_channels": ((1, 4, 4, 16), (3, 3, 16, 24), {}),
        "no_batch": ((0, 5, 5, 2), (3, 3, 2, 4), {}),
    }
    for name, (images, filters, options) in cases.items():
        x, f = numbers(*images), numbers(*filters)
        # TensorFlow's own gradients of an empty batch and of dilated windows need other kernels.
        grad = name not in ("no_batch", "dilated")
        family.add(f"Conv2D/{name}", convolve(**options), x, f, grad=grad, tolerance=1e-6)
    double = [numbers(2, 5, 6, 3, dtype=np.float64), numbers(3, 3, 3, 4, dtype=np.float64)]
    family.add("Conv2D/float64", convolve(), *double)
    family.add("Conv2D/unknown_shape", convolve(), numbers(2, 5, 6, 3), numbers(3, 3, 3, 4), shapes=False)
    explicit = [[0, 0], [1, 2], [0, 1], [0, 0]]
    family.add(
        "Conv2D/explicit",
        lambda x, f: tf.nn.conv2d(x, f, strides=[1, 2, 1, 1], padding=explicit),
        numbers(1, 5, 5, 2),
        numbers(3, 3, 2, 3),
        tolerance=1e-6,
    )
    pools = {
        "MaxPool": lambda k, s, p: lambda x: tf.nn.max_pool(x, [1, *k, 1], [1, *s, 1], p),
        "AvgPool": lambda k, s, p: lambda x: tf.nn.avg_pool(x, [1, *k, 1], [1, *s, 1], p),
    }
    for name, make in pools.items():
        for padding in ("SAME", "VALID"):
            for k, s in (((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (3, 1)), ((1, 1), (2, 2))):
                label = f"{name}/{padding}/{k[0]}x{k[1]}_by_{s[0]}x{s[1]}"
                family.add(label, make(k, s, padding), numbers(2, 5, 7, 3))
        family.add(f"{name}/float64", make((2, 2), (2, 2), "SAME"), numbers(1, 4, 4, 2, dtype=np.float64))
        family.add(f"{name}/unknown_shape", make((2, 2), (2, 2), "VALID"), numbers(1, 4, 6, 2), shapes=False)
        family.add(f"{name}/no_batch", make((2, 2), (2, 2), "SAME"), numbers(0, 4, 4, 2), grad=False)
    ties = np.array([[1, 1, 2, 2], [0, 1, 2, 1], [3, 3, -1, -1], [3, 3, -1, -2]], np.float32).reshape(1, 4, 4, 1)
    family.add("MaxPool/ties", pools["MaxPool"]((2, 2), (2, 2), "SAME"), ties)
    return family


def norm():
    family = Family("norm")
    for version in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        op = getattr(tf.raw_ops, version)
        for training in (True, False):

            def make(x, scale, offset, mean, variance, op=op, training=training):
                if training:
                    mean, variance = tf.zeros([0]), tf.zeros([0])
                made = op(
                    x=x, scale=scale, offset=offset, mean=mean, variance=variance, epsilon=0.01, is_training=training
                )
                return list(made)[:3]

            inputs = [numbers(2, 3, 4, 5), numbers(5, low=0.5), numbers(5), numbers(5), numbers(5, low=0.5)]
            family.add(f"{version}/{training}", make, *inputs, tolerance=2e-6)
    family.add(
        "FusedBatchNorm/one_pixel",
        lambda x, s, o: list(tf.nn.fused_batch_norm(x, s, o, epsilon=0.001)),
        numbers(1, 1, 1, 3),
        numbers(3),
        numbers(3),
        grad=False,
    )
    family.add(
        "batch_normalization",
        lambda x, m, v, o, s: tf.nn.batch_normalization(x, m, v, o, s, 0.001),
        numbers(4, 3),
        numbers(3),
        numbers(3, low=0.1),
        numbers(3),
        numbers(3),
    )
    for axes in ([0], [0, 1], [1, 2]):
        family.add(f"moments/{axes}", lambda x, a=axes: list(tf.nn.moments(x, a)), numbers(3, 4, 5))
        family.add(
            f"moments_variance/{axes}", lambda x, a=axes: tf.nn.moments(x, a, keep_dims=True)[1], numbers(3, 4, 5)
        )
    family.add("l2_normalize", lambda x: tf.nn.l2_normalize(x, 1), numbers(3, 4))
    family.add("L2Loss", tf.nn.l2_loss, numbers(3, 4))
    family.add("L2Loss/float64", tf.nn.l2_loss, numbers(5, dtype=np.float64))
    family.add("L2Loss/empty", tf.nn.l2_loss, numbers(0, 4), grad=False)
    return family


FAMILIES = (conv, norm)
