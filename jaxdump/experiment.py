"""Experiments as pure data: productions, and counting regions that add up their channels."""

import abc
import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxdump.fields import FACTOR, real, require, with_real_numbers
from jaxdump.flux import CLOSED, Flux
from jaxdump.region import Region, Signal, at_strength, log_shares
from jaxdump.stage import AbstractProduction, AbstractStage, Held, leading
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import couples
from jaxdump.typing import Scalar

LIGHT = 1e-6
"""A mass [GeV] below all thresholds of production."""
SHOWN = 12
"""Regions that the text of an experiment lists."""


class AbstractExperiment(eqx.Module):
    """One run or several that count events: the interface that all statistics use."""

    @property
    @abc.abstractmethod
    def members(self) -> tuple["Experiment", ...]:
        """The single runs, in the order of their regions in `signal`."""

    @property
    def spectrum(self) -> bool:
        """Whether some regions have many bins, or are bins of a spectrum, whose background only a fit to all determines."""
        return any(region.bins > 1 or region.templates for member in self.members for region in member.regions)

    @property
    def projection(self) -> bool:
        """Whether some runs are projections without data."""
        return not all(member.data for member in self.members)

    @property
    def interferes(self) -> bool:
        """Whether the channels of some region hold the standard process, so that strength zero is no theory without it."""
        return any(region.standard for member in self.members for region in member.regions)

    @property
    def apart(self) -> bool:
        """Whether some nuisance moves some channels of a region alone, so that its effect depends on the theory."""
        return any(region.apart for member in self.members for region in member.regions)

    @property
    def only_counts(self) -> bool:
        """Whether all regions are counts to which a signal adds, all channels alike: no measured ratio, no standard process."""
        return (
            not self.interferes
            and not self.apart
            and all(region.counts for member in self.members for region in member.regions)
        )

    @property
    def without_background(self) -> tuple[str, ...]:
        """Names of the regions whose background is unknown."""
        return tuple(region.name for member in self.members for region in member.regions if region.background is None)

    @abc.abstractmethod
    def signal(self, theory: AbstractTheory) -> Signal:
        """The signal that all bins of all regions expect of a theory."""

    def log_signal(self, theory: AbstractTheory) -> Float[Array, " bins"]:
        """`Signal.log_events`: the logarithm of the mean number of selected events of each bin."""
        return self.signal(theory).log_events

    @abc.abstractmethod
    def made_where(self, theory: AbstractTheory) -> tuple[Bool[Array, " regions"], Bool[Array, " regions"]]:
        """Whether a production that each region counts can make this theory at some mass, and whether it does at this mass."""

    @abc.abstractmethod
    def fluxes(self, theory: AbstractTheory) -> tuple[dict[str, Flux], ...]:
        """The fluxes of each run that `with_fluxes` takes: what is computed once for all couplings of a theory."""

    @abc.abstractmethod
    def with_fluxes(self, theory: AbstractTheory, fluxes: tuple[dict[str, Flux], ...]) -> "AbstractExperiment":
        """The same experiment with these fluxes in the place of the productions, and first stages, that made them.

        `theory` is one of the class and the choices that the fluxes are for.
        """

    def held(self, theory: AbstractTheory) -> "AbstractExperiment":
        """The same experiment with all that does not depend on couplings computed: `log_signal` costs the rest.

        The result is valid for every coupling of that theory, and for no other mass or parameter. A production, and a stage
        behind it, is computed once as far as its `log_scale` is all that it knows of the couplings.
        """
        return self.with_fluxes(theory, self.fluxes(theory))


def told_of(region: Region) -> str:
    """A region in one line."""
    numbers = f"observed={region.observed}" + f", background={region.background}" * region.counts
    if region.bins > 1:
        numbers = f"{region.bins} bins, observed={np.sum(region.observed):g}"
    ways = [[" + ".join(channel.names), *(type(stage).__name__ for stage in channel.stages)] for channel in region.channels]
    return f"{numbers}; {'; '.join(' -> '.join(way) for way in ways)}"


