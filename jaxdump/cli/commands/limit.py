"""The command `limit`: excluded couplings at each mass."""

from collections.abc import Callable, Sequence
from functools import partial

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
from jaxdump.cli.commands.moment import agreeing, rows_of_moment
from jaxdump.cli.commands.nothing import nothing_expected
from jaxdump.cli.options import MASS_RANGE
from jaxdump.cli.request import Request
from jaxdump.experiment import AbstractExperiment, combine
from jaxdump.inference.band import Band, Edges, alternatives, check_bands, shifts
from jaxdump.inference.exclusion import check_for
from jaxdump.inference.limits import Limits, Tail, limit, tails
from jaxdump.inference.refinement import refined_alike
from jaxdump.inference.statistics import AbstractStatistic
from jaxdump.inference.thresholds import beside_kinks
from jaxdump.numerics.roots import Status
from jaxdump.theories.family import Family

OBSERVED = "observed"
EXPECTED = {sigma: f"expected {sigma:+d} sigma" for sigma in (-2, -1, 0, 1, 2)}
"""Words for the edges of the bands of expected limits, by the standard deviations of the background."""
ENDS = ("strongest", "weakest")
NO_BAND = "no number has an error, and no alternative is named: there is no band"


def limit_answer(request: Request) -> Answer:
    """The answer: excluded couplings; with `--out` also written and drawn, with more masses where the curves need them."""
    experiments, make, theory, notes = subject(request)
    subjects = [combine(*experiments)] if request.combine else experiments
    if request.axes and not request.mass and request.mass_range == MASS_RANGE.default:
        raise ValueError(f"--axes {' '.join(request.axes)}: give --mass or --mass-range, values of {request.axes[0]}")
    masses = np.array(request.masses)
    rule, doubts = rule_of(request, experiments)
    wanted = [curves_of(request, one, make, rule) for one in subjects]
    moments, none = agreeing(request, make, masses)  # a theory without a moment is refused before any work
    with output.folder(request) as write, output.progress(sum(map(len, wanted)) * masses.size) as advance:
        results = [{kind: at(masses, progress=advance) for kind, at in every.items()} for every in wanted]
        told, errors = told_of(subjects, make, theory.name, rule, [every[OBSERVED] for every in results])
        bands = [bands_of(request, *of, make, rule) for of in zip(subjects, results, strict=True)]
        told += [f"{name_of(one)}: {NO_BAND}" for one, found in zip(subjects, bands, strict=True) if request.band and not found]
        told += none
        rows = table_of(subjects, results, bands)
        rows = named([*rows, *rows_of_moment(moments, rows)], make)
        more = {
            "theory": theory.name,
            "coupling_unit": make.units[1],
            **rule_words(rule),
            **({"notes": told} if told else {}),
            **errors,
            "set": dict(request.changes),
            "masses": masses.tolist(),
            **axes_words(make),
            "coupling_range": list(make.search),
        }
        if write:
            from jaxdump import plot

            finer = [
                dict(zip(every, refined_alike([*every.values()], [*at.values()], beside_kinks(one, make, masses)), strict=True))
                for one, every, at in zip(subjects, results, wanted, strict=True)
            ]
            bands = [bands_of(request, *of, make, rule) for of in zip(subjects, finer, strict=True)]
            curves = [
                plot.Exclusion(label(one), every[OBSERVED], expected_of(every), one.projection, of_theory)
                for one, every, of_theory in zip(subjects, finer, bands, strict=True)
            ]
            moments, _ = agreeing(request, make, np.unique(np.concatenate([every[OBSERVED].mass for every in finer])))
            table = table_of(subjects, finer, bands)
            table = named([*table, *rows_of_moment(moments, table)], make)
            words = sentences(rule.text(), assumptions(request, subjects, make, rule))
            write(make, table, {**more, "rows": table}, plot.exclusion(make, curves, words=words, agreements=moments))
    return Answer(rows, more, [*told, *unknown_backgrounds(experiments, rule)], [*notes, *doubts], output.units_of(make))


