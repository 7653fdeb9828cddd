"""The dark photon."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump import matrix_elements
from jaxdump.checks import require
from jaxdump.constants import E_CHARGE, E_SQUARED, ELECTRON_MASS, MUON_MASS
from jaxdump.theories.base import AbstractParticle, parameter, vector_to_pair
from jaxdump.typing import Scalar


class DarkPhoton(AbstractParticle):
    """Vector that couples with eps e to charge and with sqrt(4 pi alpha_D) to Dirac dark matter of mass m / mass_ratio.

    It decays to dark matter by default; `alpha_D = 0` leaves the visible decays. Those to hadrons are not included: with
    dark matter open they change nothing, without it the widths hold below two pions. Reference: arXiv:2401.01708.
    """

    name: ClassVar = "dark-photon"
    coupling_name: ClassVar = "eps"
    mass_label: ClassVar = r"$m_{A'}$ [GeV]"
    coupling_label: ClassVar = r"$\epsilon$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.vector)
    references: ClassVar = ("arXiv:2401.01708",)

    mass: Scalar = parameter()
    """[GeV]"""
    eps: Scalar = parameter()
    """Kinetic mixing."""
    alpha_D: Scalar = parameter(default=0.1)
    """Dark fine-structure constant. Choice of the published limits."""
    mass_ratio: Scalar = parameter(default=3.0)
    """Mass over that of the dark matter. Choice of the published limits."""

    def __check_init__(self):
        require(self.name, "alpha_D", self.alpha_D, 0)
        require(self.name, "mass_ratio", self.mass_ratio, 0, open_below=True)

    def coupling_to(self, species: str) -> Scalar:
        return E_CHARGE * self.eps if species in ("electron", "muon", "tau") else 0.0

    def widths(self) -> dict[str, Scalar]:
        charge_squared = E_SQUARED * self.eps**2
        return {
            "dark": vector_to_pair(self.mass, 4 * jnp.pi * self.alpha_D, self.mass / self.mass_ratio),
            "electrons": vector_to_pair(self.mass, charge_squared, ELECTRON_MASS),
            "muons": vector_to_pair(self.mass, charge_squared, MUON_MASS),
        }
