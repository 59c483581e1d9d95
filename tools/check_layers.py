#!/usr/bin/env python3
"""Checks that no file includes or imports upward. ARCHITECTURE.md draws this table.

    check_layers.py [ROOT]

A layer may use itself, what its line names, and nothing else of ours. Exit code 1 when something points upward.
"""

import posixpath
import re
import sys
from pathlib import Path

BASE = ["fanlight/base", "fanlight/proto"]
CPP_LAYERS = {
    "fanlight/base": [],
    "fanlight/proto": [],
    "fanlight/events": BASE,
    "fanlight/board/store": ["fanlight/base"],
    "fanlight/board/ingest": [*BASE, "fanlight/events", "fanlight/board/store"],
    "fanlight/board/http": ["fanlight/base"],
    "fanlight/board/graphs": BASE,
    "fanlight/board/sidecar": ["fanlight/base"],
    "fanlight/board/api": [
        *BASE,
        "fanlight/board/graphs",
        "fanlight/board/store",
        "fanlight/board/http",
        "fanlight/board/sidecar",
    ],
    "fanlight/engine/tensor": BASE,
    "fanlight/engine/graph": [*BASE, "fanlight/engine/tensor"],
    "fanlight/engine/checkpoint": [*BASE, "fanlight/engine/graph", "fanlight/engine/tensor"],
    "fanlight/engine/train": [
        *BASE,
        "fanlight/events",
        "fanlight/engine/checkpoint",
        "fanlight/engine/graph",
        "fanlight/engine/tensor",
    ],
    # Mains, tests and benchmarks wire things together and may use all of the library, but not one another.
    "apps": ["fanlight"],
    "python": ["fanlight"],
    "examples": ["fanlight"],
    "tests": ["fanlight", "apps"],
    "bench": ["fanlight"],
}

UI_LAYERS = {
    "base": [],
    "api": ["base"],
    "state": ["base", "api"],
    "words": ["base", "state"],  # What the page says, in the language that the state names.
    "charts": ["base", "api", "state", "words"],
    "widgets": ["base", "api", "state", "words"],
    "dashboards": ["base", "api", "state", "words", "charts", "widgets"],
    "app": ["base", "api", "state", "words", "charts", "widgets", "dashboards"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
IMPORT = re.compile(
    r"""(?:\b(?:from|import)\s*\(?\s*|\bnew\s+URL\s*\(\s*)(['"])(\.{1,2}/[^'"]*)\1""",
)


def cpp_layer(path: str) -> str | None:
    """The longest folder of the table that `path` lies in."""
    hits = [layer for layer in CPP_LAYERS if path.startswith(layer + "/")]
    return max(hits, key=len, default=None)


def check_cpp(path: str, text: str) -> list[str]:
    layer = cpp_layer(path)
    if layer is None:
        return [f"{path}: lies in no layer of tools/check_layers.py"]
    findings = []
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        where = f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}"
        target_layer = cpp_layer(target)
        if target_layer is None:
            findings.append(f'{where}: "{target}" is not a path from the root of the repository (others\' headers: <>)')
        elif target_layer != layer and not any(
            target_layer == allowed or target_layer.startswith(allowed + "/") for allowed in CPP_LAYERS[layer]
        ):
            findings.append(f'{where}: {layer} may not include {target_layer} ("{target}")')
    return findings


def ui_layer(path: str) -> str:
    """`path` is relative to ui/src. What lies directly there (the entry) is wiring, like app."""
    first, slash, _ = path.partition("/")
    return first if slash else "app"


def check_ui(path: str, text: str) -> list[str]:
    layer = ui_layer(path)
    if layer not in UI_LAYERS:
        return [f"ui/src/{path}: lies in no layer of tools/check_layers.py"]
    findings = []
    for match in IMPORT.finditer(text):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match.group(2)))
        where = f"ui/src/{path}:{text.count(chr(10), 0, match.start(2)) + 1}"
        if target.startswith(".."):
            findings.append(f'{where}: "{match.group(2)}" leaves ui/src')
            continue
        target_layer = ui_layer(target)
        if target_layer != layer and target_layer not in UI_LAYERS[layer]:
            findings.append(f'{where}: {layer} may not import {target_layer} ("{match.group(2)}")')
    return findings


def check_tree(root: Path) -> tuple[int, list[str]]:
    files, findings = 0, []
    for layer in {layer.split("/")[0] for layer in CPP_LAYERS}:
        for path in sorted((root / layer).rglob("*")):
            if path.suffix in (".h", ".cc") and "build" not in path.parts:
                files += 1
                findings += check_cpp(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    source = root / "ui" / "src"
    for path in sorted(source.rglob("*")):
        if path.suffix in (".ts", ".tsx"):
            files += 1
            findings += check_ui(path.relative_to(source).as_posix(), path.read_text(encoding="utf-8"))
    return files, findings


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    files, findings = check_tree(root)
    for finding in sorted(findings):
        print(finding)
    print(f"{files} files, {len(findings)} point upward or outside")
    return 1 if findings or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
