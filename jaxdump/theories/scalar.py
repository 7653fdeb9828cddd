"""Spin-0 particles with a Yukawa coupling to muons."""

from typing import ClassVar

from jaxdump import matrix_elements
from jaxdump.constants import MUON_MASS
from jaxdump.theories.base import AbstractParticle, parameter, spin0_to_pair
from jaxdump.typing import Scalar


class ScalarMuon(AbstractParticle):
    """Scalar coupled to muons, L = g phi mubar mu; stable below two muons (the photon loop is left out)."""

    name: ClassVar = "scalar-muon"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_\phi$ [GeV]"
    coupling_label: ClassVar = r"$g_\mu$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.scalar)
    references: ClassVar = ("arXiv:2305.09015",)

    mass: Scalar = parameter()
    """[GeV]"""
    g: Scalar = parameter()
    """Yukawa coupling."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species == "muon" else 0.0

    def widths(self) -> dict[str, Scalar]:
        return {"muons": spin0_to_pair(self.mass, self.g**2, MUON_MASS, power=3)}


class PseudoscalarMuon(AbstractParticle):
    """Pseudoscalar coupled to muons, L = i g a mubar gamma5 mu; stable below two muons (the photon loop is left out)."""

    name: ClassVar = "pseudoscalar-muon"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_a$ [GeV]"
    coupling_label: ClassVar = r"$g_\mu$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.pseudoscalar)
    references: ClassVar = ("arXiv:2305.09015",)

    mass: Scalar = parameter()
    """[GeV]"""
    g: Scalar = parameter()
    """Yukawa coupling."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species == "muon" else 0.0

    def widths(self) -> dict[str, Scalar]:
        return {"muons": spin0_to_pair(self.mass, self.g**2, MUON_MASS, power=1)}
