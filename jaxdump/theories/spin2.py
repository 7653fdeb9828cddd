"""A massive spin-2 mediator."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump import matrix_elements
from jaxdump.constants import LEPTON_MASS
from jaxdump.theories.base import parameter
from jaxdump.theories.mediator import AbstractMediator
from jaxdump.typing import Scalar


class Spin2(AbstractMediator):
    """L = -c G_ab T^ab with the stress tensor T of charged leptons and photons; a universal coupling, else it is not conserved.

    c^2 m^3 / (160 pi) b^3 (1 + 8 r / 3) to leptons, c^2 m^3 / (80 pi) to photons. To dark matter the same as to leptons with
    c m = sqrt(4 pi alpha_D) for Dirac fermions, half for Majorana fermions, b^5 / 3 for complex scalars.
    Reference: arXiv:2412.10150; hep-ph/9811350.
    """

    name: ClassVar = "spin2"
    coupling_name: ClassVar = "c"
    mass_label: ClassVar = r"$m_G$ [GeV]"
    coupling_label: ClassVar = r"$c / \Lambda$ [GeV$^{-1}$]"
    coupling_unit: ClassVar = "GeV^-1"
    matrix_element: ClassVar = matrix_elements.Graviton()
    references: ClassVar = ("arXiv:2412.10150",)
    spin: ClassVar = 2
    lepton_width: ClassVar = (1 / 40, lambda b, r: b**3 * (1 + 8 / 3 * r))
    dark_width: ClassVar = {
        "dirac": lambda b, r: b**3 * (1 + 8 / 3 * r),
        "majorana": lambda b, r: b**3 * (1 + 8 / 3 * r) / 2,
        "complex-scalar": lambda b, r: b**5 / 3,
    }

    c: Scalar = parameter()
    """c / Lambda [GeV^-1]"""

    def coupling_to(self, species: str) -> Scalar:
        return self.c if species in (*LEPTON_MASS, "photon") else 0.0

    def reduced(self, coupling: Scalar) -> Scalar:
        return coupling * self.mass

    def widths(self) -> dict[str, Scalar]:
        return {**super().widths(), "photons": (self.c * self.mass) ** 2 * self.mass / (80 * jnp.pi)}
