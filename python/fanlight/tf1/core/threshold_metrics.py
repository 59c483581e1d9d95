"""tf.metrics of predictions that are probabilities: counted at thresholds, and the areas below the curves of these."""

from . import array_ops, assertions, dtypes, generated, state_ops
from .convert import constant, convert_to_tensor
from .graph import get_default_graph
from .math_ops import argmax, argmin, cast, divide, multiply, reduce_min, reduce_sum
from .metrics import aligned, broadcast_weights, collected, sum_variable
from .variable_scope import variable_scope

# Above, or below, every probability by more than float32 loses.
_MARGIN = 1e-7
_NAMES = {"tp": "true_positives", "fn": "false_negatives", "tn": "true_negatives", "fp": "false_positives"}


def _probabilities(predictions, labels, weights):
    predictions = convert_to_tensor(predictions)
    message = "predictions must be in [0, 1]"
    bound = lambda value: constant(value, predictions.dtype.base_dtype)
    checks = [
        assertions.assert_greater_equal(predictions, bound(0.0), message=message),
        assertions.assert_less_equal(predictions, bound(1.0), message=message),
    ]
    with get_default_graph().control_dependencies(checks):
        predictions = array_ops.identity(cast(predictions, dtypes.float32), "checked")
        return aligned(predictions, cast(labels, dtypes.bool), weights)


def _counts(labels, predictions, thresholds, weights, kinds=("tp", "fn", "tn", "fp")):
    """The variables and updates of `kinds`, vectors of a number for each threshold."""
    predictions, labels, weights = _probabilities(predictions, labels, weights)
    row = lambda x: array_ops.reshape(x, [1, -1])
    if weights is not None:
        weights = row(broadcast_weights(weights, predictions))
    column = constant(thresholds, dtypes.float32, [len(thresholds), 1])
    is_above = generated.greater(row(predictions), column)
    is_true = row(labels)
    sides = {
        "tp": lambda: generated.logical_and(is_true, is_above),
        "fn": lambda: generated.logical_and(is_true, generated.logical_not(is_above)),
        "tn": lambda: generated.logical_not(generated.logical_or(is_true, is_above)),
        "fp": lambda: generated.logical_and(generated.logical_not(is_true), is_above),
    }
    values, updates = {}, {}
    for kind in kinds:
        values[kind] = sum_variable([len(thresholds)], _NAMES[kind])
        counted = cast(sides[kind](), dtypes.float32)
        counted = counted if weights is None else multiply(counted, weights)
        updates[kind] = state_ops.assign_add(values[kind], reduce_sum(counted, 1))
    return values, updates


def _of_counts(of, counts, metrics_collections, updates_collections):
    values, updates = counts
    value = of(values, "value")
    return collected(value, of(updates, "update_op"), metrics_collections, updates_collections)


def _count_at_thresholds(kind):
    public = _NAMES[kind] + "_at_thresholds"

    def function(
        labels,
        predictions,
        thresholds,
        weights=None,
        metrics_collections=None,
        updates_collections=None,
        name=None,
    ):
        with variable_scope(name, _NAMES[kind], [predictions, labels, weights]):
            values, updates = _counts(labels, predictions, thresholds, weights, (kind,))
            value = array_ops.identity(values[kind])
            return collected(value, updates[kind], metrics_collections, updates_collections)

    function.__name__ = function.__qualname__ = public
    return function


true_positives_at_thresholds = _count_at_thresholds("tp")
false_negatives_at_thresholds = _count_at_thresholds("fn")
true_negatives_at_thresholds = _count_at_thresholds("tn")
false_positives_at_thresholds = _count_at_thresholds("fp")


def _share_at_thresholds(public, others):
    """The true positives among themselves and `others`."""

    def function(
        labels,
        predictions,
        thresholds,
        weights=None,
        metrics_collections=None,
        updates_collections=None,
        name=None,
    ):
        def of(counts, label):
            return divide(counts["tp"], _MARGIN + counts["tp"] + counts[others], f"{public}_{label}")

        with variable_scope(name, f"{public}_at_thresholds", [predictions, labels, weights]):
            counts = _counts(labels, predictions, thresholds, weights, ("tp", others))
            return _of_counts(of, counts, metrics_collections, updates_collections)

    function.__name__ = function.__qualname__ = f"{public}_at_thresholds"
    return function


precision_at_thresholds = _share_at_thresholds("precision", "fp")
recall_at_thresholds = _share_at_thresholds("recall", "fn")


def _even_thresholds(count, above=1.0 + _MARGIN):
    return [-_MARGIN, *((i + 1) / (count - 1) for i in range(count - 2)), above]


