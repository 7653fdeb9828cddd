"""Checks of theories, productions, stages and experiments, also of your own: an `AssertionError` in one line if one is wrong.

Each asks for all numbers in one compiled program a precision, and wants: finite values and slopes over the whole plane and at
thresholds; slopes forwards like those backwards and like differences; float32 like float64; the same numbers one by one and
mapped, compiled and not; and nothing of what is too heavy to be made. A wrong argument is a `ValueError`.
"""

from collections.abc import Callable

import jax
import numpy as np

from jaxdump.experiment import AbstractExperiment, Experiment
from jaxdump.experiments import NA64MU_2022
from jaxdump.flux import Flux
from jaxdump.inference.limits import nameless
from jaxdump.stage import AbstractProduction, AbstractStage
from jaxdump.testing.check import Check
from jaxdump.testing.plan import WHOLE, Plan, Wrong, want_numbers
from jaxdump.testing.subjects import Answer, Subject, behind, events, made, seen
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import Family, MakeTheory, family

__all__ = ["Answer", "Plan", "Wrong", "check_experiment", "check_production", "check_stage", "check_theory"]


def check_theory(theory: MakeTheory, experiment: AbstractExperiment = NA64MU_2022, plan: Plan = WHOLE) -> Answer:
    """A theory, by what it says and by the events of an experiment that sees it.

    As all checks it raises `Wrong`, an `AssertionError`, for the first thing that does not hold, `ValueError` for what cannot
    be checked, and gives back values and slopes at `plan.more`. Operation by operation goes only what the theory says.
    """
    return of_events(experiment, theory, plan, Check.said_eagerly, Check.mapped)


def check_experiment(experiment: AbstractExperiment, theory: MakeTheory, plan: Plan = WHOLE) -> Answer:
    """An experiment, by its events of a theory, also from production integrals that were done before (`held`)."""
    return of_events(experiment, theory, plan, Check.eager, Check.held)


def of_events(experiment: AbstractExperiment, theory: MakeTheory, plan: Plan, *ways: Callable[[Check], None]) -> Answer:
    must_be("experiment", experiment, AbstractExperiment)
    make = family_of(theory)
    name = f"{named(make)} at {' and '.join(member.name for member in experiment.members)}"
    subject = Subject(events if plan.says else seen, nameless(experiment), make)
    return checked(name, subject, plan, experiment, *ways)


def check_production(production: AbstractProduction, theory: MakeTheory, plan: Plan = WHOLE) -> Answer:
    """A production, by its flux of a theory that it makes: if it has a `log_scale`, nothing else knows the coupling."""
    must_be("production", production, AbstractProduction)
    make = family_of(theory)
    name = f"{named(make)} by {production.name}"
    one = make.one(*plan.masses)
    if not production.makes(one):
        raise ValueError(f"{name}: it makes nothing of that theory: check it with one that it makes")
    scaled = () if production.log_scale(one) is None else (Check.only_the_scale_knows,)
    ways = *scaled, Check.eager, Check.mapped
    return checked(name, Subject(made, production, make), plan, shell(production), *ways)


def check_stage(stage: AbstractStage, theory: MakeTheory, flux: Flux | AbstractProduction, plan: Plan = WHOLE) -> Answer:
    """A stage, by what it leaves of a flux, whose nodes get the mass of each theory, or of that of a production."""
    must_be("stage", stage, AbstractStage)
    must_be("flux", flux, (Flux, AbstractProduction))
    make = family_of(theory)
    name, productions = f"{named(make)} behind {type(stage).__name__}", () if isinstance(flux, Flux) else (flux,)
    if isinstance(flux, Flux):
        flux, plan = jax.tree.map(lambda leaf: np.asarray(leaf, float), flux), plan._replace(closed=())
    ways = Check.stays_nothing, Check.eager, Check.mapped
    return checked(name, Subject(behind, (stage, flux), make), plan, shell(*productions), *ways)


def checked(name: str, subject: Subject, plan: Plan, experiment: AbstractExperiment, *ways: Callable[[Check], None]) -> Answer:
    """All that is wanted of every subject, and more in some ways."""
    want_numbers(plan)
    for path, leaf in jax.tree.leaves_with_path(subject):
        if isinstance(leaf, str):
            place = jax.tree_util.keystr(path).removeprefix(".")
            raise Wrong(f"{name}: {place} is a word: its field must be static, eqx.field(static=True)")
    with jax.enable_x64(True):
        try:
            check = Check(name, subject, plan, experiment)
            check.right()
            for way in ways:
                way(check)
        except jax.errors.JAXTypeError as error:
            raise Wrong(f"{name}: it cannot be compiled: {str(error).splitlines()[0]}") from error
    return check.double["more"]


def shell(*productions: AbstractProduction) -> Experiment:
    """An experiment that counts nothing, to be asked for kinks."""
    return Experiment("", "", (), 1.0, productions, ())


def must_be(what: str, value: object, kind: type | tuple[type, ...]) -> None:
    """Raise `ValueError` unless a value is of a kind."""
    if not isinstance(value, kind):
        kinds = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        got = f"the class {value.__name__}" if isinstance(value, type) else f"of type {type(value).__name__}"
        raise ValueError(f"{what} must be an object of {kinds}, not {got}")


def family_of(theory: MakeTheory) -> Family:
    """The family, if it is one."""
    if isinstance(theory, AbstractTheory) or not callable(theory):
        raise ValueError(f"theory must be the class of a theory or a Family, not an object of {type(theory).__name__}")
    must_be("what a theory makes of mass and coupling", family(theory).one(), AbstractTheory)
    return family(theory)


def named(make: Family) -> str:
    return getattr(make.make, "name", None) or getattr(make.make, "__name__", "the theory")
