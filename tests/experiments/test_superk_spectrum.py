"""The spectra of Super-Kamiokande: the table, the fit of the background and the limit on electrons that recoil."""

import csv
import dataclasses
from importlib import resources

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from terminal import answer, complaint

from jaxdump.experiment import combine
from jaxdump.experiments import SUPERK, SUPERK_SPECTRUM
from jaxdump.inference.counts import counts_of
from jaxdump.inference.exclusion import criterion, signal_count
from jaxdump.inference.limits import limit
from jaxdump.inference.profile import background_asimov, q_tilde
from jaxdump.inference.statistics import Asymptotic, PublishedCounts, statistic_named
from jaxdump.region import Signal
from jaxdump.settings import with_numbers
from jaxdump.theories import Millicharge

TABLE = resources.files("jaxdump") / "data" / "superk_spectrum.csv"
ROWS = list(csv.DictReader(line for line in TABLE.read_text().splitlines() if not line.startswith("#")))
PHASES, NAMES = ("sk1", "sk2", "sk3"), ("muons", "electrons", "neutral", "pions")
COARSE = {
    ("sk1", "low"): ((16, 20, 24, 30, 40, 50, 90), (2, 3, 7, 8, 10, 17)),
    ("sk1", "medium"): ((16, 20, 24, 30, 40, 50, 90), (7, 10, 19, 56, 63, 90)),
    ("sk1", "high"): ((16, 20, 24, 30, 40, 50, 90), (22, 11, 8, 6, 2, 2)),
    ("sk2", "low"): ((30, 40, 50, 90), (2, 7, 15)),
    ("sk2", "medium"): ((30, 40, 50, 90), (24, 31, 52)),
    ("sk2", "high"): ((30, 40, 50, 90), (5, 3, 4)),
    ("sk3", "low"): ((16, 20, 24, 30, 40, 50, 90), (0, 1, 1, 2, 0, 13)),
    ("sk3", "medium"): ((16, 20, 24, 30, 40, 50, 90), (4, 6, 8, 20, 21, 46)),
    ("sk3", "high"): ((16, 20, 24, 30, 40, 50, 90), (4, 3, 1, 4, 2, 1)),
}
"""Edges [MeV] and events: counted from the lists of events by another program."""
ELECTRON = 0.511


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


def recoils() -> np.ndarray:
    """Events of a spectrum 1 / T^2 that has one between 16 and 30 MeV, seen in each bin."""
    low, high = column("low") - ELECTRON, column("high") - ELECTRON
    return column("efficiency") * (1 / low - 1 / high) / (1 / 16 - 1 / 30)


def region(*names: str) -> np.ndarray:
    return np.array([row["region"] in names for row in ROWS])


ALL = region("low", "medium", "high")


def fit(observed: np.ndarray, signal: np.ndarray, bins: np.ndarray = ALL) -> tuple[float, np.ndarray, dict[str, np.ndarray]]:
    """Twice the -log of the likelihood of some bins less that of means like the counts, its templates as good as they get,
    these, and the events of each in each phase: by scipy."""
    total, means, events = 0.0, np.zeros(len(ROWS)), {}
    for phase in PHASES:
        mine = bins & np.array([row["phase"] == phase for row in ROWS])
        n, s = observed[mine], signal[mine]
        shapes = np.stack([column(name)[mine] for name in NAMES])

        def value_and_slope(x, n=n, s=s, shapes=shapes):
            mean = s + x @ shapes + 1e-12
            log = np.where(n > 0, n * np.log(np.maximum(n, 1e-300) / mean), 0.0)
            return 2 * np.sum(mean - n + log), 2 * shapes @ (1 - n / mean)

        start = n.sum() * np.array([0.6, 0.2, 0.1, 0.1])
        options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000}
        best = minimize(value_and_slope, start, jac=True, bounds=[(1e-9, None)] * 4, method="L-BFGS-B", options=options)
        total, means[mine], events[phase] = total + best.fun, best.x @ shapes, best.x
    return total, means, events


def deviance(strength: float = 0.0) -> float:
    """`fit` to what was seen, with so many recoils between 16 and 30 MeV."""
    return fit(column("observed"), strength * recoils())[0]


@pytest.mark.parametrize(("phase", "angles"), COARSE)
def test_bins_hold_the_events_of_the_lists(phase, angles):
    edges, events = COARSE[phase, angles]
    mine = region(angles) & np.array([row["phase"] == phase for row in ROWS])
    counted, _ = np.histogram(column("low")[mine], edges, weights=column("observed")[mine])
    np.testing.assert_array_equal(counted, events)


