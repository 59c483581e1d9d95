#!/usr/bin/env python3
"""Sums JUnit reports and says how many tests passed and failed.

    sum_reports.py DIR NAME...

reads DIR/NAME.xml for each NAME, prints a line for each, the names of the failed tests, and as the very last line
`N passed, M failed` (`, K skipped` when there are any). A report that is missing, cannot be read or holds no test
counts as one failure: a part that did not run must not look green. Exit code 1 when anything failed.
"""

import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Sum:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: int = 0

    def add(self, other: "Sum") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def outcome(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    # ctest writes <skipped> both for a test that skipped itself and for one whose program was never built.
    status = case.get("status", "run")
    skipped = case.find("skipped")
    if status == "fail":
        return "failed"
    if status == "notrun" and not (skipped is not None and "SKIP" in skipped.get("message", "")):
        return "failed"
    return "skipped" if skipped is not None or status == "disabled" else "passed"


def read(path: Path) -> Sum:
    total = Sum()
    try:
        root = ET.parse(path).getroot()
    except FileNotFoundError:
        total.failed.append(f"{path.stem}: no report")
        return total
    except ET.ParseError as error:
        total.failed.append(f"{path.stem}: the report cannot be read: {error}")
        return total
    cases = list(root.iter("testcase"))
    if not cases:
        total.failed.append(f"{path.stem}: the report holds no test")
    for case in cases:
        what = outcome(case)
        if what == "failed":
            total.failed.append(f"{path.stem}: {case.get('classname', '')} {case.get('name', '')}".strip())
        elif what == "skipped":
            total.skipped += 1
        else:
            total.passed += 1
    return total


def line(total: Sum) -> str:
    text = f"{total.passed} passed, {len(total.failed)} failed"
    return text + f", {total.skipped} skipped" if total.skipped else text


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    directory, names = Path(arguments[0]), arguments[1:]
    total = Sum()
    width = max(len(name) for name in names)
    for name in names:
        part = read(directory / f"{name}.xml")
        print(f"  {name:<{width}}  {line(part)}")
        total.add(part)
    for name in total.failed:
        print(f"FAILED {name}")
    print(line(total), flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
