"""Decays of mesons to millicharged fermions: numbers, spectra at rest and in flight, form factors."""

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from conftest import stored
from scipy.integrate import quad

from jaxdump.matter.mesons import MESONS, POINT_LIKE, Meson
from jaxdump.sources.in_flight import parent_flux
from jaxdump.theories.decays import dalitz_decay, omega_to_pion, vector_decay

REFERENCE = stored("atmosphere")
POINTS = {name: meson._replace(pole=POINT_LIKE) for name, meson in MESONS.items()}
dalitz, vector, to_pion = jax.jit(dalitz_decay), jax.jit(vector_decay), jax.jit(omega_to_pion)
both_of_etap = jax.jit(lambda m: [dalitz_decay(MESONS["etap"], m, off_pole=off).number for off in (False, True)])


def rest_density(M, m, energy):
    """Energies of chi in the frame of a pseudoscalar: the integral over q^2 between the limits of three-body kinematics."""
    w = M**2 + m**2 - 2 * M * energy
    if w <= m**2:
        return 0.0
    root = np.sqrt(w)
    e1, e2 = (M**2 - w - m**2) / (2 * root), (w + m**2) / (2 * root)
    p1, p2 = np.sqrt(max(e1**2 - m**2, 0)), (w - m**2) / (2 * root)
    low, high = (2 * m**2 + 2 * (e1 * e2 + sign * p1 * p2) for sign in (-1, 1))

    def integrand(q2):
        z, x = q2 / M**2, (m / M) ** 2
        b2 = 1 - 4 * x / z
        b2c2 = ((2 * energy / M - (1 + z) / 2) / ((1 - z) / 2)) ** 2
        return (1 - z) ** 2 * (2 * x + z) / (z**2 * M**2) * (2 - b2 + b2c2) / (4 - 4 * b2 / 3) * 4 / M

    t = lambda z: 4 * (m / M) ** 2 / z
    norm, _ = quad(lambda z: np.sqrt(1 - t(z)) * (1 - z) ** 3 * (t(z) / 2 + 1) / z, 4 * (m / M) ** 2, 1, epsrel=1e-10)
    return quad(integrand, low, high, epsrel=1e-10, limit=200)[0] / norm


def test_the_oracle_equals_the_reference():
    for name, m, energy, wanted, _ in REFERENCE["dalitz_rest_pdf"]:
        assert rest_density(MESONS[name].mass, m, energy) == pytest.approx(wanted, rel=1e-8)


def test_branching_ratios_equal_the_reference(dtype):
    for name, m, wanted in REFERENCE["br_dalitz_per_decay_eps1"]:
        got = dalitz(POINTS[name], dtype.type(m)).number
        assert got.dtype == dtype
        assert float(jnp.sum(got)) / 2 == pytest.approx(wanted, rel=1e-12 if dtype == np.float64 else 1e-4)
    for row in REFERENCE["br_2body_per_decay_eps1"]:
        theirs = REFERENCE["mesons"][row["par"]]
        got = vector(Meson(theirs["m"], to_electrons=theirs["br_ee"]), dtype.type(row["m"])).number
        assert float(jnp.sum(got)) / 2 == pytest.approx(row["ee_full"], rel=1e-10 if dtype == np.float64 else 2e-4)


@pytest.mark.parametrize(("name", "m"), [("pi0", 0.01), ("pi0", 0.05), ("eta", 0.1), ("eta", 0.2)])
@pytest.mark.parametrize("power", [1.0, -1.7])
def test_dalitz_spectra_equal_quadrature(name, m, power):
    meson = MESONS[name]
    spectrum = dalitz(POINTS[name], jnp.float64(m))
    got = jnp.sum(spectrum.number * (m * jnp.cosh(spectrum.rapidity)) ** power) / jnp.sum(spectrum.number)
    wanted, _ = quad(lambda e: e**power * rest_density(meson.mass, m, e), m, meson.mass / 2, epsrel=1e-7, limit=200)
    assert float(got) == pytest.approx(wanted, rel=1e-5)


