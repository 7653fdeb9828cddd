"""CLs of the profiled likelihood ratio from its true distribution, where counts are too small for the asymptotic one.

The test statistic is `profile.q_tilde` of the common strength of the signal. Few regions without nuisances are summed over all
their counts; otherwise counts are drawn, with random numbers that are the same for every signal. True pulls are drawn as in the
averages of `poisson`; their measured values stay as they are. An unknown background is drawn as none, the weakest, and profiled
as unknown.
"""

import itertools
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from jaxdump.flux import safe_log
from jaxdump.inference.counts import Counts
from jaxdump.inference.excess import AbstractTest
from jaxdump.inference.poisson import upper_count
from jaxdump.numerics.poisson_cdf import log_cdf_ratio
from jaxdump.numerics.roots import crossing_around
from jaxdump.region import LARGEST, Signal
from jaxdump.typing import Scalar

MOST_SUMMED = 30_000
"""Most outcomes (all counts of all regions) that are summed over."""
BATCHES, BATCH = 8, 256
"""Number of lattices of random numbers, whose shifts differ and whose spread is the Monte Carlo error; and toys in each."""
TABLE = 64
"""Smallest counts that are drawn from a table of probabilities; larger means from the normal distribution and its skewness."""
HALVINGS, SCORINGS = 30, 12
"""Numbers of steps that find the best strength, alone and with pulls."""
SOFT = 0.05
"""Outcomes count in part if their test statistic is up to this much less than the observed one: the sum is then continuous.

That adds to CLs, never takes from it, so that limits cover.
"""
LEAST = -700.0
"""log of a CLs that is zero."""
SUMMED = {"one count": "the exact CLs of one count", "sum": "a sum over all counts of the regions"}
"""Words for a CLs for which no toys need be drawn."""


class ToyTest(AbstractTest):
    """A test of a signal by the CLs of the profiled likelihood ratio of all regions together."""

    counts: Counts
    level: Scalar
    expected: Scalar | None
    outcomes: Float[Array, "outcomes regions"]
    """Counts of all regions that are summed over; none if toys are drawn or one count is exact."""
    uniforms: Float[Array, "toys regions"]
    """Random numbers from 0 to 1 for the counts of each toy; no toys if outcomes are summed over."""
    normals: Float[Array, "toys pulls"]
    """Normal random numbers for the pulls of each toy."""

    @property
    def kind(self) -> Literal["one count", "sum", "toys"]:
        """The way to CLs: the exact one of one count, a sum over outcomes, or toys."""
        if self.uniforms.shape[0]:
            return "toys"
        return "sum" if self.outcomes.shape[0] else "one count"

    @property
    def has_slopes(self) -> bool:
        """Counts that are drawn jump with the signal."""
        return self.kind != "toys"

    def excess(self, signal: Signal) -> Float[Array, "1"]:
        return (jnp.log1p(-jnp.asarray(self.level, signal.log_events.dtype)) - self.log_cls(signal))[None]

    def log_cls(self, signal: Signal) -> Float[Array, ""]:
        """log of CLs."""
        if self.kind == "one count":
            events = jnp.exp(jnp.clip(signal.log_events[0], -LARGEST, LARGEST))
            return log_cdf_ratio(self.counts.observed[0], self.counts.background[0], events)
        log_signal = self.held_in(signal.log_events)
        above, below = self.shares(log_signal) if self.kind == "toys" else self.sums(log_signal)
        ratio = jnp.mean(above) / jnp.where(jnp.mean(below) > 0, jnp.mean(below), 1.0)
        return jnp.where(ratio > 0, jnp.log(jnp.where(ratio > 0, ratio, 1.0)), LEAST)

    def held_in(self, log_signal: Float[Array, " regions"]) -> Float[Array, " regions"]:
        """The signal, cut to thirty times all that is seen and expected, which is excluded and whose square float32 holds."""
        most = 1e3 + 30 * jnp.max(self.counts.observed + self.counts.background)
        return jnp.clip(log_signal, -LARGEST, jnp.log(most))

    @property
    def words(self) -> str:
        """The way to CLs, in words for people."""
        drawn = f"{self.uniforms.shape[0]} drawn with the signal and without"
        return f"toys: {SUMMED.get(self.kind, drawn)}"

    def error(self, signal: Signal) -> Float[Array, ""]:
        """Relative Monte Carlo error of CLs: zero for sums."""
        if self.kind != "toys":
            return jnp.zeros_like(signal.log_events[0])
        above, below = (jnp.mean(part.reshape(BATCHES, BATCH), axis=1) for part in self.shares(self.held_in(signal.log_events)))
        relative = above / jnp.mean(above) - below / jnp.mean(below)
        return jnp.std(relative, ddof=1) / np.sqrt(BATCHES)

    def sums(self, log_signal: Float[Array, " regions"]) -> tuple[Array, Array]:
        """The probabilities, with the signal and without, of all counts that speak against it as much as the observed ones."""
        with_signal, background = jnp.exp(log_signal) + self.counts.background, self.counts.background
        probability = lambda mean: jnp.exp(jnp.sum(log_poisson(self.outcomes, mean[None]), axis=1))
        of_signal, of_background = probability(with_signal), probability(background)
        against = ratios(self.counts, self.outcomes, log_signal)
        if self.expected is None:
            observed = ratios(self.counts, self.counts.observed[None], log_signal)[0]
        else:
            observed = quantile(against, of_background, self.expected)
        weight = as_much(against, observed)
        return jnp.sum(weight * of_signal), jnp.sum(weight * of_background)

    def shares(self, log_signal: Float[Array, " regions"]) -> tuple[Array, Array]:
        """(toys,) weights in CLs of the toys with the signal, and of those without."""
        toys = self.uniforms.shape[0]
        drawn = lambda signal: drawn_counts(self.uniforms, means(self.counts, signal, self.normals))
        both = jnp.concatenate([drawn(log_signal), drawn(jnp.full_like(log_signal, -LARGEST)), self.counts.observed[None]])
        q = ratios(self.counts, both, log_signal)
        against, without, observed = q[:toys], q[toys:-1], q[-1]
        if self.expected is not None:
            observed = quantile(without, jnp.full_like(without, 1 / toys), self.expected)
        return as_much(against, observed), as_much(without, observed)