def sensitivity_at_specificity(
    labels,
    predictions,
    specificity,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """The share of true examples found at the threshold that comes nearest to this share of false ones left out."""
    if not 0 <= specificity <= 1:
        raise ValueError(f"`specificity` must be in the range [0, 1], got {specificity}")

    def of(counts, label):
        tp, fn, tn, fp = (counts[kind] for kind in _NAMES)
        specificities = divide(tn, tn + fp + _MARGIN)
        at = cast(argmin(generated.abs(specificities - specificity), 0), dtypes.int32)
        return divide(tp[at], tp[at] + fn[at] + _MARGIN, label)

    with variable_scope(name, "sensitivity_at_specificity", [predictions, labels, weights]):
        counts = _counts(labels, predictions, _even_thresholds(num_thresholds), weights)
        return _of_counts(of, counts, metrics_collections, updates_collections)


def specificity_at_sensitivity(
    labels,
    predictions,
    sensitivity,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """The other way round; of thresholds that come equally near the highest counts."""
    if not 0 <= sensitivity <= 1:
        raise ValueError(f"`sensitivity` must be in the range [0, 1], got {sensitivity}")

    def of(counts, label):
        tp, fn, tn, fp = (counts[kind] for kind in _NAMES)
        away = generated.abs(divide(tp, tp + fn + _MARGIN) - sensitivity)
        is_nearest = cast(generated.equal(away, reduce_min(away)), dtypes.int64)
        at = cast(argmax(generated.cumsum(is_nearest), 0), dtypes.int32)
        return divide(tn[at], tn[at] + fp[at] + _MARGIN, label)

    with variable_scope(name, "specificity_at_sensitivity", [predictions, labels, weights]):
        counts = _counts(labels, predictions, _even_thresholds(num_thresholds, 1.0 - _MARGIN), weights)
        return _of_counts(of, counts, metrics_collections, updates_collections)


# Areas.
def _interpolated_area(tp, fp, fn):
    """Below precision by recall. Between two thresholds true and false positives, not their ratio, change evenly
    (Davis and Goadrich 2006): with the positives p = tp + fp and the slope s = dtp / dp the precision is
    (tp_b + s (p - p_b)) / p, whose integral over tp is s (dtp + (tp_b - s p_b) log(p_a / p_b))."""
    tp_a, tp_b = tp[:-1], tp[1:]
    p_a, p_b = tp_a + fp[:-1], tp_b + fp[1:]
    more = lambda x: generated.maximum(x, 0.0)
    slope = generated.div_no_nan(tp_a - tp_b, more(p_a - p_b))
    both = generated.logical_and(generated.greater(p_a, 0.0), generated.greater(p_b, 0.0))
    ratio = array_ops.where(both, generated.div_no_nan(p_a, more(p_b)), array_ops.ones_like(p_b))
    area = slope * (tp_a - tp_b + (tp_b - slope * p_b) * generated.log(ratio))
    return reduce_sum(generated.div_no_nan(area, more(tp_b + fn[1:])), name="interpolate_pr_auc")


_HEIGHTS = {
    "trapezoidal": lambda a, b: (a + b) / 2.0,
    "careful_interpolation": lambda a, b: (a + b) / 2.0,
    "minoring": generated.minimum,
    "majoring": generated.maximum,
}


def auc(
    labels,
    predictions,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    curve="ROC",
    name=None,
    summation_method="trapezoidal",
    thresholds=None,
):
    """The area below the curve of true by false positives, or of precision by recall."""
    if curve not in ("ROC", "PR"):
        raise ValueError(f"Curve must be either ROC or PR. Curve {curve} is unknown.")
    if summation_method not in _HEIGHTS:
        raise ValueError(f"Invalid summation_method: {summation_method}, want one of {', '.join(_HEIGHTS)}")
    epsilon = 1e-6

    def of(counts, label):
        tp, fn, tn, fp = (counts[kind] for kind in _NAMES)
        if curve == "PR" and summation_method == "careful_interpolation":
            return _interpolated_area(tp, fp, fn)
        recall = divide(tp + epsilon, tp + fn + epsilon)
        if curve == "ROC":
            x, y = divide(fp, fp + tn + epsilon), recall
        else:
            x, y = recall, divide(tp + epsilon, tp + fp + epsilon)
        return reduce_sum(multiply(x[:-1] - x[1:], _HEIGHTS[summation_method](y[:-1], y[1:])), name=label)

    with variable_scope(name, "auc", [labels, predictions, weights]):
        places = _even_thresholds(num_thresholds)
        if thresholds is not None:
            places = [-_MARGIN, *sorted(thresholds), 1.0 + _MARGIN]
        return _of_counts(of, _counts(labels, predictions, places, weights), metrics_collections, updates_collections)
