"""Variables as messages: the names of their nodes, as collections of MetaGraphs hold them."""

import re

from fanlight import _engine

from .fields_message import define
from .graph import get_default_graph

SaveSliceInfoDef = define(
    "SaveSliceInfoDef",
    full_name=(1, "string"),
    full_shape=(2, "int64", "repeated"),
    var_offset=(3, "int64", "repeated"),
    var_shape=(4, "int64", "repeated"),
)
VariableDef = define(
    "VariableDef",
    variable_name=(1, "string"),
    initializer_name=(2, "string"),
    snapshot_name=(3, "string"),
    save_slice_info_def=(4, SaveSliceInfoDef),
    is_resource=(5, "bool"),
    initial_value_name=(6, "string"),
    trainable=(7, "bool"),
    synchronization=(8, "int32"),
    aggregation=(9, "int32"),
)


def variable_def(variable, export_scope):
    """The message of a variable, its names as they are below `export_scope`; None where it is not in there."""
    if export_scope and not variable.name.startswith(export_scope):
        return None
    short = lambda name: re.sub(f"^{re.escape(export_scope)}/+", "", name) if export_scope else name
    nodes = variable._nodes
    message = VariableDef(
        variable_name=short(variable.name),
        initializer_name=short(nodes.initializer.name),
        snapshot_name=short(nodes.value.name),
        is_resource=variable._is_resource,
        trainable=variable.trainable,
    )
    if nodes.initial_value is not None:
        message.initial_value_name = short(nodes.initial_value.name)
    if nodes.part is not None:
        full_name, full_shape, offset = nodes.part
        message.save_slice_info_def = SaveSliceInfoDef(
            full_name=full_name, full_shape=full_shape, var_offset=offset, var_shape=variable.shape.as_list()
        )
    return message


def nodes_of(message, import_scope):
    """The nodes of the default graph that a message names, below `import_scope`."""
    graph = get_default_graph()
    find = lambda name: graph.as_graph_element(f"{import_scope}/{name}" if import_scope else name)
    ref = find(message.variable_name)
    if ref in graph.variables:
        return graph.variables[ref]._nodes
    part = message.save_slice_info_def
    return _engine.variable_from_nodes(
        ref,
        find(message.snapshot_name),
        find(message.initializer_name),
        find(message.initial_value_name) if message.initial_value_name else None,
        message.trainable,
        (part.full_name, list(part.full_shape), list(part.var_offset)) if part.full_name else None,
    )
