"""Hits along the chords of a sphere."""

import conftest
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import oracles
import pytest
from scipy.integrate import quad

from jaxdump.detection.sphere import MEAN_CHORD, log_multiple_in_sphere, log_multiple_over_power
from jaxdump.flux import CLOSED

multiple = jax.jit(lambda log_mean, hits: hits * log_mean + log_multiple_over_power(log_mean, hits), static_argnums=1)
in_sphere = jax.jit(log_multiple_in_sphere, static_argnums=1)
slopes = jax.jit(jax.value_and_grad(log_multiple_in_sphere), static_argnums=1)


def test_multiple_hits_equal_the_reference(dtype):
    rows = np.array(conftest.stored("atmosphere")["p_single_multi"])
    mean = jnp.asarray(rows[:, 0], dtype)
    for hits in (1, 2):
        got = jnp.exp(multiple(jnp.log(mean), hits))
        assert got.dtype == dtype
        np.testing.assert_allclose(got, rows[:, hits], rtol=2e-6 if dtype == np.float32 else 1e-10)


@pytest.mark.parametrize("hits", [1, 2, 5])
def test_multiple_hits_equal_the_incomplete_gamma_function(hits, dtype):
    log_mean = jnp.asarray(np.linspace(-50, 8, 59), dtype)
    with mpmath.workdps(40):
        wanted = [mpmath.log(mpmath.gammainc(hits, 0, mpmath.exp(float(v)), regularized=True)) for v in log_mean]
    got = multiple(log_mean, hits)
    relative, absolute = (1e-6, 1e-5) if dtype == np.float32 else (1e-13, 1e-15)
    np.testing.assert_allclose(got, np.array(wanted, float), rtol=relative, atol=absolute)


@pytest.mark.parametrize("hits", [1, 2, 3])
def test_the_sphere_is_the_mean_over_its_chords(hits, dtype):
    log_mean = jnp.asarray(np.linspace(-12, 6, 10), dtype)
    at_least = lambda mu: float(mpmath.gammainc(hits, 0, mu, regularized=True))
    chords = lambda v, mu: 2 * v * at_least(v * mu)
    wanted = [quad(chords, 0, 1, args=(np.exp(float(v)),), points=[min(1, 5 / np.exp(v))], epsabs=0)[0] for v in log_mean]
    got = in_sphere(log_mean, hits)
    assert got.dtype == dtype
    np.testing.assert_allclose(np.exp(np.asarray(got, float)), wanted, rtol=1e-5 if dtype == np.float32 else 1e-9)


def test_the_mean_chord_is_what_few_hits_see():
    assert np.exp(float(in_sphere(jnp.float64(-30.0), 1)) + 30) * 2 == pytest.approx(MEAN_CHORD, rel=1e-12)


@pytest.mark.parametrize("hits", [1, 2])
@pytest.mark.parametrize("log_mean", [CLOSED, -60.0, -3.0, -1.0, 0.0, np.log(2.0), 2.0, 3.0, 30.0, 100.0, 200.0, 1000.0])
def test_the_mean_over_chords_is_finite_with_right_slopes(log_mean, hits, dtype):
    value, slope = slopes(jnp.asarray(log_mean, dtype), hits)
    assert np.isfinite(value)
    assert value <= 1e-6
    if abs(log_mean) < 10:
        wanted = oracles.log_derivative(lambda mu: in_sphere(jnp.log(mu), hits), np.exp(log_mean))
        assert float(slope) == pytest.approx(wanted, abs=1e-5 if dtype == np.float32 else 1e-9)
    else:
        assert float(slope) == pytest.approx(hits * (log_mean < 0), abs=1e-5)
