"""Smooth interpolation of small tables."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jaxdump.typing import Scalar, Values


class LogCurve(eqx.Module):
    """A positive function given at points: cubics in (ln x, ln y) between them, constant outside, C1 at the ends.

    `slopes_of` gives the slopes at the points: `spline_slopes`, or `monotone_slopes` for a table with sharp features.
    """

    log_x: tuple[float, ...] = eqx.field(static=True)
    log_y: tuple[float, ...] = eqx.field(static=True)
    slopes: tuple[float, ...] = eqx.field(static=True)
    scale: Scalar
    """A common factor on y."""

    def __init__(self, x: tuple[float, ...], y: tuple[float, ...], scale: Scalar = 1.0, slopes_of: Callable | None = None):
        self.scale = scale
        log_x, log_y = np.log(x), np.log(y)
        self.log_x, self.log_y = tuple(log_x.tolist()), tuple(log_y.tolist())
        self.slopes = tuple((slopes_of or spline_slopes)(log_x, log_y).tolist())

    def log(self, x: Values) -> Values:
        """ln y at `x`, in the dtype of `x`."""
        knots, values, slopes = (jnp.asarray(a, dtype=x.dtype) for a in (self.log_x, self.log_y, self.slopes))
        position = jnp.clip(jnp.log(x), knots[0], knots[-1])
        left = jnp.clip(jnp.searchsorted(knots, position, method="compare_all") - 1, 0, len(self.log_x) - 2)
        width = knots[left + 1] - knots[left]
        u = (position - knots[left]) / width
        rise = values[left + 1] - values[left]
        bend = (slopes[left] * width - rise) * (1 - u) - (slopes[left + 1] * width - rise) * u
        return values[left] + rise * u + u * (1 - u) * bend + jnp.log(self.scale)


def even_cubic(values: Array, steps: Array, place: Values) -> Values:
    """Cubics through `values` at 0, 1, 2, ... with the slopes `steps` there, at `place`; straight beyond both ends."""
    last = values.shape[0] - 1
    inside = jnp.clip(place, 0.0, last)
    floor = jnp.clip(jnp.floor(inside), 0.0, last - 1)
    left, u = floor.astype(jnp.int32), inside - floor
    rise = values[left + 1] - values[left]
    bend = (steps[left] - rise) * (1 - u) - (steps[left + 1] - rise) * u
    ends = jnp.where(place < 0, steps[0], steps[-1])
    return values[left] + rise * u + u * (1 - u) * bend + ends * (place - inside)


def even_slopes(values: Array) -> Array:
    """Slopes per step of a smooth function on even points, of fourth order but for the two at each end."""
    inner = (8 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / 12
    ends = [jnp.diff(values[:2]), (values[2:3] - values[:1]) / 2, (values[-1:] - values[-3:-2]) / 2, jnp.diff(values[-2:])]
    return jnp.concatenate([*ends[:2], inner, *ends[2:]])


def spline_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes at the points of the cubic spline through them that is flat at both ends."""
    inverse, secant = 1 / np.diff(x), np.diff(y) / np.diff(x)
    system, right = np.eye(x.size), np.zeros(x.size)
    for i in range(1, x.size - 1):
        system[i, i - 1 : i + 2] = inverse[i - 1], 2 * (inverse[i - 1] + inverse[i]), inverse[i]
        right[i] = 3 * (secant[i - 1] * inverse[i - 1] + secant[i] * inverse[i])
    return np.linalg.solve(system, right)


def monotone_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes with which the curve rises and falls only where the points do, flat at both ends.

    At a point between secants of one sign their weighted harmonic mean, else 0. Reference: F. N. Fritsch and J. Butland, SIAM
    J. Sci. Stat. Comput. 5, 300 (1984).
    """
    width, secant = np.diff(x), np.diff(y) / np.diff(x)
    before, after, w, v = secant[:-1], secant[1:], 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    same = before * after > 0
    mean = (w + v) / np.where(same, w / np.where(same, before, 1.0) + v / np.where(same, after, 1.0), 1.0)
    return np.concatenate([[0.0], np.where(same, mean, 0.0), [0.0]])
