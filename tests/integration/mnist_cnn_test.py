"""The small convolutional network of the examples, on the real MNIST."""

import re
import subprocess


def test_three_epochs_read_99_of_100_digits(programs, mnist, tmp_path):
    done = subprocess.run(
        [programs / "example-mnist-cnn", tmp_path / "logs", mnist], capture_output=True, text=True, timeout=1500
    )
    assert done.returncode == 0, done.stderr
    precision = re.search(r"test precision: ([\d.]+)", done.stdout)
    assert precision, done.stdout
    assert float(precision[1]) >= 0.99
