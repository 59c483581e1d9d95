#!/usr/bin/env python3
"""From start until every point of a log directory can be read: fanlight beside TensorBoard's two fast servers.

    load.py --bin DIR [--logs DIR] [--scale X] [--repeat N] [--profile NAME]... [--index WORD] [--cold]

The log directories are bench/log_profile.h's, kept in DIR between runs. Their pages are in the kernel's cache, with
--cold on the device alone.

fanlight     until /api/v1/status says that all bytes are read, asked every millisecond by bench/load_client.cc, which
             then compares the number of points of every series with what was written. Payload checksums are
             verified, every point is kept.
again        the same with the index of an earlier start.
RustBoard    TensorBoard's data server alone, until it says that its first load cycle is done. It keeps a sample of
             1,000 points of a series and verifies no payload.
TensorBoard  --load_fast=true, until the last step of the last series of every run (of 200 runs, when there are more)
             is served over HTTP.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import measure

ROOT = Path(__file__).resolve().parent.parent
PROFILES = [
    "scalars-wide",
    "scalars-deep",
    "scalars-deep-torch",
    "mixed",
    "many-small",
    "big-histograms",
    "restarts",
]


def make_logs(binaries: Path, logs: Path, profile: str, scale: float) -> Path:
    logdir = logs / profile
    manifest = logs / f"{profile}.json"
    if not manifest.exists() or json.loads(manifest.read_text())["scale"] != scale:
        shutil.rmtree(logdir, ignore_errors=True)
        words = [binaries / "make-logdirs", "--profile", profile, "--out", logdir, "--scale", str(scale)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    set_pages(logdir, are_cached=True)
    return logdir


def set_pages(logdir: Path, *, are_cached: bool) -> None:
    """Brings the pages of all files into the kernel's cache, or drops them from it."""
    if not are_cached:
        os.sync()  # Only what is written can be dropped.
    for path in logdir.rglob("*"):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            if are_cached:
                while file.read(1 << 22):
                    pass
            else:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def fanlight(binaries: Path, logdir: Path, index: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as fresh:
        flags = ["--index", fresh if index == "fresh" else index] if index else []
        command = [binaries / "fanlight", "--logdir", logdir, "--port", "0", *flags]
        words = [binaries / "load-client", f"{logdir}.json", *command]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True)
    told = json.loads(done.stdout)
    return {
        "all readable s": told["all_s"],
        "first data s": told["first_data_s"],
        "peak MB": told["peak_mb"],
        "heap MB": told["heap_mb"],
        "CPU s": told["cpu_s"],
    }


