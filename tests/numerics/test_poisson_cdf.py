"""The distribution of a Poisson count and its upper limits, up to counts of 1e9, against extended range and closed forms."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from jaxdump.inference.poisson import upper_count
from jaxdump.numerics.poisson_cdf import MANY, log_cdf_ratio, log_poisson_cdf

mpmath.mp.dps = 25
COUNTS = [0, 4, 59, 60, 3773, 10**6, 10**9]
AWAY = [-6.0, -0.5, 0.0, 3.0, 30.0]
"""Standard deviations of the mean from the count."""


def mills(shape, x):
    """The probability beyond x of a Gamma(shape) per density: an integral, scaled so that all digits are there."""
    shape, x = mpmath.mpf(shape), mpmath.mpf(x)
    width = x / mpmath.sqrt(shape) if x <= shape else min(x / mpmath.sqrt(shape), x / (x - shape + 1))
    integrand = lambda u: mpmath.exp((shape - 1) * mpmath.log1p(u * width / x) - u * width)
    peak = max((shape - 1 - x) / width, mpmath.mpf(0))
    return width * mpmath.quad(integrand, [0, *sorted({peak + d for d in (-8, -2, 0, 2, 8, 30, 90) if peak + d > 0})])


def log_cdf(count, mean):
    """In extended range."""
    shape, mean = mpmath.mpf(count) + 1, mpmath.mpf(mean)
    return (shape - 1) * mpmath.log(mean) - mean - mpmath.loggamma(shape) + mpmath.log(mills(shape, mean))


def points(dtype):
    """Counts and means as the precision has them; those of few events are all above zero."""
    pairs = [(n, n + k * max(n, 1) ** 0.5) for n in COUNTS for k in AWAY]
    counts, means = np.array([(n, m) for n, m in pairs if m > 0]).T.astype(dtype)
    return counts, means


@functools.cache
def exact(dtype):
    return np.array([float(log_cdf(*map(float, point))) for point in zip(*points(dtype), strict=True)])


def slopes(count, mean):
    """The value and both slopes."""
    return log_poisson_cdf(count, mean), jax.grad(lambda n, m: log_poisson_cdf(n, m), (0, 1))(count, mean)


all_slopes = jax.jit(jax.vmap(slopes))


def test_the_distribution_equals_extended_range(dtype):
    """Absolutely where it is near one, else relatively; where float32 has lost a part of the count it is asked less."""
    counts, means = points(dtype)
    value, _ = all_slopes(counts, means)
    known = counts < 2**24 if dtype == np.float32 else counts >= 0
    assert value.dtype == dtype
    wanted = exact(dtype)
    error = np.abs(np.asarray(value, float) - wanted) / (1 + np.abs(wanted))
    assert error[known].max() < (2e-11 if dtype == np.float64 else 3e-5)
    assert error.max() < 2e-3


def test_slopes_equal_differences_of_the_exact_distribution():
    counts, means = points(np.float64)
    _, (per_count, per_mean) = all_slopes(counts, means)
    some = np.flatnonzero(np.abs(means - counts) < 4 * np.sqrt(counts))[::5]
    for i in some:
        n, m = counts[i], means[i]
        h = mpmath.mpf(10) ** -5 * (1 + mpmath.sqrt(n))
        assert float(per_mean[i]) == pytest.approx(float((log_cdf(n, m + h) - log_cdf(n, m - h)) / (2 * h)), rel=1e-8)
        assert float(per_count[i]) == pytest.approx(float((log_cdf(n + h, m) - log_cdf(n - h, m)) / (2 * h)), rel=2e-6)


def test_both_ways_to_the_distribution_meet():
    """At the count from which on it is an integral, and for counts that are not whole."""
    counts = np.array([MANY - 1 - 1e-9, MANY - 1 + 1e-9, 4.5, 80.5])
    for shift in (-5.0, 0.0, 9.0):
        values = jax.jit(log_poisson_cdf)(counts, counts + shift)
        exact = lambda n, mean: float(mpmath.log(mpmath.gammainc(n + 1, mean, regularized=True))) if mean > 0 else 0.0
        wanted = [exact(n, n + shift) for n in counts]
        np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-12)


LIMITS = [
    (3773.0, 3851.1667, 0.9),
    (1e9, 1e9, 0.9),
    (1e9, 1e9 - 1e5, 0.95),
    (1e9, 1e9 + 1e5, 0.9),
    (1e9, 1.5e9, 0.9),
    (1e9, 0.0, 0.9),
    (1e6, 1e6 + 3e3, 0.5),
    (0.0, 1e9, 0.9),
    (1e3, 1e9, 0.99),
    (59.0, 300.0, 0.9),
    (5e7, 4.999e7, 0.9999),
]
limits = jax.jit(jax.vmap(upper_count))


@pytest.mark.parametrize("case", LIMITS)
def test_limits_have_the_exact_cls(case, dtype):
    """CLs in extended range, at the background that the precision can hold."""
    rounded = np.array(LIMITS).astype(dtype)
    found = limits(*rounded.T)[LIMITS.index(case)]
    n, b, level = map(float, rounded[LIMITS.index(case)])
    assert found.dtype == dtype
    start = log_cdf(n, b) if b else mpmath.mpf(0)
    excess = lambda s: log_cdf(n, mpmath.mpf(b) + s) - start - mpmath.log1p(-mpmath.mpf(level))
    error = 1e-9 if dtype == np.float64 else 1e-4
    assert excess(float(found) * (1 - error)) > 0 > excess(float(found) * (1 + error))


def test_numbers_that_were_wrong():
    found = limits(*np.array([(3773.0, 3851.1667, 0.9), (1e9, 1e9, 0.9)]).T)
    np.testing.assert_allclose(found, [66.03954439, 52016.149439], rtol=1e-8)
    single = limits(*np.array([(3773.0, 3851.1667, 0.9), (1e9, 1e9, 0.9)], np.float32).T)
    np.testing.assert_allclose(single, [66.0395, 52016.15], rtol=1e-4)


def test_limits_of_many_counts_have_slopes():
    """In count, background and level, against differences of limits."""
    at = np.array([1e9, 1e9 - 2e4, 0.9])
    steps = np.array([30.0, 30.0, 1e-5])
    got = jax.jit(jax.grad(upper_count, argnums=(0, 1, 2)))(*at)
    ends = limits(*np.concatenate([at + np.diag(steps), at - np.diag(steps)]).T)
    np.testing.assert_allclose(got, (ends[:3] - ends[3:]) / (2 * steps), rtol=1e-5)


def test_ratios_far_in_the_tail_keep_their_digits(dtype):
    """CLs of 2 events over a background of 60 or 1e6 events more than were seen."""
    counts, backgrounds = np.array([[4.0, 1e6], [64.0, 2e6]], dtype)
    got = jax.jit(log_cdf_ratio)(counts, backgrounds, np.full(2, 2.0, dtype))
    wanted = [
        float(log_cdf(n, mpmath.mpf(b) + 2) - log_cdf(n, b))
        for n, b in zip(map(float, counts), map(float, backgrounds), strict=True)
    ]
    np.testing.assert_allclose(got, wanted, rtol=1e-9 if dtype == np.float64 else 1e-4)
    assert jnp.all(jnp.isfinite(got))
