"""The example of each page of docs/develop prints what the page shows, and its numbers are right."""

import contextlib
import functools
import io
import pathlib
import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

import jaxdump
from jaxdump.constants import MUON_MASS
from jaxdump.experiments import M3_1E13
from jaxdump.numerics.level_sets import CurveStatus
from jaxdump.numerics.roots import Status
from jaxdump.theories import LmuLtau, ScalarMuon

EXAMPLE = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", re.DOTALL)
PAGES = {page.stem: page for page in (pathlib.Path(__file__).parents[1] / "docs" / "develop").glob("*.md")}
RECIPES = sorted(name for name, page in PAGES.items() if EXAMPLE.search(page.read_text()))
MASSES = (0.001, 0.1, 3.0)
LARGEST = 4.9e-10


@functools.cache
def example(name: str) -> tuple[dict, str, str]:
    """The names of the only example of a page, what it prints, and what the page says that it prints; it is run once."""
    ((code, shown),) = EXAMPLE.findall(PAGES[name].read_text())
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, str(PAGES[name]), "exec"), names := {"__name__": name})
    return names, printed.getvalue(), shown


def test_there_are_recipes():
    assert {"checks", "experiment", "lines", "source", "stage", "statistic", "theory"} <= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_the_example_of_a_page_prints_what_the_page_shows(name):
    _, printed, shown = example(name)
    assert printed == shown


def test_the_events_of_the_theory_are_those_of_alp_photon():
    names, printed, _ = example("theory")
    assert printed.count("1.0000 of alp-photon's") == 2
    assert float(names["events"](names["axion"])) == pytest.approx(float(names["events"](names["alp"])), rel=1e-12)


def test_a_list_of_one_energy_is_a_thin_target():
    names, *_ = example("source")
    assert names["limit"](names["one"]) == pytest.approx(names["limit"](names["tracks"]), rel=1e-12)


def test_the_statistic_excludes_the_signals_that_it_says():
    names, *_ = example("statistic")
    none_seen = jaxdump.PublishedCounts(events=-np.log(0.05))  # M3 sees nothing: exp(-s) = 1 - 0.95
    of_counts = jaxdump.limit(M3_1E13, LmuLtau, [0.01, 0.1], none_seen).lower[:, 0]
    np.testing.assert_allclose(names["alone"][:, 0], of_counts, rtol=1e-9)
    np.testing.assert_allclose(names["together"][:, 0] ** -2, np.sum(names["alone"] ** -2, axis=1), rtol=1e-9)


def coupling_by_scipy(mass: float) -> float:
    """The coupling of the largest rise of the muon's magnetic moment."""
    square = (mass / MUON_MASS) ** 2
    integrand = lambda z: (1 - z) ** 2 * (1 + z) / ((1 - z) ** 2 + z * square)
    integral, _ = quad(integrand, 0, 1, points=[1e-4, 1e-3, 1e-2, 0.1, 0.9, 0.99, 0.999], epsabs=0, epsrel=1e-10, limit=500)
    return float(brentq(lambda g: g**2 * integral / (8 * np.pi**2) - LARGEST, 1e-6, 1.0, xtol=1e-14, rtol=1e-13))


def test_the_line_is_where_scipy_finds_it():
    names, *_ = example("lines")
    limits = jaxdump.limit(names["line"], ScalarMuon, MASSES)
    assert limits.regions == ("magnetic moment",)
    np.testing.assert_allclose(limits.lower[:, 0], list(map(coupling_by_scipy, MASSES)), rtol=1e-6)
    assert np.isnan(limits.upper).all()
    assert (limits.status == Status.FOUND).all()
    assert (limits.share == 1).all()


def test_the_contour_of_the_line_is_on_its_limits():
    island = example("lines")[0]["island"]
    assert island.status == CurveStatus.COMPLETE
    for mass, coupling in island.points[[0, len(island.points) // 2, -1]]:
        assert coupling == pytest.approx(coupling_by_scipy(mass), rel=1e-6)
