"""tf.train.Saver and what goes with checkpoints."""

import math
import os

import numpy as np

from fanlight import _engine

from . import dtypes, errors, logging
from .convert import apply_op
from .graph import GraphKeys, get_default_graph, name_scope
from .messages import MetaGraphDef
from .partitioned import PartitionedVariable
from .saver_messages import CheckpointState, SaverDef
from .shapes import TensorShape
from .variables import Variable, global_variables, variable_nodes


def _named(var_list):
    """(name in the checkpoint, nodes of a variable) of what is to be saved."""
    if var_list is None:
        var_list = get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)
        var_list += get_default_graph().get_collection(GraphKeys.SAVEABLE_OBJECTS)
    if isinstance(var_list, dict):
        named = [(name, nodes) for name, variable in var_list.items() for nodes in _parts(variable)]
    else:
        named = [(_name(nodes), nodes) for variable in var_list for nodes in _parts(variable)]
        whole = [name for name, nodes in named if nodes.part is None]
        for name in whole:
            if whole.count(name) > 1:
                raise ValueError(f"At least two variables have the same name: {name}")
    if not named:
        raise ValueError("No variables to save")
    return named


def _parts(variable):
    """The nodes of a variable, or of each part of one in parts."""
    parts = variable if isinstance(variable, (PartitionedVariable, list, tuple)) else [variable]
    return [variable_nodes(part) for part in parts]


def _name(nodes):
    return nodes.ref.op.name if nodes.part is None else nodes.part[0]


def _step_of(session, global_step):
    if global_step is None:
        return None
    if isinstance(global_step, Variable) or hasattr(global_step, "graph"):
        return int(session.run(global_step))
    return int(global_step)


def _refuse(call, **arguments):
    """An error for the first argument that asks for what is not there."""
    for name, value in arguments.items():
        if value:
            raise NotImplementedError(f"{call}: the argument {name} is not there")


def _below(scope, saver_def):
    """The same saver with its nodes below `scope`."""
    moved = SaverDef.FromString(saver_def.SerializeToString())
    for field in _NODES:
        setattr(moved, field, f"{scope.rstrip('/')}/{getattr(saver_def, field)}")
    return moved


_NODES = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


