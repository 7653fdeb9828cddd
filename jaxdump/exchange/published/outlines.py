"""The geometry of published curves: closed lines, the edge on which a point lies, and points that only close a figure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

STEEP = 10.0
"""Factor by which the end of a line drops where it only closes the line at the top of a figure."""
SAME = 1e-3
"""Relative difference of numbers that a digitised curve does not tell apart."""
UPRIGHT = 100.0
"""The slope in logarithms from which on a side of a region is neither its lower nor its upper edge."""
LEVEL = 0.01
"""Relative difference of the heights of a level top."""
LEVEL_PART = 0.1
"""Least part of a region's length in ln(mass) of a level top that is the end of a figure."""
FAR = 100.0
"""Factor by which a vertex at zero is drawn below the least mass, or coupling."""


class Outline(NamedTuple):
    """One line, or the border of one region."""

    mass: np.ndarray
    """(n,) masses [GeV]"""
    coupling: np.ndarray
    """(n,) couplings; nan where there is no limit."""
    compared: np.ndarray
    """(n,) whether a point is a limit."""
    edge: np.ndarray
    """(n,) "lower" or "upper", or "" if one cannot know."""
    closed: bool
    assumed: bool
    """Whether the outline is closed though its last point does not repeat the first."""
    cut: float = 0.0
    """The coupling of a level top that is not compared, if there is one."""


def of_points(mass: np.ndarray, coupling: np.ndarray) -> Outline:
    """The outline of points in their order; vertices at zero are drawn far away."""
    at_zero = (mass == 0) | (coupling == 0)
    mass, coupling = drawn(mass), drawn(coupling)
    edge, compared = np.full(mass.size, "", dtype="<U5"), np.isfinite(coupling) & ~at_zero
    known = np.flatnonzero(np.isfinite(coupling))
    if known.size < 2:
        return Outline(mass, coupling, compared, edge, False, False)
    x, y = np.log(mass[known]), np.log(coupling[known])
    repeats = known.size > 3 and bool(np.allclose([x[0], y[0]], [x[-1], y[-1]], rtol=0, atol=1e-6))
    at_left = bool(at_zero[known[0]] or at_zero[known[-1]]) and turns(x)
    cut = 0.0
    closed = bool(np.ptp(x) > 0) and (repeats or (known.size > 2 and (at_left or ends_meet(x) or has_level_end(x, y))))
    if closed:
        edge[known] = edges(x, y)
        top = level_top(x, y, edge[known])
        compared[known] &= (edge[known] != "") & ~top
        cut = float(np.max(coupling[known][top], initial=0.0))
    else:
        compared[known] &= ~closes(x, y)
    return Outline(mass, coupling, compared, edge, closed, closed and not repeats, cut)


