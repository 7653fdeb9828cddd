"""A field in a piece of its box between kinks.

Right of a threshold functions go like the square root of the distance to it, or its logarithm, which no polynomial follows. So
a piece is stretched beside its kinks: x is quadratic in the variable in which curves are followed; a root is straight there.
"""

import numpy as np

from jaxdump.level_sets.field import Approximate, Field

BESIDE = 1e-9
"""Distance from a kink at which pieces end: nearer, the difference to it is rounded."""


class Stretched:
    """A field in one piece, as a function of (u, y): x moves at most as fast as u, and quadratically from its kinks."""

    def __init__(self, field: Field, low: float, high: float, kinks: tuple[bool, bool]):
        self.field, self.start, self.width, self.kinks = field, low, high - low, kinks
        self.length = self.width * (1.0, 2.0, 1.5)[sum(kinks)]

    @property
    def ends(self) -> tuple[float, float]:
        """u where the piece begins and ends, `BESIDE` its kinks."""
        beside = self.length * np.sqrt(BESIDE / self.width)
        return self.kinks[0] * beside, self.length - self.kinks[1] * beside

    def x_and_slope(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and dx/du."""
        t = u / self.length
        share, slope = {
            (False, False): lambda: (t, np.ones_like(t)),
            (True, False): lambda: (t**2, t),
            (False, True): lambda: (t * (2 - t), 1 - t),
            (True, True): lambda: (t**2 * (3 - 2 * t), 4 * t * (1 - t)),
        }[self.kinks]()
        return self.start + self.width * share, slope

    def at(self, points: np.ndarray) -> np.ndarray:
        """(k, 2) points of (u, y) as points of (x, y)."""
        return np.stack([self.x_and_slope(points[:, 0])[0], points[:, 1]], axis=1)

    def rounding(self, points: np.ndarray) -> np.ndarray:
        """(k,) how much u changes where x changes by the size of it."""
        x, slope = self.x_and_slope(points[:, 0])
        return np.abs(x) / np.maximum(slope, np.finfo(float).tiny)

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        return self.field.grid(self.x_and_slope(xs)[0], ys)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = self.field.value_and_gradient(self.at(points))
        _, slope = self.x_and_slope(points[:, 0])
        return value, gradient * np.stack([slope, np.ones_like(slope)], axis=1)


class StretchedApproximate(Stretched):
    """The same of a field whose slopes are a little off."""

    field: Approximate

    def values(self, points: np.ndarray) -> np.ndarray:
        return self.field.values(self.at(points))


def stretched(field: Field, low: float, high: float, kinks: tuple[bool, bool]) -> Stretched:
    kind = StretchedApproximate if isinstance(field, Approximate) else Stretched
    return kind(field, low, high, kinks)
