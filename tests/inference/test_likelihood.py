import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm, poisson

import jaxdump
from jaxdump.experiment import combine
from jaxdump.experiments import NA64MU_2022, NA64MU_2023
from jaxdump.inference.counts import counts_of
from jaxdump.inference.likelihood import asimov, toys, with_observed
from jaxdump.inference.limits import nameless
from jaxdump.theories import AlpMuon, AlpPhoton

THEORY = AlpPhoton(0.02, 3e-3)


def uncertain(run, **changes):
    """The run with 1.5 +- 0.6 background events and 20 % of signal error in both regions, each with pulls of its own."""
    wide = {"background": 1.5, "background_error": 0.6, "signal_error": 0.2, **changes}
    return dataclasses.replace(run, regions=tuple(dataclasses.replace(region, **wide) for region in run.regions))


OWN, SHARED = uncertain(NA64MU_2022), uncertain(NA64MU_2023, background_nuisance="b", signal_nuisance="yield")
FREE = dataclasses.replace(
    NA64MU_2022, regions=tuple(dataclasses.replace(region, background=0.0) for region in NA64MU_2022.regions)
)
"""As if all backgrounds were known to be none."""
log_likelihood, expected = jax.jit(jaxdump.log_likelihood), jax.jit(asimov)
log_signal = jax.jit(lambda run, theory: run.log_signal(theory))


def signals(*runs, theory=THEORY):
    """Of the runs one after the other, as if nothing in them were uncertain: one program for all runs and theories."""
    exact = {"background_error": None, "signal_error": None, "background_nuisance": "", "signal_nuisance": ""}
    bare = [
        nameless(dataclasses.replace(run, regions=tuple(dataclasses.replace(region, **exact) for region in run.regions)))
        for run in runs
    ]
    return np.exp(np.concatenate([log_signal(run, theory) for run in bare]))


def test_equals_scipy():
    for theory in (AlpPhoton(0.02, 3e-3), AlpPhoton(0.01, 1e-4)):
        wanted = poisson.logpmf([0, 4], signals(NA64MU_2022, theory=theory)).sum()
        assert float(log_likelihood(FREE, theory)) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("theory", [*(AlpPhoton(0.005, g) for g in (1e-8, 1e-3, 3e-3, 1e-2, 3e-2)), AlpMuon(0.1, 1e-6)])
def test_an_unknown_background_is_the_most_probable_one(theory):
    """Four seen with any background: flat up to four of signal, the Poisson probability beyond; finite slopes everywhere."""
    assert NA64MU_2022.without_background == ("visible",)
    invisible, visible = map(float, signals(NA64MU_2022, theory=theory))
    wanted = poisson.logpmf(0, invisible) + max(poisson.logpmf(4, visible + b) for b in [0.0, max(4 - visible, 0.0)])
    at = partial(value_and_slope, type(theory), theory.mass)
    value, slope = at(theory.g)
    assert float(value) == pytest.approx(wanted, rel=1e-12)
    ends = [at(theory.g * np.exp(step))[0] for step in (1e-4, -1e-4)]
    assert float(slope * theory.g) == pytest.approx(float(ends[0] - ends[1]) / 2e-4, rel=1e-5, abs=1e-9)


def test_an_unknown_background_has_no_error_and_is_what_was_seen():
    """Asimov data of no signal hold it; a signal that is larger than what was seen leaves no room for it."""
    with pytest.raises(ValueError, match="visible has a background_error but no background"):
        dataclasses.replace(NA64MU_2022.regions[1], background_error=0.3)
    counts = counts_of(NA64MU_2022)
    np.testing.assert_array_equal(counts.mean_background(counts.centre), [0, 4])
    np.testing.assert_allclose(counts.mean(jnp.log(jnp.array([2.0, 3.0])), counts.centre), [2, 4], rtol=1e-12)
    np.testing.assert_allclose(counts.mean(jnp.log(jnp.array([2.0, 5.0])), counts.centre), [2, 5], rtol=1e-12)
    assert counts_of(FREE).unknown is None


@partial(jax.jit, static_argnums=0)
def value_and_slope(theory, mass, g):
    """The log-likelihood of the run with an unknown background, and its slope in the coupling."""
    return jax.value_and_grad(lambda g: jaxdump.log_likelihood(NA64MU_2022, theory(mass, g)))(g)


def test_background_adds():
    noisy = uncertain(NA64MU_2022, background_error=None, signal_error=None)
    wanted = poisson.logpmf([0, 4], 1.5 + signals(noisy)).sum()
    assert float(log_likelihood(noisy, THEORY)) == pytest.approx(wanted, rel=1e-12)


OWN_PULLS = {"na64mu-2022 invisible background": 0.7, "na64mu-2022 visible background": -1.1, "na64mu-2022 visible signal": 0.4}