def curves_of(
    request: Request, one: AbstractExperiment, make: Family, rule: AbstractStatistic
) -> dict[str, Callable[..., Limits]]:
    """Functions from masses to the limits that a request asks for, by what tells their rows apart.

    Raises `ValueError` for a statistic that does not take the experiment.
    """
    rules = {OBSERVED: rule} | ({kind: rule.at(float(sigma)) for sigma, kind in EXPECTED.items()} if request.expected else {})
    for each in rules.values():
        check_for(one, each)
    found = {kind: partial(limit, one, make, rule=each) for kind, each in rules.items()}
    if request.band:
        check_bands(one, make, rule)
        found |= {name: partial(limit, run, make, rule=rule) for name, run in alternatives(one, make).items()}
    return found


def expected_of(every: dict[str, Limits]) -> list[Limits]:
    """The expected limits among those of an experiment."""
    return [every[kind] for kind in EXPECTED.values() if kind in every]


def bands_of(
    request: Request, one: AbstractExperiment, every: dict[str, Limits], make: Family, rule: AbstractStatistic
) -> dict[str, Edges]:
    """The strongest and the weakest limits of the bands of theory, if they are asked for and there is something to them."""
    if not request.band:
        return {}
    others = {name: limits for name, limits in every.items() if name != OBSERVED}
    found = Band(every[OBSERVED], shifts(one, make, every[OBSERVED], rule), others)
    bands = {"errors of numbers": found.of_errors} if found.errors else {}
    return bands | ({"alternatives": found.of_alternatives} if others else {})


def told_of(
    subjects: Sequence[AbstractExperiment], make: Family, theory: str, rule: AbstractStatistic, results: list[Limits]
) -> tuple[list[str], dict[str, float]]:
    """Lines for people about the observed limits, and the error of toys, if there were any."""
    told, errors = [], {}
    for one, observed in zip(subjects, results, strict=True):
        told += [*tails_of(one, observed), *nothing_expected(one, make, theory, rule, observed)]
    for one, observed in zip(subjects, results, strict=True):
        line, error = monte_carlo(one, make, rule, observed.mass, observed.lower[:, 0])
        told += [line] if line else []
        errors |= {} if error is None else {"monte_carlo_error": error}
    return told, errors


def tails_of(experiment: AbstractExperiment, limits: Limits) -> list[str]:
    """A line for each region and edge of its exclusion that hangs on the tail of a selection."""
    lines: dict[tuple[str, str], list[Tail]] = {}
    for tail in tails(limits):
        lines.setdefault((tail.region, tail.edge), []).append(tail)
    return [
        f"{name_of(experiment)} {region}: at the {edge} excluded coupling {min(tail.share for tail in every):.0e} to "
        f"{max(tail.share for tail in every):.0e} of the events pass a selection whose tail is assumed "
        f"({len(every)} of {limits.mass.size} masses)"
        for (region, edge), every in lines.items()
    ]


def table_of(
    subjects: Sequence[AbstractExperiment], results: list[dict[str, Limits]], bands: list[dict[str, Edges]]
) -> list[dict]:
    """The rows of all experiments, those of bands last."""
    ends = [{f"{name}, {end}": one for name, edges in of.items() for end, one in zip(ENDS, edges, strict=True)} for of in bands]
    every = [limits | of for limits, of in zip(results, ends, strict=True)]
    several = max(map(len, every)) > 1
    return [row for one, limits in zip(subjects, every, strict=True) for row in rows_of(one, limits, several)]


def rows_of(experiment: AbstractExperiment, results: dict[str, Limits], several: bool) -> list[dict]:
    """One row for each mass and region; where there are `several` kinds of limits, a column tells them apart."""
    return [
        {
            "experiment": name_of(experiment),
            "mass": float(mass),
            "region": region,
            **({"data": kind} if several else {}),
            "lower": none_if_nan(limits.lower[i, j]),
            "upper": none_if_nan(limits.upper[i, j]),
            "status": Status(limits.status[i, j]).name.lower(),
        }
        for i, mass in enumerate(results[OBSERVED].mass)
        for j, region in enumerate(results[OBSERVED].regions)
        for kind, limits in results.items()
    ]
