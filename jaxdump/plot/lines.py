"""Lines against mass that are no limits, such as thermal targets."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxdump.plot.labels import Entry, Named, finish
from jaxdump.plot.style import LINES, axis_labels, colour, column, darker, dress, note, styled
from jaxdump.theories.family import MakeTheory, family


@styled
def lines(theory: MakeTheory, masses: np.ndarray, curves: Mapping[str, np.ndarray], words: str = "") -> Figure:
    """Values of the second axis against those of the first, nan where there is none; names stand beside their lines."""
    figure = column()
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log")
    if np.ptp(masses) > 0:
        axes.set_xlim(masses.min(), masses.max())
    axis_labels(axes, *family(theory).labels)
    dress(axes)
    entries = []
    for n, (name, values) in enumerate(curves.items()):
        look = {"color": colour(n), "ls": LINES[n % len(LINES)]}
        axes.plot(masses, values, marker="" if np.isfinite(values).sum() > 1 else "_", **look)
        path = np.stack([masses, values], axis=1)
        entries.append(Entry(Named(n, name, darker(colour(n)), [path]), Line2D([], [], **look), False))
    note(figure, words)
    finish(axes, entries, {})
    return figure
