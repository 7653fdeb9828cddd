"""The command `compare`: our limits over a published curve."""

from functools import partial
from pathlib import Path

import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import (
    Answer,
    assumptions,
    axes_words,
    label,
    monte_carlo,
    name_of,
    named,
    none_if_nan,
    rule_of,
    rule_words,
    sentences,
    subject,
    unknown_backgrounds,
)
from jaxdump.cli.request import Request
from jaxdump.exchange.published import Published
from jaxdump.experiment import AbstractExperiment, combine
from jaxdump.inference.limits import Limits, limit
from jaxdump.inference.refinement import merged, refined
from jaxdump.numerics.roots import NOTHING, Status

MOST_COMPARED = 200
"""Most points of a curve that are compared, equally spaced in its order."""
BEYOND = 1.5
"""Factor beyond the masses of a curve, on both sides, up to which a figure shows ours."""
DRAWN = 80
"""Number of masses of ours in a figure, besides those that are compared."""


def compare_answer(request: Request) -> Answer:
    """The ratio of our coupling to the published one at its points; with `--out` also written and drawn."""
    curve = request.published
    experiments, make, theory, notes = subject(request)
    notes += [f"{request.file}: {curve.reading}"] * curve.assumed
    experiment = combine(*experiments) if request.combine else experiments[0]
    rule, doubts = rule_of(request, experiments)
    points = np.flatnonzero(curve.compared)
    points = points[np.unique(np.linspace(0, points.size - 1, min(points.size, MOST_COMPARED)).astype(int))]
    masses, place = np.unique(curve.mass[points], return_inverse=True)
    drawn = beyond(curve.mass[curve.compared], masses) if request.out is not None else np.empty(0)
    with output.folder(request) as write, output.progress(masses.size + drawn.size) as advance:
        limits = limit(experiment, make, masses, rule, progress=advance)
        line, error = monte_carlo(experiment, make, rule, limits.mass, limits.lower[:, 0])
        rows = rows_of(experiment, limits, curve, points, place)
        table = named(with_answers(rows), make)
        more = {
            "theory": theory.name,
            "coupling_unit": make.units[1],
            **rule_words(rule),
            "set": dict(request.changes),
            "file": Path(request.file).name,
            "reading": curve.reading,
            **({} if error is None else {"monte_carlo_error": error}),
            **axes_words(make),
            "summary": summary(rows, limits.regions),
        }
        if write:
            from jaxdump import plot

            again = partial(limit, experiment, make, rule=rule)
            every = refined(merged(limits, again(drawn, progress=advance)), again)
            ours = plot.Exclusion(label(experiment), every, projection=experiment.projection)
            words = sentences(rule.text(), assumptions(request, [experiment], make, rule))
            figure = plot.exclusion(make, [ours], {request.label or "published": curve}, words)
            write(make, table, {**more, "rows": table}, figure)
    shown = {row["region"] for row in table}
    told = [told_of(one, one["region"] in shown) for one in more["summary"]]
    told += [*filter(None, [line]), *unknown_backgrounds([experiment], rule)]
    return Answer(table, more, told, [*notes, *doubts], units=output.units_of(make))


def beyond(masses: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Masses [GeV] from somewhat below to somewhat above a curve's, without those that are known."""
    return np.setdiff1d(np.geomspace(masses.min() / BEYOND, masses.max() * BEYOND, DRAWN), known)


def rows_of(
    experiment: AbstractExperiment, limits: Limits, curve: Published, points: np.ndarray, place: np.ndarray
) -> list[dict]:
    """One row for each point and region: our edge of the same kind, or the nearest one for an open line, and its ratio."""
    rows = []
    for point, i in zip(points, place, strict=True):
        mass, coupling = float(curve.mass[point]), float(curve.coupling[point])
        for j, region in enumerate(limits.regions):
            edges = {"lower": limits.lower[i, j], "upper": limits.upper[i, j]}
            edge = str(curve.edge[point]) or nearest(edges, coupling)
            ours = edges[edge] if edge else np.nan
            rows.append(
                {
                    "experiment": name_of(experiment),
                    "mass": mass,
                    "region": region,
                    "published": coupling,
                    "ours": none_if_nan(ours),
                    "edge": edge,
                    "ratio": none_if_nan(ours / coupling),
                    "status": Status(limits.status[i, j]).name.lower(),
                }
            )
    return rows


def with_answers(rows: list[dict]) -> list[dict]:
    """The rows of the regions that exclude something at some point; all of them if no region does."""
    found = {row["region"] for row in rows if excludes(row)}
    return [row for row in rows if row["region"] in found] if found else rows


def excludes(row: dict) -> bool:
    """Whether we exclude something at the mass of a row, be it without an edge of that kind."""
    return row["ratio"] is not None or Status[row["status"].upper()] not in NOTHING


def nearest(edges: dict[str, float], coupling: float) -> str | None:
    """The name of the edge that is nearest to a coupling, if there is one."""
    known = {name: edge for name, edge in edges.items() if np.isfinite(edge)}
    return min(known, key=lambda name: abs(np.log(known[name] / coupling)), default=None)


def summary(rows: list[dict], regions: tuple[str, ...]) -> list[dict]:
    """For each region the numbers of points, of points without a ratio and of those without our edge; and the ratios' range."""
    told = []
    for region in regions:
        mine = [row for row in rows if row["region"] == region]
        ratios = [row["ratio"] for row in mine if row["ratio"] is not None]
        open_ = sum(row["ratio"] is None and excludes(row) for row in mine)
        ends = (min(ratios), float(np.median(ratios)), max(ratios)) if ratios else (None, None, None)
        ends_by_name = dict(zip(("least", "median", "largest"), ends, strict=True))
        counts = {"points": len(mine), "without": len(mine) - len(ratios), "without_edge": open_}
        told.append({"region": region, **counts, **ends_by_name})
    return told


def told_of(line: dict, shown: bool = True) -> str:
    """A line of the summary for people, of a region whose rows are `shown` or not."""
    points = "{region}: {points} points".format(**line)
    nothing = line["without"] - line["without_edge"]
    if nothing == line["points"]:
        left = ", which rows leave out" * (not shown)
        return f"{points}, none where we exclude anything{left}: look at --mass-unit, --region and --set"
    kept = f", {nothing} of them where we exclude nothing" if nothing else ""
    kept += f", {line['without_edge']} of them where ours has no such edge" if line["without_edge"] else ""
    if line["without"] == line["points"]:
        return points + kept
    return points + kept + ", ours/published from {least:.3g} to {largest:.3g}, median {median:.3g}".format(**line)
