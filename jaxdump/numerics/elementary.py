"""Elementary functions where their usual forms lose digits."""

import jax.numpy as jnp

from jaxdump.typing import Scalar, Values


def arccosh(ratio: Values | Scalar) -> Values:
    """The rapidity of a particle whose energy is `ratio` times its mass; zero with zero slope at 1 and below.

    ln(1 + r + sqrt(r) sqrt(2 + r)) with r = ratio - 1, which no size of r overflows and which compiles faster than jax's own.
    """
    ratio = jnp.asarray(ratio)
    open_ = ratio > 1
    rest = jnp.where(open_, ratio - 1, 1.0)
    return jnp.where(open_, jnp.log1p(rest + jnp.sqrt(rest) * jnp.sqrt(rest + 2)), 0.0)


def arcsinh(x: Values) -> Values:
    """The area hyperbolic sine, to the precision of 1 where it is small: ln(|x| + sqrt(1 + x^2)), which compiles faster."""
    return jnp.sign(x) * jnp.log(jnp.abs(x) + jnp.sqrt(1 + x * x))


def minus_log1p(u: Values) -> Values:
    """u - ln(1 + u) to the last digits, for u > -1."""
    near = jnp.abs(u) < 0.25
    small = jnp.where(near, u, 0.0)
    r = small / (2 + small)
    series = jnp.zeros_like(r)
    for k in range(7, -1, -1):
        series = series * r**2 + 1 / (2 * k + 3)
    large = jnp.where(near, 1.0, jnp.maximum(u, -1 + jnp.finfo(u.dtype).eps))
    return jnp.where(near, r * (small - 2 * r**2 * series), large - jnp.log1p(large))


def atanh_excess(w: Values, odds: Values) -> Values:
    """atanh w - w for 0 <= w < 1, where `odds` = 2 w / (1 - w) is given too, because 1 - w would cancel."""
    small = w < 0.15
    s = jnp.where(small, w, 0.0) ** 2
    series = w * s * (1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13 + s / 15))))))
    return jnp.where(small, series, 0.5 * jnp.log(1 + jnp.where(small, 1.0, odds)) - w)
