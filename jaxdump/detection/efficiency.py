"""Efficiencies of the selection of signal events."""

import equinox as eqx
import jax.numpy as jnp

from jaxdump.fields import FACTOR, require
from jaxdump.flux import Flux
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar


class Efficiency(AbstractStage):
    """A signal efficiency: a curve in the invariant mass [GeV] of the particle, or one number.

    Raises `ValueError` for a number outside of 0 to 1.

    >>> flux = Flux(jnp.array([100.0]), jnp.array([0.1]), log_weight=jnp.zeros(1), log_scale=jnp.zeros(()))
    >>> f"{jnp.exp(Efficiency(0.4)(None, flux).log_total()):.2f}"  # one number needs no theory
    '0.40'
    """

    efficiency: LogCurve | Scalar = eqx.field(metadata=FACTOR)
    """Share of the signal that is selected; a table is one in the mass."""
    yield_per_muon: Scalar = eqx.field(default=1.0, metadata=FACTOR)
    """Signal per muon of this run over the signal per muon of the run from which the efficiency is taken."""

    def __check_init__(self):
        if not isinstance(self.efficiency, LogCurve):
            require("selection", "efficiency", self.efficiency, 0, 1, open_below=True)
        require("selection", "yield_per_muon", self.yield_per_muon, 0, open_below=True)

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        log_efficiency = self.efficiency.log(flux.mass) if isinstance(self.efficiency, LogCurve) else jnp.log(self.efficiency)
        return flux.weighted(log_efficiency + jnp.log(self.yield_per_muon))


class ShareOfExposure(AbstractStage):
    """The share of the exposure of an experiment that one of its beams has.

    Raises `ValueError` for a number outside of 0 to 1.
    """

    share: Scalar
    """Particles of this beam over those of all beams."""

    def __check_init__(self):
        require("share of the exposure", "share", self.share, 0, 1, open_below=True)

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        return flux.weighted(jnp.log(self.share))