def made_by(production: AbstractProduction, theory: AbstractTheory) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
    """Whether a production makes a theory at some mass, as far as couplings go, and whether it does at this mass.

    Where the flux knows more of the couplings than a factor, some mass is this one or a light one.
    """
    opens = production.opens(theory)
    if opens is not None:
        return opens
    flux = production(theory)
    here = some_open(flux)
    if production.log_scale(theory) is not None:
        couples_at_all = jnp.asarray(flux.log_scale > CLOSED)
        return couples_at_all, couples_at_all & here
    return here | some_open(production(lighter(theory))), here


def some_open(flux: Flux) -> Bool[Array, ""]:
    """Whether some weight of a flux is not zero."""
    return jnp.any(flux.log_weight > CLOSED / 2)


def lighter(theory: AbstractTheory) -> AbstractTheory:
    """The same theory with a mass below all thresholds; as it is where its mass is no field, but follows from others."""
    named = "mass" in (field.name for field in dataclasses.fields(theory))
    return dataclasses.replace(theory, mass=jnp.full_like(theory.mass, LIGHT)) if named else theory


class Experiment(AbstractExperiment):
    """One run: its name, exposure, productions and signal regions.

    Raises `ValueError` for an exposure that is not positive, and for a channel of a production that it does not have.
    `log_signal` is the logarithm of the events that each region expects from a theory:

    >>> import jax
    >>> from jaxdump.experiments import NA64MU_2022
    >>> from jaxdump.theories import AlpPhoton
    >>> [f"{events:.3f}" for events in jax.numpy.exp(jax.jit(NA64MU_2022.log_signal)(AlpPhoton(mass=0.01, g=3e-3)))]
    ['0.304', '0.074']
    """

    name: str = eqx.field(static=True)
    description: str = eqx.field(static=True)
    references: tuple[str, ...] = eqx.field(static=True)
    exposure: Scalar = eqx.field(converter=with_real_numbers, metadata=FACTOR)
    """Exposure, in the unit that the weights of a flux behind the stages are per: particles on target, or kt yr."""
    productions: tuple[AbstractProduction, ...] = eqx.field(converter=with_real_numbers)
    regions: tuple[Region, ...] = eqx.field(converter=with_real_numbers)
    transport: tuple[AbstractStage, ...] = eqx.field(default=(), converter=with_real_numbers)
    """Stages that the flux of every production goes through before those of a channel."""
    sample: str = eqx.field(static=True, default="")
    """Name of the sample of events, if another experiment counts the same sample: the two are not combined."""
    data: bool = eqx.field(static=True, default=True)
    """Whether `observed` was measured; a projection assumes it, and figures draw it as a line."""
    left_out: tuple[tuple[str, str], ...] = eqx.field(static=True, default=())
    """Processes that are not calculated: the species of particle that takes part, and a description of the process."""
    alternatives: tuple[tuple[str, str | float], ...] = eqx.field(static=True, default=())
    """Names of settings, each with a value as good as its usual one: the envelope of their limits is a band of the theory."""

    def __check_init__(self):
        require(self.name, "exposure", self.exposure, 0, open_below=True)
        if self.interferes and self.apart:
            raise ValueError(f"{self.name} has regions of the standard process: no nuisance of some channels alone beside them")
        known = [production.name for production in self.productions]
        for channel in (channel for region in self.regions for channel in region.channels):
            for name in channel.names:
                if name not in known:
                    raise ValueError(f"{self.name} has no production {name!r}: choose from {', '.join(known)}")

    def __repr__(self) -> str:
        """What fits a screen: the numbers of all of it are in `jaxdump list NAME`."""
        lines = [f"Experiment({self.name!r}, {self.description!r}, exposure={self.exposure})"]
        lines += [f"  production {production.name!r}: {type(production).__name__}" for production in self.productions]
        lines += [f"  region {region.name!r}: {told_of(region)}" for region in self.regions[:SHOWN]]
        more = len(self.regions) - SHOWN
        return "\n".join([*lines, f"  and {more} more regions"] if more > 0 else lines)

    @property
    def members(self) -> tuple["Experiment", ...]:
        return (self,)

    def leaves_out(self, theory: AbstractTheory) -> list[str]:
        """Descriptions of the processes that would make this theory, but that are not calculated."""
        told = [production.leaves_out(theory) for production in self.productions]
        return [*filter(None, told), *(what for species, what in self.left_out if couples(theory, species))]

    def signal(self, theory: AbstractTheory) -> Signal:
        if self.apart:
            return self.signal_by_channel(theory)
        if not self.interferes:
            return Signal(jnp.concatenate(self.log_events(theory)))
        ready = self.with_fluxes(theory, self.fluxes(theory))  # no production is done without a coupling
        at_strengths = [ready.log_events(at_strength(theory, t)) for t in (0.0, 0.5)]
        each = zip(self.regions, *at_strengths, self.log_events(theory), strict=True)
        return Signal.joined([Signal.interfering(*logs) if region.standard else Signal(logs[-1]) for region, *logs in each])

    def signal_by_channel(self, theory: AbstractTheory) -> Signal:
        """The signal with the shares of the channels in it."""
        fluxes = self.at_detectors(theory)
        every = zip(self.regions, self.log_events(theory, fluxes), strict=True)
        shares = lambda region: log_shares(region, theory, fluxes) if region.apart else None
        return Signal.joined([Signal(log_events, shares=shares(region)) for region, log_events in every])

    def log_events(self, theory: AbstractTheory, fluxes: dict[str, Flux] | None = None) -> list[Float[Array, " bins"]]:
        """Logarithm of the events of the bins of each region; `fluxes` are those `at_detectors`."""
        fluxes = self.at_detectors(theory) if fluxes is None else fluxes
        log_exposure = jnp.log(real(self.exposure))
        return [region.log_events(theory, fluxes) + (log_exposure if region.counts else 0.0) for region in self.regions]

    def at_detectors(self, theory: AbstractTheory) -> dict[str, Flux]:
        """The fluxes of the productions that make a theory, behind the transport."""
        return {name: self.at_detector(theory, flux) for name, flux in self.made(theory).items()}

    def makers(self, theory: AbstractTheory) -> dict[str, AbstractProduction]:
        """The productions that make a theory, by name, among those that channels count."""
        counted = {name for region in self.regions for channel in region.channels for name in channel.names}
        return {one.name: one for one in self.productions if one.name in counted and one.makes(theory)}

    def made(self, theory: AbstractTheory) -> dict[str, Flux]:
        """The flux of each production that makes a theory."""
        return {name: production(theory) for name, production in self.makers(theory).items()}

    def made_where(self, theory: AbstractTheory) -> tuple[Bool[Array, " regions"], Bool[Array, " regions"]]:
        made = {name: made_by(production, theory) for name, production in self.makers(theory).items()}

        def in_region(region: Region, way: int) -> Array:
            counted = {name for channel in region.channels for name in channel.names}
            return jnp.any(jnp.stack([jnp.zeros((), bool), *(ways[way] for name, ways in made.items() if name in counted)]))

        at_all, here = (jnp.stack([in_region(region, way) for region in self.regions]) for way in range(2))
        return at_all, here

    def at_detector(self, theory: AbstractTheory, flux: Flux) -> Flux:
        """The flux of a production behind the transport."""
        for stage in self.transport:
            flux = stage(theory, flux)
        return flux

    def fluxes(self, theory: AbstractTheory) -> tuple[dict[str, Flux], ...]:
        unit = theory.with_couplings(jnp.ones_like(theory.mass))
        made = {}
        for name, (production, *stages) in self.parted(theory)[0].items():
            flux = production(unit)
            for stage in stages:
                flux = stage(unit, flux)
            made[name] = dataclasses.replace(flux, log_scale=jnp.zeros_like(flux.log_scale))
        return (made,)

    def with_fluxes(self, theory: AbstractTheory, fluxes: tuple[dict[str, Flux], ...]) -> "Experiment":
        done, left = self.parted(theory)
        held = tuple(Held(name, fluxes[0][name], steps) for name, steps in done.items())
        return dataclasses.replace(self, **left | {"productions": held + left["productions"]})

    def parted(self, theory: AbstractTheory) -> tuple[dict[str, tuple], dict[str, tuple]]:
        """The steps that are done once for all couplings, by names for the fluxes behind them, and the fields of what is left.

        These are productions with a `log_scale`, the first stages of the transport if all productions have one, and then those
        of a channel. What is left has channels that take such fluxes by their names.
        """
        makers, done, regions = self.makers(theory), {}, []
        once = {name for name, production in makers.items() if production.log_scale(theory) is not None}
        first = leading(self.transport, theory) if len(once) == len(makers) else ()
        for region in self.regions:
            channels = []
            for i, channel in enumerate(region.channels):
                names = tuple(name for name in channel.names if name in makers)
                deep = len(first) == len(self.transport) and once.issuperset(names)
                own = leading(channel.stages, theory) if deep else ()
                called = {name: f"{name} of {region.name} {i}" if own else name for name in names}
                done |= {called[name]: (makers[name], *first, *own) for name in names if name in once}
                left = channel.stages[len(own) :]
                channels.append(dataclasses.replace(channel, production=tuple(called.values()), stages=left))
            regions.append(dataclasses.replace(region, channels=tuple(channels)))
        rest = tuple(production for name, production in makers.items() if name not in once)
        return done, {"productions": rest, "regions": tuple(regions), "transport": self.transport[len(first) :]}

    def only(self, *names: str) -> "Experiment":
        """The same experiment with only the regions called `names`; raises `ValueError` for a name that it does not have.

        >>> from jaxdump.experiments import NA64MU_2022
        >>> [region.name for region in NA64MU_2022.only("visible").regions]
        ['visible']
        """
        known = {region.name: region for region in self.regions}
        for name in names:
            if name not in known:
                raise ValueError(f"{self.name} has no region {name!r}: choose from {', '.join(known)}")
        return dataclasses.replace(self, regions=tuple(known[name] for name in names))


