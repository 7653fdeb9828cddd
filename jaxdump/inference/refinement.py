"""More masses where limits bend or end, so that straight lines between their points are the limit to the eye."""

from collections.abc import Callable, Sequence

import numpy as np

from jaxdump.inference.limits import Limits
from jaxdump.numerics.roots import NOTHING

MOST_ADDED = 48
"""Masses that are added at most: so many cost less than half of what the usual hundred do."""
ROUNDS = 8
EYE = 0.0015
"""Share of a figure's height and width that nobody sees."""
FINEST = 5e-4
"""Share of its width below which no bend is looked into."""
TIP = 1e-6
"""The same of a tip: an island closes as the root of the distance to it."""
PARTS = 4
"""Into which a stretch is cut in which an island ends; one where it bends is halved."""
SHARE = 3
"""One in so many of the masses that are left may go to bends in one round: tips take several rounds."""
PER_MASS = ("mass", "lower", "upper", "status", "share")
"""The fields of `Limits` with one row a mass."""
Again = Callable[[np.ndarray], Limits]
"""The limits at other masses."""


def refined(limits: Limits, again: Again, masses: Sequence[float] | np.ndarray = ()) -> Limits:
    """The limits by rising mass, with those at more masses between the first and the last: see `refined_alike`."""
    return refined_alike([limits], [again], masses)[0]


def refined_alike(every: Sequence[Limits], again: Sequence[Again], masses: Sequence[float] | np.ndarray = ()) -> list[Limits]:
    """`refined` of several limits at the same masses, with the same more masses for all.

    Added are `masses`, where they are known to matter, and up to `MOST_ADDED` others: in a stretch between neighbours of which
    only one has a limit, down to where the island closes, and where a curve bends the most. Islands and resonances between two
    neighbours that know nothing of them are not found.
    """
    every = [at_masses(limits, np.argsort(limits.mass, kind="stable")) for limits in every]
    known = every[0].mass
    with_these = lambda new: [merged(limits, more(new)) for limits, more in zip(every, again, strict=True)]
    new = np.setdiff1d([mass for mass in masses if known[0] < mass < known[-1]], known)
    left = MOST_ADDED
    for _ in range(ROUNDS + 1):
        every = with_these(new) if new.size else every
        tips, curves = wanted(every)
        new = np.concatenate([tips, curves[: left // SHARE]])[:left]
        left -= new.size
        if not new.size:
            break
    return every


def wanted(every: Sequence[Limits]) -> tuple[np.ndarray, np.ndarray]:
    """Masses of one round, the most wanted first: where an island ends, and where a curve bends."""
    log_mass = np.log(every[0].mass)
    if np.ptp(log_mass) == 0:
        return np.empty(0), np.empty(0)
    x, edges = log_mass / np.ptp(log_mass), edges_in_figure(every)
    wide, end = np.diff(x), ends(*edges)
    bend = np.max([bends(x, edge) for edge in np.concatenate(edges)], axis=0, initial=0.0)
    end = np.where((wide > TIP) & (end > EYE), end, 0.0)
    bend = np.where((wide > FINEST) & (bend > EYE) & (end == 0), bend, 0.0)

    def cut(size: np.ndarray, parts: int) -> np.ndarray:
        order = np.argsort(-size, kind="stable")[: np.count_nonzero(size)]
        inner = np.linspace(log_mass[order], log_mass[order + 1], parts + 1, axis=1)[:, 1:-1]
        return np.exp(inner.ravel())

    return cut(end, PARTS), cut(bend, 2)


def edges_in_figure(every: Sequence[Limits]) -> tuple[np.ndarray, np.ndarray]:
    """(curves, masses) lower and upper edges as shares of a figure's height; nan where nothing is excluded."""
    lower, upper = (np.concatenate([getattr(limits, edge).T for limits in every]) for edge in ("lower", "upper"))
    nothing = np.concatenate([np.isin(limits.status, NOTHING).T for limits in every])
    known = np.concatenate([edge[np.isfinite(edge)] for edge in (lower, upper)])
    bottom, top = coupling_span(known)
    height = lambda edge, missing: np.log(np.where(np.isfinite(edge), edge, missing) / bottom) / np.log(top / bottom)
    return np.where(nothing, np.nan, height(lower, bottom)), np.where(nothing, np.nan, height(upper, top))


def coupling_span(edges: np.ndarray) -> tuple[float, float]:
    """The couplings that a figure shows: half a decade around all edges, two decades above the lowest where the top is open."""
    if not edges.size:
        return 1e-6, 1.0
    return float(edges.min() / 3), float(max(edges.max() * 3, edges.min() * 100))


def ends(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """(stretches,) how far from closed islands are that end between two masses; zero where none does."""
    gap = np.nan_to_num(upper - lower)
    end = np.isnan(lower[:, 1:]) != np.isnan(lower[:, :-1])
    return np.max(np.where(end, np.maximum(gap[:, 1:], gap[:, :-1]), 0.0), axis=0, initial=0.0)


def bends(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(stretches,) how far, at the worse of both ends of each, a point is from the line between its neighbours."""
    if x.size < 3:
        return np.zeros(x.size - 1)
    dx, dy = x[2:] - x[:-2], y[2:] - y[:-2]
    off = np.abs(dx * (y[1:-1] - y[:-2]) - dy * (x[1:-1] - x[:-2])) / np.maximum(np.hypot(dx, dy), 1e-12)
    off = np.concatenate([[0.0], np.nan_to_num(off), [0.0]])
    return np.where(np.isnan(y[1:] - y[:-1]), 0.0, np.maximum(off[1:], off[:-1]))


def merged(limits: Limits, more: Limits) -> Limits:
    """The limits of both, by rising mass."""
    both = {name: np.concatenate([getattr(limits, name), getattr(more, name)]) for name in PER_MASS}
    return at_masses(limits._replace(**both), np.argsort(both["mass"], kind="stable"))


def at_masses(limits: Limits, order: np.ndarray) -> Limits:
    """The limits at the masses of these indices, in this order."""
    return limits._replace(**{name: getattr(limits, name)[order] for name in PER_MASS})
