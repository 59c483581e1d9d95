"""Predictions beside labels: shapes that differ by a 1 at their end, and how often which class was taken for which."""

from . import array_ops, assertions, control_ops, dtypes, generated
from .branches import cond
from .convert import convert_to_tensor
from .graph import name_scope
from .math_ops import add, cast, reduce_max, subtract


def may_be_single(shape):
    """Whether the last dimension of a shape may be 1."""
    return shape.ndims is None or shape.ndims > 0 and shape[-1].value in (1, None)


def without_last(x, is_wanted):
    """`x` without its last dimension where the condition, known when the graph is built or in a run, holds."""
    if isinstance(is_wanted, bool):
        return array_ops.squeeze(x, [-1]) if is_wanted else x
    return cond(is_wanted, lambda: array_ops.squeeze(x, [-1]), lambda: x)


def remove_squeezable_dimensions(labels, predictions, expected_rank_diff=0, name=None):
    """Both, the one that has a dimension of 1 too many at its end without it."""
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        ranks = predictions.shape.ndims, labels.shape.ndims
        if None in ranks:
            more = subtract(array_ops.rank(predictions), array_ops.rank(labels))
            is_more = lambda count: generated.equal(expected_rank_diff + count, more)
        else:
            is_more = lambda count: ranks[0] - ranks[1] == expected_rank_diff + count
        squeezed = is_more(1), is_more(-1)
        if may_be_single(predictions.shape):
            predictions = without_last(predictions, squeezed[0])
        if may_be_single(labels.shape):
            labels = without_last(labels, squeezed[1])
        return labels, predictions


def confusion_matrix(labels, predictions, num_classes=None, dtype=dtypes.int32, name=None, weights=None):
    """How often, or with which sum of weights, each label (row) was predicted as each class (column)."""
    with name_scope(name, "confusion_matrix", [predictions, labels, num_classes, weights]):
        labels, predictions = remove_squeezable_dimensions(
            convert_to_tensor(labels, name="labels"), convert_to_tensor(predictions, name="predictions")
        )
        classes = {"labels": cast(labels, dtypes.int64), "predictions": cast(predictions, dtypes.int64)}

        def check(assertion, *bound, message):
            for key, value in classes.items():
                holds = assertion(value, *bound, message=message.format(key))
                classes[key] = control_ops.with_dependencies([holds], value)

        check(assertions.assert_non_negative, message="`{}` contains negative values")
        if num_classes is None:
            highest = generated.maximum(reduce_max(classes["predictions"]), reduce_max(classes["labels"]))
            num_classes = add(highest, 1)
        else:
            num_classes = cast(num_classes, dtypes.int64)
            check(assertions.assert_less, num_classes, message="`{}` out of bound")
        if weights is None:
            weights = array_ops.ones_like(classes["predictions"], dtype)
        else:
            weights = convert_to_tensor(weights, name="weights")
            classes["predictions"].shape.assert_is_compatible_with(weights.shape)
            weights = cast(weights, dtype)
        places = array_ops.stack([classes["labels"], classes["predictions"]], axis=1)
        return generated.scatter_nd(places, weights, array_ops.stack([num_classes, num_classes]))
