"""tf.nn.embedding_lookup: rows of a table, or of a table in parts."""

from . import generated
from .array_ops import concat, gather, identity, reshape, shape, size, where_v2
from .array_ops import range as numbers
from .convert import convert_to_tensor
from .dtypes import int32
from .graph import name_scope
from .math_ops import add_n, cast, clip_by_norm, floordiv, mod
from .partitioned import PartitionedVariable


def embedding_lookup(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    if params is None:
        raise ValueError("params must be specified")
    tables = list(params) if isinstance(params, (list, tuple, PartitionedVariable)) else [params]
    if not tables:
        raise ValueError("Length of params is currently 0. Need at least one params.")
    with name_scope(name, "embedding_lookup", [ids]) as scope:
        ids = convert_to_tensor(ids, name="ids")
        if len(tables) == 1:
            return identity(_clipped(gather(tables[0], ids), ids, max_norm), name=scope)
        rows = _of_parts(tables, ids, partition_strategy)
        return identity(_clipped(rows, ids, max_norm), name=scope)


def _clipped(rows, ids, max_norm):
    """Rows that are not longer than `max_norm`."""
    if max_norm is None:
        return rows
    return clip_by_norm(rows, max_norm, axes=list(range(ids.shape.ndims, rows.shape.ndims)))


def _of_parts(tables, ids, strategy):
    """Each part looks up the ids that are its own; the rows are put back where they belong."""
    count = len(tables)
    flat = reshape(ids, [-1])
    if strategy == "mod":
        # Ids are dealt out to the parts in turn.
        part, own = mod(flat, count), floordiv(flat, count)
    elif strategy == "div":
        part, own = _of_blocks(tables, flat)
    else:
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    part = cast(part, int32)
    asked = generated.dynamic_partition(own, part, count)
    places = generated.dynamic_partition(numbers(size(flat)), part, count)
    found = generated.dynamic_stitch(places, [gather(table, rows) for table, rows in zip(tables, asked)])
    return reshape(found, _shape_of_rows(ids, tables[0]))


def _shape_of_rows(ids, table):
    """As constants as far as they are known, so that the shape of the rows is known too."""
    if ids.shape.ndims is not None and table.shape.ndims is not None:
        dims = [-1 if size is None else size for size in (*ids.shape.as_list(), *table.shape.as_list()[1:])]
        if dims.count(-1) < 2 and 0 not in dims:
            return dims
    return concat([shape(ids), shape(table)[1:]], 0)


def _of_blocks(tables, flat):
    """The parts are blocks of rows, the first ones larger by one where it does not come out even."""
    lengths = [table.shape[0].value for table in tables]
    if None in lengths:
        total = cast(add_n([shape(table)[0] for table in tables]), flat.dtype)
    else:
        total = convert_to_tensor(sum(lengths), flat.dtype)
    rows, extras = floordiv(total, len(tables)), mod(total, len(tables))
    part = generated.maximum(floordiv(flat, rows + 1), floordiv(flat - extras, rows))
    is_larger = generated.less(part, extras)
    return part, where_v2(is_larger, mod(flat, rows + 1), mod(flat - extras, rows))
