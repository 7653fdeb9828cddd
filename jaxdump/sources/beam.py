"""Beams of one energy, and the target that they cross or shower in."""

import equinox as eqx
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from jaxdump.constants import LEPTON_MASS
from jaxdump.fields import check_choices, choice, require
from jaxdump.flux import CLOSED, safe_log
from jaxdump.matter.materials import Material
from jaxdump.sources.shower import Cascade
from jaxdump.typing import Scalar, Values

SHOWER_NODES = 12
"""Energies of a shower's electrons."""


class Beam(eqx.Module):
    """Leptons of one energy."""

    lepton: str = eqx.field(static=True)
    """ "electron" or "muon" """
    energy: Scalar
    """[GeV]"""

    def __check_init__(self):
        if self.lepton not in LEPTON_MASS:
            raise ValueError(f"no lepton {self.lepton!r}: choose one of {', '.join(LEPTON_MASS)}")
        require("beam", "energy", self.energy, self.lepton_mass, open_below=True)

    @property
    def lepton_mass(self) -> float:
        """[GeV]"""
        return LEPTON_MASS[self.lepton]


class Target(eqx.Module):
    """A block of one material that the beam enters."""

    material: Material
    length: Scalar
    """[m] of the material."""
    target: str = choice("thin", "thick")
    """thin: leptons keep their energy, electrons for at most a radiation length, and none shower. thick: electrons shower."""

    def __check_init__(self):
        require("target", "length", self.length, 0, open_below=True)
        check_choices("target", self)

    def passes(self, beam: Beam, least: Scalar, dtype: DTypeLike) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Energies [GeV] of the beam's leptons above the share `least`, and log of the metres that they go with each.

        Raises `ValueError` for muons in a thick target: they lose too little in any.
        """
        if self.target == "thin":
            length = self.length if beam.lepton == "muon" else jnp.minimum(self.length, self.material.radiation_length)
            return jnp.asarray(beam.energy, dtype)[None], jnp.log(jnp.asarray(length, dtype))[None]
        share, radiation_lengths = self.cascade(beam).nodes(SHOWER_NODES, jnp.asarray(least, dtype))
        return share * beam.energy, safe_log(radiation_lengths) + jnp.log(self.material.radiation_length)

    def log_track_length(self, species: str, beam: Beam, energy: Values) -> Values:
        """log of dT/dE [m/GeV] of the shower's `species` at `energy` [GeV]; `CLOSED` if the target is thin."""
        if self.target == "thin":
            return jnp.full_like(energy, CLOSED)
        log_lengths = self.cascade(beam).log_track_length(energy / beam.energy, species)
        return log_lengths - jnp.log(energy) + jnp.log(self.material.radiation_length)

    def cascade(self, beam: Beam) -> Cascade:
        """The shower of one of the beam's electrons."""
        if beam.lepton == "muon":
            raise ValueError("muons make no shower: take target=thin")
        return Cascade(self.length / self.material.radiation_length, beam.lepton)
