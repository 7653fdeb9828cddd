"""Names beside curves, where there is room."""

import itertools
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxdump.plot.style import LONGEST, SMALL, broken, legend, plainly

PLACES = 36
"""Number of places that are tried along each side of the axes."""
FARTHEST, PAD = 14.0, 2.5
"""Largest distance [pt] of a name from its own curve, and least distance from any curve."""
BROKEN = (LONGEST, 14)
"""Lengths of a line, in characters, in the order in which they are tried."""
CLEARER = 1.6
"""Least distance of a name from every other curve, over that from its own."""


class Named(NamedTuple):
    """A name, its key, and all lines that it stands for."""

    key: Hashable
    name: str
    colour: str
    paths: Sequence[np.ndarray]
    """Lines (n, 2) in the units of the axes, broken where a number is nan."""


class Entry(NamedTuple):
    """A name in the figure, beside its curves, or in the legend with its key."""

    named: Named
    key: Artist
    listed: bool
    """Whether the name is in the legend in any case."""


def finish(axes: Axes, named: Sequence[Entry], more: Mapping[str, Artist] = {}) -> None:
    """Write names beside curves, and a legend of the names without room there and of the artists in `more`.

    A legend takes room of its own, so names are put again below it, as long as there are more without room.
    """
    figure = figure_of(axes)
    listed = [entry.named.key for entry in named if entry.listed]
    away: list[np.ndarray] = []
    others = [np.asarray(line.get_xydata(), float) for line in axes.lines if line.get_gid() == "other"]
    while True:
        for old in (*figure.legends, *(text for text in axes.texts if text.get_gid() == "name")):
            old.remove()
        shown = [(entry.key, entry.named.name) for entry in named if entry.named.key in listed]
        legend(figure, [*shown, *((key, name) for name, key in more.items())], loc="outside upper center", ncols=2)
        figure.draw_without_rendering()
        beside = [entry.named for entry in named if entry.named.key not in listed]
        left = put(axes, beside, away, others)
        if not left:
            return
        listed += [curve.key for curve in left]
        away += [path for curve in left for path in curve.paths]


def put(
    axes: Axes, curves: Sequence[Named], listed: Sequence[np.ndarray] = (), others: Sequence[np.ndarray] = ()
) -> list[Named]:
    """Write names beside their curves and return those that find no room.

    A name is nearer to its own curve than to any that is `listed` or named, and does not lie on `others`. The layout of the
    figure must be done.
    """
    points = [seen(axes, curve.paths) for curve in curves]
    away, lying, taken, left = seen(axes, listed), seen(axes, others), np.empty((0, 4)), []
    for i, (curve, own) in enumerate(zip(curves, points, strict=True)):
        rest = np.concatenate([away, *(other for j, other in enumerate(points) if j != i)])
        text = axes.text(0, 0, "", color=curve.colour, fontsize=SMALL, ha="center", va="center", gid="name")
        for width in BROKEN:
            plainly(text, broken(curve.name, width))
            half = np.array([text.get_window_extent().width, text.get_window_extent().height]) / 2
            place = best(axes, half, own, rest, lying, taken)
            if place is not None:
                text.set_position(tuple(axes.transData.inverted().transform(place)))
                taken = np.concatenate([taken, [[*place, *half]]])
                break
        else:
            text.remove()
            left.append(curve)
    return left


def best(
    axes: Axes, half: np.ndarray, own: np.ndarray, rest: np.ndarray, lying: np.ndarray, taken: np.ndarray
) -> np.ndarray | None:
    """The middle of the best free box of that half width and height, or None."""
    point = figure_of(axes).dpi / 72
    box, pad = axes.get_window_extent(), PAD * point
    low, high = np.array([box.x0, box.y0]) + half + 2 * pad, np.array([box.x1, box.y1]) - half - 2 * pad
    if not own.size or np.any(low > high):
        return None
    centres = np.stack(np.meshgrid(*np.linspace(low, high, PLACES).T, indexing="ij"), axis=-1).reshape(-1, 2)
    mine, theirs = distance(centres, half, own), distance(centres, half, rest)
    apart = np.abs(centres[:, None] - taken[None, :, :2]) - half - taken[None, :, 2:]
    free = np.all(np.any(apart > pad, axis=2), axis=1)
    good = (
        free
        & (mine > pad)
        & (distance(centres, half, lying) > pad)
        & (theirs > pad)
        & (mine < FARTHEST * point)
        & (theirs > CLEARER * mine)
    )
    if not good.any():
        return None
    return centres[np.argmin(np.where(good, mine - 0.3 * np.minimum(theirs, 3 * FARTHEST * point), np.inf))]


def distance(centres: np.ndarray, half: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(k,) from the boxes around (k, 2) centres to the nearest of (n, 2) points; zero inside, infinite without any."""
    if not len(points):
        return np.full(len(centres), np.inf)
    beyond = np.maximum(np.abs(centres[:, None] - points[None]) - half, 0.0)
    return np.min(np.hypot(beyond[..., 0], beyond[..., 1]), axis=1)


def seen(axes: Axes, paths: Sequence[np.ndarray]) -> np.ndarray:
    """(n, 2) points along the paths, in pixels, two points of print apart and within the axes."""
    box, step = axes.get_window_extent(), figure_of(axes).dpi / 36
    low, high = np.array([box.x0, box.y0]), np.array([box.x1, box.y1])
    found = [np.empty((0, 2))]
    for path in paths:
        for ends in itertools.pairwise(axes.transData.transform(path)):
            first, second = np.clip(ends, low - 1e4, high + 1e4)
            if not np.isnan(ends).any() and np.all(np.max(ends, axis=0) >= low) and np.all(np.min(ends, axis=0) <= high):
                steps = int(np.abs(second - first).max() / step) + 2
                found.append(first + (second - first) * np.linspace(0, 1, steps)[:, None])
    every = np.concatenate(found)
    inside = every[np.all((every >= low - 1) & (every <= high + 1), axis=1)]
    return np.unique(np.round(inside / step), axis=0) * step


def figure_of(axes: Axes) -> Figure:
    """The figure that the axes are in."""
    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure
