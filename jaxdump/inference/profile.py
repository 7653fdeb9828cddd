"""Limits from the likelihood with its nuisances profiled, for any number of regions together.

The signal of all regions has a common strength: one for the signal that is tested, and never negative. Reference: Cowan,
Cranmer, Gross, Vitells, arXiv:1007.1727.
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from jaxdump.checks import is_traced
from jaxdump.flux import CLOSED, safe_log
from jaxdump.inference.counts import Counts
from jaxdump.inference.excess import AbstractTest
from jaxdump.inference.poisson import upper_count
from jaxdump.numerics.minimum import minimum, minimum_value
from jaxdump.numerics.roots import crossing_around
from jaxdump.region import LARGEST, Signal
from jaxdump.typing import Scalar, Values

Method = Literal["asymptotic", "profile"]
STRENGTHS = 9
"""Strengths from which the best one of a signal that interferes is looked for."""


def best_nuisances(counts: Counts, signal: Signal, frozen: bool = False) -> Float[Array, " nuisances"]:
    """The nuisances that make the counts most probable with this signal."""
    return best_fit(counts, signal, 1.0, frozen)[1] if counts.centre.size else counts.centre


def background_pulls(counts: Counts) -> Float[Array, " nuisances"]:
    """Approximate nuisances with which the background alone gives the counts, from a parabola in its log around the counts."""
    n, slopes, pulls = counts.seen, counts.background_slopes, counts.pulls
    missing = jnp.where(n > 0, safe_log(n) - safe_log(counts.background), 0.0) - slopes @ counts.centre[:pulls]
    curvature = jnp.eye(pulls, dtype=n.dtype) + slopes.T @ (n[:, None] * slopes)
    return counts.centre.at[:pulls].add(jnp.linalg.solve(curvature, slopes.T @ (n * missing)))


def best_fit(
    counts: Counts, signal: Signal, least: Scalar = 0.0, frozen: bool = False
) -> tuple[Float[Array, ""], Float[Array, " nuisances"]]:
    """The strength between `least` and 1, and the nuisances, that together make the counts most probable.

    The search begins at the measured pulls and at those that the background alone would want, since a wide error has two
    maxima; templates have one. `frozen` leaves all derivatives out.
    """
    counts, signal = jax.lax.stop_gradient((counts, signal)) if frozen else (counts, signal)
    background = counts.mean_background(jnp.zeros_like(counts.centre))
    some = jnp.log1p(jnp.sum(jnp.abs(counts.observed) + background))
    unit = jax.lax.stop_gradient(
        jnp.clip(jnp.max(signal.log_events) - some, 0.0, LARGEST / 2 if signal.terms is not None else LARGEST)
    )
    signal, largest = signal.in_units(unit), jnp.exp(unit)  # a strength of one is then about as many events as were seen
    missing = jnp.max((counts.observed - background) * jnp.exp(-jnp.clip(signal.log_events, -LARGEST, LARGEST)))
    join = lambda strength, nuisances: jnp.concatenate([strength[None], nuisances])
    starts = [join(missing, counts.centre)] + [join(jnp.zeros_like(missing), background_pulls(counts))] * bool(counts.pulls)
    if signal.terms is not None:  # an interference may have several maxima
        starts += [join(share * largest, counts.centre) for share in np.linspace(0, 1, STRENGTHS).tolist()]
    deviance = lambda x: -counts.log_probability(signal, x[1:], x[0])
    lower, upper = join(least * largest, counts.least), join(largest, jnp.full_like(counts.centre, jnp.inf))
    if not frozen:
        best = minimum(deviance, jnp.stack(starts), lower, upper)
    elif counts.pulls or signal.terms is not None or counts.errors is not None:
        best = minimum_value(deviance, jnp.stack(starts), lower, upper)
    else:
        best = minimum_value(deviance, starts[0], lower, upper, partial(template_hessian, counts, signal))
    return best[0] / largest, best[1:]


def template_hessian(counts: Counts, signal: Signal, x: Float[Array, " k"]) -> Float[Array, "k k"]:
    """The Hessian of -`log_probability` in the strength and the templates, without pulls: the mean is linear in all of them."""
    mean = counts.mean(signal, x[1:], x[0])
    slopes = jnp.concatenate([signal.mean()[:, None], counts.templates], axis=1)
    if counts.unknown is not None:  # no slope where a background takes what is missing
        slopes = jnp.where(((counts.unknown > 0) & (mean <= counts.observed))[:, None], 0.0, slopes)
    weight = counts.observed / jnp.where(mean > 0, mean, 1.0) ** 2
    return slopes.T @ (weight[:, None] * slopes)


def q_tilde(counts: Counts, signal: Signal, frozen: bool = False) -> Float[Array, ""]:
    """Twice the log of how much more probable the best strength from 0 to 1 makes the counts than strength 1.

    It is zero if the counts want a strength above 1. `frozen` leaves the derivatives of the optima out: first derivatives stay
    exact, since the likelihood is flat there, and compile in half the time. Reference: arXiv:1007.1727, Eq. (16).
    """
    return q_tildes([counts], signal, frozen)[0]


def q_tildes(several: Sequence[Counts], signal: Signal, frozen: bool = False) -> Float[Array, " several"]:
    """`q_tilde` of several counts of one shape, all fits at once: nested `vmap`s would trace the search again and again."""
    fits = jax.tree.map(lambda *leaves: jnp.stack([leaf for leaf in leaves for _ in range(2)]), *several)
    least = jnp.asarray([0.0, 1.0] * len(several), signal.log_events.dtype)

    def fit(counts: Counts, least: Scalar) -> tuple[Array, Array]:
        strength, nuisances = best_fit(counts, signal, least, frozen)
        return strength, counts.log_probability(signal, nuisances, strength)

    strength, log_probability = jax.vmap(fit)(fits, least)
    best, tested = log_probability[::2], log_probability[1::2]
    return jnp.where((strength[::2] < 1) & (best > tested), 2 * (best - tested), 0.0)


def background_asimov(counts: Counts, frozen: bool = False, signal: Signal | None = None) -> Counts:
    """The counts of the background alone, with the nuisances that the true counts want; without derivatives if `frozen`.

    The standard process is a part of it where a `signal` holds it.
    """
    nothing = Signal(jnp.full_like(counts.background, CLOSED)) if signal is None else signal.standard
    nuisances = best_nuisances(counts, nothing, frozen)
    return dataclasses.replace(counts, observed=counts.mean(nothing, nuisances), centre=nuisances)


def safe_root(q: Values) -> Values:
    """The square root of q; zero, with zero gradient, where q is as small as its rounding error."""
    positive = q > jnp.finfo(q.dtype).eps
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, q, 1.0)), 0.0)


def log_asymptotic_cls(counts: Counts, signal: Signal, frozen: bool = False, asimov: Counts | None = None) -> Float[Array, ""]:
    """log of the asymptotic CLs of the signal with the test statistic q-tilde. Reference: arXiv:1007.1727, Sec. 3.5 and 5.

    `asimov` is the `background_asimov` of `counts` if that is known already; if `frozen` it has no derivatives in them.
    """
    asimov = background_asimov(counts, frozen, signal) if asimov is None else asimov
    return log_cls(*safe_root(q_tildes([counts, asimov], signal, frozen)))


def log_cls(root: Float[Array, ""], expected_root: Float[Array, ""]) -> Float[Array, ""]:
    """log CLs from sqrt(q-tilde) of the counts and of the background's Asimov data: arXiv:1007.1727, Eqs. (64) and (65)."""
    far = root > expected_root
    scale = jnp.where(far, expected_root, 1.0)
    beyond = jnp.where(far, (root**2 - expected_root**2) / (2 * jnp.where(scale > 0, scale, 1.0)), root - expected_root)
    return norm.logcdf(-beyond - expected_root) - norm.logcdf(-beyond)


