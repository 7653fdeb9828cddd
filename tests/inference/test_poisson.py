import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import oracles
import pytest
from counting import Region, counts_from
from scipy.integrate import dblquad, quad
from scipy.optimize import brentq
from scipy.special import gammaincc, gammaln, xlogy
from scipy.stats import norm, poisson

import jaxdump
from jaxdump import Status
from jaxdump.inference.poisson import averaged_upper_count, feldman_cousins, log_averaged_cdf
from jaxdump.numerics.poisson_cdf import log_poisson_cdf

upper_count = jax.jit(jaxdump.upper_count)
poisson_cls = jax.jit(jaxdump.poisson_cls)
COUNTS = [(0, 0.0), (0, 3.0), (4, 0.0), (4, 1.5), (3, 9.0), (40, 35.0), (1000, 1000.0), (2, 60.0), (10, 700.0)]
MANY = [(100_000, 1e5), (100_000, 1e5 - 5 * 1e5**0.5), (100_000, 1e5 + 5 * 1e5**0.5), (1, 0.0), (0, 700.0)]


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


@pytest.mark.parametrize(("observed", "background"), COUNTS + MANY)
@pytest.mark.parametrize("level", [0.5, 0.68, 0.90, 0.95, 0.999, 0.9999])
def test_upper_count_equals_scipy(observed, background, level):
    got = float(upper_count(float(observed), background, level))
    log_cls = lambda s: poisson.logcdf(observed, s + background) - poisson.logcdf(observed, background)
    if np.isfinite(log_cls(1.0)):
        wanted = brentq(lambda s: log_cls(s) - np.log1p(-level), 0, 5000, xtol=1e-13, rtol=1e-13)
        assert got == pytest.approx(wanted, rel=1e-8)
    assert 0 < got < np.inf


def test_upper_count_converges_everywhere():
    """Random backgrounds, counts between far too few and far too many, and levels."""
    random = np.random.default_rng(1)
    background = np.where(random.uniform(size=2000) < 0.1, 0, 10 ** random.uniform(-3, 5, 2000))
    observed = random.poisson(background * 10 ** random.normal(0, 0.15, 2000) + random.integers(0, 4, 2000)).astype(float)
    level = 1 - 10 ** random.uniform(-4, np.log10(0.5), 2000)
    limit = jax.jit(jax.vmap(jaxdump.upper_count))(observed, background, level)
    log_cdf = jax.jit(log_poisson_cdf)
    ours = log_cdf(observed, limit + background) - log_cdf(observed, background)
    np.testing.assert_allclose(ours, np.log1p(-level), rtol=1e-9)
    near = background < observed + 6 * np.sqrt(background)  # far out scipy has no digits
    observed, background, limit, level = (a[near] for a in (observed, background, limit, level))
    log_cls = poisson.logcdf(observed, limit + background) - poisson.logcdf(observed, background)
    np.testing.assert_allclose(log_cls, np.log1p(-level), rtol=1e-9)


@pytest.mark.parametrize(
    ("observed", "background", "level"),
    [
        (-1.0, 0.0, 0.9),
        (1.0, -1.0, 0.9),
        (np.nan, 0.0, 0.9),
        (1.0, np.nan, 0.9),
        (1.0, 1.0, 0.0),
        (1.0, 1.0, 1.5),
        (1.0, 1.0, np.nan),
    ],
)
def test_upper_count_of_nonsense_is_not_a_number(observed, background, level):
    assert np.isnan(upper_count(observed, background, level))


def test_upper_count_in_both_precisions():
    random = np.random.default_rng(2)
    background = 10 ** random.uniform(-2, 2, 300)
    observed = np.maximum(np.round(background + random.uniform(-4, 4, 300) * np.sqrt(background)), 0)
    level = random.uniform(0.5, 0.999, 300)
    single = [jnp.asarray(a, jnp.float32) for a in (observed, background, level)]
    batch = jax.jit(jax.vmap(jaxdump.upper_count))
    assert batch(*single).dtype == jnp.float32
    np.testing.assert_allclose(batch(*single), batch(*(np.asarray(a, float) for a in single)), rtol=1e-4)


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


def limit_at(point):
    """The limit for an observed count, a background and a level."""
    return jaxdump.upper_count(*point)


