"""Limits of lepton beams against published ones, in the places where the efficiency or the geometry do not make them agree."""

import functools

import numpy as np

import jaxdump
from jaxdump.experiments import E137, NA64E_2018, NA64E_2022, NA64E_PLUS_2022, NA64E_VISIBLE
from jaxdump.numerics.roots import Status
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpPhoton, DarkPhoton

VISIBLE = functools.partial(DarkPhoton, alpha_D=0.0)
WITHOUT_ANNIHILATION = with_numbers(E137, DarkPhoton, {"annihilation": 0.0})[0]
"""As the published limits are."""


def test_na64_dark_photon():
    """90 % CL, arXiv:2307.02404, digitised; the efficiency was chosen from it, one number for all masses."""
    published = {0.01: 2.2212e-5, 0.1: 2.0611e-4, 0.5: 1.6716e-3}
    ours = jaxdump.limit(NA64E_2022, DarkPhoton, np.array(list(published))).lower[:, 0]
    np.testing.assert_allclose(ours, list(published.values()), rtol=0.1)


def test_e137_dark_photon():
    """Ours over the edges of arXiv:1209.6083, as digitised by DarkCast and FORESEE, where e+ e- alone is seen."""
    mass = np.array([0.01, 0.1, 0.22, 0.3, 0.314, 0.317])
    limits = jaxdump.limit(WITHOUT_ANNIHILATION, VISIBLE, mass)
    published = np.array([4.09e-5, 2.89e-6, 7.757e-7, 3.140e-7])
    np.testing.assert_allclose(limits.upper[:4, 0] / published, [1.012, 1.008, 1.016, 1.007], rtol=0.003)
    np.testing.assert_allclose(limits.lower[2:4, 0] / [8.601e-8, 1.498e-7], [1.229, 1.112], rtol=0.003)
    assert 2.87e-8 < limits.lower[0, 0] < 8.45e-8  # the lower edges of arXiv:1209.6083 and arXiv:0906.0580 differ
    assert 5.20e-8 < limits.lower[1, 0] < 7.82e-8
    assert np.isfinite(limits.lower[4, 0])  # the published tip is at 0.316 GeV
    assert limits.status[5, 0] == Status.ALLOWED


def test_annihilation_doubles_the_reach_of_e137():
    """arXiv:1802.03794 lowers the limit by a factor of two from 33 to 120 MeV, with a cut at 1 GeV; ours begins at 46 MeV."""
    mass = np.array([0.044, 0.046, 0.06, 0.08, 0.1, 0.12, 0.135, 0.144])
    got, without = (jaxdump.limit(run, VISIBLE, mass).lower[:, 0] for run in (E137, WITHOUT_ANNIHILATION))
    np.testing.assert_allclose(got / without, [1, 0.361, 0.348, 0.368, 0.431, 0.550, 0.764, 1], rtol=0.003)


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


def test_na64_positrons():
    """90 % CL, arXiv:2308.15612, digitised, with the efficiency of electrons; on the steep sides of the resonance 20 %."""
    published = {0.01: 2.163e-4, 0.1: 1.900e-3, 0.18: 2.294e-3, 0.235: 4.864e-4, 0.2938: 5.465e-4, 0.32: 1.123e-3}
    ours = jaxdump.limit(NA64E_PLUS_2022, DarkPhoton, np.array(list(published))).lower[:, 0]
    np.testing.assert_allclose(ours / list(published.values()), [1.026, 0.958, 1.049, 1.026, 1.003, 1.004], rtol=0.003)


def test_na64_visible_dark_photon():
    """Edges over those of arXiv:1912.11389, digitised by FORESEE: the lower by yield, the upper by lifetime."""
    limits = jaxdump.limit(NA64E_VISIBLE, VISIBLE, np.array([0.002, 0.005, 0.0166, 0.0225, 0.025]))
    lower, upper = limits.lower[:4, 0], limits.upper[:4, 0]
    np.testing.assert_allclose(lower / [8.575e-5, 9.029e-5, 1.1764e-4, 1.5625e-4], [1.206, 1.002, 0.892, 1.100], rtol=0.003)
    np.testing.assert_allclose(upper / [1.1072e-2, 3.5023e-3, 6.6883e-4, 3.6685e-4], [1.048, 1.072, 0.919, 0.705], rtol=0.003)
    assert limits.status[4, 0] == Status.ALLOWED  # the published tip is at 0.0248 GeV


def test_na64_axions_that_pass_the_first_hadron_calorimeter():
    """Edges over those of arXiv:2005.02710, digitised by FORESEE, with the efficiency of missing energy."""
    limits = jaxdump.limit(NA64E_2018, AlpPhoton, np.array([0.0106, 0.02, 0.05]))
    np.testing.assert_allclose(limits.lower[:, 0] / [2.3905e-4, 2.3165e-4, 2.3093e-4], [1.084, 1.124, 1.581], rtol=0.003)
    np.testing.assert_allclose(limits.upper[:, 0] / [3.6494e-2, 8.1471e-3, 5.4411e-4], [0.937, 0.965, 1.043], rtol=0.003)


def test_resonance_makes_the_limit_dip():
    """Positrons of 50 to 100 GeV meet electrons at 226 to 320 MeV."""
    below, inside, above = jaxdump.limit(NA64E_2022, DarkPhoton, np.array([0.2, 0.24, 0.4])).lower[:, 0]
    assert inside < below / 2
    assert inside < above / 4
