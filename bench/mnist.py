#!/usr/bin/env python3
"""The whole of fully_connected_feed, to its first step and to its exit: fanlight-mnist beside TensorFlow's sessions.

Both read the same files, train 2,000 steps, write summaries and checkpoints, evaluate twice. They take turns, so that
a busy machine slows both.
"""

import argparse
import importlib.util
import re
import sys
import tempfile
from pathlib import Path

import measure


def compare(programs: Path, mnist: Path, repeat: int) -> None:
    peers: dict[str, list[str | Path]] = {"fanlight-mnist": [programs / "fanlight-mnist"]}
    if importlib.util.find_spec("tensorflow") is not None:
        peers["TensorFlow sessions"] = [sys.executable, Path(__file__).parent / "peers/tf_mnist.py"]
    else:
        print("left out: TensorFlow sessions: Python has no module tensorflow")
    columns = ["first step s", "seconds", "peak MB", "test precision"]
    rows: dict[str, dict[str, list[float]]] = {name: {column: [] for column in columns} for name in peers}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeat):
            for name, command in peers.items():
                logs = Path(folder) / "logs"
                words = [*command, f"--input_data_dir={mnist}", f"--log_dir={logs}"]
                first_step = measure.seconds_until(words, "Step 0:")
                measured = measure.run(words, Path(folder) / "output")
                precision = re.findall(r"Precision @ 1: (\S+)", measured.output)
                if len(precision) != 6:
                    raise SystemExit(f"{name} printed {len(precision)} evaluations, not 6:\n{measured.output[-2000:]}")
                values = (first_step, measured.seconds, measured.peak_mb, float(precision[-1]))
                for column, value in zip(columns, values, strict=True):
                    rows[name][column].append(value)
    measure.table(f"fully_connected_feed, whole run, median of {repeat} ({measure.machine()})", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    flags = parser.parse_args()
    compare(flags.bin, flags.mnist, flags.repeat)


if __name__ == "__main__":
    main()
