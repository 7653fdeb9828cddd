"""The two kinds of step that make a channel: production, theory -> flux, and stages, (theory, flux) -> flux."""

import abc
import dataclasses
from collections.abc import Sequence

import equinox as eqx

from jaxdump.flux import Flux
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import MakeTheory
from jaxdump.typing import Scalar


class AbstractProduction(eqx.Module):
    """A source and a target."""

    name: eqx.AbstractVar[str]
    """What channels call it by."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory) -> Flux:
        """The flux per unit of exposure. Only `Flux.log_scale` depends on the overall coupling."""

    @abc.abstractmethod
    def log_scale(self, theory: AbstractTheory) -> Scalar:
        """The `Flux.log_scale` of this production: how it grows with the coupling."""

    @property
    def smooth_to(self) -> Scalar:
        """Mass [GeV] up to which the numbers of a flux are, to 5e-5, smooth in ln(mass) between its `kinks`.

        Contours then find their way by tables of fluxes: polynomials through ten neighbouring masses. Zero, for
        no table, unless a production knows better.
        """
        return 0.0

    def kinks(self, theory: MakeTheory) -> Sequence[float]:
        """Masses [GeV] at which the flux jumps or has an infinite slope; decays apart, which are found by their widths."""
        return ()

    def leaves_out(self, theory: AbstractTheory) -> str:
        """What it would make of such a theory, whatever its mass and coupling, but does not know how to; empty if nothing."""
        return ""


class Produced(AbstractProduction):
    """A production whose integrals are done: it answers for every coupling at the mass of its flux."""

    name: str = eqx.field(static=True)
    production: AbstractProduction
    flux: Flux

    def __call__(self, theory: AbstractTheory) -> Flux:
        return dataclasses.replace(self.flux, log_scale=self.log_scale(theory))

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return self.production.log_scale(theory)


class AbstractStage(eqx.Module):
    """Transport or detection."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        """The flux behind this stage, for one parameter point."""


class AbstractSelection(AbstractStage):
    """A stage with a threshold whose shape is assumed, so that a limit must not hang on its tail."""

    @abc.abstractmethod
    def open_(self) -> "AbstractSelection":
        """The same without the threshold."""
