import dataclasses

import jax
import numpy as np
import pytest
import scipy.stats
from counting import Likelihood, Region, counts_from, experiment_of
from scipy.stats import norm

import jaxdump
from jaxdump.experiment import combine
from jaxdump.experiments import NA64MU_2022, NA64MU_2023, SUPERK_SPECTRUM
from jaxdump.inference import poisson
from jaxdump.inference.exclusion import CountTest, criterion, labels, pieces, signal_count
from jaxdump.inference.poisson import expected_count, unified_upper_count
from jaxdump.inference.profile import ProfileTest
from jaxdump.inference.statistics import Asymptotic, CLs, FeldmanCousins, Profile, PublishedCounts, statistic_named
from jaxdump.theories import AlpPhoton

every_statistic = pytest.mark.parametrize("statistic", ["cls", "bayes", "asymptotic", "profile", "feldman-cousins"])
signals = jax.jit(lambda experiment, theory: experiment.log_signal(theory))


def unified(*arguments, whole=poisson.feldman_cousins):
    """Feldman-Cousins by another name: programs of its own."""
    return whole(*arguments)


@pytest.fixture
def few_backgrounds(monkeypatch):
    """Feldman-Cousins looks at 21 larger backgrounds in place of 61: what asks it for intervals does not mind."""
    monkeypatch.setattr(poisson, "BACKGROUNDS", 21)
    monkeypatch.setattr(poisson, "feldman_cousins", unified)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"statistic": "bayesian"},
            "no statistic 'bayesian': choose one of counts, cls, bayes, asymptotic, profile, feldman-cousins",
        ),
        ({"level": 0.95}, "published counts hold at level 0.9, not 0.95: take another statistic, or give events"),
        ({"statistic": "cls", "level": 0.0}, "level must be above 0 and below 1, not 0"),
        ({"statistic": "cls", "level": 1.0}, "level must be above 0 and below 1, not 1"),
        ({"statistic": "cls", "level": float("nan")}, "level must be above 0 and below 1, not nan"),
        ({"statistic": "profile", "level": 0.5}, "limit by profile: level must be above 0.5 and below 1, not 0.5"),
        ({"statistic": "profile", "level": 0.4}, "limit by profile: level must be above 0.5 and below 1, not 0.4"),
        ({"events": 0.0}, "events must be finite and positive, not 0"),
        ({"events": float("inf")}, "events must be finite and positive, not inf"),
        ({"statistic": "profile", "events": 2.3}, "events=2.3 sets the excluded count itself: leave it out with profile"),
        ({"expected": 0.0}, "statistic counts has no expected limit: take another one, such as cls"),
        ({"events": 2.3, "expected": 0.0}, "statistic counts has no expected limit"),
        ({"statistic": "cls", "expected": 5.1}, "expected must be at least -5 and at most 5, not 5.1"),
        *(
            ({"statistic": s, "combined": True}, f"statistic {s} takes each region by itself")
            for s in ("counts", "cls", "bayes")
        ),
        ({"statistic": "feldman-cousins", "combined": True}, "combine with asymptotic or profile"),
    ],
)
def test_rules_that_make_no_sense_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        criterion(NA64MU_2022, statistic_named(**options))


@pytest.mark.parametrize("sigma", [-5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0])
def test_expected_counts_are_poisson_quantiles(sigma):
    for background in (0.0, 1e-6, 0.05, 0.5, 0.693, 1.0, 2.7, 10.0, 99.5, 1e3, 1e5):
        wanted = scipy.stats.poisson.ppf(norm.cdf(sigma), background) if background else 0
        assert expected_count(counts_from(Region(4, background)), sigma) == max(wanted, 0), background


def test_expected_counts_spread_with_the_error_of_the_background():
    """Quantiles of toys of 20 +- 8 events."""
    exact, wide = counts_from(Region(0, 20.0)), counts_from(Region(0, 20.0, 1.4))
    random = np.random.default_rng(1)
    toys = random.poisson(20 * 1.4 ** random.normal(size=400_000))
    for sigma in (-2.0, -1.0, 0.0, 1.0, 2.0):
        assert abs(expected_count(wide, sigma) - np.quantile(toys, norm.cdf(sigma))) <= 1
    assert expected_count(wide, 2.0) > expected_count(exact, 2.0) > expected_count(exact, -2.0) > expected_count(wide, -2.0)