def test_nuisances_equal_scipy():
    """A pull multiplies by 1.4 or 1.2 to its power and has a normal density; those left out are zero."""
    mean = signals(OWN) * 1.2 ** np.array([0, 0.4]) + 1.5 * 1.4 ** np.array([0.7, -1.1])
    wanted = poisson.logpmf([0, 4], mean).sum() + norm.logpdf([0.7, -1.1, 0, 0.4]).sum()
    assert float(log_likelihood(OWN, THEORY, OWN_PULLS)) == pytest.approx(wanted, rel=1e-12)


def test_a_shared_nuisance_moves_all_and_counts_once():
    assert jaxdump.nuisance_names(SHARED) == ("b", "yield")
    mean = signals(SHARED) * 1.2**0.5 + 1.5 * 1.4**-0.3
    wanted = poisson.logpmf([0, 0], mean).sum() + norm.logpdf([-0.3, 0.5]).sum()
    assert float(log_likelihood(SHARED, THEORY, {"yield": 0.5, "b": -0.3})) == pytest.approx(wanted, rel=1e-12)


def test_combination_without_common_nuisances_is_the_sum():
    pulls = {**dict.fromkeys(list(OWN_PULLS)[:2], 0.0), "na64mu-2022 visible signal": 0.4}, {"yield": -0.8, "b": 0.0}
    alone = sum(float(log_likelihood(run, THEORY, own)) for run, own in zip((OWN, SHARED), pulls, strict=True))
    assert float(log_likelihood(combine(OWN, SHARED), THEORY, pulls[0] | pulls[1])) == pytest.approx(alone, rel=1e-12)


def test_combination_shares_what_has_one_name():
    """Two runs that share both pulls: the sum has their densities twice."""
    runs = SHARED, dataclasses.replace(SHARED, name="again")
    pulls = {"yield": 0.5, "b": -0.3}
    together = float(log_likelihood(combine(*runs), THEORY, pulls))
    alone = float(log_likelihood(SHARED, THEORY, pulls))
    assert together == pytest.approx(2 * alone - norm.logpdf([0.5, -0.3]).sum(), rel=1e-12)


def test_combinations_nest_and_keep_the_order_of_regions():
    both = combine(OWN, SHARED)
    nested = combine(combine(OWN), SHARED)
    assert [run.name for run in nested.members] == [run.name for run in both.members] == ["na64mu-2022", "na64mu-2023"]
    every, ready = jax.jit(lambda: (both.log_signal(THEORY), both.held(THEORY).log_signal(THEORY)))()
    np.testing.assert_allclose(np.exp(every), signals(OWN, SHARED), rtol=1e-12)
    np.testing.assert_allclose(np.exp(ready), np.exp(every), rtol=1e-10)


@pytest.mark.parametrize(("runs", "message"), [((), "not none"), ((OWN, OWN), "not na64mu-2022, na64mu-2022")])
def test_combinations_that_make_no_sense_are_told(runs, message):
    with pytest.raises(ValueError, match=f"different names, {message}"):
        combine(*runs)


@pytest.mark.parametrize(
    ("run", "message"), [(SHARED, "no nuisance 'lumi': choose from b, yield"), (NA64MU_2022, "nothing is uncertain")]
)
def test_unknown_nuisances_are_told(run, message):
    with pytest.raises(ValueError, match=message):
        jaxdump.log_likelihood(run, THEORY, {"lumi": 0.0})


def test_finite_without_signal():
    """Four events where none can be made: impossible, but a number with a gradient."""
    stable = partial(AlpMuon, loop_photons=0.0)
    value, slope = jax.jit(jax.value_and_grad(lambda g: jaxdump.log_likelihood(FREE, stable(0.1, g))))(1e-6)
    assert value < -3e5
    assert np.isfinite(slope)


def test_finite_slopes_in_everything():
    """In the theory, the run and the pulls."""
    pulls = dict.fromkeys(jaxdump.nuisance_names(OWN), 0.3)
    value = lambda inexact: jaxdump.log_likelihood(*inexact)
    slopes = jax.jit(jax.grad(value))(jax.tree.map(jnp.asarray, (OWN, THEORY, pulls)))
    leaves = jax.tree.leaves(slopes)
    assert leaves
    assert all(np.isfinite(leaf).all() for leaf in leaves)


def test_asimov_sees_what_is_expected():
    seen = lambda run: np.asarray(counts_of(run).observed)
    np.testing.assert_allclose(seen(asimov(OWN)), [1.5, 1.5])
    np.testing.assert_allclose(seen(expected(OWN, THEORY)), 1.5 + signals(OWN), rtol=1e-12)
    both = combine(OWN, SHARED)
    np.testing.assert_allclose(seen(expected(both, THEORY)), 1.5 + signals(OWN, SHARED), rtol=1e-12)


