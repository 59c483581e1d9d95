#!/usr/bin/env python3
"""Every point that the board serves, beside what TensorBoard's own reader of event files decodes from the same files.

    every_point.py --board PROGRAM LOGDIR [--share 0.01] [--seed N]

The reader is Python, knows one record after another, and shares nothing with the board. Scalars are compared exactly:
steps, wall times and values of all generations; histograms bucket by bucket; images byte by byte; of texts the steps.
With --share a part of the series is compared, all points of each.
"""

import argparse
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

Series = dict[tuple[str, str, str], list[tuple[int, float, Any]]]


def runs_of(logdir: Path) -> dict[str, list[Path]]:
    """Event files by run, in TensorFlow's order."""
    runs: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(logdir.rglob("*tfevents*")):
        runs[path.parent.relative_to(logdir).as_posix()].append(path)
    return runs


def read_run(run: str, files: list[Path]) -> Series:
    """(run, kind, tag) to points (step, wall time, value)."""
    from tensorboard import data_compat, dataclass_compat
    from tensorboard.backend.event_processing import event_file_loader
    from tensorboard.util import tensor_util

    series: Series = defaultdict(list)
    metadata: dict[str, Any] = {}
    for path in files:
        initial: dict[str, Any] = {}
        for legacy in event_file_loader.LegacyEventFileLoader(str(path)).Load():
            event = data_compat.migrate_event(legacy)
            for migrated in dataclass_compat.migrate_event(event, initial):
                for value in migrated.summary.value:
                    kept = metadata.setdefault(value.tag, value.metadata)
                    kind = kept.plugin_data.plugin_name
                    array = tensor_util.make_ndarray(value.tensor)
                    series[run, kind, value.tag].append((migrated.step, migrated.wall_time, array))
    return series


