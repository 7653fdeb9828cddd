"""Beams of one energy, and the targets that they cross or shower in."""

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
"""Number of energies at which the electrons of a shower are taken."""


class Beam(eqx.Module):
    """A beam of leptons of one energy; raises `ValueError` for an unknown lepton or an energy below its mass.

    >>> Beam("muon", energy=160.0).lepton_mass
    0.1056583755
    """

    lepton: str = eqx.field(static=True)
    """Name of the lepton, "electron" or "muon"."""
    energy: Scalar
    """Energy of each lepton [GeV]."""

    def __check_init__(self):
        if self.lepton not in LEPTON_MASS:
            raise ValueError(f"no lepton {self.lepton!r}: choose one of {', '.join(LEPTON_MASS)}")
        require("beam", "energy", self.energy, self.lepton_mass, open_below=True)

    @property
    def lepton_mass(self) -> float:
        """Mass of the lepton [GeV]."""
        return LEPTON_MASS[self.lepton]


class Target(eqx.Module):
    """A block of one material that the beam enters.

    >>> from jaxdump.matter.materials import LEAD
    >>> target = Target(LEAD, length=40 * LEAD.radiation_length, target="thick")
    >>> f"{target.cascade(Beam('electron', energy=100.0)).thickness:.1f} X0"
    '40.0 X0'
    """

    material: Material
    length: Scalar
    """Length of the target [m]."""
    target: str = choice("thin", "thick")
    """Kind of target. thin: leptons keep their energy, electrons for one radiation length at most. thick: electrons shower."""

    def __check_init__(self):
        require("target", "length", self.length, 0, open_below=True)
        check_choices("target", self)

    def passes(self, beam: Beam, least: Scalar, dtype: DTypeLike) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Energies [GeV] of the leptons of a `beam` above the share `least` of its energy, and log of the path [m] at each.

        Raises `ValueError` for muons in a thick target, since muons lose too little energy in any target.
        """
        if self.target == "thin":
            length = self.length if beam.lepton == "muon" else jnp.minimum(self.length, self.material.radiation_length)
            return jnp.asarray(beam.energy, dtype)[None], jnp.log(jnp.asarray(length, dtype))[None]
        share, radiation_lengths = self.cascade(beam).nodes(SHOWER_NODES, jnp.asarray(least, dtype))
        return share * beam.energy, safe_log(radiation_lengths) + jnp.log(self.material.radiation_length)

    def log_track_length(self, species: str, beam: Beam, energy: Values) -> Values:
        """Logarithm of dT/dE [m/GeV], the track length of a `species` of the shower at `energy` [GeV]; `CLOSED` if thin."""
        if self.target == "thin":
            return jnp.full_like(energy, CLOSED)
        log_lengths = self.cascade(beam).log_track_length(energy / beam.energy, species)
        return log_lengths - jnp.log(energy) + jnp.log(self.material.radiation_length)

    def cascade(self, beam: Beam) -> Cascade:
        """The shower of one electron of the beam."""
        if beam.lepton == "muon":
            raise ValueError("muons make no shower: take target=thin")
        return Cascade(self.length / self.material.radiation_length, beam.lepton)