def usage(pid: int) -> tuple[float, float]:
    """Peak MB and CPU seconds of a process and its descendants."""
    peak, cpu, todo = 0.0, 0.0, [pid]
    while todo:
        each = todo.pop()
        try:
            status = Path(f"/proc/{each}/status").read_text()
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            for task in Path(f"/proc/{each}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # It has ended meanwhile.
        if match := re.search(r"VmHWM:\s+(\d+)", status):
            peak += int(match[1]) / 1024
        cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return peak, cpu


def rust_board(logdir: Path) -> dict[str, float]:
    import tensorboard_data_server

    program = tensorboard_data_server.server_binary()
    start = time.perf_counter()
    process = subprocess.Popen(
        [program, "--logdir", logdir, "--port", "0", "--reload", "once", "-v"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "Finished load cycle" in line:
                seconds = time.perf_counter() - start
                peak, cpu = usage(process.pid)
                return {"all readable s": seconds, "peak MB": peak, "CPU s": cpu}
        raise SystemExit("RustBoard ended before it had loaded")
    finally:
        process.kill()
        process.wait()


def run_names(manifest: dict[str, Any]) -> list[str]:
    small = manifest["profile"] == "many-small"
    return [f"group_{i // 100:02}/run_{i:04}" if small else f"run_{i:03}" for i in range(manifest["runs"])]


def last_step(server: measure.Server, manifest: dict[str, Any], run: str) -> int | None:
    if manifest["scalar_tags"]:
        tag = f"train/metric_{manifest['scalar_tags'] - 1:03}"
        query = urllib.parse.urlencode({"run": run, "tag": tag})
        points = server.json(f"data/plugin/scalars/scalars?{query}")
        return points[-1][1] if points else None
    tag = f"layer_{manifest['histogram_tags'] - 1:03}/weights"
    query = urllib.parse.urlencode({"run": run, "tag": tag})
    points = server.json(f"data/plugin/histograms/histograms?{query}")
    return points[-1][1] if points else None


def tensorboard(logdir: Path, log: Path) -> dict[str, float]:
    manifest = json.loads(Path(f"{logdir}.json").read_text())
    steps, files = manifest["scalar_steps"], manifest["files_per_run"]
    want = steps * 4 // 5 * (files - 1) + steps - 1 if steps else manifest["histogram_steps"] - 1
    runs = run_names(manifest)
    todo = runs if len(runs) <= 200 else [*random.Random(1).sample(runs, 199), runs[-1]]
    flags = ["--logdir", logdir, "--port", "0", "--host", "127.0.0.1", "--load_fast=true"]
    server = measure.Server([sys.executable, "-m", "tensorboard.main", *flags], log)
    try:
        first_s = done_s = 0.0
        while todo:
            step = last_step(server, manifest, todo[-1])
            done_s = server.seconds()
            if step is not None and not first_s:
                first_s = done_s
            if step == want:
                todo.pop()
            elif done_s > 120:
                raise SystemExit(f"TensorBoard has not served the last step of {todo[-1]} after two minutes")
            else:
                time.sleep(0.01)
        peak, cpu = usage(server.process.pid)
        return {"all readable s": done_s, "first data s": first_s, "peak MB": peak, "CPU s": cpu}
    finally:
        server.stop()


def table(title: str, rows: dict[str, list[dict[str, float]]]) -> None:
    columns = list(rows["fanlight"][0])
    print(f"\n{title}")
    print(f"  {'':12}" + "".join(f"{column:>24}" for column in columns))
    for name, runs in rows.items():
        cells = []
        for column in columns:
            values = [run[column] for run in runs if column in run]
            if not values:
                cells.append("")
                continue
            median = statistics.median(values)
            own = statistics.median(run[column] for run in rows["fanlight"])
            ratio = f" ({median / own:.1f}x)" if name != "fanlight" and own else ""
            least = f" [{min(values):.3f}]" if column == "all readable s" else ""
            cells.append(f"{median:.3f}{least}{ratio}")
        print(f"  {name:12}" + "".join(f"{cell:>24}" for cell in cells))
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--logs", type=Path, default=ROOT / "build/bench-logs")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profile", action="append", choices=PROFILES)
    parser.add_argument("--peer", action="append", choices=["RustBoard", "TensorBoard", "none"])
    parser.add_argument("--index", default="fresh", help='as the flag; "fresh": a new directory each time')
    parser.add_argument("--cold", action="store_true", help="no page of a log is in the kernel's cache")
    flags = parser.parse_args()
    peers = flags.peer or ["RustBoard", "TensorBoard"]
    flags.logs.mkdir(parents=True, exist_ok=True)
    for profile in flags.profile or PROFILES:
        logdir = make_logs(flags.bin, flags.logs.resolve(), profile, flags.scale)
        rows: dict[str, list[dict[str, float]]] = {"fanlight": [], "again": []}
        rows |= {peer: [] for peer in peers if peer != "none"}
        with tempfile.TemporaryDirectory() as folder:
            measures: dict[str, Callable[[], dict[str, float]]] = {
                "fanlight": partial(fanlight, flags.bin, logdir, flags.index),
                "again": partial(fanlight, flags.bin, logdir, folder),
                "RustBoard": partial(rust_board, logdir),
                "TensorBoard": partial(tensorboard, logdir, Path(folder) / "log"),
            }
            measures["again"]()  # Makes the index.
            for _ in range(flags.repeat):
                for name, measured in rows.items():
                    if flags.cold:
                        set_pages(logdir, are_cached=False)
                    measured.append(measures[name]())
        told = subprocess.run([flags.bin / "ingest-bench", logdir], stdout=subprocess.PIPE, check=True, text=True)
        own = json.loads(told.stdout)
        kept = own["block_mb"] * 1e6 / own["points"]
        title = (
            f"{profile}: {own['points']:,} points, {own['bytes'] / 1e6:,.0f} MB, {own['runs']} runs; kept in "
            f"{kept:.2f} bytes a point; median of {flags.repeat} [least], "
            f"{'cold' if flags.cold else 'warm'} ({measure.machine()})"
        )
        table(title, rows)


if __name__ == "__main__":
    main()
