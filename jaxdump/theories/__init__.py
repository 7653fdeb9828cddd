"""The theories, each one file; `THEORIES` has them by their name on the command line."""

from jaxdump.theories.alp import AlpMuon, AlpPhoton
from jaxdump.theories.base import AbstractParticle, AbstractTheory, parameter
from jaxdump.theories.lmu_ltau import LmuLtau, LmuLtauDark
from jaxdump.theories.scalar import PseudoscalarMuon, ScalarMuon
from jaxdump.theories.vector import DarkPhoton

THEORIES: dict[str, type[AbstractTheory]] = {
    theory.name: theory for theory in (AlpPhoton, AlpMuon, LmuLtau, LmuLtauDark, ScalarMuon, PseudoscalarMuon, DarkPhoton)
}

__all__ = [
    "THEORIES",
    "AbstractParticle",
    "AbstractTheory",
    "AlpMuon",
    "AlpPhoton",
    "DarkPhoton",
    "LmuLtau",
    "LmuLtauDark",
    "PseudoscalarMuon",
    "ScalarMuon",
    "parameter",
]
