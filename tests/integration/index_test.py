"""The index: what a second start reads; no kill, full disk or second program makes it show something else."""

import os
import random
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from board_test import scalar_record
from conftest import Board, wait_until

# How often a board is killed; 200 and more for a thorough look.
KILLS = int(os.environ.get("FANLIGHT_KILLS", "25"))
ALL_POINTS = ("--samples_per_plugin", "scalars=0")


def write_points(path: Path, tag: str, steps: range) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as out:
        out.write(b"".join(scalar_record(step, 1.5e9 + step, tag, step / 7) for step in steps))


def is_loaded(board: Board) -> bool:
    status = board.json("/api/v1/status")
    return status["state"] != "loading" and status["bytes_read"] == status["bytes_total"]


def contents(board: Board) -> dict[str, Any]:
    """Every point of every scalar series, once all bytes that there are have been read."""
    wait_until(lambda: is_loaded(board), "everything is read")
    tags = board.json("/data/plugin/scalars/tags")
    return {
        f"{run} {tag}": board.json("/data/plugin/scalars/scalars", run=run, tag=tag)
        for run, tags_of_run in tags.items()
        for tag in tags_of_run
    }


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for run in range(12):
        write_points(tmp_path / f"logs/run{run}/events.out.tfevents.1", "loss", range(600))
    return tmp_path / "logs"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def fresh(start_board: Callable[..., Board], logs: Path) -> Callable[[], dict[str, Any]]:
    """What a board without an index shows."""

    def read() -> dict[str, Any]:
        board = start_board(logs, "--index", "off", *ALL_POINTS)
        found = contents(board)
        board.stop()
        return found

    return read


@pytest.fixture
def traced_board(programs: Path, tmp_path: Path, logs: Path, index: Path) -> Iterator[Callable[[Path], Board]]:
    """Runs the board under strace, which writes the files it opens to a trace."""
    boards: list[Board] = []

    def start(trace: Path) -> Board:
        wrapper = tmp_path / "traced"
        # -D: the program itself is our child, and gets our signals.
        wrapper.write_text(
            f'#!/bin/sh\nexec strace -D -f -e trace=open,openat -o "{trace}" "{programs}/fanlight" "$@"\n'
        )
        wrapper.chmod(0o755)
        boards.append(Board(wrapper, logs, tmp_path / "traced.log", "--port", "0", "--index", str(index), *ALL_POINTS))
        return boards[-1]

    yield start
    for board in boards:
        board.stop()


def test_a_second_start_opens_no_event_file(
    traced_board: Callable[[Path], Board], tmp_path: Path, fresh: Callable[[], dict[str, Any]], logs: Path
) -> None:
    first = traced_board(tmp_path / "first")
    want = contents(first)
    first.stop()
    assert (tmp_path / "first").read_text().count("tfevents") >= 12
    second = traced_board(tmp_path / "second")
    assert contents(second) == want == fresh()
    second.stop()
    assert "tfevents" not in (tmp_path / "second").read_text()
    # What grew is opened, and nothing else.
    write_points(logs / "run3/events.out.tfevents.1", "loss", range(600, 620))
    third = traced_board(tmp_path / "third")
    assert len(contents(third)["run3 loss"]) == 620
    third.stop()
    opened = [line for line in (tmp_path / "third").read_text().splitlines() if "tfevents" in line]
    assert opened
    assert all("/run3/" in line for line in opened)


def test_nothing_is_written_into_the_logdir(start_board: Callable[..., Board], logs: Path, index: Path) -> None:
    before = sorted(path for path in logs.rglob("*"))
    board = start_board(logs, "--index", str(index))
    contents(board)
    board.stop()
    assert sorted(path for path in logs.rglob("*")) == before
    assert list(index.rglob("catalogue.*"))


def test_a_kill_at_any_moment_loses_nothing(
    start_board: Callable[..., Board], logs: Path, index: Path, fresh: Callable[[], dict[str, Any]]
) -> None:
    chance = random.Random(4)
    stopped = threading.Event()

    def append() -> None:
        """Grows the runs, now and then by a new one, while boards are killed."""
        step = 600
        while not stopped.is_set():
            run = chance.randrange(14)
            write_points(logs / f"run{run}/events.out.tfevents.1", "loss", range(step, step + 40))
            step += 40
            stopped.wait(0.01)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        for _ in range(KILLS):
            board = start_board(logs, "--index", str(index))
            try:
                board.process.wait(chance.choice([0, 0.005, 0.02, 0.1, 0.3]) * chance.random())
            except subprocess.TimeoutExpired:
                board.stop(signal.SIGKILL)
    finally:
        stopped.set()
        writer.join()
    last = start_board(logs, "--index", str(index), *ALL_POINTS)
    assert contents(last) == fresh()


def test_two_boards_share_an_index(
    start_board: Callable[..., Board], logs: Path, index: Path, fresh: Callable[[], dict[str, Any]]
) -> None:
    first = start_board(logs, "--index", str(index), *ALL_POINTS)
    contents(first)
    second = start_board(logs, "--index", str(index), *ALL_POINTS)
    assert contents(second) == contents(first) == fresh()
    write_points(logs / "run1/events.out.tfevents.1", "loss", range(600, 700))
    for board in (first, second):
        board.wait_for_points("run1", "loss", 700)
    first.stop()
    # The lock is free again.
    third = start_board(logs, "--index", str(index), *ALL_POINTS)
    assert contents(third) == contents(second) == fresh()


@pytest.mark.parametrize("limit", [4096, 20_000, 200_000])
def test_a_full_disk_costs_the_index_only(
    programs: Path, tmp_path: Path, logs: Path, index: Path, fresh: Callable[[], dict[str, Any]], limit: int
) -> None:
    """No file may grow past the limit: neither the index nor the temporary file that stands in for it."""
    wrapper = tmp_path / "limited"
    wrapper.write_text(f'#!/bin/sh\nexec prlimit --fsize={limit} "{programs}/fanlight" "$@"\n')
    wrapper.chmod(0o755)
    log = tmp_path / "limited.log"
    want = fresh()
    for _ in range(2):
        board = Board(wrapper, logs, log, "--port", "0", "--index", str(index), *ALL_POINTS)
        try:
            assert contents(board) == want
            # Told once, not for each block.
            assert log.read_text().count("cannot grow") <= 2
        finally:
            board.stop()
