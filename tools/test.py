#!/usr/bin/env python3
"""Runs every part of the tests, whatever fails, and ends with the sum. `./run test` sets up and calls it.

    test.py --mnist DIR [PART...]
    test.py --list

Reports (JUnit), logs and screenshots are left in build/artifacts.
"""

import argparse
import functools
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import junit
import sum_reports

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
ARTIFACTS = BUILD / "artifacts"
PROGRAMS = BUILD / "release" / "bin"
STARTED_S = int(os.environ.get("FANLIGHT_STARTED_US", time.time() * 1e6)) / 1e6
# Parts with threads that meet over shared state.
THREADED = ["base", "events", "store", "ingest", "http", "api", "tensor", "graph"]
# What reads bytes from outside and keeps them: a full sanitizer build takes as long as all other parts together.
# `./run test asan-all` builds everything.
READERS = ["base", "events", "store", "ingest"]


def say(text: str) -> None:
    print(f"[{time.time() - STARTED_S:6.1f} s] {text}", flush=True)


def command(log: str, *words: str | Path, env: dict[str, str] | None = None, timeout_s: float = 2400) -> str:
    """Runs it with its output in artifacts/logs. Returns the end of the output when it failed, else nothing."""
    path = ARTIFACTS / "logs" / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as out:
        try:
            code = subprocess.run(
                [str(word) for word in words],
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
            ).returncode
        except FileNotFoundError as error:
            return f"cannot run {words[0]}: {error}"
        except subprocess.TimeoutExpired:
            return f"{words[0]} was ended after {timeout_s:.0f} s; its log: {path}"
    if code == 0:
        return ""
    tail = path.read_text(encoding="utf-8", errors="replace").splitlines()[-60:]
    return "\n".join([*tail, f"{Path(words[0]).name} ended with {code}"])


def report(name: str) -> Path:
    return ARTIFACTS / "reports" / f"{name}.xml"


@dataclass
class Part:
    name: str
    about: str
    run: Callable[["Options"], str]  # Returns what went wrong, or nothing.
    reports: list[str]


@dataclass
class Options:
    mnist: Path


@functools.cache
def build(preset: str, *words: str) -> str:
    """One build, which counts as one test. Parts that need the same one share it."""
    start = time.monotonic()
    werror = ["-DFANLIGHT_WERROR=ON"] if os.environ.get("CI") else []
    options = [word for word in words if word.startswith("-D")]
    targets = [word for word in words if not word.startswith("-D")]
    failure = command(
        f"build-{preset}",
        ROOT / "run",
        "build-preset",
        preset,
        *options,
        *werror,
        *(["--", *targets] if targets else []),
    )
    junit.write(report(f"build-{preset}"), "build", [junit.Case(preset, time.monotonic() - start, failure)])
    return failure


def ctest(preset: str, *words: str, wrapper: tuple[str, ...] = (), env: dict[str, str] | None = None) -> str:
    return command(
        f"ctest-{preset}",
        *wrapper,
        "ctest",
        "--test-dir",
        BUILD / preset,
        "--output-on-failure",
        "--no-tests=error",
        "--parallel",
        str(os.cpu_count() or 2),
        "--output-junit",
        report(f"ctest-{preset}"),
        *words,
        env=env,
    )


def run_lint(_: Options) -> str:
    return command("lint", sys.executable, ROOT / "tools/checks.py", "--junit", report("lint"))


def pytest(name: str, folder: str, env: dict[str, str] | None = None) -> str:
    return command(
        name,
        sys.executable,
        "-m",
        "pytest",
        "-ra",
        "--junit-xml",
        report(name),
        "-p",
        "no:cacheprovider",
        folder,
        env=env,
    )


def run_tools(_: Options) -> str:
    return pytest("tools", "tools/tests")


def run_dev(options: Options) -> str:
    return build("dev") or ctest("dev", env=programs_env(options))


def run_ui(_: Options) -> str:
    return command(
        "ui",
        "npm",
        "--prefix",
        "ui",
        "test",
        "--",
        "--reporter=default",
        "--reporter=junit",
        f"--outputFile.junit={report('ui')}",
    )


def programs_env(options: Options) -> dict[str, str]:
    return {
        "FANLIGHT_BIN": str(PROGRAMS),
        "FANLIGHT_TEST_BIN": str(BUILD / "dev/bin"),
        "FANLIGHT_MNIST_DIR": str(options.mnist),
    }


def run_release(_: Options) -> str:
    # The benchmarks too: nothing else in the tests would notice that they no longer build.
    return build("release", "-DFANLIGHT_TESTS=OFF", "-DFANLIGHT_BENCH=ON")


def run_integration(options: Options) -> str:
    return run_release(options) or build("dev") or pytest("integration", "tests/integration", env=programs_env(options))


def run_python(options: Options) -> str:
    env = {**programs_env(options), "FANLIGHT_PYTHON_DIR": str(BUILD / "release/python")}
    return run_release(options) or pytest("python", "tests/python", env=env)


def run_browser(options: Options) -> str:
    shots = ARTIFACTS / "browser"
    failure = (
        run_release(options)
        or command("browser", "npm", "--prefix", "ui", "run", "build")
        or command("browser", "node", "tests/browser/run.mjs", "--bin", PROGRAMS, "--out", shots, timeout_s=900)
    )
    for path in shots.glob("*.xml"):
        shutil.move(path, report(path.stem))
    return failure


