#!/usr/bin/env python3
"""TensorFlow 1 programs from start to exit, Session.run, and the import: fanlight.tf1 beside TensorFlow.

The programs are those of tests/python/programs, the same files for both. Each pair takes turns, so that a busy machine
slows both; processor time stands beside the clock's.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests/python/programs"
# What each program is given.
ARGUMENTS = {
    "linear_regression": ["--logdir", "log"],
    "save_and_restore": ["--directory", "."],
    "softmax_regression": ["--data_dir", "MNIST"],
    "fully_connected_feed": ["--input_data_dir", "MNIST", "--log_dir", "log", "--max_steps", "2000"],
    "deep_cnn": ["--data_dir", "MNIST", "--steps", "100"],
    "mnist_with_summaries": ["--data_dir", "MNIST", "--log_dir", "log"],
    "logistic_regression": ["--data_dir", "MNIST"],
    "autoencoder": ["--data_dir", "MNIST", "--steps", "200"],
    "word2vec": ["--steps", "1000"],
}
# One feed and one fetch: microseconds of a run, the best of many rounds.
RUN = """
import sys, time
tf = __import__("fanlight.tf1", fromlist=["tf1"]) if sys.argv[1] == "ours" else __import__("tensorflow").compat.v1
with tf.Graph().as_default(), tf.Session() as sess:
    x = tf.placeholder(tf.float32, [])
    y = x + 1.0
    best = 1e9
    for _ in range(30):
        begin = time.process_time()
        for _ in range(1000):
            sess.run(y, {x: 2.0})
        best = min(best, (time.process_time() - begin) * 1000)
    print(best)
"""
IMPORTS = {"ours": "import fanlight.tf1", "TensorFlow": "import tensorflow.compat.v1"}


class Peer:
    def __init__(self, name: str, package: Path) -> None:
        self.name = name
        self.runner = ["-m", "fanlight.tf1"] if name == "ours" else []
        self.env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        self.env.pop("PYTHONPATH", None)
        if name == "ours":
            self.env["PYTHONPATH"] = str(package)

    def python(self, arguments: list[str | Path], folder: Path) -> tuple[float, float, float, str]:
        """Seconds by the clock and of the processor, peak MB, and what it printed."""
        with (folder / "output").open("w+") as out:
            begin = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read()
        if process.returncode != 0:
            raise SystemExit(f"{self.name}: {arguments} ended with {process.returncode}:\n{text[-2000:]}")
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def compare(peers: list[Peer], repeat: int, title: str, arguments) -> None:
    """`arguments(peer)` is what Python is given."""
    columns = ["seconds", "processor s", "peak MB"]
    rows: dict[str, dict[str, list[float]]] = {peer.name: {column: [] for column in columns} for peer in peers}
    for _ in range(repeat):
        for peer in peers:
            with tempfile.TemporaryDirectory() as folder:
                figures = peer.python(arguments(peer), Path(folder))[:3]
            for column, value in zip(columns, figures, strict=True):
                rows[peer.name][column].append(value)
    measure.table(f"{title}, median of {repeat} ({measure.machine()})", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--package", type=Path, help="where the module is; default: beside the programs")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("program", nargs="*", help=f"of {', '.join(ARGUMENTS)}; none: all")
    flags = parser.parse_args()
    package = (flags.package or flags.bin.parent / "python").resolve()
    peers = [Peer("ours", package), Peer("TensorFlow", package)]
    with tempfile.TemporaryDirectory() as folder:
        for peer in peers:
            rounds = [
                float(peer.python(["-c", RUN, peer.name], Path(folder))[3].split()[-1]) for _ in range(flags.repeat)
            ]
            print(
                f"Session.run, one feed, one fetch, {peer.name}: {statistics.median(rounds):.2f} µs of processor time"
            )
    compare(peers, flags.repeat, "import", lambda peer: ["-c", IMPORTS[peer.name]])
    for name in flags.program or ARGUMENTS:
        words = [str(flags.mnist.resolve()) if word == "MNIST" else word for word in ARGUMENTS[name]]
        compare(
            peers,
            flags.repeat,
            name,
            lambda peer, words=words, name=name: [*peer.runner, PROGRAMS / f"{name}.py", *words],
        )


if __name__ == "__main__":
    main()
