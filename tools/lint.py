#!/usr/bin/env python3
"""House rules that no other tool knows.

    lint.py [ROOT]

Each rule is a function (path, text) -> findings, each finding (line, message); tools/tests/lint_test.py tests each.
Files over 600 lines are listed, not refused: look for the second concept. Exit code 1 when a rule is broken.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

Finding = tuple[int, str]

MANY_LINES = 600
TEXT_SUFFIXES = {
    ".h", ".cc", ".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".md", ".txt", ".cmake", ".proto",
    ".json", ".yml", ".yaml", ".toml", ".case", ".in", "",
}  # fmt: skip
CODE_SUFFIXES = {".h", ".cc", ".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".css", ".cmake"}


def code_only(text: str) -> str:
    """C++ with comments and literals blanked, so that words inside them are not taken for code."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
        re.DOTALL,
    )
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def lines_matching(pattern: str, text: str) -> Iterator[tuple[int, str]]:
    compiled = re.compile(pattern)
    for number, line in enumerate(text.split("\n"), 1):
        if match := compiled.search(line):
            yield number, match.group()


def no_throw(path: str, text: str) -> list[Finding]:
    if not path.startswith("fanlight/") or not path.endswith((".h", ".cc")):
        return []
    return [
        (n, "fanlight/ returns errors as Result, it never throws")
        for n, _ in lines_matching(r"\bthrow\b", code_only(text))
    ]


def no_using_namespace_in_headers(path: str, text: str) -> list[Finding]:
    if not path.endswith(".h"):
        return []
    message = "a header must not say `using namespace`: every file that includes it would"
    return [(n, message) for n, _ in lines_matching(r"\busing\s+namespace\b", code_only(text))]


def headers_have_pragma_once(path: str, text: str) -> list[Finding]:
    if not path.endswith(".h") or re.search(r"^#pragma once$", text, re.MULTILINE):
        return []
    return [(1, "a header begins with #pragma once")]


def todo_names_an_issue(path: str, text: str) -> list[Finding]:
    if Path(path).suffix not in CODE_SUFFIXES or path == "tools/lint.py":
        return []
    message = "a TODO names its issue: TODO(#12)"
    found = lines_matching(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", text)
    return [(n, message) for n, _ in found]


def no_machine_paths(path: str, text: str) -> list[Finding]:
    # Golden files keep what their writer wrote, host names and all.
    if path.startswith("tests/golden/"):
        return []
    found = lines_matching(r"(?:^|[^A-Za-z0-9_.}$])/(?:work|farm)/|/tmp/(?:brief|bash_jobs)", text)
    return [(n, f"a path of one machine: {what.strip()}") for n, what in found]


def no_registry_hosts(path: str, text: str) -> list[Finding]:
    if path.startswith("tests/golden/"):
        return []
    hosts = (
        r"registry\.npm(?:js|mirror)|files\.pythonhosted|pypi\.org|static\.crates\.io"
        r"|proxy\.golang|repo1?\.maven|deb\.debian\.org"
    )
    return [(n, f"names a package registry's host: {what}") for n, what in lines_matching(hosts, text)]


RULES: dict[str, Callable[[str, str], list[Finding]]] = {
    rule.__name__: rule
    for rule in (
        no_throw,
        no_using_namespace_in_headers,
        headers_have_pragma_once,
        todo_names_an_issue,
        no_machine_paths,
        no_registry_hosts,
    )
}


def own_files(root: Path) -> list[str]:
    """What git tracks, or would once added."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    return sorted(name for name in listed.split("\0") if name and (root / name).is_file())


def texts(root: Path) -> Iterator[tuple[str, str]]:
    for name in own_files(root):
        if Path(name).suffix not in TEXT_SUFFIXES:
            continue
        data = (root / name).read_bytes()
        if b"\0" not in data[:8192]:
            yield name, data.decode("utf-8", errors="replace")


def check_tree(root: Path) -> dict[str, list[str]]:
    """Findings by rule; every rule is a key."""
    findings: dict[str, list[str]] = {rule: [] for rule in RULES}
    for path, text in texts(root):
        for name, rule in RULES.items():
            findings[name] += [f"{path}:{line}: {message}" for line, message in rule(path, text)]
    return findings


def long_files(root: Path) -> list[str]:
    return [
        f"{path}: {text.count(chr(10))} lines"
        for path, text in texts(root)
        if Path(path).suffix in CODE_SUFFIXES and text.count("\n") > MANY_LINES
    ]


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    broken = 0
    for rule, findings in check_tree(root).items():
        for finding in findings:
            print(f"{finding} [{rule}]")
        broken += len(findings)
    for entry in long_files(root):
        print(f"note: {entry}: look for the second concept")
    print(f"{len(RULES)} house rules, broken {broken} times")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