@jax.jit
def slopes_and_curvatures(point):
    """Of the limit: slopes backwards, their own forwards."""
    twice = lambda at: (jax.grad(limit_at)(at),) * 2
    return jax.jacfwd(twice, has_aux=True)(point)[::-1]


def test_derivatives_of_the_limit_without_background():
    """With b = 0 and n = 0 the limit is -ln(1 - level)."""
    slopes, curvatures = slopes_and_curvatures(jnp.array([0.0, 0.0, 0.9]))
    assert float(slopes[2]) == pytest.approx(10.0, rel=1e-12)
    assert float(curvatures[2, 2]) == pytest.approx(100.0, rel=1e-12)


@pytest.mark.parametrize(("observed", "background"), [(4.0, 2.0), (0.0, 3.0), (2.0, 20.0), (1000.0, 950.0)])
def test_first_and_second_derivatives_of_the_limit(observed, background):
    """In the background and in the level, by differences of what is one order lower."""
    point = np.array([observed, background, 0.9])
    moved = lambda i, x: jnp.asarray(np.where(np.arange(3) == i, x, point))
    slopes, curvatures = slopes_and_curvatures(jnp.asarray(point))
    for i in (1, 2):
        slope = oracles.log_derivative(lambda x, i=i: upper_count(*moved(i, x)), point[i], 1e-3)
        assert float(slopes[i]) * point[i] == pytest.approx(slope, rel=1e-7)
        for j in (1, 2):
            curvature = oracles.log_derivative(lambda x, i=i, j=j: slopes_and_curvatures(moved(i, x))[0][j], point[i], 1e-3)
            assert float(curvatures[i, j]) * point[i] == pytest.approx(curvature, rel=1e-6, abs=1e-8)


def test_batches_equal_single_calls(dtype):
    observed, background = (jnp.asarray(a, dtype=dtype) for a in np.array([[0, 1, 4, 20], [0.5, 0.0, 1.0, 25]]))
    batch = jax.jit(jax.vmap(lambda n, b: jaxdump.upper_count(n, b, 0.9)))(observed, background)
    single = [float(upper_count(n, b, 0.9)) for n, b in zip(observed, background, strict=True)]
    np.testing.assert_allclose(batch, single, rtol=1e-12 if dtype == np.float64 else 1e-5)


UNCERTAIN = {
    "background": Region(4, 3.0, 1.3),
    "background, huge": Region(3, 3.0, 11.0),
    "background, huge, none seen": Region(0, 3.0, 11.0),
    "background, huge, excess": Region(20, 3.0, 11.0),
    "background, huge, deficit": Region(3, 100.0, 4.0),
    "background, none seen of many": Region(0, 100.0, 4.0),
    "background, many": Region(1000, 1000.0, 1.3),
    "background, deficit": Region(2, 60.0, 1.5),
    "signal": Region(4, 3.0, 1.0, 1.3),
    "signal, no background": Region(4, 0.0, 1.0, 1.2),
    "signal, huge": Region(4, 3.0, 1.0, 2.0),
    "signal, none seen": Region(0, 0.0, 1.0, 1.5),
    "shared": Region(4, 3.0, 1.3, 1.2, "x", "x"),
    "shared, many": Region(1000, 1000.0, 1.1, 1.1, "x", "x"),
    "both": Region(4, 3.0, 1.3, 1.2),
    "both, huge": Region(0, 3.0, 11.0, 1.5),
    "both, deficit": Region(2, 60.0, 1.5, 1.2),
}
averaged = jax.jit(averaged_upper_count, static_argnums=2)


@functools.cache
def averaged_limit(region, level, flat):
    """Of one region, each only once: those with two pulls take a second."""
    return float(averaged(counts_from(region), level, flat))


def pulls_of(region):
    """How many pulls it has, and the log factors on signal and background for a point in them."""
    slopes = np.log(region.signal_factor), np.log(region.background_factor)
    shared = region.signal_pull or 0 in slopes
    return (1, lambda x, _: (slopes[0] * x, slopes[1] * x)) if shared else (2, lambda x, y: (slopes[0] * x, slopes[1] * y))