class Combination(AbstractExperiment):
    """Several runs as one experiment: their regions stand one after the other."""

    runs: tuple[Experiment, ...]

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.runs))

    @property
    def members(self) -> tuple[Experiment, ...]:
        return self.runs

    def signal(self, theory: AbstractTheory) -> Signal:
        return Signal.joined([member.signal(theory) for member in self.members])

    def made_where(self, theory: AbstractTheory) -> tuple[Bool[Array, " regions"], Bool[Array, " regions"]]:
        at_all, here = zip(*(member.made_where(theory) for member in self.members), strict=True)
        return jnp.concatenate(at_all), jnp.concatenate(here)

    def fluxes(self, theory: AbstractTheory) -> tuple[dict[str, Flux], ...]:
        return tuple(fluxes for member in self.members for fluxes in member.fluxes(theory))

    def with_fluxes(self, theory: AbstractTheory, fluxes: tuple[dict[str, Flux], ...]) -> "Combination":
        return Combination(tuple(one.with_fluxes(theory, (of,)) for one, of in zip(self.members, fluxes, strict=True)))


def rejoined(experiment: AbstractExperiment, members: Sequence[Experiment]) -> AbstractExperiment:
    """The same experiment with these runs in the place of its members."""
    return members[0] if isinstance(experiment, Experiment) else Combination(tuple(members))


def combine(*experiments: AbstractExperiment) -> Combination:
    """All regions of several experiments as one experiment; nuisance parameters of the same name are one parameter.

    Raises `ValueError` without any experiment, for two experiments of the same name, whose nuisance parameters could not be
    told apart, and for two that count the same events.

    >>> from jaxdump.experiments import NA64E_2022, NA64MU_2022
    >>> [member.name for member in combine(NA64E_2022, NA64MU_2022).members]
    ['na64e-2022', 'na64mu-2022']
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
