"""The function whose zeros are wanted, at all nodes of a grid and at any number of points."""

from collections.abc import Callable
from typing import Protocol

import jax
import numpy as np
from numpy.typing import ArrayLike

BATCHES = (8, 64)
"""Points in one compiled call, few and many: lists are padded to these, so that another length compiles nothing new."""


class Field(Protocol):
    """A function of (x, y)."""

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(nx, ny) values at all pairs of `xs` and `ys`; their dtype tells the precision of the function."""
        ...

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`, for any k > 0."""
        ...


def in_batches(
    function: Callable[[np.ndarray], tuple[ArrayLike, ArrayLike]], points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The (k,) values and (k, n) gradients that `function` gives at (k, n) `points`, asked for in lengths of `BATCHES` only."""
    size = BATCHES[0] if len(points) <= BATCHES[0] else BATCHES[1]
    padded = np.pad(points, ((0, -len(points) % size), (0, 0)), mode="edge")
    values, gradients = zip(*map(function, padded.reshape(-1, size, points.shape[1])), strict=True)
    return np.concatenate(values)[: len(points)], np.concatenate(gradients)[: len(points)]


class Pointwise:
    """The `Field` of a plain JAX function of two scalars, compiled once for each length of a batch."""

    def __init__(self, function: Callable[[jax.Array, jax.Array], jax.Array], dtype: str = "float64"):
        self.dtype = dtype
        self.pairs = jax.jit(jax.vmap(jax.vmap(function, (None, 0)), (0, None)))
        self.slopes = jax.jit(jax.vmap(jax.value_and_grad(lambda point: function(point[0], point[1]))))

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        return np.asarray(self.pairs(xs.astype(self.dtype), ys.astype(self.dtype)))

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return in_batches(self.slopes, points.astype(self.dtype))
