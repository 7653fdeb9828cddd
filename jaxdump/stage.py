"""The two kinds of step of a channel: a production, theory -> flux, and stages, (theory, flux) -> flux."""

import abc
import dataclasses
from collections.abc import Sequence

import equinox as eqx

from jaxdump.flux import Flux
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import MakeTheory
from jaxdump.typing import Scalar


class AbstractProduction(eqx.Module):
    """A process that makes the dark particle: a source of standard particles, and the target that they meet."""

    name: eqx.AbstractVar[str]
    """Name of the production, by which channels refer to it."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory) -> Flux:
        """The flux of dark particles per unit of exposure. Only its `log_scale` depends on the overall coupling."""

    @abc.abstractmethod
    def log_scale(self, theory: AbstractTheory) -> Scalar:
        """The `Flux.log_scale` of this production: the logarithm of the factor with which it grows with the coupling."""

    @property
    def smooth_to(self) -> Scalar:
        """Mass [GeV] up to which the flux is smooth in ln(mass) between its `kinks`, to 5e-5.

        Contours then take the flux from a table: a polynomial through ten neighbouring masses. The default, zero, means
        that no table is made.
        """
        return 0.0

    def kinks(self, theory: MakeTheory) -> Sequence[float]:
        """Masses [GeV] where the flux jumps or has an infinite slope, without thresholds of decays, which the widths tell."""
        return ()

    def leaves_out(self, theory: AbstractTheory) -> str:
        """Description of a process that would make this theory, but that is not calculated; empty if there is none."""
        return ""


class Produced(AbstractProduction):
    """A production whose integrals are done: it is valid for every coupling at the mass of its flux."""

    name: str = eqx.field(static=True)
    production: AbstractProduction
    flux: Flux

    def __call__(self, theory: AbstractTheory) -> Flux:
        return dataclasses.replace(self.flux, log_scale=self.log_scale(theory))

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return self.production.log_scale(theory)


class AbstractStage(eqx.Module):
    """A step of transport or detection, from the flux before it to the flux behind it."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        """The flux behind this stage, for one mass and coupling."""


class AbstractSelection(AbstractStage):
    """A stage with a threshold whose shape is assumed, so that a limit must not depend on the tail of the threshold."""

    @abc.abstractmethod
    def open_(self) -> "AbstractSelection":
        """The same stage without its threshold."""
