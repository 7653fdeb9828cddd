import jax
import jax.numpy as jnp
import numpy as np
import pytest
from counting import Likelihood, Region, counts_from, experiment_of
from scipy.stats import norm, poisson

from jaxdump.experiment import combine
from jaxdump.flux import CLOSED
from jaxdump.inference.counts import counts_of, nuisance_names, random_counts
from jaxdump.region import LARGEST, Signal

REGIONS = (Region(4, 3.0, 1.3, 1.2, "b", "s"), Region(8, 10.0, 1.2, 1.1, "b", "s"), Region(0, 0.5, 1.5), Region(2, 0.0))


@jax.jit
def log_probability(counts, log_signal, pulls, strength=1.0):
    return counts.log_probability(Signal(log_signal), pulls, strength)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("pulls", [(0.0, 0.0, 0.0), (1.3, -0.4, 2.0)])
def test_log_probability_equals_scipy(strength, pulls):
    """The pulls are b on two backgrounds, b2 on one, and s on two signals."""
    counts, signal = counts_from(*REGIONS), np.array([4.0, 1.0, 2.0, 3.0])
    b, b2, s = pulls
    background = np.array([3 * 1.3**b, 10 * 1.2**b, 0.5 * 1.5**b2, 0.0])
    mean = strength * signal * np.array([1.2**s, 1.1**s, 1, 1]) + background
    got = float(log_probability(counts, np.log(signal), jnp.array(pulls), strength))
    known = slice(None) if strength else slice(0, 3)
    wanted = poisson.logpmf([4, 8, 0, 2][known], mean[known]).sum() + norm.logpdf(pulls).sum()
    assert got == pytest.approx(wanted + (0 if strength else 2 * CLOSED - np.log(2)), rel=1e-12)


def test_errors_become_log_normal_factors_of_named_pulls():
    counts = counts_from(*REGIONS)
    assert nuisance_names(experiment_of(*REGIONS)) == ("b", "b2", "s")
    np.testing.assert_allclose(counts.background_slopes, np.log([[1.3, 1, 1], [1.2, 1, 1], [1, 1.5, 1], [1, 1, 1]]), atol=1e-15)
    np.testing.assert_allclose(counts.signal_slopes, np.log([[1, 1, 1.2], [1, 1, 1.1], [1, 1, 1], [1, 1, 1]]), atol=1e-15)
    np.testing.assert_array_equal(counts.observed, [4, 8, 0, 2])
    np.testing.assert_array_equal(counts.centre, np.zeros(3))


def test_one_pull_may_move_background_and_signal():
    counts = counts_from(Region(4, 3.0, 1.3, 1.2, "x", "x"))
    assert counts.centre.size == 1
    assert float(counts.mean(Signal(jnp.zeros(1)), jnp.ones(1))[0]) == pytest.approx(1.2 + 3.9)


def test_own_pulls_of_runs_stay_apart_and_named_ones_are_one():
    first, second = (experiment_of(Region(1, 2.0, 1.1), name=name) for name in ("a", "b"))
    both = combine(first, second)
    assert nuisance_names(both) == ("b0",)
    assert counts_of(both).background_slopes.shape == (2, 1)


def test_exact_regions_have_no_pulls(dtype):
    counts = counts_of(experiment_of(Region(4, 3.0)), dtype)
    assert nuisance_names(experiment_of(Region(4, 3.0))) == ()
    assert counts.signal_slopes.shape == (1, 0)
    assert {leaf.dtype for leaf in jax.tree.leaves(counts)} == {np.dtype(dtype)}


@pytest.mark.parametrize("log_signal", [CLOSED, -1e4, -50.0, 0.0, 40.0, 70.0, 1e4])
@pytest.mark.parametrize("background", [0.0, 1e-30, 3.0, 1e6])
def test_means_and_their_logs_are_finite_with_finite_derivatives(log_signal, background, dtype):
    counts = counts_from(Region(4, background), dtype=dtype)
    pulls = jnp.zeros(0, dtype)
    for strength in (0.0, 1e-20, 1.0):
        value = log_mean_and_slopes(counts, jnp.full(1, log_signal, dtype), pulls, jnp.asarray(strength, dtype))
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(value))
        total = strength * np.exp(min(log_signal, LARGEST)) + background
        wanted = np.log(total) if total > 1e-37 else CLOSED if log_signal < CLOSED / 2 or strength == 0 else None
        if wanted is not None:
            assert float(value[0]) == pytest.approx(wanted, rel=1e-5, abs=1e-5)


