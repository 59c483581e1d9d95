#!/usr/bin/env python3
"""The demo: a board on a log directory, and a small sweep that trains into it while one watches.

`./run demo` builds the programs, gets MNIST and calls this. Children never outlive it: Ctrl-C ends the training
after its step and then the board.
"""

import argparse
import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTED_S = int(os.environ.get("FANLIGHT_STARTED_US", time.time() * 1e6)) / 1e6
SUMMARY_EVERY = 100  # Steps between two points of fanlight-mnist.


@dataclass
class Run:
    """One training: where it writes below the log directory, and its command without that."""

    name: str
    program: str
    flags: list[str]
    log_flag: str
    points: int  # Of the tag "loss".


def mnist_run(name: str, steps: int, **flags: float) -> Run:
    words = [f"--{flag}={value}" for flag, value in flags.items()]
    return Run(
        f"mnist/{name}",
        "fanlight-mnist",
        [f"--max_steps={steps}", "--summaries=full", *words],
        "--log_dir",
        (steps + SUMMARY_EVERY - 1) // SUMMARY_EVERY,
    )


# The tutorial's own settings first, then what one would try next: larger and smaller steps, wider and narrower.
SWEEP = [
    mnist_run("tutorial", 2000),
    Run("linear-regression", "fanlight-linear-regression", [], "--logdir", 20),
    mnist_run("rate-0.01", 18_000, learning_rate=0.01),
    mnist_run("rate-0.05", 18_000, learning_rate=0.05),
    mnist_run("rate-0.2", 18_000, learning_rate=0.2),
    mnist_run("narrow-32x16", 18_000, learning_rate=0.05, hidden1=32, hidden2=16),
    mnist_run("wide-256x64", 18_000, learning_rate=0.05, hidden1=256, hidden2=64),
]


def say(text: str) -> None:
    print(f"[{time.time() - STARTED_S:6.1f} s] {text}", flush=True)


