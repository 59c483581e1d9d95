#!/usr/bin/env python3
"""A card of 2,000 histograms in the browser: until it is painted, and until a move of the pointer is.

Aims: first painted within 150 ms, a readout in the frame of the move. What the figures are: bench/page/histograms.mjs.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import measure
import numpy
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

ROOT = Path(__file__).resolve().parent.parent
STEPS = 2000
COLUMNS = {
    "first ms": "firstMs",
    "again ms": "againMs",
    "request ms": "serverMs",
    "first CPU ms": "firstCpuMs",
    "again CPU ms": "againCpuMs",
    "hover ms": "hoverMs",
    "same frame": "sameFrame",
}
# TensorFlow 1's bucket limits: a tenth more each.
LIMITS = 1e-6 * 1.1 ** numpy.arange(200)
EDGES = numpy.concatenate([-LIMITS[::-1], [0.0], LIMITS])


def write(folder: Path, buckets: int) -> None:
    """2,000 steps of one tag. `buckets`: as TensorFlow 2 writes them; 0: as TensorFlow 1 does, about 150."""
    source = numpy.random.default_rng(3)
    writer = EventFileWriter(str(folder))
    for step in range(STEPS):
        values = source.normal(step / STEPS, 0.1 + step / STEPS, 2000)
        value = summary_pb2.Summary.Value(tag="layer/0")
        if buckets:
            counts, edges = numpy.histogram(values, buckets)
            value.metadata.plugin_data.plugin_name = "histograms"
            value.tensor.dtype = 2
            for size in (buckets, 3):
                value.tensor.tensor_shape.dim.add(size=size)
            rows = numpy.stack([edges[:-1], edges[1:], counts.astype(float)], axis=1)
            value.tensor.tensor_content = rows.astype("<f8").tobytes()
        else:
            counts, _ = numpy.histogram(values, EDGES)
            value.histo.min, value.histo.max = values.min(), values.max()
            value.histo.num, value.histo.sum = len(values), values.sum()
            value.histo.sum_squares = (values**2).sum()
            value.histo.bucket_limit.extend(EDGES[1:])
            value.histo.bucket.extend(counts.astype(float))
        event = event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary_pb2.Summary(value=[value]))
        writer.add_event(event)
    writer.close()


def visit(url: str, mode: str) -> dict[str, float]:
    words = ["node", ROOT / "bench/page/histograms.mjs", "--url", url, "--tag", "layer/0", "--mode", mode]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"measuring {mode} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--repeat", type=int, default=3)
    flags = parser.parse_args()
    for form, buckets in (("TensorFlow 2", 30), ("TensorFlow 1", 0)):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / "logs/run", buckets)
            command: list[str | Path] = [flags.bin / "fanlight", "--logdir", Path(folder) / "logs", "--port", "0"]
            server = measure.Server(command, Path(folder) / "log")
            try:
                while (server.json("api/v1/status") or {}).get("points") != STEPS:
                    time.sleep(0.05)
                rows: dict[str, dict[str, list[float]]] = {}
                for mode in ("offset", "overlay", "percentiles", "heat"):
                    visits = [visit(server.url, mode) for _ in range(flags.repeat)]
                    rows[mode] = {column: [v[key] for v in visits] for column, key in COLUMNS.items()}
            finally:
                server.stop()
        title = f"A card of {STEPS:,} steps, {form}, medians of {flags.repeat}, load {os.getloadavg()[0]:.1f}"
        measure.table(f"{title}; {measure.machine()}", list(COLUMNS), rows)


if __name__ == "__main__":
    main()
