"""Losses against classes drawn at random, and the samplers that draw them."""

import numpy as np

from . import dtypes, generated
from .array_ops import concat, expand_dims, ones_like, reshape, shape, slice, stack, where_v2, zeros_like
from .convert import apply_op, constant, convert_to_tensor
from .embeddings import embedding_lookup
from .graph import get_default_graph, name_scope
from .math_ops import add, cast, matmul, multiply, reduce_any, reduce_sum, subtract, truediv
from .nn_ops import sigmoid_cross_entropy_with_logits, softmax_cross_entropy_with_logits_v2


def _sampler(op, public):
    def function(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
        first, second = get_default_graph().next_seeds(seed)
        attrs = {
            "num_true": num_true,
            "num_sampled": num_sampled,
            "unique": unique,
            "range_max": range_max,
            "seed": first,
            "seed2": second,
        }
        return tuple(apply_op(op, name, [true_classes], attrs).outputs)

    function.__name__ = function.__qualname__ = public
    return function


log_uniform_candidate_sampler = _sampler("LogUniformCandidateSampler", "log_uniform_candidate_sampler")
uniform_candidate_sampler = _sampler("UniformCandidateSampler", "uniform_candidate_sampler")


def _without_hits(labels, sampled, logits):
    """The logits of classes that are among an example's own made so small that they do not count."""
    is_hit = reduce_any(generated.equal(expand_dims(labels, 2), reshape(sampled, [1, 1, -1])), 1)
    return add(logits, where_v2(is_hit, constant(np.finfo(np.float32).min), constant(0.0)))


def _sampled_logits(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true,
    sampled_values,
    subtract_log_q,
    remove_accidental_hits,
    name,
    seed=None,
):
    with name_scope(name, "compute_sampled_logits", [inputs, labels]):
        labels = cast(convert_to_tensor(labels), dtypes.int64)
        inputs = convert_to_tensor(inputs)
        flat = reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
        sampled, true_count, sampled_count = (generated.stop_gradient(value) for value in sampled_values)
        sampled = cast(sampled, dtypes.int64)
        all_ids = concat([flat, sampled], 0)
        count = shape(flat)[0]
        rows = embedding_lookup(weights, all_ids)
        true_rows = slice(rows, [0, 0], stack([count, -1]))
        sampled_rows = slice(rows, stack([count, 0]), [-1, -1])
        sampled_logits = matmul(inputs, sampled_rows, transpose_b=True)
        all_biases = embedding_lookup(biases, all_ids)
        true_biases = slice(all_biases, [0], shape(flat))
        sampled_biases = slice(all_biases, shape(flat), [-1])
        width = inputs.shape[1].value
        products = multiply(expand_dims(inputs, 1), reshape(true_rows, [-1, num_true, width]))
        true_logits = reshape(reduce_sum(reshape(products, [-1, width]), 1), [-1, num_true])
        true_logits = add(true_logits, reshape(true_biases, [-1, num_true]))
        sampled_logits = add(sampled_logits, sampled_biases)
        if remove_accidental_hits:
            sampled_logits = _without_hits(labels, sampled, sampled_logits)
        if subtract_log_q:
            true_logits = subtract(true_logits, generated.log(true_count))
            sampled_logits = subtract(sampled_logits, generated.log(sampled_count))
        logits = concat([true_logits, sampled_logits], 1)
        parts = [truediv(ones_like(true_logits), float(num_true)), zeros_like(sampled_logits)]
        return logits, concat(parts, 1)


def nce_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=False,
    partition_strategy="mod",
    name="nce_loss",
):
    """Noise-contrastive estimation: telling an example's classes from some that were drawn."""
    logits, of_classes = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        True,
        remove_accidental_hits,
        name,
    )
    losses = sigmoid_cross_entropy_with_logits(labels=of_classes, logits=logits, name="sampled_losses")
    return reduce_sum(losses, 1)


def sampled_softmax_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=True,
    partition_strategy="mod",
    name="sampled_softmax_loss",
    seed=None,
):
    """Softmax over an example's classes and some that were drawn."""
    logits, of_classes = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        True,
        remove_accidental_hits,
        name,
        seed,
    )
    of_classes = generated.stop_gradient(of_classes, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=of_classes, logits=logits)
