"""tf.train.MonitoredTrainingSession and its kin: sessions that initialise, restore, save and stop by hooks."""

import contextlib
import os

from . import errors, summary
from .control_ops import group
from .graph import GraphKeys, get_default_graph
from .hooks import (
    CheckpointSaverHook,
    SessionRunArgs,
    SessionRunContext,
    SessionRunValues,
    StepCounterHook,
    SummarySaverHook,
)
from .saver import Saver, latest_checkpoint
from .session import Session
from .training import Coordinator, get_global_step
from .variables import global_variables_initializer, local_variables_initializer, report_uninitialized_variables


class Scaffold:
    """The pieces that a training session needs, made where they are not given."""

    def __init__(
        self,
        init_op=None,
        init_feed_dict=None,
        init_fn=None,
        ready_op=None,
        ready_for_local_init_op=None,
        local_init_op=None,
        summary_op=None,
        saver=None,
        copy_from_scaffold=None,
        local_init_feed_dict=None,
    ):
        self.init_op, self.init_feed_dict, self.init_fn = init_op, init_feed_dict, init_fn
        self.ready_op, self.local_init_op = ready_op, local_init_op
        self.summary_op, self.saver = summary_op, saver

    def finalize(self):
        if self.init_op is None:
            make = lambda: group(global_variables_initializer(), name="init_all")
            self.init_op = self.get_or_default("init_op", GraphKeys.INIT_OP, make)
        if self.ready_op is None:
            self.ready_op = self.get_or_default("ready_op", GraphKeys.READY_OP, report_uninitialized_variables)
        if self.local_init_op is None:
            make = lambda: group(local_variables_initializer(), name="local_init")
            self.local_init_op = self.get_or_default("local_init_op", GraphKeys.LOCAL_INIT_OP, make)
        if self.summary_op is None:
            self.summary_op = self.get_or_default("summary_op", GraphKeys.SUMMARY_OP, summary.merge_all)
        if self.saver is None:
            make = lambda: Saver(sharded=True, allow_empty=True)
            self.saver = self.get_or_default("saver", GraphKeys.SAVERS, make)
        self.saver.build()
        get_default_graph().finalize()
        return self

    @staticmethod
    def get_or_default(arg_name, collection_key, default_constructor):
        """What another session has made for this graph already, which is final then; else a new one."""
        graph = get_default_graph()
        found = graph.get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which one to use by passing '
                f"it to the tf.Scaffold constructor as:  tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            graph.add_to_collection(collection_key, made)
        return made


class _Monitored:
    """A session whose runs hooks look at."""

    def __init__(self, scaffold, hooks, directory, config):
        self._hooks = list(hooks or [])
        self._is_open = False
        self._stops = False
        scaffold = scaffold or Scaffold()
        self._was_final = get_default_graph().finalized
        for hook in self._hooks:
            hook.begin()
        scaffold.finalize()
        self.graph = get_default_graph()
        self._session = session = Session(graph=self.graph, config=config)
        checkpoint = latest_checkpoint(directory) if directory else None
        if checkpoint:
            scaffold.saver.restore(session, checkpoint)
        else:
            session.run(scaffold.init_op, scaffold.init_feed_dict)
            if scaffold.init_fn:
                scaffold.init_fn(scaffold, session)
        session.run(scaffold.local_init_op)
        missing = session.run(scaffold.ready_op)
        if len(missing):
            raise RuntimeError(f"Init operations did not make model ready: {missing}")
        self._coordinator = Coordinator()
        for hook in self._hooks:
            hook.after_create_session(session, self._coordinator)
        self._is_open = True

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict, options), self._session)
        wanted, feeds = {"": fetches}, dict(feed_dict or {})
        for i, hook in enumerate(self._hooks):
            asked = hook.before_run(context)
            if asked is None:
                continue
            if asked.fetches is not None:
                wanted[i] = asked.fetches
            feeds.update(asked.feed_dict or {})
        if fetches is None:
            del wanted[""]
        results = self._session.run(wanted, feeds, options, run_metadata)
        for i, hook in enumerate(self._hooks):
            hook.after_run(context, SessionRunValues(results.get(i), options, run_metadata))
        self._stops = self._stops or context.stop_requested
        return results.get("")

    def run_step_fn(self, step_fn):
        context = type(
            "StepContext",
            (),
            {"session": self._session, "run_with_hooks": self.run, "request_stop": self._request_stop},
        )()
        return step_fn(context)

    def _request_stop(self):
        self._stops = True
        raise StopIteration("step_fn has requested the iterations to stop.")

    def should_stop(self):
        return self._stops or not self._is_open

    def close(self):
        self._close(True)

    def _close(self, ends):
        if not self._is_open:
            return
        self._is_open = False
        try:
            if ends:
                for hook in self._hooks:
                    hook.end(self._session)
        finally:
            self._session.close()
            self.graph.finalized = self._was_final

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is not None and issubclass(kind, (errors.OutOfRangeError, StopIteration)):
            self._close(True)
            return True
        self._close(kind is None)
        return False


