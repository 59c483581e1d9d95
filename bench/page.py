#!/usr/bin/env python3
"""The page in a browser: what a person waits for, fanlight's beside TensorBoard's.

Both serve the same log directory (50 runs, 50 tags, 1,000 steps) and have read it whole before the first visit. Every
visit is a new Chromium with an empty cache, 1600 by 1000 pixels; visits to the two take turns, so that whatever else
the machine does falls on both. bench/page/measure.mjs says what the figures are.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = {
    "first chart ms": "firstChartMs",
    "all in view ms": "allChartsMs",
    "browser CPU ms": "cpuMs",
    "script kB": "scriptKB",
    "data MB": "dataMB",
    "requests": "requests",
    "long tasks ms": "longTasksMs",
    "heap MB": "heapMB",
    "key to paint ms": "keyMs",
    "scroll p95 ms": "scrollP95Ms",
}


def wait_until_loaded(server: measure.Server, run: str, tag: str, last_step: int) -> None:
    while True:
        points = server.json(f"data/plugin/scalars/scalars?run={run}&tag={tag}")
        if points and points[-1][1] == last_step:
            return
        time.sleep(0.2)


def visit(url: str, page: str) -> dict[str, float | None]:
    words = ["node", ROOT / "bench/page/measure.mjs", "--url", url, "--page", page]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"measuring {page} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float | None] = json.loads(done.stdout)
    return figures


def start(name: str, command: list[str | Path], folder: Path, is_known_log: bool) -> measure.Server:
    server = measure.Server(command, folder / f"{name}.log")
    if is_known_log:
        for run in ("run_000", "run_049"):
            wait_until_loaded(server, run, "train/metric_049", 999)
    else:
        time.sleep(5)
    print(f"{name} has read the logs after {server.seconds():.1f} s", flush=True)
    return server


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--logdir", type=Path, help="another log directory, for fanlight alone")
    parser.add_argument("--repeat", type=int, default=3)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = flags.logdir or folder / "logs"
        if not flags.logdir:
            words = [flags.bin / "make-logdirs", "--profile", "scalars-wide", "--scale", "0.5", "--out", logs]
            measure.run(words, folder / "output")
        board: list[str | Path] = ["--logdir", logs, "--port", "0", "--host", "127.0.0.1"]
        commands: dict[str, list[str | Path]] = {"fanlight": [flags.bin / "fanlight", *board, "--index", "off"]}
        if not flags.logdir:
            commands["tensorboard"] = [Path(sys.executable).parent / "tensorboard", *board]
        servers: dict[str, measure.Server] = {}
        rows: dict[str, dict[str, list[float]]] = {name: {column: [] for column in COLUMNS} for name in commands}
        try:
            for name, command in commands.items():
                servers[name] = start(name, command, folder, not flags.logdir)
            for turn in range(flags.repeat):
                for name, server in servers.items():
                    figures = visit(server.url, name)
                    for column, key in COLUMNS.items():
                        value = figures.get(key)
                        # A page that never gets there has waited at least as long as we have.
                        rows[name][column].append(float("inf") if value is None else value)
                    print(f"visit {turn + 1}: {name}, {figures['charts']:.0f} charts in view", flush=True)
        finally:
            for server in servers.values():
                server.stop()
    names = list(COLUMNS)
    runs = "50 runs × 50 tags × 1,000 steps" if not flags.logdir else str(flags.logdir)
    measure.table(f"The page, {runs}, medians of {flags.repeat}; {measure.machine()}", names[:5], rows)
    measure.table("", names[5:], rows)


if __name__ == "__main__":
    main()