def panels(low, high, number):
    """Nodes and weights of Gauss's rule with 8 nodes in each of `number` panels."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(low, high, number + 1)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()


@pytest.mark.parametrize("name", UNCERTAIN)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_averaged_cls_equals_scipy_quadrature(name, level):
    region = UNCERTAIN[name]
    number, factors = pulls_of(region)

    def cdf(signal):
        def at(y, x):
            on_signal, on_background = factors(x, y)
            mean = signal * np.exp(on_signal) + region.background * np.exp(on_background)
            return gammaincc(region.observed + 1, mean) * np.exp(-(x * x + (y * y if number == 2 else 0)) / 2)

        if name == "both" and level == 0.9:  # what the fixed rule below is compared with
            return dblquad(at, -7, 7, -7, 7, epsabs=0, epsrel=1e-7)[0]
        if number == 2:
            x, weights = panels(-9, 9, 40)
            return weights @ at(x[:, None], x) @ weights
        return sum(quad(lambda x: at(0, x), e, e + 1, epsabs=0, epsrel=1e-11)[0] for e in range(-9, 9))

    limit = averaged_limit(region, level, False)
    assert cdf(limit) / cdf(0.0) == pytest.approx(1 - level, rel=1e-6)


@pytest.mark.parametrize("name", UNCERTAIN)
def test_flat_prior_limit_is_a_quantile_of_the_marginal_posterior(name):
    """Integral of the posterior over the signal, its pulls integrated first, below and above the limit."""
    region, level = UNCERTAIN[name], 0.9
    number, factors = pulls_of(region)
    limit = averaged_limit(region, level, True)
    x, of_x = panels(-9, 9, 24 if number == 2 else 90)
    y, of_y = (x, of_x * norm.pdf(x)) if number == 2 else (np.zeros(1), np.ones(1))
    on_signal, on_background = (np.exp(f) + 0 * x[:, None] * y for f in factors(x[:, None], y))
    weight = (of_x * norm.pdf(x))[:, None] * of_y

    def mass(low, high, number):
        log_signals, of_signal = panels(np.log(low), np.log(high), number)

        def posterior(signal):
            mean = signal * on_signal + region.background * on_background
            return np.sum(weight * np.exp(xlogy(region.observed, mean) - mean - gammaln(region.observed + 1)))

        return sum(w * s * posterior(s) for s, w in zip(np.exp(log_signals), of_signal, strict=True))

    below, above = mass(limit * 1e-9, limit, 25), mass(limit, limit * 300 * region.signal_factor**6, 25)
    assert below / (below + above) == pytest.approx(level, rel=1e-6)


@pytest.mark.parametrize("factors", [(1.1, 1.0), (1.1, 1.2), (1 + 1e-7, 1.0)])
def test_averages_of_a_billion_events_resolve_their_step(factors):
    """The count's distribution is then a step, or as wide as the error of its background: closed forms and a quadrature."""
    n = 1e9
    kb, ks = np.log(factors)

    def cdf(s):
        exact = n * kb < 1e3
        width = np.hypot(kb, n**-0.5) if exact else kb
        below = lambda p: norm.cdf(np.log1p(-min(s * np.exp(ks * p) / n, 1 - 1e-16)) / width)
        return below(0) if ks == 0 else quad(lambda p: below(p) * norm.pdf(p), -8, 8, epsrel=1e-11, limit=400)[0]

    wanted = brentq(lambda s: cdf(s) / cdf(0.0) - 0.1, 1e3, 9e8, xtol=1.0, rtol=1e-10)
    region = Region(n, n, *factors)
    got = averaged_limit(region, 0.9, False)
    assert got == pytest.approx(wanted, rel=1e-4 if n * kb < 1e3 else 1e-6)
    if ks == 0:
        single = float(averaged(counts_from(region, dtype=np.float32), np.float32(0.9), False))
        assert single == pytest.approx(got, rel=2e-3)


def test_tiny_errors_change_nothing():
    exact = float(upper_count(4.0, 3.0, 0.9))
    for region in (Region(4, 3.0, 1 + 1e-7), Region(4, 3.0, 1.0, 1 + 1e-7), Region(4, 3.0, 1 + 1e-7, 1 + 1e-7)):
        for flat in (False, True):
            assert averaged_limit(region, 0.9, flat) == pytest.approx(exact, rel=1e-9)


def test_errors_of_the_signal_alone_distinguish_the_priors():
    """Averaging weakens the limit, the flat prior more; a background's error leaves both the same."""
    exact = float(upper_count(4.0, 3.0, 0.9))
    for region in (UNCERTAIN["signal"], UNCERTAIN["both"], UNCERTAIN["background"]):
        hybrid, flat = (averaged_limit(region, 0.9, flat) for flat in (False, True))
        assert exact < hybrid
        assert flat > hybrid or (region.signal_factor == 1 and flat == pytest.approx(hybrid, rel=1e-12))


