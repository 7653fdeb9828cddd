"""What the commands share: their subject, the rule of exclusion, and what their rows can tell."""

import argparse
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxdump import settings
from jaxdump.cli import asked, lookup
from jaxdump.cli.user_files import names_in
from jaxdump.experiment import AbstractExperiment, Experiment, combine
from jaxdump.inference.counts import counts_of
from jaxdump.inference.exclusion import FEW, criterion, expects_few
from jaxdump.inference.rules import PROFILED, PUBLISHED_LEVEL, Rule
from jaxdump.inference.signals import Signals
from jaxdump.inference.toys import ByToys, by_toys
from jaxdump.theories import AbstractTheory
from jaxdump.theories.family import Family, family


class Answer(NamedTuple):
    """What a command has found."""

    rows: list[dict]
    more: dict[str, Any] = {}
    """What the JSON tells besides."""
    told: Sequence[str] = ()
    """Lines for people, below the table."""


def subject(args: argparse.Namespace) -> tuple[list[Experiment], Family, type[AbstractTheory]]:
    """Experiments and theory of the arguments, with their numbers changed; and the theory's class."""
    lookup.check_order(args.command, args.experiment, args.theory)
    theory = lookup.find_theory(args.theory)
    changes = asked.settings(args.set)
    experiments = []
    make = Family(theory)
    for name in names_in(args.experiment):
        experiment = settings.with_method(lookup.find_experiment(name), args.method)
        if getattr(args, "region", None) is not None:  # numbers of other regions are not meant
            experiment = experiment.only(args.region)
        args.notes += settings.shared(experiment, changes)
        experiment, make = settings.with_numbers(experiment, theory, changes, asked.masses_of(args))
        experiments.append(experiment)
    if ":" in args.theory:  # what is wrong with a user's, or refused by it, is told before any work
        for mass in asked.masses_of(args):
            make.at(mass)
        lookup.check_answers(theory, make, asked.masses_of(args))
    args.notes += left_out(args, experiments, make)
    return experiments, make, theory


def left_out(args: argparse.Namespace, experiments: Sequence[Experiment], make: Family) -> list[str]:
    """What productions would make of a theory, but do not know how to."""
    try:
        one = make.one(*asked.masses_of(args))
    except ValueError:  # for what it refuses it is asked later
        return []
    return [f"{run.name}: {what}" for run in experiments for what in run.leaves_out(one)]


OF_COUNTS = ("observed", "background", "background_error", "signal_error", "selection_efficiency")
"""Inputs that published counts do not ask for."""


def rule_of(args: argparse.Namespace, experiments: Sequence[AbstractExperiment]) -> Rule:
    """What is excluded; a level other than that of published counts asks for CLs, the bins of a spectrum for all together."""
    spectra = [experiment.spectrum for experiment in experiments]
    if any(spectra) and not all(spectra) and not args.combine:
        raise ValueError("the bins of a spectrum are taken together, other regions are not: ask for them one after the other")
    combined = args.combine or any(spectra)
    level, events = asked.level_and_events(args)
    usual = asked.usual_statistic(level, events)
    few = any(map(expects_few, experiments))
    toys = combined and few and not any(spectra) and not args.statistic
    together = "toys" if toys and have_slopes(args.command, experiments) else "asymptotic"
    rule = Rule(args.statistic or (together if combined else usual), level, events, combined=combined)
    if rule.statistic in PROFILED and few:
        told = f"{rule.statistic} excludes too much where fewer than {FEW:g} events are expected: "
        args.notes.append(f"{told}toys cover there" + f", but have no {args.command}" * toys)
    if rule.statistic == "counts" and any(name.rpartition(".")[2] in OF_COUNTS for name in asked.settings(args.set)):
        args.notes.append(f"{', '.join(OF_COUNTS)} matter only with another statistic than counts")
    return rule


def have_slopes(command: str, experiments: Sequence[AbstractExperiment]) -> bool:
    """Whether toys, combined, are what a command can work with: slopes need counts that are summed over and not drawn."""
    if command not in ("contour", "sensitivity"):
        return True
    with jax.enable_x64(True):
        return command == "contour" and by_toys(counts_of(combine(*experiments)), PUBLISHED_LEVEL, None).kind != "toys"


