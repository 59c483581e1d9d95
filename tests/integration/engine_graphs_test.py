"""Graphs between the engine and the real TensorFlow, both ways: each runs what the other wrote, with the same numbers.

The engine's side is the test program fanlight-graph-exchange, in the folder FANLIGHT_TEST_BIN (default: build/dev/bin).
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf

tf1 = tf.compat.v1
ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5

Run = tuple[dict[str, np.ndarray], list[str], list[str]]  # Feeds, targets, fetches.


@pytest.fixture(scope="module")
def exchange() -> Callable[..., None]:
    program = Path(os.environ.get("FANLIGHT_TEST_BIN", ROOT / "build/dev/bin")) / "fanlight-graph-exchange"
    assert program.exists(), f"no {program}: run `./run test dev`, or set FANLIGHT_TEST_BIN"

    def call(what: str, folder: Path) -> None:
        done = subprocess.run([program, what, folder], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    return call


def read_tensor(path: Path) -> np.ndarray:
    message = tf1.make_tensor_proto(0)
    message.ParseFromString(path.read_bytes())
    return tf.make_ndarray(message)


def same(ours: np.ndarray, theirs: np.ndarray, what: str) -> None:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype, what
    assert ours.shape == theirs.shape, what
    if ours.dtype.kind != "f":
        assert np.array_equal(ours, theirs), what
        return
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    assert np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True), what


def replay(folder: Path) -> int:
    """Runs a folder's manifest with TensorFlow and compares what it fetches. Returns how many tensors there were."""
    message = tf1.GraphDef()
    message.ParseFromString((folder / "graph.pb").read_bytes())
    graph = tf1.Graph()
    with graph.as_default():
        tf1.import_graph_def(message, name="")
    runs: list[tuple[dict, list, list]] = []
    for line in (folder / "manifest.txt").read_text().splitlines():
        what, *words = line.split()
        if what == "run":
            runs.append(({}, [], []))
        elif what == "feed":
            runs[-1][0][words[0]] = read_tensor(folder / words[1])
        elif what == "target":
            runs[-1][1].append(graph.get_operation_by_name(words[0]))
        else:
            runs[-1][2].append(words)
    count = 0
    with tf1.Session(graph=graph) as session:
        for feeds, targets, fetches in runs:
            values, _ = session.run(([name for name, _ in fetches], targets), feeds)
            for (name, file), value in zip(fetches, values):
                same(read_tensor(folder / file), value, f"{folder.name}: {name}")
                count += 1
    return count


def test_ours_run_in_tensorflow(exchange, tmp_path):
    exchange("make", tmp_path)
    folders = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    assert len(folders) > 30
    assert all(replay(folder) for folder in folders)


def check_here(exchange, folder: Path, graph: tf1.Graph, runs: list[Run]) -> None:
    """Runs the graph with TensorFlow, writes it and what it was fed, and compares what the engine gives."""
    folder.mkdir(exist_ok=True)
    (folder / "graph.pb").write_bytes(graph.as_graph_def().SerializeToString())
    lines: list[str] = []
    expected: list[tuple[str, str, np.ndarray]] = []
    with tf1.Session(graph=graph) as session:
        for i, (feeds, targets, fetches) in enumerate(runs):
            operations = [graph.get_operation_by_name(name) for name in targets]
            values, _ = session.run((fetches, operations), feeds)
            lines.append("run")
            for k, (name, value) in enumerate(feeds.items()):
                file = f"feed{i}_{k}.pb"
                (folder / file).write_bytes(tf1.make_tensor_proto(value).SerializeToString())
                lines.append(f"feed {name} {file}")
            lines += [f"target {name}" for name in targets]
            for k, (name, value) in enumerate(zip(fetches, values)):
                file = f"fetch{i}_{k}.pb"
                lines.append(f"fetch {name} {file}")
                expected.append((name, file, value))
    (folder / "manifest.txt").write_text("\n".join(lines) + "\n")
    exchange("run", folder)
    for name, file, value in expected:
        same(read_tensor(folder / file), value, name)


