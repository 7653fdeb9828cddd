"""Relativistic degrees of freedom of the early universe: an ideal gas of the particles of the standard model."""

import math
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS
from jaxdump.matter.mesons import MESONS
from jaxdump.numerics.interpolate import EvenCurve
from jaxdump.numerics.quadrature import legendre
from jaxdump.typing import Values

FERMIONS = ((4, ELECTRON_MASS), (4, MUON_MASS), (4, TAU_MASS))
"""Numbers of states, and mass [GeV], of charged leptons."""
PION, KAON, NEUTRAL_KAON = 0.13957039, 0.493677, 0.497611
"""Masses [GeV] of charged pions and kaons, and of neutral kaons. PDG 2022."""
BOSONS = (
    (2, 0.0),
    (1, MESONS["pi0"].mass),
    (2, PION),
    (2, KAON),
    (2, NEUTRAL_KAON),
    (1, MESONS["eta"].mass),
    (9, MESONS["rho"].mass),
    (3, MESONS["omega"].mass),
)
"""Numbers of states, and mass [GeV], of the photon and of mesons."""
NEUTRINOS = 6 * 7 / 8
"""Degrees of freedom of three neutrinos of the temperature of photons."""
ELECTROMAGNETIC = 11 / 2
"""Degrees of freedom of photons, electrons and positrons that are hot."""
CONFINED = 0.15
"""Temperature [GeV], about, above which there are quarks and gluons in place of hadrons. arXiv:1812.08235."""
COLDEST, HOTTEST, STEP = 1e-8, 1e2, 1 / 32
"""Ends of the table [GeV], and its step in the logarithm of the temperature."""
REACH = 60.0
"""Largest momentum, in temperatures, of the integrals; mass over temperature above which a particle is gone."""


class DegreesOfFreedom(NamedTuple):
    """Those of the energy density, rho = pi^2 / 30 g T^4, and of the entropy density, s = 2 pi^2 / 45 h T^3."""

    g: Values
    h: Values


def degrees_of_freedom(temperature: Values) -> DegreesOfFreedom:
    """The relativistic degrees of freedom at a `temperature` [GeV] of the photons; constant below 10 eV and above 100 GeV.

    An ideal gas of photons, charged leptons, neutrinos and the lightest mesons. Neutrinos are colder than photons by
    (h_em / 5.5)^(1/3) once electrons annihilate, with the entropy h_em of what couples to photons: they decouple at once.
    Above about 0.15 GeV quarks and gluons, other hadrons, and their interaction are neglected: g is too small there, by a
    factor of about 2 at 0.3 GeV, where free quarks and gluons make it 62.
    Reference: Gondolo and Gelmini, Nucl. Phys. B360, 145 (1991).
    """
    place = (jnp.log(temperature) - math.log(COLDEST)) / STEP
    place = jnp.clip(place, 0.0, table()[0].rows.shape[1] - 2.0)
    return DegreesOfFreedom(*(jnp.exp(curve(place)) for curve in table()))


def log_root_g(temperature: Values) -> Values:
    """Logarithm of g*^(1/2) = h / g^(1/2) (1 + 1/3 d ln h / d ln T), by which the number of particles changes.

    Reference: Gondolo and Gelmini, Nucl. Phys. B360, 145 (1991), Eq. (2.19).
    """
    temperature = jnp.asarray(temperature)
    log_h = lambda log_T: jnp.log(degrees_of_freedom(jnp.exp(log_T)).h)
    value, slope = jax.jvp(log_h, (jnp.log(temperature),), (jnp.ones_like(temperature),))
    return value - jnp.log(degrees_of_freedom(temperature).g) / 2 + jnp.log1p(slope / 3)


@cache
def table() -> tuple[EvenCurve, EvenCurve]:
    """ln g and ln h at even steps of ln T, computed once."""
    T = np.exp(np.arange(np.log(COLDEST), np.log(HOTTEST) + STEP, STEP))
    gas = [states * shares(float(mass) / T, sign) for kinds, sign in ((FERMIONS, 1), (BOSONS, -1)) for states, mass in kinds]
    g, h = np.sum(gas, axis=0)
    cooling = np.minimum(h / ELECTROMAGNETIC, 1.0)
    return EvenCurve(np.log(g + NEUTRINOS * cooling ** (4 / 3))), EvenCurve(np.log(h + NEUTRINOS * cooling))


def shares(ratio: np.ndarray, sign: int) -> np.ndarray:
    """(2, n) energy and entropy of one state of a fermion (`sign` 1) or boson (-1) over those of a massless boson.

    `ratio` is mass over temperature.
    """
    nodes, weights = legendre(200)
    momentum, weights = REACH * nodes**2, 2 * REACH * nodes * weights
    ratio = np.minimum(ratio, 2 * REACH)[:, None]
    energy = np.sqrt(momentum**2 + ratio**2)
    number = weights * momentum**2 / (np.exp(energy) + sign)
    density, pressure = (number * energy).sum(axis=1), (number * momentum**2 / (3 * energy)).sum(axis=1)
    return np.stack([15 / np.pi**4 * density, 45 / (4 * np.pi**4) * (density + pressure)])
