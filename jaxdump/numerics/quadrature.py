"""Fixed Gauss-Legendre quadrature."""

from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


@cache
def legendre(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The `n` nodes and weights of Gauss-Legendre quadrature on (0, 1), in float64."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return (nodes + 1) / 2, weights / 2


def gauss_legendre(n: int, lower: Array, upper: Array) -> tuple[Float[Array, "*shape n"], Float[Array, "*shape n"]]:
    """Nodes and weights for the integral from `lower` to `upper`, in their dtype; the axes of the limits come first."""
    dtype, shape = jnp.result_type(lower, upper), (*(1,) * jnp.ndim(lower), n)
    nodes, weights = (jnp.asarray(a, dtype=dtype).reshape(shape) for a in legendre(n))
    width = (upper - lower)[..., None]
    return lower[..., None] + width * nodes, width * weights
