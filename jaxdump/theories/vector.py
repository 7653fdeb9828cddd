"""Spin-1 mediators: the dark photon and an axial vector."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump import matrix_elements
from jaxdump.checks import choice
from jaxdump.constants import E_CHARGE, FINE_STRUCTURE, LEPTON_MASS
from jaxdump.hadrons import hadronic_ratio
from jaxdump.theories.base import parameter
from jaxdump.theories.mediator import COUPLES, AbstractMediator, coupling_ratio
from jaxdump.typing import Scalar


class DarkPhoton(AbstractMediator):
    """Vector that couples with eps e to charge.

    g^2 m / (12 pi) (1 + 2 r) b to leptons with g = eps e, R(m^2) times that to massless ones to hadrons; to dark matter
    alpha_D m / 3 times (1 + 2 r) b for Dirac fermions, b^3 / 4 for complex scalars, b^3 / 2 for Majorana fermions, whose
    current has half the charge. Reference: arXiv:2401.01708; arXiv:1801.04847.
    """

    name: ClassVar = "dark-photon"
    coupling_name: ClassVar = "eps"
    mass_label: ClassVar = r"$m_{A'}$ [GeV]"
    coupling_label: ClassVar = r"$\epsilon$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.vector)
    references: ClassVar = ("arXiv:2401.01708", "arXiv:1801.04847")
    spin: ClassVar = 1
    lepton_width: ClassVar = (1 / 3, lambda b, r: (1 + 2 * r) * b)
    dark_width: ClassVar = {
        "dirac": lambda b, r: (1 + 2 * r) * b,
        "complex-scalar": lambda b, r: b**3 / 4,
        "majorana": lambda b, r: b**3 / 2,
    }

    eps: Scalar = parameter()
    """Kinetic mixing."""

    def coupling_to(self, species: str) -> Scalar:
        return E_CHARGE * self.eps if species in LEPTON_MASS else 0.0

    def widths(self) -> dict[str, Scalar]:
        hadrons = FINE_STRUCTURE * self.eps**2 * self.mass / 3 * hadronic_ratio(jnp.asarray(self.mass))
        return {**super().widths(), "hadrons": hadrons}


class AxialVector(AbstractMediator):
    """L = g A_s lbar gamma^s gamma5 l, with the same current of dark Dirac fermions.

    g^2 m / (12 pi) b^3 to leptons; to dark matter alpha_D m / 3 times b^3, or as a dark photon's to the other kinds.
    Reference: arXiv:1609.09072.
    """

    name: ClassVar = "axial-vector"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_{Z'}$ [GeV]"
    coupling_label: ClassVar = r"$g_A$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.axial)
    references: ClassVar = ("arXiv:1609.09072",)
    spin: ClassVar = 1
    lepton_width: ClassVar = (1 / 3, lambda b, r: b**3)
    dark_width: ClassVar = {**DarkPhoton.dark_width, "dirac": lambda b, r: b**3}

    g: Scalar = parameter()
    """Coupling to the lepton that `couples` names, or to all."""
    couples: str = choice(*COUPLES, kw_only=True)

    def coupling_to(self, species: str) -> Scalar:
        return self.g * coupling_ratio(self.couples, species)
