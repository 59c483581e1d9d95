"""tf.Session and tf.InteractiveSession. `run` itself is the extension's."""

import collections
import collections.abc
import contextlib

from fanlight import _engine

from .graph import Graph, get_default_graph, stack


class Session(_engine.Session):
    """Runs a graph and owns the values of its variables. `run` may be called from several threads."""

    def __init__(self, target="", graph=None, config=None):
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"Argument `graph` must be a tf.Graph, but got {type(graph).__name__}")
        if config is not None and not hasattr(config, "CopyFrom"):
            raise TypeError(f"Argument `config` must be a tf.ConfigProto, but got {type(config).__name__}")
        threads = getattr(config, "intra_op_parallelism_threads", 0) if config is not None else 0
        timeout_ms = getattr(config, "operation_timeout_in_ms", 0) if config is not None else 0
        super().__init__(
            graph or get_default_graph(),
            threads if isinstance(threads, int) else 0,
            timeout_ms if isinstance(timeout_ms, int) else 0,
        )
        self.sess_str = target
        self._contexts = []

    graph_def = property(lambda self: self.graph.as_graph_def())

    @contextlib.contextmanager
    def as_default(self):
        stack.sessions.append(self)
        try:
            yield self
        finally:
            stack.sessions.remove(self)

    def __enter__(self):
        graph = self.graph.as_default()
        graph.__enter__()
        stack.sessions.append(self)
        self._contexts.append(graph)
        return self

    def __exit__(self, *error):
        stack.sessions.remove(self)
        self._contexts.pop().__exit__(None, None, None)
        self.close()

    def make_callable(self, fetches, feed_list=None, accept_options=False):
        keys = list(feed_list or [])

        def call(*values, options=None, run_metadata=None):
            if len(values) != len(keys):
                raise ValueError(f"make_callable: got {len(values)} values to feed, want {len(keys)}")
            return self.run(fetches, dict(zip(keys, values)), options, run_metadata)

        return call

    def list_devices(self):
        return []

    def partial_run(self, *_, **__):
        raise NotImplementedError("Session.partial_run is not there; use Session.run with all feeds")

    partial_run_setup = partial_run

    def __reduce__(self):
        raise TypeError("A Session cannot be pickled: save its variables with tf.train.Saver.")


class InteractiveSession(Session):
    """A session that is the default one from when it is made until it is closed."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config)
        stack.sessions.append(self)
        self._graph_context = None
        if graph is not None:
            self._graph_context = graph.as_default()
            self._graph_context.__enter__()

    def close(self):
        super().close()
        if self in stack.sessions:
            stack.sessions.remove(self)
        if self._graph_context is not None:
            context, self._graph_context = self._graph_context, None
            context.__exit__(None, None, None)


def get_default_session():
    return stack.sessions[-1] if stack.sessions else None


def resolve_fetch(fetch, graph):
    """What is fetched and neither a tensor nor an operation, as one of these."""
    if fetch is None:
        raise TypeError('Argument `fetch` = None has invalid type "NoneType". Cannot be None')
    if hasattr(fetch, "_as_fetch"):
        return fetch._as_fetch()
    if isinstance(fetch, collections.abc.Mapping):
        return dict(fetch)
    if hasattr(type(fetch), "__attrs_attrs__"):
        return {attribute.name: getattr(fetch, attribute.name) for attribute in type(fetch).__attrs_attrs__}
    try:
        return graph.as_graph_element(fetch)
    except TypeError as error:
        raise TypeError(
            f'Argument `fetch` = {fetch!r} has invalid type "{type(fetch).__name__}" must be a string or Tensor. '
            f"({error})"
        ) from None
    except (ValueError, KeyError) as error:
        text = error.args[0] if error.args else ""
        raise ValueError(f"Argument `fetch` = {fetch!r} cannot be interpreted as a Tensor. ({text})") from None


def rebuild_fetch(fetch, results):
    """The results in an object like what was fetched."""
    if hasattr(fetch, "_from_fetched"):
        return fetch._from_fetched(results)
    if not isinstance(fetch, collections.abc.Mapping):
        return type(fetch)(*results.values())
    if isinstance(fetch, collections.defaultdict):
        return collections.defaultdict(fetch.default_factory, results)
    made = type(fetch)()
    for key, value in results.items():
        made[key] = value
    return made


def resolve_feed(key, graph):
    try:
        found = graph.as_graph_element(key, allow_operation=False)
    except Exception as error:
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error.args[0] if error.args else error}") from None
    return found
