"""A field in its box: its values on a grid, which edges of the grid a curve crosses, and the way from a guess to a zero."""

import dataclasses

import numpy as np

from jaxdump.numerics.level_sets.curves import Curve, Spots
from jaxdump.numerics.level_sets.field import Approximate, Field
from jaxdump.numerics.level_sets.stretched import Stretched


@dataclasses.dataclass
class Survey:
    """A field, its box, its (nx, ny) values on a grid, and the number of gradients asked for since."""

    field: Field
    low: np.ndarray
    high: np.ndarray
    tolerance: float
    values: np.ndarray
    gradients: int = 0
    slow: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 3)))
    """(k, 3) points x, y around which steps are short, and the shortest that is asked for."""

    def __post_init__(self):
        self.precision = precision = float(np.finfo(self.values.dtype).eps)
        self.cell = (self.high - self.low) / (np.array(self.values.shape) - 1)
        self.zero = max(1e-10, 100 * precision)
        self.blur = 8 * precision * float(np.max(np.abs([self.low, self.high])))
        self.changes = sign_changes(self.values)

    @property
    def smallest(self) -> float:
        """The shortest step."""
        return max(1e-2 * self.tolerance, 16 * self.blur)

    def longest(self, at: np.ndarray) -> np.ndarray:
        """(k,) the longest step from each of (k, 2) points."""
        distance = np.linalg.norm(at[:, None] - self.slow[:, :2], axis=-1)
        return np.min(np.maximum(distance / 2, self.slow[:, 2]), axis=1, initial=np.inf)

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values and gradients, float64, of any number of points."""
        if not len(points):
            return np.empty(0), np.empty((0, 2))
        self.gradients += len(points)
        values, gradients = self.field.value_and_gradient(points)
        return values.astype(float), gradients.astype(float)

    def exact(self, points: np.ndarray) -> np.ndarray:
        """Values to the last digit, float64."""
        return self.field.values(points).astype(float) if isinstance(self.field, Approximate) else self(points)[0]

    def blur_at(self, at: np.ndarray) -> np.ndarray | float:
        """(k,) distance from each of (k, 2) points that cannot be told, for the rounding of x and y."""
        own = self.field.rounding(at) if isinstance(self.field, Stretched) else 0.0
        return np.maximum(self.blur, 8 * self.precision * own)

    def is_zero(self, at: np.ndarray, value: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Whether the value at each of (k, 2) points is as small as the precision lets it be."""
        return np.abs(value) <= self.zero + self.blur_at(at) * np.linalg.norm(gradient, axis=-1)

    def leaves(self, at: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Whether `direction` leads out of the box from a point on its edge, rounding apart."""
        first, last = at <= self.low + self.blur, at >= self.high - self.blur
        return np.any(first & (direction < 0) | last & (direction > 0), axis=-1)


def sign_changes(values: np.ndarray) -> np.ndarray:
    """(2, nx, ny) whether the sign changes from a node to the next one along each axis."""
    sign = np.where(np.isfinite(values), np.where(values > 0, 1, -1), 0)
    changes = np.zeros((2, *values.shape), dtype=bool)
    changes[0, :-1] = sign[:-1] * sign[1:] < 0
    changes[1, :, :-1] = sign[:, :-1] * sign[:, 1:] < 0
    return changes


def crossings(survey: Survey, paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The crossings of the (k, m, 2) `paths` with edges of the grid: (c,) paths, and (3, c) indices into `Survey.changes`.

    The pieces of a path have to be shorter than a cell.
    """
    nodes = (paths - survey.low) / survey.cell
    crossing, edges = [], []
    for axis in (0, 1):
        column = np.floor(nodes[..., axis])
        path, piece = np.nonzero(column[:, :-1] != column[:, 1:])
        start, stop = nodes[path, piece], nodes[path, piece + 1]
        line = np.maximum(column[path, piece], column[path, piece + 1])
        share = (line - start[:, axis]) / (stop - start)[:, axis]
        row = np.floor(start[:, 1 - axis] + share * (stop - start)[:, 1 - axis])
        crossing.append(path)
        edges.append(np.stack([np.full_like(line, 1 - axis), *((line, row) if axis == 0 else (row, line))]))
    last = np.array(survey.changes.shape)[:, None] - 1
    return np.concatenate(crossing), np.clip(np.concatenate(edges, axis=1).astype(int), 0, last)


def crossed(survey: Survey, curves: list[Curve]) -> np.ndarray:
    """Whether each edge of the grid is crossed by a curve; in the shape of `Survey.changes`."""
    crossed = np.zeros_like(survey.changes)
    for curve in curves:
        beyond = 1e-6 * survey.cell * curve.tangents[[0, -1]]  # so that an end on the box's edge crosses it
        path = np.concatenate([curve.points[:1] - beyond[:1], curve.path(), curve.points[-1:] + beyond[1:]])
        crossed[tuple(crossings(survey, path[None])[1])] = True
    return crossed


def spots_at(survey: Survey, at: np.ndarray, value: np.ndarray, gradient: np.ndarray, pinned: np.ndarray) -> Spots:
    with np.errstate(all="ignore"):
        tangent = np.stack([gradient[:, 1], -gradient[:, 0]], axis=-1) / np.linalg.norm(gradient, axis=-1)[:, None]
    found = survey.is_zero(at, value, gradient) & np.isfinite(tangent).all(axis=-1)
    return Spots(at, tangent, value, found, pinned)


FAR = 3
"""Number of cells from a node within which a zero may hide."""


def within_reach(survey: Survey, at: np.ndarray, value: np.ndarray, slope: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Whether the next step, in full length, ends within `FAR` cells of `home`."""
    with np.errstate(all="ignore"):
        step = slope * (value / np.vecdot(slope, slope))[:, None]
    return (np.abs(at - step - home) < FAR * survey.cell).all(axis=-1)


def project(
    survey: Survey, guess: np.ndarray, limit: np.ndarray | float, rounds: int = 6, home: np.ndarray | None = None
) -> Spots:
    """Newton's method along the gradient, in steps up to `limit`; along the box's edge from where a step would leave it.

    With a `home` for each guess it is given up where the tangent meets zero more than `FAR` cells from there: beside a maximum
    the function lies below its tangent, so that it has no zero nearer than that.
    """
    at = np.clip(guess, survey.low, survey.high)
    free, limit = at == guess, np.broadcast_to(limit, len(at))
    value, gradient = survey(at)
    for _ in range(rounds):
        slope = gradient * free
        near = True if home is None else within_reach(survey, at, value, slope, home)
        todo = np.flatnonzero(near & np.isfinite(value) & ~survey.is_zero(at, value, gradient) & (np.vecdot(slope, slope) > 0))
        if not todo.size:
            break
        size = np.linalg.norm(slope[todo], axis=-1)
        length = np.clip(value[todo] / size, -limit[todo], limit[todo])
        moved = at[todo] - slope[todo] * (length / size)[:, None]
        at[todo] = np.clip(moved, survey.low, survey.high)
        free[todo] &= at[todo] == moved
        value[todo], gradient[todo] = survey(at[todo])
    return spots_at(survey, at, value, gradient, ~free.all(axis=-1))
