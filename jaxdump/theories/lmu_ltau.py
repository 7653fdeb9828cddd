"""Gauge bosons of L_mu - L_tau: massive, and massless with a dark fermion."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import MUON_MASS, TAU_MASS
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import Emission, RadiatedByLeptons
from jaxdump.theories.pairs import pair_masses, vector_to_pair
from jaxdump.typing import Scalar


class LmuLtau(RadiatedByLeptons):
    """Massive Z' of L_mu - L_tau, to neutrinos and, above threshold, to muons and taus. Reference: arXiv:2401.01708."""

    name: ClassVar = "lmu-ltau"
    references: ClassVar = ("arXiv:2401.01708",)

    mass: Scalar = parameter(r"$m_{Z'}$", "GeV")
    """Mass of the Z' [GeV]."""
    g: Scalar = coupling(r"$g_{Z'}$")
    """Gauge coupling."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        return (Emission(self.g, amplitudes.Bremsstrahlung(amplitudes.vector)),) if lepton == "muon" else ()

    def widths(self, particle: str = "") -> Widths:
        """Widths [GeV]: g^2 m / (24 pi) to each left-handed neutrino, and those of a vector to muons and taus."""
        return {
            ("neutrino", "neutrino"): self.g**2 * self.mass / (12 * jnp.pi),
            ("muon", "muon"): vector_to_pair(self.mass, self.g**2, MUON_MASS),
            ("tau", "tau"): vector_to_pair(self.mass, self.g**2, TAU_MASS),
        }


class LmuLtauDark(RadiatedByLeptons):
    """Massless Z' of L_mu - L_tau, off its shell to a pair of Dirac fermions. Reference: arXiv:2501.06294, Eqs. (9)-(12)."""

    name: ClassVar = "lmu-ltau-dark"
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter(r"$m_\chi$", "GeV")
    """Mass of chi [GeV]."""
    g: Scalar = coupling(r"$g_{Z'} g_\chi$")
    """Product of the couplings g_Z' and g_chi."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        return (Emission(self.g, amplitudes.Bremsstrahlung(amplitudes.vector)),) if lepton == "muon" else ()

    def widths(self, particle: str = "") -> Widths:
        """Empty, as chi is stable."""
        return {}

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        return pair_masses(self.mass, largest, n)