class Saver:
    """Saves and restores variables, as checkpoints that TensorFlow reads and writes too."""

    def __init__(
        self,
        var_list=None,
        reshape=False,
        sharded=False,
        max_to_keep=5,
        keep_checkpoint_every_n_hours=10000.0,
        name=None,
        restore_sequentially=False,
        saver_def=None,
        builder=None,
        defer_build=False,
        allow_empty=False,
        write_version=SaverDef.V2,
        pad_step_number=False,
        save_relative_paths=False,
        filename=None,
    ):
        # Variables are restored in one go, as TensorFlow's Saver does whatever `restore_sequentially` says.
        _refuse("Saver", builder=builder)
        if write_version != SaverDef.V2:
            raise NotImplementedError("Saver: of write_version only tf.train.SaverDef.V2 is there")
        if defer_build and var_list:
            raise ValueError("If `var_list` is provided then build cannot be deferred.")
        if saver_def is not None:
            _check(saver_def)
        self._var_list = var_list
        self._given_def = _below(name, saver_def) if saver_def is not None and name else saver_def
        self._settings = {
            "max_to_keep": max_to_keep or 0,
            "keep_checkpoint_every_n_hours": keep_checkpoint_every_n_hours,
            "pad_step_number": pad_step_number,
            "save_relative_paths": save_relative_paths,
            "sharded": sharded,
            "name": name or "save",
            "reshape": reshape,
            "filename": filename or "model",
        }
        self._allow_empty = allow_empty
        self._reset(None)
        if not defer_build:
            self.build()

    def _reset(self, engine):
        self._engine, self._saver_def, self._kept_before, self._is_empty = engine, None, [], False

    @classmethod
    def _of(cls, engine):
        saver = cls.__new__(cls)
        saver._reset(engine)
        return saver

    def build(self):
        if self._engine is not None or self._is_empty:
            return
        if self._given_def is not None:
            definition = self._given_def.SerializeToString()
            self._engine = _engine.saver_from_def(get_default_graph(), definition, self._settings)
        elif self._allow_empty and not (global_variables() if self._var_list is None else self._var_list):
            self._is_empty = True
            return
        else:
            self._engine = _engine.make_saver(get_default_graph(), _named(self._var_list), self._settings)
        self._engine.set_last_checkpoints(self._kept_before)

    def save(
        self,
        sess,
        save_path,
        global_step=None,
        latest_filename=None,
        meta_graph_suffix="meta",
        write_meta_graph=True,
        write_state=True,
        strip_default_attrs=False,
        save_debug_info=False,
    ):
        _refuse("Saver.save", save_debug_info=save_debug_info)
        if os.path.basename(save_path) == "":
            raise ValueError(f"Unable to save to {save_path}: it names a directory; add the beginning of a file's name")
        if latest_filename and os.path.dirname(latest_filename):
            raise ValueError("'latest_filename' must not contain path components")
        self.build()
        sess.graph.tell_collections()
        step = _step_of(sess, global_step)
        if self._is_empty:
            if write_meta_graph:
                path = str(save_path) if step is None else f"{save_path}-{step}"
                export_meta_graph(f"{path}.{meta_graph_suffix}", graph=sess.graph)
            return None
        settings = {
            "latest_filename": latest_filename or "checkpoint",
            "write_meta_graph": write_meta_graph,
            "meta_graph_suffix": meta_graph_suffix,
            "strip_default_attrs": strip_default_attrs,
            "write_state": write_state,
        }
        return self._engine.save(sess, str(save_path), step, settings)

    def restore(self, sess, save_path):
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        save_path = str(save_path)
        if not _engine.checkpoint_exists(save_path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {save_path}")
        self.build()
        self._engine.restore(sess, save_path)

    # What it is, as a message.
    @property
    def saver_def(self):
        if self._saver_def is None:
            if self._engine is None:
                return self._given_def
            self._saver_def = SaverDef.FromString(self._engine.def_bytes())
        return self._saver_def

    def as_saver_def(self):
        return self.saver_def

    def to_proto(self, export_scope=None):
        own = self.saver_def
        if export_scope is None:
            return own
        scope = export_scope.rstrip("/") + "/"
        if not all(getattr(own, field).startswith(scope) for field in _NODES):
            return None
        inner = SaverDef.FromString(own.SerializeToString())
        for field in _NODES:
            setattr(inner, field, getattr(own, field).removeprefix(scope))
        return inner

    @staticmethod
    def from_proto(saver_def, import_scope=None):
        return Saver(saver_def=saver_def, name=import_scope)

    # The checkpoints that it keeps.
    @property
    def last_checkpoints(self):
        if self._engine is None:
            return [path for path, _ in self._kept_before]
        return self._engine.last_checkpoints()

    def set_last_checkpoints(self, last_checkpoints):
        assert isinstance(last_checkpoints, list)
        self.set_last_checkpoints_with_time([(path, math.inf) for path in last_checkpoints])

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time):
        assert isinstance(last_checkpoints_with_time, list)
        kept = [(str(path), float(time)) for path, time in last_checkpoints_with_time]
        if self._engine is None:
            self._kept_before = kept
        else:
            self._engine.set_last_checkpoints(kept)

    def recover_last_checkpoints(self, checkpoint_paths):
        times = [(path, get_checkpoint_mtimes([path])) for path in checkpoint_paths]
        self.set_last_checkpoints_with_time([(path, found[0]) for path, found in times if found])

    def export_meta_graph(self, filename=None, **arguments):
        self.build()
        return export_meta_graph(filename, saver_def=self.saver_def, **arguments)


def _check(saver_def):
    if not isinstance(saver_def, SaverDef):
        raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {saver_def}")
    for field in _NODES[1:]:
        if not getattr(saver_def, field):
            raise ValueError(f"saver_def must specify the {field}: {saver_def}")


