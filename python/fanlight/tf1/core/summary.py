"""tf.summary: ops that make summaries, and the writer of event files."""

import contextlib
import os
import re
import weakref

from fanlight import _engine

from . import errors
from .convert import add_op, apply_op, constant, convert_to_tensor, op_def
from .graph import Graph, GraphKeys, get_default_graph, name_scope
from .messages import GraphDef

_ILLEGAL = re.compile(r"[^-/\w\.]")
# SummaryMetadata { plugin_data { plugin_name: "text" } }, serialized.
_TEXT_METADATA = b"\x0a\x06\x0a\x04text"


@contextlib.contextmanager
def _scope(name, family, values):
    """(tag, scope): the name as a tag, unique as the node's name is."""
    clean = _ILLEGAL.sub("_", str(name)).lstrip("/")
    clean_family = _ILLEGAL.sub("_", family).lstrip("/") if family else None
    with name_scope(f"{clean_family}/{clean}" if clean_family else clean, values=values) as scope:
        tag = scope.rstrip("/")
        yield (f"{clean_family}/{tag}" if clean_family else tag), scope


def _collect(value, collections, default=(GraphKeys.SUMMARIES,)):
    for key in default if collections is None else collections:
        get_default_graph().add_to_collection(key, value)
    return value


def _add(op, scope, inputs, attrs=None):
    return add_op(get_default_graph(), op_def(op), scope, inputs, attrs or {}).outputs[0]


def scalar(name, tensor, collections=None, family=None):
    with _scope(name, family, [tensor]) as (tag, scope):
        return _collect(_add("ScalarSummary", scope, [tag, tensor]), collections)


def histogram(name, values, collections=None, family=None):
    with _scope(name, family, [values]) as (tag, scope):
        return _collect(_add("HistogramSummary", scope, [tag, values]), collections)


def image(name, tensor, max_outputs=3, collections=None, family=None):
    with _scope(name, family, [tensor]) as (tag, scope):
        return _collect(_add("ImageSummary", scope, [tag, tensor], {"max_images": max_outputs}), collections)


def audio(name, tensor, sample_rate, max_outputs=3, collections=None, family=None):
    with _scope(name, family, [tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, "float32", "sample_rate")
        return _collect(_add("AudioSummaryV2", scope, [tag, tensor, rate], {"max_outputs": max_outputs}), collections)


def text(name, tensor, collections=None):
    value = convert_to_tensor(tensor)
    if value.dtype.name != "string":
        raise ValueError(f"Expected tensor {value.name} to have dtype string, got {value.dtype.name}")
    with _scope(name, None, [value]) as (tag, scope):
        return _collect(_add("TensorSummaryV2", scope, [tag, value, _TEXT_METADATA]), collections)


def merge(inputs, collections=None, name=None):
    with name_scope(name, "Merge", inputs):
        return _collect(apply_op("MergeSummary", name, [list(inputs)]).outputs[0], collections, ())


def merge_all(key=GraphKeys.SUMMARIES, scope=None, name=None):
    summaries = get_default_graph().get_collection(key, scope)
    if not summaries:
        return None
    return merge(summaries, name=name)


_writers = weakref.WeakSet()


class _OfTheParent:
    """What a forked process has of the writers it inherits: the thread and the file are its parent's."""

    def __getattr__(self, name):
        raise errors.FailedPreconditionError(
            None, None, "this FileWriter belongs to the process that was forked: make another one here"
        )


def _after_fork():
    for writer in list(_writers):
        # Never destroyed: that would wait for a thread that is not here.
        _engine.keep(writer._writer)
        writer._writer = _OfTheParent()


os.register_at_fork(after_in_child=_after_fork)


class FileWriter:
    """Writes an event file into `logdir`; a thread of its own carries the events there."""

    def __init__(
        self, logdir, graph=None, max_queue=10, flush_secs=120, graph_def=None, filename_suffix=None, session=None
    ):
        if isinstance(graph, GraphDef):
            graph, graph_def = None, graph
        self._logdir = str(logdir)
        self._arguments = (max_queue, flush_secs, filename_suffix or "")
        self._open()
        if graph is not None:
            self.add_graph(graph)
        elif graph_def is not None:
            self.add_graph(None, graph_def=graph_def)

    def _open(self):
        self._writer = _engine.make_file_writer(self._logdir, *self._arguments)
        _writers.add(self)

    def get_logdir(self):
        return self._logdir

    def add_summary(self, summary, global_step=None):
        data = summary if isinstance(summary, bytes) else getattr(summary, "SerializeToString", lambda: summary)()
        self._writer.add_summary(data, int(global_step) if global_step is not None else 0)

    def add_graph(self, graph, global_step=None, graph_def=None):
        if isinstance(graph, GraphDef):
            graph, graph_def = None, graph
        if graph is None and graph_def is not None:
            graph = Graph()
            graph.import_bytes(graph_def.SerializeToString(), "", {})
        if not isinstance(graph, Graph):
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
        self._writer.add_graph(graph)

    def add_meta_graph(self, meta_graph_def, global_step=None):
        """Nothing more: add_graph writes the graph with its collections too."""

    def add_session_log(self, session_log, global_step=None):
        step = int(global_step) if global_step is not None else 0
        self._writer.add_session_log(session_log.status, step, session_log.checkpoint_path, session_log.msg)

    def add_run_metadata(self, run_metadata, tag, global_step=None):
        step = int(global_step) if global_step is not None else 0
        self._writer.add_run_metadata(tag, run_metadata.SerializeToString(), step)

    def flush(self):
        self._writer.flush()

    def close(self):
        self._writer.close()

    def reopen(self):
        self._open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class FileWriterCache:
    """One writer for each directory."""

    _cache = {}

    @classmethod
    def get(cls, logdir):
        if logdir not in cls._cache:
            cls._cache[logdir] = FileWriter(logdir, graph=get_default_graph())
        return cls._cache[logdir]

    @classmethod
    def clear(cls):
        for writer in cls._cache.values():
            writer.flush()
        cls._cache.clear()


# The names before 1.0.
def scalar_summary(tags, values, collections=None, name=None):
    return _collect(apply_op("ScalarSummary", name, [tags, values]).outputs[0], collections)


def histogram_summary(tag, values, collections=None, name=None):
    return _collect(apply_op("HistogramSummary", name, [tag, values]).outputs[0], collections)


def image_summary(tag, tensor, max_images=3, collections=None, name=None):
    return _collect(apply_op("ImageSummary", name, [tag, tensor], {"max_images": max_images}).outputs[0], collections)


def audio_summary(tag, tensor, sample_rate, max_outputs=3, collections=None, name=None):
    rate = constant(sample_rate, "float32") if isinstance(sample_rate, (int, float)) else sample_rate
    return _collect(
        apply_op("AudioSummaryV2", name, [tag, tensor, rate], {"max_outputs": max_outputs}).outputs[0], collections
    )


def merge_summary(inputs, collections=None, name=None):
    return merge(inputs, collections, name)


def merge_all_summaries(key=GraphKeys.SUMMARIES):
    return merge_all(key)
