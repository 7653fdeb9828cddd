"""Couplings that agree with a measurement, in a figure of limits."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from jaxdump.inference.moment import Agreement
from jaxdump.plot.labels import Entry, Named
from jaxdump.plot.style import LINES, darker

PURPLE, DEPTH = "#7A4FA3", 0.22
"""Colour of what agrees, and how deep it is."""


def edges_of(agreements: Mapping[str, Agreement]) -> np.ndarray:
    """All edges of couplings that agree."""
    every = np.concatenate([np.empty(0), *(edge for one in agreements.values() for edge in (one.lower, one.upper))])
    return every[np.isfinite(every)]


def draw_agreements(axes: Axes, agreements: Mapping[str, Agreement]) -> list[Entry]:
    """Bands where small couplings do not agree, and lines below which they do; the result is their names."""
    found = []
    for name, one in agreements.items():
        if not np.isfinite(one.upper).any():
            continue
        edges = [edge for edge in (one.lower, one.upper) if np.isfinite(edge).any()]
        for edge in edges:
            axes.plot(one.mass, edge, color=PURPLE, lw=0.9, ls=LINES[0] if len(edges) == 2 else (0, (6, 2)), zorder=1.8)
        if len(edges) == 2:
            axes.fill_between(one.mass, one.lower, one.upper, color=PURPLE, alpha=DEPTH, lw=0, zorder=0.8)
        words = f"(g-2) {name}, 2 sigma" if len(edges) == 2 else f"(g-2) {name}, below: 2 sigma"
        key = Patch(fc=(PURPLE, DEPTH), ec=PURPLE) if len(edges) == 2 else Line2D([], [], color=PURPLE, ls=(0, (6, 2)))
        paths = [np.stack([one.mass, edge], axis=1) for edge in edges]
        found.append(Entry(Named(("g-2", name), words, darker(PURPLE), paths), key, False))
    return found