def test_likelihood_of_asimov_data_is_largest_at_the_truth():
    data = expected(OWN, THEORY)
    slope = jax.jit(jax.grad(lambda log_g: jaxdump.log_likelihood(data, AlpPhoton(0.02, jnp.exp(log_g)))))
    assert float(slope(np.log(3e-3))) == pytest.approx(0, abs=1e-10)
    assert float(slope(np.log(2.9e-3))) > 0 > float(slope(np.log(3.1e-3)))


def test_observed_counts_are_replaced_in_order():
    both = combine(OWN, SHARED)
    np.testing.assert_array_equal(counts_of(with_observed(both, jnp.arange(4.0))).observed, [0, 1, 2, 3])
    np.testing.assert_array_equal(counts_of(with_observed(OWN, [7.0, 8.0])).observed, [7, 8])
    np.testing.assert_array_equal(counts_of(both).observed, [0, 4, 0, 0])


def counts_in(run):
    """(toys, regions) observed counts."""
    return jnp.stack([region.observed for region in run.regions], axis=1)


def test_pulls_whose_density_is_elsewhere_are_left_out():
    with_density, without = (float(jaxdump.log_likelihood(OWN, THEORY, OWN_PULLS, pulls=pulls)) for pulls in (True, False))
    assert with_density - without == pytest.approx(
        sum(norm.logpdf(OWN_PULLS.get(name, 0.0)) for name in jaxdump.nuisance_names(OWN)), rel=1e-9
    )


def test_earlier_orders_and_names_are_taken_with_a_warning():
    with pytest.warns(FutureWarning, match=r"log_likelihood takes the experiment first now"):
        assert float(jaxdump.log_likelihood(THEORY, FREE)) == float(jaxdump.log_likelihood(FREE, THEORY))
    with pytest.warns(FutureWarning, match=r"Rule will be taken away: use jaxdump.CLs"):
        assert jaxdump.Rule("cls", 0.95) == jaxdump.CLs(0.95)
    with pytest.warns(FutureWarning, match=r"toy_counts will be taken away: use jaxdump.toys"):
        assert jaxdump.toy_counts(jax.random.key(1), FREE, 3).shape == (3, 2)


def test_classes_and_points_are_told_apart():
    with pytest.raises(ValueError, match=r"takes a theory with its numbers, such as AlpPhoton\(0.1, 1e-3\), not the class"):
        jaxdump.log_likelihood(FREE, AlpPhoton)
    wanted = "a theory's class is wanted, AlpPhoton or a partial of it, not one with its mass and coupling"
    for verb in (jaxdump.limit, jaxdump.sensitivity, jaxdump.grid, jaxdump.tip, jaxdump.coupling_intervals):
        more = {"counts": 2.3} if verb is jaxdump.tip else {}
        some = [[0.1]] if verb is jaxdump.limit else [] if verb is jaxdump.tip else [0.1, 0.1]
        with pytest.raises(ValueError, match=wanted):
            verb(FREE, THEORY, *some[: 1 if verb is jaxdump.sensitivity else 2], **more)
    for verb in (jaxdump.contours, jaxdump.fit):
        with pytest.raises(ValueError, match=wanted):
            verb(FREE, THEORY)


def test_toys_have_the_expected_mean_and_depend_on_the_key_alone():
    """The mean of a log-normal factor of log width k is exp(k^2 / 2); variances are tested with the counts."""
    number = 20_000
    drawn = jax.jit(lambda key: counts_in(toys(OWN, THEORY, key=key, number=number)))
    seen = np.asarray(drawn(jax.random.key(3)))
    assert seen.shape == (number, 2)
    moments = np.exp(np.log([1.2, 1.4]) ** 2 / 2)
    wanted = signals(OWN) * moments[0] + 1.5 * moments[1]
    np.testing.assert_array_less(np.abs(seen.mean(axis=0) - wanted), 5 * seen.std(axis=0) / np.sqrt(number))
    np.testing.assert_array_equal(seen, drawn(jax.random.key(3)))
    assert np.any(seen != drawn(jax.random.key(4)))


def test_toys_of_an_exact_background_are_poisson_and_can_be_observed():
    run = uncertain(NA64MU_2022, background_error=None, signal_error=None)
    seen = np.asarray(jax.jit(lambda: counts_in(toys(run, key=jax.random.key(5), number=20_000)))())
    np.testing.assert_allclose(seen.mean(axis=0), 1.5, atol=5 * np.sqrt(1.5 / 20_000))
    np.testing.assert_allclose(seen.var(axis=0), 1.5, atol=5 * np.sqrt((1.5 + 2 * 1.5**2) / 20_000))
    few = with_observed(run, jnp.asarray(seen[:3].T))
    batch = eqx.filter_jit(eqx.filter_vmap(lambda one: jaxdump.log_likelihood(one, THEORY)))(few)
    wanted = poisson.logpmf(seen[:3], 1.5 + signals(run)).sum(axis=1)
    np.testing.assert_allclose(batch, wanted, rtol=1e-12)
