"""The result of a search: curves through points, the cubics between the points, and statuses."""

from typing import NamedTuple, Self

import numpy as np

from jaxdump.numerics.status import AbstractStatus


class CurveStatus(AbstractStatus):
    """The quality of a curve: whether it was followed to its ends, and how well.

    INCOMPLETE: a jump from one sign to the other, not a number, or more than `tracing.MAX_STEPS`. DOUBTFUL: crossings remain
    even in shorter steps, or half way between two points |f| is above the tolerance or no number.
    """

    COMPLETE = 0, "closed, or from the edge of the box to the edge of the box"
    INCOMPLETE = 1, "an island ends inside the box, at a jump or at what is no number: see limits at masses there"
    DOUBTFUL = 2, "an island crosses itself or misses the tolerance somewhere: choose a smaller box or tolerance"


class Cover(AbstractStatus):
    """The curves in a box, or the sign of the function if there are none; numbered like `roots.Status`."""

    CURVES = 0, "at least one curve is in the box"
    NEGATIVE = 1, "nothing in the box is excluded"
    POSITIVE = 2, "everything in the box is excluded"
    UNDEFINED = 3, "no boundary was found, but the statistic is not a number, or jumps, somewhere in the box"


class SearchStatus(AbstractStatus):
    """Whether there may be more curves than were found. UNFINISHED: `search.MAX_ROUNDS` ended the search."""

    COMPLETE = 0, "each change of sign on the grid is on a curve"
    JUMPS = 1, "the sign changes somewhere off the islands: a jump, or noise; compare with limits at masses there"
    UNFINISHED = 2, "the search was given up before every change of sign was on an island: choose a smaller box"


class Link(NamedTuple):
    """Cubics between points `p` and `q` with tangents `tp` and `tq`, all (..., 2), at the speed of a circle's arc."""

    p: np.ndarray
    q: np.ndarray
    tp: np.ndarray
    tq: np.ndarray

    @property
    def chord(self) -> np.ndarray:
        return np.linalg.norm(self.q - self.p, axis=-1)

    @property
    def arc(self) -> np.ndarray:
        half = np.arcsin(np.clip(np.linalg.norm(self.tq - self.tp, axis=-1) / 2, 0, 1))
        return self.chord / np.sinc(half / np.pi)

    def at(self, s: np.ndarray | float) -> np.ndarray:
        """The points at share `s` of the way."""
        s, arc = np.asarray(s)[..., None], self.arc[..., None]
        middle = (1 + 2 * s) * (1 - s) ** 2 * self.p + s**2 * (3 - 2 * s) * self.q
        return middle + s * (1 - s) * arc * ((1 - s) * self.tp - s * self.tq)

    def velocity(self, s: np.ndarray | float) -> np.ndarray:
        """The derivative of `at`."""
        s, arc = np.asarray(s)[..., None], self.arc[..., None]
        return 6 * s * (1 - s) * (self.q - self.p) + arc * ((1 - s) * (1 - 3 * s) * self.tp - s * (2 - 3 * s) * self.tq)

    def nearest(self, at: np.ndarray) -> np.ndarray:
        """The shares of the way, 0 to 1, at which the links are nearest to the points `at`."""
        with np.errstate(all="ignore"):
            s = np.clip(np.vecdot(at - self.p, self.q - self.p) / self.chord**2, 0, 1)
            for _ in range(2):
                velocity = self.velocity(s)
                s = np.clip(s + np.vecdot(at - self.at(s), velocity) / np.vecdot(velocity, velocity), 0, 1)
        return s

    def path(self, pieces: int) -> np.ndarray:
        """(links, pieces + 1, 2) points along each link, both ends included."""
        return np.moveaxis(self.at(np.linspace(0, 1, pieces + 1)[:, None]), 0, 1)

    def pick(self, index) -> Self:
        return type(self)(*(a[index] for a in self))


class Curve(NamedTuple):
    """A connected piece of the zero level set, with the positive side on its left."""

    points: np.ndarray
    """(n, 2) in the order of travel; a closed curve does not repeat its first point."""
    tangents: np.ndarray
    """(n, 2) unit vectors in the direction of travel."""
    closed: bool
    """Whether the curve is closed; if not, it ends at the box."""
    status: CurveStatus
    max_residual: float
    """Largest |f| at the points and half way between them, where it is finite."""

    def links(self) -> Link:
        """The links between all neighbours, with the way back to the start if the curve is closed."""
        ahead = [np.roll(a, -1, axis=0) for a in self[:2]]
        return Link(self.points, ahead[0], self.tangents, ahead[1]).pick(slice(None) if self.closed else slice(-1))

    def doubted(self) -> Self:
        """The curve with the status `DOUBTFUL`, unless its own is worse."""
        return self._replace(status=CurveStatus.DOUBTFUL) if self.status == CurveStatus.COMPLETE else self

    def path(self, pieces: int = 16) -> np.ndarray:
        """(m, 2) points along the curve, `pieces` to each link; a closed curve returns to its first point."""
        dense = self.links().path(pieces)
        return np.concatenate([dense[:, :-1].reshape(-1, 2), dense[-1, -1:]])


class Joined(NamedTuple):
    """A curve through several pieces: like a `Curve`, but known between its points only as a path."""

    points: np.ndarray
    dense: np.ndarray
    """(m, 2) the points of `path`."""
    closed: bool
    status: CurveStatus
    max_residual: float

    def path(self) -> np.ndarray:
        """(m, 2) points along the curve; a closed curve returns to its first point."""
        return self.dense


class Found(NamedTuple):
    """All curves in a box."""

    curves: tuple[Curve | Joined, ...]
    cover: Cover
    status: SearchStatus
    evaluations: int
    """Number of values at grid nodes."""
    gradients: int
    """Number of values with gradients at points, padding not counted."""


class Spots(NamedTuple):
    """Points of the level set, or failed attempts at such."""

    at: np.ndarray
    """(k, 2)"""
    tangent: np.ndarray
    """(k, 2) unit vectors with the positive side on the left."""
    value: np.ndarray
    """(k,)"""
    found: np.ndarray
    """(k,) whether the value is zero."""
    pinned: np.ndarray
    """(k,) whether the search was held back by the box's edge."""

    def pick(self, index) -> Self:
        return type(self)(*(a[index] for a in self))