MonitoredSession = _Monitored


class ChiefSessionCreator:
    def __init__(self, scaffold=None, master="", config=None, checkpoint_dir=None, checkpoint_filename_with_path=None):
        self.scaffold, self.config, self.checkpoint_dir = scaffold, config, checkpoint_dir


def monitored_session(session_creator=None, hooks=None, stop_grace_period_secs=120):
    creator = session_creator or ChiefSessionCreator()
    return _Monitored(creator.scaffold, hooks, creator.checkpoint_dir, creator.config)


SingularMonitoredSession = (
    lambda hooks=None, scaffold=None, master="", config=None, checkpoint_dir=None, **_: _Monitored(
        scaffold, hooks, checkpoint_dir, config
    )
)

_UNSET = object()


def MonitoredTrainingSession(
    master="",
    is_chief=True,
    checkpoint_dir=None,
    scaffold=None,
    hooks=None,
    chief_only_hooks=None,
    save_checkpoint_secs=_UNSET,
    save_summaries_steps=_UNSET,
    save_summaries_secs=_UNSET,
    config=None,
    stop_grace_period_secs=120,
    log_step_count_steps=100,
    max_wait_secs=7200,
    save_checkpoint_steps=_UNSET,
    summary_dir=None,
    save_graph_def=True,
):
    if save_summaries_steps is _UNSET and save_summaries_secs is _UNSET:
        save_summaries_steps, save_summaries_secs = 100, None
    if save_checkpoint_secs is _UNSET and save_checkpoint_steps is _UNSET:
        save_checkpoint_secs, save_checkpoint_steps = 600, None
    given = lambda value: None if value is _UNSET else value
    scaffold = scaffold or Scaffold()
    all_hooks = [*(hooks or []), *(chief_only_hooks or [])]
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir:
        if log_step_count_steps and log_step_count_steps > 0:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=summary_dir))
        if given(save_summaries_steps) or given(save_summaries_secs):
            all_hooks.append(
                SummarySaverHook(
                    given(save_summaries_steps), given(save_summaries_secs), summary_dir, scaffold=scaffold
                )
            )
    if checkpoint_dir and (given(save_checkpoint_secs) or given(save_checkpoint_steps)):
        all_hooks.append(
            CheckpointSaverHook(
                checkpoint_dir, given(save_checkpoint_secs), given(save_checkpoint_steps), scaffold=scaffold
            )
        )
    return _Monitored(scaffold, all_hooks, checkpoint_dir, config)


class Supervisor:
    """Initialises or restores, and saves at the end: the older form of a monitored session."""

    def __init__(
        self,
        graph=None,
        logdir=None,
        is_chief=True,
        saver=None,
        init_op=None,
        summary_op=None,
        save_model_secs=600,
        save_summaries_secs=120,
        checkpoint_basename="model.ckpt",
        global_step=None,
        **ignored,
    ):
        self._graph = graph or get_default_graph()
        self._logdir, self._basename = logdir, checkpoint_basename
        self.global_step = get_global_step(self._graph) if global_step is None else global_step
        with self._graph.as_default():
            self._init = global_variables_initializer() if init_op is None else init_op
            self.saver = Saver(allow_empty=True) if saver is None else saver
        self.coord = Coordinator()
        self.summary_writer = summary.FileWriter(logdir, self._graph) if logdir else None

    @contextlib.contextmanager
    def managed_session(self, master="", config=None, start_standard_services=True, close_summary_writer=True):
        with Session(graph=self._graph, config=config) as session:
            checkpoint = latest_checkpoint(self._logdir) if self._logdir else None
            if checkpoint:
                self.saver.restore(session, checkpoint)
            else:
                session.run(self._init)
            try:
                yield session
            except errors.OutOfRangeError:
                pass
            finally:
                self.coord.request_stop()
            if self._logdir:
                self.saver.save(session, os.path.join(self._logdir, self._basename), global_step=self.global_step)
            if self.summary_writer is not None and close_summary_writer:
                self.summary_writer.close()

    def should_stop(self):
        return self.coord.should_stop()

    def request_stop(self, ex=None):
        self.coord.request_stop(ex)

    def stop(self):
        self.coord.request_stop()

    def summary_computed(self, sess, data, global_step=None):
        step = int(sess.run(self.global_step)) if global_step is None and self.global_step is not None else global_step
        self.summary_writer.add_summary(data, step)
