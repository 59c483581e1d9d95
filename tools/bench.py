#!/usr/bin/env python3
"""Runs the benchmarks. `./run bench` builds what they need and calls it.

    bench.py --bin DIR --mnist DIR [NAME...]
    bench.py --list

A benchmark is a script bench/NAME.py, which measures a peer in the same run, or a program NAME-bench.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = {
    "engine": "training steps, runs and the whole program beside TensorFlow, oneDNN, NumPy, PyTorch, JAX",
    "mnist": "a whole training beside TensorFlow",
    "load": "until every point is served, beside RustBoard and TensorBoard",
    "http": "answers over HTTP, by a native client, and beside TensorBoard",
    "page": "what a person waits for in the browser, beside TensorBoard",
    "histograms": "a card of 2,000 histograms: first drawing, hover",
    "graph": "a graph of 10,000 nodes: first drawing, opening a scope, beside TensorBoard",
    "crc": "what verifying the payloads' checksums costs while loading",
    "python": "TensorFlow 1 programs, Session.run and import beside TensorFlow",
    "checkpoint": "a gigabyte of variables saved and restored, beside TensorFlow, PyTorch, safetensors",
}
FILES = {"http": "http_peers.py"}  # Where NAME.py would hide a module of Python's.
SUFFIX = "-bench"


def main() -> int:
    parser = argparse.ArgumentParser(prog="run bench")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and end")
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin", help=argparse.SUPPRESS)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("name", nargs="*", help="benchmarks to run; none: all")
    arguments = parser.parse_args()
    programs = {path.name.removesuffix(SUFFIX): path for path in sorted(arguments.bin.glob("*" + SUFFIX))}
    known = [*SCRIPTS, *(name for name in programs if name not in SCRIPTS)]
    if arguments.list:
        for name in known:
            print(f"{name:<12} {SCRIPTS.get(name, 'small pieces, by Google Benchmark')}")
        return 0
    if unknown := [name for name in arguments.name if name not in known]:
        parser.error(f'no benchmark "{unknown[0]}"; there are {", ".join(known)}')
    failed = []
    for name in arguments.name or known:
        if name in SCRIPTS:
            command = [
                sys.executable,
                ROOT / "bench" / FILES.get(name, f"{name}.py"),
                "--bin",
                arguments.bin,
                "--mnist",
                arguments.mnist,
            ]
        else:
            command = [programs[name]]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
            failed.append(name)
    for name in failed:
        print(f"run bench: error: {name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
