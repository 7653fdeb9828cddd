"""Limits on the mean of one Poisson count with a known background."""

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaincc, gammaln
from jaxtyping import Array, Float

from jaxdump.roots import crossing
from jaxdump.typing import Scalar

TAIL_TERMS = 60
"""Terms of the continued fraction, which serves only where the tail is below 1e-25 and converges fast there."""


def log_poisson_cdf(count: Scalar, mean: Scalar) -> Float[Array, ""]:
    """log of the probability of `count` events or fewer where `mean` are expected; finite for any `mean`.

    The regularised incomplete gamma function Q(count + 1, mean), far out in its tail by Legendre's continued fraction.
    """
    a, x = jnp.broadcast_arrays(jnp.asarray(count) + 1.0, jnp.asarray(mean))
    near = (x < a + 1) | (gammaincc(a, x) > 1e-25)
    far = jnp.where(near, a + 100.0, x)

    def term(i, tail):
        k = TAIL_TERMS - i
        return k * (k - a) / (far + 2 * k + 1 - a - tail)

    tail = jax.lax.fori_loop(0, TAIL_TERMS, term, jnp.zeros_like(far))
    log_tail = a * jnp.log(far) - far - gammaln(a) - jnp.log(far + 1 - a - tail)
    return jnp.where(near, jnp.log(gammaincc(a, jnp.where(near, x, 1.0))), log_tail)


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
    """
    log_miss = jnp.log1p(-jnp.asarray(level))
    largest = observed - log_miss + jnp.sqrt(log_miss * (log_miss - 2 * observed))  # Chernoff: above it for any background
    excess = lambda signal: jnp.log(poisson_cls(signal, observed, background)) - log_miss
    return crossing(excess, jnp.zeros_like(largest), largest).value
