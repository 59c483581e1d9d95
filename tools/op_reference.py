#!/usr/bin/env python3
"""Writes docs/ops/ and docs/training/ from the comments of headers.

    op_reference.py            writes the pages
    op_reference.py --check    says which of them are not what the headers tell; exit code 1

docs/ops/ has a page for each family of ops: the header's essay, each function with what its comment says, and the
TensorFlow ops that the family's table defines. docs/training/ has one for each subject of training, of one header or
several.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ROOT / "fanlight/engine/graph/ops"
DOCS = ROOT / "docs"
# Lines of a contract, by style: each becomes an entry of a list.
FIELDS = ("Shapes", "Units", "Errors", "Numerics", "Gradient", "Slot", "Slots", "Source")
# No family of ops, but made of them.
COMPOSITES = {"clip", "standard"}
# Subject → the headers that tell it, from fanlight/engine/.
TRAINING = {
    "optimizers": (
        *("train/optimizer.h", "train/gradient_descent.h", "train/momentum.h", "train/adagrad.h"),
        *("train/adadelta.h", "train/rms_prop.h", "train/adam.h", "train/ftrl.h", "train/slot.h"),
    ),
    "learning rates": ("train/learning_rate.h",),
    "moving averages": ("train/moving_average.h",),
    "variables": ("train/variable.h", "train/variable_scope.h"),
    "initializers": ("train/initializers.h",),
    "regularizers": ("train/regularizers.h",),
    "gradients": ("graph/gradients.h",),
    "sessions": ("graph/session.h", "graph/run_options.h"),
    "savers": ("checkpoint/saver.h",),
    "summaries": ("train/file_writer.h", "graph/ops/summary.h"),
}


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
    body = text[re.search(r"^namespace fanlight(::\w+)? {", text, re.M).start() :]
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
    named = re.findall(r'(?:\.name = |^\s*(FL_\w+)\(\s*)"(\w+)"', table, re.M)
    # An update is one of a variable by handle too.
    return [form for macro, op in named for form in ([op, f"Resource{op}"] if macro == "FL_UPDATE" else [op])]


def opening(header: Path) -> list[str]:
    lines = header.read_text().splitlines()
    return lines[: lines.index("#pragma once")]


def public(code: list[str]) -> list[str]:
    """A declaration without what a class keeps to itself."""
    hidden = next((i for i, line in enumerate(code) if re.match(r"\s*private:", line)), None)
    if hidden is None or not code[0].startswith("class "):
        return code
    kept = code[:hidden]
    while not kept[-1].strip():
        kept.pop()
    return [*kept, code[-1]]


def section(header: Path) -> list[str]:
    """What a header tells, as paragraphs."""
    out = [essay(opening(header)), f'`#include "{header.relative_to(ROOT)}"`']
    for comment, code in declarations(header.read_text()):
        if comment:
            out.append(prose(comment))
        out.append("```cpp\n" + "\n".join(public(code)) + "\n```")
    return out


def page(header: Path) -> str:
    out = [f"# {header.stem.replace('_', ' ')}", *section(header)]
    ops = table_ops(header.stem)
    if ops:
        out.append("TensorFlow ops of this family: " + ", ".join(f"`{op}`" for op in ops) + ".")
    return "\n\n".join(out) + "\n"


def first_sentence(header: Path) -> str:
    words = " ".join(uncomment(opening(header)))
    return re.split(r"(?<=[.:])\s", words)[0].rstrip(":.")


def training_pages() -> dict[str, str]:
    made, rows = {}, []
    for subject, names in TRAINING.items():
        headers = [ROOT / "fanlight/engine" / name for name in names]
        out = [f"# {subject.capitalize()}", *section(headers[0])]
        for header in headers[1:]:
            out += [f"## {header.stem.replace('_', ' ').capitalize()}", *section(header)]
        file = subject.replace(" ", "_") + ".md"
        made[f"training/{file}"] = "\n\n".join(out) + "\n"
        rows.append(f"| [{subject}]({file}) | {first_sentence(headers[0])} |")
    made["training/README.md"] = (
        "# Training\n\nMade from the headers by `tools/op_reference.py`; change those, then run it. The ops are in "
        "[../ops/](../ops/README.md); [../tutorial.md](../tutorial.md) shows how these go together, "
        "[../python.md](../python.md) what there is of them in Python.\n\n"
        "| subject | what it is |\n| --- | --- |\n" + "\n".join(rows) + "\n"
    )
    return made


def families() -> list[Path]:
    return [
        header
        for header in sorted(HEADERS.glob("*.h"))
        if "std::span<const OpSpec>" in header.read_text() or header.stem in COMPOSITES
    ]


def op_pages() -> dict[str, str]:
    made = {}
    rows = []
    count = 0
    for header in families():
        made[f"ops/{header.stem}.md"] = page(header)
        ops = len(table_ops(header.stem))
        count += ops
        rows.append(f"| [{header.stem.replace('_', ' ')}]({header.stem}.md) | {first_sentence(header)} | {ops} |")
    made["ops/README.md"] = (
        "# Ops\n\nMade from the headers by `tools/op_reference.py`; change those, then run it. "
        f"{count} ops of TensorFlow, by family:\n\n"
        "| family | what it holds | ops |\n| --- | --- | ---: |\n" + "\n".join(rows) + "\n"
    )
    return made


def pages() -> dict[str, str]:
    """By their paths below docs/."""
    return {**op_pages(), **training_pages()}


def there() -> dict[str, Path]:
    return {str(path.relative_to(DOCS)): path for name in ("ops", "training") for path in (DOCS / name).glob("*.md")}


def stale() -> list[str]:
    wanted = pages()
    found = {name: path.read_text() for name, path in there().items()}
    names = sorted(set(wanted) | set(found))
    return [f"docs/{name}: run tools/op_reference.py" for name in names if wanted.get(name) != found.get(name)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        findings = stale()
        print("\n".join(findings) or "docs/ops and docs/training are current")
        return 1 if findings else 0
    for old in there().values():
        old.unlink()
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