class Served:
    """A running board."""

    def __init__(self, program: Path, logdir: Path, log: Path) -> None:
        flags = ["--port", "0", "--samples_per_plugin", "images=0,text=0,histograms=0"]
        with log.open("w") as out:
            command = [program, "--logdir", logdir, *flags]
            own = os.environ | {"XDG_CACHE_HOME": str(log.parent), "XDG_DATA_HOME": str(log.parent)}
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=own
            )
        while not (match := re.search(r"https?://\S+(?=\s)", log.read_text())):
            if self.process.poll() is not None:
                raise RuntimeError(f"the board ended: {log.read_text()}")
            time.sleep(0.01)
        self.url = match.group()
        while self.json("api/v1/status")["state"] != "watching":
            time.sleep(0.01)
        self.ids = {run["name"]: run["id"] for run in self.json("api/v1/runs")["runs"]}

    def get(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        request = urllib.request.Request(self.url + path, body, headers or {})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()

    def json(self, path: str, **query: Any) -> Any:
        return json.loads(self.get(f"{path}?{urllib.parse.urlencode(query)}"))

    def scalars(self, run: str, tag: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        asked = {"series": [{"run": self.ids[run], "tag": tag}], "generations": "all"}
        headers = {"Content-Type": "application/json", "Accept": "application/vnd.fanlight.columns"}
        answer = self.get("api/v1/columns", json.dumps(asked).encode(), headers)
        rows, _, _, _, offset = struct.unpack_from("<IIQQQ", answer, 16)
        steps, walls, values = (np.frombuffer(answer, "<f8", rows, offset + 8 * rows * i) for i in range(3))
        return steps, walls, values

    def histograms(self, run: str, tag: str) -> Any:
        """Columns of every step, with the buckets as they were logged."""
        asked = {"series": [{"run": self.ids[run], "tag": tag}], "steps": 0, "bins": 0, "buckets": True}
        answer = self.get("api/v1/histograms", json.dumps(asked).encode(), {"Content-Type": "application/json"})
        return json.loads(answer)["series"][0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def compare_scalars(board: Served, run: str, tag: str, points: list[tuple[int, float, Any]]) -> str | None:
    steps, walls, values = board.scalars(run, tag)
    wanted = {
        "steps": (steps, np.array([point[0] for point in points], float)),
        "wall times": (walls, np.array([point[1] for point in points], float)),
        "values": (values, np.array([point[2].item() for point in points], float)),
    }
    for what, (got, want) in wanted.items():
        if len(got) != len(want):
            return f"{len(got)} points, want {len(want)}"
        if not np.array_equal(got, want, equal_nan=True):
            at = int(np.argmax((got != want) & ~(np.isnan(got) & np.isnan(want))))
            return f"{what} differ first at point {at}: {got[at]!r}, want {want[at]!r}"
    return None


def compare_histograms(board: Served, run: str, tag: str, points: list[tuple[int, float, Any]]) -> str | None:
    served = board.histograms(run, tag)
    if len(served["steps"]) != len(points):
        return f"{len(served['steps'])} points, want {len(points)}"
    columns = zip(served["steps"], served["wall_times_s"], served["buckets"], strict=True)
    for got, (step, wall, rows) in zip(columns, points, strict=True):
        filled = np.flatnonzero(rows[:, 2]) if len(rows) else []
        want = rows[filled[0] : filled[-1] + 1] if len(filled) else rows[:0]
        if got != (step, wall, want.tolist()):
            return f"step {step} differs: got {json.dumps(got)[:200]}"
    return None


def compare_images(board: Served, run: str, tag: str, points: list[tuple[int, float, Any]]) -> str | None:
    served = board.json("data/plugin/images/images", run=run, tag=tag, sample=0)
    if [image["step"] for image in served] != [point[0] for point in points]:
        return f"steps of {len(served)} images are not those of {len(points)}"
    for image, (step, wall, strings) in zip(served, points, strict=True):
        if image["wall_time"] != wall:
            return f"wall time of step {step}: {image['wall_time']!r}, want {wall!r}"
        if board.get("data/plugin/images/individualImage?" + image["query"]) != strings[2]:
            return f"the image of step {step} differs"
    return None


def compare_texts(board: Served, run: str, tag: str, points: list[tuple[int, float, Any]]) -> str | None:
    served = board.json("data/plugin/text/text", run=run, tag=tag)
    got = [(text["step"], text["wall_time"]) for text in served]
    return None if got == [point[:2] for point in points] else f"{len(got)} steps are not those of {len(points)}"


COMPARE = {
    "scalars": compare_scalars,
    "histograms": compare_histograms,
    "images": compare_images,
    "text": compare_texts,
}


def compare(program: Path, logdir: Path, log: Path, share: float = 1, seed: int = 1) -> tuple[int, int, list[str]]:
    """Series and points compared, and what is wrong."""
    board = Served(program, logdir, log)
    try:
        runs = runs_of(logdir)
        wrong: list[str] = []
        if set(runs) != set(board.ids):
            wrong.append(f"runs differ: {sorted(set(runs) ^ set(board.ids))[:5]}")
        chosen = random.Random(seed)
        series_count = point_count = 0
        # Few series of every run would mean to decode all files: whole runs are left out first, then series.
        kept = sorted(runs) if share == 1 else chosen.sample(sorted(runs), max(1, round(len(runs) * share**0.5)))
        for run in kept:
            series = read_run(run, runs[run])
            keys = sorted(key for key in series if key[1] in COMPARE)
            if share < 1:
                keys = chosen.sample(keys, max(1, round(len(keys) * share * len(runs) / len(kept))))
            for key in keys:
                _, kind, tag = key
                series_count += 1
                point_count += len(series[key])
                if problem := COMPARE[kind](board, run, tag, series[key]):
                    wrong.append(f"{kind} {tag} of {run}: {problem}")
        return series_count, point_count, wrong
    finally:
        board.stop()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--board", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("logdir", type=Path)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        series, points, wrong = compare(flags.board, flags.logdir.resolve(), log, flags.share, flags.seed)
    print(f"{flags.logdir}: {series:,} series, {points:,} points compared, {len(wrong)} wrong")
    for line in wrong[:20]:
        print("  " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