def expected_excess(
    asimov: Counts, signal: Signal, method: Method, level: Scalar, sigma: Scalar, frozen: bool = False
) -> Float[Array, ""]:
    """`excess` that `sigma` standard deviations more than the expected background would give, from its Asimov data."""
    root = safe_root(q_tilde(asimov, signal, frozen))
    if method == "asymptotic":
        return jnp.log1p(-jnp.asarray(level, root.dtype)) - (norm.logcdf(sigma - root) - norm.logcdf(sigma))
    best = jnp.clip(root - sigma, 0.0)
    q = jnp.where(sigma < 0, root * (root - 2 * sigma), best**2)
    return q - norm.ppf(level) ** 2


def excess(
    counts: Counts,
    signal: Signal,
    method: Method,
    level: Scalar,
    frozen: bool = False,
    asimov: Counts | None = None,
) -> Float[Array, ""]:
    """Positive where the signal is excluded at `level`: where CLs is below 1 - level, or q-tilde above a one-sided quantile.

    `profile` asks for q-tilde > Phi^-1(level)^2, 1.64 at 90 % and 2.71 at 95 % CL; it means nothing at 0.5 or below.
    """
    if method == "asymptotic":
        return jnp.log1p(-jnp.asarray(level, signal.log_events.dtype)) - log_asymptotic_cls(counts, signal, frozen, asimov)
    return q_tilde(counts, signal, frozen) - norm.ppf(jnp.asarray(level, signal.log_events.dtype)) ** 2


