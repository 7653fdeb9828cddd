"""Figures of the plane of mass and coupling: boundaries of islands, and a likelihood."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch

from jaxdump.inference.contours import Contours
from jaxdump.inference.fit import REGIONS, Fit
from jaxdump.numerics.level_sets import CurveStatus
from jaxdump.plot.areas import left_of
from jaxdump.plot.labels import Entry, Named, finish
from jaxdump.plot.style import COLOURS, LINES, axis_labels, colour, column, darker, dress, legend, note, styled
from jaxdump.theories.family import MakeTheory, family

FILL = 0.2
DEEPEST = 12
"""Largest -2 ln(L / L_max) with a shade of its own."""


@styled
def contours(theory: MakeTheory, found: Contours, words: str = "", filled: bool = True) -> Figure:
    """A figure of every island as a smooth curve; each region has its colour and line, `words` stand below the axes.

    If `filled`, the excluded side of a region is tinted whose islands were all followed to their ends.
    """
    figure = column()
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlim=found.box[:2], ylim=found.box[2:])
    axis_labels(axes, *family(theory).labels)
    dress(axes)
    entries = []
    for n, region in enumerate(dict.fromkeys(island.region for island in found.islands)):
        look = {"color": colour(n), "ls": LINES[n % len(LINES)]}
        mine = [island for island in found.islands if island.region == region]
        for island in mine:
            axes.plot(*island.path.T, **look)
        if filled and all(island.status != CurveStatus.INCOMPLETE for island in mine):
            inside = left_of([island.path for island in mine], found.box)
            axes.add_patch(PathPatch(inside, color=colour(n), alpha=FILL, lw=0))
        patch = Patch(fc=(colour(n), FILL), ec=colour(n), ls=look["ls"])
        named = Named(region, region, darker(colour(n)), [island.path for island in mine])
        entries.append(Entry(named, patch if filled else Line2D([], [], **look), False))
    if not found.islands:
        axes.text(0.5, 0.5, "no boundary in this box", transform=axes.transAxes, ha="center")
    note(figure, words)
    finish(axes, entries)
    return figure


@styled
def surface(theory: MakeTheory, found: Fit, words: str = "") -> Figure:
    """A figure of -2 ln(L / L_max), the joint confidence regions and the optimum; `words` stand below the axes."""
    figure = column(3.1)
    axes = figure.subplots()
    plane = found.surface
    depth = np.minimum(plane.deviance, DEEPEST + 1).T
    shade = axes.contourf(
        plane.masses, plane.couplings, depth, levels=np.arange(DEEPEST + 1), cmap="Blues_r", extend="max", zorder=0.5
    )
    figure.colorbar(shade, label=r"$-2\,\ln(L / L_{\rm max})$", pad=0.02, aspect=25)
    axes.set(xscale="log", yscale="log")
    axis_labels(axes, *family(theory).labels)
    dress(axes)
    keys: list[tuple[Artist, str]] = []
    red = COLOURS[4]
    for level, curves, line in zip(REGIONS, plane.regions, ("-", "--"), strict=True):
        for curve in curves:
            axes.plot(*np.exp(curve.path()).T, color=red, ls=line)
        keys += [(Line2D([], [], color=red, ls=line), f"{100 * level:g} % CL, joint")] if curves else []
    best = np.stack([one.value[:2] for one in found.optima], axis=1)
    star = {"color": red, "marker": "*", "ls": "", "ms": 9, "mec": "w", "mew": 0.5}
    axes.plot(*best, clip_on=False, zorder=3, **star)
    word = f"optimum ({found.best.status.name.lower()})" if len(found.optima) == 1 else f"{len(found.optima)} optima"
    note(figure, words)
    legend(figure, [*keys, (Line2D([], [], **star), word)], loc="outside upper center", ncols=2)
    return figure