@jax.jit
def log_mean_and_slopes(counts, log_signal, pulls, strength):
    """With the slopes of the probability in signal and strength."""
    slopes = jax.grad(lambda s, x: counts.log_probability(Signal(s), pulls, x), argnums=(0, 1))(log_signal, strength)
    return counts.log_mean(Signal(log_signal), pulls, strength)[0], slopes


def test_no_strength_has_a_slope_without_background():
    """Where nothing is seen or expected each event costs one, from the first on."""
    counts = counts_from(Region(0, 0.0))
    slope = jax.jit(jax.grad(lambda x: counts.log_probability(Signal(jnp.log(jnp.array([5.0]))), jnp.zeros(0), x)))
    assert float(slope(0.0)) == pytest.approx(-5.0, rel=1e-14)


def test_ratios_of_probabilities_survive_single_precision():
    """A million events: their probabilities are e^-7.8 of 1e7-digit terms, whose difference is a few units."""
    region = Region(1e6, 1e6, 1.01, 1.1)
    ratios = []
    for dtype in (np.float32, np.float64):
        counts = counts_from(region, dtype=dtype)
        at = lambda s, c=counts, d=dtype: float(log_probability(c, np.log([s]).astype(d), np.array([0.1, 0.0], d)))
        ratios.append(at(2000.0) - at(100.0))
    likelihood = Likelihood((region,), [1.0])
    wanted = (
        likelihood.value_and_slope(np.array([100.0, 0.1, 0]))[0] - likelihood.value_and_slope(np.array([2000.0, 0.1, 0]))[0]
    )
    assert ratios[1] == pytest.approx(wanted, rel=1e-9)
    assert ratios[0] == pytest.approx(wanted, rel=1e-2)


@pytest.mark.parametrize("region", [Region(0, 3.0), Region(0, 3.0, 1.5, 1.2), Region(0, 3.0, 1.3, 1.3, "x", "x")])
def test_toys_have_the_mean_and_variance_of_their_log_normal_mixture(region):
    """E[factor] = exp(k^2 / 2), E[factor^2] = exp(2 k^2); a Poisson count adds its mean to the variance."""
    counts, signal, number = counts_from(region), 5.0, 20_000
    drawn = np.asarray(
        jax.jit(random_counts, static_argnums=3)(jax.random.key(1), counts, Signal(jnp.log(jnp.array([signal]))), number)
    )[:, 0]
    kb, ks = np.log([region.background_factor, region.signal_factor])
    moment = lambda k: np.exp(k**2 / 2)
    mean = region.background * moment(kb) + signal * moment(ks)
    crossed = moment(kb + ks) if region.signal_pull else moment(kb) * moment(ks)
    square = (region.background**2 * moment(2 * kb), 2 * region.background * signal * crossed, signal**2 * moment(2 * ks))
    variance = sum(square) - mean**2 + mean
    assert drawn.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / number))
    fourth = np.mean((drawn - mean) ** 4)
    assert drawn.var() == pytest.approx(variance, abs=5 * np.sqrt((fourth - variance**2) / number))
    assert np.all(drawn == np.round(drawn))


def test_a_shared_pull_correlates_the_toys():
    """Of two regions with background 50 each, 40 % uncertain together."""
    region = Region(0, 50.0, 1.4, 1.0, "b")
    draw = lambda *regions: random_counts(jax.random.key(2), counts_from(*regions), Signal(jnp.full(2, CLOSED)), 4000)
    drawn, apart = np.asarray(draw(region, region)), np.asarray(draw(*(Region(0, 50.0, 1.4),) * 2))
    assert np.corrcoef(drawn.T)[0, 1] > 0.8
    assert abs(np.corrcoef(apart.T)[0, 1]) < 0.1
