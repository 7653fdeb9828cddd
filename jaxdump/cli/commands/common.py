"""The common parts of the commands: their subject, their statistic, and words of their rows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxdump import settings
from jaxdump.cli import lookup
from jaxdump.cli.options import text
from jaxdump.cli.request import Request, rule_for
from jaxdump.experiment import AbstractExperiment, Experiment, combine
from jaxdump.experiments import EXPERIMENTS
from jaxdump.inference.counts import counts_of
from jaxdump.inference.exclusion import FEW, criterion, expects_few
from jaxdump.inference.signals import Signals
from jaxdump.inference.statistics import AbstractStatistic, Toys
from jaxdump.region import Signal
from jaxdump.theories import AbstractTheory
from jaxdump.theories.family import Family, family


class Answer(NamedTuple):
    """The answer of a command."""

    rows: list[dict]
    more: dict[str, Any] = {}
    """Values of the JSON besides the rows."""
    told: Sequence[str] = ()
    """Lines for people, below the table."""
    notes: Sequence[str] = ()
    """Lines about surprises, for standard error."""
    units: Mapping[str, str] = {"mass": "GeV", "energy": "GeV"}
    """Units of columns of the table for people."""


def subject(request: Request) -> tuple[list[Experiment], Family, type[AbstractTheory], list[str]]:
    """Experiments and theory of a request, with their numbers changed; the theory's class; and notes about them."""
    if request.experiments:
        lookup.check_order(request.command, request.experiments, request.theory)
    theory = lookup.find_theory(request.theory)
    axes = request.axes or lookup.axes_of_plane(theory, request.plane)
    experiments, notes = [], []
    make = None if request.experiments else settings.family_with(theory, request.changes, request.probes)
    for name in request.experiments:
        experiment = settings.with_method(lookup.find_experiment(name), request.method)
        if request.region is not None:  # numbers of other regions are not meant
            experiment = experiment.only(request.region)
        notes += settings.shared(experiment, request.changes)
        experiment, make = settings.with_numbers(experiment, theory, request.changes, request.probes, axes)
        experiments.append(experiment)
    assert make is not None
    if ":" in request.theory:  # what is wrong with a user's, or refused by it, is told before any work
        for mass in request.probes:
            make.at(mass)
        lookup.check_answers(theory, make, request.probes)
    if experiments:
        check_made(experiments, make, request.probes)
    return experiments, make, theory, [*notes, *left_out(experiments, make, request.probes)]


def check_made(experiments: Sequence[Experiment], make: Family, masses: Sequence[float]) -> None:
    """Raise `ValueError` for a theory that no production of any of the experiments makes: it is not calculated."""
    try:
        one = make.one(*masses)
    except ValueError:  # for what it refuses it is asked later
        return
    if any(run.makers(one) for run in experiments):
        return
    left = [what for run in experiments for what in run.leaves_out(one)]
    others = [name for name, run in EXPERIMENTS.items() if run.makers(one)]
    remedy = "; ".join([*left, f"take one of {', '.join(others)}" if others else "no experiment here makes it"])
    whose = " and ".join(run.name for run in experiments)
    raise ValueError(f"{make.name} at {whose} is not calculated: no production there makes it; {remedy}")


def left_out(experiments: Sequence[Experiment], make: Family, masses: Sequence[float]) -> list[str]:
    """Lines about processes that make the theory but that the productions of the experiments do not calculate."""
    try:
        one = make.one(*masses)
    except ValueError:  # for what it refuses it is asked later
        return []
    return [f"{run.name}: {what}" for run in experiments for what in run.leaves_out(one)]


OF_COUNTS = ("observed", "background", "background_error", "signal_error", "selection_efficiency")
"""Inputs that published counts do not use."""


def rule_of(request: Request, experiments: Sequence[AbstractExperiment]) -> tuple[AbstractStatistic, list[str]]:
    """The statistic of a request for these experiments, and notes about it."""
    spectra = [experiment.spectrum for experiment in experiments]
    if any(spectra) and not all(spectra) and not request.combine:
        raise ValueError("the bins of a spectrum are taken together, other regions are not: ask for them one after the other")
    few = any(map(expects_few, experiments))
    counts = not any(spectra) and all(experiment.only_counts for experiment in experiments)
    toys = request.combine and few and counts and not request.statistic
    named = request.statistic or ""
    own = lookup.find_statistic(named) if ":" in named else None
    rule = rule_for(request, any(spectra), toys and have_slopes(request.command, experiments), own=own)
    notes = []
    if rule.needs_many and few:
        told = f"{rule.name} excludes too much where fewer than {FEW:g} events are expected: "
        notes.append(f"{told}toys cover there" + f", but have no {request.command}" * toys)
    unused = [name for name in request.changes if name.rpartition(".")[2] in OF_COUNTS]
    if unused and not rule.counts_background:
        notes.append(f"{', '.join(unused)}: not used by published counts: take another statistic, such as --statistic cls")
    return rule, notes


