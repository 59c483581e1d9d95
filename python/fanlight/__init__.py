"""Fanlight for Python. `fanlight.tf1` is TensorFlow 1's interface over Fanlight's engine."""

__version__ = "0.1.0"
