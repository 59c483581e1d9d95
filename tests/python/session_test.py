"""Session.run: what is fed and fetched, its errors, threads, signals, forks."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import PACKAGE


def test_fetches_keep_their_structure(tf):
    x = tf.constant([1.0, 2.0])
    v = tf.Variable(3.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        got = sess.run({"a": [x, v], "b": (x.op, "Const:0"), "c": []})
    assert got["a"][0].tolist() == [1.0, 2.0] and got["a"][1] == np.float32(3)
    assert got["b"][0] is None and got["b"][1].tolist() == [1.0, 2.0] and got["c"] == []


def test_named_tuples_are_kept(tf):
    import collections

    Pair = collections.namedtuple("Pair", ["first", "second"])
    with tf.Session() as sess:
        got = sess.run(Pair(tf.constant(1), tf.constant(b"x")))
    assert got == Pair(1, b"x") and type(got) is Pair


def test_scalars_are_numpys(tf):
    with tf.Session() as sess:
        assert type(sess.run(tf.constant(1.5))) is np.float32
        assert type(sess.run(tf.constant(2))) is np.int32
        assert type(sess.run(tf.constant(True))) is np.bool_
        assert type(sess.run(tf.constant(2, tf.int64))) is np.int64
        assert type(sess.run(tf.constant(2, tf.float16))) is np.float16


def test_feeds_are_converted_where_the_dtype_differs(tf):
    x = tf.placeholder("float", [None, 2])
    y = x * 2
    with tf.Session() as sess:
        for value in (
            [[1, 2]],
            np.array([[1, 2]]),
            np.array([[1.0, 2.0]], np.float32),
            np.asfortranarray([[1.0, 2.0]]),
            np.array([[1.0, 9, 2.0, 9]], np.float32)[:, ::2],
            np.array([[1, 2]], ">f4"),
            ((1.0, np.float64(2)),),
        ):
            got = sess.run(y, {x: value})
            assert got.dtype == np.float32 and got.tolist() == [[2.0, 4.0]]


def test_strings_are_fed_and_fetched(tf):
    s = tf.placeholder(tf.string)
    with tf.Session() as sess:
        assert sess.run(tf.identity(s), {s: "é"}) == "é".encode()
        assert sess.run(tf.identity(s), {s: ["a", b"b"]}).tolist() == [b"a", b"b"]
        assert sess.run(tf.constant([["x"], ["y"]])).shape == (2, 1)


def test_what_is_fetched_may_be_written_to(tf):
    x = tf.placeholder(tf.float32, [3])
    v = tf.Variable([1.0, 2.0, 3.0])
    c = tf.constant([5.0, 6.0])
    fed = np.ones(3, np.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for fetch in (v, c, tf.identity(x), x):
            got = sess.run(fetch, {x: fed})
            got[0] = 99
            assert sess.run(fetch, {x: fed})[0] != 99
        assert fed.tolist() == [1, 1, 1]


def test_an_assigned_feed_does_not_follow_its_array(tf):
    x = tf.placeholder(tf.float32, [2])
    v = tf.Variable([0.0, 0.0])
    assign = v.assign(x)
    fed = np.array([1.0, 2.0], np.float32)
    with tf.Session() as sess:
        sess.run(assign, {x: fed})
        fed[:] = 7
        assert sess.run(v).tolist() == [1.0, 2.0]


def test_feeds_replace_any_tensor(tf):
    a = tf.constant(1.0)
    b = a + 1
    with tf.Session() as sess:
        assert sess.run(b, {a: 10.0}) == 11
        assert sess.run(b * 2, {"add:0": 3.0}) == 6


def test_errors_of_runs_have_tensorflows_classes(tf):
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable(1.0, name="v")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="x"):
            sess.run(x + 1)
        with pytest.raises(tf.errors.FailedPreconditionError, match='"v"'):
            sess.run(v)
        with pytest.raises(
            ValueError, match=r"Cannot feed value of shape \(3,\) for Tensor x:0, which has shape \(2,\)"
        ):
            sess.run(x, {x: [1, 2, 3]})
        with pytest.raises(TypeError, match="Cannot interpret feed_dict key"):
            sess.run(x, {"nothing:0": 1})
        with pytest.raises(TypeError, match="cannot be a tf.Tensor"):
            sess.run(x, {x: tf.constant([1.0, 2.0])})
        with pytest.raises(TypeError, match="None"):
            sess.run(None)
        with pytest.raises(ValueError, match="nothing"):
            sess.run("nothing:0")
        with pytest.raises(ValueError):
            sess.run(x, {x: ["a", "b"]})
        other = tf.Graph()
        with other.as_default():
            foreign = tf.constant(1)
        with pytest.raises(ValueError, match="not an element of this graph"):
            sess.run(foreign)
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(v)


def test_an_error_of_a_kernel_names_node_and_shapes(tf):
    a = tf.placeholder(tf.float32, name="a")
    b = tf.placeholder(tf.float32, name="b")
    product = tf.matmul(a, b, name="product")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="product") as error:
            sess.run(product, {a: np.ones((2, 3)), b: np.ones((2, 3))})
    assert "[2,3]" in error.value.message and error.value.error_code == tf.errors.INVALID_ARGUMENT
    assert isinstance(error.value, tf.errors.OpError)
    again = pickle.loads(pickle.dumps(error.value))
    assert type(again) is tf.errors.InvalidArgumentError and again.message == error.value.message


def test_eval_and_run_need_a_default_session(tf):
    c = tf.constant(1.0)
    with pytest.raises(ValueError, match="No default session"):
        c.eval()
    with tf.Session():
        assert c.eval() == 1
        c.op.run()
    sess = tf.InteractiveSession()
    assert c.eval() == 1
    sess.close()


def test_a_run_is_stopped_by_its_time_limit(tf):
    x = _long_chain(tf)
    with tf.Session() as sess:
        with pytest.raises(tf.errors.DeadlineExceededError):
            sess.run(x, options=tf.RunOptions(timeout_in_ms=50))


def _long_chain(tf, size=700, count=400):
    """Products that take many seconds together."""
    x = tf.random_uniform([size, size])
    for _ in range(count):
        x = tf.matmul(x, x) / 1000.0
    return tf.reduce_sum(x)


def test_two_threads_run_at_once(tf):
    x = tf.placeholder(tf.float32, [300, 300])
    y = tf.reduce_sum(tf.matmul(x, x))
    a = np.ones((300, 300), np.float32)
    results = []
    with tf.Session() as sess:

        def work():
            for _ in range(20):
                results.append(sess.run(y, {x: a}))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [np.float32(300**3)] * 80


def test_the_gil_is_free_while_a_run_computes(tf):
    y = _long_chain(tf, 500, 60)
    with tf.Session() as sess:
        done = threading.Event()

        def work():
            sess.run(y)
            done.set()

        thread = threading.Thread(target=work)
        thread.start()
        count = 0
        while not done.is_set():
            count += 1
            time.sleep(0)
        thread.join()
    assert count > 100


def python(code, **kwargs):
    env = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120, **kwargs)


_CHAIN = """
import fanlight.tf1 as tf
x = tf.random_uniform([700, 700])
for _ in range(3000):
    x = tf.matmul(x, x) / 1000.0
