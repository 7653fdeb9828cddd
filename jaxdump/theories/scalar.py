"""Spin-0 particles with Yukawa couplings: to muons alone, and mediators between charged leptons and dark matter."""

from typing import ClassVar

from jaxdump import matrix_elements
from jaxdump.checks import choice
from jaxdump.constants import MUON_MASS
from jaxdump.theories.base import AbstractParticle, parameter, spin0_to_pair
from jaxdump.theories.mediator import COUPLES, AbstractMediator, coupling_ratio
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


class ScalarMediator(AbstractMediator):
    """L = g phi lbar l; the decay to photons through lepton loops is left out.

    g^2 m / (8 pi) b^3 to leptons; the same with g_D to dark Dirac fermions, half of it to Majorana fermions, and
    g_D^2 m / (16 pi) b to complex scalars with the coupling g_D m. Reference: arXiv:1606.04943.
    """

    name: ClassVar = "scalar"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_\phi$ [GeV]"
    coupling_label: ClassVar = r"$g$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.scalar)
    references: ClassVar = ("arXiv:1606.04943", "arXiv:2305.09015")
    spin: ClassVar = 0
    lepton_width: ClassVar = (0.5, lambda b, r: b**3)
    dark_width: ClassVar = {
        "dirac": lambda b, r: b**3,
        "majorana": lambda b, r: b**3 / 2,
        "complex-scalar": lambda b, r: b / 2,
    }

    g: Scalar = parameter()
    """Yukawa coupling to the lepton that `couples` names, or to all."""
    couples: str = choice(*COUPLES, kw_only=True)

    def coupling_to(self, species: str) -> Scalar:
        return self.g * coupling_ratio(self.couples, species)


class PseudoscalarMediator(AbstractMediator):
    """L = i g a lbar gamma5 l; the decay to photons through lepton loops is left out.

    g^2 m / (8 pi) b to leptons; the dark widths are those of a scalar with b for b^3. Reference: arXiv:1606.04943.
    """

    name: ClassVar = "pseudoscalar"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_a$ [GeV]"
    coupling_label: ClassVar = r"$g$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.pseudoscalar)
    references: ClassVar = ("arXiv:1606.04943", "arXiv:2305.09015")
    spin: ClassVar = 0
    lepton_width: ClassVar = (0.5, lambda b, r: b)
    dark_width: ClassVar = {"dirac": lambda b, r: b, "majorana": lambda b, r: b / 2, "complex-scalar": lambda b, r: b / 2}

    g: Scalar = parameter()
    """Yukawa coupling to the lepton that `couples` names, or to all."""
    couples: str = choice(*COUPLES, kw_only=True)

    def coupling_to(self, species: str) -> Scalar:
        return self.g * coupling_ratio(self.couples, species)
