"""Programs in the tutorials' manner, run on real TensorFlow and on fanlight.tf1."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(os.environ.get("FANLIGHT_PYTHON_DIR", ROOT / "build/release/python"))
PROGRAMS = Path(__file__).resolve().parent / "programs"
MNIST = Path(os.environ.get("FANLIGHT_MNIST_DIR", Path.home() / ".cache/fanlight/mnist"))

sys.path.insert(0, str(PACKAGE))

# A shell starts what it runs in the background with Ctrl-C ignored, and the programs started here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf")
_TIMES = re.compile(r"\(\d+\.\d+ sec\)")


def run_python(arguments, cwd, on_tensorflow=False, timeout=300, env=None):
    """The process, ended: the program on TensorFlow, or on ours by the runner."""
    own = {
        "PYTHONPATH": str(PACKAGE),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    }
    if on_tensorflow:
        del own["PYTHONPATH"]
        own["LD_PRELOAD"] = ""  # A sanitizer's, for ours alone.
    runner = [] if on_tensorflow else ["-m", "fanlight.tf1"]
    return subprocess.run(
        [sys.executable, *runner, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **own, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def output_of(arguments, cwd, on_tensorflow=False, **kwargs):
    done = run_python(arguments, cwd, on_tensorflow, **kwargs)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def assert_same_output(ours, theirs, rtol=1e-5, atol=1e-9):
    """The same words, and numbers that differ by no more than `rtol`."""
    ours, theirs = _TIMES.sub("", ours), _TIMES.sub("", theirs)
    assert _NUMBER.sub("#", ours).split() == _NUMBER.sub("#", theirs).split(), f"{ours}\n--- TensorFlow:\n{theirs}"
    for one, other in zip(_NUMBER.findall(ours), _NUMBER.findall(theirs)):
        a, b = float(one), float(other)
        assert a == b or abs(a - b) <= atol + rtol * abs(b), f"{one} is not {other}:\n{ours}\n--- TensorFlow:\n{theirs}"


@pytest.fixture
def mnist_dir():
    if not (MNIST / "train-images-idx3-ubyte").exists():
        pytest.skip(f"no MNIST images in {MNIST}: ./run mnist {MNIST}")
    return MNIST


@pytest.fixture
def tf():
    """The package with an empty default graph."""
    import fanlight.tf1 as package

    package.reset_default_graph()
    return package
