"""Rules of quadrature on power laws, whose integrals are known in closed form or by adaptive quadrature."""

import functools
import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import i0e

from jaxdump.cli import entry
from jaxdump.detection.acceptance import DaughterAcceptance, openings
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.experiments import ATMOSPHERIC_DECAYS
from jaxdump.fields import selected
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.hadrons import drell_yan
from jaxdump.production.hadrons.atmosphere import AtmosphericPairs
from jaxdump.production.hadrons.proton_bremsstrahlung import ProtonBremsstrahlung
from jaxdump.production.leptons.annihilation import resonance_nodes
from jaxdump.sources import hadrons_in_air
from jaxdump.sources.hadrons_in_air import HADRON_ENERGIES, NUCLEON_ENERGIES
from jaxdump.sources.in_flight import HIGHEST, HIGHEST_DAUGHTER, parent_flux
from jaxdump.theories import DarkPhoton
from jaxdump.theories.decays import masses_of_pairs
from jaxdump.theories.pairs import pair_masses
from jaxdump.transport.overburden import Overburden

MASS, INDEX, ALPHA = 0.1, 1.7, 1 / 137.035999
RAPIDITIES = (0.0, 3.0, 10.0, math.acosh(HIGHEST / MASS))


def rules(mass):
    """What each makes of its power law."""
    one = jnp.ones_like(mass)
    power = lambda x, weight, p: jnp.sum(weight * x**p)
    theory = DarkPhoton(5 * mass, 1e-3 * one)
    breadth = 5 * mass * theory.to_dark()
    detuning, log_step, log_shape, _ = resonance_nodes(48, breadth, theory.mass, -0.15 * one, 0.6 * one)
    k, log_k = pair_masses(mass, 50 * one, 40)
    q, dq, _ = masses_of_pairs(mass, one)
    pair, d_pair = drell_yan.pair_masses(12, mass, 2 * one)
    y, dy = drell_yan.rapidities(12, 30 * one[None], 3 * one, mass)
    photon, number, _ = ProtonBremsstrahlung(resonances="full").masses(mass)
    cosine, solid_angle = Overburden(700.0).directions(700 * one)
    _, density = DaughterAcceptance(DecayVolume(179.0, 204.0), 1.7, 0.01).hits(10 * one[None], 2e-3 * one[None])
    chance, harder, softer = openings(10 * one[None], mass[None])
    own, d_own = ATMOSPHERIC_DECAYS.productions[0].nodes(DarkPhoton(mass, one))
    return {
        "interval": power(*gauss_legendre(12, one / 2, one), INDEX),
        "resonance": power(detuning + (5 * mass) ** 2, jnp.exp(log_step + log_shape) / breadth, -INDEX),
        "width": theory.to_dark(),
        "pairs": power(k, jnp.exp(log_k), -INDEX),
        "pairs of mesons": power(q, dq, INDEX),
        "masses of Drell-Yan": power(pair, d_pair, -3.0),
        "rapidities of Drell-Yan": power(jnp.exp(y[0]), dy[0], -INDEX),
        "photons of protons": power(2 * mass * jnp.cosh(photon), number, -INDEX),
        "parents": jnp.exp(parent_flux(mass, lambda e: -INDEX * jnp.log(e), mass).beyond(jnp.asarray(RAPIDITIES, mass.dtype))),
        "sky": power(jnp.abs(cosine), solid_angle, INDEX),
        "hits": jnp.sum(density),
        "openings": jnp.sum(chance * (1 + 0.1 * softer / harder) / harder),
        "particles": power(mass * jnp.cosh(own), d_own * mass * jnp.sinh(own), -INDEX),
    }


@functools.cache
def results() -> dict:
    """All of them, compiled together."""
    return {name: np.asarray(value) for name, value in jax.jit(rules)(jnp.float64(MASS)).items()}


def integral(function, low, high, *points):
    """By adaptive quadrature."""
    return quad(function, low, high, points=points or None, epsabs=0, epsrel=1e-10, limit=400)[0]


def spectral(q):
    """sqrt(1 - 4 m^2 / q^2) (1 + 2 m^2 / q^2) of dq / q, per dq."""
    return 1 / q * math.sqrt(1 - (2 * MASS / q) ** 2) * (1 + 2 * (MASS / q) ** 2)


def resonance(width):
    """Of (m^2 + d)^-1.7 / (d^2 + m^2 G^2) over d."""
    wide = 0.5 * width
    return integral(lambda d: (0.25 + d) ** -INDEX / (d**2 + wide**2), -0.15, 0.6, *(sign * wide for sign in (-9, -1, 0, 1, 9)))


def hits():
    """The share of a Gaussian of width s, r from its centre, in a disc of 1.7 m: 383 m times 1 mrad, and 2 mrad."""
    width, centre = 383 * 0.01 / 10, 383 * 2e-3
    density = lambda r: 2 * r / width**2 * math.exp(-(((r - centre) / width) ** 2)) * i0e(2 * r * centre / width**2)
    return integral(density, 0, 1.7)


def of_openings():
    """The mean over the cosine c in the particle's frame, up to p / E, of m sqrt(1 - c^2) / (p + E c), the harder tangent,

    and of a tenth of it times (p - E c) / (p + E c).
    """
    momentum = math.sqrt(100 - MASS**2)
    tangent = lambda c: MASS * math.sqrt(1 - c**2) / (momentum + 10 * c)
    every = lambda c: tangent(c) * (1 + 0.1 * (momentum - 10 * c) / (momentum + 10 * c))
    return integral(every, 0, momentum / 10)


