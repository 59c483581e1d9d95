"""Fixtures for tests that run whole programs.

FANLIGHT_BIN names the folder of the programs (default: build/release/bin), FANLIGHT_MNIST_DIR that of the MNIST files.
`./run test integration` sets both.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden"
DEADLINE_S = 30


def wait_until(claim: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """Asks again and again until `claim` gives something true, and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        if result := claim():
            return result
        assert time.monotonic() < end, f"not within {deadline_s:.0f} s: {what}"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def programs() -> Path:
    folder = Path(os.environ.get("FANLIGHT_BIN", ROOT / "build/release/bin"))
    assert (folder / "fanlight").exists(), f"no programs in {folder}: run `./run build`"
    return folder


@pytest.fixture(scope="session")
def mnist() -> Path:
    folder = Path(os.environ.get("FANLIGHT_MNIST_DIR", ""))
    assert (folder / "train-images-idx3-ubyte").exists(), "FANLIGHT_MNIST_DIR names no MNIST files: `./run mnist DIR`"
    return folder


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def golden_logdir(tmp_path: Path) -> Callable[[str], Path]:
    """Copies golden event files into a log directory without the JSON that tells what is in them."""

    def copy(name: str) -> Path:
        target = tmp_path / "golden" / name
        shutil.copytree(GOLDEN / name, target, ignore=shutil.ignore_patterns("*.json"))
        return target

    return copy


class Board:
    """A running `fanlight`; its address is the one that it prints."""

    def __init__(self, program: Path, logdir: Path, log: Path, *flags: str) -> None:
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [program, "--logdir", logdir, *flags],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    # Not the names, notes and index of whoever tests.
                    "XDG_DATA_HOME": str(log.parent / "data"),
                    "XDG_CACHE_HOME": str(log.parent / "cache"),
                },
            )
        match = wait_until(self._address, f"{program} prints its address")
        self.url: str = match.group()

    def _address(self) -> re.Match[str] | None:
        assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.log.read_text()}"
        return re.search(r"https?://\S+(?=\s)", self.log.read_text())

    def get(self, path: str, **query: Any) -> bytes:
        url = urllib.parse.urljoin(self.url, path)
        if query:
            url += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()

    def json(self, path: str, **query: Any) -> Any:
        return json.loads(self.get(path, **query))

    def scalars(self, run: str, tag: str) -> list[tuple[float, int, float]]:
        """Points as (wall time, step, value); none while the board has not read any."""
        try:
            return [tuple(point) for point in self.json("/data/plugin/scalars/scalars", run=run, tag=tag)]
        except urllib.error.HTTPError:
            return []

    def wait_for_points(self, run: str, tag: str, count: int) -> list[tuple[float, int, float]]:
        def enough() -> list[tuple[float, int, float]] | None:
            points = self.scalars(run, tag)
            return points if len(points) >= count else None

        return wait_until(enough, f"{count} points of {tag} in {run}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@pytest.fixture
def start_board(programs: Path, tmp_path: Path) -> Iterator[Callable[..., Board]]:
    """start_board(logdir, *flags) runs the program on a free port; it ends with the test, and its output is shown
    when the test fails."""
    boards: list[Board] = []

    def start(logdir: Path, *flags: str) -> Board:
        log = tmp_path / f"fanlight-{len(boards)}.log"
        port = () if "--port" in flags else ("--port", "0")
        boards.append(Board(programs / "fanlight", logdir, log, *port, *flags))
        return boards[-1]

    yield start
    for board in boards:
        board.stop()
        print(f"--- {board.log.name}\n{board.log.read_text()}")


@pytest.fixture(scope="session")
def trained(programs: Path, mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log directory that fanlight-mnist wrote: 1,000 steps of the tutorial's network, loss every 100."""
    logdir = tmp_path_factory.mktemp("trained") / "mnist"
    subprocess.run(
        [
            programs / "fanlight-mnist",
            f"--input_data_dir={mnist}",
            f"--log_dir={logdir}",
            "--max_steps=1000",
            "--summaries=full",
        ],
        check=True,
        timeout=300,
    )
    return logdir
