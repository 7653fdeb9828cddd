"""Photons that the electrons of a beam radiate in a target, and that a calorimeter behind it absorbs."""

import jax.numpy as jnp

from jaxdump.flux import safe_log
from jaxdump.matter.materials import Material
from jaxdump.sources.base import AbstractSpectrum
from jaxdump.sources.beam import Beam, Target
from jaxdump.typing import Scalar, Values

ABSORPTION_LENGTH = 9 / 7
"""Mean free path [X0] of energetic photons before they make a pair, complete screening. PDG review, passage of particles."""


class RadiatedPhotons(AbstractSpectrum):
    """Photons behind a target of less than a radiation length, on their paths in an absorber; per electron of the beam.

    In a thin target E dN/dE = T (4/3 (1 - v) + v^2), v = E / E0, for T radiation lengths: complete screening, to first order
    in T. In a thick one electrons radiate and photons make pairs as in a `Cascade`: behind 0.1 radiation lengths there are 0.86
    times as many photons above 0.7 E0. Each goes on for 9/7 radiation lengths of the absorber. Reference: PDG review, passage
    of particles through matter. Raises `ValueError` for a beam of muons.

    >>> from jaxdump.matter.materials import TUNGSTEN
    >>> target = Target(TUNGSTEN, length=0.1 * TUNGSTEN.radiation_length)
    >>> photons = RadiatedPhotons(Beam("electron", energy=8.0), target, TUNGSTEN)
    >>> f"{jnp.exp(photons.nodes(jnp.array(5.6), n=8).log_total()) / TUNGSTEN.radiation_length:.4f} X0"
    '0.0425 X0'
    """

    beam: Beam
    target: Target
    absorber: Material
    """Material of the calorimeter, which is thick."""

    def __check_init__(self):
        if self.beam.lepton == "muon":
            raise ValueError("muons radiate few photons: take a beam of electrons")

    @property
    def particle(self) -> str:
        return "photon"

    @property
    def material(self) -> Material:
        return self.absorber

    @property
    def highest(self) -> Scalar:
        return self.beam.energy

    @property
    def per(self) -> str:
        return "lepton"

    def log_density(self, energy: Values) -> Values:
        share, lengths = energy / self.beam.energy, self.target.length / self.target.material.radiation_length
        if self.target.target == "thin":
            log_number = safe_log(jnp.where(share <= 1, lengths * (4 / 3 * (1 - share) + share**2), 0.0))
        else:
            log_number = self.target.cascade(self.beam).log_number_behind(share, "photon")
        path = jnp.asarray(ABSORPTION_LENGTH * self.absorber.radiation_length, energy.dtype)
        return log_number + jnp.log(path) - jnp.log(energy)
