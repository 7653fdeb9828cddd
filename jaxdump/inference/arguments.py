"""Arguments of the verbs in their order: an experiment, then the class of a theory or a family."""

from typing import Any

from jaxdump.experiment import AbstractExperiment
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import Family, family


def subject(verb: str, experiment: Any, theory: Any) -> Family:
    """The family of `theory`; raises `ValueError` unless `experiment` is an experiment, and `theory` makes theories."""
    check_experiment(verb, experiment)
    return family(theory)


def check_experiment(verb: str, experiment: Any) -> None:
    """Raise `ValueError` for what is not an experiment."""
    if isinstance(experiment, AbstractExperiment):
        return
    if isinstance(experiment, AbstractTheory) or (isinstance(experiment, type) and issubclass(experiment, AbstractTheory)):
        raise ValueError(f"{verb} takes the experiment first: {verb}(experiment, theory)")
    raise ValueError(f"{verb} takes an experiment, such as jaxdump.experiments.NA64MU_2022, not {experiment!r}")
