"""What an experiment is: productions, and channels of them that add up to counting regions. Pure data."""

import abc
import dataclasses
from collections.abc import Callable, Sequence
from functools import partial, reduce

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxdump.constants import LN_10
from jaxdump.fields import Number, real, require, with_real_numbers
from jaxdump.flux import CLOSED, Flux
from jaxdump.stage import AbstractProduction, AbstractStage, Produced
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

NONE_SEEN = Number(LN_10, "D", "nothing seen, nothing expected")
"""Published upper count of a region, at 90 % CL, that has seen nothing."""


class Channel(eqx.Module):
    """One way to make the particle and to see it."""

    production: str | tuple[str, ...] = eqx.field(static=True)
    """Which of the experiment's productions; several go through the stages together."""
    stages: tuple[AbstractStage, ...]
    """What its flux goes through, in order."""
    unless: str = eqx.field(static=True, default="")
    """A production that the channel gives way to: it counts nothing of a theory whose particle that one makes."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.production,) if isinstance(self.production, str) else self.production


class Template(eqx.Module):
    """A background whose shape over several regions is known, its normalisation not: that is a free nuisance."""

    name: str = eqx.field(static=True)
    """Of the nuisance, shared by all regions that have a template of that name: it multiplies them by one plus itself."""
    events: Scalar
    """Events expected in the region where the nuisance is zero."""

    def __check_init__(self):
        require(self.name, "events", self.events, 0)


class SignalRegion(eqx.Module):
    """One counting region; its channels add."""

    name: str = eqx.field(static=True)
    channels: tuple[Channel, ...]
    observed: Scalar
    """Events seen."""
    background: Scalar | None
    """Events expected without a signal, those of `templates` apart; None if nobody knows, which is not zero.

    The likelihood is then the largest over all backgrounds: flat up to a signal of `observed`. Upper counts of a statistic
    that takes each region by itself are those without a background, the weakest.
    """
    published_upper_count: Scalar | None
    """Upper limit at 90 % CL, as published, on signal events before the selection; None for a bin of a spectrum."""
    background_error: Scalar | None = None
    """[events] A pull of one multiplies the background by 1 + background_error / background: log-normal. None if exact."""
    signal_error: Scalar | None = None
    """Relative: a pull of one multiplies the signal by 1 + signal_error. None if exact."""
    background_nuisance: str = eqx.field(static=True, default="")
    """Name of the background's pull, shared by all regions that give the same one; empty for one of its own."""
    signal_nuisance: str = eqx.field(static=True, default="")
    """The same for the signal."""
    templates: tuple[Template, ...] = ()
    """More backgrounds."""
    selection_efficiency: Scalar = 1.0
    """Share of the signal events of the channels that `observed` holds."""

    def __check_init__(self):
        for name in ("observed", "background", "background_error", "signal_error"):
            if getattr(self, name) is not None:
                require(self.name, name, getattr(self, name), 0)
        if self.published_upper_count is not None:
            require(self.name, "published_upper_count", self.published_upper_count, 0, open_below=True)
        require(self.name, "selection_efficiency", self.selection_efficiency, 0, 1, open_below=True)
        if self.background is None and self.background_error is not None:
            raise ValueError(f"{self.name} has a background_error but no background: give both")
        if self.background_error is not None:  # a log-normal around zero has no width
            require(f"{self.name} with background_error", "background", self.background, 0, open_below=True)


def log_events(channels: tuple[Channel, ...], theory: AbstractTheory, fluxes: dict[str, Flux]) -> Float[Array, ""]:
    """log of the expected events of all channels per unit of exposure, from the flux of each production."""
    totals = []
    for channel in channels:
        if channel.unless and not fluxes[channel.unless].empty:
            continue
        some = [fluxes[name] for name in channel.names if not fluxes[name].empty]
        if not some:
            continue
        flux = Flux.of_all(some)
        for stage in channel.stages:
            flux = stage(theory, flux)
        totals.append(flux.log_total())
    return reduce(jnp.logaddexp, totals) if totals else jnp.full_like(theory.mass, CLOSED)


def log_events_of_all(
    regions: tuple[SignalRegion, ...], theory: AbstractTheory, fluxes: dict[str, Flux]
) -> Float[Array, " regions"]:
    """`log_events` of each region; those that differ in numbers alone, like bins, are done at once."""
    alike: dict[tuple, list[int]] = {}
    for i, region in enumerate(regions):
        leaves, structure = jax.tree.flatten(region.channels)
        alike.setdefault((structure, *(leaf if isinstance(leaf, int) else jnp.shape(leaf) for leaf in leaves)), []).append(i)
    signals = []
    for members in alike.values():
        channels = [regions[i].channels for i in members]
        if len(members) == 1:
            signals.append(log_events(channels[0], theory, fluxes)[None])
            continue
        numbers, rest = eqx.partition(jax.tree.map(partial(stacked, jnp.result_type(theory.mass)), *channels), eqx.is_array)
        signals.append(jax.vmap(lambda one, rest=rest: log_events(eqx.combine(one, rest), theory, fluxes))(numbers))
    return jnp.concatenate(signals)[np.argsort(np.concatenate(list(alike.values())))]


