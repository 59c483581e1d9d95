#!/usr/bin/env python3
"""Lists the ops that TensorFlow emits for the gradients of the engine's ops, from the graphs it wrote for our tests.

    gradient_ops.py [FOLDER]      tests/golden/ops; needs tensorflow, as record_op_goldens.py does

For each op within a scope `gradients/…`: in how many of the graphs it stands, whether the engine knows it, and an op
whose gradient needs it. Exit code 1 when the engine lacks one.
"""

import base64
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

import op_reference

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow.compat.v1 as tf


def ops_of_gradients(folder: Path) -> tuple[Counter[str], dict[str, str]]:
    counts: Counter[str] = Counter()
    example: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for case in json.loads(path.read_text())["cases"]:
            graph = tf.GraphDef()
            graph.ParseFromString(base64.b64decode(case["graph"]))
            ops = {node.name: node.op for node in graph.node}
            found = set()
            for node in graph.node:
                scope = re.match(r"gradients/(.+?)_grad/", node.name)
                if scope:
                    found.add(node.op)
                    example.setdefault(node.op, ops.get(scope[1], scope[1]))
            counts.update(found)
    return counts, example


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else op_reference.ROOT / "tests/golden/ops"
    counts, example = ops_of_gradients(folder)
    known = {op for header in op_reference.families() for op in op_reference.table_ops(header.stem)}
    for op, count in counts.most_common():
        print(f"{count:5} {'' if op in known else 'MISSING '}{op} (gradient of {example[op]})")
    return 1 if set(counts) - known else 0


if __name__ == "__main__":
    sys.exit(main())
