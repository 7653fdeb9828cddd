"""What an experiment is: productions, and channels of them that add up to counting regions. Pure data."""

import functools

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.flux import Flux
from jaxdump.stage import AbstractProduction, AbstractStage, Produced
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar


class Channel(eqx.Module):
    """One way to make the particle and to see it."""

    production: str = eqx.field(static=True)
    """Which of the experiment's productions."""
    stages: tuple[AbstractStage, ...]
    """What its flux goes through, in order."""


class SignalRegion(eqx.Module):
    """One counting region; its channels add."""

    name: str = eqx.field(static=True)
    channels: tuple[Channel, ...]
    observed: Scalar
    """Events seen."""
    background: Scalar
    """Events expected without a signal."""
    published_upper_count: Scalar
    """Upper limit on signal events at 90 % CL, as published."""

    def __check_init__(self):
        require(self.name, "observed", self.observed, 0)
        require(self.name, "background", self.background, 0)
        require(self.name, "published_upper_count", self.published_upper_count, 0, open_below=True)

    def log_signal(self, theory: AbstractTheory, fluxes: dict[str, Flux]) -> Float[Array, ""]:
        """log of the expected signal events per unit of exposure, from the flux of each production."""
        totals = []
        for channel in self.channels:
            flux = fluxes[channel.production]
            for stage in channel.stages:
                flux = stage(theory, flux)
            totals.append(flux.log_total())
        return functools.reduce(jnp.logaddexp, totals)


class Experiment(eqx.Module):
    """A named run: its exposure, how it makes particles, and its signal regions."""

    name: str = eqx.field(static=True)
    description: str = eqx.field(static=True)
    references: tuple[str, ...] = eqx.field(static=True)
    exposure: Scalar
    """Particles on target."""
    productions: tuple[AbstractProduction, ...]
    regions: tuple[SignalRegion, ...]

    def __check_init__(self):
        require(self.name, "exposure", self.exposure, 0, open_below=True)
        known = [production.name for production in self.productions]
        for channel in (channel for region in self.regions for channel in region.channels):
            if channel.production not in known:
                raise ValueError(f"{self.name} has no production {channel.production!r}: choose from {', '.join(known)}")

    def log_signal(self, theory: AbstractTheory) -> Float[Array, " regions"]:
        """log of the expected signal events in each region; `flux.CLOSED` or less where there are none, never infinite."""
        fluxes = {production.name: production(theory) for production in self.productions}
        signals = [region.log_signal(theory, fluxes) for region in self.regions]
        return jnp.stack(signals) + jnp.log(self.exposure)

    def at_mass(self, theory: AbstractTheory) -> "Experiment":
        """This experiment with its production integrals done at the mass of `theory`: `log_signal` then costs only the stages.

        The result answers for every coupling of that theory at that mass, and for no other mass.
        """
        unit = theory.with_coupling(jnp.ones_like(theory.mass))
        done = tuple(Produced(production.name, production, production(unit)) for production in self.productions)
        return eqx.tree_at(lambda experiment: experiment.productions, self, done)

    def only(self, *names: str) -> "Experiment":
        """This experiment with the regions called `names`; raises `ValueError` for one that it does not have."""
        known = {region.name: region for region in self.regions}
        for name in names:
            if name not in known:
                raise ValueError(f"{self.name} has no region {name!r}: choose from {', '.join(known)}")
        return eqx.tree_at(lambda experiment: experiment.regions, self, tuple(known[name] for name in names))
