"""Checkpoints and MetaGraphs between our programs and the real TensorFlow, both ways."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf

tf1 = tf.compat.v1

VARIABLES = {
    "global_step": [],
    "hidden1/biases": [128],
    "hidden1/weights": [784, 128],
    "hidden2/biases": [32],
    "hidden2/weights": [128, 32],
    "softmax_linear/biases": [10],
    "softmax_linear/weights": [32, 10],
}


@pytest.fixture
def logs(programs: Path, mnist: Path, tmp_path: Path) -> Path:
    """300 steps of fanlight-mnist."""
    train(programs, mnist, tmp_path / "logs", "--max_steps=300", "--seed=3")
    return tmp_path / "logs"


def train(programs: Path, mnist: Path, logs: Path, *flags: str) -> str:
    done = subprocess.run(
        [programs / "fanlight-mnist", f"--input_data_dir={mnist}", f"--log_dir={logs}", *flags],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def batches(mnist: Path, size: int = 100):
    """Training images and labels in the files' order, as the tutorial feeds them."""
    images = np.frombuffer((mnist / "train-images-idx3-ubyte").read_bytes(), np.uint8, offset=16).reshape(-1, 784)
    labels = np.frombuffer((mnist / "train-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    for start in range(0, len(images) - size + 1, size):
        rows = slice(start, start + size)
        yield np.multiply(images[rows].astype(np.float32), np.float32(1.0 / 255)), labels[rows].astype(np.int32)


def test_tensorflow_reads_every_variable(logs):
    reader = tf.train.load_checkpoint(str(logs / "model.ckpt-299"))
    assert reader.get_variable_to_shape_map() == VARIABLES
    assert reader.get_tensor("global_step") == 300
    assert np.isfinite(reader.get_tensor("hidden1/weights")).all()
    assert tf.train.latest_checkpoint(str(logs)) == str(logs / "model.ckpt-299")


def test_tensorflow_saves_the_same_bytes(logs, tmp_path):
    with tf.Graph().as_default(), tf1.Session() as session:
        saver = tf1.train.import_meta_graph(str(logs / "model.ckpt-299.meta"))
        saver.restore(session, str(logs / "model.ckpt-299"))
        again = Path(saver.save(session, str(tmp_path / "again")))
    for part in (".index", ".data-00000-of-00001"):
        assert again.with_name(again.name + part).read_bytes() == (logs / f"model.ckpt-299{part}").read_bytes()


def test_tensorflow_trains_on_from_our_meta_graph_and_we_from_its_checkpoint(programs, mnist, logs):
    with tf.Graph().as_default() as graph, tf1.Session() as session:
        saver = tf1.train.import_meta_graph(str(logs / "model.ckpt-299.meta"))
        saver.restore(session, str(logs / "model.ckpt-299"))
        (train_op,) = tf1.get_collection("train_op")
        assert [variable.op.name for variable in tf1.trainable_variables()] == [
            f"{layer}/{kind}" for layer in ("hidden1", "hidden2", "softmax_linear") for kind in ("weights", "biases")
        ]
        losses = []
        for (images, labels), _ in zip(batches(mnist), range(100)):
            feed = {"Placeholder:0": images, "Placeholder_1:0": labels}
            losses.append(session.run([train_op, "xentropy_mean:0"], feed)[1])
        assert np.mean(losses[-20:]) < np.mean(losses[:20])
        assert session.run("global_step:0") == 400
        saver.save(session, str(logs / "model.ckpt"), global_step=399)
        assert graph.get_operation_by_name("save/restore_all")
    out = train(programs, mnist, logs, "--resume", "--max_steps=500")
    assert f"Resuming from {logs}/model.ckpt-399 at step 400" in out
    reader = tf.train.load_checkpoint(str(logs / "model.ckpt-499"))
    assert reader.get_tensor("global_step") == 500


def test_the_validation_result_is_tensorflows(programs, mnist, tmp_path):
    out = train(programs, mnist, tmp_path / "logs", "--max_steps=200", "--seed=9")
    match = re.search(r"Validation Data Eval:\nNum examples: 5000  Num correct: (\d+)", out)
    assert match
    with tf.Graph().as_default(), tf1.Session() as session:
        saver = tf1.train.import_meta_graph(str(tmp_path / "logs/model.ckpt-199.meta"))
        saver.restore(session, str(tmp_path / "logs/model.ckpt-199"))
        correct = sum(
            session.run("Sum:0", {"Placeholder:0": images, "Placeholder_1:0": labels})
            for (images, labels), _ in zip(batches(mnist), range(50))
        )
    assert abs(correct - int(match.group(1))) <= 1  # A logit may differ in its last bit.


def test_the_line_goes_to_tensorflow_and_back(programs, tmp_path):
    def fit(*flags: str) -> str:
        done = subprocess.run(
            [programs / "fanlight-linear-regression", *flags], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    fit("--two_sessions", "--training_epochs=250", "--weight=0.3", "--bias=-0.2")
    prefix = str(tmp_path / "tmp/model.ckpt")
    with tf.Graph().as_default(), tf1.Session() as session:
        saver = tf1.train.import_meta_graph(prefix + ".meta")
        saver.restore(session, prefix)
        x, y = session.graph.get_tensor_by_name("Placeholder:0"), session.graph.get_tensor_by_name("Placeholder_1:0")
        for _ in range(100):
            session.run("GradientDescent", {x: 3.3, y: 1.7})
        weight, bias = session.run(["weight:0", "bias:0"])
        saver.save(session, str(tmp_path / "theirs"))
    out = fit("--restore=theirs", "--training_epochs=0")
    match = re.search(r"W= (\S+) b= (\S+)", out)
    assert match
    assert (np.float32(match.group(1)), np.float32(match.group(2))) == (weight, bias)


MODELS = ["whole", "parts", "sharded", "whole-handles", "parts-handles", "sharded-handles"]
FEED = np.full([3, 5], 0.5, np.float32)


@pytest.fixture(scope="module")
def sample(programs: Path) -> Callable[..., str]:
    """Runs the test program fanlight-checkpoint-sample, which is in the folder FANLIGHT_TEST_BIN."""
    root = Path(__file__).resolve().parents[2]
    program = Path(os.environ.get("FANLIGHT_TEST_BIN", root / "build/dev/bin")) / "fanlight-checkpoint-sample"
    assert program.exists(), f"no {program}: run `./run test dev`, or set FANLIGHT_TEST_BIN"

    def run(*words: str | Path) -> str:
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def stored(prefix: str | Path) -> dict[str, np.ndarray]:
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def bundle(prefix: Path) -> dict[str, bytes]:
    """The bundle's files by what follows the prefix."""
    return {
        path.name.removeprefix(prefix.name): path.read_bytes()
        for path in sorted(prefix.parent.glob(prefix.name + ".*"))
        if not path.name.endswith(".meta")
    }


def assert_close(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-5, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
def test_our_model_is_trained_by_tensorflow_and_by_us_again(sample, tmp_path, model):
    sample("write", tmp_path)
    prefix = tmp_path / model
    shards = 2 if model.startswith("sharded") else 1
    assert list(bundle(prefix)) == [f".data-{i:05d}-of-{shards:05d}" for i in range(shards)] + [".index"]
    with tf.Graph().as_default(), tf1.Session(config=tf1.ConfigProto(device_count={"CPU": 2})) as session:
        saver = tf1.train.import_meta_graph(str(prefix) + ".meta")
        saver.restore(session, str(prefix))
        again = Path(saver.save(session, str(tmp_path / "again")))
        assert bundle(again) == bundle(prefix)
        (train_op,) = tf1.get_collection("train_op")
        for _ in range(100):
            session.run(train_op, {"x:0": FEED})
        theirs = Path(saver.save(session, str(tmp_path / "theirs")))
    assert stored(theirs)["global_step"] == 107
    # The same hundred steps by us, and then none from where TensorFlow was.
    sample("train", f"{prefix}.meta", prefix, "100", tmp_path / "ours")
    assert_close(stored(tmp_path / "ours"), stored(theirs))
    sample("train", f"{theirs}.meta", theirs, "0", tmp_path / "restored")
    assert bundle(tmp_path / "restored") == bundle(theirs)


@pytest.mark.parametrize("model", MODELS)
def test_tensorflows_model_is_trained_by_us_and_by_tensorflow_again(sample, tmp_path, model):
    config = tf1.ConfigProto(device_count={"CPU": 2})
    kind, _, by_handle = model.partition("-")
    with tf.Graph().as_default(), tf1.variable_scope("", use_resource=bool(by_handle)):
        x = tf1.placeholder(tf.float32, [None, 5], "x")
        partitioner = tf1.fixed_size_partitioner(2) if kind == "parts" else None
        with tf.device("/cpu:0"):
            w = tf1.get_variable("w", [5, 2], partitioner=partitioner)
        with tf.device("/cpu:1" if kind == "sharded" else "/cpu:0"):
            b = tf1.get_variable("b", [2])
        step = tf1.Variable(np.int64(0), name="global_step", trainable=False, use_resource=bool(by_handle))
        loss = tf.reduce_mean(tf.square(tf.matmul(x, tf.convert_to_tensor(w)) + b))
        train_op = tf1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
        saver = tf1.train.Saver(sharded=kind == "sharded")
        with tf1.Session(config=config) as session:
            session.run(tf1.global_variables_initializer())
            prefix = Path(saver.save(session, str(tmp_path / "theirs")))
            for _ in range(100):
                session.run(train_op, {x: FEED})
            trained = Path(saver.save(session, str(tmp_path / "trained")))
        said = sample("train", f"{prefix}.meta", prefix, "100", tmp_path / "ours")
        assert said.splitlines()[0] == str(tmp_path / "ours-by-nodes")
        assert_close(stored(tmp_path / "ours"), stored(trained))
        assert bundle(tmp_path / "ours-by-nodes") == bundle(tmp_path / "ours")
        with tf1.Session(config=config) as session:
            saver.restore(session, str(tmp_path / "ours"))
            assert session.run(step) == 100
            assert session.run(loss, {x: FEED}) < 1e-3
    # What we had not trained is what it was, byte for byte.
    sample("train", f"{prefix}.meta", prefix, "0", tmp_path / "untouched")
    assert bundle(tmp_path / "untouched") == bundle(prefix)


def test_signatures_are_kept_both_ways(sample, tmp_path):
    sample("write", tmp_path)
    meta = tf1.MetaGraphDef.FromString((tmp_path / "whole.meta").read_bytes())
    signature = meta.signature_def["serving_default"]
    assert signature.method_name == "tensorflow/serving/predict"
    assert (signature.inputs["x"].name, signature.outputs["y"].name) == ("x:0", "y:0")
    assert [dim.size for dim in signature.inputs["x"].tensor_shape.dim] == [-1, 5]
    meta.signature_def["other"].CopyFrom(signature)
    (tmp_path / "two.meta").write_bytes(meta.SerializeToString())
    said = sample("train", tmp_path / "two.meta", tmp_path / "whole", "0", tmp_path / "again")
    assert said.splitlines()[1:] == ["signature other", "signature serving_default"]
    again = tf1.MetaGraphDef.FromString((tmp_path / "again.meta").read_bytes())
    assert again.signature_def["other"] == signature


def test_variables_of_objects_are_shown_by_their_names(programs, tmp_path):
    class Model(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = tf.Variable([1.5, -2.5], name="kernel")
            self.halves = tf.Variable(tf.constant([1, 2], tf.bfloat16), name="halves")

    prefix = tf.train.Checkpoint(model=Model()).save(str(tmp_path / "objects"))
    for name in ("model/weights/.ATTRIBUTES/VARIABLE_VALUE", "model/weights", "kernel"):
        done = subprocess.run(
            [programs / "fanlight", "inspect-checkpoint", prefix, "--tensor", name], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "1.5 -2.5" in done.stdout
