"""CLs of the profiled ratio by its distribution: against exact CLs, another summation, quadratures, and by its coverage."""

import dataclasses
import itertools

import jax
import numpy as np
import pytest
from counting import Region, counts_from, experiment_of
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import poisson
from terminal import answer, complaint

from jaxdump.cli.commands.common import rule_of
from jaxdump.cli.request import request
from jaxdump.experiments import EXPERIMENTS, JUNO, NA64E_2022, NA64MU_2022, SUPERK, SUPERK_SPECTRUM
from jaxdump.inference.contours import excess_slopes, excesses
from jaxdump.inference.exclusion import criterion, expects_few, signal_count
from jaxdump.inference.statistics import Toys, statistic_named
from jaxdump.inference.toys import SOFT, by_toys
from jaxdump.region import Signal

TWO = Region(1.0, 0.5), Region(3.0, 2.0)


@jax.jit
def all_cls(test, log_signals):
    """log CLs at each of the signals and its slopes, and the Monte Carlo error."""
    value = jax.value_and_grad(lambda log_signal: test.log_cls(Signal(log_signal)))
    return *jax.lax.map(value, log_signals), jax.lax.map(test.error, Signal(log_signals))


def summed(regions, signal):
    """CLs of two exact counts: the ratio by a scalar minimiser, the sum in a double loop, without softness."""
    observed, background = np.array([(r.observed, r.background) for r in regions]).T
    signal = np.array(signal)

    def ratio(n):
        loss = lambda x: -np.sum(poisson.logpmf(n, x * signal + background))
        best = min(minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-10}).fun, loss(0.0), loss(1.0))
        return 2 * (loss(1.0) - best)

    q = ratio(observed)
    outcomes = list(itertools.product(range(20), range(24)))
    against = [n for n in outcomes if ratio(np.array(n)) >= q - 1e-7]
    share = lambda mean: sum(np.prod(poisson.pmf(n, mean)) for n in against)
    return share(signal + background) / share(background)


def test_one_count_is_its_exact_cls():
    """Also where it is one of two regions and the other has no signal."""
    test = by_toys(counts_from(Region(4.0, 3.0)), 0.9, None)
    assert test.kind == "one count"
    pair = by_toys(counts_from(Region(4.0, 3.0), Region(2.0, 1.0)), 0.9, None)
    assert pair.kind == "sum"
    signals = np.array([0.5, 3.0, 5.9, 11.0])
    wanted = poisson.logcdf(4, 3 + signals) - poisson.logcdf(4, 3.0)
    values, _, _ = all_cls(test, np.log(signals)[:, None])
    np.testing.assert_allclose(values, wanted, rtol=1e-9)
    above = signals > 1  # below, more than one is seen: the ratio is zero, and CLs one
    values, _, errors = all_cls(pair, np.log(np.stack([signals, np.full(4, 1e-12)], axis=1)))
    np.testing.assert_allclose(np.asarray(values)[above], wanted[above], rtol=1e-6)
    assert float(values[0]) == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(errors, 0)


@pytest.mark.parametrize("signal", [(2.0, 1.5), (0.7, 5.0), (4.0, 4.0)])
def test_two_counts_equal_another_summation(signal):
    """To what outcomes that are as much against the signal within the softness may add."""
    test = by_toys(counts_from(*TWO), 0.9, None)
    values, slopes, _ = all_cls(test, np.log([signal]))
    wanted = summed(TWO, signal)
    assert wanted * (1 - 1e-6) <= float(np.exp(values[0])) <= wanted * (1 + SOFT)
    step = 1e-6 * np.eye(2)
    ends, _, _ = all_cls(test, np.log([signal]) + np.concatenate([step, -step]))
    np.testing.assert_allclose(slopes[0], (ends[:2] - ends[2:]) / 2e-6, rtol=2e-4, atol=1e-6)


