"""Channels, and their two kinds of step: a production, theory -> flux, and stages, (theory, flux) -> flux."""

import abc
import dataclasses
import itertools
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxdump.flux import Flux
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar


class AbstractProduction(eqx.Module):
    """A process that makes the dark particle: a source of standard particles, and the target that they meet."""

    name: eqx.AbstractVar[str]
    """Name of the production, by which channels refer to it."""

    @abc.abstractmethod
    def makes(self, theory: AbstractTheory) -> bool:
        """Whether it can make such a theory, by its class and choices; numbers do not matter. If not, nothing is calculated."""

    @abc.abstractmethod
    def __call__(self, theory: Any) -> Flux:
        """The flux of dark particles of a theory that it makes, per unit of exposure."""

    @abc.abstractmethod
    def log_scale(self, theory: Any) -> Scalar | None:
        """Logarithm of the factor with which the flux grows with the couplings, if that is all it knows of them.

        Then the flux is computed once, with all couplings at one; None if it reads couplings in another way.
        """

    @property
    def smooth_to(self) -> Scalar:
        """Mass [GeV] up to which the flux is smooth in ln(mass) between its `kinks`, to 5e-5.

        Contours then take the flux from a table: a polynomial through ten neighbouring masses. The default, zero, means
        that no table is made.
        """
        return 0.0

    def kinks(self, theory: Any) -> dict[str, Scalar]:
        """Numbers by name that change sign where the flux jumps or has an infinite slope, besides thresholds of decays."""
        return {}

    def opens(self, theory: Any) -> tuple[Bool[Array, ""], Bool[Array, ""]] | None:
        """Whether a theory is made at some mass, as far as couplings go, and whether it is at its own masses, without the flux.

        None, as here, if only the flux tells.
        """
        return None

    def leaves_out(self, theory: AbstractTheory) -> str:
        """Description of a process that would make this theory, but that is not calculated; empty if there is none."""
        return ""


class Held(AbstractProduction):
    """A production, and stages behind it, that are done for all couplings of one theory at the other numbers of that theory."""

    name: str = eqx.field(static=True)
    flux: Flux
    """The flux behind them with all couplings at one, without its `log_scale`."""
    steps: tuple["AbstractProduction | AbstractStage", ...]
    """The production and the stages."""

    def makes(self, theory: AbstractTheory) -> bool:
        return True

    def __call__(self, theory: AbstractTheory) -> Flux:
        return dataclasses.replace(self.flux, log_scale=self.log_scale(theory))

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return sum((jnp.asarray(scale_of(step, theory)) for step in self.steps), jnp.zeros((), self.flux.log_weight.dtype))


class AbstractStage(eqx.Module):
    """A step of transport or detection, from the flux before it to the flux behind it."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        """The flux behind this stage, for one point of the theory."""

    def log_scale(self, theory: AbstractTheory) -> Scalar | None:
        """Logarithm of the factor with which the flux behind grows with the couplings, as that of a production, mostly zero.

        None, as here, if the stage reads couplings in another way: in a decay, or an energy loss.
        """
        return None


def leading(stages: tuple[AbstractStage, ...], theory: AbstractTheory) -> tuple[AbstractStage, ...]:
    """The first stages that know no more of the couplings than their `log_scale`."""
    return tuple(itertools.takewhile(lambda stage: stage.log_scale(theory) is not None, stages))


def scale_of(step: AbstractProduction | AbstractStage, theory: AbstractTheory) -> Scalar:
    """The `log_scale` of a step that has one."""
    scale = step.log_scale(theory)
    assert scale is not None
    return scale


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

    @property
    def names(self) -> tuple[str, ...]:
        return (self.production,) if isinstance(self.production, str) else self.production
