"""From what people write on the command line to theories and experiments with their numbers changed."""

import dataclasses
import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import numpy as np

from jaxdump import modules
from jaxdump.checks import check_choice, takes_several, words_of
from jaxdump.constants import LEPTON_MASS
from jaxdump.experiment import Experiment
from jaxdump.experiments import EXPERIMENTS
from jaxdump.interpolate import LogCurve
from jaxdump.theories import THEORIES, AbstractTheory
from jaxdump.theories.family import Family


def unknown(kind: str, name: str, known: Iterable[str]) -> ValueError:
    """The error for a name that is not known, with the nearest that are."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return ValueError(
        f"no {kind} {name!r}: {'did you mean ' + ' or '.join(near) if near else 'choose from ' + ', '.join(known)}"
    )


def find_theory(name: str) -> type[AbstractTheory]:
    """A theory's class by its name, or by `module:NAME` or `file.py:NAME`."""
    if ":" not in name:
        if name not in THEORIES:
            raise unknown("theory", name, THEORIES)
        return THEORIES[name]
    found = load(name)
    if not (inspect.isclass(found) and issubclass(found, AbstractTheory) and not inspect.isabstract(found)):
        raise ValueError(f"{name} is not a theory: it must be a final subclass of jaxdump.theories.AbstractTheory")
    return found


def check_answers(theory: type[AbstractTheory], make: Family, masses: Sequence[float] = ()) -> None:
    """Raise `ValueError` unless couplings, widths and kinks of a theory are numbers, as of one that forgets to return them.

    Widths must be finite and not negative, as far as one of `masses`, or a usual one, can tell.
    """

    def ask(mass: jax.Array, coupling: jax.Array) -> None:
        one = make(mass, coupling)
        widths: Any = one.widths()
        if not isinstance(widths, dict):
            raise ValueError(f"{theory.__name__}.widths must return widths by final state, not {widths!r}")
        answers = {f"widths, for {name!r},": width for name, width in widths.items()}
        answers |= {f"coupling_to({name!r})": one.coupling_to(name) for name in (*LEPTON_MASS, "photon")}
        for what, value in answers.items():
            if not is_real(value):
                raise ValueError(f"{theory.__name__}.{what} must return a real number, not {value!r}")

    jax.eval_shape(ask, 1.0, 1.0)
    one = make.one(*masses)
    for name, width in one.widths().items():
        if not (np.isfinite(width) and np.asarray(width) >= 0):
            what = f"{theory.__name__}.widths, for {name!r}, at {float(one.mass):g} GeV"
            raise ValueError(f"{what} must be finite and not negative, not {width}")
    told: Any = one.kinks()
    if not isinstance(told, Iterable) or not all(is_real(mass) for mass in told):
        raise ValueError(f"{theory.__name__}.kinks must return masses [GeV], not {told!r}")


def is_real(value: object) -> bool:
    """Whether a value is one real number, or will be one; truth values are none."""
    number = isinstance(value, int | float | np.generic | np.ndarray | jax.Array) and np.ndim(value) == 0
    return number and np.dtype(getattr(value, "dtype", type(value))).kind in "iuf"


def find_experiment(name: str) -> Experiment:
    """An experiment by its name, or by `module:NAME` or `file.py:NAME`."""
    if ":" not in name:
        if name not in EXPERIMENTS:
            raise unknown("experiment", name, EXPERIMENTS)
        return EXPERIMENTS[name]
    found = load(name)
    if not isinstance(found, Experiment):
        raise ValueError(f"{name} is not an experiment: it must be an instance of jaxdump.Experiment")
    return found


def load(name: str) -> object:
    """The object that `module:NAME`, `folder/module:NAME` or `file.py:NAME` names; any failure is a `ValueError`."""
    source, _, attribute = name.rpartition(":")
    module = modules.load(source)
    if hasattr(module, attribute):
        return getattr(module, attribute)
    if source == "__main__":
        raise ValueError(f"{name} was in the Python program that asked: write it into a file, and name file.py:{attribute}")
    raise unknown(f"name in {source}", attribute, [known for known in vars(module) if not known.startswith("_")])