y = tf.reduce_sum(x)
sess = tf.Session()
"""


def test_ctrl_c_ends_a_long_run(tf):
    code = (
        _CHAIN
        + """
print("begin", flush=True)
try:
    sess.run(y)
except KeyboardInterrupt:
    print("interrupted", sess.run(tf.constant(4)))
"""
    )
    env = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begin\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert out == "interrupted 4\n" and process.returncode == 0


def test_a_handled_interrupt_does_not_stop_a_later_run(tf):
    code = """
import os, signal
import fanlight.tf1 as tf
c = tf.constant(1)
with tf.Session() as sess:
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000): pass
    except KeyboardInterrupt:
        print(sess.run(c))
"""
    done = python(code)
    assert done.stdout == "1\n", done.stderr


def test_a_program_may_end_with_everything_open(tf):
    code = """
import threading, tempfile
import fanlight.tf1 as tf
v = tf.Variable(1.0)
tf.summary.scalar("v", v)
merged = tf.summary.merge_all()
sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
writer = tf.summary.FileWriter(tempfile.mkdtemp(), sess.graph)
writer.add_summary(sess.run(merged), 1)
saver = tf.train.Saver()
thread = threading.Thread(target=lambda: [sess.run(v) for _ in range(10**9)], daemon=True)
thread.start()
print("end")
"""
    done = python(code)
    assert done.stdout == "end\n" and done.returncode == 0, done.stderr


def _in_child(queue):
    import fanlight.tf1 as tf

    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.random_uniform([400, 400], seed=1)
        queue.put(float(sess.run(tf.reduce_sum(tf.matmul(x, x)))))


def test_a_forked_child_runs_graphs_of_its_own(tf):
    x = tf.random_uniform([400, 400], seed=1)
    with tf.Session() as sess:
        want = float(sess.run(tf.reduce_sum(tf.matmul(x, x))))
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        child = context.Process(target=_in_child, args=(queue,))
        child.start()
        assert queue.get(timeout=60) == want
        child.join(60)
        assert child.exitcode == 0


def test_a_forked_child_may_exit_like_a_program(tf):
    code = """
