"""Limits on the mean of one Poisson count whose background is known, or uncertain and averaged over."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaincc, gammaln
from jaxtyping import Array, Bool, Float

from jaxdump.counts import Counts
from jaxdump.flux import safe_log
from jaxdump.roots import Interval, Status, crossing_around, divide_by_slope
from jaxdump.typing import Scalar

TAIL_TERMS = 60
"""Terms of the continued fraction, which serves only where the tail is below 1e-25 and converges fast there."""
PULLS = {0: 1, 1: 2001, 2: 161}
"""Nodes a pull, by the number of pulls, of the trapezoidal rule from -8 to 8: exact where they resolve the Poisson step."""

BACKGROUNDS = 301
"""Larger backgrounds among which the highest upper end is looked for, twice."""


def log_poisson_cdf(count: Scalar, mean: Scalar) -> Float[Array, ""]:
    """log of the probability of `count` events or fewer where `mean` are expected; finite for any `mean`.

    The regularised incomplete gamma function Q(count + 1, mean), far out in its tail by Legendre's continued fraction.
    """
    return log_cdf(*jnp.broadcast_arrays(jnp.asarray(count) + 0.0, jnp.asarray(mean) + 0.0))


@jax.custom_jvp
def log_cdf(count: Array, mean: Array) -> Array:
    """`log_poisson_cdf` of arrays of one shape."""
    none = mean < jnp.finfo(mean.dtype).tiny
    a, x = count + 1, jnp.where(none, 1.0, mean)
    direct = gammaincc(a, x)
    near = (x < a + 1) | (direct > 1e-25)
    far = jnp.where(near, a + 100.0, x)

    def term(i, tail):
        k = TAIL_TERMS - i
        return k * (k - a) / (far + 2 * k + 1 - a - tail)

    tail = jax.lax.fori_loop(0, TAIL_TERMS, term, jnp.zeros_like(far))
    log_tail = a * jnp.log(far) - far - gammaln(a) - jnp.log(far + 1 - a - tail)
    return jnp.where(none, 0.0, jnp.where(near, jnp.log(jnp.where(near, direct, 1.0)), log_tail))


@log_cdf.defjvp
def log_cdf_slope(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    """Minus the probability of just `count` over that of as many or fewer; in `count` by a central difference.

    Both are differentiable again, which the derivative that jax has in `count` is not.
    """
    count, mean = primals
    value = log_cdf(count, mean)
    none = mean < jnp.finfo(mean.dtype).tiny
    log_pmf = count * jnp.log(jnp.where(none, 1.0, mean)) - mean - gammaln(count + 1)
    per_mean = -jnp.where(none & (count > 0), 0.0, jnp.exp(log_pmf - value))
    step = float(jnp.finfo(mean.dtype).eps) ** (1 / 3)
    per_count = (log_cdf(count + step, mean) - log_cdf(count - step, mean)) / (2 * step)
    return value, per_count * tangents[0] + per_mean * tangents[1]


def poisson_cls(signal: Scalar, observed: Scalar, background: Scalar) -> Float[Array, ""]:
    """CLs of a signal hypothesis in a counting experiment: P(n <= observed | s + b) / P(n <= observed | b).

    All arguments are numbers of events. Reference: Read, J. Phys. G 28, 2693 (2002).
    """
    signal = jnp.asarray(signal)
    return jnp.exp(log_poisson_cdf(observed, signal + background) - log_poisson_cdf(observed, background))


def upper_count(observed: Scalar, background: Scalar, level: Scalar) -> Float[Array, ""]:
    """Upper limit on the mean number of signal events at confidence or credible `level`, between 0 and 1.

    Where CLs = 1 - level. With a flat prior on the signal and a known background the Bayesian limit is the same number:
    the posterior probability of a larger signal is CLs. Reference: PDG review of statistics, Eq. (40.69).
    Halley's method from Chernoff's bound, which lies above the limit for any background: four steps for most counts. nan for
    a negative count or background, and for a level outside (0, 1).
    """
    dtype = jnp.result_type(observed, background, float)
    observed, background, level = (jnp.asarray(a, dtype) for a in (observed, background, level))
    log_miss = jnp.log1p(-level)
    excess = lambda signal: log_poisson_cdf(observed, signal + background) - log_poisson_cdf(observed, background) - log_miss

    def solve(_, largest: Array) -> Array:
        log_wanted = log_poisson_cdf(observed, background) + log_miss

        def step(state: tuple) -> tuple:
            signal, _, count = state
            mean = signal + background
            log_cdf = log_poisson_cdf(observed, mean)
            slope = -jnp.exp(observed * jnp.log(mean) - mean - gammaln(observed + 1) - log_cdf)
            bend = slope * (observed / mean - 1 - slope)
            miss = log_cdf - log_wanted
            new = signal - 2 * miss * slope / (2 * slope**2 - miss * bend)
            new = jnp.where(new > 0, new, signal / 2)
            return new, jnp.abs(new - signal) > 16 * jnp.finfo(new.dtype).eps * mean, count + 1

        more = lambda state: jnp.any(state[1]) & (state[2] < 100)
        return jax.lax.while_loop(more, step, (largest, jnp.ones(largest.shape, bool), 0))[0]

    largest = observed - log_miss + jnp.sqrt(log_miss * (log_miss - 2 * observed))
    found = jax.lax.custom_root(excess, jax.lax.stop_gradient(largest), solve, divide_by_slope)
    return jnp.where((observed >= 0) & (background >= 0) & (level > 0) & (level < 1), found, jnp.nan)


def log_averaged_cdf(counts: Counts, signal: Scalar, flat: bool = False) -> Float[Array, ""]:
    """`log_poisson_cdf` of the one region of `counts` with `signal` events, averaged over its pulls.

    `flat` weights each value of a signal's pull by the inverse of its factor, as a flat prior in `signal` does: that moves
    the normal density of the pull by minus the log of its factor.
    """
    pulls = counts.centre.size
    axis = np.linspace(-8.0, 8.0, PULLS[pulls])
    every = np.array(list(itertools.product(axis, repeat=pulls)))
    nodes = jnp.asarray(every.reshape(len(every), pulls), counts.background.dtype)
    weight = jax.nn.softmax(-0.5 * jnp.sum(nodes**2, axis=1))
    nodes = nodes - counts.signal_slopes if flat else nodes
    on_signal, on_background = (jnp.exp(nodes @ slopes[0]) for slopes in (counts.signal_slopes, counts.background_slopes))
    log_cdf = log_poisson_cdf(counts.observed[0], signal * on_signal + counts.background[0] * on_background)
    return jax.nn.logsumexp(log_cdf, b=weight)


def averaged_upper_count(counts: Counts, level: Scalar, flat: bool = False) -> Float[Array, ""]:
    """`upper_count` of the one region of `counts`, its pulls averaged over their normal densities.

    The hybrid CLs of Cousins and Highland (NIM A 320, 331 (1992)) or, if `flat`, the Bayesian limit with a flat prior in the
    signal: they differ only if the signal is uncertain. For at most two pulls.
    """
    level = jnp.asarray(level, counts.background.dtype)
    without = log_averaged_cdf(counts, jnp.zeros_like(level), flat)
    excess = lambda log_signal: jnp.log1p(-level) + without - log_averaged_cdf(counts, jnp.exp(log_signal), flat)
    return jnp.exp(crossing_around(excess, jnp.log(upper_count(counts.observed[0], counts.background[0], level))).value)


def feldman_cousins(observed: Scalar, background: Scalar, level: Scalar, largest: int = 200) -> Interval:
    """The unified interval of the signal of a count with a known background at confidence `level`.

    As in the tables of the paper the upper end never rises with the background: it is the largest found for up to 3 events
    more. Counts below `largest` are summed. The status is ALLOWED where the lower end is zero, and UNDEFINED, with nan, where
    `largest` is too small. No derivatives: the ends jump where counts change their order. Reference: Feldman, Cousins,
    arXiv:physics/9711021, Sec. IV.
    """
    observed, background, level = (jax.lax.stop_gradient(jnp.asarray(a, float)) for a in (observed, background, level))
    lower, upper = unified_interval(observed, background, level, largest)

    def closer(ends: tuple, _):
        backgrounds = jnp.linspace(ends[0], ends[1], BACKGROUNDS)
        uppers = jnp.asarray(jax.vmap(lambda more: unified_interval(observed, more, level, largest)[1])(backgrounds))
        best = jnp.argmax(uppers)
        return (backgrounds[jnp.maximum(best - 1, 0)], backgrounds[jnp.minimum(best + 1, BACKGROUNDS - 1)]), uppers[best]

    _, uppers = jax.lax.scan(closer, (background, background + 3), length=2)
    upper = jnp.maximum(upper, jnp.max(uppers))
    mean = upper + background + 3
    enough = (mean + 10 * jnp.sqrt(mean) < largest) & (observed < largest)
    lower, upper = (jnp.where(enough, end, jnp.nan) for end in (lower, upper))
    return Interval(lower, upper, jnp.where(enough, jnp.where(lower > 0, Status.FOUND, Status.ALLOWED), Status.UNDEFINED))


def unified_interval(observed: Array, background: Array, level: Array, largest: int) -> tuple[Array, Array]:
    """First and last accepted signal: counts that favour it more than `observed`, by likelihood ratio, have less than `level`.

    Those are the counts between `observed` and another one, which changes where the two are as good: at the turns, in closed
    form. Between turns their probability rises, then falls with the signal, so that both ends of each piece tell whether any
    of it is accepted.
    """
    counts = jnp.arange(largest, dtype=background.dtype)
    best = lambda n: n * safe_log(jnp.maximum(n, background)) - jnp.maximum(n, background)
    chord = (best(counts) - best(observed)) / jnp.where(counts == observed, 1.0, counts - observed)
    turns = jnp.where(jnp.maximum(counts, observed) > background, jnp.exp(chord) - background, 0.0)
    turns = jnp.where(counts == observed, jnp.maximum(observed - background, 0.0), jnp.maximum(turns, 0.0))
    starts = jnp.concatenate([jnp.zeros_like(turns[:1]), turns[:-1]])

    def accepts(count: Array, signal: Array) -> Bool[Array, "..."]:
        first, stop = jnp.minimum(count, observed + 1), jnp.maximum(count, observed)
        below = lambda n: jnp.where(n > 0, gammaincc(jnp.maximum(n, 1.0), signal + background), 0.0)
        return below(stop) - below(first) < level

    def edge(piece: Array, good: Array, bad: Array) -> Array:
        def halve(_, ends):
            middle = (ends[0] + ends[1]) / 2
            take = accepts(counts[piece], middle)
            return jnp.where(take, middle, ends[0]), jnp.where(take, ends[1], middle)

        return jax.lax.fori_loop(0, 50, halve, (good, bad))[0]

    at_start, at_turn = accepts(counts, starts), accepts(counts, turns)
    some = at_start | at_turn
    first = jnp.argmax(some & (counts <= observed) & ((turns > 0) | (counts == observed)))
    last = largest - 1 - jnp.argmax((some & (counts > observed))[::-1])
    lower = jnp.where(at_start[first], starts[first], edge(first, turns[first], starts[first]))
    return lower, jnp.where(at_turn[last], turns[last], edge(last, starts[last], turns[last]))
