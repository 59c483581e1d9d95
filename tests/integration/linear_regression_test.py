"""fanlight-linear-regression as its users meet it."""

import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import GOLDEN, wait_until

NUMBER = r"(-?[0-9.]+(?:e-?[0-9]+)?)"
EPOCH = re.compile(rf"Epoch: (\d{{4,}}) cost= (\d+\.\d{{9}}) W= {NUMBER} b= {NUMBER}")
RESULT = re.compile(rf"Training cost= {NUMBER} W= {NUMBER} b= {NUMBER} ")

Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def train(programs: Path, tmp_path: Path) -> Train:
    def run(*flags: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [programs / "fanlight-linear-regression", *flags], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    return run


def epochs(lines: list[str]) -> list[tuple[int, float]]:
    return [(int(match.group(1)), float(match.group(2))) for match in map(EPOCH.fullmatch, lines) if match]


def result(line: str) -> list[float]:
    match = RESULT.fullmatch(line)
    assert match, line
    return [float(number) for number in match.groups()]


def test_the_recording_program(train, tmp_path):
    done = train("--weight=0.3", "--bias", "-0.2")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert [epoch for epoch, _ in epochs(lines[:20])] == list(range(50, 1001, 50))
    assert lines[20] == "Optimization Finished!"
    cost, weight, bias = result(lines[21])
    assert weight == pytest.approx(0.2899269, rel=1e-5)
    assert bias == pytest.approx(0.5113118, rel=1e-5)
    assert cost == pytest.approx(0.082147, rel=1e-4)
    assert lines[22:] == ["", ""]
    (events,) = (tmp_path / "example").iterdir()
    assert "tfevents" in events.name
    assert not (tmp_path / "tmp").exists()


def test_a_seed_repeats_a_run(train):
    first = train("--seed=5", "--training_epochs=50").stdout
    assert train("-seed", "5", "--training_epochs=50").stdout == first
    assert train("--seed=6", "--training_epochs=50").stdout != first


def test_two_sessions_go_on_without_a_jump(train, tmp_path):
    done = train("--two_sessions", "--weight=0.3", "--bias=-0.2")
    assert done.returncode == 0, done.stderr
    assert 'made the folder "./tmp"' in done.stderr
    lines = done.stdout.split("\n")
    assert lines[0] == "Starting 1st session..."
    assert [epoch for epoch, _ in epochs(lines[1:5])] == [50, 100, 150, 200]
    assert lines[5] == "Optimization Finished!"
    assert lines[7:11] == [
        "",
        "Model saved in file: ./tmp/model.ckpt",
        "Starting 2st session...",
        "Model restored from file: ./tmp/model.ckpt",
    ]
    assert [epoch for epoch, _ in epochs(lines[11:27])] == list(range(50, 801, 50))
    cost, weight, bias = result(lines[28])
    assert (cost, weight, bias) == pytest.approx((0.082147, 0.2899269, 0.5113118), rel=1e-4)
    costs = [cost for _, cost in epochs(lines)]
    assert costs == sorted(costs, reverse=True)
    single = train("--weight=0.3", "--bias=-0.2").stdout.split("\n")
    assert costs == [cost for _, cost in epochs(single)]
    assert {path.name for path in (tmp_path / "tmp").iterdir()} == {
        "checkpoint",
        "model.ckpt.index",
        "model.ckpt.meta",
        "model.ckpt.data-00000-of-00001",
    }
    assert (tmp_path / "tmp/checkpoint").read_text() == (GOLDEN / "tutorial/tmp/checkpoint").read_text()


def test_the_authors_own_checkpoint_is_trained_on_from(train):
    prefix = GOLDEN / "tutorial/tmp/model.ckpt"
    done = train("--restore", prefix, "--training_epochs=0")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines[0] == f"Model restored from file: {prefix}"
    _, weight, bias = result(lines[2])
    assert (weight, bias) == pytest.approx((0.3244478, 0.262971), rel=1e-6)
    further = train("--restore", prefix, "--training_epochs=800").stdout.split("\n")
    costs = [cost for _, cost in epochs(further)]
    assert len(costs) == 16
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.081


@pytest.mark.parametrize("flags", [["--restore", ""], ["--restore="], ["--logdir", ""], ["--weight=nan"]])
def test_values_that_cannot_be_are_refused_before_anything_is_written(train, tmp_path, flags):
    done = train("--training_epochs=1", *flags)
    assert done.returncode != 0
    assert flags[0].partition("=")[0].replace("logdir", "log_dir") in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_errors_are_told(train, tmp_path):
    done = train("--restore=nowhere/model.ckpt")
    assert done.returncode == 1
    assert "no checkpoint here" in done.stderr
    assert "nowhere/model.ckpt.index" in done.stderr
    (tmp_path / "tmp").write_text("a file where a folder should be")
    done = train("--two_sessions", "--training_epochs=1")
    assert done.returncode == 1
    assert "./tmp" in done.stderr


def test_a_stop_ends_it_cleanly(programs, tmp_path):
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [programs / "fanlight-linear-regression", "--training_epochs=100000000"],
            cwd=tmp_path,
            stdout=out,
            stderr=out,
        )
    wait_until(lambda: "Epoch: 0050" in log.read_text(), "fifty epochs")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert re.search(r"Stopped after epoch \d+: everything is recorded in \./example\n$", log.read_text())
