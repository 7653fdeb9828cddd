"""Hadrons of a vector with any charges: channels of the script and its table, against published parts, and their limits."""

import importlib.util
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from slopes import values_and_slopes

from jaxdump.constants import FINE_STRUCTURE, MUON_MASS
from jaxdump.matter.hadronic_ratio import THRESHOLD, hadronic_ratio
from jaxdump.matter.vector_mesons import PION, ratio_of_charges, table

CHARGES = {
    "electric": (2 / 3, -1 / 3, -1 / 3),
    "baryon": (1 / 3, 1 / 3, 1 / 3),
    "protophobic": (-1 / 3, 2 / 3, 2 / 3),
    "isovector": (1.0, -1.0, 0.0),
}
ELECTRIC, BARYON, PROTOPHOBIC, ISOVECTOR = CHARGES.values()
PUBLISHED = {"pi pi": 503.46, "3 pi": 46.73, "K+ K-": 23.03, "K0 K0": 13.04, "pi0 gamma": 4.58, "eta gamma": 0.70}
"""Parts of the magnetic moment of the muon [1e-10] by channel up to 1.94 GeV. arXiv:1911.00367."""
OTHER = """
electric 0.7 0.0083870  electric 0.782 0.037796  electric 1.0 0.0028822  electric 1.2 0.0030155
protophobic 0.7 0.091517  protophobic 0.782 0.41246  protophobic 1.0 0.031698
baryon 0.7 0.0011003  baryon 0.782 1.0057  baryon 1.0 0.0047139  baryon 1.2 0.024613
"""
"""Widths [GeV] for a coupling of one, of the dark photon for eps = 1, by the public code of arXiv:1801.04847. Protophobic
charges at 1.2 GeV are left out: kaons, four times of which count there, have R = 0.25 in it, with which its channels exceed the
measured R; arXiv:2201.01788 has 0.14."""