class ProfileTest(AbstractTest):
    """A test of a signal by the likelihood of all regions together, with profiled nuisances."""

    counts: Counts
    level: Scalar
    expected: Scalar | None
    statistic: Method = eqx.field(static=True)
    asimov: Counts | None = None
    """Asimov data of the background; if they are given, only first derivatives with respect to the signal are right."""

    def excess(self, signal: Signal) -> Float[Array, "1"]:
        frozen = self.asimov is not None
        asimov = self.asimov if signal.terms is None else None  # the standard process is in the signal
        if self.expected is None:
            return excess(self.counts, signal, self.statistic, self.level, frozen, asimov)[None]
        asimov = background_asimov(self.counts, frozen, signal) if asimov is None else asimov
        return expected_excess(asimov, signal, self.statistic, self.level, self.expected, frozen)[None]

    def quick(self) -> "ProfileTest":
        """The test without derivatives in the counts."""
        asimov = jax.jit(background_asimov, static_argnums=1)(self.counts, True)
        start = jnp.concatenate([self.counts.centre[: self.counts.pulls], asimov.centre[self.counts.pulls :]])
        return dataclasses.replace(self, counts=dataclasses.replace(self.counts, centre=start), asimov=asimov)


def profile_test(counts: Counts, method: Method, level: float, expected: float | None = None) -> ProfileTest:
    """The test of a signal by the likelihood of all regions together."""
    number = lambda value: jnp.asarray(value, counts.background.dtype)
    return ProfileTest(counts, number(level), None if expected is None else number(expected), method)


def upper_count_by_profile(test: ProfileTest) -> Float[Array, ""]:
    """The smallest number of signal events that is excluded in a single region; with derivatives where it is traced."""
    return profiled_upper_count(test, frozen=not any(map(is_traced, jax.tree.leaves(test))))


@partial(jax.jit, static_argnames="frozen")
def profiled_upper_count(test: ProfileTest, frozen: bool = False) -> Float[Array, ""]:
    """The smallest number of signal events that is excluded in a single region; `frozen` leaves derivatives out."""
    start = jnp.log(upper_count(test.counts.observed[0], test.counts.background[0], test.level))
    quick = jax.lax.stop_gradient(test).quick()
    of = lambda test: lambda log_signal: test.excess(Signal(log_signal[None]))[0]
    return jnp.exp(crossing_around(of(quick if frozen else test), start, of(quick)).value)
