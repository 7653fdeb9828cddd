"""A spherical detector that particles cross from anywhere: how many do, and what happens along their chords.

Chords of a length l have the density 2 l / D^2, where D = 2 R is the diameter; their mean is 4 R / 3.
"""

import math

import jax.numpy as jnp

from jaxdump.typing import Scalar, Values
from jaxdump.units import KILOTONNES_PER_M3, SECONDS_PER_YEAR

MEAN_CHORD = 4 / 3
"""Mean length of a chord, in radii."""
MANY = 100.0
"""Largest mean number of hits that is used: beyond it few hits never happen, and a larger number changes no value."""


def log_crossing(radius: Scalar, density: Scalar) -> Scalar:
    """Logarithm of the particles that cross a sphere, per kt yr of it and per particle per m2 s.

    The cross-section per mass of a sphere of `radius` R [m] and `density` rho [g/cm3] is 3 / (4 R rho) from all directions.
    """
    return jnp.log(0.75 * SECONDS_PER_YEAR / (radius * density * KILOTONNES_PER_M3))


def log_multiple_over_power(log_mean: Values, hits: int) -> Values:
    """Logarithm of the probability of at least `hits` for a mean exp(`log_mean`) = mu, over mu^hits: -log(hits!) for small mu.

    The probability is 1 - e^-mu (1 + mu + mu^2/2 + ...), and below mu = hits it is the series
    mu^k e^-mu (1 + mu / (k + 1) (1 + mu / (k + 2) (1 + ...))) / k!.
    """
    mean = jnp.exp(jnp.minimum(log_mean, math.log(MANY)))
    few = mean < hits
    small, large = jnp.where(few, mean, 0.0), jnp.where(few, hits, mean)
    more, fewer = jnp.ones_like(mean), jnp.ones_like(mean)
    for j in reversed(range(hits + 1, 2 * hits + 30)):
        more = 1 + small / j * more
    for j in reversed(range(1, hits)):
        fewer = 1 + large / j * fewer
    series = jnp.log(more) - small - math.lgamma(hits + 1)
    return jnp.where(few, series, jnp.log1p(-jnp.exp(-large) * fewer) - hits * log_mean)


def log_multiple_in_sphere(log_mean: Values, hits: int) -> Values:
    """Logarithm of the probability of at least `hits` on a path through a sphere, with a mean exp(`log_mean`) on a diameter.

    The mean over the chords is P(k, mu) - k (k + 1) P(k + 2, mu) / mu^2. Derived here.
    """
    single, deeper = (log_multiple_over_power(log_mean, k) for k in (hits, hits + 2))
    return hits * log_mean + single + jnp.log1p(-hits * (hits + 1) * jnp.exp(deeper - single))