def test_contours_and_planes_ask_for_the_same_excess():
    """As values at many signals, and with slopes."""
    test, log_signals = by_toys(counts_from(*TWO), 0.9, None), np.log([[2.0, 1.5], [0.7, 5.0]])
    values, slopes, _ = all_cls(test, log_signals)
    np.testing.assert_allclose(excesses(test, log_signals)[:, 0], np.log(0.1) - values, rtol=1e-12)
    got, along = excess_slopes(test, log_signals, 2)
    np.testing.assert_allclose(got, np.log(0.1) - values, rtol=1e-12)
    np.testing.assert_allclose(along, -slopes, rtol=1e-9)


def test_sums_are_finite_and_hold_in_single_precision():
    corners = np.array([(-1e5, -1e5), (-50, 3), (60, 1), (1e3, 1e3), (0.3, 0.9)])
    found = {}
    for dtype in (np.float32, np.float64):
        counts = counts_from(*TWO, dtype=dtype)
        found[dtype] = all_cls(by_toys(counts, np.float32(0.9).astype(dtype), None), corners.astype(dtype))
        for part in found[dtype]:
            assert part.dtype == dtype
            assert np.isfinite(part).all()
    single, double = (np.asarray(found[dtype][0])[[0, 4]] for dtype in (np.float32, np.float64))
    np.testing.assert_allclose(single, double, rtol=2e-3, atol=1e-5)


@pytest.mark.parametrize("total", [0.0, 1.0, 3.0, 10.0])
def test_limits_cover(total):
    """Of all that a true signal lets be seen, at least 90 % do not exclude it: each outcome is observed once, by its weight."""
    test = by_toys(counts_from(Region(6.0, 0.5), Region(9.0, 2.0)), 0.9, None)
    signal, background = total * np.array([0.6, 0.4]), np.array([0.5, 2.0])
    seen = np.array(list(itertools.product(range(20), range(20))), float)
    weight = np.prod(poisson.pmf(seen, signal + background), axis=1)
    excesses = all_excesses(test, seen, np.log(np.maximum(signal, 1e-30)))
    assert weight.sum() > 0.999
    assert weight @ (np.asarray(excesses) <= 0) >= 0.9


@jax.jit
def all_excesses(test, seen, log_signal):
    """Of a signal, for each of the counts that may be seen."""
    counts = lambda n: dataclasses.replace(test.counts, observed=n)
    return jax.lax.map(lambda n: dataclasses.replace(test, counts=counts(n)).excess(Signal(log_signal)), seen, batch_size=8)


@pytest.mark.slow
def test_drawn_toys_of_toys_cover():
    """The truth is drawn with its pulls, and then seen: 60 times, of which the same counts are looked at once."""
    test, random = by_toys(counts_from(*WIDE), 0.9, None), np.random.default_rng(4)
    pulls = random.normal(size=(60, 3))
    signal = 3.0 * np.array([0.6, 0.4])
    mean = signal * 1.2 ** pulls[:, 2:] + np.array([1.0, 2.0]) * np.array([1.4, 1.3]) ** pulls[:, :2]
    seen, times = np.unique(random.poisson(mean), axis=0, return_counts=True)
    assert len(seen) <= DIFFERENT
    lanes = np.pad(seen, ((0, DIFFERENT - len(seen)), (0, 0))).astype(float)
    excesses = np.asarray(all_excesses(test, lanes, np.log(signal)))[: len(seen)]
    assert times @ (excesses <= 0) / 60 >= 0.9 - 2 * np.sqrt(0.09 / 60)


DIFFERENT = 48
"""Most counts that differ."""
WIDE = Region(1.0, 1.0, 1.4, 1.2, signal_pull="s"), Region(3.0, 2.0, 1.3, 1.2, signal_pull="s")


