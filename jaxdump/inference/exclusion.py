"""The exclusion of a theory by a statistic: functions of the theory that are positive where it is excluded."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import is_traced
from jaxdump.experiment import AbstractExperiment, Experiment
from jaxdump.inference.counts import RegionData, counts_of, require_backgrounds
from jaxdump.inference.excess import AbstractTest, CountTest
from jaxdump.inference.statistics import TOGETHER, AbstractStatistic, require_statistic
from jaxdump.region import Region
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

FEW = 10.0
"""Expected events below which statistics that `needs_many` exclude too much."""
Piece = Callable[[AbstractTheory], Float[Array, ""]]
"""A function of a theory that is positive where the theory is excluded."""


def pieces(test: AbstractTest, experiment: AbstractExperiment) -> list[Piece]:
    """The excesses of a test as functions of the theory, one for each label."""
    log_counts = test.log_counts
    if log_counts is None:
        return [lambda theory: test.excess(experiment.signal(theory))[0]]
    names = [region.name for member in experiment.members for region in member.regions]
    if log_counts.shape != (len(names),):
        raise ValueError(f"counts must be one number for each of {', '.join(names)}, not {log_counts.size} numbers")
    return [
        lambda theory, log_count=log_counts[i], alone=alone: alone.log_signal(theory)[0] - log_count
        for i, alone in enumerate(regions_alone(experiment))
    ]


def regions_alone(experiment: AbstractExperiment) -> list[Experiment]:
    """Each region of each run as an experiment of its own."""
    return [member.only(region.name) for member in experiment.members for region in member.regions]


def labels(experiment: AbstractExperiment, combined: bool) -> tuple[str, ...]:
    """The labels of limits: the names of the regions, or one name for all of them together."""
    several = len(experiment.members) > 1
    if combined:
        return (" + ".join(together(member, several) for member in experiment.members),)
    names = [(member.name, region.name) for member in experiment.members for region in member.regions]
    return tuple(f"{name} {region}" if several else region for name, region in names)


def together(run: Experiment, named: bool) -> str:
    """The name of all regions of a run; a spectrum is called by its own name alone."""
    regions = " + ".join(region.name for region in run.regions)
    if len(run.regions) > 1 and (run.spectrum or named):
        return run.name if run.spectrum else f"{run.name} ({regions})"
    return f"{run.name} {regions}" if named else regions


def criterion(experiment: AbstractExperiment, statistic: AbstractStatistic) -> AbstractTest:
    """The test of a signal by a statistic and the counts of an experiment; raises `ValueError` if it does not take them."""
    check_for(experiment, statistic)
    if statistic.combined:
        return statistic.test(counts_of(experiment))
    counts = [statistic.upper_count(RegionData(alone)) for alone in regions_alone(experiment)]
    traced = any(map(is_traced, counts))  # plain numbers need no program
    return CountTest(jnp.stack([jnp.asarray(count, float) for count in counts]) if traced else np.array(counts, float))


def check_for(experiment: AbstractExperiment, statistic: AbstractStatistic) -> None:
    """Raise `ValueError` for a statistic with bad numbers, or one that does not take this experiment; computes nothing."""
    require_statistic(statistic)
    statistic.check()
    if statistic.combined:
        if statistic.sums and not experiment.only_counts:
            told = "no measured ratios, no regions that hold the standard process, and no nuisances of some channels alone"
            raise ValueError(f"{statistic.name} takes {told}: take asymptotic or profile")
        if statistic.expected is not None:
            require_backgrounds(experiment)
        return
    for alone in regions_alone(experiment):
        check_alone(alone, statistic)


def check_alone(alone: Experiment, statistic: AbstractStatistic) -> None:
    """Raise `ValueError` for a statistic that does not take the one region of `alone` by itself."""
    data = RegionData(alone)
    region, why = data.region, ""
    if not region.counts:
        why = "is a measured ratio and no count"
    elif region.bins > 1:
        why = f"has {region.bins} bins"
    elif region.templates:
        why = "is a bin of a spectrum"
    elif region.apart and statistic.counts_background:
        why = "has a nuisance of some channels alone, so that what is excluded depends on the theory"
    elif region.standard:
        why = "holds the standard process too, so that no count of signal events is excluded"
    if why:
        raise ValueError(f"{data.name} {why}: combine, with {TOGETHER}")
    statistic.check_region(data)


def signal_count(alone: Experiment, statistic: AbstractStatistic) -> Scalar:
    """The number of selected signal events that a statistic excludes in the one region of `alone`.

    The number is differentiable in those of the region if the statistic `has_slopes` and takes the observed counts.
    """
    check_alone(alone, statistic)
    return statistic.upper_count(RegionData(alone))


def expects_few(experiment: AbstractExperiment) -> bool:
    """Whether a region expects fewer than ten events, so that asymptotic statistics exclude too much; a spectrum as a whole.

    Where the background is unknown, the observed count is taken.
    """

    def expected(region: Region) -> float:
        known = region.observed if region.background is None else region.background
        means = [known, *(template.events for template in region.templates)]
        return float(sum(np.broadcast_to(mean, region.bins).sum() for mean in means))

    for member in experiment.members:
        spectra = [region.bins > 1 or bool(region.templates) for region in member.regions]
        bins = [expected(region) for region, is_spectrum in zip(member.regions, spectra, strict=True) if is_spectrum]
        counted = [region for region, of_many in zip(member.regions, spectra, strict=True) if region.counts and not of_many]
        alone = [expected(region) for region in counted]
        if any(events < FEW for events in [*alone, *([sum(bins)] if bins else [])]):
            return True
    return False
