"""More masses where limits bend or end, so that straight lines between their points are the limit to the eye."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.limits import Limits, limit
from jaxdump.inference.lines import AbstractLine
from jaxdump.inference.thresholds import beside_kinks
from jaxdump.numerics.roots import NOTHING
from jaxdump.theories.family import MakeTheory

MOST_ADDED = 48
"""Masses that are added at most: so many cost less than half of what the usual hundred do."""
ROUNDS = 8
EYE = 0.0015
"""Least share of a figure's height and width that the eye sees."""
FINEST = 5e-4
"""Least width of a stretch that is cut at a bend, as a share of the figure's width."""
TIP = 1e-6
"""Least width of a stretch that is cut at a tip, as such a share: an island closes as the root of the distance to its tip."""
PARTS = 4
"""Number of parts into which a stretch with the end of an island is cut; one with a bend is halved."""
SHARE = 3
"""Masses that are left, over those that may go to bends in one round: tips take several rounds."""
PER_MASS = ("mass", "lower", "upper", "status", "share")
"""The fields of `Limits` with one row a mass."""
Again = Callable[[np.ndarray], Limits]
"""A function from masses [GeV] to the limits there."""


def drawn(subject: AbstractExperiment | AbstractLine, theory: MakeTheory, masses: np.ndarray) -> Limits:
    """The limits of an experiment, or a line, as a figure draws them: refined, and sharp at its kinks.

    `masses` [GeV] rise; with published upper counts.
    """
    again = partial(limit, subject, theory)
    return refined(again(masses), again, beside_kinks(subject, theory, masses))


def refined(limits: Limits, again: Again, masses: Sequence[float] | np.ndarray = ()) -> Limits:
    """The limits at rising masses, with more masses between the first and the last; `again` gives the limits at these.

    `masses` [GeV] are added in any case, others where the curve bends or ends, as in `refined_alike`.
    """
    return refined_alike([limits], [again], masses)[0]


def refined_alike(every: Sequence[Limits], again: Sequence[Again], masses: Sequence[float] | np.ndarray = ()) -> list[Limits]:
    """Several limits at the same masses as `refined` gives them, with the same new masses for all.

    The new masses are `masses` and up to `MOST_ADDED` others: between neighbours of which only one has a limit, down to the
    mass where the island closes, and where a curve bends the most. Islands and resonances that lie between two neighbours and
    show at neither are not found.
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
    """The masses of one round, at ends of islands and at bends of curves, the most important first."""
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
    """(stretches,) the largest width, in the figure, of an island that ends between two masses; zero where none ends."""
    gap = np.nan_to_num(upper - lower)
    end = np.isnan(lower[:, 1:]) != np.isnan(lower[:, :-1])
    return np.max(np.where(end, np.maximum(gap[:, 1:], gap[:, :-1]), 0.0), axis=0, initial=0.0)


def bends(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(stretches,) the distance of a point from the line between its neighbours, at the worse end of each stretch."""
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
