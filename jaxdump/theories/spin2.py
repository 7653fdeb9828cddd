"""A massive spin-2 mediator."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import LEPTON_MASS
from jaxdump.theories import amplitudes
from jaxdump.theories.base import parameter
from jaxdump.theories.mediator import AbstractMediator
from jaxdump.theories.pairs import spin2_to_pair, spin2_to_scalars, to_majorana
from jaxdump.typing import Scalar


class Spin2(AbstractMediator):
    """Spin-2 mediator, L = -c G_ab T^ab; T of charged leptons and photons, coupled alike, as it is not conserved otherwise.

    The width to leptons is c^2 m^3 b^3 (1 + 8 r / 3) / (160 pi), that to photons c^2 m^3 / (80 pi). The width to dark matter,
    with c_D m = g_D, is that to leptons for Dirac fermions, half of it for Majorana fermions, and c_D^2 m^3 b^5 / (480 pi) for
    complex scalars. Neither neutrinos nor hadrons are in T. Reference: arXiv:2412.10150; hep-ph/9811350.
    """

    name: ClassVar = "spin2"
    coupling_name: ClassVar = "c"
    mass_label: ClassVar = r"$m_G$ [GeV]"
    coupling_label: ClassVar = r"$c / \Lambda$ [GeV$^{-1}$]"
    coupling_unit: ClassVar = "GeV^-1"
    matrix_element: ClassVar = amplitudes.Graviton()
    references: ClassVar = ("arXiv:2412.10150",)
    spin: ClassVar = 2
    pairs: ClassVar = {"dirac": spin2_to_pair, "majorana": to_majorana(spin2_to_pair), "complex-scalar": spin2_to_scalars}
    dimensions: ClassVar = dict.fromkeys(pairs, -1)

    c: Scalar = parameter()
    """Coupling c / Lambda [GeV^-1]."""

    def coupling_to(self, species: str) -> Scalar:
        return self.c if species in (*LEPTON_MASS, "photon") else 0.0

    def to_others(self) -> dict[str, Scalar]:
        return {"photons": (self.c * self.mass) ** 2 * self.mass / (80 * jnp.pi)}