def test_drawn_toys_equal_the_averaged_cls_of_one_count():
    """One count with two pulls, beside a region without signal: the ratio orders its counts as they are."""
    regions = Region(3.0, 3.0, 1.4, 1.2, signal_pull="s"), Region(2.0, 2.0, 1.3, 1.0)
    test = by_toys(counts_from(*regions), 0.9, None)
    assert test.kind == "toys"
    values, _, errors = all_cls(test, np.log([[4.0, 1e-12], [7.0, 1e-12]]))
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    for signal, value, error in zip((4.0, 7.0), values, errors, strict=True):
        mean = signal * 1.2 ** nodes[:, None] + 3.0 * 1.4**nodes
        wanted = np.log(weights @ poisson.cdf(3, mean) @ weights / (weights @ poisson.cdf(3, 3.0 * 1.4**nodes)))
        assert 0 < float(error) < 0.15
        assert float(value) == pytest.approx(wanted, abs=4 * float(error) + 0.03)


def test_expected_limits_without_background_are_ln_10_in_every_band():
    for sigma in (-2.0, 0.0, 2.0):
        test = criterion(experiment_of(Region(0.0, 0.0), Region(0.0, 0.0)), Toys(expected=sigma, combined=True))
        excess = lambda s, test=test: float(all_cls(test, np.log([[s / 2, s / 2]]))[0][0]) - np.log(0.1)
        limit = brentq(excess, 1, 5, xtol=1e-6)
        assert limit == pytest.approx(np.log(10), rel=1e-4)


def test_one_region_has_its_own_limit():
    for region in (Region(0.0, 0.0), Region(4.0, 3.0)):
        own, toys = (float(signal_count(experiment_of(region), statistic_named(s, 0.9))) for s in ("cls", "toys"))
        assert toys == pytest.approx(own, rel=1e-8)


def test_few_events_are_told():
    assert expects_few(NA64E_2022)
    assert expects_few(NA64MU_2022)
    assert expects_few(JUNO)
    assert not expects_few(SUPERK)
    assert not expects_few(SUPERK_SPECTRUM)


def test_combined_limits_are_by_toys_where_few_events_are_expected(capsys):
    """0.0038628 by the asymptotic formulae, which exclude 1.35 events."""
    subject = ("limit", "na64e-2022", "dark-photon", "--mass", "1", "--combine")
    (row,) = answer(capsys, *subject)
    assert row["lower"] == pytest.approx(5.0404e-3, rel=1e-3)
    (forced,) = answer(capsys, *subject, "--statistic", "asymptotic")
    assert forced["lower"] == pytest.approx(3.863e-3, rel=1e-3)


def test_what_toys_cannot_do_is_told(capsys):
    wide = ("--set", "invisible.background=3", "--set", "visible.background=3", "--set", "background_error=1")
    subject = ("na64mu-2022", "alp-photon")
    toys = ("--combine", "--statistic", "toys")
    assert "drawn toys have no slopes" in complaint(capsys, "contours", *subject, *wide, *toys)
    assert "toys and expected limits have no slopes" in complaint(capsys, "sensitivity", *subject, "--mass", "0.01", *toys)
    free = ("limit", "superk-spectrum", "millicharge", "--mass", "0.1", "--statistic", "toys")
    assert "not of free normalisation: take asymptotic or profile" in complaint(capsys, *free)


@pytest.mark.parametrize(
    ("words", "statistic"),
    [
        (("limit", "na64mu-2022,na64mu-2023"), "toys"),
        (("contours", "na64mu-2022,na64mu-2023"), "asymptotic"),
        (("contours", "na64mu-2022"), "toys"),
        (("contours", "superk"), "asymptotic"),
        (("sensitivity", "na64mu-1e13"), "asymptotic"),
    ],
)
def test_what_needs_slopes_takes_no_drawn_toys_by_default(words, statistic):
    asked = request([*words[:2], "lmu-ltau", "--combine", *(["--mass", "0.1"] if words[0] == "sensitivity" else [])])
    rule, notes = rule_of(asked, [EXPERIMENTS[name] for name in asked.experiments])
    assert rule.name == statistic
    few = statistic == "asymptotic" and "superk" not in words
    told = "asymptotic excludes too much where fewer than 10 events are expected: toys cover there, but have no"
    assert notes == [f"{told} {words[0]}"] * few