def unknown_backgrounds(experiments: Sequence[AbstractExperiment], rule: Rule | None = None) -> list[str]:
    """A line for people about each region whose background nobody knows, unless published counts are the rule."""
    if rule is not None and rule.statistic == "counts":
        return []
    said = "its background is unknown: likelihoods are the largest over all of them, upper counts those without any"
    return [f"{name_of(one)} {name}: {said}" for one in experiments for name in one.without_background]


def monte_carlo(
    experiment: AbstractExperiment, make: Family, rule: Rule, mass: np.ndarray, coupling: np.ndarray
) -> tuple[str, float | None]:
    """How toys have found limits, for people, and the largest relative error of CLs at three of them; or nothing."""
    if rule.statistic != "toys" or not rule.combined:
        return "", None
    with jax.enable_x64(True):
        test = criterion(experiment, rule)
        assert isinstance(test, ByToys)
        if test.kind != "toys":
            return f"toys: {SUMMED[test.kind]}, without a Monte Carlo error", 0.0
        found = np.flatnonzero(np.isfinite(coupling))
        some = found[np.linspace(0, found.size - 1, min(found.size, 3)).astype(int)]
        signals = Signals.of(experiment, make)
        at = jax.jit(lambda test, log_signal: test.error(log_signal))
        errors = [at(test, signals.plane(np.log(mass[[i]]), np.log(coupling[[i]]))[0, 0]) for i in some]
    if not errors:
        return f"toys: {test.uniforms.shape[0]} drawn with the signal and without", None
    largest = float(max(errors))
    return f"toys: CLs from {test.uniforms.shape[0]} drawn with the signal and without, good to {100 * largest:.2g} %", largest


SUMMED = {"one count": "the exact CLs of one count", "sum": "a sum over all counts of the regions"}
"""What toys come to where none need be drawn."""


def rule_words(rule: Rule) -> dict:
    """A rule as a document tells it."""
    return {"statistic": rule.statistic, "level": rule.level, "events": rule.events, "combined": rule.combined}


def name_of(experiment: AbstractExperiment) -> str:
    """What rows call it."""
    return ",".join(member.name for member in experiment.members)


def description(experiment: AbstractExperiment) -> str:
    """What people call it."""
    return label(experiment) + " (projection)" * experiment.projection


def label(experiment: AbstractExperiment) -> str:
    """What a figure calls it, which shows in another way whether it is a projection."""
    return " + ".join(member.description for member in experiment.members)


EXCLUDES = {
    "cls": "CL, exact Poisson CLs",
    "bayes": "credible level, flat prior in the signal",
    "feldman-cousins": "CL, Feldman-Cousins",
    "toys": "CL, CLs by toys",
    "asymptotic": "CL, asymptotic CLs",
    "profile": "CL, profile likelihood",
}


def excluded_by(rule: Rule) -> str:
    """A rule as a figure tells it."""
    if rule.statistic == "counts":
        return "90 % CL, published upper counts" if rule.events is None else f"more than {rule.events:g} events"
    return f"{100 * rule.level:g} % {EXCLUDES[rule.statistic]}" + ", regions together" * rule.combined


def assumptions(
    args: argparse.Namespace, experiments: Sequence[AbstractExperiment], make: Family, rule: Rule | None = None
) -> str:
    """What a figure assumes: the theory's numbers, what `--set` has changed, the method, and unknown backgrounds."""
    told = {name: value if isinstance(value, str) else f"{value:g}" for name, value in family(make).keywords.items()}
    told |= dict(pair.split("=", 1) for pair in args.set)
    told |= {"method": args.method} if args.method else {}
    counts = rule is not None and rule.statistic == "counts"
    unknown = [] if counts else [f"{label(one)} {name}" for one in experiments for name in one.without_background]
    numbers = ", ".join(f"{name}={value}" for name, value in told.items())
    return sentences(numbers, "background unknown: " * bool(unknown) + ", ".join(unknown))


def sentences(*parts: str) -> str:
    """What stands below the axes of a figure."""
    return "; ".join(filter(None, parts))


def none_if_nan(value: float) -> float | None:
    """What JSON can tell."""
    return None if np.isnan(value) else float(value)
