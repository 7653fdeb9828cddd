"""Taus of a beam of muons that decay to muons again."""

import jax.numpy as jnp

from jaxdump.fields import Number, require
from jaxdump.flux import Flux, safe_log
from jaxdump.sources.beam import Beam
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar, Values

TO_MUON = Number(0.1739, "P", "PDG 2022", error=0.0004)
"""Branching ratio of tau to muon and neutrinos."""


class MuonOfTau(AbstractStage):
    """Taus that take what particles of a flux leave of the beam, and decay at once to a muon of at most `softer_than`.

    With z the share of the muon in the energy of the tau, dN/dz = 5/3 - 3 z^2 + 4/3 z^3 for taus without polarisation and muons
    without mass. Reference: Y. S. Tsai, Phys. Rev. D4, 2821 (1971). Neutrinos add to what is missing.
    """

    beam: Beam
    """The beam, of whose energy the particle takes a share and the tau the rest."""
    softer_than: Scalar
    """Largest energy of the muon [GeV]."""
    to_muon: Scalar = TO_MUON
    """Branching ratio of tau to muon and neutrinos."""

    def __check_init__(self):
        require("tau", "softer_than", self.softer_than, 0, open_below=True)
        require("tau", "to_muon", self.to_muon, 0, 1)

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        energy = jnp.asarray(self.beam.energy, flux.energy.dtype)
        tau = jnp.maximum(energy - flux.energy, 1e-3 * energy)
        return flux.weighted(safe_log(self.to_muon * softer(jnp.minimum(self.softer_than / tau, 1.0))))


def softer(z: Values) -> Values:
    """Share of muons with less than `z` of the energy of their tau, 5/3 z - z^3 + z^4 / 3."""
    return z * (5 / 3 - z**2 * (1 - z / 3))
