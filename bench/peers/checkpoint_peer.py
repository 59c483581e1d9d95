"""Others save and restore a gigabyte of variables: the peers that bench/checkpoint.py measures.

    checkpoint_peer.py tensorflow|torch|torch-mmap|safetensors save|restore|first-tensor PREFIX

Prints a line of JSON, as checkpoint-measure does; with a reason on standard error and code 3 where the library is not
installed. What is restored is read before from the page cache.
"""

import json
import mmap
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

VARIABLES = 16
ELEMENTS = 16 << 20
TOTAL_MB = VARIABLES * ELEMENTS * 4 / 1e6


def memory_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1e3
    return 0.0


def claim_free_memory() -> None:
    """The host of a virtual machine takes back what is free within seconds; what is measured is not the host."""
    with mmap.mmap(-1, 5 << 28, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE):
        pass


class Measurement:
    """Seconds, and memory at its peak beyond what was held before."""

    def __enter__(self) -> "Measurement":
        claim_free_memory()
        Path("/proc/self/clear_refs").write_text("5\n")
        self.before = memory_mb("VmRSS")
        self.start = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = time.perf_counter() - self.start
        self.extra_mb = memory_mb("VmHWM") - self.before


def values() -> dict[str, np.ndarray]:
    base = np.arange(ELEMENTS, dtype=np.float32) * np.float32(0.001)
    return {f"v{i:02d}": base + np.float32(i) for i in range(VARIABLES)}


def warm(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def tensorflow(what: str, prefix: str) -> Measurement:
    import tensorflow.compat.v1 as tf

    if what == "first-tensor":
        warm(Path(prefix + ".data-00000-of-00001"))
        with Measurement() as measured:
            tf.train.load_checkpoint(prefix).get_tensor("v00")
        return measured
    tf.disable_v2_behavior()
    variables = [tf.get_variable(f"v{i:02d}", [ELEMENTS], initializer=tf.zeros_initializer()) for i in range(VARIABLES)]
    saver = tf.train.Saver()
    session = tf.Session()
    if what == "save":
        session.run(tf.global_variables_initializer())
        for variable, value in zip(variables, values().values(), strict=True):
            variable.load(value, session)
        with Measurement() as measured:
            saver.save(session, prefix, write_meta_graph=False)
        return measured
    warm(Path(prefix + ".data-00000-of-00001"))
    if what == "restore-again":
        session.run(tf.global_variables_initializer())
    with Measurement() as measured:
        saver.restore(session, prefix)
    return measured


def torch(what: str, prefix: str, mmap: bool = False) -> Measurement:
    import torch

    if mmap and not hasattr(torch, "compile"):
        raise ImportError(f"torch {torch.__version__} cannot map files, 2.1 can")
    path = Path(prefix + ".pt")
    if what == "save":
        tensors = {name: torch.from_numpy(value) for name, value in values().items()}
        with Measurement() as measured:
            torch.save(tensors, path)
        return measured
    warm(path)
    with Measurement() as measured:
        tensors = torch.load(path, **({"mmap": True} if mmap else {}))
        if what == "first-tensor":
            float(tensors["v00"].sum())
    return measured


def safetensors(what: str, prefix: str) -> Measurement:
    import safetensors.numpy

    path = Path(prefix + ".safetensors")
    if what == "save":
        tensors = values()
        with Measurement() as measured:
            safetensors.numpy.save_file(tensors, path)
        return measured
    warm(path)
    with Measurement() as measured:
        if what == "first-tensor":
            with safetensors.safe_open(path, "np") as file:
                file.get_tensor("v00")
        else:
            safetensors.numpy.load_file(path)
    return measured


def main() -> int:
    library, what, prefix = sys.argv[1:]
    try:
        if library == "tensorflow":
            measured = tensorflow(what, prefix)
        elif library == "safetensors":
            measured = safetensors(what, prefix)
        else:
            measured = torch(what, prefix, mmap=library == "torch-mmap")
    except ImportError as error:
        print(error, file=sys.stderr)
        return 3
    held_mb = TOTAL_MB if what == "restore" and library != "torch-mmap" else 0
    print(json.dumps({"seconds": measured.seconds, "extra_mb": measured.extra_mb - held_mb}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
