"""Relic densities: an independent calculation, the equation solved by scipy, slopes, precision, and ends of the range."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from scipy.integrate import solve_ivp
from scipy.special import kve

from jaxdump.cosmology.annihilation import log_thermal_average
from jaxdump.cosmology.degrees_of_freedom import degrees_of_freedom, log_root_g
from jaxdump.cosmology.freeze_out import FreezeOut
from jaxdump.theories import DarkPhoton


@jax.jit
def with_slopes(numbers):
    """ln(Omega h^2) of complex scalars with these mass, eps, alpha_D and mass ratio, and its slopes in their logarithms."""

    def of(logs):
        mass, eps, alpha_D, ratio = jnp.exp(logs)
        theory = DarkPhoton(mass, eps, alpha_D=alpha_D, mass_ratio=ratio, dark="complex-scalar")
        return FreezeOut.of(theory).log_density()

    def forth(logs):
        along = lambda tangent: jax.jvp(of, (logs,), (tangent,))
        values, slopes = jax.lax.map(along, jnp.eye(4, dtype=logs.dtype))
        return values[0], slopes

    return jax.lax.map(forth, jnp.log(numbers))


POINTS = np.array([[0.09, 3e-4, 0.1, 3.0], [0.3, 1e-3, 0.02, 2.1], [0.2, 2e-3, 0.5, 2.0], [2 * 0.1056583755, 1e-3, 0.1, 4.0]])
"""Ordinary, near the resonance, on it, and a mediator at the threshold of muons."""


def test_slopes_are_those_of_differences_and_finite():
    step = 1e-3
    shifted = np.exp(np.log(POINTS)[:, None] + step * np.stack([np.eye(4), -np.eye(4)], axis=1).reshape(8, 4))
    values, slopes = with_slopes(jnp.asarray(POINTS))
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()
    of = np.asarray(with_slopes(jnp.asarray(shifted[:2].reshape(-1, 4)))[0]).reshape(2, 4, 2)
    np.testing.assert_allclose(slopes[:2], (of[..., 0] - of[..., 1]) / (2 * step), rtol=2e-3, atol=2e-3)


def test_backward_slopes_are_the_forward_ones():
    theory = DarkPhoton(0.09, 3e-4, alpha_D=0.1, mass_ratio=3.0, dark="complex-scalar")
    slopes = jax.jit(jax.grad(lambda theory: FreezeOut.of(theory).log_density()))(theory)
    _, forward = with_slopes(jnp.asarray(POINTS[:1]))
    backward = [slopes.mass * theory.mass, slopes.eps * theory.eps, slopes.alpha_D * theory.alpha_D, slopes.mass_ratio * 3.0]
    np.testing.assert_allclose(backward, forward[0], rtol=1e-8)


def test_single_precision():
    double = with_slopes(jnp.asarray(POINTS[:2]))
    single = with_slopes(jnp.asarray(POINTS[:2], "float32"))
    np.testing.assert_allclose(single[0], double[0], atol=2e-3)
    np.testing.assert_allclose(single[1], double[1], rtol=0.02, atol=0.02)


def yields(theory, x_end: float) -> float:
    """Omega h^2 by scipy's stiff solver, to x of `x_end`, with thermal averages and degrees of freedom as they are tested."""
    m = float(theory.mass / theory.mass_ratio)
    x = np.geomspace(1.0, 1.1e4, 400)
    factors = jax.jit(jax.vmap(lambda x: (log_thermal_average(theory, x), log_root_g(m / x), degrees_of_freedom(m / x).h)))
    average, root, h = map(np.asarray, factors(jnp.asarray(x)))
    log_rate = np.log(0.5 * np.sqrt(np.pi / 45) * 1.22089e19 * m) + root + average - np.log(x)
    log_yield = np.log(45 * 2 / (4 * np.pi**4) * x**2 * kve(2, x) / h) - x

    def slope(t, W):
        rate, equal = np.interp(t, np.log(x), log_rate), np.interp(t, np.log(x), log_yield)
        return -np.exp(rate + W) + np.exp(rate + 2 * equal - W)

    end = solve_ivp(slope, (0, np.log(x_end)), [log_yield[0]], method="Radau", rtol=1e-8, atol=1e-8).y[0, -1]
    return float(np.exp(end) * m * 2891.2 / 1.053672e-5)


def test_the_equation_is_solved_right():
    theory = DarkPhoton(*POINTS[0][:2], alpha_D=0.1, mass_ratio=3.0, dark="complex-scalar")
    values, _ = with_slopes(jnp.asarray(POINTS[:1]))
    assert yields(theory, 1e4) == pytest.approx(float(np.exp(values[0])), rel=1e-3)


def test_densities_of_the_reference():
    rows = [row for row in stored("thermal_targets")["target"] if row["dark"] == "complex-scalar"]
    numbers = [[3 * row["m_chi"], np.sqrt(row["y"] * 810), 0.1, 3.0] for row in rows]
    np.testing.assert_allclose(np.exp(with_slopes(jnp.array(numbers))[0]), 0.12, rtol=2e-4)


def test_weak_and_strong_annihilation():
    """Hardly any: as many as at x = 1. Very much: hardly anything is left."""
    values, slopes = with_slopes(jnp.array([[0.09, 1e-20, 0.1, 3.0], [0.09, 1.0, 0.1, 3.0]]))
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()
    m = 0.03
    full = 45 * 2 / (4 * np.pi**4) * kve(2, 1.0) * np.exp(-1) / float(degrees_of_freedom(jnp.array(m)).h)
    assert float(np.exp(values[0])) == pytest.approx(full * m * 2891.2 / 1.053672e-5, rel=1e-6)
    assert float(slopes[0, 1]) == pytest.approx(0.0, abs=1e-6)
    assert values[1] < -15
