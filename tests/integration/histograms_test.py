"""Histograms as the page draws them, beside the real TensorBoard: the bins that its page makes of what its server
sends, and the percentiles of its distributions.

TensorBoard's page makes the bins in the browser. The function that does it is taken from the installed package and run
by Node.
"""

import importlib.util
import json
import math
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from compatible_test import runs_of_golden, settled
from conftest import GOLDEN, Board, wait_until
from tensorboard_test import TensorBoard

BINS = 30


@pytest.fixture(scope="module")
def logdir(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden runs with histograms, what fanlight-mnist wrote, and what TensorFlow writes of odd values."""
    root = tmp_path_factory.mktemp("histograms")
    for run in runs_of_golden():
        if run.name in {"ev_tf1_all", "ev_tf2_all", "ev_tensorboardx"}:
            shutil.copytree(run, root / run.name, ignore=shutil.ignore_patterns("*.json"))
    shutil.copytree(trained, root / "mnist", ignore=lambda _, names: [n for n in names if "tfevents" not in n])
    write_odd(root / "odd")
    return root


def write_odd(folder: Path) -> None:
    import numpy
    import tensorflow as tf

    source = numpy.random.default_rng(7)
    with tf.summary.create_file_writer(str(folder)).as_default():
        for step in range(40):
            tf.summary.histogram("normal", source.normal(step / 20, 1 + step / 10, 500), step)
            tf.summary.histogram("constant", numpy.full(10, 3.0), step)
            tf.summary.histogram("growing/constant", numpy.full(10, float(step)), step)
            tf.summary.histogram("two", numpy.array([-1.0, 1e6]), step)
            tf.summary.histogram("tiny", source.normal(0, 1e-30, 50), step)
    with tf.compat.v1.Graph().as_default():
        writer = tf.compat.v1.summary.FileWriter(str(folder / "tf1"))
        values = tf.compat.v1.placeholder(tf.float32)
        summary = tf.compat.v1.summary.histogram("old", values)
        with tf.compat.v1.Session() as session:
            for step in range(30):
                feed = {values: source.lognormal(step / 10, 1, 300) * source.choice([-1, 1], 300)}
                writer.add_summary(session.run(summary, feed), step * 10)
        writer.close()


@pytest.fixture(scope="module")
def theirs(logdir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    board = TensorBoard(logdir, tmp_path_factory.mktemp("theirs") / "log", "false")
    wait_until(lambda: settled(board), "TensorBoard has read the logs", 120)
    yield board
    board.stop()


@pytest.fixture(scope="module")
def ours(logdir: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    board = Board(
        programs / "fanlight", logdir, tmp_path_factory.mktemp("ours") / "log", "--port=0", "--load_fast=false"
    )
    wait_until(lambda: board.json("/api/v1/status")["state"] == "watching", "all is read")
    yield board
    board.stop()


def ask(board: Board, **request: Any) -> dict[str, Any]:
    body = json.dumps(request).encode()
    url = urllib.parse.urljoin(board.url, "/api/v1/histograms")
    with urllib.request.urlopen(
        urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=30
    ) as answer:
        result: dict[str, Any] = json.load(answer)
        return result


def series_of(board: Board) -> list[tuple[str, int, str]]:
    """Every histogram series: run, its id, tag."""
    runs = {run["id"]: run["name"] for run in board.json("/api/v1/runs")["runs"]}
    tags = [tag for tag in board.json("/api/v1/tags")["tags"] if tag["kind"] == "histograms"]
    return [(runs[run], run, tag["tag"]) for tag in tags for run in tag["runs"]]


def bins_of_page(histograms: list[list[Any]]) -> list[dict[str, Any]]:
    """For each of these answers the bins of TensorBoard's own page: left edges, width, counts by step."""
    spec = importlib.util.find_spec("tensorboard")
    assert spec is not None and spec.origin is not None
    with zipfile.ZipFile(Path(spec.origin).parent / "webfiles.zip") as files:
        page = files.read("index.js").decode()
    found = re.search(r"function (\w+)\(e,t,r,n=30\)\{\(t===void 0.*?return a\}", page, re.DOTALL)
    assert found is not None, "the page's function has another form than in TensorBoard 2.21"
    script = f"""
      {found.group()}
      const answers = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      console.log(JSON.stringify(answers.map((steps) => {{
        const edges = steps.flatMap(([, , buckets]) => buckets);
        const least = Math.min(...edges.map(([left]) => left));
        const most = Math.max(...edges.map(([, right]) => right));
        const bins = steps.map(([, , buckets]) => {found.group(1)}(
          {{buckets: buckets.map(([left, right, count]) => ({{left, right, count}}))}}, least, most));
        return {{left: bins[0]?.[0].x, width: bins[0]?.[0].dx, counts: bins.map((step) => step.map((bin) => bin.y))}};
      }})));"""
    done = subprocess.run(["node", "-e", script], input=json.dumps(histograms), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result: list[dict[str, Any]] = json.loads(done.stdout)
    return result


def test_bins(ours: Board, theirs: TensorBoard) -> None:
    """Where both show every step, the bins are those of TensorBoard's page."""
    names = series_of(ours)
    answers = [theirs.json("data/plugin/histograms/histograms", run=run, tag=tag) for run, _, tag in names]
    compared = 0
    for (run, run_id, tag), steps, page in zip(names, answers, bins_of_page(answers), strict=True):
        mine = ask(ours, series=[{"run": run_id, "tag": tag}], bins=BINS, steps=0)
        series = mine["series"][0]
        assert series["steps"] == [step for _, step, _ in steps], (run, tag)
        total = max(series["totals"])
        if total == 0:
            assert mine["range"] is None  # TensorBoard draws 30 empty bins from -1 to 1.
            continue
        left, right = mine["range"]
        assert left == pytest.approx(page["left"], rel=1e-6), (run, tag)
        assert (right - left) / BINS == pytest.approx(page["width"], rel=1e-6), (run, tag)
        for own, other, count in zip(series["counts"], page["counts"], series["totals"], strict=True):
            assert sum(own) == pytest.approx(count), (run, tag)
            if sum(other) == 0:
                continue  # Its page loses a bucket without width that lies just where two bins meet.
            # TensorBoard keeps the old form's edges as float32: a bucket's edge may move by that much.
            assert own == pytest.approx(other, abs=1e-4 * total), (run, tag)
        compared += 1
    assert compared >= 12


def test_percentiles(ours: Board, theirs: TensorBoard) -> None:
    compared = 0
    for run, run_id, tag in series_of(ours):
        steps = theirs.json("data/plugin/distributions/distributions", run=run, tag=tag)
        series = ask(ours, series=[{"run": run_id, "tag": tag}], bins=0, steps=0, percentiles=True)["series"][0]
        assert len(series["percentiles"]) == len(steps)
        for own, (wall_time_s, _, values) in zip(series["percentiles"], steps, strict=True):
            assert [point for point, _ in values] == [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000]
            assert wall_time_s in series["wall_times_s"]
            if own[0] == "NaN":
                assert all(value == 0 for _, value in values)  # No values: TensorBoard's bands fall to 0.
                continue
            span = max(abs(value) for _, value in values)
            assert own == pytest.approx([value for _, value in values], abs=1e-6 * span), (run, tag)
            compared += 1
    assert compared > 300


def test_every_step_is_reachable(programs: Path, tmp_path: Path) -> None:
    """TensorBoard keeps 500 of these steps and shows 51."""
    import numpy
    import tensorflow as tf

    with tf.summary.create_file_writer(str(tmp_path / "logs")).as_default():
        for step in range(1200):
            tf.summary.histogram("h", numpy.array([step, step + 1.0]), step)
    board = Board(programs / "fanlight", tmp_path / "logs", tmp_path / "log", "--port=0")
    try:
        wait_until(lambda: board.json("/api/v1/status")["points"] == 1200, "all is read")
        series = [{"run": 0, "tag": "h"}]
        assert ask(board, series=series, steps=0, bins=1)["series"][0]["steps"] == list(range(1200))
        few = ask(board, series=series, steps=50, bins=1)["series"][0]
        assert few["steps"] == [*range(0, 1200, 50), 1199] and few["in_window"] == 1200
        near = ask(board, series=series, steps=50, **{"from": 701, "to": 703}, bins=1, buckets=True)["series"][0]
        assert near["steps"] == [700, 701, 702, 703, 704]
        assert math.isclose(near["buckets"][1][0][0], 701)
    finally:
        board.stop()


def test_golden_runs_are_there(ours: Board) -> None:
    runs = {run for run, _, _ in series_of(ours)}
    assert {"ev_tensorboardx", "ev_tf1_all", "ev_tf2_all", "mnist", "odd", "odd/tf1"} <= runs, (runs, GOLDEN)
