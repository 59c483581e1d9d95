"""tf.py_func beside threads, signals, savers and the end of a program: what TensorFlow has no prints of."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from conftest import PACKAGE


def test_a_function_and_what_waits_for_its_run_do_not_wait_for_each_other(tf, tmp_path):
    """A run that assigns has the variables and asks for Python's lock; who has the lock asks for the variables."""
    v = tf.Variable(0.0)
    step = tf.assign_add(v, tf.py_func(lambda: np.float32(1), [], tf.float32))
    saver = tf.train.Saver()
    ends = threading.Event()

    with tf.Session() as session:
        session.run(v.initializer)

        def train():
            while not ends.is_set():
                session.run(step.op)

        threads = [threading.Thread(target=train, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        finished = threading.Event()

        def use():
            for i in range(15):
                saver.save(session, str(tmp_path / "model"), global_step=i)
                session.run(v)
                v.load(0.0, session)
            finished.set()

        user = threading.Thread(target=use, daemon=True)
        user.start()
        assert finished.wait(60)
        ends.set()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def test_a_function_may_use_other_sessions_but_not_the_one_that_runs_it(tf):
    other = tf.Graph()
    with other.as_default():
        doubled = tf.constant(2.0) * 2
    v = tf.Variable(1.0)
    beside = tf.Session(graph=other)
    with tf.Session() as session:
        session.run(v.initializer)
        value = tf.py_func(lambda: beside.run(doubled), [], tf.float32)
        assert session.run(value) == 4
        for use in (lambda: session.run(v), lambda: v.load(3.0, session)):
            call = tf.py_func(lambda: use() or 0.0, [], tf.float64)  # noqa: B023
            with pytest.raises(tf.errors.UnknownError, match="cannot use that run's Session"):
                session.run(call)
        assert session.run(v) == 1


def test_what_a_function_raises_is_the_cause_of_the_error(tf):
    def fail(x):
        raise ValueError(f"cannot take {x}")

    with tf.Session() as session:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match='ValueError: cannot take 2\\.0\nnode "wrong"'
        ) as error:
            session.run(tf.py_func(fail, [2.0], tf.float32, name="wrong"))
        assert isinstance(error.value.__cause__, ValueError)

        def stop():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            session.run(tf.py_func(stop, [], []))


def test_an_array_that_a_function_keeps_is_its_own(tf):
    kept = []

    def remember(x):
        kept.append(x)
        x += 1
        return x

    x = tf.constant([1.0, 2.0])
    y = tf.py_func(remember, [x], tf.float32)
    with tf.Session() as session:
        first = session.run([x, y])
        kept[0] += 10
        assert first[0].tolist() == [1, 2] and first[1].tolist() == [2, 3]
        assert session.run(y).tolist() == [2, 3]


def test_functions_go_with_their_graph(tf):
    class Kept:
        def __call__(self):
            return 1.0

    function = Kept()
    gone = weakref.ref(function)
    with tf.Graph().as_default() as graph:
        message = (tf.py_func(function, [], tf.float64, name="call"), graph.as_graph_def())[1]
    del function, graph
    gc.collect()
    assert gone() is None
    # Its node has no meaning without it.
    with tf.Graph().as_default():
        (call,) = tf.import_graph_def(message, return_elements=["call:0"])
        with tf.Session() as session:
            with pytest.raises(tf.errors.InvalidArgumentError, match="callback with key=pyfunc_"):
                session.run(call)


def test_a_program_may_end_while_a_function_runs():
    program = """
import threading, time
import fanlight.tf1 as tf
began = threading.Event()
def slow():
    began.set()
    time.sleep(0.2)
    return 1.0
call = tf.py_func(slow, [], tf.float64)
session = tf.Session()
def forever():
    while True:
        session.run(call)
threading.Thread(target=forever, daemon=True).start()
began.wait()
print("ends")
"""
    env = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "ends\n"), done.stderr
