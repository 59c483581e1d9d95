"""What the benchmarks share: running a command with its seconds and memory, a board's life, a table."""

import http.client
import importlib.util
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Measured:
    seconds: float
    peak_mb: float
    output: str


def run(command: list[str | Path], output: Path) -> Measured:
    """From start to exit. The memory is the process's own high-water mark, which the kernel keeps."""
    with output.open("w+") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}:\n{text[-2000:]}")
    return Measured(seconds, usage.ru_maxrss / 1024, text)


def seconds_until(command: list[str | Path], start_of_line: str) -> float:
    """From start until it prints a line that begins so; then it is ended."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(start_of_line):
                return time.perf_counter() - start
        raise SystemExit(f"{command[0]} ended before it printed {start_of_line!r}")
    finally:
        process.kill()
        process.wait()


class Server:
    """A board with TensorBoard's flags and HTTP routes."""

    def __init__(self, command: list[str | Path], log: Path) -> None:
        self.start = time.perf_counter()
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        # TensorBoard names its issue tracker before it says where it is.
        while not (match := re.search(r" at (https?://\S+)(?=\s)", log.read_text())):
            if self.process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with {self.process.returncode}:\n{log.read_text()[-2000:]}")
            time.sleep(0.002)
        self.url = match.group(1)
        self.serving_s = self.seconds()

    def seconds(self) -> float:
        return time.perf_counter() - self.start

    def json(self, path: str) -> Any:
        """None while the server does not know the path's run or tag yet."""
        try:
            with urllib.request.urlopen(self.url + path.lstrip("/"), timeout=120) as answer:
                return json.load(answer)
        except (OSError, http.client.HTTPException):
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended:\n{self.log.read_text()[-2000:]}") from None
            return None

    def peak_mb(self) -> float:
        """Summed over the process and its descendants."""
        total, todo = 0.0, [self.process.pid]
        while todo:
            pid = todo.pop()
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                for task in Path(f"/proc/{pid}/task").iterdir():
                    todo += map(int, (task / "children").read_text().split())
            except OSError:
                continue  # It has ended meanwhile.
            total += int(match.group(1)) / 1024 if (match := re.search(r"VmHWM:\s+(\d+)", status)) else 0
        return total

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def python_with(module: str, others: list[str]) -> str | None:
    """This Python, or another that has the module, such as the system's where it is a package of Debian's."""
    if importlib.util.find_spec(module) is not None:
        return sys.executable
    for python in ("/usr/bin/python3", *others):
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return python
    return None


def machine() -> str:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    name = model.group(1) if model else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}"


def table(title: str, columns: list[str], rows: dict[str, dict[str, list[float]]]) -> None:
    """Medians by row and column, and how many times the first row's figure each other one is."""
    print(f"\n{title}")
    names = list(rows)
    width = max(map(len, names))
    print(f"  {'':{width}}  " + "  ".join(f"{column:>22}" for column in columns))
    for name in names:
        cells = []
        for column in columns:
            median = statistics.median(rows[name][column])
            first = statistics.median(rows[names[0]][column])
            ratio = f" ({median / first:.1f}x)" if name != names[0] and first else ""
            cells.append(f"{f'{median:.3f}{ratio}':>22}")
        print(f"  {name:{width}}  " + "  ".join(cells))
