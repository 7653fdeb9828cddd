"""Excluded couplings against mass."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from jaxdump.exchange.published import Published
from jaxdump.inference.limits import Limits
from jaxdump.inference.moment import Agreement
from jaxdump.inference.refinement import coupling_span
from jaxdump.numerics.roots import NOTHING
from jaxdump.plot.agreement import draw_agreements, edges_of
from jaxdump.plot.labels import Entry, Named, finish
from jaxdump.plot.style import (
    DARK,
    EXPECTED,
    HATCHES,
    LINES,
    PUBLISHED,
    axis_labels,
    colour,
    column,
    darker,
    dress,
    note,
    styled,
)
from jaxdump.theories.family import MakeTheory, family

BANDS = ("#82c99b", "#f2df74")
"""Colours of the bands of one and two sigma of a single experiment; of several each has its own colour."""
SHOWN_BEYOND = 100.0
"""Factor beyond published couplings within which a figure shows ours."""
FILL = 0.22


class Exclusion(NamedTuple):
    """The limits of one run, and the words for them."""

    label: str
    limits: Limits
    expected: Sequence[Limits] = ()
    """Limits that the background alone would give, at -2, -1, 0, 1 and 2 sigma; or none."""
    projection: bool = False
    """Whether the limits are a projection without data, drawn as a line."""
    of_theory: Mapping[str, tuple[Limits, Limits]] = {}
    """The strongest and the weakest limits of each band of theory, by its name."""


class Island(NamedTuple):
    """A stretch of neighbouring masses with a limit."""

    mass: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    """Upper edges; an open top lies above the figure."""
    ends: tuple[bool, bool]
    """Whether the stretch ends on the left, and on the right: if not, it goes on beyond the masses that were tried."""

    def outline(self) -> np.ndarray:
        """(n, 2) points around the stretch, closed where it ends."""
        if self.mass.size == 1:
            return np.stack([self.mass.repeat(2), np.concatenate([self.lower, self.upper])], axis=1)
        left, right = self.ends
        gap = np.empty(0) if right else np.array([np.nan])
        around = np.concatenate([self.mass, gap, self.mass[::-1], self.mass[: int(left)]])
        return np.stack([around, np.concatenate([self.lower, gap, self.upper[::-1], self.lower[: int(left)]])], axis=1)


class Drawn(NamedTuple):
    """The islands of one region of one experiment that lie in the figure, and how they look."""

    experiment: int
    region: str
    islands: list[Island]
    colour: str
    line: str | tuple
    hatch: str | None
    """Pattern of the filling; None for a projection, which is not filled."""


@styled
def exclusion(
    theory: MakeTheory,
    curves: Sequence[Exclusion],
    published: Mapping[str, Published] | None = None,
    words: str = "",
    agreements: Mapping[str, Agreement] | None = None,
) -> Figure:
    """Excluded couplings against mass: data filled, projections as lines, published curves black, expected limits dashed.

    An experiment has its colour, and of several regions each its line; names stand beside their curves where there is room.
    Small `words` about all curves stand below the axes. Couplings that agree with a measurement are shaded, or below a line.
    """
    others = published or {}
    figure = column()
    axes = figure.subplots()
    agreeing = agreements or {}
    bottom, top = span(curves, others, edges_of(agreeing))
    masses = np.concatenate([curve.limits.mass for curve in curves])
    axes.set(xscale="log", yscale="log", ylim=(bottom, top))
    axes.set_xlim(*(masses.min(), masses.max()) if np.ptp(masses) > 0 else (masses[0] / 1.5, masses[0] * 1.5))
    axis_labels(axes, *family(theory).labels)
    dress(axes)
    drawn = looks(curves, bottom, top)
    bands: dict[str, Artist] = {}
    for n, curve in enumerate(curves):
        bands |= draw_bands(axes, curve.expected, n, len(curves) == 1) | draw_bands_of_theory(axes, curve.of_theory, n)
    favoured = draw_agreements(axes, agreeing)
    for one in drawn:
        draw(axes, one)
    for (_, curve), line in zip(others.items(), PUBLISHED * len(others), strict=False):
        axes.plot(*curve.path(), color=DARK, ls=line)
    if not drawn:
        axes.text(0.5, 0.5, "nothing excluded", transform=axes.transAxes, ha="center")
    empty = [curve.label for n, curve in enumerate(curves) if drawn and all(one.experiment != n for one in drawn)]
    none = "nothing excluded: " * bool(empty) + ", ".join(empty)
    note(figure, "; ".join(filter(None, [words, signals(curves, drawn), filling(curves, drawn), none])))
    finish(axes, [*entries(curves, drawn, others), *favoured], bands)
    return figure


def span(curves: Sequence[Exclusion], published: Mapping[str, Published], others: np.ndarray) -> tuple[float, float]:
    """The couplings to show: `coupling_span`, without edges far beyond all published ones unless there are no others.

    `others` are edges that are shown in any case.
    """
    bands = lambda curve: (limits for edges in curve.of_theory.values() for limits in edges)
    every = [limits for curve in curves for limits in (curve.limits, *curve.expected, *bands(curve))]
    edges = np.concatenate([edge[np.isfinite(edge)] for limits in every for edge in (limits.lower, limits.upper)])
    theirs = np.concatenate([np.empty(0), *(curve.coupling[curve.compared] for curve in published.values())])
    if theirs.size:
        near = edges[(edges > theirs.min() / SHOWN_BEYOND) & (edges < theirs.max() * SHOWN_BEYOND)]
        edges = np.concatenate([near if near.size else edges, theirs])
    return coupling_span(np.concatenate([edges, others]))


def islands(limits: Limits, column: int, top: float) -> list[Island]:
    """The islands of the region in `column`; open tops lie at twice `top`, open bottoms far below."""
    found = np.flatnonzero(~np.isin(limits.status[:, column], NOTHING))
    stretches = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1) if found.size else []
    upper = np.where(np.isfinite(limits.upper[:, column]), limits.upper[:, column], 2 * top)
    lower = np.where(np.isfinite(limits.lower[:, column]), limits.lower[:, column], 1e-99)
    last = limits.mass.size - 1
    return [Island(limits.mass[part], lower[part], upper[part], (part[0] > 0, part[-1] < last)) for part in stretches]


def looks(curves: Sequence[Exclusion], bottom: float, top: float) -> list[Drawn]:
    """The regions to draw: a region has its own line if an experiment has several, else a projection has one."""
    found = []
    for n, curve in enumerate(curves):
        for j, region in enumerate(curve.limits.regions):
            shown = [one for one in islands(curve.limits, j, top) if one.lower.min() < top and one.upper.max() > bottom]
            found += [(n, region, shown)] if shown else []
    regions = list(dict.fromkeys(region for _, region, _ in found))
    several = len(found) > len({n for n, _, _ in found})
    ours = dict.fromkeys(n for n, _, _ in found)
    data, projected = ([n for n in ours if curves[n].projection is projection] for projection in (False, True))

    def line(n: int, region: str) -> str | tuple:
        if several:
            return LINES[regions.index(region) % len(LINES)]
        return LINES[projected.index(n) % len(LINES)] if n in projected else LINES[0]

    hatch = lambda n: HATCHES[data.index(n) % len(HATCHES)] if n in data else None
    return [Drawn(n, region, shown, colour(n), line(n, region), hatch(n)) for n, region, shown in found]


def draw(axes: Axes, one: Drawn) -> None:
    """The outlines of islands, and their inside if they are data."""
    for island in one.islands:
        if one.hatch is not None:
            axes.fill_between(island.mass, island.lower, island.upper, color=one.colour, alpha=FILL, lw=0, zorder=0.6)
        if one.hatch:
            axes.fill_between(
                island.mass, island.lower, island.upper, fc="none", ec=one.colour, hatch=one.hatch, alpha=0.5, lw=0, zorder=0.7
            )
        alone = island.mass.size == 1
        axes.plot(*island.outline().T, color=one.colour, ls=one.line, marker="_" if alone else "", zorder=2)


def draw_bands(axes: Axes, expected: Sequence[Limits], number: int, alone: bool) -> dict[str, Artist]:
    """Draw the bands of expected limits and their median, dashed; the result is their keys for the legend."""
    if not expected:
        return {}
    mine, top = colour(number), 2 * axes.get_ylim()[1]
    outer_low, inner_low, median, inner_high, outer_high = expected
    shades, depths = (BANDS, (1.0, 1.0)) if alone else ((mine, mine), (0.45, 0.3))
    keys: dict[str, Artist] = {}
    for k, low, high in ((1, outer_low, outer_high), (0, inner_low, inner_high)):
        how = {"color": shades[k], "lw": 0, "alpha": depths[k]}
        for edges in (edges for j in range(len(low.regions)) for edges in between(low, high, j, top)):
            axes.fill_between(low.mass, *edges, zorder=1.0, **how)
            keys[f"expected, {k + 1} sigma"] = Patch(**how)
    for island in (island for j in range(len(median.regions)) for island in islands(median, j, top)):
        axes.plot(*island.outline().T, color=darker(mine), ls=EXPECTED, lw=0.8, zorder=1.5, gid="other")
        keys["expected, median"] = Line2D([], [], color="0.3", ls=EXPECTED, lw=0.8)
    return dict(reversed(keys.items()))


def draw_bands_of_theory(axes: Axes, of_theory: Mapping[str, tuple[Limits, Limits]], number: int) -> dict[str, Artist]:
    """Shade between the strongest and the weakest limits, the widest band first; the result is their keys for the legend."""
    keys: dict[str, Artist] = {}
    for depth, (name, (strong, weak)) in zip((0.3, 0.6), [*of_theory.items()][::-1], strict=False):
        for edges in (edges for j in range(len(strong.regions)) for edges in between(strong, weak, j, 2 * axes.get_ylim()[1])):
            axes.fill_between(strong.mass, *edges, color=colour(number), alpha=depth, lw=0, zorder=1.0)
            keys[name] = Patch(color="0.3", alpha=depth, lw=0)
    return keys


def between(large: Limits, small: Limits, j: int, top: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """The couplings that `large` excludes and `small` does not, below and above it; all where `small` excludes nothing."""

    def of(limits: Limits) -> tuple[np.ndarray, np.ndarray]:
        nothing = np.isin(limits.status[:, j], NOTHING)
        edge = lambda values, missing: np.where(nothing, np.nan, np.where(np.isfinite(values), values, missing))
        return edge(limits.lower[:, j], 1e-99), edge(limits.upper[:, j], top)

    (low, high), (inner_low, inner_high) = of(large), of(small)
    if not np.isfinite(low).any():
        return []
    middle = np.sqrt(low) * np.sqrt(high)
    inner_low, inner_high = (np.where(np.isnan(edge), middle, edge) for edge in (inner_low, inner_high))
    return [(low, inner_low), (inner_high, high)]


def with_several(drawn: Sequence[Drawn]) -> bool:
    """Whether an experiment has several regions in the figure."""
    return len(drawn) > len({one.experiment for one in drawn})


def signals(curves: Sequence[Exclusion], drawn: Sequence[Drawn]) -> str:
    """The region of each experiment that has only one."""
    regions = dict.fromkeys(one.region for one in drawn)
    if not drawn or with_several(drawn):
        return ""
    of = lambda region: ", ".join(curves[one.experiment].label for one in drawn if one.region == region)
    first, *others = regions
    return "; ".join([f"signal: {first}", *(f"of {of(region)}: {region}" for region in others)])


def filling(curves: Sequence[Exclusion], drawn: Sequence[Drawn]) -> str:
    """The words that tell which curves are filled and which are not."""
    kinds = {curves[one.experiment].projection for one in drawn}
    if len(kinds) == 2:
        return "filled: data; lines: projections"
    return "projection" + "s" * (len({one.experiment for one in drawn}) > 1) if kinds == {True} else ""


def entries(curves: Sequence[Exclusion], drawn: Sequence[Drawn], published: Mapping[str, Published]) -> list[Entry]:
    """Experiments, regions where there are several, and published curves.

    Beside curves stand the experiments, or the regions of a single one; the others are in the legend.
    """
    several, single = with_several(drawn), len({one.experiment for one in drawn}) == 1
    paths = lambda wanted: [island.outline() for one in drawn if wanted(one) for island in one.islands]
    found = []
    for n in dict.fromkeys(one.experiment for one in drawn):
        one = next(one for one in drawn if one.experiment == n)
        line = {"color": one.colour, "ls": LINES[0] if several else one.line}
        patch = Patch(fc=(one.colour, FILL), ec=one.colour, hatch=one.hatch, lw=1.1)
        named = Named(n, curves[n].label, darker(one.colour), paths(lambda one, n=n: one.experiment == n))
        found.append(Entry(named, Line2D([], [], **line) if one.hatch is None else patch, several and single))
    for region in dict.fromkeys(one.region for one in drawn) if several else ():
        one = next(one for one in drawn if one.region == region)
        shade = one.colour if single else "0.3"
        named = Named((region,), region, darker(shade), paths(lambda one, region=region: one.region == region))
        found.append(Entry(named, Line2D([], [], color=shade, ls=one.line), not single))
    for (name, curve), line in zip(published.items(), PUBLISHED * len(published), strict=False):
        named = Named(("published", name), name, DARK, [np.stack(curve.path(), axis=1)])
        found.append(Entry(named, Line2D([], [], color=DARK, ls=line), False))
    return found
