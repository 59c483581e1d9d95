"""The steps written by hand in NumPy, as bench/engine.py measures them."""

from collections.abc import Callable

import numpy as np
import steps


def run() -> Callable[[], object]:
    x = np.float32(1)
    return lambda: x + 1


def linreg() -> Callable[[], object]:
    state = {"weight": 0.3, "bias": -0.2}
    following = steps.examples()

    def step() -> None:
        x, y = following()
        slope = (x * state["weight"] + state["bias"] - y) / 17
        state["weight"] -= steps.RATE * slope * x
        state["bias"] -= steps.RATE * slope

    return step


def network(workload: str) -> Callable[[], object]:
    layers = steps.weights(workload)
    images, labels = steps.batch(workload)
    size = len(labels)
    rows = np.arange(size)

    def step() -> float:
        inputs = [images]
        for i, (weight, bias) in enumerate(layers):
            sums = inputs[-1] @ weight
            sums += bias
            if i + 1 < len(layers):
                np.maximum(sums, 0, out=sums)
            inputs.append(sums)
        logits = inputs[-1] - inputs[-1].max(axis=1, keepdims=True)
        exponentials = np.exp(logits)
        sums = exponentials.sum(axis=1)
        loss = float(np.mean(np.log(sums) - logits[rows, labels]))
        gradient = exponentials / sums[:, None]
        gradient[rows, labels] -= 1
        gradient /= size
        for i in range(len(layers) - 1, -1, -1):
            weight, bias = layers[i]
            below = gradient @ weight.T if i > 0 else None
            weight -= steps.RATE * (inputs[i].T @ gradient)
            bias -= steps.RATE * gradient.sum(axis=0)
            if below is not None:
                gradient = below * (inputs[i] > 0)
        return loss

    return step


if __name__ == "__main__":
    steps.main({"run": run, "linreg": linreg, "mnist": lambda: network("mnist"), "mlp2048": lambda: network("mlp2048")})