def by_toys(counts: Counts, level: Scalar, expected: Scalar | None) -> ToyTest:
    """The test of a signal by concrete `counts`, by toys or sums; raises `ValueError` for backgrounds of free normalisation."""
    if counts.templates.size:
        raise ValueError("toys are for backgrounds that are known, not of free normalisation: take asymptotic or profile")
    regions, pulls, dtype = counts.observed.size, counts.pulls, counts.background.dtype
    if pulls == 0 and regions == 1 and expected is None:
        outcomes, draws = np.zeros((0, 1)), 0
    else:
        ends = [np.arange(last + 1.0) for last in last_counts(counts)]
        summed = pulls == 0 and np.prod([float(end.size) for end in ends]) <= MOST_SUMMED
        outcomes = np.array(list(itertools.product(*ends))) if summed else np.zeros((0, regions))
        draws = 0 if summed else BATCHES * BATCH
    points = lattice(draws, regions + pulls)
    number = lambda value: jnp.asarray(value, dtype)
    uniforms, normals = number(points[:, :regions]), norm.ppf(number(points[:, regions:]))
    return ToyTest(counts, level, expected, number(outcomes), uniforms, normals)


def last_counts(counts: Counts) -> list[int]:
    """The largest count of each region that matters: far above the observed, the expected and the excluded count."""
    seen, background = (np.asarray(part, float) for part in (counts.observed, counts.background))
    mean = np.maximum(seen, background) + 8 + 2 * np.sqrt(np.maximum(seen, background))
    return [int(value) for value in np.ceil(mean + 5 * np.sqrt(mean))]


def lattice(number: int, dimensions: int) -> np.ndarray:
    """Points of the unit cube: Kronecker's sequence of the generalised golden ratio, each batch of them shifted at random."""
    if not number:
        return np.zeros((0, dimensions))
    root = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / (dimensions + 1))
    steps = np.arange(1, BATCH + 1)[:, None] * root ** -np.arange(1.0, dimensions + 1)
    shifts = np.random.default_rng(1).uniform(size=(BATCHES, 1, dimensions))
    return np.clip((steps + shifts).reshape(number, dimensions) % 1, 1e-9, 1 - 1e-9)


def means(counts: Counts, log_signal: Float[Array, " regions"], pulls: Float[Array, "toys pulls"]) -> Array:
    """(toys, regions) expected counts; an unknown background counts as zero."""
    signal = jnp.exp(log_signal[None] + pulls @ counts.signal_slopes.T)
    return signal + counts.background[None] * jnp.exp(pulls @ counts.background_slopes.T)


