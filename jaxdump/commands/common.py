"""What the commands share: their subject, the rule of exclusion, and what their rows can tell."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxdump import cli, names
from jaxdump.criterion import PUBLISHED_LEVEL, Rule
from jaxdump.experiment import AbstractExperiment, Experiment, combine
from jaxdump.theories import AbstractTheory
from jaxdump.theories.family import Family


class Answer(NamedTuple):
    """What a command has found."""

    rows: list[dict]
    more: dict[str, Any] = {}
    """What the JSON tells besides."""
    told: Sequence[str] = ()
    """Lines for people, below the table."""


def subject(args: argparse.Namespace) -> tuple[list[Experiment], Family, type[AbstractTheory]]:
    """Experiments and theory of the arguments, with their numbers changed; and the theory's class."""
    theory = names.find_theory(args.theory)
    changes = cli.settings(args.set)
    experiments = []
    make = Family(theory)
    for name in args.experiment.split(",") if hasattr(args, "combine") else [args.experiment]:
        experiment, make = names.with_numbers(names.with_method(names.find_experiment(name), args.method), theory, changes)
        experiments.append(experiment if getattr(args, "region", None) is None else experiment.only(args.region))
    return experiments, make, theory


def alone(command: str, experiments: list[Experiment], combined: bool) -> AbstractExperiment:
    """The one experiment of a command that takes no more, or all combined; raises `ValueError` if there are several."""
    if len(experiments) > 1 and not combined:
        raise ValueError(f"{command} takes one experiment, or several with --combine")
    return combine(*experiments) if combined else experiments[0]


OF_COUNTS = ("observed", "background", "background_error", "signal_error", "selection_efficiency")
"""Inputs that published counts do not ask for."""


def rule_of(args: argparse.Namespace, experiments: Sequence[AbstractExperiment]) -> Rule:
    """What is excluded; a level other than that of published counts asks for CLs, the bins of a spectrum for all together."""
    spectra = [experiment.spectrum for experiment in experiments]
    if any(spectra) and not all(spectra) and not args.combine:
        raise ValueError("the bins of a spectrum are taken together, other regions are not: ask for them one after the other")
    combined = args.combine or any(spectra)
    level = cli.number(args.level, "--level")
    events = None if args.events is None else cli.number(args.events, "--events")
    usual = "counts" if level == PUBLISHED_LEVEL or events is not None else "cls"
    rule = Rule(args.statistic or ("asymptotic" if combined else usual), level, events, combined=combined)
    if rule.statistic == "counts" and any(pair.split("=")[0] in OF_COUNTS for pair in args.set):
        print(f"jaxdump: note: {', '.join(OF_COUNTS)} matter only with another statistic than counts", file=sys.stderr)
    return rule


def rule_words(rule: Rule) -> dict:
    """A rule as a document tells it."""
    return {"statistic": rule.statistic, "level": rule.level, "events": rule.events, "combined": rule.combined}


def name_of(experiment: AbstractExperiment) -> str:
    """What rows call it."""
    return ",".join(member.name for member in experiment.members)


def description(experiment: AbstractExperiment) -> str:
    """What a figure calls it."""
    return " + ".join(member.description for member in experiment.members)


def with_changes(title: str, args: argparse.Namespace) -> str:
    """The title of a figure with what `--set` has changed."""
    return ", ".join(filter(None, (title, *args.set)))


def none_if_nan(value: float) -> float | None:
    """What JSON can tell."""
    return None if np.isnan(value) else float(value)
