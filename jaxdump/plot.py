"""Figures of limits."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxdump.experiment import Experiment
from jaxdump.limits import Limits
from jaxdump.roots import Status
from jaxdump.theories import AbstractTheory

COLOURS = ("#1b4f72", "#b03a2e", "#1e8449", "#b9770e", "#6c3483")
LINES = {"invisible": "-", "visible": "--"}
TIP_POINTS = 24
"""Masses added where an exclusion ends, so that the island closes to the eye."""


def with_tips(limits: Limits, again: Callable[[np.ndarray], Limits]) -> Limits:
    """The limits with more masses between each last one that has a limit and its neighbour that has none."""
    found = limits.status == Status.FOUND
    ends = np.flatnonzero(np.any(found[1:] != found[:-1], axis=1))
    if not ends.size:
        return limits
    extra = np.unique(np.concatenate([np.geomspace(limits.mass[i], limits.mass[i + 1], TIP_POINTS + 2)[1:-1] for i in ends]))
    more = again(extra)
    order = np.argsort(np.concatenate([limits.mass, more.mass]), kind="stable")
    joined = [np.concatenate([a, b])[order] for a, b in zip(limits[1:5], more[1:5], strict=True)]
    return Limits(limits.regions, *joined, limits.counts)


def exclusion(theory: type[AbstractTheory], curves: list[tuple[Experiment, Limits]]) -> Figure:
    """Excluded couplings against mass: the first experiment filled, the others as lines."""
    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = figure.subplots()
    edges = np.concatenate(
        [edge[np.isfinite(edge)] for _, limits in curves for edge in (limits.lower, limits.upper)] or [np.empty(0)]
    )
    bottom, top = coupling_span(edges, curves)
    for number, (experiment, limits) in enumerate(curves):
        for column, region in enumerate(limits.regions):
            label = f"{experiment.description}, {region}"
            for island in islands(limits, column, top):
                draw(axes, *island, COLOURS[number % len(COLOURS)], LINES.get(region, ":"), filled=number == 0, label=label)
                label = None
    masses = np.concatenate([limits.mass for _, limits in curves])
    axes.set(xscale="log", yscale="log", xlabel=theory.mass_label, ylabel=theory.coupling_label, ylim=(bottom, top))
    axes.set_xlim(masses.min(), masses.max() if masses.max() > masses.min() else 1.1 * masses.min())
    axes.tick_params(which="both", direction="in", top=True, right=True)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize="small")
    else:
        axes.text(0.5, 0.5, "nothing excluded", transform=axes.transAxes, ha="center")
    return figure


def coupling_span(edges: np.ndarray, curves: list[tuple[Experiment, Limits]]) -> tuple[float, float]:
    """The couplings to show: half a decade around all edges, and two decades above the lowest where the top is open."""
    if not edges.size:
        return 1e-6, 1.0
    return float(edges.min() / 3), float(max(edges.max() * 3, edges.min() * 100))


def islands(limits: Limits, column: int, top: float) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Stretches of neighbouring masses with a limit: masses, lower and upper edges; an open top lies at twice `top`."""
    found = np.flatnonzero(limits.status[:, column] == Status.FOUND)
    stretches = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1) if found.size else []
    upper = np.where(np.isfinite(limits.upper[:, column]), limits.upper[:, column], 2 * top)
    lower = np.where(np.isfinite(limits.lower[:, column]), limits.lower[:, column], 0.0)
    return [(limits.mass[part], lower[part], upper[part]) for part in stretches]


def draw(
    axes: Axes, mass: np.ndarray, lower: np.ndarray, upper: np.ndarray, colour: str, line: str, filled: bool, label: str | None
) -> None:
    """One island: its outline, joined at each end where a branch ends within the figure, and its inside if `filled`."""
    outline = np.concatenate([lower, upper[::-1]]), np.concatenate([mass, mass[::-1]])
    if filled:
        axes.fill(outline[1], outline[0], color=colour, alpha=0.15, lw=0)
    axes.plot(outline[1], outline[0], color=colour, ls=line, lw=1.4, label=label)
