"""When a signal is excluded: from the rule that people choose to functions of a theory that are positive where it is."""

import dataclasses
import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment, Experiment, SignalRegion
from jaxdump.inference.counts import Counts, counts_of
from jaxdump.inference.poisson import averaged_upper_count, feldman_cousins, log_averaged_cdf, upper_count
from jaxdump.inference.profile import background_asimov, excess, expected_excess
from jaxdump.inference.rules import PROFILED, Rule, check
from jaxdump.inference.toys import ByToys, by_toys
from jaxdump.numerics.roots import crossing_around
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

FEW = 10.0
"""Expected events below which those exclude too much: with none of them what is excluded at 90 % is so at 75 or 57 %."""
Piece = Callable[[AbstractTheory], Float[Array, ""]]
"""Positive where the theory is excluded."""


class ByCount(eqx.Module):
    """Each region by itself excludes more signal events than its count."""

    counts: Float[Array, " regions"] | np.ndarray
    """Of selected events, as `log_signal`."""

    def pieces(self, experiment: AbstractExperiment) -> list[Piece]:
        """One a region."""
        log_count = jnp.log(self.counts)
        return [
            lambda theory, i=i, alone=alone: alone.log_signal(theory)[0] - log_count[i]
            for i, alone in enumerate(regions_alone(experiment))
        ]


class ByProfile(eqx.Module):
    """All regions together exclude a signal by their likelihood with profiled nuisances."""

    counts: Counts
    level: Scalar
    expected: Scalar | None
    statistic: Literal["asymptotic", "profile"] = eqx.field(static=True)
    asimov: Counts | None = None
    """What the background alone would give, if `frozen`: only first derivatives with respect to the signal are then right."""

    def pieces(self, experiment: AbstractExperiment) -> list[Piece]:
        """One."""
        return [lambda theory: self.excess(experiment.log_signal(theory))]

    def excess(self, log_signal: Float[Array, " regions"]) -> Float[Array, ""]:
        """Positive where a signal is excluded."""
        frozen = self.asimov is not None
        if self.expected is None:
            return excess(self.counts, log_signal, self.statistic, self.level, frozen, self.asimov)
        asimov = background_asimov(self.counts) if self.asimov is None else self.asimov
        return expected_excess(asimov, log_signal, self.statistic, self.level, self.expected, frozen)

    def frozen(self) -> "ByProfile":
        """The same without derivatives in the counts, and quicker."""
        asimov = jax.jit(background_asimov, static_argnums=1)(self.counts, True)
        start = jnp.concatenate([self.counts.centre[: self.counts.pulls], asimov.centre[self.counts.pulls :]])
        return dataclasses.replace(self, counts=dataclasses.replace(self.counts, centre=start), asimov=asimov)


Test = ByCount | ByProfile | ByToys
"""What a rule makes of an experiment."""


def regions_alone(experiment: AbstractExperiment) -> list[Experiment]:
    """Each region of each run as an experiment of its own."""
    return [member.only(region.name) for member in experiment.members for region in member.regions]


def labels(experiment: AbstractExperiment, rule: Rule) -> tuple[str, ...]:
    """What to call what the rule excludes: its regions, or all of them."""
    names = [(member.name, region.name) for member in experiment.members for region in member.regions]
    if rule.combined:
        whole = [member.name for member in experiment.members if member.spectrum and len(member.regions) > 1]
        return (" + ".join(dict.fromkeys(name if name in whole else region for name, region in names)),)
    several = len(experiment.members) > 1
    return tuple(f"{name} {region}" if several else region for name, region in names)


def criterion(experiment: AbstractExperiment, rule: Rule) -> Test:
    """What the rule makes of an experiment."""
    check_for(experiment, rule)
    if not rule.combined:
        counts = [signal_count(alone, rule) for alone in regions_alone(experiment)]
        traced = any(isinstance(count, Tracer) for count in counts)  # plain numbers need no program
        return ByCount(jnp.stack([jnp.asarray(count, float) for count in counts]) if traced else np.array(counts, float))
    if rule.statistic == "toys":
        return by_toys(counts_of(experiment), rule.level, rule.expected)
    return profiled(counts_of(experiment), rule)


def expects_few(experiment: AbstractExperiment) -> bool:
    """Whether a region expects fewer than ten events, so that asymptotic statistics exclude too much; a spectrum as a whole.

    Where the background is unknown, what was seen counts.
    """

    def expected(region: SignalRegion) -> float:
        known = region.observed if region.background is None else region.background
        return float(known) + sum(float(template.events) for template in region.templates)

    for member in experiment.members:
        bins = [expected(region) for region in member.regions if region.templates]
        alone = [expected(region) for region in member.regions if not region.templates]
        if any(events < FEW for events in [*alone, *([sum(bins)] if bins else [])]):
            return True
    return False


def require_backgrounds(experiment: AbstractExperiment) -> None:
    """Raise `ValueError` where a background is unknown that would tell what is expected."""
    if experiment.without_background:
        names = " and ".join(experiment.without_background)
        wanted = " and ".join(f"{name}.background=N" for name in experiment.without_background)
        raise ValueError(f"the background of {names} is unknown, and so is what it lets expect: set {wanted}")


