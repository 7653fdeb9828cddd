from itertools import pairwise

import conftest
import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.integrate import quad

from jaxdump.transport.earth import EARTH_RADIUS, SHELLS, column

COSINES = (1.0, 0.7, 0.05, 1e-3, 0.0, -1e-3, -0.2, -0.83, -0.84, -0.99, -1.0)

columns = jax.jit(jax.vmap(column))


def density(radius):
    """[g/cm3] of the reference model at a radius [m], the ocean as rock."""
    depth = EARTH_RADIUS - radius
    powers = [powers for start, powers in SHELLS if start <= depth][-1]
    return sum(c * (radius / EARTH_RADIUS) ** k for k, c in enumerate(powers))


def column_by_quadrature(cosine, depth):
    """[g/cm2] step by step from the detector outwards, by adaptive quadrature between the shells."""
    inside = EARTH_RADIUS - depth
    length = -inside * cosine + np.sqrt((inside * cosine) ** 2 + EARTH_RADIUS**2 - inside**2)
    ends = {0.0, length, *([-inside * cosine] if cosine < 0 else [])}
    for start, _ in SHELLS[1:]:
        root = (EARTH_RADIUS - start) ** 2 - inside**2 * (1 - cosine**2)
        ends |= {-inside * cosine + sign * np.sqrt(root) for sign in (-1, 1) if root > 0}
    ends = sorted(end for end in ends if 0 <= end <= length)
    rho = lambda s: density(np.sqrt(inside**2 + s**2 + 2 * inside * s * cosine))
    pieces = [quad(rho, a, b, epsrel=1e-12, limit=200)[0] for a, b in pairwise(ends)]
    return 100 * sum(pieces)


def test_columns_equal_the_reference(dtype):
    cosine, depth, wanted = np.array(conftest.stored("atmosphere")["column_prem_gcm2"]).T
    got = columns(jnp.asarray(cosine, dtype), jnp.asarray(depth / 100, dtype))
    assert got.dtype == dtype
    np.testing.assert_allclose(np.asarray(got, float), wanted, rtol=1e-6 if dtype == np.float32 else 1e-10)


@pytest.mark.parametrize("depth", [1.0, 700.0, 4500.0, 30e3])
def test_columns_equal_quadrature_also_below_the_crust(depth):
    got = columns(jnp.asarray(COSINES), jnp.full(len(COSINES), depth))
    np.testing.assert_allclose(got, [column_by_quadrature(cosine, depth) for cosine in COSINES], rtol=1e-9)


def test_the_earth_weighs_what_it_does():
    radii = [EARTH_RADIUS - start for start, _ in SHELLS] + [0.0]
    shells = [quad(lambda r: 4e3 * np.pi * r**2 * density(r), *pair)[0] for pair in zip(radii[1:], radii[:-1], strict=True)]
    assert sum(shells) == pytest.approx(5.97567e24, rel=1e-6)  # kg, with an ocean of rock


def test_gradients_are_finite_and_right(dtype):
    slopes = jax.jit(jax.vmap(jax.grad(column, (0, 1))))
    got = slopes(jnp.asarray(COSINES, dtype), jnp.full(len(COSINES), 700.0, dtype))
    assert all(np.all(np.isfinite(slope)) for slope in got)
    if dtype == np.float64:
        for i in (1, 2, 6, 9):
            wanted = oracles.log_derivative(lambda c, i=i: column_by_quadrature(c, 700.0), COSINES[i]) / COSINES[i]
            assert float(got[0][i]) == pytest.approx(wanted, rel=1e-6)
            wanted = oracles.log_derivative(lambda d, i=i: column_by_quadrature(COSINES[i], d), 700.0, 1e-3) / 700.0
            assert float(got[1][i]) == pytest.approx(wanted, rel=1e-4)
    at_horizon = COSINES.index(0.0)
    assert float(got[0][at_horizon]) == pytest.approx(-265 * (EARTH_RADIUS - 700), rel=1e-6)