# MetaGraphs.
def export_meta_graph(
    filename=None,
    meta_info_def=None,
    graph_def=None,
    saver_def=None,
    collection_list=None,
    as_text=False,
    graph=None,
    export_scope=None,
    clear_devices=False,
    clear_extraneous_savers=False,
    strip_default_attrs=False,
    save_debug_info=False,
):
    """The graph with its collections and a saver as a message, which is written to a file too when one is named."""
    _refuse(
        "export_meta_graph",
        meta_info_def=meta_info_def,
        graph_def=graph_def,
        export_scope=export_scope,
        clear_extraneous_savers=clear_extraneous_savers,
        save_debug_info=save_debug_info,
    )
    saver = None if saver_def is None else saver_def.SerializeToString()
    keys = None if collection_list is None else list(collection_list)
    graph = graph or get_default_graph()
    graph.tell_collections()
    data = _engine.meta_graph_bytes(graph, saver, keys, clear_devices, strip_default_attrs)
    if filename:
        os.makedirs(os.path.dirname(filename) or ".", exist_ok=True)
        with open(filename, "wb") as file:
            file.write(_engine.meta_graph_text(data).encode() if as_text else data)
    return MetaGraphDef(data)


def import_meta_graph(
    meta_graph_or_file,
    clear_devices=False,
    import_scope=None,
    input_map=None,
    unbound_inputs_col_name="unbound_inputs",
    restore_collections_predicate=None,
):
    """Adds a graph and its collections to the default one; returns a Saver for it, or None when it has no variables."""
    _refuse("import_meta_graph", restore_collections_predicate=restore_collections_predicate)
    if unbound_inputs_col_name not in (None, "unbound_inputs"):
        raise NotImplementedError("import_meta_graph: the argument unbound_inputs_col_name is not there")
    if isinstance(meta_graph_or_file, MetaGraphDef):
        data = meta_graph_or_file.SerializeToString()
    elif os.path.isfile(meta_graph_or_file):
        data = _engine.read_meta_graph(str(meta_graph_or_file))
    else:
        raise OSError(f"File does not exist. Received: {meta_graph_or_file}.")
    graph = get_default_graph()
    scope = graph.make_unique(import_scope.rstrip("/")) if import_scope else ""
    inputs = {key: graph.as_graph_element(value, allow_operation=False) for key, value in (input_map or {}).items()}
    engine = _engine.import_meta_graph(graph, data, scope, inputs, bool(clear_devices))
    return None if engine is None else Saver._of(engine)


# The file `checkpoint`, and the files of checkpoints.
def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """What the file says; None where there is none, or none that can be read."""
    try:
        state = _engine.checkpoint_state(str(checkpoint_dir), latest_filename or "checkpoint")
    except errors.OpError as error:
        logging.warning("%s", error.message)
        logging.warning("%s: Checkpoint ignored", os.path.join(checkpoint_dir, latest_filename or "checkpoint"))
        return None
    if state is None:
        return None
    latest, all_paths, times, preserved = state
    return CheckpointState(
        model_checkpoint_path=latest,
        all_model_checkpoint_paths=all_paths,
        all_model_checkpoint_timestamps=times,
        last_preserved_timestamp=preserved,
    )


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    if checkpoint_exists(state.model_checkpoint_path):
        return state.model_checkpoint_path
    logging.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
    return None