def test_measured_dalitz_decays():
    """To electrons and muons, PDG: the form factor matters for muons, and for the muons of the eta' most."""
    electron, muon = jnp.float64(0.51099895e-3), jnp.float64(0.1056583755)
    rate = lambda meson, m: float(jnp.sum(dalitz(meson, m).number)) / 2
    assert rate(MESONS["pi0"], electron) == pytest.approx(0.01174, rel=0.01)
    assert rate(MESONS["eta"], electron) == pytest.approx(6.9e-3, rel=0.06)
    assert rate(MESONS["eta"], muon) == pytest.approx(2.98e-4, rel=0.1)
    assert rate(MESONS["eta"], muon) == pytest.approx(3.19e-4, rel=1e-3)
    assert rate(MESONS["etap"], electron) == pytest.approx(4.91e-4, rel=0.055)
    assert rate(MESONS["etap"], muon) == pytest.approx(1.13e-4, rel=0.25)
    assert rate(POINTS["etap"], muon) < 0.4 * 1.13e-4
    assert rate(POINTS["eta"], muon) == pytest.approx(0.3936 * 5.51e-4, rel=2e-3)
    pairs = lambda m: float(jnp.sum(to_pion(m).number)) / 2
    assert pairs(electron) == pytest.approx(7.7e-4, rel=0.08)
    assert pairs(muon) == pytest.approx(1.34e-4, rel=0.3)


def resonant(q_squared, pole=0.79, width=0.13):
    """F of the eta', a complex resonance; its phase is that on the pole."""
    return pole * np.sqrt(pole**2 + width**2) / (pole**2 - q_squared - 1j * pole * width)


@pytest.mark.parametrize("m", [0.01, 0.1056583755, 0.3])
def test_form_factors_equal_quadrature(m):
    """The off-pole part as well, and that it leaves out what are decays to a photon and a rho (29.5 %) or an omega (2.5 %)."""
    M, through = 0.95778, lambda q2: np.sqrt(1 - 4 * m**2 / q2) * (1 + 2 * m**2 / q2)
    spectral = lambda q2: 2 * oracles.ALPHA / (3 * np.pi) * (1 - q2 / M**2) ** 3 * through(q2)
    pair = lambda squared: quad(lambda v: spectral(np.exp(v)) * squared(np.exp(v)), np.log(4 * m**2), np.log(M**2), limit=200)[
        0
    ]
    whole = 0.02307 * pair(lambda q2: abs(resonant(q2)) ** 2)
    off = 0.02307 * pair(lambda q2: resonant(q2).real ** 2 / resonant(0.0).real ** 2)
    got_whole, got_off = (float(jnp.sum(numbers)) / 2 for numbers in both_of_etap(jnp.float64(m)))
    assert got_whole == pytest.approx(whole, rel=2e-3)
    assert got_off == pytest.approx(off, rel=5e-3)
    on_shell = sum(share * ee * through(mass**2) for share, ee, mass in ((0.295, 4.72e-5, 0.775), (0.0252, 7.41e-5, 0.783)))
    assert whole - off == pytest.approx(on_shell, rel=0.2)


def in_flight(density, M, m, energy, mean):
    """Flux of daughters at `energy` for a mean number at each energy in the frame of the parent, by two integrals."""

    def at(own):
        p_own, p = np.sqrt(own**2 - m**2), np.sqrt(energy**2 - m**2)
        low, high = ((energy * own + sign * p * p_own) / m**2 for sign in (-1, 1))
        inner = lambda log_gamma: density(M * np.exp(log_gamma)) * M * np.exp(log_gamma) / np.sqrt(np.exp(2 * log_gamma) - 1)
        return quad(inner, np.log(low), np.log(high), epsrel=1e-9)[0] / (2 * p_own)

    return mean(at)


@jax.jit
def daughters(mass, shift, spectrum, m, energy):
    """The flux at one energy, of parents of which there are (E + shift)^-2.7."""
    y = jnp.arccosh(energy / m)[None]
    parents = parent_flux(mass, lambda e: -2.7 * jnp.log(e + shift), m)
    return parents.daughters(spectrum, m, y)[0] / jnp.sum(spectrum.number)


@pytest.mark.parametrize(("m", "energy"), [(0.01, 0.5), (0.01, 30.0), (0.05, 2.0)])
def test_decays_in_flight_equal_quadrature(m, energy):
    meson = MESONS["pi0"]
    got = float(daughters(meson.mass, 1.0, dalitz(POINTS["pi0"], jnp.float64(m)), jnp.float64(m), energy))
    mean = lambda at: quad(lambda e: rest_density(meson.mass, m, e) * at(e), m * (1 + 1e-9), meson.mass / 2, epsrel=1e-6)[0]
    assert got == pytest.approx(in_flight(lambda e: (e + 1.0) ** -2.7, meson.mass, m, energy, mean), rel=1e-4)


@pytest.mark.parametrize("m", [0.1, 0.3, 0.3865])
def test_a_box_in_flight_equals_quadrature(m):
    meson, energy = MESONS["rho"], 5.0
    got = float(daughters(meson.mass, 0.0, vector(meson, jnp.float64(m)), jnp.float64(m), energy))
    wanted = in_flight(lambda e: e**-2.7, meson.mass, m, energy, lambda at: at(meson.mass / 2))
    assert got == pytest.approx(wanted, rel=1e-5)
