"""Gauge bosons of L_mu - L_tau: massive, and massless with a dark fermion."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump import matrix_elements
from jaxdump.constants import MUON_MASS, TAU_MASS
from jaxdump.quadrature import gauss_legendre
from jaxdump.theories.base import AbstractParticle, AbstractTheory, parameter
from jaxdump.theories.pairs import vector_to_pair
from jaxdump.typing import Scalar


class LmuLtau(AbstractParticle):
    """Massive Z' of L_mu - L_tau, to neutrinos and, above threshold, to muons and taus. Reference: arXiv:2401.01708."""

    name: ClassVar = "lmu-ltau"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_{Z'}$ [GeV]"
    coupling_label: ClassVar = r"$g_{Z'}$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.vector)
    references: ClassVar = ("arXiv:2401.01708",)

    mass: Scalar = parameter()
    """[GeV]"""
    g: Scalar = parameter()
    """Gauge coupling."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species in ("muon", "tau") else 0.0

    def widths(self) -> dict[str, Scalar]:
        """g^2 m / (24 pi) to each left-handed neutrino, that of a vector to muons and taus."""
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
    matrix_element: ClassVar = matrix_elements.Bremsstrahlung(matrix_elements.vector)
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter()
    """Mass of chi [GeV]."""
    g: Scalar = parameter()
    """Product of the couplings g_Z' and g_chi."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g if species in ("muon", "tau") else 0.0

    def widths(self) -> dict[str, Scalar]:
        """None: chi is stable."""
        return {}

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """sqrt(Q^2) of the pair, with dQ^2 / (12 pi^2 Q^2) sqrt(1 - 4 m^2/Q^2) (1 + 2 m^2/Q^2) as weight.

        Q = 2 m cosh(s) turns this into tanh(s)^2 (1 + 1 / (2 cosh(s)^2)) ds / (6 pi^2), without an end-point singularity.
        Reference: arXiv:2501.06294, Eq. (11).
        """
        ratio = largest / (2 * self.mass)
        open_ = ratio > 1
        s_max = jnp.arccosh(jnp.where(open_, ratio, 2.0))
        s, weight = gauss_legendre(n, jnp.zeros_like(s_max), s_max)
        spectral = jnp.tanh(s) ** 2 * (1 + 0.5 / jnp.cosh(s) ** 2) / (6 * jnp.pi**2)
        return 2 * self.mass * jnp.cosh(s), jnp.log(weight * spectral)
