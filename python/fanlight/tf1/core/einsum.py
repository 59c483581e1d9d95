"""tf.einsum: sums of products, told by letters for the dimensions.

An equation is done two operands at a time. A dimension of both that is wanted later is one of a batch; one of both
that is not is summed; one of either alone stays its own, or is summed at once. So each step is a product of batches
of matrices, of which the dimensions of a kind are made one:

    bqhd,bkhd->bhqk    b h of the batch, d summed: [b, h, q, d] x [b, h, d, k]
"""

import math
import re
import string

from . import array_ops
from .convert import convert_to_tensor
from .graph import name_scope
from .linalg_ops import matrix_diag_part
from .math_ops import batch_matmul, matmul, multiply, reduce_prod, reduce_sum

_EQUATION = re.compile(r"^[a-zA-Z,.]*(->[a-zA-Z.]*)?$")


def _parsed(equation, operands):
    """The labels of each operand's dimensions, and those of the result. An ellipsis has digits for labels."""
    text = re.sub(r"\s", "", equation)
    if not _EQUATION.match(text):
        raise ValueError(f"Subscripts have incorrect format: {equation}")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(f'Got {len(operands)} inputs for equation "{equation}", expecting {len(terms)}')
    hidden = ""
    labels = []
    for term, operand in zip(terms, operands):
        before, dots, after = term.partition("...")
        if "." in before + after:
            raise ValueError(f'Period "." found outside of an ellipsis: {equation}')
        rank, told = operand.shape.ndims, len(before) + len(after)
        if rank is None and dots:
            raise ValueError(f"{equation}: the rank of {operand.name} is not known, an ellipsis needs it")
        if rank is not None and (rank < told or rank > told and not dots):
            raise ValueError(f"Shape must be rank {told} but is rank {rank} for {operand.name} in {equation}")
        # They are aligned at the last one.
        own = string.digits[: rank - told][::-1] if dots else ""
        hidden = max(hidden, own, key=len)
        labels.append(before + own + after)
    every = "".join(labels)
    if not arrow:
        return labels, hidden + "".join(sorted(x for x in set(every) - set(hidden) if every.count(x) == 1))
    if "..." not in right and hidden:
        raise ValueError(f"{equation}: the output has no ellipsis, the inputs have {len(hidden)} dimensions in theirs")
    wanted = right.replace("...", hidden, 1)
    for label in wanted:
        if label == ".":
            raise ValueError(f'Period "." found outside of an ellipsis: {equation}')
        if label not in every:
            raise ValueError(f"Output subscripts contain the label {label} not present in the input subscripts.")
        if wanted.count(label) > 1:
            raise ValueError(f"Output subscripts contain a label appearing more than once: {equation}")
    return labels, wanted


def _moved(x, labels, order):
    return x if order == labels else array_ops.transpose(x, [labels.index(label) for label in order])


def _without_repeats(x, labels):
    """A label that an operand has twice takes its diagonal."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            rest = [i for i in range(len(labels)) if i not in (first, second)]
            if not x.shape[first].is_compatible_with(x.shape[second]):
                raise ValueError(
                    f"Dimensions must be equal, but are {x.shape[first]} and {x.shape[second]} for {label}"
                )
            x = matrix_diag_part(array_ops.transpose(x, [*rest, first, second]))
            labels = "".join(labels[i] for i in rest) + label
    return x, labels


def _summed(x, labels, keep):
    gone = [i for i, label in enumerate(labels) if label not in keep]
    if not gone:
        return x, labels
    return reduce_sum(x, gone), "".join(label for label in labels if label in keep)


def _shaped(x, sizes):
    """`x` with a shape of numbers, and of functions that make those that are not known: -1 stands for a single one."""
    unknown = [i for i, size in enumerate(sizes) if callable(size)]
    if len(unknown) == 1:
        sizes = [-1 if callable(size) else size for size in sizes]
    return array_ops.reshape(x, [size() if callable(size) else size for size in sizes])


def _size(x, axis):
    known = x.shape[axis].value if x.shape.ndims is not None else None
    return (lambda: array_ops.shape(x)[axis]) if known is None else known


def _joined(x, groups):
    """`x` with the dimensions of each group as one."""

    def product(group):
        sizes = [_size(x, axis) for axis in group]
        if not any(callable(size) for size in sizes):
            return math.prod(sizes)
        return sizes[0] if len(group) == 1 else lambda: reduce_prod(array_ops.shape(x)[group[0] : group[-1] + 1])

    if all(len(group) == 1 for group in groups):
        return x
    return _shaped(x, [product(group) for group in groups])


def _as_matrices(x, labels, batch, rows, columns):
    """`x` as a batch of matrices, and whether they lie transposed: where that saves moving its elements."""
    is_transposed = labels == batch + columns + rows and labels != batch + rows + columns
    first, second = (columns, rows) if is_transposed else (rows, columns)
    x = _moved(x, labels, batch + first + second)
    at, end = len(batch), len(batch) + len(first)
    groups = [[i] for i in range(at)] + [list(range(at, end)), list(range(end, end + len(second)))]
    return _joined(x, groups), is_transposed


def _product(a, a_labels, b, b_labels, keep):
    """The sum of products of two operands over the labels of both that are not kept; with the labels of it."""
    a, a_labels = _summed(a, a_labels, keep + b_labels)
    b, b_labels = _summed(b, b_labels, keep + a_labels)
    both = [label for label in a_labels if label in b_labels]
    batch = "".join(label for label in both if label in keep)
    inner = "".join(label for label in both if label not in keep)
    a_own = "".join(label for label in a_labels if label not in both)
    b_own = "".join(label for label in b_labels if label not in both)
    result = batch + a_own + b_own
    if not inner:
        a, b = _moved(a, a_labels, batch + a_own), _moved(b, b_labels, batch + b_own)
        for _ in b_own:
            a = array_ops.expand_dims(a, -1)
        for _ in a_own if batch + b_own else "":
            b = array_ops.expand_dims(b, len(batch))
        return multiply(a, b), result
    left, left_is_transposed = _as_matrices(a, a_labels, batch, a_own, inner)
    right, right_is_transposed = _as_matrices(b, b_labels, batch, inner, b_own)
    if batch:
        product = batch_matmul(left, right, left_is_transposed, right_is_transposed)
    else:
        product = matmul(left, right, left_is_transposed, right_is_transposed)
    if len(a_own) == len(b_own) == 1:
        return product, result
    sizes = [_size(product, i) for i in range(len(batch))]
    sizes += [_size(a, a_labels.index(label)) for label in a_own]
    sizes += [_size(b, b_labels.index(label)) for label in b_own]
    return _shaped(product, sizes), result


def einsum(equation, *inputs, **kwargs):
    """The sums of products of `inputs` that `equation` tells, such as "bij,bjk->bik"."""
    name = kwargs.pop("name", None)
    kwargs.pop("optimize", None)
    if kwargs:
        raise TypeError(f"Invalid keyword arguments for einsum: {', '.join(kwargs)}. Valid arguments: name, optimize.")
    with name_scope(name, "einsum", inputs) as scope:
        operands = [convert_to_tensor(value) for value in inputs]
        labels, wanted = _parsed(equation, operands)
        parts = [_without_repeats(*pair) for pair in zip(operands, labels)]
        value, own = parts[0]
        for i in range(1, len(parts)):
            later = "".join(part_labels for _, part_labels in parts[i + 1 :])
            value, own = _product(value, own, *parts[i], wanted + later)
        value, own = _summed(value, own, wanted)
        return array_ops.identity(_moved(value, own, wanted), name=scope)
