"""Convolutions and pools along one dimension: those of images whose height is 1."""

import numbers

from . import array_ops, nn_ops
from .convert import convert_to_tensor
from .graph import name_scope


def _along(value, what):
    """A window's length along the one dimension: a number, or one in a list, also with those of batch and channels."""
    if value is None or isinstance(value, numbers.Integral):
        return 1 if value is None else int(value)
    items = [int(item) for item in value]
    if len(items) not in (1, 3):
        raise ValueError(f"{what} should be of length 1 or 3 but was {len(items)}")
    if len(items) == 3 and (items[0], items[2]) != (1, 1):
        raise NotImplementedError(f"{what} {items}: windows along batch and channels are not there")
    return items[len(items) // 2]


def _want_last(data_format):
    if data_format not in (None, "NWC", "NHWC"):
        raise NotImplementedError(f"data_format {data_format}: channels come last here")


def conv1d(
    value=None,
    filters=None,
    stride=None,
    padding=None,
    use_cudnn_on_gpu=None,
    data_format=None,
    name=None,
    input=None,
    dilations=None,
):
    _want_last(data_format)
    value = input if value is None else value
    with name_scope(name, "conv1d", [value, filters]) as scope:
        strides, dilations = [1, _along(stride, "stride")], [1, _along(dilations, "dilations")]
        images, kernel = array_ops.expand_dims(value, -3), array_ops.expand_dims(filters, 0)
        dilations = None if dilations == [1, 1] else dilations
        result = nn_ops.conv2d(images, kernel, strides, padding, dilations=dilations, name=scope)
        return array_ops.squeeze(result, [-3])


def _pool(public, default, pool):
    def function(input, ksize, strides, padding, data_format="NWC", name=None):
        _want_last(data_format)
        with name_scope(name, default, [input]) as scope:
            windows = [1, _along(ksize, "ksize")], [1, _along(strides, "strides")]
            images = array_ops.expand_dims(convert_to_tensor(input), 1)
            return array_ops.squeeze(pool(images, *windows, padding, name=scope), [1])

    function.__name__ = function.__qualname__ = public
    return function


max_pool1d = _pool("max_pool1d", "MaxPool1d", nn_ops.max_pool)
avg_pool1d = _pool("avg_pool1d", "AvgPool1D", nn_ops.avg_pool)
