"""The command `compare`: our limits over a published curve."""

import argparse
from functools import partial

import numpy as np

from jaxdump import output
from jaxdump.commands.common import alone, description, name_of, none_if_nan, rule_of, rule_words, subject
from jaxdump.experiment import AbstractExperiment
from jaxdump.limits import Limits, limit
from jaxdump.published import Published, read_published
from jaxdump.roots import Status

MOST = 200
"""Points of a curve that are compared, equally spaced in its order."""


def compare_rows(args: argparse.Namespace, arguments: list[str]) -> tuple[list[dict], dict]:
    """The ratio of our coupling to the published one at its points; with `--out` also written and drawn."""
    curve = read_published(args.file, args.mass_unit)
    experiments, make, theory = subject(args)
    experiment = alone("compare", experiments, args.combine)
    rule = rule_of(args)
    points = np.unique(np.linspace(0, curve.mass.size - 1, min(curve.mass.size, MOST)).astype(int))
    masses, place = np.unique(curve.mass[points], return_inverse=True)
    with output.folder(args.out, arguments) as write, output.progress(masses.size) as advance:
        limits = limit(experiment, make, masses, rule, progress=advance)
        rows = rows_of(experiment, limits, Published(curve.mass[points], curve.coupling[points]), place)
        more = {"theory": theory.name, "coupling_unit": theory.coupling_unit, **rule_words(rule), "summary": summary(rows)}
        if write:
            from jaxdump import plot

            ours = plot.Exclusion(description(experiment), plot.with_tips(limits, partial(limit, experiment, make, rule=rule)))
            figure = plot.exclusion(theory, [ours], published={args.label or "published": curve})
            write("compare", theory, rows, {**more, "rows": rows}, figure)
    if not args.json:
        for line in more["summary"]:
            print("{region}: {points} points, ratio from {least:.3g} to {largest:.3g}, median {median:.3g}".format(**line))
    return rows, more


def rows_of(experiment: AbstractExperiment, limits: Limits, curve: Published, place: np.ndarray) -> list[dict]:
    """One row a point and region: the edge of ours that is nearest, and its ratio to the published coupling."""
    rows = []
    for mass, coupling, i in zip(curve.mass, curve.coupling, place, strict=True):
        for j, region in enumerate(limits.regions):
            edges = {"lower": limits.lower[i, j], "upper": limits.upper[i, j]}
            known = {name: edge for name, edge in edges.items() if np.isfinite(edge)}
            nearest = min(known, key=lambda name: abs(np.log(known[name] / coupling)), default=None)
            ours = known[nearest] if nearest else np.nan
            rows.append(
                {
                    "experiment": name_of(experiment),
                    "mass": float(mass),
                    "region": region,
                    "published": float(coupling),
                    "coupling": none_if_nan(ours),
                    "edge": nearest,
                    "ratio": none_if_nan(ours / coupling),
                    "status": Status(limits.status[i, j]).name.lower(),
                }
            )
    return rows


def summary(rows: list[dict]) -> list[dict]:
    """For each region how many points have a ratio, and the least, the middle and the largest."""
    told = []
    for region in dict.fromkeys(row["region"] for row in rows):
        ratios = [row["ratio"] for row in rows if row["region"] == region and row["ratio"] is not None]
        if ratios:
            ends = {"least": min(ratios), "median": float(np.median(ratios)), "largest": max(ratios)}
            told.append({"region": region, "points": len(ratios), **ends})
    return told
