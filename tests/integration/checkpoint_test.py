"""Checkpoints and MetaGraphs between our programs and the real TensorFlow, both ways."""

import os
import re
import subprocess
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