def stacked(dtype: np.dtype, *leaves: Array | float) -> Array | int:
    """Numbers along a new axis; counts, which are all the same, as they are."""
    return leaves[0] if isinstance(leaves[0], int) else jnp.stack([jnp.asarray(leaf, dtype) for leaf in leaves])


class AbstractExperiment(eqx.Module):
    """What counts events: one run or several. All of the statistics need no more than this."""

    @property
    @abc.abstractmethod
    def members(self) -> tuple["Experiment", ...]:
        """The runs, in the order of their regions in `log_signal`."""

    @property
    def spectrum(self) -> bool:
        """Whether some regions are bins, whose background only all of them together tell."""
        return any(region.templates for member in self.members for region in member.regions)

    @property
    def projection(self) -> bool:
        """Whether some runs have no data yet."""
        return not all(member.data for member in self.members)

    @property
    def without_background(self) -> tuple[str, ...]:
        """Names of the regions whose background is unknown."""
        return tuple(region.name for member in self.members for region in member.regions if region.background is None)

    @abc.abstractmethod
    def log_signal(self, theory: AbstractTheory) -> Float[Array, " regions"]:
        """log of the signal events that each region selects on average; `flux.CLOSED` or less for none, never infinite."""

    @abc.abstractmethod
    def made_at_all(self, theory: AbstractTheory) -> Bool[Array, " regions"]:
        """Whether something that each region counts makes particles of this theory, if their mass allows it."""

    @abc.abstractmethod
    def made_here(self, theory: AbstractTheory) -> Bool[Array, " regions"]:
        """Whether something that each region counts makes particles of this mass."""

    @abc.abstractmethod
    def fluxes(self, theory: AbstractTheory) -> tuple:
        """What `with_fluxes` takes: all that the mass decides."""

    @abc.abstractmethod
    def with_fluxes(self, fluxes: tuple) -> "AbstractExperiment":
        """The same with its production integrals done."""

    def at_mass(self, theory: AbstractTheory) -> "AbstractExperiment":
        """The same with its production integrals done at the mass of `theory`: `log_signal` then costs only the stages.

        The result answers for every coupling of that theory at that mass, and for no other mass.
        """
        return self.with_fluxes(self.fluxes(theory))


