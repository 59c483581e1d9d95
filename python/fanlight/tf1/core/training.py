"""tf.train: global steps, threads, sessions that save and stop by hooks."""

import contextlib
import os
import sys
import threading
import time

from . import dtypes, errors, initializers, messages
from .graph import GraphKeys, Tensor, get_default_graph, name_scope
from .variable_scope import get_variable
from .variables import (
    Variable,
)


# Steps.
def get_global_step(graph=None):
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) == 1:
        return found[0]
    named = [v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if v.name == "global_step:0"]
    return named[0] if named else None


def create_global_step(graph=None):
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), name_scope(None):
        return get_variable(
            "global_step",
            [],
            dtypes.int64,
            initializers.Zeros(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph=None):
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def global_step(sess, global_step_tensor):
    return int(sess.run(global_step_tensor))


def assert_global_step(global_step_tensor):
    if not isinstance(global_step_tensor, (Variable, Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.')


def write_graph(graph_or_graph_def, logdir, name, as_text=True):
    message = (
        graph_or_graph_def if isinstance(graph_or_graph_def, messages.GraphDef) else graph_or_graph_def.as_graph_def()
    )
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    with open(path, "wb") as file:
        file.write(str(message).encode() if as_text else message.SerializeToString())
    return path


# Threads.
class Coordinator:
    """Lets threads stop together, and hands on what one of them raised."""

    def __init__(self, clean_stop_exception_types=None):
        self._clean = tuple(clean_stop_exception_types or (errors.OutOfRangeError,))
        self._stop = threading.Event()
        self._error = None
        self._threads = []
        self._lock = threading.Lock()

    def request_stop(self, ex=None):
        with self._lock:
            if ex is not None and self._error is None and not self._stop.is_set():
                error = ex if isinstance(ex, BaseException) else ex[1]
                if not isinstance(error, self._clean):
                    self._error = error
            self._stop.set()

    def should_stop(self):
        return self._stop.is_set()

    def clear_stop(self):
        self._stop.clear()
        self._error = None

    def wait_for_stop(self, timeout=None):
        return self._stop.wait(timeout)

    @contextlib.contextmanager
    def stop_on_exception(self):
        try:
            yield
        except BaseException:
            self.request_stop(sys.exc_info())

    def register_thread(self, thread):
        self._threads.append(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False):
        waited = [*self._threads, *(threads or [])]
        while any(thread.is_alive() for thread in waited) and not self.wait_for_stop(0.1):
            pass
        until = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            thread.join(max(0.0, until - time.monotonic()))
        alive = [thread.name for thread in waited if thread.is_alive()]
        if self._error is not None:
            raise self._error
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")

    def raise_requested_exception(self):
        if self._error is not None:
            raise self._error

    joined = property(lambda self: not any(thread.is_alive() for thread in self._threads))


class LooperThread(threading.Thread):
    """Calls a target again and again until its coordinator stops."""

    def __init__(self, coord, timer_interval_secs, target=None, args=(), kwargs=None):
        super().__init__(daemon=True)
        self._coord, self._interval, self._call = coord, timer_interval_secs, (target, args, kwargs or {})
        coord.register_thread(self)

    @classmethod
    def loop(cls, coord, timer_interval_secs, target, args=None, kwargs=None):
        looper = cls(coord, timer_interval_secs, target, args or (), kwargs)
        looper.start()
        return looper

    def run(self):
        target, args, kwargs = self._call
        with self._coord.stop_on_exception():
            while not self._coord.wait_for_stop(self._interval or 0):
                target(*args, **kwargs)


def start_queue_runners(sess=None, coord=None, daemon=True, start=True, collection=GraphKeys.QUEUE_RUNNERS):
    """There are no queues, so no threads are started for them."""
    return []
