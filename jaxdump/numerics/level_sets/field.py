"""The function whose zeros are wanted, at all nodes of a grid and at any number of points."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jaxdump.typing import Scalar

AT_ONCE = 64
"""Points in one compiled call: lists are padded to this length, so that another one compiles nothing new."""


class Field(Protocol):
    """A function of (x, y)."""

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(nx, ny) values at all pairs of `xs` and `ys`; their dtype tells the precision of the function."""
        ...

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`, for any k > 0."""
        ...


@runtime_checkable
class Approximate(Field, Protocol):
    """A field whose `value_and_gradient` are a little off, less than the tolerance, and quick."""

    def values(self, points: np.ndarray) -> np.ndarray:
        """(k,) values to the last digit at (k, 2) `points`, for any k > 0."""
        ...


def in_batches(function: Callable[[np.ndarray, int], tuple[Array, Array]], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The (k,) values and (k, n) gradients at (k, n) `points` of a function of `AT_ONCE` points and the number that count."""
    done = []
    for start in range(0, len(points), AT_ONCE):
        part = points[start : start + AT_ONCE]
        values, gradients = function(np.pad(part, ((0, AT_ONCE - len(part)), (0, 0)), mode="edge"), len(part))
        done.append((np.asarray(values)[: len(part)], np.asarray(gradients)[: len(part)]))
    values, gradients = zip(*done, strict=True)
    return np.concatenate(values), np.concatenate(gradients)


def one_by_one(function: Callable[[Any], Any], points: Any, count: Scalar) -> Any:
    """The results of `function` at the first `count` of the points, one after the other; the rest cost nothing and are zero.

    Points are the rows of an array, or of all arrays of a tree.
    """
    function = jax.jit(function)  # traced once
    row = lambda i: jax.tree.map(lambda rows: rows[i], points)
    shapes, number = jax.eval_shape(function, row(0)), jax.tree.leaves(points)[0].shape[0]
    empty = jax.tree.map(lambda leaf: jnp.zeros((number, *leaf.shape), leaf.dtype), shapes)
    put = lambda i, done: jax.tree.map(lambda rows, new: rows.at[i].set(new), done, function(row(i)))
    return jax.lax.fori_loop(0, count, put, empty)


def value_and_slopes(
    prepare: Callable[[Array], Any], finish: Callable[[Any, Array, Array], Array], x: Array, y: Array
) -> tuple[Array, Array]:
    """The value of finish(prepare(x), x, y) and its slopes in x and y, forwards; prepare(x) is computed once."""
    ready, moved = jax.jvp(prepare, (x,), (jnp.ones_like(x),))
    return slopes_of(finish, ready, moved, x, y)


def slopes_of(finish: Callable[[Any, Array, Array], Array], ready: Any, moved: Any, x: Array, y: Array) -> tuple[Array, Array]:
    """The value of finish(ready, x, y) and its slopes in x and y, forwards, if `moved` is d ready / dx."""
    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    both = jax.tree.map(lambda leaf: jnp.stack([leaf, jnp.zeros_like(leaf)]), moved)
    along = lambda *tangents: jax.jvp(finish, (ready, x, y), tangents)
    return jax.vmap(along, out_axes=(None, 0))(both, jnp.stack([one, zero]), jnp.stack([zero, one]))


class Pointwise:
    """The `Field` of a plain JAX function of two scalars, compiled once."""

    def __init__(self, function: Callable[[jax.Array, jax.Array], jax.Array], dtype: str = "float64"):
        self.dtype = dtype
        self.pairs = jax.jit(jax.vmap(jax.vmap(function, (None, 0)), (0, None)))
        at = lambda point: value_and_slopes(lambda x: (), lambda _, x, y: function(x, y), *point)
        self.slopes = jax.jit(lambda points, count: one_by_one(at, points, count))

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        return np.asarray(self.pairs(xs.astype(self.dtype), ys.astype(self.dtype)))

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return in_batches(self.slopes, points.astype(self.dtype))
