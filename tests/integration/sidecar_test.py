"""Names and notes of runs: kept beside the logs' owner's data, shared by boards, and never a reason to stop."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import Board

StartBoard = Callable[..., Board]


def change(board: Board, *changes: dict[str, object], headers: dict[str, str] | None = None) -> dict[str, object]:
    request = urllib.request.Request(
        board.url.split("?")[0] + "api/v1/marks",
        data=json.dumps({"changes": changes}).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        call()
    return caught.value.code, json.loads(caught.value.read())["error"]["message"]


def test_two_boards_share_names_and_a_restart_keeps_them(
    start_board: StartBoard, golden_logdir: Callable[[str], Path]
) -> None:
    logdir = golden_logdir("ev_tf1_scalar")
    first, second = start_board(logdir), start_board(logdir)
    change(first, {"run": ".", "title": "first"})
    change(second, {"run": ".", "note": "seen by both"})
    marks = [{"run": ".", "title": "first", "note": "seen by both"}]
    assert first.json("/api/v1/marks") == second.json("/api/v1/marks") == {"problem": "", "marks": marks}
    first.stop()
    assert start_board(logdir).json("/api/v1/marks")["marks"] == marks


def test_a_damaged_file_is_told_and_the_board_goes_on(
    start_board: StartBoard, golden_logdir: Callable[[str], Path], tmp_path: Path
) -> None:
    board = start_board(golden_logdir("ev_tf1_scalar"))
    change(board, {"run": ".", "title": "kept"})
    (file,) = tmp_path.rglob("sidecar.db")
    file.write_bytes(b"x" * 4096)
    problem = board.json("/api/v1/marks")["problem"]
    assert "damaged" in problem and str(file) in problem
    status, message = refusal(lambda: change(board, {"run": ".", "title": "lost?"}))
    assert status == 500 and "move it away" in message
    assert board.json("/api/v1/runs")["runs"]
    file.unlink()
    assert change(board, {"run": ".", "title": "again"})["marks"] == [{"run": ".", "title": "again"}]


def test_another_sites_page_changes_nothing(start_board: StartBoard, golden_logdir: Callable[[str], Path]) -> None:
    board = start_board(golden_logdir("ev_tf1_scalar"))
    for headers in (
        {"Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://elsewhere.example"},
    ):
        assert refusal(partial(change, board, {"run": ".", "title": "x"}, headers=headers))[0] == 403
    assert board.json("/api/v1/marks") == {"problem": "", "marks": []}
