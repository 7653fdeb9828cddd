"""Sources: standard particles that cross matter, before any theory."""

import abc

import equinox as eqx
import jax.numpy as jnp

from jaxdump.flux import Flux, safe_log
from jaxdump.matter.materials import Material
from jaxdump.matter.particles import PARTICLES
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.typing import Scalar, Values

LOWEST = 1e-5
"""Least energy of nodes of a spectrum over the largest."""


class AbstractSource(eqx.Module):
    """Particles of one kind that cross a material: a beam, a shower, photons of the air, or a list."""

    @property
    @abc.abstractmethod
    def particle(self) -> str:
        """What the particles are, such as "electron" (of both charges), "positron", "muon" or "photon"."""

    @property
    @abc.abstractmethod
    def material(self) -> Material:
        """The material that they cross."""

    @property
    @abc.abstractmethod
    def highest(self) -> Scalar:
        """Their largest energy [GeV], that of a beam."""

    @property
    @abc.abstractmethod
    def per(self) -> str:
        """Unit of exposure that their weights are per."""

    @property
    def empty(self) -> bool:
        """Whether there are no such particles, whatever the numbers are."""
        return False

    @abc.abstractmethod
    def nodes(self, least: Scalar, n: int) -> Flux:
        """Particles above `least` [GeV], by about `n` nodes if they are an integral, in the dtype of `least`.

        The weights are paths [m] in the material per unit of exposure.
        """

    def flux(self, energy: Values, log_weight: Values, log_width: Values | None = None) -> Flux:
        """The particles with these energies [GeV] and log-weights."""
        mass = jnp.full_like(energy, PARTICLES[self.particle].mass)
        none = jnp.zeros((), energy.dtype)
        return Flux(energy, mass, log_weight, none, log_width=log_width, particle=self.particle, per=self.per)


class AbstractSpectrum(AbstractSource):
    """A source of known density in energy, as a narrow resonance needs it."""

    @abc.abstractmethod
    def log_density(self, energy: Values) -> Values:
        """Logarithm of the path per energy [m/GeV] at `energy` [GeV], per unit of exposure."""

    def log_above(self, energy: Values) -> Values | None:
        """Log of the path [m] above `energy` [GeV] if the density is singular at the largest energy; None if it is not."""
        return None

    def nodes(self, least: Scalar, n: int) -> Flux:
        highest = jnp.asarray(self.highest, jnp.result_type(least))
        least = jnp.maximum(least, LOWEST * highest)
        depth, weight = gauss_legendre(n, jnp.zeros_like(highest), jnp.log(highest) - jnp.log(least))
        energy = highest * jnp.exp(-depth)
        log_width = safe_log(weight * energy)
        return self.flux(energy, self.log_density(energy) + log_width)
