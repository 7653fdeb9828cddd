"""Recoils of electrons from scattering of millicharged particles: in a window of energy, or several by one particle."""

import math

import equinox as eqx
import jax.numpy as jnp

from jaxdump.constants import ELECTRON_MASS, FINE_STRUCTURE
from jaxdump.detection.sphere import log_crossing, log_multiple_in_sphere
from jaxdump.fields import require
from jaxdump.flux import Flux, safe_log
from jaxdump.numerics.elementary import minus_log1p
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import charge_of
from jaxdump.typing import Scalar, Values
from jaxdump.units import NUCLEI_PER_PB, PB_PER_INVERSE_GEV2, SCATTERS_PER_KILOTONNE_YEAR

STRENGTH = math.pi * FINE_STRUCTURE**2 / ELECTRON_MASS * PB_PER_INVERSE_GEV2
"""Constant pi alpha^2 / m_e [pb GeV]."""


def largest_recoil(mass: Scalar, energy: Values) -> Values:
    """Largest kinetic energy [GeV] that a particle of `mass` [GeV] and `energy` [GeV] gives to an electron at rest.

    2 m_e p^2 / (m^2 + m_e^2 + 2 m_e E), from elastic kinematics; public codes of arXiv:2104.13924 drop the first 2.
    """
    return 2 * ELECTRON_MASS * momentum_squared(mass, energy) / (mass**2 + ELECTRON_MASS**2 + 2 * ELECTRON_MASS * energy)


def momentum_squared(mass: Scalar, energy: Values) -> Values:
    """Momentum squared [GeV^2]; zero for a particle that has stopped."""
    return jnp.maximum((energy - mass) * (energy + mass), 0.0)


def recoil_spectrum(recoil: Values, mass: Scalar, energy: Values) -> Values:
    """Differential cross-section dsigma/dT [pb/GeV] of a Dirac fermion of charge e on an electron at rest, T = `recoil` [GeV].

    pi alpha^2 [(T^2 + 2 E^2) m_e - ((2 E + m_e) m_e + m^2) T] / (T^2 m_e^2 p^2), zero above `largest_recoil` = T_max. Used as
    (pi alpha^2 / m_e) [2 (1 - T / T_max) / T^2 + (2 m^2 / T^2 + 1) / p^2], where nothing cancels. Reference: arXiv:2002.11732.
    """
    most = largest_recoil(mass, energy)
    open_ = recoil < most
    most, squared = (jnp.where(open_, value, 1.0) for value in (most, momentum_squared(mass, energy)))
    spectrum = 2 * (most - recoil) / (most * recoil**2) + (2 * (mass / recoil) ** 2 + 1) / squared
    return jnp.where(open_, STRENGTH * spectrum, 0.0)


def recoil_cross_section(mass: Scalar, energy: Values, least: Scalar, most: Scalar) -> Values:
    """Integral of `recoil_spectrum` from `least` to `most` [GeV], in pb; zero with zero gradient where no recoil is so large.

    With T1, T2 the ends inside T_max and z = T2 / T1 - 1 it is (pi alpha^2 / m_e) times
    2 [z (1/T2 - 1/T_max) + (z - ln(1 + z)) / T_max] + [2 m^2 (1/T1 - 1/T2) + T2 - T1] / p^2, each term positive.
    """
    highest = largest_recoil(mass, energy)
    top = jnp.minimum(highest, most)
    open_ = top > least
    highest, top, squared = (jnp.where(open_, value, 1.0) for value in (highest, top, momentum_squared(mass, energy)))
    width = jnp.where(open_, top - least, 0.0)
    z = width / least
    photon_like = z * (highest - top) / (top * highest) + minus_log1p(z) / highest
    massive = width * (2 * mass**2 / (least * top) + 1) / squared
    return jnp.where(open_, STRENGTH * (2 * photon_like + massive), 0.0)


class ElectronRecoils(AbstractStage):
    """Recoils of electrons of a detector with an energy in a window; the exposure is in kt yr, the flux per m2 s."""

    least: Scalar
    """Least kinetic energy of the electron [GeV]."""
    most: Scalar
    """Largest kinetic energy of the electron [GeV]."""
    electron_fraction: Scalar
    """Number of electrons per unit of atomic mass, Z / A."""

    def __check_init__(self):
        for name in ("least", "electron_fraction"):
            require("recoils", name, getattr(self, name), 0, open_below=True)
        require("recoils", "most - least", self.most - self.least, 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        sigma = recoil_cross_section(flux.mass, flux.energy, self.least, self.most)
        electrons = jnp.log(SCATTERS_PER_KILOTONNE_YEAR * self.electron_fraction)
        return flux.weighted(safe_log(sigma) + electrons + 2 * safe_log(charge_of(theory)))


class MultipleHits(AbstractStage):
    """Particles that cross a spherical detector and hit two or more electrons; the exposure is in kt yr, the flux per m2 s.

    Energies do not change from hit to hit.
    """

    least: Scalar
    """Least kinetic energy of an electron that is seen [GeV]."""
    radius: Scalar
    """Radius of the sphere [m]."""
    density: Scalar
    """Density [g/cm3]."""
    electron_fraction: Scalar
    """Number of electrons per unit of atomic mass, Z / A."""
    hits: int = eqx.field(static=True, default=2)
    """Least number of hits."""

    def __check_init__(self):
        for name in ("least", "radius", "density", "electron_fraction"):
            require("multiple hits", name, getattr(self, name), 0, open_below=True)
        require("multiple hits", "hits", self.hits, 2)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        sigma = recoil_cross_section(flux.mass, flux.energy, self.least, jnp.inf)
        electrons = jnp.log(NUCLEI_PER_PB * self.density * self.electron_fraction * 2 * self.radius)
        log_mean = safe_log(sigma) + electrons + 2 * safe_log(charge_of(theory))
        return flux.weighted(log_multiple_in_sphere(log_mean, self.hits) + log_crossing(self.radius, self.density))
