"""`fanlight --inspect` prints what `tensorboard --inspect` prints, byte for byte."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDERS = ["ev_tf1_scalar", "ev_tf1_two_restarts", "ev_tf2_all", "ev_tensorboardx", "mnist_small"]


def output(*words: str | Path) -> str:
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def tensorboard(*flags: str | Path) -> str:
    return output(Path(sys.executable).parent / "tensorboard", "--inspect", *flags)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_told_as_by_tensorboard(programs: Path, golden_logdir: Callable[[str], Path], folder: str) -> None:
    logdir = golden_logdir(folder)
    told = output(programs / "fanlight", "--inspect", "--logdir", logdir)
    assert told == tensorboard("--logdir", logdir)
    assert f"Event statistics for {logdir}" in told


def test_each_file_is_told_as_by_tensorboard(programs: Path, golden_logdir: Callable[[str], Path]) -> None:
    # Of a folder with several files TensorBoard reads them as the file system lists them, we by name.
    for file in golden_logdir("ev_tf1_all").iterdir():
        assert output(programs / "fanlight", "--inspect", "--event_file", file) == tensorboard("--event_file", file)


def test_one_file_and_one_tag_are_told_as_by_tensorboard(programs: Path, golden_logdir: Callable[[str], Path]) -> None:
    logdir = golden_logdir("tutorial") / "example"
    (file,) = logdir.iterdir()
    for flags in (["--event_file", file], ["--event_file", file, "--tag", "loss"], ["--logdir", logdir, "--tag", "?"]):
        assert output(programs / "fanlight", "inspect", *flags) == tensorboard(*flags)


def test_damage_goes_to_the_messages(programs: Path, golden_logdir: Callable[[str], Path]) -> None:
    logdir = golden_logdir("ev_bad_flip_payload")
    told = subprocess.run(
        [programs / "fanlight", "--inspect", "--logdir", logdir], capture_output=True, text=True, check=True
    )
    assert "payload checksum mismatch" in told.stderr
    assert "scalars" in told.stdout


def test_what_is_not_there_is_named(programs: Path, tmp_path: Path) -> None:
    missing = subprocess.run(
        [programs / "fanlight", "--inspect", "--event_file", tmp_path / "gone"], capture_output=True, text=True
    )
    assert missing.returncode == 1
    assert "gone" in missing.stderr
    assert f"No event files found within logdir {tmp_path}" in output(
        programs / "fanlight", "--inspect", "--logdir", tmp_path
    )
