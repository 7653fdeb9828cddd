"""The Earth around a detector: paths through it, and the columns of matter on them."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.typing import Scalar, Values
from jaxdump.units import CM_PER_M

EARTH_RADIUS = 6.371e6
"""Radius [m]. Dziewonski and Anderson, Phys. Earth Planet. Inter. 25, 297 (1981)."""
STANDARD_ROCK = 2.65
"""Density of standard rock [g/cm3]. PDG 2022."""
SHELLS = (
    (0.0, (STANDARD_ROCK, 0.0, 0.0, 0.0)),
    (3e3, (2.6, 0.0, 0.0, 0.0)),
    (15e3, (2.9, 0.0, 0.0, 0.0)),
    (24.4e3, (2.6910, 0.6924, 0.0, 0.0)),
    (220e3, (7.1089, -3.8045, 0.0, 0.0)),
    (400e3, (11.2494, -8.0298, 0.0, 0.0)),
    (600e3, (5.3197, -1.4836, 0.0, 0.0)),
    (670e3, (7.9565, -6.4761, 5.5283, -3.0807)),
    (2891e3, (12.5815, -1.2638, -3.6426, -5.5281)),
    (5149.5e3, (13.0885, 0.0, -8.8381, 0.0)),
)
"""Preliminary reference Earth model: the depth [m] at which each shell begins, and its density [g/cm3] in powers of r / R.

Reference: Dziewonski and Anderson, Phys. Earth Planet. Inter. 25, 297 (1981). The ocean, the outer 3 km, is standard rock here.
"""
SHELL_NODES = 12


def column(cos_zenith: Float[Array, ""], depth: Scalar) -> Float[Array, ""]:
    """Column [g/cm2] of the Earth along the straight path to a detector at `depth` [m], for a particle from `cos_zenith`.

    From below it crosses twice what lies between the depth of the detector and its own deepest point.
    """
    starts = jnp.asarray([*(start for start, _ in SHELLS), EARTH_RADIUS], jnp.result_type(cos_zenith, depth))
    ahead = column_between(jnp.minimum(starts, depth), cos_zenith, depth)
    return ahead + jnp.where(cos_zenith < 0, 2 * column_between(jnp.maximum(starts, depth), cos_zenith, depth), 0.0)


def column_between(edges: Float[Array, " k"], cos_zenith: Float[Array, ""], depth: Scalar) -> Float[Array, ""]:
    """Column [g/cm2] of shells between depths `edges` [m] on the path of `column`, on one side of its deepest point."""
    heights = height(edges, cos_zenith, depth)
    upper, lower = heights[:-1], heights[1:]
    climb = (edges[1:] - edges[:-1]) * (2 * EARTH_RADIUS - edges[1:] - edges[:-1])
    passed = lower > 0
    width = jnp.where(passed, climb / (upper + jnp.where(passed, lower, 1.0)), upper - lower)
    above, weight = gauss_legendre(SHELL_NODES, jnp.zeros_like(width), width)
    nearest_squared = (EARTH_RADIUS - depth) ** 2 * (1 - cos_zenith) * (1 + cos_zenith)
    x = jnp.sqrt(nearest_squared + (lower[:, None] + above) ** 2) / EARTH_RADIUS
    c = jnp.asarray([powers for _, powers in SHELLS], x.dtype).T[:, :, None]
    return CM_PER_M * jnp.sum(weight * (c[0] + x * (c[1] + x * (c[2] + x * c[3]))))


def height(edge: Values, cos_zenith: Float[Array, ""], depth: Scalar) -> Values:
    """Distance [m] of the path of `column` from its deepest point at the depth `edge` [m]; zero if it is never so deep."""
    level = (EARTH_RADIUS - depth) * upward(cos_zenith)
    climb = (depth - edge) * (2 * EARTH_RADIUS - depth - edge)
    squared = level**2 + climb
    reached = (squared > 0) & (edge < EARTH_RADIUS)  # of the centre rounding alone would decide
    root = jnp.where(reached, jnp.sqrt(jnp.where(reached, squared, 1.0)), 0.0)
    return jnp.where(climb == 0, level, root)


def upward(cos_zenith: Values) -> Values:
    """Absolute value of `cos_zenith`, with the derivative from above at the horizon."""
    return jnp.where(cos_zenith < 0, -cos_zenith, cos_zenith)