def numbers(*shape: int) -> np.ndarray:
    return np.random.RandomState(5).uniform(-1, 1, shape).astype(np.float32)


def small_cnn(images: tf.Tensor, use_resource: bool) -> tf.Tensor:
    with tf1.variable_scope("cnn", use_resource=use_resource):
        filters = tf1.get_variable("filters", initializer=tf.constant(numbers(3, 3, 1, 4)))
        biases = tf1.get_variable("biases", initializer=tf.zeros([4]))
        scale = tf1.get_variable("scale", initializer=tf.ones([4]))
        weights = tf1.get_variable("weights", initializer=tf.constant(numbers(64, 3)))
    hidden = tf.nn.bias_add(tf1.nn.conv2d(images, filters, [1, 1, 1, 1], "SAME"), biases)
    hidden, _, _ = tf1.nn.fused_batch_norm(hidden, scale, biases, epsilon=0.01)
    hidden = tf1.nn.max_pool(tf.nn.relu(hidden), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    return tf.matmul(tf.reshape(hidden, [-1, 64]), weights)


OPTIMIZERS = {
    "sgd": lambda: tf1.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf1.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adagrad": lambda: tf1.train.AdagradOptimizer(0.1),
    "adadelta": lambda: tf1.train.AdadeltaOptimizer(0.5, epsilon=1e-3),
    "ftrl": lambda: tf1.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
    "ftrl_shrinkage": lambda: tf1.train.FtrlOptimizer(0.1, -0.6, l2_shrinkage_regularization_strength=0.1),
    "rms_prop": lambda: tf1.train.RMSPropOptimizer(0.01, centered=True),
    "adam": lambda: tf1.train.AdamOptimizer(0.01),
}


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_a_network_of_theirs_trains_here(exchange, tmp_path, name, use_resource):
    graph = tf1.Graph()
    with graph.as_default():
        images = tf1.placeholder(tf.float32, [5, 8, 8, 1], "images")
        labels = tf1.placeholder(tf.int32, [5], "labels")
        logits = small_cnn(images, use_resource)
        losses = tf1.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        loss = tf.reduce_mean(losses, name="loss")
        step = tf1.Variable(0, trainable=False, name="step", use_resource=use_resource)
        optimizer = OPTIMIZERS[name]()
        pairs = optimizer.compute_gradients(loss)
        clipped, _ = tf.clip_by_global_norm([gradient for gradient, _ in pairs], 2.0)
        optimizer.apply_gradients(zip(clipped, [variable for _, variable in pairs]), step, "train")
        tf1.global_variables_initializer()
    feeds = {"images:0": numbers(5, 8, 8, 1), "labels:0": np.array([0, 2, 1, 1, 0], np.int32)}
    runs: list[Run] = [({}, ["init"], [])]
    runs += [(feeds, ["train"], []), (feeds, [], ["loss:0"])] * 5
    check_here(exchange, tmp_path / "network", graph, runs)


@pytest.mark.parametrize("name", [*sorted(OPTIMIZERS), "plain_rms_prop"])
def test_sparse_updates_of_theirs_run_here(exchange, tmp_path, name):
    """The gradient of a gather is rows, of which one is there twice."""
    make = OPTIMIZERS.get(name, lambda: tf1.train.RMSPropOptimizer(0.01, momentum=0.5))
    graph = tf1.Graph()
    with graph.as_default():
        for kind in (False, True):
            table = tf1.get_variable(f"table_{kind}", initializer=tf.constant(numbers(6, 3)), use_resource=kind)
            ids = tf.constant([4, 1, 4])
            loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, ids)))
            make().minimize(loss, name=f"train_{kind}")
            tf.identity(table, f"value_{kind}")
        tf1.global_variables_initializer()
    runs: list[Run] = [({}, ["init"], [])]
    runs += [({}, ["train_False", "train_True"], []), ({}, [], ["value_False:0", "value_True:0"])] * 2
    check_here(exchange, tmp_path / "sparse", graph, runs)


