#!/usr/bin/env python3
"""Runs every formatter and linter over the repository; each counts as one test.

    checks.py [--junit FILE]

What a check needs is installed by ./run. Exit code 1 when any check found something.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import check_layers
import junit
import lint
import op_reference

ROOT = Path(__file__).resolve().parent.parent


def files(*suffixes: str) -> list[str]:
    return [name for name in lint.own_files(ROOT) if name.endswith(suffixes)]


def tool(*command: str) -> str:
    """What the tool complains about; empty when it is content."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        return f"{command[0]} is not installed"
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"{command[0]} ended with {done.returncode}"


def layers() -> str:
    count, findings = check_layers.check_tree(ROOT)
    return "\n".join(findings) if count else "no sources found"


def shell_files() -> list[str]:
    return ["run", ".ci/run", *files(".sh")]


def python_tool(*arguments: str) -> str:
    return tool(sys.executable, "-m", *arguments)


def all_checks() -> dict[str, Callable[[], str]]:
    broken = lint.check_tree(ROOT)
    checks: dict[str, Callable[[], str]] = {"layers": layers}
    for rule, findings in broken.items():
        checks[f"rule {rule}"] = lambda findings=findings: "\n".join(findings)
    checks["op reference"] = lambda: "\n".join(op_reference.stale())
    checks["clang-format"] = lambda: tool("clang-format-19", "--dry-run", "-Werror", *files(".h", ".cc"))
    checks["shellcheck"] = lambda: tool("shellcheck", "--external-sources", *shell_files())
    checks["ruff check"] = lambda: python_tool("ruff", "check", "--quiet", *files(".py"))
    checks["ruff format"] = lambda: python_tool("ruff", "format", "--quiet", "--diff", *files(".py"))
    if (ROOT / "ui/package.json").exists():
        checks["page: npm run lint"] = lambda: tool("npm", "--prefix", "ui", "run", "lint")
    return checks


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--junit", type=Path)
    arguments = parser.parse_args()
    cases = []
    for name, check in all_checks().items():
        start = time.monotonic()
        failure = check()
        cases.append(junit.Case(name, time.monotonic() - start, failure))
        print(f"{'FAILED' if failure else 'ok':6} {name}", flush=True)
        if failure:
            print(failure.rstrip(), flush=True)
    for entry in lint.long_files(ROOT):
        print(f"note   {entry}: look for the second concept")
    if arguments.junit:
        junit.write(arguments.junit, "lint", cases)
    return 1 if any(case.failure for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
