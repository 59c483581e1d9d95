import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import lint

# Words that the rules look for are put together here, or this file would break them itself.
MARK = "TO" + "DO"


@pytest.mark.parametrize(
    ("rule", "path", "text", "lines"),
    [
        ("no_throw", "fanlight/a.cc", "int F() {\n  throw 1;\n}\n", [2]),
        (
            "no_throw",
            "fanlight/a.cc",
            '// May throw.\n/* throw\n throw */ auto s = "throw"; auto r = R"(\nthrow)";\n',
            [],
        ),
        ("no_throw", "fanlight/a.cc", 'auto s = "a\\"b"; throw s;\n', [1]),
        ("no_throw", "fanlight/a.cc", "int F() noexcept;  // It's done.\nthrow 1;\n", [2]),
        ("no_throw", "python/a.cc", "throw 1;\n", []),
        ("no_using_namespace_in_headers", "fanlight/a.h", "#pragma once\nusing namespace std;\n", [2]),
        ("no_using_namespace_in_headers", "fanlight/a.h", "using std::string;  // not using namespace std\n", []),
        ("no_using_namespace_in_headers", "fanlight/a.cc", "using namespace std::literals;\n", []),
        ("headers_have_pragma_once", "apps/a.h", "// About.\n#include <vector>\n", [1]),
        ("headers_have_pragma_once", "apps/a.h", "// About.\n\n#pragma once\n", []),
        ("headers_have_pragma_once", "apps/a.cc", "int a;\n", []),
        ("todo_names_an_issue", "fanlight/a.cc", f"int a;\n// {MARK}: more\n", [2]),
        ("todo_names_an_issue", "ui/src/a.ts", f"// {MARK}(ann): more\n", [1]),
        ("todo_names_an_issue", "ui/src/a.ts", f"// {MARK}(#12): more\n", []),
        ("todo_names_an_issue", "README.md", f"{MARK} lists are fine in prose\n", []),
        ("no_machine_paths", "README.md", "cd /" + "work/wt-tools\n", [1]),
        ("no_machine_paths", "README.md", 'path = "/' + 'farm/x"\n', [1]),
        ("no_machine_paths", "README.md", "see ./framework/" + "work/x and $PWD/" + "work/a\n", []),
        ("no_machine_paths", "tests/golden/x.json", "/" + "work/x\n", []),
        ("no_registry_hosts", "ui/package-lock.json", '"resolved": "https://registry.' + 'npmjs.org/x"\n', [1]),
        ("no_registry_hosts", "a.py", "# from " + "pypi" + ".org\n", [1]),
        ("no_registry_hosts", "a.py", "# from PyPI\n", []),
    ],
)
def test_rule(rule, path, text, lines):
    assert [line for line, _ in lint.RULES[rule](path, text)] == lines


def test_every_rule_has_a_case_that_breaks_it_and_one_that_does_not():
    (mark,) = [mark for mark in test_rule.pytestmark if mark.name == "parametrize"]
    cases = mark.args[1]
    for rule in lint.RULES:
        assert any(case[0] == rule and case[3] for case in cases), rule
        assert any(case[0] == rule and not case[3] for case in cases), rule


def test_a_tree_is_checked_and_its_long_files_listed(tmp_path, capsys):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "fanlight").mkdir()
    (tmp_path / "fanlight/a.cc").write_text("int a;\n" * (lint.MANY_LINES + 1) + "throw 1;\n")
    (tmp_path / "picture.json").write_bytes(b"\0\1\2throw")
    assert lint.main([str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert f"fanlight/a.cc:{lint.MANY_LINES + 2}:" in out
    assert f"note: fanlight/a.cc: {lint.MANY_LINES + 2} lines" in out
    assert out.endswith("broken 1 times\n")
