"""Level sets of functions with kinks and jumps at known x: the pieces between them, and their curves joined."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from jaxdump.numerics.level_sets.curves import Curve, CurveStatus, Joined
from jaxdump.numerics.level_sets.stretched import BESIDE, Stretched
from jaxdump.numerics.level_sets.tracing import chains

FEWEST = 6
"""Cells in x of the smallest piece."""


class Side(NamedTuple):
    """The end of a curve at a kink: where, of which curve, and whether the curve ends there, or begins."""

    y: float
    curve: int
    ends: bool


def parts(low: float, high: float, kinks: Sequence[float], cells: int) -> list[tuple[float, float, tuple[bool, bool], int]]:
    """Each piece between `low` and `high`: its ends, which of them are kinks, and its cells; a kink at an edge is the edge."""
    near = 10 * BESIDE
    inside = sorted({kink for kink in kinks if low - near < kink < high + near})
    apart = [kink for before, kink in pairwise([-np.inf, *inside]) if kink - before > near]
    at_ends = [next((kink for kink in apart if abs(kink - end) <= near), None) for end in (low, high)]
    first, last = (end if kink is None else kink for kink, end in zip(at_ends, (low, high), strict=True))
    edges = [first, *(kink for kink in apart if first < kink < last), last]
    share = lambda a, b: max(FEWEST, round(cells * (b - a) / (high - low)))
    is_kink = lambda i: 0 < i < len(edges) - 1 or at_ends[bool(i)] is not None
    return [(a, b, (is_kink(i), is_kink(i + 1)), share(a, b)) for i, (a, b) in enumerate(pairwise(edges))]


def joined(
    curves: Sequence[Sequence[Curve]], pieces: Sequence[Stretched], grids: Sequence[np.ndarray], ys: tuple[float, float]
) -> tuple[Joined, ...]:
    """The curves of neighbouring `pieces` joined at the kinks between them, along the kink where the function jumps.

    `grids` are the values of the pieces, whose signs at the lowest y tell on which stretches of a kink the two sides differ.
    """
    every, places = [], []
    for own, piece in zip(curves, pieces, strict=True):
        for curve in own:
            points, dense = piece.at(curve.points), piece.at(curve.path())
            every.append(Joined(points, dense, curve.closed, curve.status, curve.max_residual))
            places.append((piece, curve))
    follows = dict[int, int]()
    for left, right, before, after in zip(pieces, pieces[1:], grids, grids[1:], strict=False):
        sides = sorted([*sides_at(places, left, 1), *sides_at(places, right, 0)])
        if (before[-1, 0] > 0) != (after[0, 0] > 0):
            sides.insert(0, corner(every, right.stretch.start, ys[0], ends=bool(before[-1, 0] > 0)))
        if len(sides) % 2:
            sides.append(corner(every, right.stretch.start, ys[1], ends=bool(after[0, -1] > 0)))
        for pair in zip(sides[::2], sides[1::2], strict=True):
            first, second = sorted(pair, key=lambda side: not side.ends)
            if first.ends and not second.ends:
                follows[first.curve] = second.curve
    heads = sorted(set(range(len(every))) - set(follows.values()))
    order = chains(heads, [follows.get(i, -1) for i in range(len(every))])
    return tuple(chained([every[i] for i in members], closed=last == members[0]) for members, last in order)


def sides_at(places: Sequence[tuple[Stretched, Curve]], piece: Stretched, end: int) -> list[Side]:
    """The ends of curves at the left (0) or right (1) end of a piece."""
    here = lambda point: abs(point[0] - piece.stretch.ends[end]) < BESIDE
    mine = [(i, curve) for i, (own, curve) in enumerate(places) if own is piece and not curve.closed]
    found = [Side(curve.points[-k, 1], i, bool(k)) for i, curve in mine for k in (0, 1) if here(curve.points[-k])]
    return found


def corner(every: list[Joined], x: float, y: float, ends: bool) -> Side:
    """A corner of the box, a curve of one point, to which a jump reaches."""
    point = np.array([[x, y]])
    every.append(Joined(point, point, False, CurveStatus.COMPLETE, 0.0))
    return Side(y, len(every) - 1, ends)


def chained(members: Sequence[Joined], closed: bool) -> Joined:
    """One curve after the other."""
    if len(members) == 1 and not closed:
        return members[0]
    points, dense = (np.concatenate([getattr(one, name) for one in members]) for name in ("points", "dense"))
    dense = np.concatenate([dense, dense[:1]]) if closed else dense
    worst = max((one.status for one in members), key=[CurveStatus.COMPLETE, CurveStatus.DOUBTFUL, CurveStatus.INCOMPLETE].index)
    return Joined(points, dense, closed, worst, max(one.max_residual for one in members))
