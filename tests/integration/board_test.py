"""The program `fanlight`: starting, ending, ports, tokens, live growth, and what a crash loses."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Board, wait_until

# CRC32C, bit by bit: the tests write records on their own.
TABLE = []
for byte in range(256):
    crc = byte
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    TABLE.append(crc)


def masked_crc(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def scalar_record(step: int, wall_time: float, tag: str, value: float) -> bytes:
    point = field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)
    event = b"\x09" + struct.pack("<d", wall_time) + b"\x10" + varint(step) + field(5, field(1, point))
    length = struct.pack("<Q", len(event))
    return length + masked_crc(length) + event + masked_crc(event)


def write_run(path: Path, steps: range) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as out:
        for step in steps:
            out.write(scalar_record(step, 1.5 + step, "loss", step / 2))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write_run(tmp_path / "logs/run/events.out.tfevents.1", range(10))
    return tmp_path / "logs"


def run_to_end(program: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=30, **options)


def test_flags_that_end_the_program(programs: Path) -> None:
    program = programs / "fanlight"
    assert re.fullmatch(r"fanlight \d+\.\d+\.\d+\n", run_to_end(program, "--version").stdout)
    assert run_to_end(program, "--version_tb").stdout == "2.21.0\n"
    assert "--logdir" in run_to_end(program, "--help").stdout
    no_source = run_to_end(program)
    assert (no_source.returncode, no_source.stderr[:43]) == (1, "Error: A logdir or db must be specified. Fo")
    unknown = run_to_end(program, "--lodgir=x")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.endswith("fanlight: error: unrecognized arguments: --lodgir=x\n")


def test_a_taken_port(programs: Path, logs: Path, tmp_path: Path) -> None:
    program = programs / "fanlight"
    index = tmp_path / "index"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_to_end(program, f"--logdir={logs}", f"--port={port}", f"--index={index}")
    assert ended.returncode == 255
    assert not index.exists()
    assert f"ERROR: TensorBoard could not bind to port {port}, it was already in use" in ended.stderr
    ended = run_to_end(program, f"--logdir={logs}", "--port=65536")
    assert (ended.returncode, ended.stderr) == (255, "ERROR: TensorBoard cannot bind to port 65536 > 65535\n")
    ended = run_to_end(program, f"--logdir={logs}", "--host=192.0.2.1", "--port=0")
    assert ended.returncode == 1
    assert "192.0.2.1" in ended.stderr


@pytest.mark.parametrize(
    ("how", "said"), [(signal.SIGTERM, "Fanlight caught SIGTERM; exiting..."), (signal.SIGINT, "")]
)
def test_signals_end_it_cleanly(how: signal.Signals, said: str, start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs)
    board.wait_for_points("run", "loss", 10)
    stream = urllib.request.urlopen(urllib.parse.urljoin(board.url, "/api/v1/events"), timeout=10)
    assert b"event: change" in stream.readline()
    assert board.stop(how) == 0
    assert said in board.log.read_text()


def test_as_tensorboard_it_speaks_so_and_leaves_the_info_file(programs: Path, logs: Path, tmp_path: Path) -> None:
    alias = tmp_path / "tensorboard"
    alias.symlink_to(programs / "fanlight")
    os.environ["TMPDIR"] = str(tmp_path)
    try:
        board = Board(alias, logs, tmp_path / "log", "-host", "0.0.0.0", "--port", "0")
    finally:
        del os.environ["TMPDIR"]
    try:
        assert re.search(
            r"^TensorBoard 2\.21\.0 at http://0\.0\.0\.0:\d+/ \(Press CTRL\+C to quit\)$", board.log.read_text(), re.M
        )
        assert board.json("/data/runs") is not None  # No token is asked for.
        info = json.loads((tmp_path / f".tensorboard-info/pid-{board.process.pid}.info").read_text())
        assert info["logdir"] == str(logs)
        assert info["port"] == urllib.parse.urlsplit(board.url).port
    finally:
        assert board.stop() == 0
    assert "TensorBoard caught SIGTERM; exiting..." in board.log.read_text()
    assert not list((tmp_path / ".tensorboard-info").iterdir())


def status_of(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_bound_wider_it_asks_for_its_token(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs, "--host", "0.0.0.0")
    parts = urllib.parse.urlsplit(board.url)
    token = urllib.parse.parse_qs(parts.query)["token"][0]
    base = f"http://{parts.netloc}"
    for path in ("/", "/data/runs", "/api/v1/status", "/api/v1/events"):
        assert status_of(base + path) == 401, path
        assert status_of(base + path, Authorization="Bearer wrong") == 401, path
        assert status_of(base + path, Authorization=f"Bearer {token}") == 200, path


def test_a_browser_gets_a_cookie_for_the_token(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs, "--host", "0.0.0.0")
    parts = urllib.parse.urlsplit(board.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", f"/?a=1&{parts.query}", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.headers["Location"]) == (303, "/?a=1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    connection.request("GET", "/data/runs", headers={"Cookie": cookie.split(";")[0]})
    assert connection.getresponse().status == 200


def test_without_auth_when_told_so(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs, "--host", "0.0.0.0", "--auth", "none")
    assert "token" not in board.url
    assert status_of(board.url) == 200
    assert "Anyone who reaches this machine" in board.log.read_text()


def test_on_loopback_other_names_are_refused(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs, "--allow_host", "board.example")
    assert status_of(board.url, Host="evil.example") == 403
    assert status_of(board.url, Host="board.example") == 200


def test_it_waits_for_a_logdir_that_does_not_exist(start_board: Callable[..., Board], tmp_path: Path) -> None:
    logs = tmp_path / "later"
    board = start_board(logs)
    assert board.json("/api/v1/status")["state"] == "missing"
    assert board.json("/data/runs") == []
    wait_until(lambda: "does not exist yet; waiting for it" in board.log.read_text(), "it says so")
    write_run(logs / "run/events.out.tfevents.1", range(3))
    board.wait_for_points("run", "loss", 3)


def test_the_stream_tells_of_growth(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs)
    board.wait_for_points("run", "loss", 10)
    stream = urllib.request.urlopen(urllib.parse.urljoin(board.url, "/api/v1/events"), timeout=10)

    def next_change() -> dict[str, Any]:
        for line in stream:
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        raise AssertionError("the stream ended")

    first = next_change()
    assert first["series"] is None
    write_run(logs / "run/events.out.tfevents.1", range(10, 12))
    change = next_change()
    while change["series"] == []:  # Only the bytes read changed.
        change = next_change()
    assert change["series"] == [[0, "loss", 12]]
    assert change["change"] > first["change"]


def test_killed_while_a_writer_goes_on_it_loses_nothing(start_board: Callable[..., Board], logs: Path) -> None:
    file = logs / "run/events.out.tfevents.1"
    total = 10
    for _ in range(5):
        board = start_board(logs)
        board.wait_for_points("run", "loss", total)
        write_run(file, range(total, total + 50))
        board.stop(signal.SIGKILL)
        write_run(file, range(total + 50, total + 60))
        total += 60
    board = start_board(logs)
    points = board.wait_for_points("run", "loss", total)
    assert points == [(1.5 + step, step, step / 2) for step in range(total)]


def test_a_torn_last_record_is_completed(start_board: Callable[..., Board], logs: Path) -> None:
    file = logs / "run/events.out.tfevents.1"
    board = start_board(logs)
    board.wait_for_points("run", "loss", 10)
    record = scalar_record(10, 11.5, "loss", 5.0)
    for i in range(len(record)):
        with file.open("ab") as out:
            out.write(record[i : i + 1])
    assert board.wait_for_points("run", "loss", 11)[-1] == (11.5, 10, 5.0)
    assert board.json("/api/v1/status")["damage"]["count"] == 0


def test_the_page_is_there(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs)
    with urllib.request.urlopen(board.url, timeout=10) as answer:
        page = answer.read().decode()
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for name in re.findall(r'(?:src|href)="\./([^"]+)"', page):
        with urllib.request.urlopen(urllib.parse.urljoin(board.url, name), timeout=10) as answer:
            # Its parts have their contents in their names; the lists that it asks for beforehand change.
            is_part = name.startswith("assets/")
            kept = "public, max-age=31536000, immutable" if is_part else "no-cache, must-revalidate"
            assert answer.headers["Cache-Control"] == kept
            assert answer.read()


def test_the_page_can_be_served_from_a_folder(start_board: Callable[..., Board], logs: Path, tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui/index.html").write_text("from the folder")
    board = start_board(logs, "--ui-dir", str(tmp_path / "ui"))
    assert board.get("/") == b"from the folder"


def test_a_prefix(start_board: Callable[..., Board], logs: Path) -> None:
    board = start_board(logs, "--path_prefix", "/board")
    assert urllib.parse.urlsplit(board.url).path == "/board/"
    assert board.json("/board/data/runs") == ["run"]
    with pytest.raises(urllib.error.HTTPError):
        board.get("/data/runs")


def test_a_run_that_goes_is_gone(start_board: Callable[..., Board], logs: Path) -> None:
    write_run(logs / "other/events.out.tfevents.1", range(3))
    board = start_board(logs)
    board.wait_for_points("other", "loss", 3)
    shutil.rmtree(logs / "other")
    wait_until(lambda: board.json("/data/runs") == ["run"], "the run is gone")
