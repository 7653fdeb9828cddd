"""Gauge bosons of L_mu - L_tau: massive, and massless with a dark fermion."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import MUON_MASS, TAU_MASS
from jaxdump.theories import amplitudes
from jaxdump.theories.base import AbstractParticle, AbstractTheory, parameter
from jaxdump.theories.pairs import pair_masses, vector_to_pair
from jaxdump.typing import Scalar


class LmuLtau(AbstractParticle):
    """Massive Z' of L_mu - L_tau, to neutrinos and, above threshold, to muons and taus. Reference: arXiv:2401.01708."""

    name: ClassVar = "lmu-ltau"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_{Z'}$ [GeV]"
    coupling_label: ClassVar = r"$g_{Z'}$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.vector)
    references: ClassVar = ("arXiv:2401.01708",)

    mass: Scalar = parameter()
    """Mass of the Z' [GeV]."""
    g: Scalar = parameter()
    """Gauge coupling."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species in ("muon", "tau") else 0.0

    def widths(self) -> dict[str, Scalar]:
        """Widths [GeV]: g^2 m / (24 pi) to each left-handed neutrino, and those of a vector to muons and taus."""
        return {
            "neutrinos": self.g**2 * self.mass / (12 * jnp.pi),
            "muons": vector_to_pair(self.mass, self.g**2, MUON_MASS),
            "taus": vector_to_pair(self.mass, self.g**2, TAU_MASS),
        }


class LmuLtauDark(AbstractTheory):
    """Massless Z' of L_mu - L_tau, off its shell to a pair of Dirac fermions. Reference: arXiv:2501.06294, Eqs. (9)-(12)."""

    name: ClassVar = "lmu-ltau-dark"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_\chi$ [GeV]"
    coupling_label: ClassVar = r"$g_{Z'} g_\chi$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.vector)
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter()
    """Mass of chi [GeV]."""
    g: Scalar = parameter()
    """Product of the couplings g_Z' and g_chi."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species in ("muon", "tau") else 0.0

    def widths(self) -> dict[str, Scalar]:
        """Empty, as chi is stable."""
        return {}

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        return pair_masses(self.mass, largest, n)
