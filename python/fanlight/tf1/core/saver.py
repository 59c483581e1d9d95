"""tf.train.Saver and what goes with checkpoints."""

import os

import numpy as np

from fanlight import _engine

from . import dtypes
from .graph import GraphKeys, get_default_graph
from .messages import MetaGraphDef
from .shapes import TensorShape
from .variables import Variable, global_variables, variable_nodes


def _named(var_list):
    """Names in the checkpoint → variables."""
    if var_list is None:
        var_list = get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)
        var_list += get_default_graph().get_collection(GraphKeys.SAVEABLE_OBJECTS)
    if isinstance(var_list, dict):
        named = dict(var_list)
    else:
        named = {}
        for variable in var_list:
            name = variable_nodes(variable).ref.op.name
            if name in named:
                raise ValueError(f"At least two variables have the same name: {name}")
            named[name] = variable
    if not named:
        raise ValueError("No variables to save")
    return {name: variable_nodes(variable) for name, variable in named.items()}


def _step_of(session, global_step):
    if global_step is None:
        return None
    if isinstance(global_step, Variable) or hasattr(global_step, "graph"):
        return int(session.run(global_step))
    return int(global_step)


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
        write_version=2,
        pad_step_number=False,
        save_relative_paths=False,
        filename=None,
    ):
        self._var_list = var_list
        self._arguments = (
            max_to_keep or 0,
            keep_checkpoint_every_n_hours,
            pad_step_number,
            save_relative_paths,
            sharded,
            name or "save",
        )
        self._engine = None
        self._is_empty = False
        if not defer_build:
            if allow_empty and not (global_variables() if var_list is None else var_list):
                self._is_empty = True
            else:
                self.build()

    @classmethod
    def _of(cls, engine):
        saver = cls.__new__(cls)
        saver._engine, saver._is_empty = engine, False
        return saver

    def build(self):
        if self._engine is None:
            self._engine = _engine.make_saver(get_default_graph(), _named(self._var_list), *self._arguments)

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
        if self._is_empty:
            return None
        if os.path.basename(save_path) == "":
            raise ValueError(f"Unable to save to {save_path}: it names a directory; add the beginning of a file's name")
        self.build()
        step = _step_of(sess, global_step)
        return self._engine.save(
            sess, str(save_path), step, latest_filename or "checkpoint", write_meta_graph, write_state
        )

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

    @property
    def last_checkpoints(self):
        return self._engine.last_checkpoints()

    def recover_last_checkpoints(self, checkpoint_paths):
        self._engine.recover_last_checkpoints([str(path) for path in checkpoint_paths])

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time):
        self.recover_last_checkpoints([path for path, _ in last_checkpoints_with_time])

    def export_meta_graph(self, filename=None, **_):
        self.build()
        return _written(_engine.meta_graph_bytes(get_default_graph(), self._engine), filename)


def _written(data, filename):
    if filename:
        with open(filename, "wb") as file:
            file.write(data)
    return MetaGraphDef(data)


def export_meta_graph(filename=None, **_):
    return _written(_engine.meta_graph_bytes(get_default_graph(), None), filename)


def import_meta_graph(meta_graph_or_file, clear_devices=False, import_scope=None, **_):
    if import_scope:
        raise NotImplementedError("import_meta_graph: import_scope is not there")
    graph = get_default_graph()
    return Saver._of(_engine.import_meta_graph(graph, str(meta_graph_or_file)))


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    return _engine.latest_checkpoint(str(checkpoint_dir), latest_filename or "checkpoint")


def checkpoint_exists(checkpoint_prefix):
    return _engine.checkpoint_exists(str(checkpoint_prefix))


class CheckpointState:
    """What the file `checkpoint` says."""

    def __init__(self, model_checkpoint_path, all_model_checkpoint_paths):
        self.model_checkpoint_path = model_checkpoint_path
        self.all_model_checkpoint_paths = all_model_checkpoint_paths


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    state = _engine.checkpoint_state(str(checkpoint_dir), latest_filename or "checkpoint")
    return None if state is None else CheckpointState(*state)


class CheckpointReader:
    """Looks into a checkpoint without a graph: tf.train.NewCheckpointReader."""

    def __init__(self, filepattern):
        self._engine = _engine.open_checkpoint(str(filepattern))
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
