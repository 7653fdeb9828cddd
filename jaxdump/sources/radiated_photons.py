"""Photons that the electrons of a beam radiate in a thin target, and that a calorimeter behind it absorbs."""

import jax.numpy as jnp

from jaxdump.fields import require
from jaxdump.flux import safe_log
from jaxdump.matter.materials import Material
from jaxdump.sources.base import AbstractSpectrum
from jaxdump.sources.beam import Beam, Target
from jaxdump.typing import Scalar, Values

ABSORPTION_LENGTH = 9 / 7
"""Mean free path [X0] of energetic photons before they make a pair, complete screening. PDG review, passage of particles."""


class RadiatedPhotons(AbstractSpectrum):
    """Photons of a target far thinner than a radiation length, on their paths in an absorber; per electron of the beam.

    E dN/dE = T (4/3 (1 - v) + v^2) with v = E / E0 for a target of T radiation lengths, complete screening, to first order in T.
    Each photon goes on for 9/7 radiation lengths of the absorber. Reference: PDG review, passage of particles through matter.
    Raises `ValueError` for a beam of muons.

    >>> from jaxdump.matter.materials import TUNGSTEN
    >>> target = Target(TUNGSTEN, length=0.1 * TUNGSTEN.radiation_length)
    >>> photons = RadiatedPhotons(Beam("electron", energy=8.0), target, TUNGSTEN)
    >>> f"{jnp.exp(photons.nodes(jnp.array(5.6), n=8).log_total()) / TUNGSTEN.radiation_length:.4f} X0"
    '0.0488 X0'
    """

    beam: Beam
    radiator: Target
    absorber: Material
    """Material of the calorimeter, which is thick."""

    def __check_init__(self):
        if self.beam.lepton == "muon":
            raise ValueError("muons radiate few photons: take a beam of electrons")
        require("target of photons", "length", self.radiator.length, 0, open_below=True)

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
        share = energy / self.beam.energy
        radiated = self.radiator.length / self.radiator.material.radiation_length * (4 / 3 * (1 - share) + share**2) / energy
        path = ABSORPTION_LENGTH * self.absorber.radiation_length
        return safe_log(jnp.where(share <= 1, radiated, 0.0)) + jnp.log(jnp.asarray(path, energy.dtype))
