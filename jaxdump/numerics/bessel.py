"""Modified Bessel functions of the second kind, scaled, which jax does not have."""

from functools import cache

import jax.numpy as jnp
import numpy as np

from jaxdump.typing import Values

DEGREE = 16
"""Degree of the polynomials in 1 / z."""


def scaled_bessel_k(order: int, z: Values) -> Values:
    """exp(z) K_n(z) of an `order` n, for z of at least 1, to 1e-10: a polynomial in 1 / z times sqrt(pi / (2 z)).

    Values of z below 1 count as 1.
    """
    place = 2 / jnp.maximum(z, 1.0) - 1
    later, last = jnp.zeros_like(place), jnp.zeros_like(place)
    for coefficient in coefficients(order)[:0:-1]:
        later, last = 2 * place * later - last + coefficient, later
    return jnp.sqrt(jnp.pi / (2 * jnp.maximum(z, 1.0))) * (place * later - last + coefficients(order)[0])


@cache
def coefficients(order: int) -> tuple[float, ...]:
    """Those of the Chebyshev polynomials in 2 / z - 1, from the integral of exp(-z (cosh t - 1)) cosh(n t) over all t > 0.

    The trapezoidal rule in t z^(1/2) is exact to rounding. Reference: DLMF 10.32.9.
    """

    def scaled(place: np.ndarray) -> np.ndarray:
        z = 2 / (place[:, None] + 1)
        step = 0.02
        t = step * np.arange(1000) / np.sqrt(z)
        integrand = np.exp(-2 * z * np.sinh(t / 2) ** 2) * np.cosh(order * t)
        return (integrand.sum(axis=1) - integrand[:, 0] / 2) * step * np.sqrt(2 / np.pi)

    return tuple(np.polynomial.chebyshev.chebinterpolate(scaled, DEGREE).tolist())