def have_slopes(command: str, experiments: Sequence[AbstractExperiment]) -> bool:
    """Whether a command can use combined toys: one that takes slopes needs counts that are summed over and not drawn."""
    if command not in ("contours", "sensitivity"):
        return True
    with jax.enable_x64(True):
        return command == "contours" and Toys(combined=True).test(counts_of(combine(*experiments))).has_slopes


def unknown_backgrounds(experiments: Sequence[AbstractExperiment], rule: AbstractStatistic | None = None) -> list[str]:
    """A line for people about each region whose background nobody knows, unless published counts are the rule."""
    if rule is not None and not rule.counts_background:
        return []
    said = "its background is unknown: likelihoods are the largest over all of them, upper counts those without any"
    return [f"{name_of(one)} {name}: {said}" for one in experiments for name in one.without_background]


def monte_carlo(
    experiment: AbstractExperiment, make: Family, rule: AbstractStatistic, mass: np.ndarray, coupling: np.ndarray
) -> tuple[str, float | None]:
    """A line for people about the toys of limits, and the largest relative error of CLs at three of them; or nothing."""
    if not rule.combined:
        return "", None
    with jax.enable_x64(True):
        test = criterion(experiment, rule)
        if not test.words:
            return "", None
        if test.has_slopes:
            return f"{test.words}, without a Monte Carlo error", 0.0
        found = np.flatnonzero(np.isfinite(coupling))
        some = found[np.linspace(0, found.size - 1, min(found.size, 3)).astype(int)]
        signals = Signals.of(experiment, make)
        at = jax.jit(lambda test, log_signal: test.error(Signal(log_signal)))
        errors = [at(test, signals.plane(np.log(mass[[i]]), np.log(coupling[[i]]))[0, 0]) for i in some]
    if not errors:
        return test.words, None
    largest = float(max(errors))
    return f"{test.words}, CLs good to {100 * largest:.2g} %", largest


def axes_words(make: Family) -> dict:
    """The axes of a plane as a JSON document tells them, unless they are the usual ones."""
    return {} if make.columns == ("mass", "coupling") else {"axes": list(make.axes), "axes_units": list(make.units)}


def named(rows: list[dict], make: Family) -> list[dict]:
    """Rows whose columns "mass" and "coupling" are called by the axes of a plane."""
    names = dict(zip(("mass", "coupling"), make.columns, strict=True))
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


def rule_words(rule: AbstractStatistic) -> dict:
    """The statistic as a JSON document tells it."""
    return {"statistic": rule.name, "level": rule.level, "events": getattr(rule, "events", None), "combined": rule.combined}


def name_of(experiment: AbstractExperiment) -> str:
    """The name of an experiment in rows."""
    return ",".join(member.name for member in experiment.members)


def description(experiment: AbstractExperiment) -> str:
    """The words for an experiment in figures and messages."""
    return label(experiment) + " (projection)" * experiment.projection


def label(experiment: AbstractExperiment) -> str:
    """The name of an experiment in a figure, which shows in another way whether it is a projection."""
    return " + ".join(member.description for member in experiment.members)


def assumptions(
    request: Request, experiments: Sequence[AbstractExperiment], make: Family, rule: AbstractStatistic | None = None
) -> str:
    """The assumptions of a figure: the theory's numbers, the changes of `--set`, the method, and unknown backgrounds."""
    told = {name: value if isinstance(value, str) else f"{value:g}" for name, value in family(make).keywords.items()}
    told |= {name: text(value) for name, value in request.changes.items()}
    told |= {"method": request.method} if request.method else {}
    counts = rule is not None and not rule.counts_background
    unknown = [] if counts else [f"{label(one)} {name}" for one in experiments for name in one.without_background]
    numbers = ", ".join(f"{name}={value}" for name, value in told.items())
    return sentences(numbers, "background unknown: " * bool(unknown) + ", ".join(unknown))


def sentences(*parts: str) -> str:
    """The sentences below the axes of a figure."""
    return "; ".join(filter(None, parts))


def none_if_nan(value: float) -> float | None:
    """A number as JSON can hold it: None in place of nan."""
    return None if np.isnan(value) else float(value)