import os, sys, tempfile
import fanlight.tf1 as tf
x = tf.random_uniform([600, 600], seed=1)
y = tf.reduce_sum(tf.matmul(x, x))
sess = tf.Session()
writer = tf.summary.FileWriter(tempfile.mkdtemp())
for _ in range(5):
    sess.run(y)
child = os.fork()
sess.run(y)
if child == 0:
    sys.exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = python(code)
    assert done.stdout == "3\n", done.stderr


def test_what_can_be_pickled_is(tf):
    assert pickle.loads(pickle.dumps(tf.float32)) is tf.float32
    assert pickle.loads(pickle.dumps(tf.TensorShape([None, 3]))).as_list() == [None, 3]
    with pytest.raises(TypeError):
        pickle.dumps(tf.Session())
    with pytest.raises(TypeError):
        pickle.dumps(tf.constant(1))


def test_the_reference_counts_of_feeds_are_given_back(tf):
    x = tf.placeholder(tf.float32, [1000])
    y = x + 1
    fed = np.zeros(1000, np.float32)
    with tf.Session() as sess:
        before = sys.getrefcount(fed)
        for _ in range(10):
            sess.run(y, {x: fed})
        assert sys.getrefcount(fed) == before


def test_graphs_that_nobody_holds_go(tf):
    import gc
    import weakref

    graph = tf.Graph()
    with graph.as_default():
        v = tf.Variable(1.0)
        tf.train.GradientDescentOptimizer(0.1).minimize(v * v)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
    gone = weakref.ref(graph)
    del graph, v, sess
    gc.collect()
    assert gone() is None


def test_gradients_by_a_table_are_the_rows_that_were_looked_up(tf):
    table = tf.Variable(np.ones([4, 2], np.float32))
    found = tf.nn.embedding_lookup(table, tf.constant([3, 1, 3]))
    (gradient,) = tf.gradients(tf.reduce_sum(found * 2.0), table)
    assert isinstance(gradient, tf.IndexedSlices) and gradient.shape.as_list() == [4, 2]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        rows, whole = session.run([gradient, tf.convert_to_tensor(gradient)])
    assert type(rows).__name__ == "IndexedSlicesValue"
    assert rows.indices.tolist() == [3, 1, 3] and rows.dense_shape.tolist() == [4, 2]
    assert rows.values.tolist() == [[2, 2]] * 3
    assert whole.tolist() == [[0, 0], [2, 2], [0, 0], [4, 4]]


def test_multinomial_draws_likely_classes_and_the_same_with_a_seed(tf):
    tf.set_random_seed(5)
    drawn = tf.multinomial(tf.log([[0.1, 0.9, 0.0]]), 1000)
    runs = []
    for _ in range(2):
        with tf.Session() as session:
            runs.append(session.run(drawn))
    assert runs[0].tolist() == runs[1].tolist()
    counts = np.bincount(runs[0][0], minlength=3)
    assert counts[2] == 0 and 850 < counts[1] < 950