def test_texts_of_numbers_and_identities_of_theirs_run_here(exchange, tmp_path):
    graph = tf1.Graph()
    with graph.as_default():
        floats = tf1.placeholder(tf.float32, [4], "floats")
        integers = tf1.placeholder(tf.int16, [3], "integers")
        texts = [
            tf.strings.as_string(floats),
            tf.strings.as_string(floats, precision=2, width=9, fill="0"),
            tf.strings.as_string(tf.cast(floats, tf.float64), scientific=True, fill="+"),
            tf.strings.as_string(floats, shortest=True),
            tf.strings.as_string(integers, width=6),
            tf.strings.as_string(integers > 0),
            tf.strings.as_string(tf.constant([np.inf, -np.inf, np.nan], tf.float64)),
        ]
        first, second = tf.identity_n([floats, integers])
        gradient = tf1.gradients(tf.reduce_sum(first * first), floats)[0]
    fetches = [tensor.name for tensor in (*texts, first, second, gradient)]
    feeds = {
        "floats:0": np.array([1.5, -0.0078125, 1e4, 3e-9], np.float32),
        "integers:0": np.array([0, -7, 300], np.int16),
    }
    check_here(exchange, tmp_path / "texts", graph, [(feeds, [], fetches)])


def test_control_dependencies_of_theirs_order_what_runs_here(exchange, tmp_path):
    graph = tf1.Graph()
    with graph.as_default():
        for kind in (False, True):
            variable = tf1.get_variable(f"v_{kind}", initializer=tf.constant(1.0), use_resource=kind)
            with tf1.control_dependencies([variable.assign_add(2.0)]):
                after = tf.identity(variable.read_value(), f"after_{kind}")
            with tf1.control_dependencies([after]):
                tf1.assign(variable, variable.read_value() * 10.0, name=f"tenfold_{kind}")
        tf1.global_variables_initializer()
    fetches = ["after_False:0", "after_True:0"]
    runs: list[Run] = [({}, ["init"], []), ({}, [], fetches), ({}, [], fetches)]
    check_here(exchange, tmp_path / "order", graph, runs)


def test_media_summaries_decode_as_theirs_do(exchange, tmp_path):
    graph = tf1.Graph()
    with graph.as_default():
        tf1.summary.image("floats", tf.constant(numbers(2, 4, 5, 3)))
        tf1.summary.image("bytes", tf.constant(np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)), max_outputs=1)
        tf1.summary.audio("sound", tf.constant(numbers(2, 30, 2) * 1.2), 8000.0)
        tf1.summary.text("words", tf.constant([["a", "b"], ["c", "d"]]))
        merged = tf1.summary.merge_all()
    folder = tmp_path / "summaries"
    folder.mkdir()
    (folder / "graph.pb").write_bytes(graph.as_graph_def().SerializeToString())
    (folder / "manifest.txt").write_text(f"run\nfetch {merged.name} summary.pb\n")
    exchange("run", folder)
    ours, theirs = tf1.Summary(), tf1.Summary()
    ours.ParseFromString(read_tensor(folder / "summary.pb").item())
    with tf1.Session(graph=graph) as session:
        theirs.ParseFromString(session.run(merged))
    assert [value.tag for value in ours.value] == [value.tag for value in theirs.value]
    for mine, other in zip(ours.value, theirs.value):
        if other.HasField("image"):
            assert (mine.image.height, mine.image.width) == (other.image.height, other.image.width)
            assert mine.image.colorspace == other.image.colorspace
            assert np.array_equal(*[tf.io.decode_png(v.image.encoded_image_string).numpy() for v in (mine, other)])
        elif other.HasField("audio"):
            assert mine.audio == other.audio
        else:
            assert mine == other
