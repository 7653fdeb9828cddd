"""Lists of numbers as figures: slopes of a limit, and fluxes of many parents."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxdump.inference.sensitivity import ROUNDING, Sensitivity
from jaxdump.plot.style import (
    COLOURS,
    DARK,
    LINES,
    SMALL,
    TINY,
    axis_labels,
    colour,
    column,
    dress,
    legend,
    note,
    plainly,
    styled,
)

EDGES = ("smallest excluded", "largest excluded")
BAR = 0.17
"""Height [inch] of an input."""
DECADES = 8
"""Number of decades below the largest flux that a figure shows."""


@styled
def bars(slopes: Sensitivity, words: str = "") -> Figure:
    """Slopes of the limit as bars, the steepest first; regions one below the other, an edge a colour, the upper one hatched."""
    both = np.stack([slopes.lower, slopes.upper])
    shown = [j for j in range(len(slopes.regions)) if np.isfinite(both[:, :, j]).any()]
    order = {j: steepest(both[:, :, j]) for j in shown}
    heights = [max(len(order[j]), 1) for j in shown] or [4]
    figure = column(0.75 * len(heights) + BAR * sum(heights) + 0.5)
    every = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, j in zip(every, shown, strict=False):
        bars_of_region(axes, slopes, j, order[j])
        axes.set_xlabel(r"d ln $g_{\rm limit}$ / d ln input" if j == shown[-1] else "")
    if not shown:
        every[0].text(
            0.5, 0.5, "no edge of an exclusion at this mass", transform=every[0].transAxes, ha="center", fontsize=SMALL
        )
        every[0].set(xticks=[], yticks=[])
    keys: dict[str, Artist] = {bar.get_label(): bar for axes in every for bar in axes.containers}
    note(figure, words)
    legend(figure, [(key, name) for name, key in keys.items()], loc="outside upper center", ncols=2)
    return figure


def bars_of_region(axes: Axes, slopes: Sensitivity, region: int, order: np.ndarray) -> None:
    """Bars of the inputs in this order, for each edge that the limit of a region has."""
    edges = [(edge, of[:, region]) for edge, of in enumerate((slopes.lower, slopes.upper)) if np.isfinite(of[:, region]).any()]
    for place, (edge, values) in enumerate(edges):
        width = 0.8 / len(edges)
        look: dict[str, Any] = {"color": COLOURS[0]} if edge == 0 else {"fc": COLOURS[1], "ec": "w", "hatch": "////", "lw": 0}
        centre = np.arange(len(order)) + 0.4 - width * (place + 0.5)
        axes.barh(centre, np.nan_to_num(values[order]), height=width, **look).set_label(EDGES[edge])
    names = [slopes.inputs[i] + " (per unit)" * bool(slopes.value[i, region] == 0) for i in order]
    for text in axes.set_yticks(np.arange(len(names)), names, fontsize=SMALL):
        plainly(text.label1)
    axes.axvline(0, color="0.3", lw=0.6)
    axes.tick_params(direction="in", left=False)
    plainly(axes.set_title(""), slopes.regions[region])
    axes.set_ylim(-0.6, max(len(names), 1) - 0.4)


def steepest(slopes: np.ndarray) -> np.ndarray:
    """The numbers of the inputs of (edges, inputs) slopes that have any effect, the one of the largest slope last."""
    size = np.max(np.abs(np.nan_to_num(slopes)), axis=0)
    order = np.argsort(size, kind="stable")
    return order[np.count_nonzero(size < ROUNDING) :]


@styled
def fluxes(energies: np.ndarray, curves: Mapping[str, np.ndarray], words: str = "") -> Figure:
    """Fluxes [1/(m2 s sr GeV)] against energy [GeV], times the energy squared; the total is black."""
    figure = column(3.6)
    axes = figure.subplots()
    top = np.nanmax(energies**2 * curves["total"])
    axes.set(xscale="log", yscale="log", xlim=(energies[0], energies[-1]), ylim=(top * 10.0**-DECADES, top * 3))
    axis_labels(axes, r"$E$ [GeV]", r"$E^2\,\Phi$ [GeV m$^{-2}$ s$^{-1}$ sr$^{-1}$]")
    dress(axes)
    keys: list[tuple[Artist, str]] = []
    high = {name: np.nanmax(energies**2 * flux) for name, flux in curves.items()}
    for name, flux in curves.items():
        if high[name] <= top * 10.0**-DECADES:
            continue
        line = {"color": DARK, "lw": 1.6} if name == "total" else look(len(keys))
        axes.plot(energies, np.where(flux > 0, energies**2 * flux, np.nan), **line)
        keys.append((Line2D([], [], **line), name))
    hidden = [name for name in curves if high[name] <= top * 10.0**-DECADES]
    note(figure, "; ".join(filter(None, [words, "less than is shown: " * bool(hidden) + ", ".join(hidden)])))
    legend(figure, keys, loc="outside upper center", ncols=3, fontsize=TINY)
    return figure


def look(number: int) -> dict:
    """Colour and line of the curve of that number."""
    return {"color": colour(number), "ls": LINES[number % len(LINES)], "lw": 0.9}
