"""Limits on millicharged pairs against an independent calculation and published projections."""

import numpy as np
import pytest
from conftest import stored

import jaxdump
from jaxdump.experiments import LDMX_1E15, LDMX_2E16_8GEV, NA64E_5E12, NA64MU_1E14
from jaxdump.settings import with_method, with_numbers
from jaxdump.theories import Millicharge

PAIRS = stored("millicharge")["pairs"]
THIN = {"target": "thin"}
LEAD = {"efficiency": 1.0, "molar_mass": 207.0}


def limits(run, masses, numbers, method):
    run, make = with_numbers(with_method(run, method), Millicharge, numbers)
    return jaxdump.limit(run.only("invisible"), make, np.array(masses)).lower[:, 0]


@pytest.mark.parametrize(
    ("name", "number", "run", "numbers"),
    [
        ("NA64e", 5e12, NA64E_5E12, THIN | LEAD),
        ("NA64mu", 1e14, NA64MU_1E14, LEAD | {"target_length": 0.22448}),
        ("LDMX", 1e15, LDMX_1E15, THIN | {"mesons": 0.0, "bremsstrahlung.molar_mass": 27.0}),
    ],
)
def test_limits_from_radiated_pairs_equal_the_reference(name, number, run, numbers):
    """In its set-up, without mesons; a thin target has no shower whose photons make them."""
    wanted = {row["mchi"]: row["eps90"] for row in PAIRS if (row["exp"], row["LOT"]) == (name, number)}
    np.testing.assert_allclose(limits(run, [*wanted], numbers, "ww"), [*wanted.values()], rtol=1e-5)


def test_muons_exclude_what_their_projection_says():
    """1e-4 to 7e-4 for 10 to 150 MeV. arXiv:2505.04295."""
    lower = limits(NA64MU_1E14, [0.01, 0.03, 0.1, 0.15], {"efficiency": 1.0}, "ww")
    assert np.all((lower > 1e-4) & (lower < 7e-4))


def test_mesons_at_ldmx_exclude_what_the_projection_says():
    """1e-3 to 1.5e-3 for 250 to 400 MeV, arXiv:2505.04295; 9e-4 to 1.4e-3 up to 380 MeV from photons to first order."""
    masses = [0.25, 0.30, 0.35, 0.38]
    np.testing.assert_allclose(limits(LDMX_2E16_8GEV, masses, {}, "ww"), [9.6e-4, 1.02e-3, 1.16e-3, 1.5e-3], rtol=0.02)
    first = limits(LDMX_2E16_8GEV, masses, THIN, "ww")
    np.testing.assert_allclose(first, [9.1e-4, 9.6e-4, 1.09e-3, 1.4e-3], rtol=0.03)
