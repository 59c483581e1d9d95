"""tf.losses: mean losses, weighted, and collected in the collection `losses`."""

from . import array_ops, dtypes, generated, nn_ops
from .convert import constant, convert_to_tensor
from .graph import GraphKeys, get_default_graph, name_scope
from .math_ops import add_n, cast, multiply, reduce_sum, subtract, truediv


class Reduction:
    """How losses of elements become one."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"

    @classmethod
    def all(cls):
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_BY_NONZERO_WEIGHTS


def compute_weighted_loss(
    losses, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=Reduction.SUM_BY_NONZERO_WEIGHTS
):
    with name_scope(scope, "weighted_loss", [losses]):
        losses = convert_to_tensor(losses)
        dtype = losses.dtype.base_dtype
        losses = cast(losses, dtypes.float32)
        weights = cast(convert_to_tensor(weights), dtypes.float32)
        weighted = multiply(losses, weights)
        if reduction == Reduction.NONE:
            loss = weighted
        else:
            loss = reduce_sum(weighted)
            if reduction == Reduction.MEAN:
                loss = _safe_mean(loss, reduce_sum(multiply(array_ops.ones_like(losses), weights)))
            elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                is_used = array_ops.where_v2(generated.equal(weights, 0.0), constant(0.0), constant(1.0))
                loss = _safe_mean(loss, reduce_sum(multiply(array_ops.ones_like(losses), is_used)))
            elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                loss = _safe_mean(loss, cast(array_ops.size(losses), dtypes.float32))
        loss = cast(loss, dtype)
        add_loss(loss, loss_collection)
        return loss


def _safe_mean(total, count):
    return generated.div_no_nan(total, count, name="value")


def add_loss(loss, loss_collection=GraphKeys.LOSSES):
    if loss_collection:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope=None, loss_collection=GraphKeys.LOSSES):
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope=None):
    return get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope=None, name="total_regularization_loss"):
    losses = get_regularization_losses(scope)
    return add_n(losses, name) if losses else constant(0.0)


def get_total_loss(add_regularization_losses=True, name="total_loss", scope=None):
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return add_n(losses, name)


def _pair(labels, predictions):
    if labels is None or predictions is None:
        raise ValueError("labels and predictions must not be None.")
    predictions = cast(convert_to_tensor(predictions), dtypes.float32)
    labels = cast(convert_to_tensor(labels), dtypes.float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def _elementwise(public, scope_name, of_pair):
    def function(
        labels,
        predictions,
        weights=1.0,
        scope=None,
        loss_collection=GraphKeys.LOSSES,
        reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
    ):
        with name_scope(scope, scope_name, [predictions, labels]) as scope_value:
            losses = of_pair(*_pair(labels, predictions))
            return compute_weighted_loss(losses, weights, scope_value, loss_collection, reduction)

    function.__name__ = function.__qualname__ = public
    return function


mean_squared_error = _elementwise(
    "mean_squared_error", "mean_squared_error", lambda y, p: generated.squared_difference(p, y)
)
absolute_difference = _elementwise(
    "absolute_difference", "absolute_difference", lambda y, p: generated.abs(subtract(p, y))
)


def log_loss(
    labels,
    predictions,
    weights=1.0,
    epsilon=1e-7,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    with name_scope(scope, "log_loss", [predictions, labels]) as scope:
        labels, predictions = _pair(labels, predictions)
        losses = -multiply(labels, generated.log(predictions + epsilon)) - multiply(
            1 - labels, generated.log(1 - predictions + epsilon)
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def huber_loss(
    labels,
    predictions,
    weights=1.0,
    delta=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    with name_scope(scope, "huber_loss", [predictions, labels]) as scope:
        labels, predictions = _pair(labels, predictions)
        error = generated.abs(subtract(predictions, labels))
        quadratic = generated.minimum(error, delta)
        losses = 0.5 * multiply(quadratic, quadratic) + delta * subtract(error, quadratic)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def hinge_loss(
    labels,
    logits,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    with name_scope(scope, "hinge_loss", [logits, labels]) as scope:
        labels, logits = _pair(labels, logits)
        signs = subtract(2 * labels, array_ops.ones_like(labels))
        losses = generated.relu(subtract(array_ops.ones_like(labels), multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels,
    logits,
    weights=1.0,
    label_smoothing=0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    with name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels]) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(convert_to_tensor(multi_class_labels), logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = nn_ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels,
    logits,
    weights=1.0,
    label_smoothing=0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels]) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(convert_to_tensor(onehot_labels), logits.dtype)
        if label_smoothing > 0:
            classes = cast(array_ops.shape(labels)[-1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + truediv(label_smoothing, classes)
        labels = generated.stop_gradient(labels, name="labels_stop_gradient")
        losses = nn_ops.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels,
    logits,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels]) as scope:
        labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
        if labels.shape.ndims is not None and labels.shape.ndims == logits.shape.ndims:
            labels = array_ops.squeeze(labels, [-1])
        losses = nn_ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def cosine_distance(
    labels,
    predictions,
    axis=None,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim=None,
):
    with name_scope(scope, "cosine_distance_loss", [predictions, labels]) as scope:
        labels, predictions = _pair(labels, predictions)
        losses = 1 - reduce_sum(multiply(predictions, labels), dim if axis is None else axis, True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)