def test_the_second_phase_holds_the_events_of_its_list():
    for angles, events in (("low", 29), ("medium", 129), ("high", 26)):
        assert sum(float(row["observed"]) for row in ROWS if (row["phase"], row["region"]) == ("sk2", angles)) == events


def test_shapes_are_shares_and_efficiencies_are_below_those_of_the_livetime():
    for phase, days in (("sk1", 1497.44), ("sk2", 793.71), ("sk3", 562.04)):
        mine = np.array([row["phase"] == phase for row in ROWS])
        for name in NAMES:
            assert column(name)[mine].sum() == pytest.approx(1, abs=1e-4)
        assert np.all(column("efficiency")[mine] < days / 2853.19)


def test_regions_of_cherenkov_angles_share_what_there_is():
    """Single electrons as the fit code shares them; of the side bands one tells pions, the other neutral currents."""
    each = {name: column("efficiency")[region(name)] for name in ("low", "medium", "high")}
    total = sum(each.values())
    for name, share in (("low", 9.433e-4), ("medium", 0.9925), ("high", 6.525e-3)):
        np.testing.assert_allclose(each[name] / total, share, rtol=1e-3)
    for name, angles, least in (
        ("pions", "low", 1.0),
        ("neutral", "high", 1.0),
        ("muons", "medium", 2.8),
        ("electrons", "medium", 2.8),
    ):
        assert column(name)[region(angles)].sum() > least


@pytest.mark.parametrize(("phase", "a", "b", "c"), [("sk1", 0.2468, 0.1492, 0.069), ("sk2", 0.0536, 0.52, 0.0458)])
def test_the_resolution_lets_more_into_the_lowest_bin(phase, a, b, c):
    """Of 1 / E^2 by w^2 E^2 / 2 d^2(w^2 / E^2)/dE^2 to second order in the width w; without cuts from 16 to 18 MeV."""
    mine = region("medium") & np.array([row["phase"] == phase for row in ROWS])
    low, high = column("low")[mine][0], column("high")[mine][0]
    width_over_energy = lambda e: ((a + b * np.sqrt(e) + c * e) / e) ** 2
    e, step = (low + high) / 2, 0.1
    more = 0.5 * e**2 * (width_over_energy(e + step) - 2 * width_over_energy(e) + width_over_energy(e - step)) / step**2
    reduction = {"sk1": (0.851 * 0.818 * 0.738, 1497.44), "sk2": (0.7067 * 0.762 * 0.738, 793.71)}[phase]
    kept = column("efficiency")[mine][0] / (0.9925 * reduction[0] * reduction[1] / 2853.19)
    assert kept == pytest.approx(1 + more, abs=0.006)
    assert 0.004 < more < 0.04


def test_the_background_fits_as_well_as_scipy_finds():
    counts = counts_of(SUPERK_SPECTRUM)
    expected = np.asarray(jax.jit(background_asimov)(counts).observed)
    n = np.asarray(counts.observed)
    got = 2 * np.sum(expected - n + np.where(n > 0, n * np.log(np.maximum(n, 1e-300) / expected), 0.0))
    assert got == pytest.approx(deviance(), abs=1e-4)
    assert 100 < got < 141  # bins, with 12 free numbers


def test_the_profile_limit_on_recoils_equals_scipy():
    """The best fit has 11 recoils."""
    least = minimize_scalar(deviance, bounds=(0, 40), method="bounded", options={"xatol": 1e-3}).fun
    wanted = brentq(lambda n: deviance(n) - least - 1.6424, 5, 60, xtol=1e-4)
    counts, log_one = counts_of(SUPERK_SPECTRUM), jnp.log(jnp.array(recoils()))
    value = jax.jit(lambda n: q_tilde(counts, Signal(log_one + jnp.log(n)), frozen=True))
    assert brentq(lambda n: float(value(n)) - 1.6424, 5, 60, xtol=1e-4) == pytest.approx(wanted, rel=1e-4)
    assert wanted == pytest.approx(29.55, abs=0.1)  # true events from 16 to 30 MeV