def with_numbers(
    experiment: Experiment, theory: type[AbstractTheory], changes: Mapping[str, float | str], masses: Sequence[float] = ()
) -> tuple[Experiment, Family]:
    """The experiment and the theory with named numbers and choices changed; raises `ValueError` for a name that neither has.

    A number is called by its field (`exposure`, `x_min`, `exit_length`), or by its owner's field and its own
    (`beam_energy`, `target_length`), a choice by its field (`target`); both are changed wherever they occur. The theory may be
    one of certain masses [GeV] only, which are then some of `masses`.
    """
    parameters = {field.name for field in dataclasses.fields(theory)} - {"mass", theory.coupling_name}
    usual = {field.name: words_of(field)[0] if words_of(field) else 0.0 for field in dataclasses.fields(theory)}
    of_theory = {name: type_like(name, value, usual[name]) for name, value in changes.items() if name in parameters}
    for name, value in changes.items():
        if name in of_theory:
            continue
        known: set[str] = set()
        experiment = changed(experiment, name, partial(type_like, name, value), known)
        if name not in known:
            raise unknown("choice" if isinstance(value, str) else "number", name, known | parameters)
    for field in dataclasses.fields(theory):
        if field.name in of_theory:
            check_choice(theory.name, field.name, of_theory[field.name], words_of(field), takes_several(field))
    make = Family(theory, **of_theory)
    if of_theory:  # a bad value is told before any work
        usual = Family(theory).one(*masses)
        make(usual.mass, usual.coupling)
    return experiment, make


def changed(node: Any, name: str, change: Callable[[Any], Any], known: set[str], owner: str = "") -> Any:
    """`node` with `change` applied to every number or choice called `name`; all names seen are added to `known`.

    A number that may be left out, and is, is None.
    """
    if isinstance(node, tuple):
        return tuple(changed(item, name, change, known, owner) for item in node)
    if not isinstance(node, eqx.Module) or isinstance(node, LogCurve):
        return node
    new = {}
    for field in dataclasses.fields(node):
        old = getattr(node, field.name)
        if words_of(field):
            known.add(field.name)
            new[field.name] = change(old) if name == field.name else old
            check_choice(field.name, field.name, new[field.name], words_of(field), takes_several(field))
        elif old is None or is_number(old):
            names = {field.name, f"{owner}_{field.name}" if owner else field.name}
            known |= names
            new[field.name] = change(old) if name in names else old
        else:
            new[field.name] = changed(old, name, change, known, field.name)
    return node if all(new[key] is getattr(node, key) for key in new) else dataclasses.replace(node, **new)


def is_number(value: Any) -> bool:
    """Whether a field is a number that people may change: also one that was changed by an array, or by a tracer."""
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return value.ndim == 0
    return isinstance(value, int | float | LogCurve) and not isinstance(value, bool)


def type_like(name: str, value: float | str, old: float | str | LogCurve | None) -> float | str:
    """`value` as a word where the old one is one, else as a number, an integer where that is one, like a count of nodes."""
    if isinstance(old, str):
        return value if isinstance(value, str) else f"{value:g}"
    if isinstance(value, str):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not isinstance(old, int):
        return float(value) if isinstance(value, int) else value
    if value != int(value) or value < 1:
        raise ValueError(f"{name} must be a positive integer, not {value:g}")
    return int(value)


def with_method(experiment: Experiment, method: str | None) -> Experiment:
    """The experiment with `method` in each production that has a choice of it."""
    if method is None:
        return experiment
    change: Callable = lambda p: dataclasses.replace(p, method=method) if hasattr(p, "method") else p
    return dataclasses.replace(experiment, productions=tuple(change(production) for production in experiment.productions))
