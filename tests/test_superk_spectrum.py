"""The spectra of Super-Kamiokande: the table, the fit of the background and the limit on electrons that recoil."""

import csv
import dataclasses
from importlib import resources

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from terminal import answer, complaint

from jaxdump.counts import counts_of
from jaxdump.criterion import Rule, criterion, signal_count
from jaxdump.experiment import combine
from jaxdump.experiments import SUPERK, SUPERK_SPECTRUM
from jaxdump.limits import limit
from jaxdump.names import with_numbers
from jaxdump.profile_likelihood import background_asimov, q_tilde
from jaxdump.theories import Millicharge

TABLE = resources.files("jaxdump") / "data" / "superk_spectrum.csv"
ROWS = list(csv.DictReader(line for line in TABLE.read_text().splitlines() if not line.startswith("#")))
COARSE = {
    "sk1": ((16, 20, 24, 30, 40, 50, 90), (7, 10, 19, 56, 63, 90)),
    "sk3": ((16, 20, 24, 30, 40, 50, 90), (4, 6, 8, 20, 21, 46)),
}
"""Edges [MeV] and events: counted from the lists of events by another program."""
ELECTRON = 0.511
fitted, limited = (pytest.mark.xdist_group(f"superk-spectrum {what}") for what in ("fit", "limit"))  # one program each


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


def recoils() -> np.ndarray:
    """Events of a spectrum 1 / T^2 that has one between 16 and 30 MeV, seen in each bin."""
    low, high = column("low") - ELECTRON, column("high") - ELECTRON
    return column("efficiency") * (1 / low - 1 / high) / (1 / 16 - 1 / 30)


def deviance(strength: float = 0.0) -> float:
    """Twice the -log of the likelihood less that of means like the counts, its templates as good as they get: scipy."""
    total = 0.0
    for phase in ("sk1", "sk2", "sk3"):
        mine = np.array([row["phase"] == phase for row in ROWS])
        n, signal = column("observed")[mine], strength * recoils()[mine]
        shapes = np.stack([column(name)[mine] for name in ("muons", "electrons", "neutral", "pions")])

        def value_and_slope(x, n=n, signal=signal, shapes=shapes):
            mean = signal + x @ shapes
            log = np.where(n > 0, n * np.log(np.maximum(n, 1e-300) / mean), 0.0)
            return 2 * np.sum(mean - n + log), 2 * shapes @ (1 - n / mean)

        start = n.sum() * np.array([0.6, 0.2, 0.1, 0.1])
        options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000}
        total += minimize(value_and_slope, start, jac=True, bounds=[(1e-9, None)] * 4, method="L-BFGS-B", options=options).fun
    return total


@pytest.mark.parametrize("phase", COARSE)
def test_bins_hold_the_events_of_the_lists(phase):
    edges, events = COARSE[phase]
    mine = np.array([row["phase"] == phase for row in ROWS])
    counted, _ = np.histogram(column("low")[mine], edges, weights=column("observed")[mine])
    np.testing.assert_array_equal(counted, events)


def test_the_second_phase_holds_the_events_of_its_list():
    assert sum(float(row["observed"]) for row in ROWS if row["phase"] == "sk2") == 129


def test_shapes_are_shares_and_efficiencies_are_below_those_of_the_livetime():
    for phase, days in (("sk1", 1497.44), ("sk2", 793.71), ("sk3", 562.04)):
        mine = np.array([row["phase"] == phase for row in ROWS])
        for name in ("muons", "electrons", "neutral", "pions"):
            assert column(name)[mine].sum() == pytest.approx(1, abs=1e-4)
        assert np.all(column("efficiency")[mine] < days / 2853.19)


@fitted
def test_the_background_fits_as_well_as_scipy_finds():
    counts = counts_of(SUPERK_SPECTRUM)
    expected = np.asarray(jax.jit(background_asimov)(counts).observed)
    n = np.asarray(counts.observed)
    got = 2 * np.sum(expected - n + np.where(n > 0, n * np.log(np.maximum(n, 1e-300) / expected), 0.0))
    assert got == pytest.approx(deviance(), abs=1e-4)
    assert 20 < got < 47  # bins, with 12 free numbers


