"""Beams of one energy, and the target that they cross without losing it."""

import equinox as eqx

from jaxdump.checks import require
from jaxdump.constants import LEPTON_MASS
from jaxdump.form_factors import Material
from jaxdump.typing import Scalar


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
    """A block of one material."""

    material: Material
    length: Scalar
    """[m] of the material."""

    def __check_init__(self):
        require("target", "length", self.length, 0, open_below=True)