def test_a_variable_beside_the_step_that_changes_it_is_fetched_after_it(tf):
    """As TensorFlow does it: `_, step = run([train, step])` counts from 1; what is computed of it is not."""
    w = tf.Variable(1.0)
    step = tf.Variable(0, trainable=False)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(w * w, global_step=step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run([train, step]) == [None, 1]
        assert sess.run({"now": step, "train": train, "of_before": step + 10}) == {
            "now": 2,
            "train": None,
            "of_before": 11,
        }
        assert sess.run([step, "Variable_1:0"]) == [2, 2]
        assert sess.run(w) == pytest.approx(0.64)


def test_the_first_node_that_makes_a_nan_is_named(tf):
    x = tf.placeholder(tf.float32)
    bad = tf.log(x, name="bad") + 1.0
    checks = tf.add_check_numerics_ops()
    with tf.Session() as sess:
        sess.run([bad, checks], {x: 1.0})
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad:0 : Tensor had NaN values"):
            sess.run([bad, checks], {x: -1.0})
        with pytest.raises(tf.errors.OutOfRangeError, match='node "bad" .Log.: it makes a NaN'):
            sess.run(bad, {x: -1.0}, options=tf.RunOptions(check_numerics=True))


def _slow(tf):
    x = tf.random_normal([400, 400])
    for _ in range(2000):
        x = tf.matmul(x, x) * 0.001
    return tf.reduce_sum(x)


def test_closing_a_session_ends_its_runs(tf):
    import threading

    slow = _slow(tf)
    sess = tf.Session()
    timer = threading.Timer(0.2, sess.close)
    timer.start()
    with pytest.raises(tf.errors.CancelledError):
        sess.run(slow)
    timer.join()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.run(slow)


def test_a_session_has_a_time_limit_for_its_runs(tf):
    slow = _slow(tf)
    with tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=30)) as sess:
        with pytest.raises(tf.errors.DeadlineExceededError, match="longer than 30 ms"):
            sess.run(slow)


def test_costs_of_a_run_are_read_by_tensorflows_protos(tf):
    from fanlight.tf1.core.step_stats import DeviceStepStats, NodeExecStats
    from tensorflow.core.framework import step_stats_pb2
    from tensorflow.core.protobuf import config_pb2

    x = tf.placeholder(tf.float32, [8, 4], name="x")
    y = tf.matmul(x, tf.ones([4, 3]), name="y")
    options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(y, {x: np.ones((8, 4))}, options, metadata)
    theirs = config_pb2.RunMetadata.FromString(metadata.SerializeToString())
    assert tf.RunMetadata.FromString(theirs.SerializeToString(deterministic=True)) == metadata
    # Field by field, as the protos name them.
    for ours, want in zip(metadata.step_stats.dev_stats[0].node_stats, theirs.step_stats.dev_stats[0].node_stats):
        for _, name, kind, is_list in NodeExecStats.TABLE:
            one, other = getattr(ours, name), getattr(want, name)
            if is_list:
                assert [item.SerializeToString() for item in one] == [item.SerializeToString() for item in other]
            elif not isinstance(kind, type):
                assert one == other
    # What they write is read: maps, packed numbers, negative ones, what has no name here.
    device = step_stats_pb2.DeviceStepStats(device="d", thread_names={3: "three", 1: "one"})
    node = device.node_stats.add(node_name="n", all_start_micros=-5, thread_id=7)
    node.memory_stats.persistent_tensor_alloc_ids.extend([1, 300, -2])
    node.memory.add(allocator_name="cpu", peak_bytes=1 << 40).allocation_records.add(alloc_bytes=-8)
    read = DeviceStepStats.FromString(device.SerializeToString(deterministic=True))
    assert read.thread_names == {1: "one", 3: "three"} and read.node_stats[0].all_start_micros == -5
    assert list(read.node_stats[0].memory_stats.persistent_tensor_alloc_ids) == [1, 300, -2]
    assert read.node_stats[0].memory[0].allocation_records[0].alloc_bytes == -8
    assert step_stats_pb2.DeviceStepStats.FromString(read.SerializeToString()) == device
    assert repr(read).split() == str(device).split()
    read.node_stats.add(node_name="more").memory.add(total_bytes=5)
    assert step_stats_pb2.DeviceStepStats.FromString(read.SerializeToString()).node_stats[1].memory[0].total_bytes == 5
    with pytest.raises(ValueError, match="no 'nothing' field"):
        NodeExecStats(nothing=1)
    with pytest.raises(AttributeError, match="no field 'nothing'"):
        read.nothing = 1
