"""fanlight-mnist as its users meet it: what it prints, leaves, reaches, and says when something is wrong."""

import re
import shutil
import signal
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import wait_until

STEP = re.compile(r"Step (\d+): loss = (\d+\.\d\d) \((\d+\.\d{3}) sec\)")
RESULT = re.compile(r"Num examples: (\d+)  Num correct: (\d+)  Precision @ 1: (\d\.\d{4})")
FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]

Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def train(programs: Path, tmp_path: Path) -> Train:
    def run(*flags: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [programs / "fanlight-mnist", f"--log_dir={tmp_path / 'logs'}", *flags],
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_tutorials_run(train, mnist, tmp_path):
    done = train(f"--input_data_dir={mnist}", "--seed=3")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [Path(line.removeprefix("Extracting ")) for line in lines[:4]] == [mnist / name for name in FILES]
    evaluation = ["Training Data Eval:", "Num", "Validation Data Eval:", "Num", "Test Data Eval:", "Num"]
    expected = [f"Step {step}:" for step in range(0, 1000, 100)] + evaluation
    expected += [f"Step {step}:" for step in range(1000, 2000, 100)] + evaluation
    assert len(lines) == 4 + len(expected)
    for line, begin in zip(lines[4:], expected, strict=True):
        assert line.startswith(begin)
        if begin.startswith("Step"):
            assert STEP.fullmatch(line), line
        if begin == "Num":
            assert RESULT.fullmatch(line), line
    results = [RESULT.fullmatch(line) for line in lines if line.startswith("Num")]
    assert [int(result.group(1)) for result in results if result] == [55000, 5000, 10000] * 2
    for result in results[3:]:
        assert result
        assert 0.89 <= float(result.group(3)) <= 0.92
        assert result.group(3) == f"{int(result.group(2)) / int(result.group(1)):.4f}"
    losses = [float(match.group(2)) for match in map(STEP.fullmatch, lines) if match]
    assert 2.2 < losses[0] < 2.5
    assert losses[-1] < 0.6
    kinds = {re.sub(r"^events\.out\.tfevents\..*", "events", name) for name in names(tmp_path / "logs")}
    assert kinds == {"events", "checkpoint"} | {
        f"model.ckpt-{step}.{part}" for step in (999, 1999) for part in ("index", "meta", "data-00000-of-00001")
    }
    assert f'model_checkpoint_path: "{tmp_path}/logs/model.ckpt-1999"' in (tmp_path / "logs/checkpoint").read_text()


def test_a_seed_repeats_a_run(train, mnist, tmp_path):
    flags = [f"--input_data_dir={mnist}", "--max_steps=300", "--seed=11"]
    first = re.sub(r"\(.*sec\)", "", train(*flags).stdout)
    data = (tmp_path / "logs/model.ckpt-299.data-00000-of-00001").read_bytes()
    assert re.sub(r"\(.*sec\)", "", train(*flags).stdout) == first
    assert (tmp_path / "logs/model.ckpt-299.data-00000-of-00001").read_bytes() == data
    assert re.sub(r"\(.*sec\)", "", train(*flags[:2], "--seed=12").stdout) != first


def test_fake_data(train):
    done = train("--fake_data", "--max_steps=101", "-hidden1", "16", "-hidden2=8")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["Step 0", "Step 100"]
    assert lines[2:] == [
        line
        for name in ("Training", "Validation", "Test")
        for line in (f"{name} Data Eval:", "Num examples: 10000  Num correct: 10000  Precision @ 1: 1.0000")
    ]


def test_missing_data_names_the_command_and_leaves_the_logs(train, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/checkpoint").write_text("an earlier run's")
    done = train(f"--input_data_dir={tmp_path / 'nothing'}")
    assert done.returncode == 1
    assert f"./run mnist {tmp_path / 'nothing'}" in done.stderr
    assert "train-images-idx3-ubyte" in done.stderr
    assert names(tmp_path / "logs") == {"checkpoint"}


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("train-images-idx3-ubyte", lambda data: data[:1000], "shorter than its header says: got 1000 bytes"),
        ("train-labels-idx1-ubyte", lambda data: b"\0" + data[:-1], "Invalid magic number"),
        ("t10k-labels-idx1-ubyte", lambda data: data[:-1] + b"\x63", "is 99, want less than 10"),
        ("t10k-images-idx3-ubyte", lambda data: data + b"x", "longer than its header says"),
    ],
)
def test_damaged_data_is_told(train, mnist, tmp_path, name, damage, message):
    folder = tmp_path / "data"
    folder.mkdir()
    for file in FILES:
        (folder / file).symlink_to(mnist / file)
    (folder / name).unlink()
    (folder / name).write_bytes(damage((mnist / name).read_bytes()))
    done = train(f"--input_data_dir={folder}")
    assert done.returncode == 1
    assert message in done.stderr
    assert str(folder / name) in done.stderr


