"""JAX's compiled steps, as bench/engine.py measures them."""

import os
from collections.abc import Callable

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=" + (
    "true" if os.environ.get("OMP_NUM_THREADS", "1") != "1" else "false"
)

import jax
import jax.numpy as jnp
import steps


def run() -> Callable[[], object]:
    add = jax.jit(lambda x: x + 1)
    return lambda: add(1.0).block_until_ready()


def linreg() -> Callable[[], object]:
    def cost(parameters: tuple[jax.Array, jax.Array], x: float, y: float) -> jax.Array:
        return (x * parameters[0] + parameters[1] - y) ** 2 / 34

    @jax.jit
    def trained(parameters: tuple[jax.Array, jax.Array], x: float, y: float) -> tuple[jax.Array, ...]:
        gradients = jax.grad(cost)(parameters, x, y)
        return tuple(p - steps.RATE * g for p, g in zip(parameters, gradients, strict=True))

    state = {"parameters": (jnp.float32(0.3), jnp.float32(-0.2))}
    following = steps.examples()

    def step() -> None:
        state["parameters"] = trained(state["parameters"], *following())
        state["parameters"][0].block_until_ready()

    return step


def network(workload: str) -> Callable[[], object]:
    def loss_of(layers: list[tuple[jax.Array, jax.Array]], images: jax.Array, labels: jax.Array) -> jax.Array:
        hidden = images
        for i, (weight, bias) in enumerate(layers):
            hidden = hidden @ weight + bias
            if i + 1 < len(layers):
                hidden = jax.nn.relu(hidden)
        return -jnp.mean(jax.nn.log_softmax(hidden)[jnp.arange(len(labels)), labels])

    def trained(
        layers: list[tuple[jax.Array, jax.Array]], images: jax.Array, labels: jax.Array
    ) -> tuple[list[tuple[jax.Array, jax.Array]], jax.Array]:
        loss, gradients = jax.value_and_grad(loss_of)(layers, images, labels)
        return jax.tree_util.tree_map(lambda p, g: p - steps.RATE * g, layers, gradients), loss

    compiled = jax.jit(trained, donate_argnums=0)
    state = {"layers": [tuple(jnp.asarray(values) for values in layer) for layer in steps.weights(workload)]}
    images, labels = steps.batch(workload)

    def step() -> float:
        state["layers"], loss = compiled(state["layers"], images, labels)
        return float(loss)

    return step


if __name__ == "__main__":
    steps.main({"run": run, "linreg": linreg, "mnist": lambda: network("mnist"), "mlp2048": lambda: network("mlp2048")})
