import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import junit
import sum_reports


def report(tmp_path: Path, name: str, cases: str) -> None:
    (tmp_path / f"{name}.xml").write_text(f'<testsuites><testsuite name="s">{cases}</testsuite></testsuites>')


def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, *names: str) -> tuple[int, list[str]]:
    code = sum_reports.main([str(tmp_path), *names])
    return code, capsys.readouterr().out.splitlines()


def test_adds_up_all_reports_and_ends_with_the_count(tmp_path, capsys):
    report(tmp_path, "a", '<testcase name="1"/><testcase name="2"/>')
    report(tmp_path, "b", '<testcase name="3"/>')
    code, lines = run(capsys, tmp_path, "a", "b")
    assert code == 0
    assert lines[-1] == "3 passed, 0 failed"


@pytest.mark.parametrize("child", ["failure", "error"])
def test_names_a_failed_test_and_fails(tmp_path, capsys, child):
    report(tmp_path, "a", f'<testcase classname="Suite" name="one"><{child}/></testcase><testcase name="2"/>')
    code, lines = run(capsys, tmp_path, "a")
    assert code == 1
    assert "FAILED a: Suite one" in lines
    assert lines[-1] == "1 passed, 1 failed"


def test_counts_skipped_apart(tmp_path, capsys):
    report(tmp_path, "a", '<testcase name="1"><skipped/></testcase><testcase name="2"/>')
    code, lines = run(capsys, tmp_path, "a")
    assert code == 0
    assert lines[-1] == "1 passed, 0 failed, 1 skipped"


def test_a_ctest_test_that_was_not_built_failed(tmp_path, capsys):
    report(
        tmp_path, "a", '<testcase name="1" status="notrun"><skipped message="Unable to find executable"/></testcase>'
    )
    code, lines = run(capsys, tmp_path, "a")
    assert code == 1
    assert lines[-1] == "0 passed, 1 failed"


def test_a_ctest_test_that_skipped_itself_is_skipped(tmp_path, capsys):
    skip = '<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'
    report(tmp_path, "a", f'<testcase name="1" status="notrun">{skip}</testcase><testcase name="2" status="run"/>')
    code, lines = run(capsys, tmp_path, "a")
    assert code == 0
    assert lines[-1] == "1 passed, 0 failed, 1 skipped"


def test_a_missing_report_is_a_failure(tmp_path, capsys):
    report(tmp_path, "a", '<testcase name="1"/>')
    code, lines = run(capsys, tmp_path, "a", "never-ran")
    assert code == 1
    assert "FAILED never-ran: no report" in lines
    assert lines[-1] == "1 passed, 1 failed"


def test_a_torn_report_is_a_failure(tmp_path, capsys):
    (tmp_path / "a.xml").write_text('<testsuite><testcase name="1"/>')
    code, lines = run(capsys, tmp_path, "a")
    assert code == 1
    assert lines[-1] == "0 passed, 1 failed"


def test_an_empty_report_is_a_failure(tmp_path, capsys):
    report(tmp_path, "a", "")
    code, lines = run(capsys, tmp_path, "a")
    assert code == 1
    assert "FAILED a: the report holds no test" in lines


def test_reads_what_junit_writes(tmp_path, capsys):
    cases = [junit.Case("good", 0.1), junit.Case("bad", 0.2, "\x1b[31mthe last line is the message\nit broke")]
    junit.write(tmp_path / "a.xml", "suite", cases)
    code, lines = run(capsys, tmp_path, "a")
    assert code == 1
    assert "FAILED a: suite bad" in lines
    assert lines[-1] == "1 passed, 1 failed"
