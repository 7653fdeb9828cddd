"""How far limits move by the errors of numbers, and by other choices that are as good."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from jaxdump.experiment import AbstractExperiment, rejoined
from jaxdump.inference.arguments import subject
from jaxdump.inference.limits import Limits, limit
from jaxdump.inference.sensitivity import in_quadrature, inputs_of_limit, relative, slopes_of_limits
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic, check_slopes
from jaxdump.numerics.roots import NOTHING, Status
from jaxdump.settings import with_numbers
from jaxdump.theories.family import Family, MakeTheory

Edges = tuple[Limits, Limits]
"""The strongest limits of a band, and the weakest."""


class Band(NamedTuple):
    """Limits, how far the errors of numbers move them, and the limits of other choices."""

    limits: Limits
    """The limits of the numbers and choices as they are."""
    errors: dict[str, np.ndarray]
    """(2, masses, regions) by the name of each number with an error: changes of ln(smallest) and ln(largest excluded coupling)
    if it is larger by its error, to first order."""
    alternatives: dict[str, Limits]
    """The limits of each of the experiment's `alternatives`, by NAME=VALUE."""

    @property
    def of_errors(self) -> Edges:
        """The strongest and the weakest limits within one standard deviation of all numbers, in quadrature.

        Where an island of excluded couplings is so narrow that its edges would cross, nothing is excluded.
        """
        sizes = in_quadrature(np.array([*self.errors.values()]), axis=0) if self.errors else np.zeros((2, 1, 1))
        (lower, upper), (low, high) = edges_of(self.limits), np.exp(np.nan_to_num(sizes))
        return limits_of(self.limits, lower / low, upper * high), limits_of(self.limits, lower * low, upper / high)

    @property
    def of_alternatives(self) -> Edges:
        """The strongest and the weakest limits of all alternatives and of the usual choices."""
        lower, upper = np.array([edges_of(one) for one in (self.limits, *self.alternatives.values())]).swapaxes(0, 1)
        outer, inner = (lower.min(axis=0), upper.max(axis=0)), (lower.max(axis=0), upper.min(axis=0))
        return limits_of(self.limits, *outer), limits_of(self.limits, *inner)


def band(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    masses: Sequence[float] | np.ndarray,
    rule: AbstractStatistic = PUBLISHED,
    progress: Callable[[int], object] = lambda done: None,
) -> Band:
    """The limits at `masses` [GeV] with their bands of theory; for people, not for jit.

    One band is that of each `Number` with an error, by slopes of the limit as in `sensitivity`; the other is that of the
    `alternatives` of the experiment, each of which is a limit, and a program, of its own. Raises `ValueError` for a statistic
    whose limits have no slopes, if there are numbers with errors.

    >>> import jaxdump
    >>> from jaxdump.experiments import NA64E_2022
    >>> from jaxdump.theories import DarkPhoton
    >>> found = jaxdump.band(NA64E_2022, DarkPhoton, [0.1])
    >>> f"{found.errors['efficiency'][0, 0, 0]:.4f}"
    '-0.0625'
    """
    of, masses = subject("band", experiment, theory), np.asarray(masses)
    check_bands(experiment, of, rule)
    found = {name: limit(run, of, masses, rule, progress=progress) for name, run in alternatives(experiment, of).items()}
    limits = limit(experiment, of, masses, rule, progress=progress)
    return Band(limits, shifts(experiment, of, limits, rule), found)


def check_bands(experiment: AbstractExperiment, of: Family, rule: AbstractStatistic) -> None:
    """Raise `ValueError` for a statistic whose limits have no slopes if some number has an error; computes nothing."""
    if uncertain(experiment, of, rule)[0]:
        check_slopes(rule)


def alternatives(experiment: AbstractExperiment, of: Family) -> dict[str, AbstractExperiment]:
    """The experiment with each alternative of its runs, in all runs that have it, by NAME=VALUE."""
    every = dict.fromkeys(one for member in experiment.members for one in member.alternatives)

    def changed(one: tuple[str, str | float]) -> AbstractExperiment:
        new = lambda member: with_numbers(member, of, dict([one]))[0] if one in member.alternatives else member
        return rejoined(experiment, [new(member) for member in experiment.members])

    return {f"{name}={value}": changed((name, value)) for name, value in every}


def uncertain(experiment: AbstractExperiment, of: Family, rule: AbstractStatistic) -> tuple[tuple, np.ndarray]:
    """The inputs of a limit that have an error, and their (inputs, regions) errors over their values."""
    inputs, value, error = inputs_of_limit(experiment, of, rule)
    known = np.sum(np.isfinite(error), axis=1) > 0
    return tuple(one for one, some in zip(inputs, known, strict=True) if some), relative(value, error)[known]


def shifts(experiment: AbstractExperiment, of: Family, limits: Limits, rule: AbstractStatistic) -> dict[str, np.ndarray]:
    """The `errors` of a `Band` around limits; nan for a region without the number, and for a missing edge."""
    inputs, errors = uncertain(experiment, of, rule)
    if not inputs:
        return {}
    slopes = slopes_of_limits(experiment, of, limits, rule, inputs)
    return {name: slopes[:, :, i] * errors[i] for i, (name, _) in enumerate(inputs)}


def edges_of(limits: Limits) -> tuple[np.ndarray, np.ndarray]:
    """The edges of limits: zero and infinity where they are missing, infinity and its negative where nothing is excluded."""
    nothing, undefined = np.isin(limits.status, NOTHING), limits.status == Status.UNDEFINED
    edge = lambda values, missing, none: np.where(nothing, none, np.where(np.isnan(values) & ~undefined, missing, values))
    return edge(limits.lower, 0.0, np.inf), edge(limits.upper, np.inf, -np.inf)


def limits_of(limits: Limits, lower: np.ndarray, upper: np.ndarray) -> Limits:
    """The limits with such edges in place of their own; nothing is excluded where the lower one is the higher."""
    some, undefined = lower < upper, np.isnan(lower)
    usual = np.where(np.isin(limits.status, NOTHING), limits.status, Status.ALLOWED)
    found = np.where((lower > 0) | np.isfinite(upper), Status.FOUND, Status.EXCLUDED)
    edge = lambda values: np.where(some & (values > 0) & np.isfinite(values), values, np.nan)
    status = np.where(undefined, Status.UNDEFINED, np.where(some, found, usual))
    return limits._replace(lower=edge(lower), upper=edge(upper), status=status)