def test_the_profile_limit_on_recoils_equals_scipy():
    wanted = brentq(lambda n: deviance(n) - deviance(0.0) - 1.6424, 5, 60, xtol=1e-4)
    counts, log_one = counts_of(SUPERK_SPECTRUM), jnp.log(jnp.array(recoils()))
    value = jax.jit(lambda n: q_tilde(counts, log_one + jnp.log(n), frozen=True))
    assert brentq(lambda n: float(value(n)) - 1.6424, 5, 60, xtol=1e-4) == pytest.approx(wanted, rel=1e-4)
    assert 15 < wanted < 25  # true events from 16 to 30 MeV: the count of `superk` is 23


@fitted
def test_the_count_is_that_of_the_spectra():
    """What `superk` holds is the sum of the bins up to 30 MeV; background and count give what the fit to all bins gives."""
    counts, (region,) = counts_of(SUPERK_SPECTRUM), SUPERK.regions
    window = column("high") <= 30
    assert region.observed == column("observed")[window].sum()
    best = jax.jit(background_asimov)(counts)
    expected, templates = np.asarray(best.observed), np.asarray(counts.templates)
    free = np.asarray(best.centre) > -1 + 1e-6
    curvature = templates[:, free].T @ ((np.asarray(counts.observed) / expected**2)[:, None] * templates[:, free])
    slope = templates[window][:, free].sum(axis=0)
    fitted, variance = expected[window].sum(), slope @ np.linalg.solve(curvature, slope)
    weights = np.array([1 / region.background_error**2, 1 / fitted])
    assert 1 / weights.sum() == pytest.approx(variance, rel=0.01)
    assert weights @ [region.background, region.observed] / weights.sum() == pytest.approx(fitted, abs=0.1)
    assert region.selection_efficiency == pytest.approx(recoils()[window].sum(), abs=0.005)


@pytest.mark.xdist_group("limit of one count")
@pytest.mark.parametrize("statistic", ["cls", "bayes", "asymptotic"])
def test_statistics_of_the_count_limit_the_charge_as_it_does(statistic):
    """Without the error of the flux, which the count does not have either; events go with the fourth power."""
    run = dataclasses.replace(SUPERK, regions=(dataclasses.replace(SUPERK.regions[0], signal_error=None),))
    assert (signal_count(run, Rule(statistic)) / signal_count(run, Rule())) ** 0.25 == pytest.approx(1, abs=0.1)


def test_the_count_and_the_spectra_are_not_combined():
    with pytest.raises(ValueError, match="superk and superk-spectrum both count the events of the relic neutrino search"):
        combine(SUPERK, SUPERK_SPECTRUM)


@limited
def test_the_limit_is_near_that_of_the_count():
    changes = {"parents": "mesons"}
    masses = np.array([0.03, 0.3])
    ours, counted = (
        limit(*with_numbers(run, Millicharge, changes), masses, rule).lower[:, 0]
        for run, rule in ((SUPERK_SPECTRUM, Rule("asymptotic", combined=True)), (SUPERK, Rule()))
    )
    np.testing.assert_allclose(ours, counted, rtol=0.1)


@limited
def test_the_command_takes_the_bins_together(capsys):
    (row,) = answer(capsys, "limit", "superk-spectrum", "millicharge", "--mass", "0.03", "--set", "parents=mesons")
    assert row["region"] == "superk-spectrum"
    assert row["status"] == "found"


def test_a_count_beside_a_spectrum_is_told(capsys):
    assert "one after the other" in complaint(capsys, "limit", "superk,superk-spectrum", "millicharge", "--mass", "0.1")


def test_a_bin_alone_is_refused():
    with pytest.raises(ValueError, match=r"sk1 16-17 MeV of superk-spectrum is a bin of a spectrum: combine"):
        criterion(SUPERK_SPECTRUM, Rule())