@pytest.fixture(scope="module")
def script():
    path = Path(__file__).parents[2] / "scripts" / "make_vector_mesons.py"
    spec = importlib.util.spec_from_file_location("make_vector_mesons", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_electric_charges_give_the_measured_ratio():
    masses = jnp.asarray([0.46, 0.6, 0.7818, 0.9987, 1.0195, 1.5, 3.9, 5.0, 20.0])
    np.testing.assert_allclose(ratio_of_charges(masses, *ELECTRIC), hadronic_ratio(masses), rtol=1e-14)


def test_pion_and_photon_are_the_anomaly_at_low_mass(script):
    """With the width of the pi0 by the chiral anomaly, and as the resonances of the table are far below their peaks."""
    mass, f = 0.16, 0.0921
    pion = (FINE_STRUCTURE / np.pi / f) ** 2 * PION**3 / (64 * np.pi)
    wanted = 2 * pion / FINE_STRUCTURE * mass**2 / PION**3 * (1 - (PION / mass) ** 2) ** 3
    point_like = wanted * (0.5 / (1 - (mass / 0.7753) ** 2) + 0.5 / (1 - (mass / 0.7827) ** 2)) ** 2
    assert float(ratio_of_charges(mass, *ELECTRIC)) == pytest.approx(point_like, rel=0.02)
    resonances = np.abs(script.channels(np.array([mass]))["pi0 gamma"].sum(axis=0)) ** 2
    assert resonances[0] == pytest.approx(point_like, rel=0.05)
    assert float(ratio_of_charges(0.2, *PROTOPHOBIC)) < 1e-4 * float(ratio_of_charges(0.2, *ELECTRIC))  # as its name says
    assert float(ratio_of_charges(PION * 0.999, *ELECTRIC)) == 0.0


def test_channels_give_the_magnetic_moment_of_the_muon(script):
    """a = (alpha / pi)^2 / 3 of the integral of K(s) R(s) / s ds, within 5 %."""
    mass = np.concatenate(
        [np.linspace(2 * MUON_MASS + 1e-4, 0.75, 800), np.linspace(0.7501, 1.1, 3000), np.linspace(1.101, 1.94, 400)]
    )
    s = mass**2
    b = np.sqrt(1 - 4 * MUON_MASS**2 / s)
    x = (1 - b) / (1 + b)
    kernel = x**2 / 2 * (2 - x**2) + (1 + x) / (1 - x) * x**2 * np.log(x)
    kernel += (1 + x**2) * (1 + x) ** 2 / x**2 * (np.log1p(x) - x + x**2 / 2)
    for name, amplitudes in script.channels(mass).items():
        ratio = np.abs(amplitudes.sum(axis=0)) ** 2
        found = 1e10 * (FINE_STRUCTURE / np.pi) ** 2 / 3 * np.trapezoid(2 * kernel * ratio / mass, mass)
        if name in PUBLISHED:
            assert found == pytest.approx(PUBLISHED[name], rel=0.05), name


def test_channels_are_those_of_another_fit(script):
    """R of arXiv:2201.01788, from the branching ratios of a dark photon that its authors give (FORESEE 2d6431f6f6)."""
    theirs = {
        "pi pi": {0.4: 0.190, 0.6: 1.29, 0.7: 4.78, 0.9: 1.63},
        "3 pi": {0.6: 2.01e-4, 0.7: 7.73e-3, 0.9: 0.0979, 1.0: 0.309, 1.2: 0.0795},
        "kaons": {1.05: 0.599, 1.1: 0.237, 1.2: 0.139},
        "pi0 gamma": {0.5: 4.53e-4, 0.7: 7.68e-3},
        "eta gamma": {0.7: 5.6e-4, 1.0: 0.0122},
        "omega pi pi": {1.2: 2.1e-3, 1.6: 0.0852},
    }
    for name, ratios in theirs.items():
        amplitudes = script.channels(np.array([*ratios]))
        own = [name] if name != "kaons" else ["K+ K-", "K0 K0"]
        found = sum(np.abs(amplitudes[channel].sum(axis=0)) ** 2 for channel in own)
        np.testing.assert_allclose(found, [*ratios.values()], rtol=0.4 if name == "omega pi pi" else 0.15)


def test_channels_are_the_measured_ratio_below_the_phi(script):
    """Without any input from it: within 6 % from 0.36 to 0.97 GeV, where there are no four pions yet."""
    mass = np.concatenate([np.linspace(0.36, 0.97, 60), [0.7818, 0.7826, 1.0195]])
    whole = sum(np.abs(each.sum(axis=0)) ** 2 for each in script.channels(mass).values())
    np.testing.assert_allclose(whole, hadronic_ratio(jnp.asarray(mass)), rtol=0.06)


def test_table_is_what_the_script_calculates(script):
    mass = np.array([0.4, 0.5, 0.7, 0.7795, 0.7826, 0.786, 0.95, 1.0187, 1.0195, 1.0203, 1.2, 1.6, 3.0, 4.2])
    wanted = script.shares(mass)
    np.testing.assert_allclose(wanted.sum(axis=(1, 2)), 1.0, rtol=1e-12)
    found = np.asarray(table()(jnp.asarray(mass)))
    columns = [wanted[:, i, j] for i, j in ((0, 1), (0, 2), (1, 1), (1, 2), (2, 2))]
    np.testing.assert_allclose(found, np.stack(columns, axis=1), atol=1e-3)


@pytest.mark.parametrize(("charges", "mass", "width"), [line.split() for line in OTHER.replace("  ", "\n").split("\n") if line])
def test_widths_are_near_those_of_another_analysis(charges, mass, width):
    strength = 4 * np.pi * FINE_STRUCTURE if charges == "electric" else 1.0
    found = strength * float(mass) / (12 * np.pi) * float(ratio_of_charges(float(mass), *CHARGES[charges]))
    assert found == pytest.approx(float(width), rel=0.3 if charges == "baryon" else 0.15)


def test_baryon_number_has_no_rho():
    """Isoscalar: a fraction of a percent of the photon's hadrons at 0.7 GeV, four times its omega; and the phi as it is."""
    photon, baryon = (np.asarray(ratio_of_charges(jnp.asarray([0.7, 0.7826, 1.0195]), *each)) for each in (ELECTRIC, BARYON))
    assert baryon[0] < 0.012 * photon[0]
    omega = photon[1] - 7.6  # less the rho, as of the measured form factor of the pion
    assert baryon[1] == pytest.approx(4 * omega, rel=0.06)
    assert baryon[2] == pytest.approx(photon[2], rel=0.05)
    isovector = np.asarray(ratio_of_charges(jnp.asarray([0.7, 1.0195]), *ISOVECTOR)) / 4
    assert isovector[0] == pytest.approx(photon[0], rel=0.02)
    assert isovector[1] < 0.03 * photon[2]


@pytest.mark.parametrize(("mass", "quarks"), [(2.5, "uds"), (5.5, "udsc")])
def test_free_quarks_count_by_their_squared_charges(mass, quarks):
    charges = dict(zip("uds", (0.4, -0.9, 1.3), strict=True))
    electric = dict(zip("uds", ELECTRIC, strict=True))
    squares = [sum({"c": each["u"], **each}[quark] ** 2 for quark in quarks) for each in (charges, electric)]
    found = float(ratio_of_charges(jnp.float64(mass), *charges.values()))
    assert found == pytest.approx(float(hadronic_ratio(jnp.float64(mass))) * squares[0] / squares[1], rel=1e-5)


def test_finite_and_not_negative_with_slopes_for_any_charges(dtype):
    edges = [PION, THRESHOLD, 0.30, 0.45, 0.7826, 0.987354, 0.995222, 1.01946, 1.3, 1.8, 3.73, 10.52]
    masses = np.concatenate([np.geomspace(1e-5, 1e4, 100), *(np.array(edges) * (1 + step) for step in (-1e-7, 0, 1e-7))])
    charges = np.random.default_rng(1).normal(size=(3, masses.size))
    values, slopes = values_and_slopes(ratio_of_charges, masses, *charges, dtype=dtype, backwards=True)
    assert values.dtype == dtype
    assert np.all(np.isfinite(values)) & np.all(np.isfinite(slopes))
    assert np.all(values >= 0)
    exact, _ = values_and_slopes(ratio_of_charges, masses, *charges, backwards=True)
    seen = np.abs(masses / PION - 1) > 1e-3
    np.testing.assert_allclose(values[seen], exact[seen], rtol=2e-3 if dtype == "float32" else 1e-12, atol=1e-7)


@pytest.mark.parametrize("mass", [0.2, 0.4, 0.7, 0.7818, 1.018, 1.5, 4.1])
def test_gradient_equals_finite_differences(mass):
    function = lambda m: ratio_of_charges(m, 0.3, -0.5, 0.8)
    wanted = oracles.log_derivative(function, mass, step=1e-6)
    assert float(jax.grad(function)(jnp.float64(mass))) * mass == pytest.approx(wanted, rel=1e-5)
