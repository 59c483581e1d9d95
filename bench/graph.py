#!/usr/bin/env python3
"""A graph of 10,000 nodes in the browser, fanlight's page beside TensorBoard's: first drawing, opening a scope.

Aims: the first drawing within 1 s, a scope within 100 ms. What the figures are: bench/page/graph.mjs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
from tensorboard.compat.proto import event_pb2, graph_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

ROOT = Path(__file__).resolve().parent.parent
LAYERS, BLOCKS, OPS = 50, 5, 40
OPEN = ["layer_00>layer_00/block_0", "layer_07>layer_07/block_0", "layer_49>layer_49/block_0"]
COLUMNS = {
    "first ms": "firstMs",
    "longest task ms": "longestMs",
    "open a scope ms": "expandMs",
    "first CPU ms": "firstCpuMs",
    "open CPU ms": "expandCpuMs",
}


def write(folder: Path) -> None:
    """Layers of blocks of ops, each block like the others of its place, weights and an optimizer's step beside them."""
    graph = graph_pb2.GraphDef()
    last = graph.node.add(name="input", op="Placeholder").name
    kinds = ["MatMul", "Add", "Relu", "Mul"]
    for layer in range(LAYERS):
        for block in range(BLOCKS):
            scope = f"layer_{layer:02}/block_{block}"
            for op in range(OPS):
                name = f"{scope}/{kinds[op % 4].lower()}_{op}"
                node = graph.node.add(name=name, op=kinds[op % 4], device=f"/device:GPU:{layer % 2}")
                node.input.append(last)
                if op % 8 == 0:
                    node.input.append(graph.node[max(0, len(graph.node) - 5)].name)
                last = name
    writer = EventFileWriter(str(folder))
    writer.add_event(event_pb2.Event(wall_time=1.7e9, graph_def=graph.SerializeToString()))
    writer.close()


def visit(url: str, page: str) -> dict[str, float]:
    words: list[str | Path] = ["node", ROOT / "bench/page/graph.mjs", "--url", url, "--page", page]
    for pair in OPEN:
        words += ["--scope", pair]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"measuring {page} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--repeat", type=int, default=3)
    flags = parser.parse_args()
    rows: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        write(logs / "run")
        board: list[str | Path] = ["--logdir", logs, "--port", "0", "--host", "127.0.0.1"]
        servers: dict[str, list[str | Path]] = {
            "fanlight": [flags.bin / "fanlight", *board],
            "tensorboard": [Path(sys.executable).parent / "tensorboard", *board],
        }
        for name, command in servers.items():
            server = measure.Server(command, Path(folder) / f"{name}.log")
            try:
                while not server.json("data/plugin/graphs/info"):
                    time.sleep(0.2)
                visits = [visit(server.url, name) for _ in range(flags.repeat)]
            finally:
                server.stop()
            rows[name] = {column: [v[key] for v in visits if v.get(key) is not None] for column, key in COLUMNS.items()}
    nodes = LAYERS * BLOCKS * OPS + 1
    title = f"A graph of {nodes:,} nodes, medians of {flags.repeat}, load {os.getloadavg()[0]:.1f}; {measure.machine()}"
    measure.table(title, list(COLUMNS), rows)


if __name__ == "__main__":
    main()
