"""Figures of limits."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxdump.fitting import REGIONS, Fit
from jaxdump.islands import Contours
from jaxdump.level_sets import CurveStatus
from jaxdump.limits import Limits
from jaxdump.published import Published
from jaxdump.roots import NOTHING, Status
from jaxdump.sensitivities import Sensitivity
from jaxdump.theories import AbstractTheory

COLOURS = ("#1b4f72", "#b03a2e", "#1e8449", "#b9770e", "#6c3483", "#17808f", "#8a5a2b", "#c2459a")
BANDS = ("#82c99b", "#f2df74")
"""Colours of one and two sigma."""
EDGES = ("smallest excluded", "largest excluded")
LINES = {"invisible": "-", "visible": "--"}
DASHES = ("-.", ":", "--")
"""Lines of published curves."""
NEAR = 100.0
"""Times beyond published couplings that a figure shows of ours."""
TIP_POINTS = 12
"""Masses added, twice, where an exclusion ends, so that the island closes to the eye."""
PER_MASS = ("mass", "lower", "upper", "status")
"""The fields of `Limits` with one row a mass."""


class Exclusion(NamedTuple):
    """What one run excludes."""

    label: str
    limits: Limits
    expected: Sequence[Limits] = ()
    """What the background alone would give, at -2, -1, 0, 1 and 2 sigma; or nothing."""


def with_tips(limits: Limits, again: Callable[[np.ndarray], Limits]) -> Limits:
    """The limits, by rising mass, with more masses between each last one that has a limit and its neighbour that has none."""
    for _ in range(2):
        limits = with_more(limits, again)
    return limits


def alike(every: Sequence[Limits], again: Sequence[Callable[[np.ndarray], Limits]]) -> list[Limits]:
    """`with_tips` of several limits at once, all at the same masses."""
    tipped = [with_tips(limits, more) for limits, more in zip(every, again, strict=True)]
    masses = np.unique(np.concatenate([limits.mass for limits in tipped]))
    missing = [np.setdiff1d(masses, limits.mass) for limits in tipped]
    return [
        joined(limits, more(extra)) if extra.size else limits
        for limits, more, extra in zip(tipped, again, missing, strict=True)
    ]


def with_more(limits: Limits, again: Callable[[np.ndarray], Limits]) -> Limits:
    """One step of `with_tips`."""
    limits = at_masses(limits, np.argsort(limits.mass, kind="stable"))
    found = limits.status == Status.FOUND
    ends = np.flatnonzero(np.any(found[1:] != found[:-1], axis=1))
    if not ends.size:
        return limits
    extra = np.unique(np.concatenate([np.geomspace(limits.mass[i], limits.mass[i + 1], TIP_POINTS + 2)[1:-1] for i in ends]))
    return joined(limits, again(extra))


def joined(limits: Limits, more: Limits) -> Limits:
    """The limits of both, by rising mass."""
    both = {name: np.concatenate([getattr(limits, name), getattr(more, name)]) for name in PER_MASS}
    return at_masses(limits._replace(**both), np.argsort(both["mass"], kind="stable"))


def at_masses(limits: Limits, order: np.ndarray) -> Limits:
    """The limits at the masses of these indices, in this order."""
    return limits._replace(**{name: getattr(limits, name)[order] for name in PER_MASS})


def exclusion(
    theory: type[AbstractTheory], curves: list[Exclusion], published: Mapping[str, Published] | None = None, title: str = ""
) -> Figure:
    """Excluded couplings against mass: the first experiment filled, the others as lines; a region has its line style.

    `published` curves, by their labels, are drawn over them; `title` stands above the legend.
    """
    others = published or {}
    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    axes = figure.subplots()
    edges = np.concatenate([edge[np.isfinite(edge)] for curve in curves for edge in (curve.limits.lower, curve.limits.upper)])
    bottom, top = coupling_span(edges, np.concatenate([np.empty(0), *(c.coupling[c.compared] for c in others.values())]))
    for number, (_, limits, expected) in enumerate(curves):
        draw_bands(axes, expected)
        for column, region in enumerate(limits.regions):
            for island in islands(limits, column, top):
                draw(axes, island, COLOURS[number % len(COLOURS)], LINES.get(region, ":"), filled=number == 0)
    for curve, dashes in zip(others.values(), itertools.cycle(DASHES), strict=False):
        axes.plot(*curve.path(), color="0.1", ls=dashes, lw=1.2)
    if not edges.size:
        axes.text(0.5, 0.5, "nothing excluded", transform=axes.transAxes, ha="center")
    masses = np.concatenate([curve.limits.mass for curve in curves])
    axes.set(xscale="log", yscale="log", xlabel=theory.mass_label, ylabel=theory.coupling_label, ylim=(bottom, top))
    axes.set_xlim(masses.min(), masses.max() if masses.max() > masses.min() else 1.1 * masses.min())
    dress(axes)
    figure.legend(
        handles=keys_of(curves, list(others)),
        title=title or None,
        loc="outside upper center",
        ncols=2,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
    )
    return figure


def keys_of(curves: Sequence[Exclusion], published: Sequence[str]) -> list[Line2D]:
    """The legend: experiments, published curves, regions where there are several, and bands."""
    styles = dict.fromkeys(region for curve in curves for region in curve.limits.regions)
    line = LINES.get(next(iter(styles)), ":") if len(styles) == 1 else "-"
    keys = [Line2D([], [], color=COLOURS[n % len(COLOURS)], ls=line, label=curve.label) for n, curve in enumerate(curves)]
    keys += [Line2D([], [], color="0.1", ls=d, label=name) for name, d in zip(published, itertools.cycle(DASHES), strict=False)]
    if len(styles) > 1:
        keys += [Line2D([], [], color="0.3", ls=LINES.get(region, ":"), label=region) for region in styles]
    if any(curve.expected for curve in curves):
        keys.append(Line2D([], [], color="0.3", ls=":", lw=1, label="expected, median"))
        keys += [Line2D([], [], color=c, lw=6, label=f"expected, {n} sigma") for n, c in zip((1, 2), BANDS, strict=True)]
    return keys


def dress(axes: Axes) -> None:
    """Ticks on all sides; on a short logarithmic axis also 2 and 5 have a number."""
    axes.tick_params(which="both", direction="in", top=True, right=True)
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        short = np.log10(high / low) < 1.7
        axis.set_minor_formatter(lambda value, _, short=short: f"{value:g}" if short and f"{value:e}"[0] in "25" else "")
        if short:
            axis.set_major_formatter(lambda value, _: f"{value:g}")


def draw_bands(axes: Axes, expected: Sequence[Limits]) -> None:
    """The bands of expected limits, those of lower and of upper edges, and their medians."""
    if not expected:
        return
    outer_low, inner_low, median, inner_high, outer_high = expected
    for edge in ("lower", "upper"):
        for low, high, colour in ((outer_low, outer_high, BANDS[1]), (inner_low, inner_high, BANDS[0])):
            for first, second in zip(getattr(low, edge).T, getattr(high, edge).T, strict=True):
                axes.fill_between(low.mass, first, second, color=colour, lw=0, zorder=0.5)
        axes.plot(median.mass, getattr(median, edge), color="0.3", ls=":", lw=1)


def contours(theory: type[AbstractTheory], found: Contours, title: str) -> Figure:
    """Every island as the curve that its points stand for, filled if it was followed to its ends; a region has its colour."""
    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    axes = figure.subplots()
    colours = {survey.region: COLOURS[n % len(COLOURS)] for n, survey in enumerate(found.surveys)}
    for region, colour in colours.items():
        mine = [island for island in found.islands if island.region == region]
        for island in mine:
            mass, coupling = island.path.T
            axes.plot(mass, coupling, color=colour, lw=1.4)
            if island.status != CurveStatus.INCOMPLETE:
                axes.fill(mass, coupling, color=colour, alpha=0.12, lw=0)
    if not found.islands:
        axes.text(0.5, 0.5, "no boundary in this box", transform=axes.transAxes, ha="center")
    axes.set(xscale="log", yscale="log", xlabel=theory.mass_label, ylabel=theory.coupling_label)
    axes.set(xlim=found.box[:2], ylim=found.box[2:])
    dress(axes)
    keys = [Line2D([], [], color=colour, label=region) for region, colour in colours.items()]
    figure.legend(handles=keys, title=title, loc="outside upper center", ncols=2, frameon=False, fontsize="small")
    return figure


def surface(theory: type[AbstractTheory], found: Fit, title: str) -> Figure:
    """-2 ln of the likelihood over its largest, the joint confidence regions, and the optimum."""
    figure = Figure(figsize=(6.8, 5.2), layout="constrained")
    axes = figure.subplots()
    plane = found.surface
    shade = axes.pcolormesh(
        plane.masses, plane.couplings, np.minimum(plane.deviance, 12).T, cmap="Blues_r", shading="gouraud", rasterized=True
    )
    figure.colorbar(shade, label=r"$-2\,\ln(L / L_{\rm max})$", extend="max")
    keys = []
    for level, curves, style in zip(REGIONS, plane.regions, ("-", "--"), strict=True):
        for curve in curves:
            axes.plot(*np.exp(curve.path()).T, color=COLOURS[1], ls=style, lw=1.4)
        keys.append(Line2D([], [], color=COLOURS[1], ls=style, label=f"{100 * level:g} % CL, joint"))
    axes.plot(*np.stack([one.value[:2] for one in found.optima], axis=1), "*", color=COLOURS[1], ms=10, clip_on=False)
    word = f"optimum ({found.best.status.name.lower()})" if len(found.optima) == 1 else f"{len(found.optima)} optima"
    keys.append(Line2D([], [], color=COLOURS[1], ls="", marker="*", label=word))
    axes.set(xscale="log", yscale="log", xlabel=theory.mass_label, ylabel=theory.coupling_label)
    dress(axes)
    figure.legend(handles=keys, title=title, loc="outside upper center", ncols=3, frameon=False, fontsize="small")
    return figure


def bars(slopes: Sensitivity, title: str) -> Figure:
    """Slopes of the limit as bars, the steepest first; a column of bars a region, an edge a colour."""
    known = np.any(np.isfinite(slopes.lower) | np.isfinite(slopes.upper), axis=0)
    shown = [(j, region) for j, region in enumerate(slopes.regions) if known[j]]
    names = np.array(slopes.inputs)
    figure = Figure(figsize=(2 + 3.2 * max(len(shown), 1), 1.2 + 0.28 * len(names)), layout="constrained")
    figure.suptitle(title, fontsize="medium")
    every = figure.subplots(1, max(len(shown), 1), squeeze=False)[0]
    for axes, (j, region) in zip(every, shown, strict=False):
        both = np.nan_to_num(np.stack([slopes.lower[:, j], slopes.upper[:, j]]))
        size = np.max(np.abs(both), axis=0)
        order = np.argsort(size)[np.count_nonzero(size == 0) :]
        for edge, offset, colour in ((0, 0.2, COLOURS[0]), (1, -0.2, COLOURS[1])):
            axes.barh(np.arange(order.size) + offset, both[edge, order], height=0.38, color=colour, label=EDGES[edge])
        units = np.where(slopes.value[order, j] == 0, " (per unit)", "")
        axes.set_yticks(np.arange(order.size), np.char.add(names[order], units))
        axes.axvline(0, color="0.3", lw=0.8)
        axes.set(title=region, xlabel=r"d ln $g_{\rm limit}$ / d ln input")
        axes.legend(frameon=False, fontsize="small", loc="lower right")
    if not shown:
        every[0].text(0.5, 0.5, "no edge of an exclusion at this mass", transform=every[0].transAxes, ha="center")
    return figure


def fluxes(energies: np.ndarray, curves: Mapping[str, np.ndarray], title: str) -> Figure:
    """Fluxes [1/(m2 s sr GeV)] against energy [GeV], times the energy squared; the total is black."""
    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    axes = figure.subplots()
    colours = itertools.cycle(COLOURS)
    for number, (name, flux) in enumerate(curves.items()):
        line = {"color": "0.1", "lw": 1.8} if name == "total" else {"color": next(colours), "lw": 1.1}
        axes.plot(
            energies,
            np.where(flux > 0, energies**2 * flux, np.nan),
            label=name,
            ls="-" if number < len(COLOURS) else "--",
            **line,
        )
    top = np.nanmax(energies**2 * curves["total"])
    axes.set(xscale="log", yscale="log", xlabel=r"$E$ [GeV]", ylabel=r"$E^2\,\Phi$ [GeV m$^{-2}$ s$^{-1}$ sr$^{-1}$]")
    axes.set(xlim=(energies[0], energies[-1]), ylim=(top * 1e-8, top * 3))
    dress(axes)
    figure.legend(title=title, loc="outside upper center", ncols=4, frameon=False, fontsize="small")
    return figure


def coupling_span(edges: np.ndarray, published: np.ndarray) -> tuple[float, float]:
    """The couplings to show: half a decade around all edges, and two decades above the lowest where the top is open.

    Edges more than `NEAR` times beyond all `published` ones are left out, unless there are no others.
    """
    if published.size:
        near = edges[(edges > published.min() / NEAR) & (edges < published.max() * NEAR)]
        edges = np.concatenate([near if near.size else edges, published])
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
    found = np.flatnonzero(~np.isin(limits.status[:, column], NOTHING))
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
