#!/usr/bin/env python3
"""From start until every point of a log directory can be read over HTTP: fanlight beside TensorBoard.

TensorBoard keeps a sample of 1,000 points of a series, Fanlight all; both count as done when the last step of every
series is served with its right value. The pages of the files are in the kernel's cache for both.
"""

import argparse
import struct
import sys
import tempfile
import time
from pathlib import Path

import measure


def value(run: int, tag: int, step: int) -> float:
    """As bench/make_logdir.cc has it; stored as float32."""
    wobble = (step * 7919 + run * 104729 + tag * 1299709) % 1000
    return struct.unpack("f", struct.pack("f", 1.0 / (1 + step + run) + wobble / 8192.0))[0]


def load(command: list[str | Path], log: Path, runs: int, tags: int, steps: int) -> dict[str, float]:
    server = measure.Server(command, log)
    try:
        todo = [(run, tag) for run in range(runs) for tag in range(tags)]
        first_s = 0.0
        while todo:
            run, tag = todo[-1]
            points = server.json(f"data/plugin/scalars/scalars?run=run{run}&tag=metric{tag}")
            if points and not first_s:
                first_s = server.seconds()
            if not points or points[-1][1] != steps - 1:
                time.sleep(0.01)
                continue
            if points[-1][2] != value(run, tag, steps - 1):
                raise SystemExit(f"{command[0]} serves {points[-1]} as the last point of run{run}, metric{tag}")
            todo.pop()
            done_s = server.seconds()
        return {"first point s": first_s, "all readable s": done_s, "peak MB": server.peak_mb()}
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--tags", type=int, default=10)
    parser.add_argument("--steps", type=int, default=2500)
    flags = parser.parse_args()
    columns = ["first point s", "all readable s", "peak MB"]
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        words = [flags.bin / "make-logdir", logs, *map(str, (flags.runs, flags.tags, flags.steps))]
        points = int(measure.run(words, Path(folder) / "output").output)
        board: list[str | Path] = ["--logdir", logs, "--port", "0", "--host", "127.0.0.1"]
        tensorboard: list[str | Path] = [sys.executable, "-m", "tensorboard.main", *board]
        peers = {
            "fanlight": [flags.bin / "fanlight", *board],
            "TensorBoard": [*tensorboard, "--load_fast=true"],
            "TensorBoard, slow loader": [*tensorboard, "--load_fast=false"],
        }
        rows: dict[str, dict[str, list[float]]] = {name: {column: [] for column in columns} for name in peers}
        for _ in range(flags.repeat):
            for name, command in peers.items():
                got = load(command, Path(folder) / "log", flags.runs, flags.tags, flags.steps)
                for column in columns:
                    rows[name][column].append(got[column])
        title = f"{points:,} points in {flags.runs} runs, median of {flags.repeat} ({measure.machine()})"
        measure.table(title, columns, rows)


if __name__ == "__main__":
    main()
