#!/usr/bin/env python3
"""A gigabyte of variables, 16 times 64 MB of float32, saved and restored: ours beside TensorFlow's Saver.

torch.save and safetensors are measured too where they are installed. Every figure comes from a process of its own, and
all take turns. Nobody pays for another's writing or for the machine's idle hours: before each, the device has all that
was written, what is saved stands at names that were not there, and the free memory that a virtual machine's host had
taken back has been claimed again. In the same run the machine's own limits: the best of several ways to write, read and
get memory. What the aims say of our figures is told at the end.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import measure

GIGABYTES = 16 * (16 << 20) * 4 / 1e9
PEER = Path(__file__).parent / "peers/checkpoint_peer.py"
# What each measures, in this order: restoring needs what saving left.
OURS = ["save", "save-without-fsync", "restore", "restore-again", "first-tensor"]
PEERS = {
    "tensorflow": ["save", "restore", "restore-again", "first-tensor"],
    "torch": ["save", "restore"],
    "torch-mmap": ["restore", "first-tensor"],
    "safetensors": ["save", "restore", "first-tensor"],
}
# Of our medians: by how many GB/s at least, or what at most. A disk that is slower is no fault of ours.
AIMS = [
    ("save", "seconds", 1.4, True),
    ("save-without-fsync", "seconds", 2.5, True),
    ("restore-again", "seconds", 6, True),
    ("first-tensor", "seconds", 0.005, False),
    ("save", "extra_mb", 64, False),
    ("restore-again", "extra_mb", 64, False),
]
ENOUGH_OF_LIMIT = 0.8


def call(command: list[str | Path]) -> dict[str, float] | str:
    """The figures, or why there are none."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600)
    if done.returncode == 3:
        return done.stderr.strip().splitlines()[-1]
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    result: Any = json.loads(done.stdout.splitlines()[-1])
    return result


def settle(what: str, where: str) -> None:
    if what.startswith("save"):
        for path in Path(where).parent.glob(f"{Path(where).name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    os.sync()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--python", action="append", default=[], help="another Python in which peers may be installed")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; else the system's temporary folder")
    flags = parser.parse_args()
    program = flags.bin / "checkpoint-measure"
    figures: dict[tuple[str, str], list[dict[str, float]]] = {}
    absent: dict[str, str] = {}
    pythons: dict[str, str] = {}
    for peer in PEERS:
        module = peer.removesuffix("-mmap")
        if python := measure.python_with(module, flags.python):
            pythons[peer] = python
        else:
            absent[peer] = f"Python has no module {module}"
    with tempfile.TemporaryDirectory(dir=flags.folder) as folder:
        for _ in range(flags.repeat):
            jobs: list[tuple[str, str, list[str | Path]]] = [
                ("limits", "disk", [program, "disk", f"{folder}/disk"]),
                *(("fanlight", what, [program, what, f"{folder}/fanlight"]) for what in OURS),
            ]
            for peer, whats in PEERS.items():
                where = f"{folder}/{'torch' if peer == 'torch-mmap' else peer}"
                jobs += [(peer, what, [pythons.get(peer, ""), PEER, peer, what, where]) for what in whats]
            for name, what, command in jobs:
                if name in absent:
                    continue
                settle(what, str(command[-1]))
                result = call(command)
                if isinstance(result, str):
                    absent[name] = result
                else:
                    figures.setdefault((name, what), []).append(result)

    def best(name: str, what: str, field: str) -> float:
        return min(one[field] for one in figures[name, what])

    print(f"\n1.07 GB of variables, best and median of {flags.repeat} ({measure.machine()})")
    print(f"  {'':34} {'GB/s':>8} {'median':>8} {'extra MB':>9} {'of limit':>9}")
    limits = {
        "save": ("written with fsync", "write_with_fsync_s"),
        "save-without-fsync": ("written", "write_s"),
        "restore": ("fresh memory", "fresh_memory_s"),
        "restore-again": ("read from the page cache", "read_s"),
    }
    for text, field in limits.values():
        seconds = [one[field] for one in figures["limits", "disk"]]
        rate, median = GIGABYTES / min(seconds), GIGABYTES / statistics.median(seconds)
        print(f"  {'limit: ' + text:34} {rate:8.2f} {median:8.2f}")
    for (name, what), measured in figures.items():
        if name == "limits":
            continue
        seconds = [one["seconds"] for one in measured]
        extra = f"{statistics.median(one['extra_mb'] for one in measured):9.0f}"
        if what == "first-tensor":
            first = f"{1e3 * min(seconds):.1f} ms"
            print(f"  {name + ' ' + what:34} {first:>8} {f'{1e3 * statistics.median(seconds):.1f} ms':>8} {extra}")
            continue
        of_limit = best("limits", "disk", limits[what][1]) / min(seconds)
        rate, median = GIGABYTES / min(seconds), GIGABYTES / statistics.median(seconds)
        print(f"  {name + ' ' + what:34} {rate:8.2f} {median:8.2f} {extra} {of_limit:9.0%}")
    for name, why in absent.items():
        print(f"  {name} is not measured: {why}")
    for aim, field, wanted, is_least in AIMS:
        figure = statistics.median(one[field] for one in figures["fanlight", aim])
        if is_least:
            figure = GIGABYTES / figure
            of_limit = best("limits", "disk", limits[aim][1]) / best("fanlight", aim, field)
            holds, text = figure >= wanted or of_limit >= ENOUGH_OF_LIMIT, f"{figure:.2f} GB/s, wanted {wanted}"
        else:
            holds, text = figure <= wanted, f"{figure:.4g}, wanted at most {wanted}"
        print(f"  {'reached' if holds else 'missed'}: {aim}, {field}: {text}")


if __name__ == "__main__":
    main()