def test_what_is_not_a_runs_own_stays(train, tmp_path):
    logs = tmp_path / "logs"
    (logs / "photos").mkdir(parents=True)
    (logs / "letter.txt").write_text("dear")
    for name in ("events.out.tfevents.1.x", "checkpoint", "model.ckpt-7.index"):
        (logs / name).write_text("old")
    done = train("--fake_data", "--max_steps=1")
    assert done.returncode == 0
    assert "letter.txt, photos" in done.stderr
    assert (logs / "letter.txt").read_text() == "dear"
    assert "model.ckpt-7.index" not in names(logs)


def test_unknown_flags_are_left_alone_and_bad_values_are_not(train):
    done = train("--fake_data", "--max_steps=1", "--no_such_flag=3")
    assert done.returncode == 0
    assert "--no_such_flag=3" in done.stderr
    assert train("--batch_size=0").returncode != 0
    assert train("--max_steps=many").returncode != 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_finishes_the_step_and_saves(programs, tmp_path, how):
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [programs / "fanlight-mnist", "--fake_data", "--max_steps=1000000", f"--log_dir={tmp_path / 'logs'}"],
            stdout=out,
            stderr=out,
        )
    wait_until(lambda: "Step 100:" in log.read_text(), "a hundred steps")
    process.send_signal(how)
    assert process.wait(20) == 0
    match = re.search(r"Stopped after step (\d+): saved in (\S+)\n$", log.read_text())
    assert match, log.read_text()
    assert Path(match.group(2)).name == f"model.ckpt-{match.group(1)}"
    assert Path(match.group(2) + ".index").exists()


def test_resume_goes_on_from_the_latest_checkpoint(train, mnist, tmp_path):
    assert train(f"--input_data_dir={mnist}", "--max_steps=1000", "--seed=3").returncode == 0
    before = names(tmp_path / "logs")
    done = train(f"--input_data_dir={mnist}", "--max_steps=1500", "--resume")
    assert done.returncode == 0, done.stderr
    assert f"Resuming from {tmp_path}/logs/model.ckpt-999 at step 1000" in done.stdout
    steps = [int(match.group(1)) for match in map(STEP.match, done.stdout.splitlines()) if match]
    assert steps == [1000, 1100, 1200, 1300, 1400]
    assert before < names(tmp_path / "logs")
    state = (tmp_path / "logs/checkpoint").read_text()
    assert re.findall(r"model\.ckpt-\d+", state) == ["model.ckpt-1499", "model.ckpt-999", "model.ckpt-1499"]


# What a shell makes of --predict "$IMG" without IMG, flags that are wrong, and flags that are mistyped.
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--predict", ""], "--predict: an empty value"),
        (["--predict="], "--predict: an empty value"),
        (["--log_dir="], "--log_dir: an empty value"),
        (["--train_dir", ""], "--train_dir: an empty value"),
        (["--input_data_dir", ""], "--input_data_dir: an empty value"),
        (["--learning_rate=nan"], "--learning_rate: no finite number"),
        (["--max_steps=3000000000"], "--max_steps"),
        (["--batch_size=60000"], "--batch_size 60000 is more than the 55000 images there are"),
        (["--hidden1=100000000000"], "--hidden1: Value 100000000000 not in range 1 to 65536"),
        (["--resmue"], "--resmue was not understood"),
        (["--predcit", "7"], "--predcit 7 was not understood"),
    ],
)
def test_a_saved_model_survives_flags_that_are_wrong(train, mnist, tmp_path, flags, message):
    assert train("--fake_data", "--max_steps=2").returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "logs").iterdir()}
    done = train(f"--input_data_dir={mnist}", "--max_steps=1", *flags)
    assert done.returncode != 0
    assert message in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "logs").iterdir()} == before


