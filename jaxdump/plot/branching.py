"""Branching ratios against mass."""

from collections.abc import Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxdump.plot.style import LINES, TINY, axis_labels, colour, column, dress, legend, note, styled
from jaxdump.theories.family import MakeTheory, family

SMALLEST = 1e-9
"""Least branching ratio that a figure shows."""


@styled
def branching(theory: MakeTheory, masses: np.ndarray, curves: Mapping[str, np.ndarray], words: str = "") -> Figure:
    """Branching ratios against mass by final state, those that are somewhere larger than 1e-9."""
    shown = {name: ratio for name, ratio in curves.items() if np.nanmax(ratio, initial=0.0) > SMALLEST}
    figure = column(3.2)
    axes = figure.subplots()
    least = min((np.nanmax(ratio) for ratio in shown.values()), default=1.0)
    axes.set(xscale="log", yscale="log", xlim=(masses[0], masses[-1]), ylim=(max(SMALLEST, min(1e-3, least / 30)), 1.3))
    axis_labels(axes, family(theory).labels[0], "branching ratio")
    dress(axes)
    keys: list[tuple[Artist, str]] = []
    for n, (name, ratio) in enumerate(shown.items()):
        line = {"color": colour(n), "ls": LINES[n % len(LINES)], "lw": 1.0}
        axes.plot(masses, np.where(ratio > 0, ratio, np.nan), **line)
        keys.append((Line2D([], [], **line), name))
    if not shown:
        axes.text(0.5, 0.5, "stable", transform=axes.transAxes, ha="center")
    hidden = [name for name in curves if name not in shown]
    note(figure, "; ".join(filter(None, [words, "none or less than 1e-9: " * bool(hidden) + ", ".join(hidden)])))
    legend(figure, keys, loc="outside upper center", ncols=4, fontsize=TINY)
    return figure
