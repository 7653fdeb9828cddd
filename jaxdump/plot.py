"""Figures of limits."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxdump.experiment import Experiment
from jaxdump.limits import Limits
from jaxdump.roots import Status
from jaxdump.theories import AbstractTheory

COLOURS = ("#1b4f72", "#b03a2e", "#1e8449", "#b9770e", "#6c3483")
LINES = {"invisible": "-", "visible": "--"}
TIP_POINTS = 12
"""Masses added, twice, where an exclusion ends, so that the island closes to the eye."""
PER_MASS = ("mass", "lower", "upper", "status")
"""The fields of `Limits` with one row a mass."""


def with_tips(limits: Limits, again: Callable[[np.ndarray], Limits]) -> Limits:
    """The limits, by rising mass, with more masses between each last one that has a limit and its neighbour that has none."""
    for _ in range(2):
        limits = with_more(limits, again)
    return limits


def with_more(limits: Limits, again: Callable[[np.ndarray], Limits]) -> Limits:
    """One step of `with_tips`."""
    limits = at_masses(limits, np.argsort(limits.mass, kind="stable"))
    found = limits.status == Status.FOUND
    ends = np.flatnonzero(np.any(found[1:] != found[:-1], axis=1))
    if not ends.size:
        return limits
    extra = np.unique(np.concatenate([np.geomspace(limits.mass[i], limits.mass[i + 1], TIP_POINTS + 2)[1:-1] for i in ends]))
    more = again(extra)
    both = {name: np.concatenate([getattr(limits, name), getattr(more, name)]) for name in PER_MASS}
    return at_masses(limits._replace(**both), np.argsort(both["mass"], kind="stable"))


def at_masses(limits: Limits, order: np.ndarray) -> Limits:
    """The limits at the masses of these indices, in this order."""
    return limits._replace(**{name: getattr(limits, name)[order] for name in PER_MASS})


def exclusion(theory: type[AbstractTheory], curves: list[tuple[Experiment, Limits]]) -> Figure:
    """Excluded couplings against mass: the first experiment filled, the others as lines; a region has its line style."""
    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    axes = figure.subplots()
    edges = np.concatenate([edge[np.isfinite(edge)] for _, limits in curves for edge in (limits.lower, limits.upper)])
    bottom, top = coupling_span(edges)
    for number, (_, limits) in enumerate(curves):
        for column, region in enumerate(limits.regions):
            for island in islands(limits, column, top):
                draw(axes, island, COLOURS[number % len(COLOURS)], LINES.get(region, ":"), filled=number == 0)
    if not edges.size:
        axes.text(0.5, 0.5, "nothing excluded", transform=axes.transAxes, ha="center")
    masses = np.concatenate([limits.mass for _, limits in curves])
    axes.set(xscale="log", yscale="log", xlabel=theory.mass_label, ylabel=theory.coupling_label, ylim=(bottom, top))
    axes.set_xlim(masses.min(), masses.max() if masses.max() > masses.min() else 1.1 * masses.min())
    axes.tick_params(which="both", direction="in", top=True, right=True)
    keys = [Line2D([], [], color=COLOURS[n % len(COLOURS)], label=e.description) for n, (e, _) in enumerate(curves)]
    styles = dict.fromkeys(region for _, limits in curves for region in limits.regions)
    if len(styles) > 1:
        keys += [Line2D([], [], color="0.3", ls=LINES.get(region, ":"), label=region) for region in styles]
    figure.legend(handles=keys, loc="outside upper center", ncols=2, frameon=False, fontsize="small")
    return figure


def coupling_span(edges: np.ndarray) -> tuple[float, float]:
    """The couplings to show: half a decade around all edges, and two decades above the lowest where the top is open."""
    if not edges.size:
        return 1e-6, 1.0
    return float(edges.min() / 3), float(max(edges.max() * 3, edges.min() * 100))


class Island(NamedTuple):
    """A stretch of neighbouring masses with a limit."""

    mass: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    """Edges; an open top lies above the figure."""
    ends: tuple[bool, bool]
    """Whether it ends on the left and on the right, and does not go on beyond the masses that were tried."""


def islands(limits: Limits, column: int, top: float) -> list[Island]:
    """The islands of the region in `column`; open tops lie at twice `top`, open bottoms far below."""
    found = np.flatnonzero(limits.status[:, column] != Status.ALLOWED)
    stretches = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1) if found.size else []
    upper = np.where(np.isfinite(limits.upper[:, column]), limits.upper[:, column], 2 * top)
    lower = np.where(np.isfinite(limits.lower[:, column]), limits.lower[:, column], 1e-99)
    last = limits.mass.size - 1
    return [Island(limits.mass[part], lower[part], upper[part], (part[0] > 0, part[-1] < last)) for part in stretches]


def draw(axes: Axes, island: Island, colour: str, line: str, filled: bool) -> None:
    """The outline of an island, closed where it ends, and its inside if `filled`."""
    left, right = island.ends
    gap = np.empty(0) if right else np.array([np.nan])
    around = np.concatenate([island.mass, gap, island.mass[::-1], island.mass[: int(left)]])
    couplings = np.concatenate([island.lower, gap, island.upper[::-1], island.lower[: int(left)]])
    if filled:
        axes.fill_between(island.mass, island.lower, island.upper, color=colour, alpha=0.15, lw=0)
    axes.plot(around, couplings, color=colour, ls=line, lw=1.4, marker="_" if island.mass.size == 1 else "")