def log_poisson(count: Array, mean: Array) -> Array:
    """log of the probability of a count."""
    return count * safe_log(mean) - mean - gammaln(count + 1)


def drawn_counts(uniform: Float[Array, "toys regions"], mean: Float[Array, "toys regions"]) -> Float[Array, "toys regions"]:
    """The counts whose distribution functions reach the random numbers."""
    counts = jnp.asarray(np.arange(TABLE), mean.dtype)
    few = mean < TABLE / 3
    log_pmf = log_poisson(counts[None, None], jnp.where(few, mean, 1.0)[..., None])
    table = jnp.sum(jnp.cumsum(jnp.exp(log_pmf), axis=-1) < uniform[..., None], axis=-1).astype(mean.dtype)
    z = norm.ppf(uniform)
    many = jnp.floor(mean + z * jnp.sqrt(mean) + (z**2 - 1) / 6 + 0.5)
    return jax.lax.stop_gradient(jnp.where(few, table, many))


def as_much(against: Array, observed: Array) -> Array:
    """One where the test statistic is as large as the observed one, falling to zero within `SOFT` below it."""
    share = jnp.clip((against - observed) / SOFT + 1 + 1e-6, 0.0, 1.0)
    return share**2 * (3 - 2 * share)


def quantile(against: Array, probability: Array, sigma: Scalar) -> Array:
    """The test statistic of a background that is `sigma` standard deviations above its median; more events make it smaller."""
    order = jnp.argsort(-against)
    reached = jnp.cumsum(probability[order]) >= norm.cdf(jnp.asarray(sigma, against.dtype)) * jnp.sum(probability) * (1 - 1e-6)
    return against[order][jnp.argmax(reached)]


def ratios(counts: Counts, seen: Float[Array, "k regions"], log_signal: Float[Array, " regions"]) -> Float[Array, " k"]:
    """q-tilde of many counts: zero where they want more than the signal. First derivatives are exact."""
    bare = jax.lax.stop_gradient(jnp.exp(log_signal))
    ones, none = jnp.ones_like(seen[:, 0]), jnp.zeros((seen.shape[0], counts.pulls), seen.dtype)
    if counts.pulls:
        fit = lambda free: scored(counts, seen, bare, free)
        best, tested = (jax.lax.stop_gradient(fit(free)) for free in (True, False))
    else:
        best, tested = (jax.lax.stop_gradient(best_strength(counts, seen, bare)), none), (ones, none)
    loss = lambda at: minus_log(counts, seen, jnp.exp(log_signal), *at)
    return jnp.where(best[0] < 1, jnp.maximum(2 * (loss(tested) - loss(best)), 0.0), 0.0)


def mean_of(counts: Counts, seen: Array, signal: Array, strength: Array, pulls: Array) -> tuple[Array, Array]:
    """(k, regions) expected events of the signal and of all; an unknown background makes up for events that are missing."""
    of_signal = strength[:, None] * signal[None] * jnp.exp(pulls @ counts.signal_slopes.T)
    total = of_signal + counts.background[None] * jnp.exp(pulls @ counts.background_slopes.T)
    return of_signal, total if counts.unknown is None else jnp.where(counts.unknown[None] > 0, jnp.maximum(total, seen), total)


def minus_log(counts: Counts, seen: Array, signal: Array, strength: Array, pulls: Array) -> Array:
    """(k,) -log of the probability of counts and pulls, up to what does not depend on strength and pulls."""
    _, mean = mean_of(counts, seen, signal, strength, pulls)
    safe = jnp.where(seen > 0, jnp.maximum(mean, 1e-30), 1.0)
    return jnp.sum(mean - seen * jnp.log(safe), axis=1) + 0.5 * jnp.sum((pulls - counts.centre[None]) ** 2, axis=1)