class DemoError(Exception):
    """Told to the person as one line."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


class StopRequest:
    """Ctrl-C as `Stopped`, but never between a program's start and the moment when someone answers for its end."""

    def __init__(self) -> None:
        self.is_held = False
        self.has_come = False

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self._come)
        signal.signal(signal.SIGTERM, self._come)

    def hold(self) -> None:
        self.is_held = True

    def release(self) -> None:
        self.is_held = False
        if self.has_come:
            raise Stopped

    def _come(self, _signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.has_come = True
        if not self.is_held:
            raise Stopped


STOP = StopRequest()


class Board:
    """A running `fanlight`. Its address is what the program itself prints, for the port may be another than asked."""

    def __init__(self, program: Path, logdir: Path, host: str | None, port: int | None) -> None:
        flags = ["--logdir", str(logdir)]
        flags += ["--host", host] if host is not None else []
        flags += ["--port", str(port)] if port is not None else []
        # A session of its own: Ctrl-C reaches this script alone, which ends the training first.
        self.process = subprocess.Popen(
            [program, *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.url: str | None = None
        self.found = threading.Event()
        threading.Thread(target=self._forward, daemon=True).start()
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # No proxy: the board is on this machine whatever the environment says about the way out.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def _forward(self) -> None:
        """Shows what the board prints, and takes the address from it."""
        assert self.process.stdout
        for line in self.process.stdout:
            print(f"  fanlight: {line.rstrip()}", flush=True)
            match = re.search(r"https?://\S+", line)
            if match and not self.found.is_set():
                self.url = match.group()
                self.found.set()
        self.found.set()

    def wait_for_address(self) -> str:
        self.found.wait(30)
        if self.url is None:
            raise DemoError("the board did not start; what it said is above")
        return self.url

    def get(self, path: str) -> tuple[str, bytes]:
        """Content type and body. Raises DemoError with the path and the reason."""
        assert self.url
        url = urllib.parse.urljoin(self.url, path)
        try:
            with self.opener.open(url, timeout=10) as answer:
                return answer.headers.get("Content-Type", ""), answer.read()
        except (OSError, ValueError) as error:
            raise DemoError(f"GET {path}: {error}") from error

    def json(self, path: str, **query: str) -> object:
        if query:
            path = f"{path}?{urllib.parse.urlencode(query)}"
        try:
            return json.loads(self.get(path)[1])
        except ValueError as error:
            raise DemoError(f"GET {path}: not JSON: {error}") from error

    def stop(self) -> None:
        end(self.process, signal.SIGTERM)


def end(process: subprocess.Popen, how: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def train(run: Run, programs: Path, logdir: Path, mnist: Path) -> None:
    flags = [*run.flags, f"{run.log_flag}={logdir / run.name}"]
    if run.program == "fanlight-mnist":
        flags.append(f"--input_data_dir={mnist}")
    log = ROOT / "build/logs" / f"demo-{run.name.replace('/', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    (logdir / run.name).mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with log.open("w") as out:
        STOP.hold()
        process = subprocess.Popen(
            [programs / run.program, *flags],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            STOP.release()
            code = process.wait()
        except Stopped:
            end(process, signal.SIGINT)  # It finishes its step and saves.
            raise
    text = log.read_text(encoding="utf-8", errors="replace")
    if code != 0:
        raise DemoError(f"{run.program} ended with {code}:\n{text[-2000:]}")
    results = re.findall(r"Precision @ 1: (\S+)", text)
    result = f"test precision {results[-1]}" if results else f"{run.points} points"
    say(f"  {run.name}: {result} in {time.monotonic() - start:.1f} s")


def served_points(board: Board) -> dict[str, int]:
    """Points of the tag "loss" by run, over the routes that TensorBoard's own page uses."""
    runs = board.json("/data/runs")
    assert isinstance(runs, list)
    counts = {}
    for run in runs:
        try:
            points = board.json("/data/plugin/scalars/scalars", run=run, tag="loss")
        except DemoError:
            points = []  # Listed, but its first point is not there yet.
        counts[run] = len(points) if isinstance(points, list) else 0
    return counts


def v1_points(board: Board) -> dict[str, int]:
    """The same over the page's own routes, where no point is ever left out."""
    listed = board.json("/api/v1/runs")
    assert isinstance(listed, dict)
    names = {run["id"]: run["name"] for run in listed["runs"]}
    query = {"series": [{"run": run, "tag": "loss"} for run in names], "width": 0}
    assert board.url
    request = urllib.request.Request(
        urllib.parse.urljoin(board.url, "/api/v1/columns"),
        data=json.dumps(query).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    try:
        with board.opener.open(request, timeout=10) as answer:
            series = json.load(answer)["series"]
    except (OSError, ValueError) as error:
        raise DemoError(f"POST /api/v1/columns: {error}") from error
    return {names[one["run"]]: len(one.get("steps", [])) for one in series}


def check(board: Board, sweep: list[Run]) -> None:
    """The page is served, and what was trained is what it shows. Waits for the board to have read the last bytes."""
    kind, page = board.get(board.wait_for_address())  # With the token, if there is one; then the cookie serves.
    if "text/html" not in kind or b"<script" not in page:
        raise DemoError(f"the page is not served at {board.url}: {kind}, {len(page)} bytes")
    script = re.search(rb'<script[^>]+src="([^"]+)"', page)
    if not script or not board.get(script.group(1).decode())[1]:
        raise DemoError("the page names no script of its own that is served")
    want = {run.name: run.points for run in sweep}
    for name, read in (("/data", served_points), ("/api/v1", v1_points)):
        deadline = time.monotonic() + 30
        while True:
            got = {run: count for run, count in read(board).items() if run in want}
            if got == want:
                break
            if time.monotonic() > deadline:
                raise DemoError(f"{name} serves other points of loss than were trained: got {got}, want {want}")
            time.sleep(0.1)
    say(f"checked: the page, {len(want)} runs, {sum(want.values())} points of loss, as trained")


def demo(arguments: argparse.Namespace) -> int:
    logdir = arguments.logdir
    if logdir is None:
        logdir = ROOT / "build/demo"
        shutil.rmtree(logdir, ignore_errors=True)  # Ours: nobody else writes below build/.
    logdir = logdir.expanduser().absolute()
    logdir.mkdir(parents=True, exist_ok=True)
    STOP.listen()
    STOP.hold()
    board = Board(arguments.bin / "fanlight", logdir, arguments.host, arguments.port)
    try:
        STOP.release()
        url = board.wait_for_address()
        bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
        print(f"\n  Open {bold}{url}{plain} and watch. The logs are in {logdir}\n", flush=True)
        say(f"training {len(SWEEP)} runs")
        for run in SWEEP:
            train(run, arguments.bin, logdir, arguments.mnist)
        if arguments.once:
            check(board, SWEEP)
            return 0
        say(f"all is trained; still serving {url} (Ctrl-C ends it)")
        code = board.process.wait()
        raise DemoError(f"the board ended by itself with {code}; what it said is above")
    except Stopped:
        say("stopping")
        return 130 if arguments.once else 0
    finally:
        board.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="run demo")
    parser.add_argument("--once", action="store_true", help="end after checking what is served")
    parser.add_argument("--logdir", type=Path, help="where to train to and watch; default: build/demo, emptied first")
    parser.add_argument("--port", type=int, help="default: 6006, or the next free one")
    parser.add_argument("--host", help="address to serve on; default: this machine only")
    parser.add_argument("--bin", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--check-flags", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.check_flags:
        return 0
    try:
        return demo(arguments)
    except DemoError as error:
        print(f"run demo: error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
