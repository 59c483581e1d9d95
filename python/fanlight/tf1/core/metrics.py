"""tf.metrics: what is measured over many batches. Each keeps sums in local variables and gives (value, update_op)."""

from . import array_ops, dtypes, generated, state_ops
from .branches import cond
from .confusion import confusion_matrix, may_be_single, remove_squeezable_dimensions, without_last
from .convert import constant, convert_to_tensor
from .graph import GraphKeys, get_default_graph
from .math_ops import add, cast, divide, multiply, reduce_mean, reduce_sum, subtract
from .variable_scope import variable_scope
from .variables import Variable


# What all of them are made of.
def sum_variable(shape, name, dtype=dtypes.float32):
    return Variable(
        lambda: array_ops.zeros(shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        name=name,
    )


def collected(value, update, metrics_collections, updates_collections):
    for collections, item in ((metrics_collections, value), (updates_collections, update)):
        if collections:
            get_default_graph().add_to_collections(collections, item)
    return value, update


def _as_predictions_rank(weights, predictions):
    """Weights that have a dimension too many or too few at their end, with as many as predictions; scalars stay."""
    ranks = weights.shape.ndims, predictions.shape.ndims
    longer = lambda: array_ops.expand_dims(weights, -1)
    if ranks[0] == 0:
        return weights
    if None not in ranks:
        more = ranks[0] - ranks[1]
        return longer() if more == -1 else without_last(weights, more == 1)
    own = array_ops.rank(weights)
    more = subtract(own, array_ops.rank(predictions))
    shorter = lambda: array_ops.squeeze(weights, [-1]) if may_be_single(weights.shape) else weights
    unlike = lambda: cond(generated.equal(more, 1), shorter, lambda: weights)
    fitting = lambda: cond(generated.equal(more, -1), longer, unlike)
    return cond(generated.equal(own, 0), lambda: weights, fitting)


def aligned(predictions, labels, weights):
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
    if weights is not None:
        weights = _as_predictions_rank(convert_to_tensor(weights), predictions)
    return predictions, labels, weights


def broadcast_weights(weights, values):
    """The weight of each value, in float32. Weights have the values' dimensions, or 1 in their place, or no rank."""
    weights = cast(weights, dtypes.float32)
    ranks = weights.shape.ndims, values.shape.ndims
    if ranks[0] not in (0, None) and ranks[1] is not None:
        pairs = list(zip(weights.shape.as_list(), values.shape.as_list()))
        if ranks[0] != ranks[1] or any(None not in pair and pair[0] not in (1, pair[1]) for pair in pairs):
            raise ValueError(
                f"weights can not be broadcast to values. values.shape={values.shape}. weights.shape={weights.shape}."
            )
        if weights.shape.is_fully_defined() and weights.shape.as_list() == values.shape.as_list():
            return weights
    return multiply(weights, array_ops.ones_like(values))


def _not_negative(x):
    return generated.maximum(x, 0.0)


# Means.
def _mean(values, weights, total, count, counts_of, summed):
    """(value, update_op): `total` by `count` of values, which are 0 where nothing was counted."""
    if weights is None:
        counts = counts_of(values)
    else:
        values, _, weights = aligned(values, None, weights)
        weights = broadcast_weights(weights, values)
        values, counts = multiply(values, weights), summed(weights)
    update_total = state_ops.assign_add(total, summed(values))
    with get_default_graph().control_dependencies([values]):
        update_count = state_ops.assign_add(count, counts)
    value = generated.div_no_nan(total, _not_negative(count), name="value")
    return value, generated.div_no_nan(update_total, _not_negative(update_count), name="update_op")


def mean(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    with variable_scope(name, "mean", [values, weights]):
        values = cast(values, dtypes.float32)
        total, count = sum_variable([], "total"), sum_variable([], "count")
        number = lambda x: cast(array_ops.size(x), dtypes.float32)
        pair = _mean(values, weights, total, count, number, reduce_sum)
        return collected(*pair, metrics_collections, updates_collections)


def mean_tensor(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The mean of each element."""
    with variable_scope(name, "mean", [values, weights]):
        values = cast(values, dtypes.float32)
        total, count = sum_variable(values.shape, "total_tensor"), sum_variable(values.shape, "count_tensor")
        pair = _mean(values, weights, total, count, array_ops.ones_like, lambda x: x)
        return collected(*pair, metrics_collections, updates_collections)


def _mean_of(public, of_pair):
    """The mean of a function of labels and predictions."""

    def function(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
        predictions, labels, weights = aligned(predictions, labels, weights)
        values = of_pair(labels, predictions)
        return mean(values, weights, metrics_collections, updates_collections, name or public)

    function.__name__ = function.__qualname__ = public
    return function


def _is_correct(labels, predictions):
    if labels.dtype.base_dtype is not predictions.dtype.base_dtype:
        predictions = cast(predictions, labels.dtype)
    return cast(generated.equal(predictions, labels), dtypes.float32)


accuracy = _mean_of("accuracy", _is_correct)
mean_absolute_error = _mean_of("mean_absolute_error", lambda y, p: generated.abs(subtract(p, y)))
mean_squared_error = _mean_of("mean_squared_error", lambda y, p: generated.squared_difference(y, p))


def root_mean_squared_error(
    labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    value, update = mean_squared_error(labels, predictions, weights, None, None, name or "root_mean_squared_error")
    return collected(generated.sqrt(value), generated.sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(
    labels, predictions, normalizer, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """The mean of |label - prediction| / normalizer, where a normalizer of 0 makes 0."""
    predictions, labels, weights = aligned(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, normalizer)
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    errors = divide(generated.abs(subtract(labels, predictions)), normalizer)
    errors = array_ops.where(generated.equal(normalizer, 0.0), array_ops.zeros_like(labels), errors)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(
    labels, predictions, dim, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """1 minus the mean of the products of vectors along `dim`, which have the length 1."""
    predictions, labels, weights = aligned(predictions, labels, weights)
    products = reduce_sum(multiply(predictions, labels), [dim], True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    return collected(subtract(1.0, value), subtract(1.0, update), metrics_collections, updates_collections)


def percentage_below(values, threshold, weights=None, metrics_collections=None, updates_collections=None, name=None):
    is_below = cast(generated.less(values, threshold), dtypes.float32)
    return mean(is_below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold")


def mean_per_class_accuracy(
    labels, predictions, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    with variable_scope(name, "mean_accuracy", [predictions, labels, weights]):
        flat = lambda x: array_ops.reshape(x, [-1])
        labels, predictions = flat(cast(labels, dtypes.int64)), flat(convert_to_tensor(predictions))
        predictions.shape.assert_is_compatible_with(labels.shape)
        total, count = sum_variable([num_classes], "total"), sum_variable([num_classes], "count")
        is_correct = _is_correct(labels, predictions)
        ones = array_ops.ones_like(is_correct)
        if weights is not None:
            weights = cast(weights, dtypes.float32)
            weights = flat(weights) if weights.shape.ndims != 0 else weights
            is_correct, ones = multiply(is_correct, weights), multiply(ones, weights)
        update_total = state_ops.scatter_add(total, labels, ones)
        update_count = state_ops.scatter_add(count, labels, is_correct)
        value = reduce_mean(generated.div_no_nan(count, _not_negative(total)), name="mean_accuracy")
        update = generated.div_no_nan(update_count, _not_negative(update_total), name="update_op")
        return collected(value, update, metrics_collections, updates_collections)


def mean_iou(
    labels, predictions, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """The mean, of the classes that occur, of what is in both labels and predictions by what is in either."""
    with variable_scope(name, "mean_iou", [predictions, labels, weights]):
        flat = lambda x: array_ops.reshape(x, [-1])
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        if weights is not None:
            weights = cast(weights, dtypes.float64)
            weights = (
                flat(weights) if weights.shape.ndims != 0 else weights * array_ops.ones_like(flat(labels), "float64")
            )
        total = sum_variable([num_classes, num_classes], "total_confusion_matrix", dtypes.float64)
        found = confusion_matrix(flat(labels), flat(predictions), num_classes, dtypes.float64, weights=weights)
        update = state_ops.assign_add(total, found)
        both = cast(generated.diag_part(total), dtypes.float32)
        either = cast(reduce_sum(total, 0), dtypes.float32) + cast(reduce_sum(total, 1), dtypes.float32) - both
        count = reduce_sum(cast(generated.not_equal(either, 0.0), dtypes.float32))
        share = reduce_sum(generated.div_no_nan(both, either), name="mean_iou")
        return collected(generated.div_no_nan(share, count), update, metrics_collections, updates_collections)


# Numbers of what was predicted how.
def _count(public, label, prediction):
    """The number of examples that are, and were predicted, so."""

    def function(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
        with variable_scope(name, public, [predictions, labels, weights]):
            predictions, labels, weights = aligned(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)
            is_so = generated.logical_and(generated.equal(labels, label), generated.equal(predictions, prediction))
            count = sum_variable([], "count")
            values = cast(is_so, dtypes.float32)
            if weights is not None:
                ranks = weights.shape.ndims, values.shape.ndims
                if None not in ranks and ranks[0] not in (0, ranks[1]):
                    raise ValueError(f"weights have rank {ranks[0]}, want 0 or {ranks[1]}, the rank of predictions")
                values = multiply(values, cast(weights, dtypes.float32))
            value = array_ops.identity(count)
            update = state_ops.assign_add(count, reduce_sum(values))
            return collected(value, update, metrics_collections, updates_collections)

    function.__name__ = function.__qualname__ = public
    return function


true_positives = _count("true_positives", True, True)
true_negatives = _count("true_negatives", False, False)
false_positives = _count("false_positives", False, True)
false_negatives = _count("false_negatives", True, False)


def _share(public, count_others):
    """The true positives among themselves and others."""

    def function(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
        with variable_scope(name, public, [predictions, labels, weights]):
            predictions, labels, weights = aligned(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)
            hits = true_positives(labels, predictions, weights)
            others = count_others(labels, predictions, weights)

            def of(hits, others, label):
                is_any = generated.greater(add(hits, others), 0.0)
                return array_ops.where(is_any, divide(hits, add(hits, others)), constant(0.0), label)

            pair = of(hits[0], others[0], "value"), of(hits[1], others[1], "update_op")
            return collected(*pair, metrics_collections, updates_collections)

    function.__name__ = function.__qualname__ = public
    return function


precision = _share("precision", false_positives)
recall = _share("recall", false_negatives)
