import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import oracles
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import poisson

import jaxdump
from jaxdump.statistics import log_poisson_cdf

upper_count = jax.jit(jaxdump.upper_count)
poisson_cls = jax.jit(jaxdump.poisson_cls)
COUNTS = [(0, 0.0), (0, 3.0), (4, 0.0), (4, 1.5), (3, 9.0), (40, 35.0), (1000, 1000.0), (2, 60.0), (10, 700.0)]


@pytest.mark.parametrize(("observed", "background"), COUNTS)
@pytest.mark.parametrize("signal", [0.0, 1e-3, 2.3, 30.0, 400.0])
def test_cls_equals_scipy(observed, background, signal, dtype):
    got = poisson_cls(*(jnp.asarray(a, dtype=dtype) for a in (signal, float(observed), background)))
    wanted = np.exp(poisson.logcdf(observed, signal + background) - poisson.logcdf(observed, background))
    assert got.dtype == dtype
    if np.isfinite(wanted):
        assert float(got) == pytest.approx(wanted, rel=1e-9 if dtype == np.float64 else 2e-3, abs=1e-30)


@pytest.mark.parametrize(("count", "mean"), [(0, 1e4), (5, 3e3), (100, 2e3), (0, 800.0), (7, 60.0), (30, 250.0)])
def test_tail_equals_its_leading_sum(count, mean):
    """log of sum mean^k / k! - mean, in extended range."""
    wanted = float(mpmath.log(mpmath.fsum(mpmath.mpf(mean) ** k / mpmath.factorial(k) for k in range(count + 1))) - mean)
    value, slope = jax.value_and_grad(lambda m: log_poisson_cdf(float(count), m))(mean)
    assert float(value) == pytest.approx(wanted, rel=1e-12)
    assert np.isfinite(slope)


@pytest.mark.parametrize(("observed", "background"), COUNTS)
@pytest.mark.parametrize("level", [0.68, 0.90, 0.95, 0.999])
def test_upper_count_equals_scipy(observed, background, level):
    got = float(upper_count(float(observed), background, level))
    log_cls = lambda s: poisson.logcdf(observed, s + background) - poisson.logcdf(observed, background)
    if np.isfinite(log_cls(1.0)):
        wanted = brentq(lambda s: log_cls(s) - np.log1p(-level), 0, 5000, xtol=1e-13, rtol=1e-13)
        assert got == pytest.approx(wanted, rel=1e-8)
    assert 0 < got < np.inf


@pytest.mark.parametrize(("observed", "background"), COUNTS[:6])
def test_flat_prior_credible_limit_is_the_same_number(observed, background):
    got = float(upper_count(float(observed), background, 0.9))
    posterior = lambda s: poisson.pmf(observed, s + background)
    inside = quad(posterior, 0, got, epsrel=1e-11)[0]
    outside = quad(posterior, got, got + 60, epsrel=1e-11)[0] + quad(posterior, got + 60, np.inf)[0]
    assert inside / (inside + outside) == pytest.approx(0.9, rel=1e-7)


def test_levels_differ_as_they_should():
    """With nothing seen or expected the limit is -ln(1 - level)."""
    for level in (0.90, 0.95):
        assert float(upper_count(0.0, 0.0, level)) == pytest.approx(-np.log(1 - level), rel=1e-13)


def test_derivatives_of_the_limit():
    """With b = 0 and n = 0 the limit is -ln(1 - level); with a background, by finite differences."""
    slope = jax.grad(lambda level: jaxdump.upper_count(0.0, 0.0, level))
    assert float(slope(0.9)) == pytest.approx(10.0, rel=1e-12)
    assert float(jax.grad(slope)(0.9)) == pytest.approx(100.0, rel=1e-12)
    limit = lambda background: upper_count(4.0, background, 0.9)
    assert 2.0 * float(jax.grad(limit)(2.0)) == pytest.approx(oracles.log_derivative(limit, 2.0, 1e-3), rel=1e-6)


def test_batches_equal_single_calls(dtype):
    observed, background = (jnp.asarray(a, dtype=dtype) for a in np.array([[0, 1, 4, 20], [0.5, 0.0, 1.0, 25]]))
    batch = jax.jit(jax.vmap(lambda n, b: jaxdump.upper_count(n, b, 0.9)))(observed, background)
    single = [float(upper_count(n, b, 0.9)) for n, b in zip(observed, background, strict=True)]
    np.testing.assert_allclose(batch, single, rtol=1e-12 if dtype == np.float64 else 1e-5)
