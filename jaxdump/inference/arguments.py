"""Arguments of the verbs in their order: an experiment or a line, then the class of a theory or a family."""

from typing import Any

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.lines import AbstractLine
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import Family, family


def subject(verb: str, experiment: Any, theory: Any) -> Family:
    """The family of `theory`; raises `ValueError` unless `experiment` is an experiment, and `theory` makes theories."""
    check_experiment(verb, experiment)
    return family(theory)


def subject_of_line(verb: str, line: Any, theory: Any) -> Family:
    """The family of `theory`, as `subject` gives it, where a line may stand in the place of an experiment."""
    if isinstance(line, type) and issubclass(line, AbstractLine):
        raise ValueError(f"{verb} takes a line with its numbers, such as {line.__name__}(...), not the class")
    return family(theory) if isinstance(line, AbstractLine) else subject(verb, line, theory)


def check_experiment(verb: str, experiment: Any) -> None:
    """Raise `ValueError` for what is not an experiment."""
    if isinstance(experiment, AbstractExperiment):
        return
    if isinstance(experiment, AbstractTheory) or (isinstance(experiment, type) and issubclass(experiment, AbstractTheory)):
        raise ValueError(f"{verb} takes the experiment first: {verb}(experiment, theory)")
    raise ValueError(f"{verb} takes an experiment, such as jaxdump.experiments.NA64MU_2022, not {experiment!r}")
