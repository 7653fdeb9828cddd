"""Smooth interpolation of small tables: cubics between the points, found by a few steps of arithmetic, not by a search."""

from collections.abc import Callable
from functools import cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.typing import Scalar, Values

BUCKETS = 4096
"""Most buckets with which a `LogCurve` finds the points around a place; points nearer to each other share a bucket."""


class EvenCurve(eqx.Module):
    """A function given at 0, 1, 2, ...: cubics between these points, straight beyond both ends."""

    rows: Float[Array, "4 pieces"] | np.ndarray
    """Coefficients of 1, u, u^2 and u^3 with the distance u from the point where each piece begins; the first begins at -1."""

    def __init__(self, values: Float[Array, " n"] | np.ndarray, steps: Float[Array, " n"] | np.ndarray | None = None):
        """`steps` are the slopes, per step, at the points; left out, `even_slopes`."""
        xp = np if isinstance(values, np.ndarray) else jnp
        steps = even_slopes(values) if steps is None else steps
        rise = values[1:] - values[:-1]
        over, last = rise - steps[:-1], rise - steps[1:]
        none = xp.zeros_like(rise[:1])
        start = xp.concatenate([values[:1] - steps[:1], values])
        slope = xp.concatenate([steps[:1], steps])
        square = xp.concatenate([none, 2 * over + last, none])
        cube = xp.concatenate([none, -over - last, none])
        self.rows = xp.stack([start, slope, square, cube])

    def __call__(self, place: Values) -> Values:
        """The value at `place`, in its dtype."""
        left = jnp.clip(jnp.floor(place), -1.0, self.rows.shape[1] - 2.0)
        return cubic(jnp.asarray(self.rows, place.dtype), left.astype(jnp.int32) + 1, place - left)


def cubic(rows: Float[Array, "4 pieces *functions"], piece: Array, u: Values) -> Values:
    """The values of the polynomials number `piece` of the `rows`, at distances `u` from their beginnings."""
    start, slope, square, cube = jnp.take(rows, piece, axis=1, mode="clip")
    return start + u * (slope + u * (square + u * cube))


class LogCurve(eqx.Module):
    """A positive function given at points: cubics in (ln x, ln y) between them, constant outside, C1 at the ends.

    `slopes_of` gives the slopes at the points: `spline_slopes`, or `monotone_slopes` for a table with sharp features.

    >>> curve = LogCurve((0.001, 0.01, 0.1), (0.1, 0.2, 0.4))
    >>> [f"{value:.4f}" for value in jnp.exp(curve.log(jnp.array([0.001, 0.01, 1.0])))]
    ['0.1000', '0.2000', '0.4000']
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
        knots, rows = pieces(self.log_x, self.log_y, self.slopes)
        position = jnp.clip(jnp.log(x), self.log_x[0], self.log_x[-1])
        knots, piece = jnp.asarray(knots, x.dtype), found(self.log_x, position)
        u = position - jnp.take(knots, piece, mode="clip")
        return cubic(jnp.asarray(rows, x.dtype), piece, u) + jnp.log(self.scale)


class LogTable(eqx.Module):
    """Several functions given at the same points: cubics in ln x between them that rise and fall only where the points do.

    They are constant beyond both ends.

    >>> table = LogTable(np.array([1.0, 10.0, 100.0]), np.array([[0.0, 1.0], [1.0, 1.0], [2.0, -1.0]]))
    >>> table(jnp.array(10.0)).tolist()
    [1.0, 1.0]
    """

    log_x: tuple[float, ...] = eqx.field(static=True)
    rows: np.ndarray
    """Coefficients (4, pieces, functions) of 1, u, u^2 and u^3 with the distance u from where each piece begins."""

    def __init__(self, x: np.ndarray, values: np.ndarray):
        """`values` are (points, functions)."""
        self.log_x = tuple(np.log(x).tolist())
        of = [pieces(self.log_x, tuple(y.tolist()), tuple(monotone_slopes(np.log(x), y).tolist()))[1] for y in values.T]
        self.rows = np.stack(of, axis=-1)

    def __call__(self, x: Values) -> Float[Array, "*shape functions"]:
        """The values of all functions at `x`, in its dtype."""
        position = jnp.clip(jnp.log(x), self.log_x[0], self.log_x[-1])
        piece = found(self.log_x, position)
        u = position - jnp.take(jnp.asarray(self.log_x, x.dtype), piece, mode="clip")
        return cubic(jnp.asarray(self.rows, x.dtype), piece, u[..., None])


@cache
def pieces(x: tuple[float, ...], y: tuple[float, ...], slopes: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The beginnings of the pieces of a curve through points, and their coefficients."""
    knots, values, slope = map(np.array, (x, y, slopes))
    width, rise = np.diff(knots), np.diff(values)
    over, last = rise - slope[:-1] * width, rise - slope[1:] * width
    return knots[:-1], np.stack([values[:-1], slope[:-1], (2 * over + last) / width**2, -(over + last) / width**3])


def found(knots: tuple[float, ...], position: Values) -> Array:
    """The number of `knots` at or below each position, less one.

    It comes from the bucket of the position, and one comparison for each point that a bucket may hold.
    """
    first, per_unit, below, most = buckets(knots)
    inner = jnp.asarray(knots, position.dtype)
    bucket = ((position - first) * per_unit).astype(jnp.int32)
    piece = jnp.take(jnp.asarray(below), bucket, mode="clip")
    for _ in range(most):
        piece = piece + (position >= jnp.take(inner, piece + 1, mode="clip")).astype(jnp.int32)
    return jnp.minimum(piece, len(knots) - 2)


@cache
def buckets(knots: tuple[float, ...]) -> tuple[float, float, np.ndarray, int]:
    """Even buckets over the `knots`: the first end, buckets per unit, the last knot that is surely not above what falls into
    each, and how many may follow it in one bucket.
    """
    x = np.array(knots)
    number = int(min(np.ceil(1.01 * (x[-1] - x[0]) / np.diff(x).min()), BUCKETS)) + 1
    per_unit = (number - 1) / (x[-1] - x[0])
    slack = 1e-5 * (x[-1] - x[0])  # of float32, which may put a place into the bucket beside it
    starts = x[0] + np.arange(number) / per_unit
    below = np.maximum(np.searchsorted(x, starts - slack, side="right") - 1, 0)
    inside = np.searchsorted(x, starts + 1 / per_unit + slack, side="right") - 1 - below
    return float(x[0]), float(per_unit), below.astype(np.int32), int(inside.max())


def even_slopes(values: Float[Array, " n"] | np.ndarray) -> Array | np.ndarray:
    """Slopes per step of a smooth function on even points, of fourth order but for the two at each end."""
    xp = np if isinstance(values, np.ndarray) else jnp
    near, far = values[2:] - values[:-2], values[4:] - values[:-4]
    first, last = values[1:2] - values[:1], values[-1:] - values[-2:-1]
    return xp.concatenate([first, near[:1] / 2, (8 * near[1:-1] - far) / 12, near[-1:] / 2, last])


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
