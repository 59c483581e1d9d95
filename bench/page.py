#!/usr/bin/env python3
"""The page in a browser: what a person waits for, fanlight's beside TensorBoard's.

Both serve the same log directory (50 runs, 50 tags, 1,000 steps) and have read it whole before the first visit. Every
visit is a new Chromium with an empty cache, 1600 by 1000 pixels. bench/page/measure.mjs says what the figures are.
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


def visit(url: str, page: str) -> dict[str, float]:
    words = ["node", ROOT / "bench/page/measure.mjs", "--url", url, "--page", page]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"measuring {page} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--logdir", type=Path, help="another log directory, for fanlight alone")
    parser.add_argument("--repeat", type=int, default=3)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logs = flags.logdir or Path(folder) / "logs"
        if not flags.logdir:
            words = [flags.bin / "make-logdirs", "--profile", "scalars-wide", "--scale", "0.5", "--out", logs]
            measure.run(words, Path(folder) / "output")
        board: list[str | Path] = ["--logdir", logs, "--port", "0", "--host", "127.0.0.1"]
        servers: dict[str, list[str | Path]] = {"fanlight": [flags.bin / "fanlight", *board]}
        if not flags.logdir:
            servers["tensorboard"] = [Path(sys.executable).parent / "tensorboard", *board]
        rows: dict[str, dict[str, list[float]]] = {}
        for name, command in servers.items():
            server = measure.Server(command, Path(folder) / f"{name}.log")
            try:
                if not flags.logdir:
                    for run in ("run_000", "run_049"):
                        wait_until_loaded(server, run, "train/metric_049", 999)
                else:
                    time.sleep(5)
                visits = [visit(server.url, name) for _ in range(flags.repeat)]
            finally:
                server.stop()
            rows[name] = {column: [v[key] for v in visits if v.get(key) is not None] for column, key in COLUMNS.items()}
            print(f"{name}: {visits[0]['charts']:.0f} charts in view", flush=True)
    names = list(COLUMNS)
    title = f"The page, 50 runs × 50 tags × 1,000 steps, medians of {flags.repeat}; {measure.machine()}"
    measure.table(title, names[:5], rows)
    measure.table("", names[5:], rows)


if __name__ == "__main__":
    main()
