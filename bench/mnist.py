#!/usr/bin/env python3
"""The whole of fully_connected_feed, from start to exit: fanlight-mnist beside TensorFlow's sessions.

Both read the same files, train 2,000 steps, write summaries and checkpoints, evaluate twice. They take turns, so that
a busy machine slows both.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

import measure


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    flags = parser.parse_args()
    peers: dict[str, list[str | Path]] = {
        "fanlight-mnist": [flags.bin / "fanlight-mnist"],
        "TensorFlow sessions": [sys.executable, Path(__file__).parent / "peers/tf_mnist.py"],
    }
    columns = ["seconds", "peak MB", "test precision"]
    rows: dict[str, dict[str, list[float]]] = {name: {column: [] for column in columns} for name in peers}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(flags.repeat):
            for name, command in peers.items():
                logs = Path(folder) / "logs"
                words = [*command, f"--input_data_dir={flags.mnist}", f"--log_dir={logs}"]
                measured = measure.run(words, Path(folder) / "output")
                precision = re.findall(r"Precision @ 1: (\S+)", measured.output)
                if len(precision) != 6:
                    raise SystemExit(f"{name} printed {len(precision)} evaluations, not 6:\n{measured.output[-2000:]}")
                for column, value in zip(
                    columns, (measured.seconds, measured.peak_mb, float(precision[-1])), strict=True
                ):
                    rows[name][column].append(value)
    measure.table(f"fully_connected_feed, whole run, median of {flags.repeat} ({measure.machine()})", columns, rows)


if __name__ == "__main__":
    main()
