"""Numbers and choices of experiments and theories, changed by their names."""

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import numpy as np

from jaxdump.experiment import Experiment
from jaxdump.fields import check_choice, takes_several, words_of
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import Family


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


def unknown(kind: str, name: str, known: Iterable[str]) -> ValueError:
    """The error for a name that is not known, with the nearest that are."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return ValueError(
        f"no {kind} {name!r}: {'did you mean ' + ' or '.join(near) if near else 'choose from ' + ', '.join(known)}"
    )