def of_edges(mass: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Outline:
    """The outline of a lower and an upper coupling at each mass: the upper ones backwards.

    Upper couplings on a level top are an edge, which was calculated, unless they end a figure at a round number.
    """
    some = mass > 0
    every = np.append(mass[some], mass[some][::-1])
    coupling = np.append(lower[some], upper[some][::-1])
    edge = np.repeat(np.array(["lower", "upper"]), np.count_nonzero(some))
    known = np.flatnonzero(np.isfinite(coupling))
    compared = np.isfinite(coupling)
    top = level_top(np.log(every[known]), np.log(coupling[known]), edge[known])
    cut = float(np.max(coupling[known][top], initial=0.0))
    if not is_round(cut):
        return Outline(every, coupling, compared, edge, True, False)
    compared[known] &= ~top
    return Outline(every, coupling, compared, edge, True, False, cut)


def is_round(value: float) -> bool:
    """Whether a number, or its square, is one digit and a power of ten, as far as three digits of it tell."""
    return any(abs(number / float(f"{number:.0e}") - 1) < 2 * SAME for number in (value, value**2) if number > 0)


def drawn(values: np.ndarray) -> np.ndarray:
    """The values, but zeros far below all others."""
    positive = values[values > 0]
    return np.where(values == 0, positive.min() / FAR, values) if positive.size else values


def ends_meet(x: np.ndarray) -> bool:
    """Whether a line ends no further from its beginning in ln(mass) than its longest step, or a hundredth of its length.

    A line that goes on to higher masses does not: its ends are all its steps apart.
    """
    return bool(abs(x[-1] - x[0]) <= max(np.max(np.abs(np.diff(x))), 0.01 * np.ptp(x)))


def turns(x: np.ndarray) -> bool:
    """Whether a line does not go on to higher, or to lower, masses throughout."""
    return not (np.all(np.diff(x) > 0) or np.all(np.diff(x) < 0))


def has_level_end(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether the top of a figure closes a line: there it has both ends, or turns and runs along, far above its bottom."""
    top = y > y.max() - SAME
    if y.min() > y.max() - np.log(STEEP):
        return False
    along = [top[i] and top[j] and abs(x[i] - x[j]) > LEVEL_PART * np.ptp(x) for i, j in ((0, 1), (-1, -2))]
    return bool((top[0] and top[-1]) or (turns(x) and any(along)))


def edges(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The edge of each vertex of a region: that of its longer side in ln(mass); none between upright sides."""
    new = (np.abs(np.diff(x, prepend=x[-1])) > 1e-12) | (np.abs(np.diff(y, prepend=y[-1])) > 1e-12)
    px, py = x[new], y[new]
    width = np.abs(np.roll(px, -1) - px)
    width = np.where(np.abs(np.roll(py, -1) - py) > UPRIGHT * width, 0.0, width)
    before = np.roll(width, 1)
    below = sides_below(px, py)
    lower = np.where(width >= before, below, np.roll(below, 1)) % 2 == 0
    found = np.where(np.maximum(width, before) > 0, np.where(lower, "lower", "upper"), "")
    return found[np.cumsum(new) - 1]


def sides_below(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The number of sides below the middle of each side: an even number below a lower edge."""
    ahead, above = np.roll(x, -1), np.roll(y, -1)
    left, right = np.minimum(x, ahead), np.maximum(x, ahead)
    slope = (above - y) / np.where(ahead == x, 1.0, ahead - x)
    below = np.zeros(x.size, int)
    for i, (middle, height) in enumerate(zip((x + ahead) / 2, (y + above) / 2, strict=True)):
        passes = (left <= middle) & (middle < right) & (y + slope * (middle - x) < height)
        passes[i] = False
        below[i] = np.count_nonzero(passes)
    return below


def level_top(x: np.ndarray, y: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """The points of a region on a level top, which only ends a figure."""
    top = (y > y.max() - LEVEL) & (edge != "lower")
    return top if np.any(top) and np.ptp(x[top]) > LEVEL_PART * np.ptp(x) else np.zeros(x.size, bool)


def closes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The points that only close an open line at the top of a figure.

    They are the highest of the line and drop steeply to the next mass, or lie at an end right above the point before.
    """
    top = y > y.max() - 0.1
    steep = (np.abs(np.diff(x)) < 0.03) & (np.abs(np.diff(y)) > np.log(STEEP))
    upright = np.zeros(x.size, bool)
    if x.size > 2:
        upright[0] = abs(x[0] - x[1]) < 1e-9 and y[0] > y[1]
        upright[-1] = abs(x[-1] - x[-2]) < 1e-9 and y[-1] > y[-2]
    return upright | (top & (np.append(steep, False) | np.append(False, steep)))


def whole_lines(parts: Sequence[tuple[np.ndarray, bool]]) -> list[np.ndarray]:
    """The lines (n, 2) that parts make: a part is joined to the one before if it begins at the end of that one.

    The second of a pair tells whether only comments stand between a part and the one before: the part then need not begin at
    the same point, if that one is not closed. Parts of one point are no outlines: if most parts are, all are one line.
    """
    if np.median([len(part) for part, _ in parts]) < 2:
        return [np.concatenate([part for part, _ in parts])]
    lines: list[np.ndarray] = []
    for part, goes_on in parts:
        if lines and follows(lines[-1], part, goes_on):
            lines[-1] = np.concatenate([lines[-1], part])
        elif lines and follows(lines[-1], part[::-1], False):
            lines[-1] = np.concatenate([lines[-1], part[::-1]])
        else:
            lines.append(part)
    return lines


def follows(line: np.ndarray, part: np.ndarray, goes_on: bool) -> bool:
    """Whether a part begins where a line that is not closed ends."""
    with np.errstate(divide="ignore"):
        x = np.log(line[:, 0])
    if len(line) > 2 and ends_meet(x):
        return False
    if np.allclose(line[-1], part[0], rtol=SAME, atol=0):
        return True
    masses = np.concatenate([line[:, 0], part[:, 0]])
    steps = np.abs(np.diff(np.log(masses))) if np.all(masses > 0) else np.array([np.inf])
    return goes_on and steps[len(line) - 1] <= 1.5 * np.max(np.delete(steps, len(line) - 1), initial=0)
