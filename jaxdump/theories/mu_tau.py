"""A scalar that turns muons into taus."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import MUON_MASS, TAU_MASS
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import Conversion, ConvertsLeptons
from jaxdump.theories.pairs import scalar_to_two
from jaxdump.typing import Scalar


class ScalarMuTau(ConvertsLeptons):
    """Scalar with a coupling between muons and taus, L = g phi mubar tau + h.c.; stable here below the sum of both masses.

    Lighter than m_tau - m_mu it is a daughter of tau decays, which are measured much better than a beam may do. An estimate.
    Reference: the outlook of arXiv:2501.06294; arXiv:1804.05550.
    """

    name: ClassVar = "scalar-mu-tau"
    references: ClassVar = ("arXiv:2501.06294", "arXiv:1804.05550")

    mass: Scalar = parameter(r"$m_\phi$", "GeV")
    """Mass [GeV]."""
    g: Scalar = coupling(r"$g_{\mu\tau}$")
    """Yukawa coupling."""

    def conversions(self, lepton: str) -> tuple[Conversion, ...]:
        return (Conversion(self.g, "tau", 1),) if lepton == "muon" else ()

    def widths(self, particle: str = "") -> Widths:
        """Width [GeV] to a muon and a tau of either charge."""
        mass = jnp.asarray(self.mass, jnp.result_type(self.mass, self.g))
        return {("muon", "tau"): 2 * scalar_to_two(mass, MUON_MASS, TAU_MASS - MUON_MASS, self.g**2)}
