"""The distribution function of a Poisson count, its ratios and its slopes: for counts from none to 1e9, in both precisions.

Functions take three numbers where two would do: the mean less the count is a small difference of large numbers, which float32
holds only if it is not formed from them.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import digamma, gammaincc, gammaln
from jaxtyping import Array, Float

from jaxdump.numerics.elementary import minus_log1p
from jaxdump.typing import Scalar

NODES = 40
"""Number of nodes of the Gauss-Legendre rule, good to 1e-13 up to where the integrand is exp(-`FADED`)."""
FADED = 36.0
MANY = 60.0
"""Least number of events for which the integral is used."""
STIRLING = 16.0
"""Least argument for which Stirling's series for ln Gamma has all digits."""


def log_poisson_cdf(count: Scalar, mean: Scalar) -> Float[Array, ""]:
    """log of the probability of `count` events or fewer where `mean` are expected; finite for any `mean`."""
    count, mean = jnp.broadcast_arrays(jnp.asarray(count) + 0.0, jnp.asarray(mean) + 0.0)
    return log_cdf(count, mean, mean - count)


def log_cdf_ratio(count: Scalar, background: Scalar, signal: Scalar) -> Float[Array, ""]:
    """`log_poisson_cdf` of `background` + `signal` less that of `background`, also where both are far in the tail: log CLs."""
    return log_ratio(*jnp.broadcast_arrays(*(jnp.asarray(a) + 0.0 for a in (count, background, signal))))


def bulge(y: Array) -> Array:
    """exp(y) - 1 - y to the last digits; in float64 to the digits that its product with a mean of 1e9 needs."""
    if y.dtype == jnp.float64:
        return jnp.expm1(y) - y
    near = jnp.abs(y) < 0.25
    small, series = jnp.where(near, y, 0.0), jnp.ones_like(y)
    for k in range(7, 2, -1):
        series = 1 + small / k * series
    return jnp.where(near, small**2 / 2 * series, jnp.expm1(y) - y)


def log_density(shape: Array, mean: Array, more: Array) -> Array:
    """log of mean^shape exp(-mean) / Gamma(shape), by Stirling's series if `shape` is large; `more` is mean - shape."""
    large = shape >= STIRLING
    a, b = jnp.where(large, shape, STIRLING), jnp.where(large, 1.0, shape)
    rest = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / a**2) / a**2) / a**2) / a
    by_series = -a * minus_log1p(jnp.where(large, more, 0.0) / a) + 0.5 * jnp.log(a / (2 * np.pi)) - rest
    return jnp.where(large, by_series, b * jnp.log(mean) - mean - gammaln(b))


def log_mills(mean: Array, more: Array, wanted: Array) -> Array:
    """log of the probability beyond `mean` of a Gamma(shape), or below it if `more` = mean - shape is negative, per density.

    That is the integral over y from 0 of exp(-|more| y - mean (exp(+-y) -+ y - 1)), by a Gauss-Legendre rule up to where
    the integrand has faded: a step of Newton's method, from whatever side, ends beyond. Zero where it is not `wanted`; no
    node is visited unless some are.
    """
    sign, slope = jnp.where(more < 0, -1.0, 1.0).astype(mean.dtype), jnp.abs(more)
    start = FADED / (slope + jnp.sqrt(mean * FADED / 2))
    missing = slope * start + mean * bulge(sign * start) - FADED
    end = start - missing / (slope + mean * jnp.abs(jnp.expm1(sign * start)))
    nodes, weights = (jnp.asarray(part / 2, mean.dtype) for part in np.polynomial.legendre.leggauss(NODES))

    def add(state: tuple[Array, Array]) -> tuple[Array, Array]:
        i, total = state
        y = end * (0.5 + nodes[i])
        return i + 1, total + weights[i] * jnp.exp(-slope * y - mean * bulge(sign * y))

    some = lambda state: (state[0] < NODES) & jnp.any(wanted)
    _, total = jax.lax.while_loop(some, add, (jnp.zeros((), int), jnp.zeros_like(end)))
    return jnp.log(jnp.where(wanted, end * total, 1.0))


def tails(count: Array, mean: Array, more: Array) -> tuple[Array, Array, Array, Array]:
    """`log_cdf`, minus its slope in `mean`, `log_mills`, and whether that was needed.

    Few events, and not far in the tail, are left to the incomplete gamma function of jax: it is ten times faster there.
    """
    none = mean < jnp.finfo(mean.dtype).tiny
    mean, more = jnp.where(none, 1.0, mean), jnp.where(none, 1 - count, more)
    shape, beyond = count + 1, more - 1
    many = (shape >= MANY) | (beyond > 12 * jnp.sqrt(shape) + 30)
    log_g = log_density(shape, mean, beyond)
    mills = log_mills(jnp.where(many, mean, MANY), jnp.where(many, beyond, 0.0), many)
    far = many & (beyond >= 0)
    near = jnp.where(many, 1 - jnp.exp(jnp.where(many & ~far, log_g + mills, -1.0)), 1.0)
    direct = gammaincc(jnp.where(many, 1.0, shape), jnp.where(many, 1.0, mean))
    value = jnp.where(far, log_g + mills, jnp.log(jnp.where(many, near, direct)))
    slope = jnp.exp(jnp.where(far, -mills, log_g - value)) / mean
    return jnp.where(none, 0.0, value), jnp.where(none, jnp.where(count > 0, 0.0, 1.0), slope), mills, many & ~none


