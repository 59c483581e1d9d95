#!/usr/bin/env python3
"""What verifying the CRC of every payload costs while a log directory is loaded: with and without, in turn.

TensorBoard's loaders verify none by default: a flipped bit is then shown as a value.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

import load
import measure


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--logs", type=Path, default=load.ROOT / "build/bench-logs")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--profile", action="append", choices=load.PROFILES)
    flags = parser.parse_args()
    flags.logs.mkdir(parents=True, exist_ok=True)
    print(f"CPU seconds to load, payload CRCs verified or not; least of {flags.repeat} ({measure.machine()})")
    print(f"  {'':20}{'verified':>10}{'not':>10}{'price':>10}{'GB/s each core':>18}")
    for profile in flags.profile or load.PROFILES:
        logdir = load.make_logs(flags.bin, flags.logs.resolve(), profile, flags.scale)
        spent: dict[bool, list[float]] = {True: [], False: []}
        total = 0
        for _ in range(flags.repeat):
            for is_verified, words in ((True, []), (False, ["--no-crc"])):
                command = [flags.bin / "ingest-bench", logdir, *words]
                told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
                spent[is_verified].append(told["cpu_s"])
                total = told["bytes"]
        verified, not_verified = min(spent[True]), min(spent[False])
        price = statistics.median(a - b for a, b in zip(spent[True], spent[False], strict=True))
        speed = f"{total / price / 1e9:.0f}" if price > 0 else "not to be seen"
        print(f"  {profile:20}{verified:>10.3f}{not_verified:>10.3f}{price / verified:>10.0%}{speed:>18}")


if __name__ == "__main__":
    main()
