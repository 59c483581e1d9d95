"""All series of small log directories of every shape, each point beside what TensorBoard's reader decodes."""

import os
import subprocess
from pathlib import Path

import every_point
import pytest
from conftest import ROOT

# About as many points as the Python reader decodes in two seconds.
SCALES = {
    "scalars-wide": 0.01,
    "scalars-deep": 0.003,
    "scalars-deep-torch": 0.003,
    "mixed": 0.05,
    "many-small": 0.01,
    "many-tags": 0.001,
    "big-histograms": 0.01,
    "restarts": 0.1,
}


@pytest.mark.parametrize("profile", SCALES)
def test_every_point_is_what_an_independent_reader_decodes(profile: str, programs: Path, tmp_path: Path) -> None:
    tools = Path(os.environ.get("FANLIGHT_TEST_BIN", ROOT / "build/dev/bin"))
    logdir = tmp_path / "logs"
    command = [tools / "make-logdirs", "--profile", profile, "--out", logdir, "--scale", str(SCALES[profile])]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    series, points, wrong = every_point.compare(programs / "fanlight", logdir, tmp_path / "log")
    assert wrong == []
    assert series > 0
    assert points > 1000