def test_the_last_good_checkpoint_restores(train, mnist, tmp_path):
    logs = tmp_path / "logs"
    # The steps are counted on, so that two checkpoints are there.
    assert train("--fake_data", "--max_steps=1001", "--seed=3").returncode == 0
    damaged = logs / "model.ckpt-1000.data-00000-of-00001"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    done = train("--fake_data", "--max_steps=1002", "--resume")
    assert done.returncode == 0, done.stderr
    assert "model.ckpt-1000 does not restore" in done.stderr
    assert str(damaged) in done.stderr
    assert f"Resuming from {logs}/model.ckpt-999 at step 1000" in done.stdout
    state = (logs / "checkpoint").read_text()
    assert re.findall(r"model\.ckpt-\d+", state) == ["model.ckpt-1001", "model.ckpt-999", "model.ckpt-1001"]
    assert damaged.exists()

    (logs / "checkpoint").write_text("nothing that can be read {")
    done = train("--fake_data", "--max_steps=1003", "--resume")
    assert done.returncode == 0, done.stderr
    assert "checkpoint state cannot be parsed" in done.stderr
    assert f"Resuming from {logs}/model.ckpt-1001 at step 1002" in done.stdout
    (tmp_path / "digit.png").write_bytes(png(bytes(784), 28))
    damaged = logs / "model.ckpt-1002.index"
    damaged.write_bytes(b"")
    done = train(f"--predict={tmp_path / 'digit.png'}")
    assert done.returncode == 0, done.stderr
    assert "model.ckpt-1002 does not restore" in done.stderr
    assert f"Model restored from file: {logs}/model.ckpt-1001" in done.stdout

    for path in logs.glob("*.index"):
        path.write_bytes(b"")
    before = {path.name: path.read_bytes() for path in logs.iterdir()}
    done = train("--fake_data", "--max_steps=2000", "--resume")
    assert done.returncode == 1
    assert f'no checkpoint in "{logs}" restores; the newest: ' in done.stderr
    assert {path.name: path.read_bytes() for path in logs.iterdir()} == before


def png(pixels: bytes, side: int) -> bytes:
    """A grey picture of `side` by `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[start : start + side] for start in range(0, len(pixels), side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_saved_model_is_used(train, mnist, tmp_path):
    assert train(f"--input_data_dir={mnist}", "--max_steps=2000", "--seed=3").returncode == 0

    def predict(what: str | Path) -> str:
        done = train(f"--input_data_dir={mnist}", f"--predict={what}")
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == f"Model restored from file: {tmp_path}/logs/model.ckpt-1999"
        percents = [float(line.split()[1]) for line in lines[1:11]]
        assert sum(percents) == pytest.approx(100, abs=0.1)
        match = re.fullmatch(r"Predicted: (\d)( \(labelled \d\))?", lines[11])
        assert match
        assert percents[int(match.group(1))] == max(percents)
        return lines[11]

    images = (mnist / "t10k-images-idx3-ubyte").read_bytes()[16:]
    right = 0
    for index in range(10):
        told = predict(str(index))
        right += told[11] == told[-2]
        pixels = images[784 * index : 784 * (index + 1)]
        (tmp_path / "digit.png").write_bytes(png(pixels, 28))
        assert predict(tmp_path / "digit.png")[:12] == told[:12]
        # Dark ink on paper, and twice as large.
        doubled = b"".join(bytes(255 - p for p in pixels[28 * (y // 2) :][:28] for _ in "xx") for y in range(56))
        (tmp_path / "digit.png").write_bytes(png(doubled, 56))
        assert predict(tmp_path / "digit.png")[:12] == told[:12]
    assert right >= 8
    for what, message in [
        ("10000", "no image 10000"),
        ("no.png", "no.png"),
        (mnist / FILES[1], "cannot read the picture"),
    ]:
        done = train(f"--input_data_dir={mnist}", f"--predict={what}")
        assert done.returncode == 1
        assert message in done.stderr


def test_a_gzipped_copy_reads_alike(train, mnist, tmp_path):
    folder = tmp_path / "zipped"
    folder.mkdir()
    for file in FILES:
        shutil.copy(mnist / file, folder / file)
        subprocess.run(["gzip", "-1", folder / file], check=True)
    flags = ["--max_steps=200", "--seed=1"]
    plain = train(f"--input_data_dir={mnist}", *flags).stdout.splitlines()
    zipped = train(f"--input_data_dir={folder}", *flags).stdout.splitlines()
    assert zipped[0] == f"Extracting {folder / FILES[0]}.gz"
    assert [line for line in zipped if "Num" in line] == [line for line in plain if "Num" in line]
