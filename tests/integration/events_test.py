"""What our writer writes, read by TensorFlow's and TensorBoard's own readers.

The log is written by the test program fanlight-events-sample, in the folder FANLIGHT_TEST_BIN (default: build/dev/bin).
"""

import math
import os
import random
import re
import struct
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator, event_file_loader

ROOT = Path(__file__).resolve().parents[2]
# The file version; graph, meta graph, session log; scalars; histograms; texts; session log.
EVENTS = 1 + 3 + (100 + 4) + 2 + 2 + 1


@pytest.fixture(scope="module")
def values() -> list[float]:
    """Numbers over 36 decades, both signs, zeros, and numbers that are limits of buckets."""
    source = random.Random(7)
    spread = [source.choice((-1, 1)) * 10.0 ** source.uniform(-14, 22) for _ in range(2000)]
    return [*spread, 0.0, -0.0, 1e-12, -1e-12, 1.1000000000000002e-12, 1.0, 1e300, -1e300]


@pytest.fixture(scope="module")
def log(values: list[float], tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = Path(os.environ.get("FANLIGHT_TEST_BIN", ROOT / "build/dev/bin")) / "fanlight-events-sample"
    assert program.exists(), f"no {program}: run `./run test dev`, or set FANLIGHT_TEST_BIN"
    logdir = tmp_path_factory.mktemp("sample")
    done = subprocess.run(
        [program, logdir], input=struct.pack(f"<{len(values)}d", *values), capture_output=True, check=True, timeout=60
    )
    path = Path(done.stdout.decode().strip())
    assert list(logdir.iterdir()) == [path]
    return path


def test_the_name_is_that_of_an_event_file(log):
    assert re.fullmatch(r"events\.out\.tfevents\.\d{10}\..+\.\d+\.0", log.name)


def test_tensorflow_reads_every_record(log):
    records = list(tf.data.TFRecordDataset(str(log)).as_numpy_iterator())
    events = list(tf.compat.v1.train.summary_iterator(str(log)))
    assert len(records) == len(events) == EVENTS
    assert [event.SerializeToString() for event in events] == records  # Also protobuf's order of fields.


def test_tensorflow_reads_the_events(log):
    events = list(tf.compat.v1.train.summary_iterator(str(log)))
    assert events[0].file_version == "brain.Event:2"
    assert events[0].source_metadata.writer == "fanlight"
    graph = tf.compat.v1.GraphDef.FromString(events[1].graph_def)
    assert [node.name for node in graph.node] == ["x"]
    meta_graph = tf.compat.v1.MetaGraphDef.FromString(events[2].meta_graph_def)
    assert meta_graph.graph_def == graph
    assert events[3].session_log.status == tf.compat.v1.SessionLog.START
    assert events[-1].session_log.checkpoint_path == "model.ckpt-5"
    assert events[-1].step == 5
    times = [event.wall_time for event in events]
    assert times == sorted(times)
    notes = [value for event in events for value in event.summary.value if value.tag == "note"]
    assert [value.HasField("metadata") for value in notes] == [True, False]
    assert notes[0].metadata.plugin_data.plugin_name == "text"
    assert [value.tensor.string_val[0] for value in notes] == [b"first *note*", b"second"]


def test_tensorboard_reads_every_event(log):
    events = list(event_file_loader.RawEventFileLoader(str(log)).Load())
    assert len(events) == EVENTS


def test_tensorboard_accumulates_them(log):
    accumulator = event_accumulator.EventAccumulator(str(log), {event_accumulator.SCALARS: 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    assert set(tags["scalars"]) == {"loss", "special", "Gewicht/größe"}
    assert set(tags["histograms"]) == {"values", "empty"}
    assert tags["tensors"] == ["note"]
    loss = [(event.step, event.value) for event in accumulator.Scalars("loss")]
    assert loss == [(step, float(tf.constant(1 / (step + 1), tf.float32))) for step in range(100)]
    special = [event.value for event in accumulator.Scalars("special")]
    assert math.isnan(special[0])
    assert special[1:] == [math.inf, -math.inf]
    (point,) = accumulator.Scalars("Gewicht/größe")
    assert (point.step, point.value) == (2**40, -0.5)
    assert accumulator.Graph().node[0].op == "Placeholder"


@pytest.mark.parametrize("tag", ["values", "empty"])
def test_histograms_are_tensorflows(log, values, tag):
    """TensorFlow's own histogram of the same values, bucket by bucket and bit by bit."""
    ours = [
        value.histo
        for event in tf.compat.v1.train.summary_iterator(str(log))
        for value in event.summary.value
        if value.tag == tag
    ]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        numbers = tf.constant(values if tag == "values" else [], tf.float64)
        theirs = tf.compat.v1.Summary.FromString(session.run(tf.compat.v1.summary.histogram(tag, numbers)))
    assert [histogram.SerializeToString() for histogram in ours] == [theirs.value[0].histo.SerializeToString()]
