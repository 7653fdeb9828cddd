"""Limits on the mean of one Poisson count whose background is known, or uncertain and averaged over."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaincc
from jaxtyping import Array, Bool, Float

from jaxdump.flux import safe_log
from jaxdump.inference.counts import Counts
from jaxdump.numerics.poisson_cdf import log_cdf, log_cdf_ratio, ratio_and_slope, start_of_ratio
from jaxdump.numerics.roots import Interval, Status, crossing_around, divide_by_slope
from jaxdump.typing import Scalar

SEARCHED = 60
"""Steps after which the search for an upper count is given up; some ten are taken where it begins farthest away."""
CROWDED, OTHER = 129, 161
"""Nodes of the pull that is averaged over first, and of the other one, by the trapezoidal rule from -8 to 8."""
BACKGROUNDS = 61
"""Larger backgrounds among which the highest upper end is looked for, twice."""


def poisson_cls(signal: Scalar, observed: Scalar, background: Scalar) -> Float[Array, ""]:
    """CLs of a signal hypothesis in a counting experiment: P(n <= observed | s + b) / P(n <= observed | b).

    All arguments are numbers of events: `signal` and `background` are means. Reference: Read, J. Phys. G 28, 2693 (2002).

    >>> import jax, jaxdump
    >>> print(f"{jax.jit(jaxdump.poisson_cls)(3.0, 0.0, 1.0):.3f}")  # no event is seen: exp(-3), for any background
    0.050
    """
    signal = jnp.asarray(signal)
    return jnp.exp(log_cdf_ratio(observed, background, signal))


def upper_count(observed: Scalar, background: Scalar, level: Scalar) -> Float[Array, ""]:
    """The upper limit on the mean number of signal events at confidence level `level`, between 0 and 1: there CLs is 1 - level.

    The Bayesian limit with a flat prior in the signal and a known background is the same number, since the posterior
    probability of a larger signal is CLs. Reference: PDG review of statistics, Eq. (40.69). It holds for `observed` counts
    from 0 to 1e9 in both precisions. It is nan for a negative count or background, for a level outside (0, 1), and if the
    search does not end.

    >>> import jax, jaxdump
    >>> print(f"{jax.jit(jaxdump.upper_count)(0.0, 0.0, 0.9):.3f}")
    2.303
    """
    dtype = jnp.result_type(observed, background, float)
    observed, background, level = jnp.broadcast_arrays(*(jnp.asarray(a, dtype) for a in (observed, background, level)))
    right = (observed >= 0) & (background >= 0) & (level > 0) & (level < 1)
    observed, background, level = (
        jnp.where(right, a, usual) for a, usual in ((observed, 0.0), (background, 0.0), (level, 0.5))
    )
    excess = lambda signal: log_cdf_ratio(observed, background, signal) - jnp.log1p(-level)
    numbers = jax.lax.stop_gradient((observed, background, jnp.log1p(-level)))
    found = jax.lax.custom_root(excess, numbers[0], lambda *_: excluded_signal(*numbers), divide_by_slope)
    return jnp.where(right, found, jnp.nan)


def excluded_signal(observed: Array, background: Array, log_miss: Array) -> Array:
    """The signal at which `log_cdf_ratio` falls to `log_miss`; nan where the search does not end.

    Halley's method, halving where it would leave the bracket. The fall of the log is convex in the signal, so that a chord
    from its slope at zero lies above the limit, as Chernoff's bound does for any background. Four steps for most counts.
    """
    start = start_of_ratio(observed, background)
    chernoff = observed - log_miss + jnp.sqrt(log_miss * (log_miss - 2 * observed))
    flat = start[1] * chernoff <= -log_miss
    largest = jnp.where(flat, chernoff, -log_miss / jnp.where(flat, 1.0, start[1])) * (1 + 1e-5)

    def step(state: tuple) -> tuple:
        low, high, signal, _, count = state
        log_ratio, slope = ratio_and_slope(observed, background, signal, *start)
        miss = log_miss - log_ratio
        low, high = jnp.where(miss < 0, signal, low), jnp.where(miss < 0, high, signal)
        bend = slope * (slope - (signal + (background - observed)) / (signal + background))
        new = signal - 2 * miss * slope / (2 * slope**2 - miss * bend)
        slack = jnp.finfo(signal.dtype).eps ** 0.5 * signal  # a compiler that rounds the miss twice may see two signs of it
        new = jnp.where((new >= low - slack) & (new <= high + slack), new, (low + high) / 2)
        return low, high, new, jnp.abs(new - signal), count + 1

    moves = lambda signal, moved: moved > jnp.finfo(signal.dtype).eps ** 0.4 * signal  # the next step would be its cube
    more = lambda state: jnp.any(moves(*state[2:4])) & (state[4] < SEARCHED)
    begin = jnp.zeros_like(largest), largest, largest, largest, 0
    _, _, signal, moved, _ = jax.lax.while_loop(more, step, begin)
    return jnp.where(moves(signal, moved), jnp.nan, signal)


def log_averaged_cdf(counts: Counts, signal: Scalar, flat: bool = False) -> Float[Array, ""]:
    """`log_poisson_cdf` of the one region of `counts` with `signal` events, averaged over its pulls.

    `flat` weights each value of a signal's pull by the inverse of its factor, as a flat prior in `signal` does: that moves
    the normal density of the pull by minus the log of its factor.
    """
    return log_averages(counts, signal, flat)[0]


def log_averages(counts: Counts, signal: Scalar, flat: bool) -> tuple[Array, Array]:
    """`log_averaged_cdf` by all nodes and by every other one, which tell how good both are.

    One of two pulls is averaged over first, by nodes that crowd where it makes the mean what was seen: after that the other
    meets no step. It is the background's, unless the signal's moves the mean by much more.
    """
    n, b = counts.observed[0], counts.background[0]
    of_b, of_s = two_pulls(counts.background_slopes[0], counts.signal_slopes[0])
    pulls = of_s.size
    if not pulls:
        value = log_cdf(n, signal + b, (b - n) + signal)
        return value, value
    swap = signal * jnp.max(of_s) > 3 * b * jnp.max(of_b)
    first = jnp.where(swap, pulls - 1 - jnp.argmax(of_b), jnp.argmax(of_b))
    (kb, ks), (kb_other, ks_other) = ((of_b[i], of_s[i]) for i in (first, pulls - 1 - first))
    q = jnp.asarray(np.linspace(-8.0, 8.0, OTHER) if pulls == 2 else np.zeros(1), b.dtype)
    moved = lambda pull, slope: pull - slope if flat else pull
    on_b, on_s = (k * moved(q, ks_other) if pulls == 2 else jnp.zeros_like(q) for k in (kb_other, ks_other))
    p, log_weight = jax.lax.stop_gradient(crowded_nodes(n, b * jnp.exp(on_b), signal * jnp.exp(on_s), kb, ks, flat))
    on_b, on_s = (on[:, None] + k * moved(p, ks) for on, k in ((on_b, kb), (on_s, ks)))
    more = (b - n) + b * jnp.expm1(on_b) + signal * jnp.exp(on_s)
    mean = b * jnp.exp(on_b) + signal * jnp.exp(on_s)
    log_weight = log_weight - 0.5 * q[:, None] ** 2
    values = log_cdf(jnp.broadcast_to(n, mean.shape), mean, more)
    average = lambda value, weight: jax.nn.logsumexp(value + weight) - jax.nn.logsumexp(weight)
    half = (slice(None, None, 2), slice(None, None, 2))
    return average(values, log_weight), average(values[half], log_weight[half])


def two_pulls(of_b: Float[Array, " pulls"], of_s: Float[Array, " pulls"]) -> tuple[Array, Array]:
    """Slopes of background and signal in two unit-normal pulls at most, which move both as all pulls together do.

    The first is the sum of what moves the background, the second the rest of what moves the signal.
    """
    if of_s.size <= 2:
        return of_b, of_s
    size = jnp.sqrt(jnp.maximum(jnp.sum(of_b**2), jnp.finfo(of_b.dtype).tiny))
    shared = jnp.sum(of_b * of_s) / size
    rest = jnp.sqrt(jnp.maximum(jnp.sum(of_s**2) - shared**2, jnp.finfo(of_s.dtype).tiny))
    return jnp.stack([size, jnp.zeros_like(size)]), jnp.stack([shared, rest])


def crowded_nodes(
    count: Array, background: Float[Array, " q"], signal: Float[Array, " q"], kb: Array, ks: Array, flat: bool
) -> tuple[Float[Array, "q p"], Float[Array, "q p"]]:
    """Values of a unit-normal pull and the logs of their weights, up to a factor, for each mean.

    The mean is background exp(kb p) + signal exp(ks p). Where that is `count`, the nodes are as close as the width of the
    Poisson distribution asks for; away from there as far apart as they are away: p = step + width sinh(z).
    """
    shift = ks if flat else jnp.zeros_like(ks)
    mean = lambda p: background * jnp.exp(kb * (p - shift)) + signal * jnp.exp(ks * (p - shift))

    def halve(_, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = (ends[0] + ends[1]) / 2
        above = mean(middle) > count
        return jnp.where(above, ends[0], middle), jnp.where(above, middle, ends[1])

    edge = jnp.full_like(background, 9.0)
    step, _ = jax.lax.fori_loop(0, 40, halve, (-edge, edge))
    steepness = kb * background * jnp.exp(kb * (step - shift)) + ks * signal * jnp.exp(ks * (step - shift))
    width = jnp.clip(jnp.sqrt(count + 1) / jnp.maximum(steepness, jnp.finfo(step.dtype).tiny), 1e-7, 1.0)
    low, high = (jnp.arcsinh((end - step) / width)[:, None] for end in (-8.0, 8.0))
    z = low + (high - low) * jnp.asarray(np.linspace(0, 1, CROWDED), step.dtype)[None]
    p = step[:, None] + width[:, None] * jnp.sinh(z)
    return p, jnp.log(jnp.cosh(z) * (high - low) * width[:, None]) - 0.5 * p**2


def averaged_upper_count(counts: Counts, level: Scalar, flat: bool = False) -> Float[Array, ""]:
    """`upper_count` of the one region of `counts`, its pulls averaged over their normal densities.

    The hybrid CLs of Cousins and Highland (NIM A 320, 331 (1992)) or, if `flat`, the Bayesian limit with a flat prior in the
    signal: they differ only if the signal is uncertain. For at most two pulls. nan where half of the nodes give another CLs
    by more than 1e-3, the square root of what is then asked of all.
    """
    level = jnp.asarray(level, counts.background.dtype)
    without, roughly = log_averages(counts, jnp.zeros_like(level), flat)
    excess = lambda log_signal: jnp.log1p(-level) + without - log_averaged_cdf(counts, jnp.exp(log_signal), flat)
    found = jnp.exp(crossing_around(excess, jnp.log(upper_count(counts.observed[0], counts.background[0], level))).value)
    fine, coarse = log_averages(counts, jax.lax.stop_gradient(found), flat)
    return jnp.where(jnp.abs((fine - without) - (coarse - roughly)) < 1e-3, found, jnp.nan)


def feldman_cousins(observed: Scalar, background: Scalar, level: Scalar, largest: int = 200) -> Interval:
    """The unified interval of the mean signal of one count with a known background, at confidence level `level`.

    The upper end never rises with the background, as in the tables of the paper: it is the largest upper end of all backgrounds
    up to 3 events larger. Counts below `largest` are summed. The status is ALLOWED where the lower end is zero, and UNDEFINED,
    with ends that are nan, where `largest` is too small. The ends have no derivatives: they jump where counts change their
    order. Reference: Feldman, Cousins, arXiv:physics/9711021, Sec. IV.
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