@jax.custom_jvp
def log_cdf(count: Array, mean: Array, more: Array) -> Array:
    """`log_poisson_cdf` of arrays of one shape; `more` is mean - count."""
    return tails(count, mean, more)[0]


@jax.custom_jvp
def hazard(count: Array, mean: Array, more: Array) -> Array:
    """Minus the slope of `log_cdf` in the mean: the probability of just `count` over that of as many or fewer."""
    return tails(count, mean, more)[1]


def log_cdf_slope(primals: tuple[Array, ...], tangents: tuple) -> tuple[Array, Array]:
    """The derivative of `log_cdf`, in closed form in the mean; differentiable again, unlike jax's derivative in `count`."""
    slope = -hazard(*primals) * filled(tangents[1], primals[1])
    return log_cdf(*primals), slope if absent(tangents[0]) else slope + per_count(*primals) * tangents[0]


def hazard_slope(primals: tuple[Array, ...], tangents: tuple) -> tuple[Array, Array]:
    """The derivative of `hazard`, from the slopes of the log of the probability of just `count`."""
    count, mean, more = primals
    value = hazard(*primals)
    safe = jnp.where(mean < jnp.finfo(mean.dtype).tiny, 1.0, mean)
    slope = value * (value - more / safe) * filled(tangents[1], mean)
    if absent(tangents[0]):
        return value, slope
    return value, slope + value * (jnp.log(safe) - digamma(count + 1) - per_count(*primals)) * tangents[0]


log_cdf.defjvp(log_cdf_slope, symbolic_zeros=True)
hazard.defjvp(hazard_slope, symbolic_zeros=True)


def per_count(count: Array, mean: Array, more: Array) -> Array:
    """The slope of `log_cdf` in the count, by a central difference."""
    step = float(jnp.finfo(mean.dtype).eps) ** (1 / 3) * (1 + jnp.sqrt(count))
    counts = jnp.stack([count + step, count - step])
    moved = counts - count[None]
    up, down = log_cdf(counts, jnp.stack([mean, mean]), more[None] - moved)
    return (up - down) / (moved[0] - moved[1])


def absent(tangent: object) -> bool:
    """Whether a tangent is zero for all numbers."""
    return isinstance(tangent, jax.custom_derivatives.SymbolicZero)


def filled(tangent: Array, like: Array) -> Array:
    """The tangent as an array."""
    return jnp.zeros_like(like) if absent(tangent) else tangent


@jax.custom_jvp
def log_ratio(count: Array, background: Array, signal: Array) -> Array:
    """`log_cdf_ratio` of arrays of one shape."""
    return ratio_and_slope(count, background, signal, *start_of_ratio(count, background))[0]


def log_ratio_slope(primals: tuple[Array, ...], tangents: tuple) -> tuple[Array, Array]:
    """The derivative of `log_ratio`, the difference of the slopes of both ends."""
    count, background, signal = primals
    of_count, of_background, of_signal = (filled(t, p) for t, p in zip(tangents, primals, strict=True))
    twice = lambda array: jnp.stack([array, array])
    more = jnp.stack([(background - count) + signal, background - count])
    ends = twice(count), jnp.stack([background + signal, background]), more
    both = -hazard(*ends) * jnp.stack([of_background + of_signal, of_background])
    both = both if absent(tangents[0]) else both + per_count(*ends) * twice(of_count)
    return log_ratio(*primals), both[0] - both[1]


log_ratio.defjvp(log_ratio_slope, symbolic_zeros=True)


def start_of_ratio(count: Array, background: Array) -> tuple[Array, Array, Array, Array]:
    """The common numbers of all ratios to one `background`: `log_cdf`, minus its slope, `log_mills` if both ends use it."""
    value, slope, mills, many = tails(count, background, background - count)
    return value, slope, mills, many & (background - count >= 1)


def ratio_and_slope(
    count: Array, background: Array, signal: Array, log_start: Array, slope: Array, mills: Array, far: Array
) -> tuple[Array, Array]:
    """`log_ratio` and minus its slope in `signal`, from `start_of_ratio`.

    Where the background lies beyond the count, the densities of both ends differ by mean^(count + 1) exp(-mean) alone.
    """
    less = background - count
    value, slope, end, _ = tails(count, background + signal, less + signal)
    part = jnp.where(far, background, 1.0)
    fall = signal * (less - 1) / part + (count + 1) * minus_log1p(jnp.where(far, signal, 0.0) / part)
    return jnp.where(far, end - mills - fall, value - log_start), slope
