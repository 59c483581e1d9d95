#!/usr/bin/env python3
"""The engine's headline workloads beside their peers in one run: TensorFlow's sessions, NumPy, PyTorch, JAX, and the
same steps written by hand on oneDNN.

    engine.py --bin DIR --mnist DIR [--repeat N] [--seconds S] [--json FILE] [WORKLOAD...]

Each peer is a program of its own that prints a line of JSON for each workload: {"workload": "mnist", "us_per_step": …}.
Peers take turns, so that a busy machine slows all of them. A peer that is not installed is left out with its reason.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import measure
import mnist

PEERS = Path(__file__).parent / "peers"
WORKLOADS = {
    "run": "Run that feeds one scalar and fetches one",
    "linreg": "linear regression, one example a step, feeds included",
    "mnist": "MNIST step, 784-128-32-10, batch 100",
    "mlp2048": "step of 784-2048-2048-10, batch 512",
    "cnn": "step of a LeNet-like network, two convolutions, batch 100",
}


@dataclass
class Peer:
    name: str
    command: list[str | Path]
    workloads: tuple[str, ...] = tuple(WORKLOADS)  # That it has.
    missing: str = ""  # Why it cannot run; empty: it can.

    def run(self, threads: int, seconds: float, workloads: list[str]) -> list[dict[str, float | str]]:
        wanted = [workload for workload in workloads if workload in self.workloads]
        if not wanted:
            return []
        done = subprocess.run(
            [str(word) for word in [*self.command, f"--seconds={seconds}", *wanted]],
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"{self.name} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def python_peer(name: str, script: str, module: str, pythons: list[str], has_cnn: bool = False) -> Peer:
    python = measure.python_with(module, pythons)
    if python is None:
        return Peer(name, [], missing=f"Python has no module {module}")
    return Peer(name, [python, PEERS / script], tuple(w for w in WORKLOADS if has_cnn or w != "cnn"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--python", action="append", default=[], help="another Python in which peers may be installed")
    parser.add_argument("--json", type=Path, help="append every line of every peer to this file")
    parser.add_argument("workload", nargs="*", help=f"{', '.join(WORKLOADS)}, program; none: all")
    flags = parser.parse_args()
    if unknown := set(flags.workload) - {*WORKLOADS, "program"}:
        parser.error(f"no workload {', '.join(sorted(unknown))}")
    peers = [
        Peer("Fanlight", [flags.bin / "engine-steps"]),
        Peer("oneDNN by hand", [flags.bin / "onednn-steps"], ("mnist", "mlp2048")),
        python_peer("TensorFlow sessions", "tf_steps.py", "tensorflow", flags.python, has_cnn=True),
        python_peer("NumPy", "numpy_steps.py", "numpy", flags.python),
        python_peer("PyTorch", "torch_steps.py", "torch", flags.python, has_cnn=True),
        python_peer("JAX", "jax_steps.py", "jax", flags.python),
    ]
    for peer in peers:
        if peer.missing:
            print(f"left out: {peer.name}: {peer.missing}")
    peers = [peer for peer in peers if not peer.missing]
    workloads = [workload for workload in WORKLOADS if not flags.workload or workload in flags.workload]
    cores = os.cpu_count() or 1
    for threads in sorted({1, min(2, cores)}):
        figures: dict[str, dict[str, list[tuple[float, float]]]] = {workload: {} for workload in workloads}
        for _ in range(flags.repeat if workloads else 0):
            for peer in peers:
                for line in peer.run(threads, flags.seconds, workloads):
                    pair = float(line["us_per_step"]), float(line["cpu_us_per_step"])
                    figures[str(line["workload"])].setdefault(peer.name, []).append(pair)
                    if flags.json:
                        with flags.json.open("a") as out:
                            print(json.dumps({"peer": peer.name, "threads": threads, **line}), file=out)
        for workload, rows in figures.items():
            title = f"{WORKLOADS[workload]}, {threads} thread{'s' if threads > 1 else ''}, median of {flags.repeat}"
            columns = {
                name: {
                    "us a step": [wall for wall, _ in pairs],
                    "best": [min(pairs)[0]],
                    "cpu us": [cpu for _, cpu in pairs],
                }
                for name, pairs in rows.items()
            }
            measure.table(f"{title} ({measure.machine()})", ["us a step", "best", "cpu us"], columns)
    if not flags.workload or "program" in flags.workload:
        mnist.compare(flags.bin, flags.mnist, flags.repeat)


if __name__ == "__main__":
    sys.exit(main())
