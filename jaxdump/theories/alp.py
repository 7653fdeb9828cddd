"""Axion-like particles with one coupling, to photons or to muons."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump import matrix_elements
from jaxdump.constants import MUON_MASS
from jaxdump.theories.base import AbstractParticle, parameter
from jaxdump.theories.pairs import pseudoscalar_to_pair
from jaxdump.typing import Scalar


class AlpPhoton(AbstractParticle):
    """ALP coupled to photons, L = -(g/4) a F Ftilde. Reference: arXiv:2501.06294, Eq. (2)."""

    name: ClassVar = "alp-photon"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_a$ [GeV]"
    coupling_label: ClassVar = r"$g_{a\gamma\gamma}$ [GeV$^{-1}$]"
    coupling_unit: ClassVar = "GeV^-1"
    matrix_element: ClassVar = matrix_elements.Primakoff()
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter()
    """[GeV]"""
    g: Scalar = parameter()
    """g_agg [GeV^-1]"""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species == "photon" else 0.0

    def widths(self) -> dict[str, Scalar]:
        """g^2 m^3 / (64 pi) to two photons. Reference: arXiv:1708.00443, Eq. (5)."""
        return {"photons": self.g**2 * self.mass**3 / (64 * jnp.pi)}


class AlpMuon(AbstractParticle):
    """ALP with a derivative coupling to muons, L = g (d_s a) mubar gamma^s gamma5 mu. Reference: arXiv:2501.06294, Eq. (7).

    Stable below two muons, as in the paper: the decay to photons through the muon loop is left out (at 0.2 GeV and the
    published limit its decay length is 19 m, so the invisible region loses up to half of its events there).
    """

    name: ClassVar = "alp-muon"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_a$ [GeV]"
    coupling_label: ClassVar = r"$g_{a\mu\mu}$ [GeV$^{-1}$]"
    coupling_unit: ClassVar = "GeV^-1"
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.derivative)
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter()
    """[GeV]"""
    g: Scalar = parameter()
    """g_amumu [GeV^-1]"""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species == "muon" else 0.0

    def widths(self) -> dict[str, Scalar]:
        """g^2 m_mu^2 m / (2 pi) sqrt(1 - 4 m_mu^2/m^2) to muons, that of a Yukawa coupling 2 m_mu g."""
        return {"muons": pseudoscalar_to_pair(self.mass, (2 * MUON_MASS * self.g) ** 2, MUON_MASS)}