@every_statistic
@pytest.mark.usefixtures("few_backgrounds")
def test_expected_limits_rise_with_the_background(statistic):
    """Around the limit for the median count; profiled nuisances would also follow what was seen."""
    factor = 1.2 if statistic in ("cls", "bayes") else 1.0
    run = experiment_of(Region(30, 9.0, factor))
    usual = statistic_named(statistic, 0.9)
    limits = [float(signal_count(run, usual.at(sigma))) for sigma in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    assert np.all(np.diff(limits) > 0)
    assert float(signal_count(run, statistic_named(statistic, 0.9))) > limits[-1]
    median = float(signal_count(experiment_of(Region(9, 9.0, factor)), statistic_named(statistic, 0.9)))
    assert limits[2] == pytest.approx(median, rel=0.05)


@every_statistic
@pytest.mark.usefixtures("few_backgrounds")
def test_every_statistic_gives_about_the_same_for_many_events(statistic):
    """Ninety seen and ninety expected: s = 1.28 sqrt(90 + s) one-sided, 1.64 for CLs and for two sides."""
    quantile = norm.ppf(0.9) if statistic == "profile" else norm.ppf(0.95)
    got = float(signal_count(experiment_of(Region(90, 90.0)), statistic_named(statistic, 0.9)))
    assert got == pytest.approx(quantile * np.sqrt(90 + got / 2), rel=0.07)


def test_counts_come_from_what_is_published_or_given():
    published = [region.published_upper_count for region in NA64MU_2022.regions]
    np.testing.assert_array_equal(criterion(NA64MU_2022, PublishedCounts()).counts, published)
    np.testing.assert_array_equal(criterion(NA64MU_2022, PublishedCounts(events=3.5, level=0.95)).counts, [3.5, 3.5])


def test_upper_counts_are_of_events_before_the_selection():
    """Half of the signal seen: counts that are published or given exclude the same theory, others one with twice the signal."""
    whole = experiment_of(Region(4, 3.0))
    half = dataclasses.replace(whole, regions=(dataclasses.replace(whole.regions[0], selection_efficiency=0.5),))
    for rule, ratio in ((PublishedCounts(), 0.5), (PublishedCounts(events=3.5), 0.5), (CLs(), 1.0)):
        assert float(signal_count(half, rule)) == pytest.approx(ratio * float(signal_count(whole, rule)), rel=1e-12)
    theory = AlpPhoton(0.01, 1e-3)
    halved = dataclasses.replace(NA64MU_2022.regions[0], selection_efficiency=0.5)
    seen = signals(dataclasses.replace(NA64MU_2022, regions=(halved, *NA64MU_2022.regions[1:])), theory)
    np.testing.assert_allclose(seen - signals(NA64MU_2022, theory), [np.log(0.5), 0.0], atol=1e-12)


def test_each_region_by_itself_or_all_together():
    both = combine(NA64MU_2022, NA64MU_2023)
    with pytest.raises(ValueError, match="the background of visible is unknown, and so is what it lets expect"):
        criterion(both, Profile(combined=True, expected=1.0))
    apart, together = criterion(both, CLs()), criterion(both, Profile(combined=True))
    assert isinstance(apart, CountTest)
    np.testing.assert_allclose(apart.counts, [np.log(10), 7.9935895, np.log(10), np.log(10)], rtol=1e-7)
    assert isinstance(together, ProfileTest)
    assert together.counts.observed.shape == (4,)
    assert len(pieces(apart, both)) == 4
    assert len(pieces(together, both)) == 1
    assert labels(both, combined=True) == ("na64mu-2022 (invisible + visible) + na64mu-2023 (invisible + visible)",)
    one = combine(NA64MU_2022.only("visible"), SUPERK_SPECTRUM)
    assert labels(one, combined=True) == ("na64mu-2022 visible + superk-spectrum",)
    assert labels(combine(NA64MU_2022), combined=True) == labels(NA64MU_2022, combined=True) == ("invisible + visible",)
    assert labels(both, combined=False)[2] == "na64mu-2023 invisible"
    assert labels(NA64MU_2022, combined=False) == ("invisible", "visible")


@pytest.mark.usefixtures("few_backgrounds")
def test_unified_interval_takes_as_many_counts_as_it_needs():
    """180 events need more than the 200 counts that it starts with."""
    few, many = (jax.jit(unified, static_argnums=3)(180.0, 150.0, 0.9, largest) for largest in (200, 400))
    assert np.isnan(few.upper)
    assert unified_upper_count(counts_from(Region(180, 150.0)), 0.9) == pytest.approx(float(many.upper), rel=1e-9)


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (Region(4, 3.0, 1.2), "without errors: take profile"),
        (Region(4.5, 3.0), "a whole count"),
        (Region(1e5, 1e5), "for small counts, not 100000 with 100000 expected: take profile"),
    ],
)
def test_what_a_unified_interval_is_not_for_is_told(region, message):
    with pytest.raises(ValueError, match=message):
        signal_count(experiment_of(region), FeldmanCousins())


@pytest.mark.parametrize("level", [0.90, 0.95])
def test_edges_of_a_combined_limit_have_the_cls_of_the_level(level):
    """Two regions with a common error of the signal: the island of an axion, CLs by scipy."""
    wide = {"background": 0.4, "background_error": 0.2, "signal_error": 0.2, "signal_nuisance": "yield"}
    run = dataclasses.replace(NA64MU_2022, regions=tuple(dataclasses.replace(r, **wide) for r in NA64MU_2022.regions))
    masses = np.array([3e-3, 0.01, 0.03])
    limits = jaxdump.limit(run, AlpPhoton, masses, Asymptotic(level, combined=True))
    assert limits.lower.shape == (3, 1)
    seen = [Region(observed, 0.4, 1.5, 1.2, signal_pull="yield") for observed in (0.0, 4.0)]
    cls = lambda mass, g: Likelihood(seen, np.exp(signals(run, AlpPhoton(mass, g)))).asymptotic_cls()
    found = 0
    for edges in (limits.lower[:, 0], limits.upper[:, 0]):
        for mass, edge in zip(masses, edges, strict=True):
            if np.isfinite(edge):
                assert float(cls(mass, edge)) == pytest.approx(1 - level, rel=1e-6)
                found += 1
    assert found >= 4
    inside = np.sqrt(limits.lower[1, 0] * limits.upper[1, 0])
    assert float(cls(masses[1], inside)) < 1 - level