def best_strength(counts: Counts, seen: Array, signal: Array) -> Array:
    """(k,) the most probable strength from 0 to 1, by halving: the slope of the log-likelihood falls with it."""
    every = jnp.ones_like(seen[:, 0])
    most = every if counts.unknown is not None else jnp.minimum(every, jnp.sum(seen, axis=1) / jnp.sum(signal))

    def rising(strength: Array) -> Array:
        _, mean = mean_of(counts, seen, signal, strength, jnp.zeros((seen.shape[0], 0), seen.dtype))
        return jnp.sum(signal[None] * (seen / jnp.maximum(mean, 1e-30) - 1), axis=1) > 0

    def halve(_, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = (ends[0] + ends[1]) / 2
        up = rising(middle)
        return jnp.where(up, middle, ends[0]), jnp.where(up, ends[1], middle)

    low, high = jax.lax.fori_loop(0, HALVINGS, halve, (jnp.zeros_like(most), most))
    return jnp.where(rising(most), most, (low + high) / 2)


def scored(counts: Counts, seen: Array, signal: Array, free: bool) -> tuple[Array, Array]:
    """(k,) the most probable strength from 0 to 1, or 1 unless it is `free`, and (k, pulls), by Fisher's scoring."""
    k, pulls, dtype = seen.shape[0], counts.pulls, seen.dtype
    missing = jnp.sum(jnp.maximum(seen - counts.background[None], 0.1), axis=1) / jnp.sum(signal)
    start = jnp.clip(missing, 0.0, 1.0) if free else jnp.ones(k, dtype)

    def step(_, x: Array) -> Array:
        of_signal, mean = mean_of(counts, seen, signal, x[:, 0], x[:, 1:])
        covered = (counts.unknown[None] > 0) & (mean <= seen) if counts.unknown is not None else jnp.zeros_like(seen, bool)
        per_strength = signal[None] * jnp.exp(x[:, 1:] @ counts.signal_slopes.T)
        rest = jnp.where(covered, 0.0, mean - of_signal)
        per_pull = of_signal[..., None] * counts.signal_slopes[None] + rest[..., None] * counts.background_slopes[None]
        slopes = jnp.concatenate([per_strength[..., None], per_pull], axis=2) * jnp.where(covered, 0.0, 1.0)[..., None]
        mean = jnp.maximum(mean, 1e-9)
        own = jnp.concatenate([jnp.zeros((k, 1), dtype), x[:, 1:] - counts.centre[None]], axis=1)
        gradient = jnp.sum((1 - seen / mean)[..., None] * slopes, axis=1) + own
        weight = jnp.maximum(seen, mean) / mean**2
        curvature = jnp.sum(weight[..., None, None] * slopes[..., :, None] * slopes[..., None, :], axis=1)
        pressed = ((x[:, 0] <= 0) & (gradient[:, 0] > 0)) | ((x[:, 0] >= 1) & (gradient[:, 0] < 0))
        held = jnp.concatenate([pressed[:, None] | (not free), jnp.zeros((k, pulls), bool)], axis=1)
        prior = jnp.asarray([1e-12] + [1.0] * pulls, dtype)
        curvature = jnp.where(held[..., :, None] | held[..., None, :], 0.0, curvature)
        curvature = curvature + jnp.where(held, 1.0, prior[None])[..., None] * jnp.eye(pulls + 1, dtype=dtype)[None]
        move = eliminated(curvature, jnp.where(held, 0.0, gradient))
        limit = jnp.concatenate([jnp.ones((k, 1), dtype), jnp.full((k, pulls), 2.0, dtype)], axis=1)
        x = x - jnp.clip(move, -limit, limit)
        return x.at[:, 0].set(jnp.clip(x[:, 0], 0.0, 1.0))

    begin = jnp.concatenate([start[:, None], jnp.zeros((k, pulls), dtype) + counts.centre[None]], axis=1)
    x = jax.lax.fori_loop(0, SCORINGS, step, begin)
    return x[:, 0], x[:, 1:]


def eliminated(matrix: Float[Array, "k n n"], y: Float[Array, "k n"]) -> Float[Array, "k n"]:
    """Solve matrix @ x = y for many positive matrices of few rows, by elimination without pivots."""
    whole = jnp.concatenate([matrix, y[..., None]], axis=2)
    for i in range(y.shape[1]):
        row = whole[:, i] / whole[:, i, i][:, None]
        factor = whole[..., i].at[:, i].set(0.0)
        whole = (whole - factor[..., None] * row[:, None]).at[:, i].set(row)
    return whole[..., -1]


@jax.jit
def upper_count_by_toys(test: ToyTest) -> Float[Array, ""]:
    """The smallest number of signal events that is excluded in a single region."""
    start = jnp.log(upper_count(test.counts.observed[0], test.counts.background[0], test.level))
    return jnp.exp(crossing_around(lambda log_signal: test.excess(Signal(log_signal[None]))[0], start).value)
