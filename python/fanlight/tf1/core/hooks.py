"""tf.train's hooks: what runs around a session's runs."""

import collections
import os
import time

from . import logging, messages, summary
from .graph import get_default_graph
from .training import get_global_step, get_or_create_global_step, write_graph

SessionRunArgs = collections.namedtuple("SessionRunArgs", ["fetches", "feed_dict", "options"])
SessionRunArgs.__new__.__defaults__ = (None, None)
SessionRunValues = collections.namedtuple("SessionRunValues", ["results", "options", "run_metadata"])


class SessionRunContext:
    def __init__(self, original_args, session):
        self.original_args, self.session = original_args, session
        self.stop_requested = False

    def request_stop(self):
        self.stop_requested = True


class SessionRunHook:
    """What runs around a session's runs."""

    def begin(self):
        pass

    def after_create_session(self, session, coord):
        pass

    def before_run(self, run_context):
        return None

    def after_run(self, run_context, run_values):
        pass

    def end(self, session):
        pass


class _Timer:
    """Whether so many steps or seconds have passed."""

    def __init__(self, every_secs=None, every_steps=None):
        self.every_secs, self.every_steps = every_secs, every_steps
        self.last_step = self.last_time = None

    def is_due(self, step):
        if self.last_step is None:
            return True
        if step == self.last_step:
            return False
        if self.every_steps is not None:
            return step >= self.last_step + self.every_steps
        return time.time() >= self.last_time + self.every_secs

    def update(self, step):
        passed = (None, None)
        if self.last_step is not None:
            passed = (time.time() - self.last_time, step - self.last_step)
        self.last_step, self.last_time = step, time.time()
        return passed


class StopAtStepHook(SessionRunHook):
    def __init__(self, num_steps=None, last_step=None):
        if (num_steps is None) == (last_step is None):
            raise ValueError("Exactly one of num_steps or last_step should be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self):
        self._step = get_or_create_global_step()

    def after_create_session(self, session, coord):
        if self._last_step is None:
            self._last_step = int(session.run(self._step)) + self._num_steps

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        step = int(run_values.results) + 1
        if step >= self._last_step and int(run_context.session.run(self._step)) >= self._last_step:
            run_context.request_stop()


class LoggingTensorHook(SessionRunHook):
    def __init__(self, tensors, every_n_iter=None, every_n_secs=None, at_end=False, formatter=None):
        if not isinstance(tensors, dict):
            tensors = {getattr(t, "name", t): t for t in tensors}
        self._tensors, self._formatter, self._at_end = tensors, formatter, at_end
        self._timer = _Timer(every_n_secs, every_n_iter)
        self._count = 0

    def begin(self):
        graph = get_default_graph()
        self._fetches = {tag: graph.as_graph_element(tensor) for tag, tensor in self._tensors.items()}

    def before_run(self, run_context):
        self._is_due = self._timer.is_due(self._count)
        return SessionRunArgs(self._fetches) if self._is_due else None

    def _log(self, values):
        passed, _ = self._timer.update(self._count)
        if self._formatter:
            logging.info(self._formatter(values))
            return
        text = ", ".join(f"{tag} = {values[tag]}" for tag in self._fetches)
        logging.info(text if passed is None else f"{text} ({passed:.3f} sec)")

    def after_run(self, run_context, run_values):
        if self._is_due:
            self._log(run_values.results)
        self._count += 1

    def end(self, session):
        if self._at_end:
            self._log(session.run(self._fetches))


class CheckpointSaverListener:
    def begin(self):
        pass

    def before_save(self, session, global_step_value):
        pass

    def after_save(self, session, global_step_value):
        pass

    def end(self, session, global_step_value):
        pass


class CheckpointSaverHook(SessionRunHook):
    def __init__(
        self,
        checkpoint_dir,
        save_secs=None,
        save_steps=None,
        saver=None,
        checkpoint_basename="model.ckpt",
        scaffold=None,
        listeners=None,
        save_graph_def=True,
    ):
        self._path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._directory = checkpoint_dir
        self._saver, self._scaffold = saver, scaffold
        self._timer = _Timer(save_secs, save_steps)
        self._listeners = listeners or []
        self._saves_graph = save_graph_def

    def begin(self):
        self._step = get_global_step()
        if self._step is None:
            raise RuntimeError("Global step should be created to use CheckpointSaverHook.")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session, coord):
        if self._saves_graph:
            write_graph(session.graph.as_graph_def(add_shapes=True), self._directory, "graph.pbtxt")
        self._save(session, int(session.run(self._step)))

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        if self._timer.is_due(int(run_values.results) + 1):
            step = int(run_context.session.run(self._step))
            if self._timer.is_due(step):
                self._save(run_context.session, step)

    def end(self, session):
        step = int(session.run(self._step))
        if step != self._timer.last_step:
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session, step):
        self._timer.update(step)
        logging.info("Saving checkpoints for %d into %s.", step, self._path)
        saver = self._saver or self._scaffold.saver
        for listener in self._listeners:
            listener.before_save(session, step)
        saver.save(session, self._path, global_step=step)
        writer = summary.FileWriterCache.get(self._directory)
        writer.add_session_log(messages.SessionLog(messages.SessionLog.CHECKPOINT, self._path), step)
        for listener in self._listeners:
            listener.after_save(session, step)


