import dataclasses

import numpy as np
import pytest

import jaxdump
from jaxdump import FeldmanCousins, Number
from jaxdump.experiments import EXPERIMENTS, NA64E_2022, NA64MU_1E13
from jaxdump.inference.band import Band, alternatives
from jaxdump.inference.limits import Limits
from jaxdump.inference.sensitivity import edge_slopes
from jaxdump.numerics.roots import Status
from jaxdump.settings import replaced, settings_of, with_numbers
from jaxdump.theories import AlpPhoton, Millicharge
from jaxdump.theories.family import Family

MASSES = [0.004, 0.01, 0.02]
ERRORS = {"exposure": 0.1, "x_min": 0.02, "exit_length": 0.05}
"""Relative errors."""


def uncertain(run, errors):
    """The run with an error of these numbers."""
    new = {
        one.path: Number(one.value, "A", "", error=errors[one.names[0]] * one.value)
        for one in settings_of(run)
        if one.names[0] in errors
    }
    return replaced(run, new)


RUN = uncertain(NA64MU_1E13, ERRORS)


@pytest.fixture(scope="module")
def found():
    return jaxdump.band(dataclasses.replace(RUN, alternatives=(("exit_length", 12.0),)), AlpPhoton, MASSES)


@pytest.mark.parametrize("name", ERRORS)
def test_shifts_are_changes_of_limits_by_one_error(found, name):
    """To first order: a hundredth of the error, which is a hundred times the rounding of a limit."""
    value = next(one.value for one in settings_of(RUN) if one.names[0] == name)
    step = 1e-3
    ends = [with_numbers(NA64MU_1E13, AlpPhoton, {name: value + sign * step * value.error})[0] for sign in (1, -1)]
    up, down = (jaxdump.limit(end, AlpPhoton, MASSES) for end in ends)
    assert np.isfinite(found.limits.lower).all()
    for edge, shift in zip(("lower", "upper"), found.errors[name], strict=True):
        wanted = np.log(getattr(up, edge) / getattr(down, edge)) / (2 * step)
        np.testing.assert_allclose(shift, wanted, rtol=1e-3, atol=1e-6)


def test_an_error_moves_the_limit_itself(found):
    """By the error as a whole, to second order."""
    more, _ = with_numbers(NA64MU_1E13, AlpPhoton, {"exposure": RUN.exposure + RUN.exposure.error})
    moved = np.log(jaxdump.limit(more, AlpPhoton, MASSES).lower / found.limits.lower)
    np.testing.assert_allclose(found.errors["exposure"][0], moved, rtol=0.1)
    assert np.all(moved < -0.01)


def test_bands_are_edges_in_quadrature(found):
    sizes = np.sqrt(sum(shift**2 for shift in found.errors.values()))
    strong, weak = found.of_errors
    np.testing.assert_allclose(strong.lower, found.limits.lower * np.exp(-sizes[0]), rtol=1e-12)
    np.testing.assert_allclose(weak.upper[:, 1], (found.limits.upper * np.exp(-sizes[1]))[:, 1], rtol=1e-12)


def test_alternatives_are_limits_of_their_own(found):
    assert set(found.alternatives) == {"exit_length=12.0"}
    longer = jaxdump.limit(with_numbers(NA64MU_1E13, AlpPhoton, {"exit_length": 12.0})[0], AlpPhoton, MASSES)
    np.testing.assert_array_equal(found.alternatives["exit_length=12.0"].lower, longer.lower)
    strong, weak = found.of_alternatives
    np.testing.assert_array_equal(strong.lower, np.minimum(found.limits.lower, longer.lower))
    np.testing.assert_array_equal(weak.lower, np.maximum(found.limits.lower, longer.lower))


def test_other_masses_and_errors_compile_nothing_new(found):
    before = len(edge_slopes.ready)
    smaller = uncertain(NA64MU_1E13, {name: error / 2 for name, error in ERRORS.items()})
    again = jaxdump.band(smaller, AlpPhoton, MASSES[:2])
    assert len(edge_slopes.ready) == before
    for name, shift in again.errors.items():
        np.testing.assert_allclose(2 * shift, found.errors[name][:, :2], rtol=1e-9)


def test_sensitivity_tells_the_same_shifts(found):
    slopes = jaxdump.sensitivity(RUN, AlpPhoton, MASSES[1])
    for name, shift in found.errors.items():
        np.testing.assert_allclose(slopes.shifts[:, slopes.inputs.index(name)], shift[:, 1], rtol=1e-9)
    together = np.sqrt(sum(shift[:, 1] ** 2 for shift in found.errors.values()))
    np.testing.assert_allclose(slopes.shift, together, rtol=1e-9)


def limits(lower, upper, status):
    row = lambda values: np.array([values])
    return Limits(("r",) * len(lower), np.array([0.1]), row(lower), row(upper), row(status), np.ones((1, len(lower), 2)))


def test_missing_edges_and_closed_islands():
    """Found; without an upper edge; nothing allowed any more; an island that an alternative opens."""
    nan, found = np.nan, Status.FOUND
    usual = limits([1.0, 1.0, 1.0, nan], [4.0, nan, 1.1, nan], [found, found, found, Status.ALLOWED])
    other = limits([2.0, nan, 1.0, 3.0], [5.0, 3.0, 1.1, 4.0], [found, found, found, found])
    errors = {"a": np.full((2, 1, 4), 0.3), "b": np.full((2, 1, 4), -0.4)}
    band = Band(usual, errors, {"x=y": other})
    strong, weak = band.of_errors
    np.testing.assert_allclose(strong.lower[0], np.array([1, 1, 1, nan]) * np.exp(-0.5))
    np.testing.assert_allclose(weak.upper[0], [4 * np.exp(-0.5), nan, nan, nan])
    assert weak.status[0].tolist() == [found, found, Status.ALLOWED, Status.ALLOWED]
    strong, weak = band.of_alternatives
    np.testing.assert_array_equal(strong.lower[0], [1, nan, 1, 3])
    np.testing.assert_array_equal(strong.upper[0], [5, nan, 1.1, 4])
    np.testing.assert_array_equal(weak.lower[0], [2, 1, 1, nan])
    np.testing.assert_array_equal(weak.upper[0], [4, 3, 1.1, nan])
    assert strong.status[0].tolist() == [found, Status.EXCLUDED, found, found]
    assert weak.status[0, 3] == Status.ALLOWED


@pytest.mark.parametrize("name", [name for name, run in EXPERIMENTS.items() if run.alternatives])
def test_alternatives_are_choices_of_their_experiments(name):
    """Each changes something."""
    run = EXPERIMENTS[name]
    others = alternatives(run, Family(Millicharge))
    assert len(others) == len(run.alternatives)
    assert all(other != run for other in others.values())


def test_runs_together_share_an_alternative():
    both = jaxdump.combine(EXPERIMENTS["superk"], EXPERIMENTS["juno"], NA64E_2022)
    superk, juno, na64e = alternatives(both, Family(Millicharge))["yields=sibyll"].members
    assert superk.productions == juno.productions != EXPERIMENTS["superk"].productions
    assert na64e == NA64E_2022


def test_statistics_without_slopes_are_refused_where_numbers_have_errors():
    with pytest.raises(ValueError, match="have no slopes"):
        jaxdump.band(NA64E_2022, AlpPhoton, [0.1], FeldmanCousins())
