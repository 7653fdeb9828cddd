"""The command `sensitivity`: the slopes of a limit in all of its inputs."""

import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import (
    Answer,
    assumptions,
    description,
    none_if_nan,
    rule_of,
    rule_words,
    sentences,
    subject,
)
from jaxdump.cli.commands.nothing import nothing_between
from jaxdump.cli.request import Request
from jaxdump.experiment import Experiment
from jaxdump.inference.sensitivity import ROUNDING, Sensitivity, sensitivity
from jaxdump.inference.statistics import AbstractStatistic
from jaxdump.theories.family import Family


def sensitivity_answer(request: Request) -> Answer:
    """The answer: slopes of the limit, the steepest first; with `--out` also written and drawn."""
    (experiment,), make, theory, notes = subject(request)
    (mass,) = request.mass
    changes = {name: value for name, value in make.keywords.items() if isinstance(value, float | str)}
    rule, doubts = rule_of(request, [experiment])
    with output.folder(request) as write:
        slopes = sensitivity(experiment, theory, mass, rule, **changes)
        rows = rows_of(slopes)
        more = {
            "theory": theory.name,
            "experiment": experiment.name,
            "mass": mass,
            **rule_words(rule),
            "set": dict(request.changes),
        }
        if write:
            from jaxdump import plot

            what = f"{description(experiment)}, {theory.name}, {mass:g} GeV"
            words = sentences(what, rule.text(), assumptions(request, [experiment], make, rule))
            write(make, rows, {**more, "rows": rows}, plot.bars(slopes, words))
    told = [*without_edge(experiment, make, theory.name, rule, slopes, mass), *by_errors(slopes)]
    return Answer(rows, more, told, [*notes, *doubts])


def by_errors(slopes: Sensitivity) -> list[str]:
    """A line for each region about what the errors of all numbers together do to its limit."""
    known = np.sum(np.isfinite(slopes.shifts), axis=0) > 0
    told = []
    for j, region in enumerate(slopes.regions):
        names = [name for name, some in zip(slopes.inputs, known[:, j], strict=True) if some]
        edges = [
            f"the {edge} excluded coupling by {100 * shift:.2g} %"
            for edge, shift in zip(("smallest", "largest"), slopes.shift[:, j], strict=True)
            if np.isfinite(shift)
        ]
        together = ", together in quadrature" * (len(names) > 1)
        told += [f"{region}: the error of {', '.join(names)} moves {' and '.join(edges)}{together}"] if edges else []
    return told


def without_edge(
    experiment: Experiment, make: Family, theory: str, rule: AbstractStatistic, slopes: Sensitivity, mass: float
) -> list[str]:
    """Lines that say why there are no slopes in some regions."""
    known = np.any(np.isfinite(slopes.lower) | np.isfinite(slopes.upper), axis=0)
    told = [] if known.any() else nothing_between(experiment, make, theory, rule, mass, mass)
    none = [region for region, some in zip(slopes.regions, known, strict=True) if not some]
    return told or [
        f"{region}: no coupling is excluded at {mass:g} GeV, or all are: there is no edge to move" for region in none
    ]


def rows_of(slopes: Sensitivity) -> list[dict]:
    """One row for each input and region, without inputs of no effect, and without regions that have no edge."""
    shifts = slopes.shifts
    rows = [
        {
            "region": region,
            "input": name,
            "value": none_if_nan(slopes.value[i, j]),
            "per": "unit" if slopes.value[i, j] == 0 else "relative",
            "dlnlower": none_if_nan(slopes.lower[i, j]),
            "dlnupper": none_if_nan(slopes.upper[i, j]),
            "error": none_if_nan(slopes.error[i, j]),
            "dlnlower by error": none_if_nan(shifts[0, i, j]),
            "dlnupper by error": none_if_nan(shifts[1, i, j]),
        }
        for j, region in enumerate(slopes.regions)
        for i, name in enumerate(slopes.inputs)
        if np.any(np.abs([slopes.lower[i, j], slopes.upper[i, j]]) >= ROUNDING)
    ]
    size = lambda row: max(abs(row["dlnlower"] or 0.0), abs(row["dlnupper"] or 0.0))
    return sorted(rows, key=lambda row: (slopes.regions.index(row["region"]), -size(row)))