Y_PAIR = math.acosh(3 / (2 * MASS))
WANTED = {
    "interval": (lambda: (1 - 0.5 ** (INDEX + 1)) / (INDEX + 1), 1e-12),
    "resonance": (lambda: resonance(float(results()["width"])), 1e-8),
    "pairs": (lambda: integral(lambda q: spectral(q) * q**-INDEX, 2 * MASS, 50) / (6 * np.pi**2), 1e-8),
    "pairs of mesons": (lambda: integral(lambda q: spectral(q) * q**INDEX, 2 * MASS, 1), 1e-8),
    "masses of Drell-Yan": (lambda: 2**-2 / 2, 1e-6),
    "rapidities of Drell-Yan": (
        lambda: -np.diff(np.exp(-INDEX * (math.acosh(30 / MASS) + np.array([-Y_PAIR, Y_PAIR]))))[0] / INDEX,
        1e-8,
    ),
    "photons of protons": (
        lambda: integral(lambda q: spectral(q) * q**-INDEX, 2 * MASS, 2) * 4 * np.pi * ALPHA / (3 * np.pi**2),
        1e-6,
    ),
    "parents": (lambda: [integral(lambda y: (MASS * math.cosh(y)) ** -INDEX, y, y + 15) for y in RAPIDITIES], 1e-7),
    "sky": (lambda: 4 * np.pi / (INDEX + 1), 1e-5),
    "hits": (hits, 1e-3),
    "openings": (of_openings, 3e-3),
    "particles": (lambda: (MASS ** (1 - INDEX) - HIGHEST_DAUGHTER ** (1 - INDEX)) / (INDEX - 1), 1e-5),
}


@pytest.mark.parametrize("rule", WANTED)
def test_a_power_law_has_its_integral(rule):
    wanted, tolerance = WANTED[rule]
    np.testing.assert_allclose(results()[rule], wanted(), rtol=tolerance)


@pytest.fixture
def scaling(monkeypatch):
    """Yields that are the same functions of x at every energy of the nucleon, 1 TeV's: number above x, for 10^x."""
    yields = hadrons_in_air.tables()["pythia"]
    same = {kind: np.tile(number[10:11], (yields.energy.size, 1)) for kind, number in yields.above.items()}
    for name in ("cascade", "operator"):
        monkeypatch.setattr(hadrons_in_air, name, getattr(hadrons_in_air, name).__wrapped__)
    monkeypatch.setattr(hadrons_in_air, "tables", lambda: {"pythia": yields._replace(above=same)})
    return lambda kind, log10_x: np.interp(log10_x, yields.log10_x, same[kind][0], right=0.0)


def generations(number):
    """1 / (1 - Z): nucleons of all generations over the first, with the moment Z of what a nucleon makes of nucleons."""
    both = lambda log10_x: sum(number(kind, log10_x) for kind in ("nucleon", "antinucleon"))
    edges = np.linspace(-4.9, -0.1, 49)
    return 1 / (1 - INDEX * np.log(10) * integral(lambda log10_x: both(log10_x) * 10 ** (INDEX * log10_x), -5, 0, *edges))


def test_nucleons_of_a_power_law_stay_one(scaling):
    """The same number of generations at every energy; the first has one neighbour, of a stencil that spans two steps."""
    every = hadrons_in_air.cascade("pythia") @ NUCLEON_ENERGIES**-INDEX * NUCLEON_ENERGIES**INDEX
    np.testing.assert_allclose(every[:40], generations(scaling), rtol=1e-2)
    np.testing.assert_allclose(every[1:40], every[40], rtol=3e-4)


@pytest.mark.parametrize("kind", ["pi0", "eta", "omega"])
def test_mesons_of_a_power_law_begin_with_the_first_nucleon(scaling, kind):
    made = hadrons_in_air.operator("pythia", kind) @ NUCLEON_ENERGIES**-INDEX
    for i in range(0, 60, 4):
        first = np.log(NUCLEON_ENERGIES[0])
        begin, end = max(first, np.log(HADRON_ENERGIES[i])), np.log(HADRON_ENERGIES[i]) + 5 * np.log(10)
        number = lambda log_e, i=i: scaling(kind, (np.log(HADRON_ENERGIES[i]) - log_e) / np.log(10)) * np.exp(-INDEX * log_e)
        wanted = generations(scaling) * integral(number, begin, end, *np.arange(begin, end, np.log(10) / 10)[1:])
        assert made[i] == pytest.approx(wanted, rel=2.5e-2), HADRON_ENERGIES[i]


@pytest.mark.parametrize("first", [1.0, 30.0, 31.0, 1e3])
def test_steps_over_nucleons_begin_where_they_should(first):
    begin = max(first, NUCLEON_ENERGIES[0])
    assert np.sum(hadrons_in_air.steps(first)) == pytest.approx(np.log(NUCLEON_ENERGIES[-1] / begin), rel=1e-12)
    assert np.sum(hadrons_in_air.steps(first) * NUCLEON_ENERGIES**-INDEX) == pytest.approx(begin**-INDEX / INDEX, rel=3e-2)


def test_a_table_of_fluxes_has_the_integral_of_its_spectrum(monkeypatch, capsys):
    law = lambda production, mass, y: {name: (mass * jnp.cosh(y)) ** (-1 - INDEX) for name in selected("parents", production)}
    monkeypatch.setattr(AtmosphericPairs, "by_parent", law)
    entry.main(["flux", "atmosphere", "millicharge", "--mass", "0.1", "--above", "2", "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["above 2 GeV"] for row in rows[:-1]] == pytest.approx([2**-INDEX / INDEX] * (len(rows) - 1), rel=2e-3)
