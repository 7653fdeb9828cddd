"""The command `limit`: excluded couplings at each mass."""

import itertools
from collections.abc import Sequence
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
from jaxdump.cli.commands.nothing import nothing_expected
from jaxdump.cli.request import Request
from jaxdump.experiment import AbstractExperiment, combine
from jaxdump.inference.exclusion import check_for
from jaxdump.inference.limits import Limits, Tail, limit, tails
from jaxdump.inference.refinement import refined_alike
from jaxdump.inference.statistics import AbstractStatistic
from jaxdump.inference.thresholds import ASIDE, kinks
from jaxdump.numerics.roots import Status
from jaxdump.theories.family import Family

SIGMAS = (-2, -1, 0, 1, 2)
"""The edges of the bands of expected limits, in standard deviations of the background."""


def limit_answer(request: Request) -> Answer:
    """The answer: excluded couplings; with `--out` also written and drawn, with more masses where the curves need them."""
    experiments, make, theory, notes = subject(request)
    subjects = [combine(*experiments)] if request.combine else experiments
    masses = np.array(request.masses)
    rule, doubts = rule_of(request, experiments)
    rules = [rule, *(rule.at(float(sigma)) for sigma in SIGMAS)] if request.expected else [rule]
    for one, each in itertools.product(subjects, rules):
        check_for(one, each)
    with output.folder(request) as write, output.progress(len(subjects) * len(rules) * masses.size) as advance:
        results = [[limit(one, make, masses, each, progress=advance) for each in rules] for one in subjects]
        told, errors = told_of(subjects, make, theory.name, rule, [observed for observed, *_ in results])
        rows = named(table_of(subjects, results), make)
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
                refined_alike(every, [partial(limit, one, make, rule=each) for each in rules], corners(one, make, masses))
                for one, every in zip(subjects, results, strict=True)
            ]
            curves = [
                plot.Exclusion(label(one), observed, expected, one.projection)
                for one, (observed, *expected) in zip(subjects, finer, strict=True)
            ]
            table, words = (
                named(table_of(subjects, finer), make),
                sentences(rule.text(), assumptions(request, subjects, make, rule)),
            )
            write(make, table, {**more, "rows": table}, plot.exclusion(make, curves, words=words))
    return Answer(rows, more, [*told, *unknown_backgrounds(experiments, rule)], [*notes, *doubts], output.units_of(make))


def corners(experiment: AbstractExperiment, make: Family, masses: np.ndarray) -> np.ndarray:
    """The masses among those of a limit at which it may have a kink or jump, from both sides."""
    found = kinks(experiment, make, np.log(masses.min()), np.log(masses.max())) if masses.min() < masses.max() else np.empty(0)
    return np.exp(np.concatenate([found - ASIDE, found + ASIDE]))


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


def table_of(subjects: Sequence[AbstractExperiment], results: list[list[Limits]]) -> list[dict]:
    """The rows of all experiments."""
    return [row for one, limits in zip(subjects, results, strict=True) for row in rows_of(one, limits)]


def rows_of(experiment: AbstractExperiment, results: list[Limits]) -> list[dict]:
    """One row for each mass and region; expected limits have rows of their own, and a column that tells them apart."""
    data = ["observed", *(f"expected {sigma:+d} sigma" for sigma in SIGMAS)]
    return [
        {
            "experiment": name_of(experiment),
            "mass": float(mass),
            "region": region,
            **({"data": kind} if len(results) > 1 else {}),
            "lower": none_if_nan(limits.lower[i, j]),
            "upper": none_if_nan(limits.upper[i, j]),
            "status": Status(limits.status[i, j]).name.lower(),
        }
        for i, mass in enumerate(results[0].mass)
        for j, region in enumerate(results[0].regions)
        for kind, limits in zip(data, results, strict=False)
    ]
