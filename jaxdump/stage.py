"""Channels, and their two kinds of step: a production, theory -> flux, and stages, (theory, flux) -> flux."""

import abc
import dataclasses
from collections.abc import Sequence

import equinox as eqx
from jaxtyping import Array, Float

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


class AbstractResponse(eqx.Module):
    """The end of a channel: how many events its flux gives in each bin of the region."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory, flux: Flux) -> Float[Array, " bins"]:
        """Logarithm of the events of each bin, for one mass and coupling."""


class Total(AbstractResponse):
    """All particles of the flux as the events of one bin."""

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Float[Array, "1"]:
        return flux.log_total()[None]


class Channel(eqx.Module):
    """One way to make the particle and to see it: productions, the stages that their flux goes through, and a response.

    >>> from jaxdump.detection.calorimeter import DecayVolume
    >>> from jaxdump.detection.decay import VisibleDecay
    >>> Channel("bremsstrahlung", (VisibleDecay(DecayVolume(shield=10.0, decay_length=20.0)),)).names
    ('bremsstrahlung',)
    """

    production: str | tuple[str, ...] = eqx.field(static=True)
    """Name of a production of the experiment, or several names: their fluxes go through the stages together."""
    stages: tuple[AbstractStage, ...]
    """Stages of transport and detection that the flux goes through, in this order."""
    response: AbstractResponse = Total()
    """What the flux behind the stages gives in each bin of the region; by default its total, for a region of one bin."""
    unless: str = eqx.field(static=True, default="")
    """Name of a production that replaces this channel: the channel counts nothing of a theory that this production makes."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.production,) if isinstance(self.production, str) else self.production