def profiled(counts: Counts, rule: Rule) -> ByProfile:
    """The criterion of a rule with profiled nuisances."""
    number = lambda value: jnp.asarray(value, counts.background.dtype)
    expected = None if rule.expected is None else number(rule.expected)
    statistic = "asymptotic" if rule.statistic == "asymptotic" else "profile"
    return ByProfile(counts, number(rule.level), expected, statistic)


def check_for(experiment: AbstractExperiment, rule: Rule) -> None:
    """Raise `ValueError` for a rule that makes no sense, or none of this experiment; computes nothing."""
    check(rule)
    if not rule.combined:
        for alone in regions_alone(experiment):
            check_alone(alone, rule)
        return
    if rule.expected is not None:
        require_backgrounds(experiment)


def check_alone(alone: Experiment, rule: Rule) -> None:
    """The same for the one region of `alone`."""
    (region,) = alone.regions
    if region.templates:
        raise ValueError(f"{region.name} of {alone.name} is a bin of a spectrum: combine, with {' or '.join(PROFILED)}")
    if rule.statistic == "counts" and rule.events is None and region.published_upper_count is None:
        raise ValueError(f"{region.name} of {alone.name} has no published upper count: take another statistic, such as cls")
    if rule.statistic == "feldman-cousins" and not isinstance(region.observed, Tracer):
        exact = region.background_error is None and region.signal_error is None
        require_whole(float(region.observed), exact)
    if rule.expected is not None and rule.statistic not in (*PROFILED, "toys"):
        require_backgrounds(alone)


def require_whole(observed: float, exact: bool) -> None:
    """Raise `ValueError` unless Feldman-Cousins intervals are for such a count."""
    if not exact or observed != int(observed):
        raise ValueError("feldman-cousins takes a whole count, and a background and signal without errors: take profile")


def signal_count(alone: Experiment, rule: Rule) -> Scalar:
    """The number of selected signal events that the rule excludes in the one region of `alone`.

    Differentiable, but for feldman-cousins and for what is expected of whole counts.
    """
    check_alone(alone, rule)
    (region,) = alone.regions
    if rule.statistic == "counts":
        count = region.published_upper_count if rule.events is None else rule.events
        assert count is not None
        return count * region.selection_efficiency
    counts = counts_of(alone)
    if rule.statistic in PROFILED:
        test = profiled(counts, rule)
        return profiled_upper_count(test, frozen=not any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(test)))
    if rule.statistic == "toys":
        return jax.jit(upper_count_by_toys)(by_toys(counts, rule.level, rule.expected))
    if rule.expected is not None:
        counts = eqx.tree_at(lambda c: c.observed, counts, jnp.array([expected_count(counts, rule.expected)]))
    if rule.statistic == "feldman-cousins":
        return unified_upper_count(counts, rule.level)
    if counts.centre.size:
        return jax.jit(averaged_upper_count, static_argnums=2)(counts, rule.level, rule.statistic == "bayes")
    return jax.jit(upper_count)(counts.observed[0], counts.background[0], rule.level)


def upper_count_by_toys(test: ByToys) -> Float[Array, ""]:
    """The smallest number of signal events that is excluded in a single region."""
    start = jnp.log(upper_count(test.counts.observed[0], test.counts.background[0], test.level))
    return jnp.exp(crossing_around(lambda log_signal: test.excess(log_signal[None]), start).value)


@partial(jax.jit, static_argnames="frozen")
def profiled_upper_count(test: ByProfile, frozen: bool = False) -> Float[Array, ""]:
    """The smallest number of signal events that is excluded in a single region; `frozen` leaves derivatives out."""
    start = jnp.log(upper_count(test.counts.observed[0], test.counts.background[0], test.level))
    quick = jax.lax.stop_gradient(test).frozen()
    excess, value = (lambda log_signal, each=each: each.excess(log_signal[None]) for each in (quick if frozen else test, quick))
    return jnp.exp(crossing_around(excess, start, value).value)


def unified_upper_count(counts: Counts, level: float) -> float:
    """The upper end of the Feldman-Cousins interval, with as many counts summed as it takes."""
    observed, background = float(counts.observed[0]), float(counts.background[0])
    require_whole(observed, exact=not counts.centre.size)
    end = max(observed, background + 3)
    end += 6 * math.sqrt(end) + 10  # beyond the upper end and its counts
    for largest in (size for size in (200, 1000) if size > end):
        upper = float(jax.jit(feldman_cousins, static_argnums=3)(observed, background, level, largest).upper)
        if math.isfinite(upper):
            return upper
    raise ValueError(f"feldman-cousins is for small counts, not {observed:g} with {background:g} expected: take profile")


def expected_count(counts: Counts, sigma: float) -> float:
    """The smallest count that the background alone stays at or below with the probability of `sigma` or less in a normal."""
    wanted = 0.5 * math.erfc(-sigma / math.sqrt(2))
    below = lambda n: math.exp(float(log_background_cdf(counts, float(n)))) < wanted
    top = next(n for n in itertools.accumulate(itertools.repeat(2), lambda a, b: a * b, initial=1) if not below(n))
    low, high = -1, top
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return float(high)


@jax.jit
def log_background_cdf(counts: Counts, count: Scalar) -> Float[Array, ""]:
    """log of the probability that the background alone gives `count` or fewer."""
    at_count = eqx.tree_at(lambda c: c.observed, counts, jnp.asarray(count, counts.background.dtype)[None])
    return log_averaged_cdf(at_count, jnp.zeros_like(at_count.observed[0]))