def test_the_count_is_that_of_the_spectra():
    """What `superk` holds is the sum of the medium bins up to 30 MeV; background and count give what the fit to these gives."""
    (count,), medium = SUPERK.regions, region("medium")
    observed, nothing = column("observed"), np.zeros(len(ROWS))
    window = medium & (column("high") <= 30)
    assert count.observed == observed[window].sum()
    _, expected, events = fit(observed, nothing, medium)
    slope, information = [], []
    for phase in PHASES:
        mine = medium & np.array([row["phase"] == phase for row in ROWS])
        shapes = np.stack([column(name)[mine] for name in NAMES])
        free = events[phase] > 1e-6
        weights = observed[mine] / expected[mine] ** 2
        information.append(np.linalg.inv(shapes[free] * weights @ shapes[free].T))
        slope.append(shapes[free][:, window[mine]].sum(axis=1))
    fitted, variance = expected[window].sum(), sum(s @ v @ s for s, v in zip(slope, information, strict=True))
    weights = np.array([1 / count.background_error**2, 1 / fitted])
    assert 1 / weights.sum() == pytest.approx(variance, rel=0.01)
    assert weights @ [count.background, count.observed] / weights.sum() == pytest.approx(fitted, abs=0.1)
    assert count.selection_efficiency == pytest.approx(recoils()[window].sum(), abs=0.005)


def test_the_medium_angles_alone_limit_more():
    """Neutral currents take what a signal would be, and the best fit has none: the count of `superk` is 23."""
    medium, observed = region("medium"), column("observed")
    least = fit(observed, 0 * observed, medium)[0]
    assert fit(observed, recoils(), medium)[0] > least
    alone = brentq(lambda n: fit(observed, n * recoils(), medium)[0] - least - 1.6424, 5, 60, xtol=1e-3)
    assert alone == pytest.approx(20.24, abs=0.1)


@pytest.mark.parametrize("statistic", ["cls", "bayes", "asymptotic"])
def test_statistics_of_the_count_limit_the_charge_as_it_does(statistic):
    """Without the error of the flux, which the count does not have either; events go with the fourth power."""
    run = dataclasses.replace(SUPERK, regions=(dataclasses.replace(SUPERK.regions[0], signal_error=None),))
    over = signal_count(run, statistic_named(statistic)) / signal_count(run, PublishedCounts())
    assert over**0.25 == pytest.approx(1, abs=0.1)


def test_the_count_and_the_spectra_are_not_combined():
    with pytest.raises(ValueError, match="superk and superk-spectrum both count the events of the relic neutrino search"):
        combine(SUPERK, SUPERK_SPECTRUM)


def test_the_limit_is_near_that_of_the_count():
    """Which has the published number of events; they go with the fourth power."""
    run, make = with_numbers(SUPERK_SPECTRUM, Millicharge, {"parents": "mesons"})
    (ours,) = limit(run, make, np.array([0.1]), Asymptotic(combined=True)).lower[:, 0]
    run, make = with_numbers(SUPERK, Millicharge, {"parents": "mesons"})
    (log_events,) = jax.jit(lambda charge: run.log_signal(make(0.1, charge)))(ours)
    assert np.exp((np.log(float(signal_count(run, PublishedCounts()))) - log_events) / 4) == pytest.approx(1, abs=0.1)


def test_the_command_takes_the_bins_together(capsys):
    (row,) = answer(capsys, "limit", "superk-spectrum", "millicharge", "--mass", "0.03", "--set", "parents=mesons")
    assert row["region"] == "superk-spectrum"
    assert row["status"] == "found"
    assert row["lower"] == pytest.approx(1.654e-3, rel=0.01)


def test_side_bands_tell_a_signal_from_neutral_currents():
    """q0 of 30 recoils, from what is expected with and without them: seven times that of the medium angles alone."""
    none, thirty = np.zeros(len(ROWS)), 30 * recoils()
    for bins, wanted in ((region("medium"), 0.623), (ALL, 4.24)):
        expected = fit(column("observed"), none, bins)[1]
        assert fit(expected + thirty, none, bins)[0] == pytest.approx(wanted, rel=0.02)


def test_a_count_beside_a_spectrum_is_told(capsys):
    assert "one after the other" in complaint(capsys, "limit", "superk,superk-spectrum", "millicharge", "--mass", "0.1")


def test_bins_alone_are_refused():
    with pytest.raises(ValueError, match="sk1 of superk-spectrum has 48 bins: combine, with asymptotic or profile"):
        criterion(SUPERK_SPECTRUM, PublishedCounts())
