"""A field in a piece of its box between kinks.

Right of a threshold functions go like the square root of the distance to it, or its logarithm, which no polynomial follows. So
a piece is stretched beside its kinks: x is quadratic in the variable in which curves are followed; a root is straight there.
"""

from typing import NamedTuple

import numpy as np

from jaxdump.numerics.level_sets.field import Approximate, Field

BESIDE = 1e-9
"""Distance from a kink at which pieces end: nearer, the difference to it is rounded."""


class Stretch(NamedTuple):
    """x between `start` and `start` + `width` as a function of u from 0 to `length`: quadratic from the ends that are `kinks`.

    Its slope is one at most.
    """

    start: float
    width: float
    kinks: tuple[bool, bool]

    @classmethod
    def between(cls, low: float, high: float, kinks: tuple[bool, bool]) -> "Stretch":
        return cls(low, high - low, kinks)

    @property
    def length(self) -> float:
        return self.width * (1.0, 2.0, 1.5)[sum(self.kinks)]

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

    def place(self, x: np.ndarray) -> np.ndarray:
        """u at which x lies; the nearest end if it lies beyond."""
        share = np.clip((x - self.start) / self.width, 0.0, 1.0)
        t = {
            (False, False): lambda: share,
            (True, False): lambda: np.sqrt(share),
            (False, True): lambda: 1 - np.sqrt(1 - share),
            (True, True): lambda: 0.5 - np.sin(np.arcsin(1 - 2 * share) / 3),
        }[self.kinks]()
        return self.length * t


class Stretched:
    """A field in one piece, as a function of (u, y)."""

    def __init__(self, field: Field, stretch: Stretch):
        self.field, self.stretch = field, stretch

    def at(self, points: np.ndarray) -> np.ndarray:
        """(k, 2) points of (u, y) as points of (x, y)."""
        return np.stack([self.stretch.x_and_slope(points[:, 0])[0], points[:, 1]], axis=1)

    def rounding(self, points: np.ndarray) -> np.ndarray:
        """(k,) how much u changes where x changes by the size of it."""
        x, slope = self.stretch.x_and_slope(points[:, 0])
        return np.abs(x) / np.maximum(slope, np.finfo(float).tiny)

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        return self.field.grid(self.stretch.x_and_slope(xs)[0], ys)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = self.field.value_and_gradient(self.at(points))
        _, slope = self.stretch.x_and_slope(points[:, 0])
        return value, gradient * np.stack([slope, np.ones_like(slope)], axis=1)


class StretchedApproximate(Stretched):
    """A field in one piece, as a function of (u, y), whose slopes are a little off."""

    field: Approximate

    def values(self, points: np.ndarray) -> np.ndarray:
        return self.field.values(self.at(points))


def stretched(field: Field, low: float, high: float, kinks: tuple[bool, bool]) -> Stretched:
    kind = StretchedApproximate if isinstance(field, Approximate) else Stretched
    return kind(field, Stretch.between(low, high, kinks))
