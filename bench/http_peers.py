#!/usr/bin/env python3
"""How fast the board answers over HTTP, beside TensorBoard on the same log directory.

    http_peers.py --bin DIR [--requests N] [--no-peer]

First our own API, by the native client bench/http_bench.cc. Then the routes that both have, asked by one Python client
over a connection that is kept where the server keeps it: one tag of 100 runs, 1,000 points each. TensorBoard runs with
--load_fast=true. The directory also holds a run of 1,000,000 points.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import measure

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=60)

    def post(self, path: str, form: str, headers: dict[str, str]) -> bytes:
        self.connection.request("POST", path, form, {**FORM, **headers})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"POST {path}: {answer.status} {body[:200]!r}")
        return body


def routes(runs: list[str]) -> dict[str, tuple[str, str]]:
    several = urllib.parse.urlencode([("tag", "loss"), *(("runs", run) for run in runs)])
    series = urllib.parse.urlencode({"requests": json.dumps([{"plugin": "scalars", "tag": "loss"}])})
    return {
        "scalars_multirun": ("/data/plugin/scalars/scalars_multirun", several),
        "timeSeries": ("/data/plugin/timeseries/timeSeries", series),
    }


def wait_for(client: Client, runs: list[str]) -> None:
    """Until all points that are served at all are served."""
    path, form = routes([*runs, "z_long"])["scalars_multirun"]
    while True:
        served = json.loads(client.post(path, form, {}))
        if len(served) == len(runs) + 1 and all(len(points) == 1000 for points in served.values()):
            if served["z_long"][-1][1] == 999_999:
                return
        time.sleep(0.2)


def measured(
    command: list[str | Path], runs: list[str], requests: int, log: Path
) -> dict[str, tuple[float, float, int]]:
    server = measure.Server(command, log)
    try:
        client = Client(server.url)
        wait_for(client, runs)
        figures = {}
        for name, (path, form) in routes(runs).items():
            for what, headers in {name: {}, f"{name}, gzip": {"Accept-Encoding": "gzip"}}.items():
                times = []
                size = len(client.post(path, form, headers))
                limit = time.perf_counter() + 15
                while len(times) < requests and (len(times) < 3 or time.perf_counter() < limit):
                    start = time.perf_counter()
                    client.post(path, form, headers)
                    times.append((time.perf_counter() - start) * 1000)
                times.sort()
                figures[what] = (statistics.median(times), times[int(len(times) * 0.99)], size)
        return figures
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--no-peer", action="store_true")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logdir = Path(scratch) / "logs"
        logdir.mkdir()
        sys.stdout.flush()
        subprocess.run([flags.bin / "http-bench", flags.bin / "fanlight", logdir], check=True)
        # What that has appended would not be 1,000 points.
        first = logdir / "run_000"
        for file in first.iterdir():
            file.unlink()
        first.rmdir()
        runs = [f"run_{number:03}" for number in range(1, 100)]
        words = ["--logdir", logdir, "--port", "0", "--host", "127.0.0.1"]
        programs = {"fanlight": [flags.bin / "fanlight", *words]}
        if not flags.no_peer:
            programs["TensorBoard"] = [sys.executable, "-m", "tensorboard.main", *words, "--load_fast=true"]
        figures = {
            name: measured(command, runs, flags.requests, Path(scratch) / f"{name}.log")
            for name, command in programs.items()
        }
    print(f"\n{'99 runs x 1,000 points, one tag':<34}" + "".join(f"{name:>48}" for name in figures))
    for route, (own, _, _) in figures["fanlight"].items():
        cells = []
        for name in figures:
            median, slowest, size = figures[name][route]
            ratio = f" {median / own:.0f}x" if name != "fanlight" else ""
            cells.append(f"{f'{median:.2f} ms p99 {slowest:.2f} ms {size / 1e6:.1f} MB{ratio}':>48}")
        print(f"{route:<34}" + "".join(cells))


if __name__ == "__main__":
    main()
