"""The dark axion portal against independent numbers, and the decay of a photon off its shell by its amplitudes."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from dirac import LEVI_CIVITA, METRIC
from slopes import values_and_slopes

from jaxdump.constants import FINE_STRUCTURE
from jaxdump.experiments import LDMX_1E15, NA64E_2022, NA64MU_2022
from jaxdump.flux import CLOSED
from jaxdump.matter.mesons import MESONS
from jaxdump.theories import DarkAxion
from jaxdump.units import PB_PER_INVERSE_GEV2

REFERENCE = stored("portals")
RUNS = {"NA64e": NA64E_2022, "LDMX": LDMX_1E15, "NA64mu": NA64MU_2022}


@functools.cache
def sigma(name):
    """Cross-section of WW [GeV^-2] at masses of axion and dark photon, for a coupling of 1/GeV."""
    production = dataclasses.replace(RUNS[name].productions[0], method="ww")
    return jax.jit(lambda m_a, m_d: production.sigma(DarkAxion(m_d, 1.0, axion_mass=m_a)) / PB_PER_INVERSE_GEV2)


@pytest.mark.parametrize("row", REFERENCE["dark_axion_sigma"], ids=lambda row: f"{row['exp']}-{row['mD']:g}")
def test_cross_sections_equal_the_reference(row):
    assert float(sigma(row["exp"])(row["ma"], row["mD"])) == pytest.approx(row["sigma_g1"], rel=1e-7)


def test_width_of_a_photon_off_its_shell_equals_the_reference():
    for row in REFERENCE["photon_to_axion_and_dark_photon"]:
        theory = DarkAxion(row["mD"], row["g"], axion_mass=row["ma"])
        assert float(theory.width_of_photon(row["Q"])) == pytest.approx(row["G"], rel=1e-12)
    assert float(DarkAxion(0.2, 1.0, axion_mass=0.05).width_of_photon(0.25)) == 0


def test_width_of_a_photon_equals_its_amplitude():
    """Of L = (g / 2) a F_st Ftilde'^st = g a eps^{mnrs} d_m A_n d_r A'_s, averaged over three polarisations."""
    q_mass, m_a, m_d = 1.3, 0.2, 0.7
    energy = (q_mass**2 + m_d**2 - m_a**2) / (2 * q_mass)
    momentum = np.sqrt(energy**2 - m_d**2)
    q, k = np.array([q_mass, 0, 0, 0]), np.array([energy, 0, 0, momentum])
    transfer = np.einsum("mnrs,m,r->ns", LEVI_CIVITA, METRIC @ q, METRIC @ k)
    sums = [METRIC - np.outer(METRIC @ p, METRIC @ p) / m**2 for p, m in ((q, q_mass), (k, m_d))]
    squared = np.einsum("ns,tu,nt,su->", transfer, transfer, -sums[0], -sums[1]) / 3
    wanted = squared * momentum / (8 * np.pi * q_mass**2)
    assert float(DarkAxion(m_d, 1.0, axion_mass=m_a).width_of_photon(q_mass)) == pytest.approx(wanted, rel=1e-12)


def test_vector_mesons_decay_to_an_axion_and_a_dark_photon():
    theory = DarkAxion(0.2, 1e-3, axion_mass=0.05)
    for name in ("rho", "omega", "phi", "jpsi"):
        meson = MESONS[name]
        phase_space = (1 - (0.25 / meson.mass) ** 2) * (1 - (0.15 / meson.mass) ** 2)
        wanted = meson.to_electrons * (1e-3 * meson.mass) ** 2 / (32 * np.pi * FINE_STRUCTURE) * phase_space**1.5
        assert float(theory.invisible_ratio(name, meson)) == pytest.approx(wanted, rel=1e-11)
    assert float(DarkAxion(1.0, 1.0).invisible_ratio("rho", MESONS["rho"])) == 0


def test_the_spectrum_has_its_total_and_closes():
    """Without the axion's mass dQ^2 (1 - m^2 / Q^2)^3 / (96 pi^2) from m to 8 GeV; nothing beyond `q_max`."""

    def total(mass, q_max):
        _, log_weights = DarkAxion(mass, 1.0, axion_mass=0.0, q_max=q_max).invariant_masses(jnp.asarray(50.0, mass.dtype), 40)
        return jax.nn.logsumexp(log_weights)

    masses = np.array([0.01, 0.5, 3.0, 8.1, 20.0])
    values, slopes = values_and_slopes(total, masses, np.full(5, 8.0))
    t = (masses[:3] / 8) ** 2
    wanted = 64 * (1 + 3 * t * np.log(t) + 1.5 * t - 3 * t**2 + t**3 / 2) / (96 * np.pi**2)
    np.testing.assert_allclose(np.exp(values[:3]), wanted, rtol=1e-10)
    assert np.all(values[3:] < CLOSED / 2)
    assert np.all(np.isfinite(slopes))
    np.testing.assert_allclose(values_and_slopes(total, masses, np.full(5, 8.0), dtype="float32")[0], values, rtol=2e-5)


@pytest.mark.parametrize(("name", "bad"), [("axion_mass", -1.0), ("q_max", 0.0)])
def test_bad_numbers_are_told(name, bad):
    with pytest.raises(ValueError, match=f"dark-axion: {name} must be finite and"):
        DarkAxion(0.1, 1.0, **{name: bad})
