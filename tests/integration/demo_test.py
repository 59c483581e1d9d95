"""./run demo, as the README tells it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, wait_until


def demo_command(programs: Path, mnist: Path, logdir: Path, port: int, *flags: str) -> list[str]:
    script = ROOT / "tools/demo.py"
    return [sys.executable, str(script), "--bin", str(programs), "--mnist", str(mnist)] + [
        "--logdir",
        str(logdir),
        "--port",
        str(port),
        *flags,
    ]


def test_demo_once_trains_serves_and_checks(tmp_path, free_port):
    done = subprocess.run(
        [ROOT / "run", "demo", "--once", "--logdir", tmp_path / "my logs", "--port", str(free_port)],
        env={key: value for key, value in os.environ.items() if key != "CI"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"Open http://\S+:{free_port}/", done.stdout)
    assert "checked: the page, 7 runs" in done.stdout
    for name in ("mnist/tutorial", "linear-regression"):
        assert list((tmp_path / "my logs" / name).glob("*tfevents*"))


def test_ctrl_c_while_it_trains_ends_all_of_it(programs, mnist, tmp_path, free_port):
    log = tmp_path / "demo.log"
    with log.open("w") as out:
        demo = subprocess.Popen(
            demo_command(programs, mnist, tmp_path / "logs", free_port),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        wait_until(lambda: "mnist/tutorial:" in log.read_text(), "the first run is trained", 120)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
    finally:
        demo.kill()
        demo.wait()
    assert "stopping" in log.read_text()
    left = subprocess.run(["pgrep", "-f", str(tmp_path / "logs")], capture_output=True, text=True)
    assert left.stdout == ""


def test_a_taken_port_is_an_error_that_is_told(programs, mnist, tmp_path, start_board, free_port):
    (tmp_path / "empty").mkdir()
    start_board(tmp_path / "empty", "--port", str(free_port))
    done = subprocess.run(
        demo_command(programs, mnist, tmp_path / "logs", free_port, "--once"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert str(free_port) in done.stdout
    assert "the board did not start" in done.stderr
