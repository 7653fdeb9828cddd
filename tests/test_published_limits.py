"""Limits of lepton beams against published ones, in the places where the efficiency or the geometry do not make them agree."""

import functools

import numpy as np

import jaxdump
from jaxdump.experiments import E137, NA64E_2022
from jaxdump.theories import AlpPhoton, DarkPhoton


def test_na64_dark_photon():
    """90 % CL, arXiv:2307.02404, digitised; the efficiency was chosen from it, one number for all masses."""
    published = {0.01: 2.2212e-5, 0.1: 2.0611e-4, 0.5: 1.6716e-3}
    ours = jaxdump.limit(NA64E_2022, DarkPhoton, np.array(list(published))).lower[:, 0]
    np.testing.assert_allclose(ours, list(published.values()), rtol=0.1)


def test_e137_dark_photon():
    """Upper edges of arXiv:1209.6083; the lower ones of arXiv:1209.6083 and arXiv:0906.0580 differ. Digitised by DarkCast."""
    limits = jaxdump.limit(E137, functools.partial(DarkPhoton, alpha_D=0.0), np.array([0.01, 0.1]))
    np.testing.assert_allclose(limits.upper[:, 0], [4.09e-5, 2.89e-6], rtol=0.15)
    assert 2.87e-8 < limits.lower[0, 0] < 8.45e-8
    assert 5.20e-8 < limits.lower[1, 0] < 7.82e-8


def test_e137_axion():
    """The lower edge, digitised by FORESEE (arXiv:2105.07077)."""
    ours = jaxdump.limit(E137, AlpPhoton, np.array([0.005, 0.01, 0.03])).lower[:, 0]
    assert np.all(np.abs(np.log(ours / np.array([2.65e-6, 1.389e-6, 5.52e-7]))) < np.log(1.5))


def test_resonance_makes_the_limit_dip():
    """Positrons of 50 to 100 GeV meet electrons at 226 to 320 MeV."""
    below, inside, above = jaxdump.limit(NA64E_2022, DarkPhoton, np.array([0.2, 0.24, 0.4])).lower[:, 0]
    assert inside < below / 2
    assert inside < above / 4
