"""The real TensorBoard beside ours, on a log directory that fanlight-mnist wrote."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import wait_until


class TensorBoard:
    """A running TensorBoard, asked over HTTP."""

    def __init__(self, logdir: Path, log: Path, load_fast: str) -> None:
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tensorboard.main",
                    f"--logdir={logdir}",
                    "--port=0",
                    "--host=127.0.0.1",
                    f"--load_fast={load_fast}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.url: str = wait_until(self._address, "TensorBoard prints its address", 120).group(1)

    def _address(self) -> re.Match[str] | None:
        assert self.process.poll() is None, self.log.read_text()
        return re.search(r"TensorBoard .* at (http://\S+)", self.log.read_text())

    def json(self, path: str, **query: Any) -> Any:
        try:
            with urllib.request.urlopen(self.url + path + "?" + urllib.parse.urlencode(query), timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            return None  # Not loaded yet.

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module", params=["false", "true"], ids=["slow loader", "fast loader"])
def tensorboard(
    request: pytest.FixtureRequest, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TensorBoard]:
    board = TensorBoard(trained.parent, tmp_path_factory.mktemp("tensorboard") / "log", request.param)
    yield board
    board.stop()


def test_it_shows_the_same_scalars(tensorboard, trained, start_board):
    ours = start_board(trained.parent)
    run = trained.name
    loss = ours.wait_for_points(run, "loss", 10)
    assert [step for _, step, _ in loss] == list(range(0, 1000, 100))
    tags = ours.json("/data/plugin/scalars/tags")
    assert {"loss", "learning_rate"} <= {tag.split("/")[-1] for tag in tags[run]} | set(tags[run])
    wait_until(
        lambda: len(tensorboard.json("data/plugin/scalars/scalars", run=run, tag="loss") or []) == 10,
        "TensorBoard has read the run",
        60,
    )
    assert set(tensorboard.json("data/plugin/scalars/tags")[run]) == set(tags[run])
    for tag in tags[run]:
        theirs = tensorboard.json("data/plugin/scalars/scalars", run=run, tag=tag)
        assert [tuple(point) for point in theirs] == ours.scalars(run, tag), tag


def test_it_reads_our_histograms_and_graph(tensorboard, trained):
    run = trained.name
    tags = wait_until(lambda: tensorboard.json("data/plugin/histograms/tags"), "TensorBoard lists histograms", 60)
    assert len(tags[run]) >= 6  # Weights and biases of three layers at least.
    for tag in tags[run]:
        points = wait_until(
            lambda tag=tag: tensorboard.json("data/plugin/histograms/histograms", run=run, tag=tag),
            f"{tag} is read",
            60,
        )
        assert len(points) == 10
        assert all(sum(count for _, _, count in buckets) > 0 for _, _, buckets in points)
    graph_url = tensorboard.url + "data/plugin/graphs/graph?" + urllib.parse.urlencode({"run": run})
    with urllib.request.urlopen(graph_url, timeout=30) as answer:
        graph = answer.read().decode()
    for name in ("hidden1/MatMul", "softmax_linear/add", "GradientDescent"):
        assert f'"{name}"' in graph or f"name: '{name}'" in graph, name
