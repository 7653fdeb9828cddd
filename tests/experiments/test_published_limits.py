"""Limits of lepton beams against published ones, in the places where the efficiency or the geometry do not make them agree."""

import functools

import numpy as np

import jaxdump
from jaxdump.experiments import E137, NA64E_2022
from jaxdump.numerics.roots import Status
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpPhoton, DarkPhoton

VISIBLE = functools.partial(DarkPhoton, alpha_D=0.0)


def test_na64_dark_photon():
    """90 % CL, arXiv:2307.02404, digitised; the efficiency was chosen from it, one number for all masses."""
    published = {0.01: 2.2212e-5, 0.1: 2.0611e-4, 0.5: 1.6716e-3}
    ours = jaxdump.limit(NA64E_2022, DarkPhoton, np.array(list(published))).lower[:, 0]
    np.testing.assert_allclose(ours, list(published.values()), rtol=0.1)


def test_e137_dark_photon():
    """Ours over the edges of arXiv:1209.6083, as digitised by DarkCast and FORESEE, where e+ e- alone is seen."""
    mass = np.array([0.01, 0.1, 0.22, 0.3, 0.314, 0.317])
    limits = jaxdump.limit(E137, VISIBLE, mass)
    published = np.array([4.09e-5, 2.89e-6, 7.757e-7, 3.140e-7])
    np.testing.assert_allclose(limits.upper[:4, 0] / published, [1.012, 1.008, 1.016, 1.007], rtol=0.003)
    np.testing.assert_allclose(limits.lower[2:4, 0] / [8.601e-8, 1.498e-7], [1.229, 1.112], rtol=0.003)
    assert 2.87e-8 < limits.lower[0, 0] < 8.45e-8  # the lower edges of arXiv:1209.6083 and arXiv:0906.0580 differ
    assert 5.20e-8 < limits.lower[1, 0] < 7.82e-8
    assert np.isfinite(limits.lower[4, 0])  # the published tip is at 0.316 GeV
    assert limits.status[5, 0] == Status.ALLOWED


def test_e137_dark_photon_with_all_final_states():
    run, family = with_numbers(E137, DarkPhoton, {"seen": "all", "alpha_D": 0.0})
    limits = jaxdump.limit(run, family, np.array([0.3]))
    np.testing.assert_allclose([limits.lower[0, 0], limits.upper[0, 0]], [1.2070e-7, 3.8778e-7], rtol=1e-3)


def test_e137_axion():
    """Edges over those digitised by FORESEE (arXiv:2105.07077), and those of events drawn one by one."""
    mass = np.array([0.003, 0.01, 0.1, 0.3, 0.45])
    limits = jaxdump.limit(E137, AlpPhoton, mass)
    lower, upper = limits.lower[:, 0], limits.upper[:, 0]
    ratio = lower / [4.290e-6, 1.390e-6, 2.3147e-7, 1.4167e-7, 1.4343e-7]
    assert np.all((ratio > 0.73) & (ratio < 0.82))
    np.testing.assert_allclose(lower, [3.273e-6, 1.020e-6, 1.847e-7, 1.152e-7, 1.132e-7], rtol=0.003)
    np.testing.assert_allclose(upper, [3.855e-2, 3.150e-3, 2.296e-5, 1.454e-6, 4.835e-7], rtol=0.003)


def test_resonance_makes_the_limit_dip():
    """Positrons of 50 to 100 GeV meet electrons at 226 to 320 MeV."""
    below, inside, above = jaxdump.limit(NA64E_2022, DarkPhoton, np.array([0.2, 0.24, 0.4])).lower[:, 0]
    assert inside < below / 2
    assert inside < above / 4