class Experiment(AbstractExperiment):
    """A named run: its exposure, how it makes particles, and its signal regions."""

    name: str = eqx.field(static=True)
    description: str = eqx.field(static=True)
    references: tuple[str, ...] = eqx.field(static=True)
    exposure: Scalar = eqx.field(converter=with_real_numbers)
    """Particles on target, or kt yr: what the weights of the flux behind the stages are per."""
    productions: tuple[AbstractProduction, ...] = eqx.field(converter=with_real_numbers)
    regions: tuple[SignalRegion, ...] = eqx.field(converter=with_real_numbers)
    transport: tuple[AbstractStage, ...] = eqx.field(default=(), converter=with_real_numbers)
    """What the flux of every production goes through before any channel's stages."""
    sample: str = eqx.field(static=True, default="")
    """Name of the events that are counted, if another experiment counts them too: those two are not combined."""
    data: bool = eqx.field(static=True, default=True)
    """Whether `observed` was seen; a projection assumes it, and is drawn as a line."""
    left_out: tuple[tuple[str, str], ...] = eqx.field(static=True, default=())
    """What no production makes, though it could be made by particles of a species: their name, and what is left out."""

    def __check_init__(self):
        require(self.name, "exposure", self.exposure, 0, open_below=True)
        known = [production.name for production in self.productions]
        for channel in (channel for region in self.regions for channel in region.channels):
            for name in (*channel.names, *filter(None, [channel.unless])):
                if name not in known:
                    raise ValueError(f"{self.name} has no production {name!r}: choose from {', '.join(known)}")

    @property
    def members(self) -> tuple["Experiment", ...]:
        return (self,)

    def leaves_out(self, theory: AbstractTheory) -> list[str]:
        """What is not calculated of such a theory, whatever its mass and coupling."""
        couples = lambda species: np.any(np.asarray(theory.coupling_to(species)) != 0)
        told = [production.leaves_out(theory) for production in self.productions]
        return [*filter(None, told), *(what for species, what in self.left_out if couples(species))]

    def log_signal(self, theory: AbstractTheory) -> Float[Array, " regions"]:
        fluxes = {name: self.at_detector(theory, flux) for name, flux in self.made(theory).items()}
        signals = log_events_of_all(self.regions, theory, fluxes)
        selected = [jnp.asarray(region.selection_efficiency, signals.dtype) for region in self.regions]
        return signals + jnp.log(jnp.stack(selected)) + jnp.log(real(self.exposure))

    def made(self, theory: AbstractTheory) -> dict[str, Flux]:
        """The flux of each production that some channel counts; the integrals of the others are not done."""
        productions, fluxes = {production.name: production for production in self.productions}, {}

        def flux(name: str) -> Flux:
            if name not in fluxes:
                fluxes[name] = productions[name](theory)
            return fluxes[name]

        for channel in (channel for region in self.regions for channel in region.channels):
            for name in channel.names if not channel.unless or flux(channel.unless).empty else ():
                flux(name)
        return fluxes

    def made_at_all(self, theory: AbstractTheory) -> Bool[Array, " regions"]:
        return self.in_regions(theory, lambda flux: flux.log_scale > CLOSED)

    def made_here(self, theory: AbstractTheory) -> Bool[Array, " regions"]:
        return self.in_regions(theory, lambda flux: jnp.any(flux.log_weight > CLOSED / 2))

    def in_regions(self, theory: AbstractTheory, holds: Callable[[Flux], Array | bool]) -> Bool[Array, " regions"]:
        """Whether something holds of a flux that is not empty, among those that each region counts."""
        made = {name: jnp.asarray(holds(flux)) for name, flux in self.made(theory).items() if not flux.empty}
        counted = [{name for channel in region.channels for name in channel.names} for region in self.regions]
        none = jnp.zeros((), bool)
        return jnp.stack([jnp.any(jnp.stack([none, *(made[name] for name in made if name in some)])) for some in counted])

    def at_detector(self, theory: AbstractTheory, flux: Flux) -> Flux:
        """What the transport leaves of a production's flux."""
        for stage in self.transport:
            flux = stage(theory, flux)
        return flux

    def fluxes(self, theory: AbstractTheory) -> tuple[Flux, ...]:
        """What each production that counts gives for a coupling of one."""
        made = self.made(theory.with_coupling(jnp.ones_like(theory.mass)))
        return tuple(made.get(p.name, Flux.nothing(theory.mass, theory.mass)) for p in self.productions)

    def with_fluxes(self, fluxes: tuple[Flux, ...]) -> "Experiment":
        """The same with these in the place of its productions."""
        done = tuple(Produced(p.name, p, flux) for p, flux in zip(self.productions, fluxes, strict=True))
        return eqx.tree_at(lambda experiment: experiment.productions, self, done)

    def only(self, *names: str) -> "Experiment":
        """This experiment with the regions called `names`; raises `ValueError` for one that it does not have."""
        known = {region.name: region for region in self.regions}
        for name in names:
            if name not in known:
                raise ValueError(f"{self.name} has no region {name!r}: choose from {', '.join(known)}")
        return dataclasses.replace(self, regions=tuple(known[name] for name in names))


class Combination(AbstractExperiment):
    """Runs that look for the same theory: their regions one after the other."""

    runs: tuple[Experiment, ...]

    @property
    def members(self) -> tuple[Experiment, ...]:
        return self.runs

    def log_signal(self, theory: AbstractTheory) -> Float[Array, " regions"]:
        return jnp.concatenate([member.log_signal(theory) for member in self.members])

    def made_at_all(self, theory: AbstractTheory) -> Bool[Array, " regions"]:
        return jnp.concatenate([member.made_at_all(theory) for member in self.members])

    def made_here(self, theory: AbstractTheory) -> Bool[Array, " regions"]:
        return jnp.concatenate([member.made_here(theory) for member in self.members])

    def fluxes(self, theory: AbstractTheory) -> tuple:
        return tuple(member.fluxes(theory) for member in self.members)

    def with_fluxes(self, fluxes: tuple) -> "Combination":
        return Combination(tuple(member.with_fluxes(one) for member, one in zip(self.members, fluxes, strict=True)))


def rejoined(experiment: AbstractExperiment, members: Sequence[Experiment]) -> AbstractExperiment:
    """The experiment with these in the place of its members."""
    return members[0] if isinstance(experiment, Experiment) else Combination(tuple(members))


def combine(*experiments: AbstractExperiment) -> Combination:
    """All regions of several experiments as one; nuisances of the same name move together.

    Raises `ValueError` without any experiment, for two of one name, whose own nuisances could not be told apart, and for two
    that count the same events.
    """
    members = tuple(member for experiment in experiments for member in experiment.members)
    names = [member.name for member in members]
    if not members or len(set(names)) < len(names):
        raise ValueError(f"combine takes one or more experiments of different names, not {', '.join(names) or 'none'}")
    samples = [member.sample for member in members if member.sample]
    for sample in samples:
        if samples.count(sample) > 1:
            same = " and ".join(member.name for member in members if member.sample == sample)
            raise ValueError(f"{same} both count the events of {sample}: combine only one of them")
    return Combination(members)
