#!/usr/bin/env python3
"""Writes docs/ops/: a page for each family of ops, from the comments of its header.

    op_reference.py            writes the pages
    op_reference.py --check    says which of them are not what the headers tell; exit code 1

A page holds the header's essay, each function with what its comment says, and the TensorFlow ops that the family's
table defines.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ROOT / "fanlight/engine/graph/ops"
PAGES = ROOT / "docs/ops"
# Lines of a contract, by style: each becomes an entry of a list.
FIELDS = ("Shapes", "Errors", "Numerics", "Gradient", "Source")
# No family of ops, but made of them.
COMPOSITES = {"clip", "standard"}


def uncomment(lines: list[str]) -> list[str]:
    return [re.sub(r"^// ?", "", line) for line in lines]


def prose(lines: list[str]) -> str:
    """A comment as Markdown: its sentences, then its fields as a list."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in uncomment(lines):
        field = re.match(rf"({'|'.join(FIELDS)}):\s+(.*)", line)
        if field:
            parts.append((field[1], [field[2]]))
        else:
            parts[-1][1].append(line.strip())
    text = [" ".join(parts[0][1]).strip()]
    items = [f"- **{name}:** {' '.join(words).strip()}" for name, words in parts[1:]]
    return "\n\n".join(filter(None, [text[0], "\n".join(items)]))


def essay(lines: list[str]) -> str:
    """The comment that opens a header: paragraphs as they stand, indented ones as code."""
    paragraphs: list[list[str]] = [[]]
    for line in uncomment(lines):
        if line.strip():
            paragraphs[-1].append(line)
        else:
            paragraphs.append([])
    out = []
    for paragraph in filter(None, paragraphs):
        if all(line.startswith("  ") for line in paragraph):
            out.append("```cpp\n" + "\n".join(line[2:] for line in paragraph) + "\n```")
        else:
            out.append(" ".join(line.strip() for line in paragraph))
    return "\n\n".join(out)


def declarations(text: str) -> list[tuple[list[str], list[str]]]:
    """The header's comments and what each is about, in order."""
    body = text[text.index("namespace fanlight {") :]
    found: list[tuple[list[str], list[str]]] = []
    comment: list[str] = []
    code: list[str] = []
    depth = 0

    def flush() -> None:
        nonlocal comment, code
        if code:
            found.append((comment, code))
        comment, code = [], []

    for line in body.splitlines()[1:]:
        if line.startswith(("}", "std::span<const OpSpec>", "std::span<const KernelDef>")) and depth == 0:
            continue
        if depth == 0 and not line.strip():
            flush()
        elif depth == 0 and line.startswith("//"):
            if code:
                flush()
            comment.append(line)
        else:
            code.append(line)
            depth += line.count("{") + line.count("(") - line.count("}") - line.count(")")
    flush()
    return found


def table_ops(name: str) -> list[str]:
    """The names in the family's op table: rows, and rows made by a macro."""
    source = HEADERS / f"{name}.cc"
    text = source.read_text()
    start = text.find("constexpr OpSpec kOps[]")
    if start < 0:
        return []
    table = text[start : text.index("\n};", start)]
    return re.findall(r'(?:\.name = |^\s*FL_\w+\(\s*)"(\w+)"', table, re.M)


def page(header: Path) -> str:
    text = header.read_text()
    lines = text.splitlines()
    opening = lines[: lines.index("#pragma once")]
    name = header.stem
    out = [f"# {name.replace('_', ' ')}", essay(opening)]
    out.append(f'`#include "fanlight/engine/graph/ops/{header.name}"`')
    for comment, code in declarations(text):
        if comment:
            out.append(prose(comment))
        out.append("```cpp\n" + "\n".join(code) + "\n```")
    ops = table_ops(name)
    if ops:
        out.append("TensorFlow ops of this family: " + ", ".join(f"`{op}`" for op in ops) + ".")
    return "\n\n".join(out) + "\n"


def families() -> list[Path]:
    return [
        header
        for header in sorted(HEADERS.glob("*.h"))
        if "std::span<const OpSpec>" in header.read_text() or header.stem in COMPOSITES
    ]


def pages() -> dict[str, str]:
    made = {}
    rows = []
    count = 0
    for header in families():
        made[f"{header.stem}.md"] = page(header)
        first = uncomment(header.read_text().split("\n#pragma once")[0].splitlines())
        sentence = re.split(r"(?<=[.:])\s", " ".join(first))[0].rstrip(":.")
        ops = len(table_ops(header.stem))
        count += ops
        rows.append(f"| [{header.stem.replace('_', ' ')}]({header.stem}.md) | {sentence} | {ops} |")
    made["README.md"] = (
        "# Ops\n\nMade from the headers by `tools/op_reference.py`; change those, then run it. "
        f"{count} ops of TensorFlow, by family:\n\n"
        "| family | what it holds | ops |\n| --- | --- | ---: |\n" + "\n".join(rows) + "\n"
    )
    return made


def stale() -> list[str]:
    wanted = pages()
    found = {path.name: path.read_text() for path in PAGES.glob("*.md")}
    names = sorted(set(wanted) | set(found))
    return [f"docs/ops/{name}: run tools/op_reference.py" for name in names if wanted.get(name) != found.get(name)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        findings = stale()
        print("\n".join(findings) or "docs/ops is current")
        return 1 if findings else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for old in PAGES.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        (PAGES / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
