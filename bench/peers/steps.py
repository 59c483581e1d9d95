"""What the Python peers of bench/engine.py share: their flags, the rounds, the line of JSON, the data."""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

START_S = time.perf_counter()
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
RATE = 0.01
SIZES = {"mnist": (100, [784, 128, 32, 10]), "mlp2048": (512, [784, 2048, 2048, 10]), "cnn": (100, [3136, 1024, 10])}


def batch(workload: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels that every step trains on."""
    size = SIZES[workload][0]
    random = np.random.RandomState(7)
    images = (random.randint(0, 256, (size, 784)) / 255).astype(np.float32)
    return images, random.randint(0, 10, size).astype(np.int32)


def weights(workload: str) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.RandomState(1)
    sizes = SIZES[workload][1]
    return [
        ((random.standard_normal((a, b)) / np.sqrt(a)).astype(np.float32), np.zeros(b, np.float32))
        for a, b in zip(sizes, sizes[1:], strict=False)
    ]


def filters() -> list[tuple[np.ndarray, np.ndarray]]:
    """Of the two convolutions, height by width by channels by features."""
    random = np.random.RandomState(2)
    return [
        ((random.standard_normal((5, 5, channels, features)) * 0.1).astype(np.float32), np.zeros(features, np.float32))
        for channels, features in ((1, 32), (32, 64))
    ]


def examples() -> Callable[[], tuple[float, float]]:
    """The next example of a linear regression."""
    state = {"x": 3.3}

    def following() -> tuple[float, float]:
        x = state["x"]
        state["x"] = 3.3 if x > 10 else x + 0.1
        return x, x * 0.5

    return following


def main(workloads: dict[str, Callable[[], Callable[[], object]]]) -> None:
    """Measures the workloads that are asked for. Each makes a function that does a step and returns when it is done."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("workload", nargs="*")
    flags = parser.parse_args()
    for name in flags.workload or list(workloads):
        if name not in workloads:
            continue
        begin = time.perf_counter()
        step = workloads[name]()
        step()
        first = time.perf_counter() - begin
        once = time.perf_counter()
        step()
        a_round = max(1, min(1000, int(0.01 / (time.perf_counter() - once + 1e-7))))
        end = time.perf_counter() + flags.seconds
        for _ in range(20):
            if time.perf_counter() < end:
                step()
        rounds: list[float] = []
        cpu = time.process_time()
        while len(rounds) < 3 or time.perf_counter() < end:
            begin = time.perf_counter()
            for _ in range(a_round):
                step()
            rounds.append((time.perf_counter() - begin) / a_round)
        cpu = (time.process_time() - cpu) / (len(rounds) * a_round)
        line = {
            "workload": name,
            "us_per_step": statistics.median(rounds) * 1e6,
            "best_us_per_step": min(rounds) * 1e6,
            "cpu_us_per_step": cpu * 1e6,
            "first_step_us": first * 1e6,
        }
        print(json.dumps(line), flush=True)
