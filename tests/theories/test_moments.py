"""The muon's magnetic moment against quadrature, limits and known values."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from slopes import values_and_slopes

from jaxdump.constants import MUON_MASS
from jaxdump.fields import choice
from jaxdump.theories import (
    THEORIES,
    AlpMuon,
    AxialVector,
    DarkPhoton,
    Emission,
    LmuLtau,
    PseudoscalarMuon,
    RadiatedByLeptons,
    amplitudes,
    coupling,
    parameter,
)
from jaxdump.theories.moments import NUMERATORS, muon_moment, unit_moment

MASSES = np.array([1e-6, 1e-4, 0.01, MUON_MASS, 0.2113, 1.0, 10.0, 100.0])
LOOPS = {
    "scalar": lambda x, r: x**2 * (2 - x),
    "pseudoscalar": lambda x, r: -(x**3),
    "vector": lambda x, r: 2 * x**2 * (1 - x),
    "axial": lambda x, r: 2 * x * (1 - x) * (x - 4) - 4 * x**3 / r**2,
}


def every(mass):
    return {vertex: unit_moment(vertex, mass) for vertex in NUMERATORS}


def by_quadrature(vertex, mass):
    """With 30 digits, between points that crowd where the integrand is steep."""
    with mpmath.workdps(30):
        r = mpmath.mpf(mass) / mpmath.mpf(MUON_MASS)
        integrand = lambda x: LOOPS[vertex](x, r) / (r**2 * (1 - x) + x**2)
        ends = {0, r, 10 * r, 0.3, 0.9, 1 - 1 / (r**2 + 10), 1 - 1 / (10 * r**2 + 100), 1}
        return float(mpmath.quad(integrand, sorted(end for end in ends if end <= 1)) / (8 * mpmath.pi**2))


def test_moments_equal_quadrature(dtype):
    values, slopes = values_and_slopes(every, MASSES, dtype=dtype)
    for vertex in NUMERATORS:
        wanted = [by_quadrature(vertex, float(np.asarray(mass, dtype))) for mass in MASSES]
        np.testing.assert_allclose(values[vertex], wanted, rtol=1e-11 if dtype == "float64" else 2e-6)
        assert np.all(np.isfinite(slopes[vertex]))


def test_slopes_equal_differences():
    ahead, behind = (values_and_slopes(every, MASSES * factor)[0] for factor in (1 + 1e-5, 1 - 1e-5))
    for vertex, slope in values_and_slopes(every, MASSES)[1].items():
        np.testing.assert_allclose(slope[0] * MASSES, (ahead[vertex] - behind[vertex]) / 2e-5, rtol=1e-6, atol=1e-11)


def test_heavy_and_light_particles_have_the_known_limits():
    heavy, light = (values_and_slopes(every, np.array([mass]))[0] for mass in (1e5 * MUON_MASS, 1e-6 * MUON_MASS))
    log = 2 * np.log(1e5)
    limits = {"scalar": log - 7 / 6, "pseudoscalar": 11 / 6 - log, "vector": 2 / 3, "axial": -10 / 3}
    for vertex, wanted in limits.items():
        assert heavy[vertex][0] * 8 * np.pi**2 * 1e10 == pytest.approx(wanted, rel=1e-8)
    for vertex, wanted in {"scalar": 1.5, "pseudoscalar": -0.5, "vector": 1.0, "axial": -2e12}.items():
        assert light[vertex][0] * 8 * np.pi**2 == pytest.approx(wanted, rel=1e-5)


def test_theories_have_the_moment_of_their_vertex():
    mass, unit = 0.05, lambda vertex: float(unit_moment(vertex, jnp.asarray(0.05)))
    assert float(muon_moment(LmuLtau(mass, 1e-3))) == pytest.approx(1e-6 * unit("vector"), rel=1e-12)
    assert float(muon_moment(AxialVector(mass, 1e-3))) == pytest.approx(1e-6 * unit("axial"), rel=1e-12)
    assert float(muon_moment(DarkPhoton(mass, 1e-3))) == pytest.approx(1e-6 * 4 * np.pi / 137.036 * unit("vector"), rel=1e-6)
    yukawa = PseudoscalarMuon(mass, 2 * MUON_MASS * 1e-3)  # a derivative coupling is a Yukawa coupling on the mass shell
    assert float(muon_moment(AlpMuon(mass, 1e-3))) == pytest.approx(float(muon_moment(yukawa)), rel=1e-12)
    for wanted, g in {0.01: 5.03e-4, 0.05: 7.05e-4, 0.1: 9.46e-4, 0.2: 1.43e-3}.items():  # derived by others for 251e-11
        assert float(muon_moment(LmuLtau(wanted, g))) == pytest.approx(251e-11, rel=0.01)


class TwoWays(RadiatedByLeptons):
    """Both parities at once, as a mediator that breaks CP has them; or a coupling twice."""

    name = "two-ways"
    mass: jax.Array = parameter()
    g: jax.Array = coupling()
    second: str = choice("pseudoscalar", "scalar")

    def emissions(self, lepton):
        ways = "scalar", self.second
        return tuple(Emission(self.g, amplitudes.Bremsstrahlung(getattr(amplitudes, way))) for way in ways)

    def widths(self, particle=""):
        return {}


def strange(point):
    return 1.0, 0.0


class Unknown(RadiatedByLeptons):
    """A vertex of a user's own."""

    name = "unknown"
    mass: jax.Array = parameter()
    g: jax.Array = coupling()

    def widths(self, particle=""):
        return {}

    def emissions(self, lepton):
        return (Emission(self.g, amplitudes.Bremsstrahlung(strange)),)


def test_parities_do_not_interfere_and_equal_couplings_do():
    unit = {vertex: float(unit_moment(vertex, jnp.asarray(0.3))) for vertex in ("scalar", "pseudoscalar")}
    assert float(muon_moment(TwoWays(0.3, 0.1))) == pytest.approx(0.01 * sum(unit.values()), rel=1e-9)
    assert float(muon_moment(TwoWays(0.3, 0.1, second="scalar"))) == pytest.approx(0.04 * unit["scalar"], rel=1e-9)


@pytest.mark.parametrize(
    ("theory", "told"),
    [
        ("alp-photon", r"alp-photon: the magnetic moment of photon-fusion \(a loop with photons\) is not calculated, but"),
        ("alp", "alp: the magnetic moment of photon-fusion"),
        ("spin2", "spin2: the magnetic moment of graviton is not calculated, but that of scalar, pseudoscalar, vector, axial"),
        ("lmu-ltau-dark", "lmu-ltau-dark: the magnetic moment of a pair of particles is not calculated"),
        ("dark-axion", "dark-axion: the magnetic moment of a pair"),
    ],
)
def test_what_is_not_known_is_told(theory, told):
    with pytest.raises(ValueError, match=told):
        muon_moment(THEORIES[theory](0.1, 1e-3))


def test_an_amplitude_of_a_users_is_not_known():
    with pytest.raises(ValueError, match=r"unknown: the magnetic moment of .*strange is not calculated, but that of scalar,"):
        muon_moment(Unknown(0.1, 1.0))
