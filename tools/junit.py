"""Writes JUnit reports for steps that no test runner runs: builds, linters."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Case:
    name: str
    seconds: float
    failure: str = ""  # Empty: passed.


def write(path: Path, suite: str, cases: list[Case]) -> None:
    root = ET.Element(
        "testsuite",
        name=suite,
        tests=str(len(cases)),
        failures=str(sum(1 for case in cases if case.failure)),
    )
    for case in cases:
        node = ET.SubElement(root, "testcase", classname=suite, name=case.name, time=f"{case.seconds:.3f}")
        if case.failure:
            # XML has no control characters, and compilers colour their output.
            text = "".join(c for c in case.failure if c in "\n\t" or c >= " ")
            ET.SubElement(
                node, "failure", message=text.strip().splitlines()[-1][:200] if text.strip() else "failed"
            ).text = text
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