def update_checkpoint_state(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    latest_filename=None,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """Writes the file `checkpoint` of a directory."""
    paths = [str(path) for path in all_model_checkpoint_paths or ()]
    latest, times = str(model_checkpoint_path), list(all_model_checkpoint_timestamps or ())
    if not paths or paths[-1] != latest:
        paths.append(latest)
    if times and len(times) != len(paths):
        raise ValueError(
            f"Checkpoint timestamps, if provided, must match checkpoint paths (got paths {paths} and times {times})"
        )
    save_dir, file_name = str(save_dir), latest_filename or "checkpoint"
    if os.path.join(save_dir, file_name) == latest:
        raise RuntimeError(
            f"Save path '{latest}' conflicts with path used for checkpoint state.  Please use a different save path."
        )
    _engine.write_checkpoint_state(save_dir, file_name, latest, paths, times, last_preserved_timestamp, False)


def checkpoint_exists(checkpoint_prefix):
    return _engine.checkpoint_exists(str(checkpoint_prefix))


def get_checkpoint_mtimes(checkpoint_prefixes):
    """When each was written, in seconds since 1970; those that are not there are left out."""
    found = []
    for prefix in map(str, checkpoint_prefixes):
        path = next((path for path in (prefix + ".index", prefix) if os.path.isfile(path)), None)
        if path is not None:
            found.append(os.stat(path).st_mtime)
    return found


def remove_checkpoint(checkpoint_prefix, checkpoint_format_version=SaverDef.V2, meta_graph_suffix="meta"):
    prefix = str(checkpoint_prefix)
    if checkpoint_format_version == SaverDef.V2:
        _engine.remove_checkpoint(prefix, meta_graph_suffix)
        return
    for path in (f"{prefix}.{meta_graph_suffix}", prefix):
        if os.path.isfile(path):
            os.remove(path)


class CheckpointReader:
    """Looks into a checkpoint without a graph: tf.train.NewCheckpointReader."""

    def __init__(self, filepattern):
        self.prefix = str(filepattern)
        self._engine = _engine.open_checkpoint(self.prefix)
        self._entries = {name: (dtypes.BY_NUMBER[number], dims) for name, number, dims in self._engine.entries()}

    def get_variable_to_shape_map(self):
        return {name: list(dims) for name, (_, dims) in self._entries.items()}

    def get_variable_to_dtype_map(self):
        return {name: dtype for name, (dtype, _) in self._entries.items()}

    def has_tensor(self, name):
        return name in self._entries

    def get_tensor(self, name):
        return self._engine.get_tensor(name)

    def debug_string(self):
        lines = [f"{name} ({dtype!r}) {TensorShape(dims)}" for name, (dtype, dims) in self._entries.items()]
        return "\n".join(lines).encode()


def load_variable(ckpt_dir_or_file, name):
    return np.asarray(load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0")))


def list_variables(ckpt_dir_or_file):
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_checkpoint(ckpt_dir_or_file):
    path = str(ckpt_dir_or_file)
    if os.path.isdir(path):
        path = latest_checkpoint(path)
        if path is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
    return CheckpointReader(path)


def init_from_checkpoint(ckpt_dir_or_file, assignment_map):
    """Makes variables begin with their values in a checkpoint: `variable.initializer` restores them.

    The map is of names in the checkpoint to variables or their names; of scopes "a/" to scopes "b/".
    """
    reader = load_checkpoint(ckpt_dir_or_file)
    by_name = {_name(nodes): [] for nodes in map(variable_nodes, global_variables())}
    for variable in global_variables():
        by_name[_name(variable_nodes(variable))].append(variable)
    for stored, target in assignment_map.items():
        for name, variables in _targets(stored, target, by_name):
            if not reader.has_tensor(name):
                raise ValueError(f"Tensor {name} is not found in {ckpt_dir_or_file} checkpoint")
            for variable in variables:
                _begin_with(variable, reader, name)


def _targets(stored, target, by_name):
    """(name in the checkpoint, variables) for an entry of the map."""
    if not isinstance(target, str):
        return [(stored, [target] if isinstance(target, Variable) else list(target))]
    if not target.endswith("/"):
        if target not in by_name:
            raise ValueError(f"Assignment map with scope only name {target} should map to scope only {stored}.")
        return [(stored, by_name[target])]
    scope, below = target.lstrip("/"), stored.lstrip("/")
    found = [(below + name.removeprefix(scope), many) for name, many in by_name.items() if name.startswith(scope)]
    if not found:
        raise ValueError(f"No variables below the scope {target} to begin with values of a checkpoint")
    return found


def _begin_with(variable, reader, name):
    nodes = variable_nodes(variable)
    part = nodes.part
    own = variable.shape.as_list()
    whole = own if part is None else part[1]
    stored = reader.get_variable_to_shape_map()[name]
    if stored != whole:
        raise ValueError(
            f"Shape of variable {variable.name} ({whole}) doesn't match with shape of tensor {name} ({stored}) from "
            "checkpoint reader."
        )
    text = ""
    if part is not None:
        text = " ".join(map(str, whole)) + " " + ":".join(f"{at},{size}" for at, size in zip(part[2], own))
    with nodes.ref.graph.as_default(), name_scope("init_from_checkpoint"):
        value = apply_op(
            "RestoreV2", None, [reader.prefix, [name], [text]], {"dtypes": [variable.dtype.base_dtype]}
        ).outputs[0]
        assigned = variable.assign(value)
    variable._own_initializer = getattr(assigned, "op", assigned)
