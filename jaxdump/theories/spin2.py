"""A massive spin-2 mediator."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import CouplesToPhotons
from jaxdump.theories.mediator import AbstractMediator
from jaxdump.theories.pairs import spin2_to_pair, spin2_to_scalars, to_majorana
from jaxdump.typing import Scalar


class Spin2(AbstractMediator, CouplesToPhotons):
    """Spin-2 mediator, L = -c G_ab T^ab; T of charged leptons and photons, coupled alike, as it is not conserved otherwise.

    The width to leptons is c^2 m^3 b^3 (1 + 8 r / 3) / (160 pi), that to photons c^2 m^3 / (80 pi). The width to dark matter,
    with c_D m = g_D, is that to leptons for Dirac fermions, half of it for Majorana fermions, and c_D^2 m^3 b^5 / (480 pi) for
    complex scalars. Neither neutrinos nor hadrons are in T. Reference: arXiv:2412.10150; hep-ph/9811350.
    """

    name: ClassVar = "spin2"
    element: ClassVar = amplitudes.Graviton()
    references: ClassVar = ("arXiv:2412.10150",)
    spin: ClassVar = 2
    pairs: ClassVar = {"dirac": spin2_to_pair, "majorana": to_majorana(spin2_to_pair), "complex-scalar": spin2_to_scalars}
    dimensions: ClassVar = dict.fromkeys(pairs, -1)

    mass: Scalar = parameter(r"$m_G$", "GeV")
    """Mass [GeV]."""
    c: Scalar = coupling(r"$c / \Lambda$", "GeV^-1")
    """Coupling c / Lambda [GeV^-1]."""

    def ratio(self, lepton: str) -> float:
        return 1.0

    def to_others(self) -> Widths:
        return {("photon", "photon"): (self.c * self.mass) ** 2 * self.mass / (80 * jnp.pi)}

    def photon_coupling(self) -> Scalar:
        """2 c / Lambda: five times the width to photons is (2 c / Lambda)^2 m^3 / (64 pi)."""
        return 2 * self.c
