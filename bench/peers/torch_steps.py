"""PyTorch's steps, as bench/engine.py measures them."""

from collections.abc import Callable
from functools import partial

import steps
import torch

torch.set_num_threads(steps.THREADS)


def run() -> Callable[[], object]:
    x = torch.tensor(1.0)
    return lambda: x + 1


def linreg() -> Callable[[], object]:
    weight = torch.tensor(0.3, requires_grad=True)
    bias = torch.tensor(-0.2, requires_grad=True)
    following = steps.examples()

    def step() -> None:
        x, y = following()
        cost = (x * weight + bias - y) ** 2 / 34
        gradients = torch.autograd.grad(cost, (weight, bias))
        with torch.no_grad():
            weight.sub_(steps.RATE * gradients[0])
            bias.sub_(steps.RATE * gradients[1])

    return step


def network(workload: str) -> Callable[[], object]:
    layers = [tuple(torch.from_numpy(values).requires_grad_() for values in layer) for layer in steps.weights(workload)]
    convolutions = []
    if workload == "cnn":
        convolutions = [
            (
                torch.from_numpy(filters.transpose(3, 2, 0, 1).copy()).requires_grad_(),
                torch.from_numpy(bias).requires_grad_(),
            )
            for filters, bias in steps.filters()
        ]
    parameters = [values for layer in [*convolutions, *layers] for values in layer]
    images, labels = (torch.from_numpy(values) for values in steps.batch(workload))
    classes = labels.long()

    def step() -> float:
        hidden = images.reshape(-1, 1, 28, 28) if convolutions else images
        for filters, bias in convolutions:
            hidden = torch.relu(torch.nn.functional.conv2d(hidden, filters, bias, padding=2))
            hidden = torch.nn.functional.max_pool2d(hidden, 2)
        hidden = hidden.flatten(1)
        for i, (weight, bias) in enumerate(layers):
            hidden = torch.addmm(bias, hidden, weight)
            if i + 1 < len(layers):
                hidden = torch.relu(hidden)
        loss = torch.nn.functional.cross_entropy(hidden, classes)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for values, gradient in zip(parameters, gradients, strict=True):
                values.sub_(gradient, alpha=steps.RATE)
        return float(loss)

    return step


if __name__ == "__main__":
    networks = {name: partial(network, name) for name in steps.SIZES}
    steps.main({"run": run, "linreg": linreg, **networks})
