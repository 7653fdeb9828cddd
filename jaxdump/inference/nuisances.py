"""Nuisances from numbers: the error of an efficiency, a yield or an exposure as a pull of the signal."""

import numpy as np

from jaxdump.experiment import AbstractExperiment, Combination, Experiment
from jaxdump.fields import Number
from jaxdump.inference.arguments import check_experiment
from jaxdump.region import Pull, Region
from jaxdump.settings import Setting, called, replaced, settings_of


def with_nuisances(experiment: AbstractExperiment, *names: str) -> AbstractExperiment:
    """The experiment with the errors of these numbers as nuisances of its signal, log-normal; for people, not for jit.

    `names` are those of `settings_of`, as `with_numbers` takes them. A name that several equal numbers have is one nuisance,
    also in a combination. The number itself has no error any more, so that a `band` does not count it twice.
    A number of some channels alone, such as the number of mesons, moves these: limits at masses by statistics that take regions
    together (`combined=True`), likelihoods, `asimov` and `toys` take it. Raises `ValueError` for an unknown name, for a number
    without an error, and for one that does not multiply the signal of whole channels, such as the energy of a beam: what that
    changes depends on the theory.

    >>> import jaxdump
    >>> from jaxdump.experiments import NA64E_2022
    >>> jaxdump.nuisance_names(jaxdump.with_nuisances(NA64E_2022, "efficiency"))
    ('na64e-2022 efficiency',)
    """
    check_experiment("with_nuisances", experiment)
    for name in names:
        whole = ",".join(member.name for member in experiment.members)
        meant = called(settings_of(experiment), name, whole)
        if not meant:
            raise ValueError(f"no number {name!r} in {whole}: see `jaxdump list NAME`")
        number = meant[0].value
        if not (isinstance(number, Number) and number.error and number > 0):
            raise ValueError(f"{name} of {whole} has no error: give Number({name}, status, source, error=...)")
        experiment = with_pulls(experiment, name, number, number.error / number, meant)
    return experiment


def with_pulls(
    experiment: AbstractExperiment, name: str, number: Number, relative: float, meant: list[Setting]
) -> AbstractExperiment:
    """The experiment with one nuisance for a number, and its `relative` error, that stands in several places."""
    together = isinstance(experiment, Combination)
    members, new = experiment.members, {one.path: Number(number, number.status, number.source) for one in meant}
    mine = [[one for one in meant if one.path[:2] == ("runs", i)] if together else meant for i in range(len(members))]
    called_by = " + ".join(member.name for member, some in zip(members, mine, strict=True) if some)
    for i, (member, some) in enumerate(zip(members, mine, strict=True)):
        start = ("runs", i) if together else ()
        for j, region in enumerate(member.regions if some else ()):
            powers = powers_in(member, j, name, [(one, one.path[len(start) :]) for one in some])
            pulls = [
                Pull(f"{called_by} {name}", (1 + relative) ** power - 1, None if len(powers) == 1 else places)
                for power, places in powers.items()
                if power
            ]
            new |= {(*start, "regions", j, "pulls"): (*region.pulls, *pulls)} if pulls else {}
    return replaced(experiment, new)


def powers_in(run: Experiment, place: int, name: str, meant: list[tuple[Setting, tuple]]) -> dict[int, tuple[int, ...]]:
    """The powers of a number in the signal of the region at this `place`, each with the channels that have it.

    `meant` has the number's paths in the run. Raises `ValueError` if it does not multiply whole channels, or if the region is a
    measured ratio.
    """
    region = run.regions[place]
    powers = np.zeros(max(len(region.channels), 1), int)
    for one, (first, *rest) in meant:
        if not one.field.metadata.get("factor"):
            told = f"{name} does not multiply the signal: what its error does depends on the theory, see band"
            raise ValueError(f"{told}; numbers that do are efficiencies, yields and exposures")
        if first == "regions" and rest[0] == place and rest[1] == "channels":
            powers[rest[2]] += 1
        elif first == "productions":
            powers += of_production(region, run.productions[rest[0]].name, name)
        elif first != "regions" or rest[:2] == [place, "selection_efficiency"]:
            powers += 1
    if powers.any() and not region.counts:
        raise ValueError(f"{name} would move {region.name}, a measured ratio, whose error is Gaussian: leave it out")
    return {int(power): tuple(np.flatnonzero(powers == power).tolist()) for power in np.unique(powers)}


def of_production(region: Region, production: str, name: str) -> np.ndarray:
    """One for each channel that counts a production alone, zero for others; `ValueError` for one that counts others, too."""
    counted = np.array([production in channel.names for channel in region.channels], int)
    for channel in region.channels:
        if production in channel.names and len(channel.names) > 1:
            told = f"{name} multiplies {production} alone, one of the productions of a channel of {region.name}"
            raise ValueError(f"{told}: give it a channel of its own")
    return counted if counted.size else np.zeros(1, int)
