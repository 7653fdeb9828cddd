"""Functions of scalars at many points with their slopes, for little tracing and compiling."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


@partial(jax.jit, static_argnums=(0, 1))
def one_by_one(function: Callable, backwards: bool, *columns: jax.Array) -> tuple[Any, Any]:
    def forth(point):
        along = lambda tangent: jax.jvp(function, point, tuple(tangent))
        values, slopes = jax.lax.map(along, jnp.eye(len(point), dtype=point[0].dtype))
        return jax.tree.map(lambda leaf: leaf[0], values), slopes

    def back(point):
        values, pull = jax.vjp(function, *point)
        leaves, structure = jax.tree.flatten(values)
        unit = lambda i: structure.unflatten([jnp.full_like(leaf, i == j) for j, leaf in enumerate(leaves)])
        rows = [pull(unit(i)) for i in range(len(leaves))]
        return values, structure.unflatten([jnp.stack(row) for row in rows])

    values, slopes = jax.lax.map(back if backwards else forth, columns)
    return values, jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 1, 0), slopes)


def values_and_slopes(
    function: Callable, *columns: np.ndarray, dtype: str | np.dtype = "float64", backwards: bool = False
) -> tuple[Any, Any]:
    """(n, ...) values and (k, n, ...) slopes in each of the k arguments, at n points: one after the other.

    Forwards, or `backwards` for scalars, which is dearer and where infinite slopes that a `where` leaves out show as not a
    number. Compiled once for each function, dtype and number of points.
    """
    return jax.tree.map(np.asarray, one_by_one(function, backwards, *(jnp.asarray(column, dtype) for column in columns)))
