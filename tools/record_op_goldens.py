#!/usr/bin/env python3
"""Records what TensorFlow computes for the engine's ops: tests/golden/ops/<family>.json.

    python3 -m venv venv && venv/bin/pip install tensorflow-cpu==2.21.0
    venv/bin/python tools/record_op_goldens.py tests/golden/ops [FAMILY…]

A case is a graph as TensorFlow wrote it (GraphDef, base64), values fed, values fetched, and, where
an op has gradients, those that tf.gradients gives for sum(y * weights). The test imports the graph,
runs it, and compares; then it makes the gradients by the engine's own rules and compares these too.
"""

import os
import sys

from op_goldens import basic, branches, diagonals, edges, images, more, rows


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "tests/golden/ops"
    wanted = set(sys.argv[2:])
    os.makedirs(folder, exist_ok=True)
    for module in (basic, images, more, edges, branches, rows, diagonals):
        for make in module.FAMILIES:
            if not wanted or make.__name__ in wanted:
                make().write(folder)


if __name__ == "__main__":
    main()