class StepCounterHook(SessionRunHook):
    def __init__(self, every_n_steps=100, every_n_secs=None, output_dir=None, summary_writer=None):
        self._timer = _Timer(every_n_secs, None if every_n_secs else every_n_steps)
        self._directory, self._writer = output_dir, summary_writer

    def begin(self):
        if self._writer is None and self._directory:
            self._writer = summary.FileWriterCache.get(self._directory)
        self._step = get_global_step()

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        step = int(run_values.results) + 1
        if not self._timer.is_due(step):
            return
        seconds, steps = self._timer.update(step)
        if seconds:
            rate = steps / seconds
            if self._writer is not None:
                value = messages.Summary.Value(tag="global_step/sec", simple_value=rate)
                self._writer.add_summary(messages.Summary([value]), step)
            logging.info("global_step/sec: %g", rate)


class SummarySaverHook(SessionRunHook):
    def __init__(
        self, save_steps=None, save_secs=None, output_dir=None, summary_writer=None, scaffold=None, summary_op=None
    ):
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op, self._scaffold = summary_op, scaffold
        self._timer = _Timer(save_secs, save_steps)
        self._directory, self._writer = output_dir, summary_writer

    def begin(self):
        if self._writer is None and self._directory:
            self._writer = summary.FileWriterCache.get(self._directory)
        self._step = get_global_step()
        self._next = None

    def before_run(self, run_context):
        self._is_due = self._next is None or self._timer.is_due(self._next)
        fetches = {"step": self._step}
        op = self._summary_op if self._summary_op is not None else self._scaffold.summary_op
        if self._is_due and op is not None:
            fetches["summary"] = op
        return SessionRunArgs(fetches)

    def after_run(self, run_context, run_values):
        step = int(run_values.results["step"]) + 1
        if self._next is None and self._writer is not None:
            self._writer.add_session_log(messages.SessionLog(messages.SessionLog.START), step - 1)
        if self._is_due:
            self._timer.update(step)
            found = run_values.results.get("summary")
            for item in found if isinstance(found, list) else [found]:
                if item is not None and self._writer is not None:
                    self._writer.add_summary(item, step)
        self._next = step + 1

    def end(self, session):
        if self._writer is not None:
            self._writer.flush()


class NanLossDuringTrainingError(RuntimeError):
    def __str__(self):
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    def __init__(self, loss_tensor, fail_on_nan_loss=True):
        self._loss, self._fails = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context):
        return SessionRunArgs(self._loss)

    def after_run(self, run_context, run_values):
        if run_values.results != run_values.results:
            logging.error("Model diverged with loss = NaN.")
            if self._fails:
                raise NanLossDuringTrainingError
            run_context.request_stop()


class FinalOpsHook(SessionRunHook):
    def __init__(self, final_ops, final_ops_feed_dict=None):
        self._ops, self._feeds = final_ops, final_ops_feed_dict
        self.final_ops_values = None

    def end(self, session):
        if self._ops is not None:
            self.final_ops_values = session.run(self._ops, self._feeds)


class FeedFnHook(SessionRunHook):
    def __init__(self, feed_fn):
        self._feed_fn = feed_fn

    def before_run(self, run_context):
        return SessionRunArgs(None, self._feed_fn())