def test_average_without_pulls_is_the_cdf():
    value = jax.jit(log_averaged_cdf)(counts_from(Region(4, 3.0)), 2.0)
    assert float(value) == pytest.approx(poisson.logcdf(4, 5.0), rel=1e-12)


def test_slope_of_the_averaged_limit():
    region = UNCERTAIN["shared"]
    slope = oracles.log_derivative(lambda level: averaged_limit(region, float(level), False), 0.9, 1e-3)
    got = jax.jit(jax.grad(averaged_upper_count, argnums=1))(counts_from(region), 0.9)
    assert 0.9 * float(got) == pytest.approx(slope, rel=1e-7)


PAPER = {
    (0, 0.0): (0, 2.44),
    (1, 0.0): (0.11, 4.36),
    (2, 0.0): (0.53, 5.91),
    (3, 0.0): (1.10, 7.42),
    (0, 3.0): (0, 1.08),
    (0, 2.0): (0, 1.26),
    (0, 5.0): (0, 0.98),
    (4, 3.0): (0, 5.60),
    (1, 3.0): (0, 1.88),
}
"""Table IV of arXiv:physics/9711021."""
DIRECT = [(5, 2.5), (2, 8.0), (12, 4.0), (7, 7.3), (0, 1.5), (15, 20.0)]
TOO_MANY = [(60, 20.0), (30, 50.0)]
UNIFIED = [(*case, 0.9) for case in [*PAPER, *DIRECT, *TOO_MANY]] + [(*case, 0.95) for case in DIRECT]


@functools.cache
def unified():
    """The intervals of all cases, one after the other, with counts below 100."""
    found = jax.jit(lambda cases: jax.lax.map(lambda case: feldman_cousins(*case, 100), cases))(np.array(UNIFIED, float))
    return {case: jax.tree.map(lambda leaf, i=i: leaf[i], found) for i, case in enumerate(UNIFIED)}


@pytest.mark.parametrize(("observed", "background"), PAPER)
def test_unified_intervals_equal_the_paper(observed, background):
    found, (lower, upper) = unified()[observed, background, 0.9], PAPER[observed, background]
    assert float(found.lower) == pytest.approx(lower, abs=0.006)
    assert float(found.upper) == pytest.approx(upper, abs=0.006)
    assert found.status == (Status.FOUND if lower > 0 else Status.ALLOWED)


def accepting(observed, backgrounds, level, signals):
    """Which signals accept `observed`, for each background: counts are taken by falling likelihood ratio up to `level`."""
    backgrounds, signals = np.asarray(backgrounds)[:, None, None], signals[:, None]
    counts = np.arange(int(2 * observed + backgrounds.max() + 60))
    probability = np.exp(xlogy(counts, signals + backgrounds) - signals - backgrounds - gammaln(counts + 1))
    ratio = probability / poisson.pmf(counts, np.maximum(counts, backgrounds))
    own = ratio[..., observed, None]
    before = np.sum(probability * ((ratio > own) | ((ratio == own) & (counts < observed))), axis=-1)
    return before < level


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("observed", "background"), DIRECT)
def test_unified_intervals_equal_a_direct_construction(observed, background, level):
    """The upper end is the highest for this or a larger background, thin islands of accepted signals included."""
    found = unified()[observed, background, level]
    lower, upper = float(found.lower), float(found.upper)
    signals = np.arange(0, 6, 2e-3)
    assert lower == pytest.approx(signals[accepting(observed, [background], level, signals)[0]][0], abs=2e-3)
    signals = np.concatenate([upper + np.arange(-0.02, 0.02, 1e-3), np.arange(upper, upper + 5, 0.05)])
    accepted = accepting(observed, np.arange(background, background + 3, 0.01), level, signals)
    assert upper == pytest.approx(np.max(signals, where=accepted.any(axis=0), initial=0.0), abs=8e-3)


@pytest.mark.parametrize(("observed", "background"), TOO_MANY)
def test_unified_interval_of_too_many_events_is_a_status_with_nan(observed, background):
    found = unified()[observed, background, 0.9]
    assert found.status == Status.UNDEFINED
    assert np.isnan([found.lower, found.upper]).all()