def averaged_limit(counts: Counts, level: Scalar, expected: float | None = None, flat: bool = False) -> Scalar:
    """`averaged_upper_count`, compiled, of the observed count or, if `expected` is given, of that `expected_count`."""
    counts = as_expected(counts, expected)
    if counts.centre.size:
        return jax.jit(averaged_upper_count, static_argnums=2)(counts, level, flat)
    return jax.jit(upper_count)(counts.observed[0], counts.background[0], level)


def as_expected(counts: Counts, sigma: float | None) -> Counts:
    """The counts of one region with `expected_count` in place of the observed one; unchanged if `sigma` is None."""
    if sigma is None:
        return counts
    return eqx.tree_at(lambda c: c.observed, counts, jnp.array([expected_count(counts, sigma)]))


def unified_upper_count(counts: Counts, level: float) -> float:
    """The upper end of the Feldman-Cousins interval of one region; raises `ValueError` for a count of many hundreds."""
    observed, background = float(counts.observed[0]), float(counts.background[0])
    end = max(observed, background + 3)
    end += 6 * math.sqrt(end) + 10  # beyond the upper end and its counts
    for largest in (size for size in (200, 1000) if size > end):
        upper = float(jax.jit(feldman_cousins, static_argnums=3)(observed, background, level, largest).upper)
        if math.isfinite(upper):
            return upper
    raise ValueError(f"feldman-cousins is for small counts, not {observed:g} with {background:g} expected: take profile")


def expected_count(counts: Counts, sigma: float) -> float:
    """The count of a background that has fluctuated by `sigma` standard deviations: the smallest count n for which the
    background alone gives n or fewer events with at least the probability that a normal variable is below `sigma`.
    """
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