def run_sanitized(options: Options, targets: list[str], *words: str) -> str:
    return build("asan", *targets) or ctest(
        "asan",
        *words,
        env={
            **programs_env(options),
            "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        },
    )


def run_asan(options: Options) -> str:
    targets = [f"fanlight_{name}_test" for name in READERS]
    return run_sanitized(options, targets, "--tests-regex", f"^({'|'.join(READERS)})\\.")


def run_asan_all(options: Options) -> str:
    return run_sanitized(options, [])


def run_asan_python(options: Options) -> str:
    # Python itself is built without it. It looks for what throws exceptions when it starts.
    preloaded = [
        subprocess.run(["c++", f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()
        for name in ("libasan.so", "libstdc++.so")
    ]
    env = {
        **programs_env(options),
        "FANLIGHT_PYTHON_DIR": str(BUILD / "asan-python/python"),
        "LD_PRELOAD": " ".join(preloaded),
        "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    return build("asan-python", "fanlight_python_files") or pytest("asan-python", "tests/python", env=env)


def run_tsan(options: Options) -> str:
    targets = [f"fanlight_{name}_test" for name in THREADED]
    # The sanitizer needs its shadow memory at fixed addresses; kernels with much address randomisation put
    # libraries there.
    plain = ("setarch", platform.machine(), "--addr-no-randomize")
    wrapper = plain if subprocess.run([*plain, "true"], capture_output=True).returncode == 0 else ()
    return build("tsan", *targets) or ctest(
        "tsan",
        "--tests-regex",
        f"^({'|'.join(THREADED)})\\.",
        wrapper=wrapper,
        env={
            **programs_env(options),
            # oneDNN's threads are OpenMP's, whose barriers the sanitizer does not know: there is one. The engine's
            # tests make workers of their own.
            "OMP_NUM_THREADS": "1",
            "TSAN_OPTIONS": f"second_deadlock_stack=1:suppressions={ROOT / 'tools/tsan-suppressions.txt'}",
        },
    )


PARTS = [
    Part("lint", "formatters, linters, layers, house rules", run_lint, ["lint"]),
    Part("tools", "tests of the repository's own tools", run_tools, ["tools"]),
    Part("ui", "unit tests of the page", run_ui, ["ui"]),
    Part("release", "build of the programs that people use, and of the benchmarks", run_release, ["build-release"]),
    Part("dev", "unit, golden, case, property tests and fuzz replays", run_dev, ["build-dev", "ctest-dev"]),
    Part("integration", "programs, TensorBoard and TensorFlow together", run_integration, ["integration"]),
    Part("python", "TensorFlow 1 programs on fanlight.tf1 and on TensorFlow", run_python, ["python"]),
    Part("browser", "journeys in Chromium against the program", run_browser, ["browser.page", "browser.program"]),
    Part("asan", "readers of logs under the address and undefined sanitizers", run_asan, ["build-asan", "ctest-asan"]),
]
# Long ones, run when named.
MORE_PARTS = [
    Part("asan-all", "all dev tests under the same sanitizers", run_asan_all, ["build-asan", "ctest-asan"]),
    Part(
        "asan-python",
        "the Python programs under the same sanitizers",
        run_asan_python,
        ["build-asan-python", "asan-python"],
    ),
    Part("tsan", "tests with threads under the thread sanitizer", run_tsan, ["build-tsan", "ctest-tsan"]),
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="run test")
    parser.add_argument("--list", action="store_true", help="name the parts and end")
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("part", nargs="*", help="parts to run; none: all but the long ones")
    arguments = parser.parse_args()
    if arguments.list:
        for part in [*PARTS, *MORE_PARTS]:
            print(f"{part.name:<12} {part.about}{' (when named)' if part in MORE_PARTS else ''}")
        return 0
    known = {part.name: part for part in [*PARTS, *MORE_PARTS]}
    if unknown := [name for name in arguments.part if name not in known]:
        parser.error(f'no part "{unknown[0]}"; there are {", ".join(known)}')
    parts = [known[name] for name in arguments.part] or PARTS
    shutil.rmtree(ARTIFACTS, ignore_errors=True)
    report("x").parent.mkdir(parents=True)
    options = Options(mnist=arguments.mnist or Path())
    names = []
    for part in parts:
        say(f"{part.name}: {part.about}")
        start = time.monotonic()
        failure = part.run(options)
        names += part.reports
        if failure:
            print(failure, flush=True)
            if not any(sum_reports.read(report(name)).failed for name in part.reports):
                # Every test passed, yet the runner did not end well: a crash at its end, a leak.
                names.append(f"{part.name}-end")
                junit.write(report(names[-1]), part.name, [junit.Case("ends well", 0, failure)])
        say(f"{part.name}: {'FAILED' if failure else 'passed'} in {time.monotonic() - start:.0f} s")
    say(f"reports and logs are in {ARTIFACTS}")
    return sum_reports.main([str(ARTIFACTS / "reports"), *names])


if __name__ == "__main__":
    sys.exit(main())
