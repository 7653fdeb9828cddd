"""Numbers and choices of experiments and theories, changed by their names."""

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import equinox as eqx
import jax
import numpy as np

from jaxdump.checks import is_traced
from jaxdump.experiment import Experiment
from jaxdump.fields import check_choice, takes_several, words_of
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import Family

SHOWN = 6
"""Most numbers that a message lists."""
CLOSE = 0.65
"""Least likeness of two names, by `difflib`, of which one is taken for a slip."""


class Setting(NamedTuple):
    """A number or a choice of an experiment, and where it is."""

    path: tuple[str | int, ...]
    """Fields, and places in tuples, that lead to the setting."""
    names: tuple[str, ...]
    """Names of the setting, the usual one first."""
    place: str
    """Production, region or stage of the transport that has the setting; empty if the experiment itself has it."""
    value: Any
    """A number, a table, a word, or None for a number that is left out."""
    field: dataclasses.Field
    owner: type
    """Class that has the field."""


def settings_of(node: Any, path: tuple = (), places: tuple[str, ...] = (), owner: str = "") -> Iterator[Setting]:
    """Every number and choice of an experiment.

    A setting is called by its field (`exposure`, `x_min`, `exit_length`). A number whose field is one word is also called by
    its owner's field and its own (`beam_energy`, `target_length`). Before both may stand the places around them: a production
    (`bremsstrahlung.x_min`), a region (`visible.observed`), a stage by its class (`visible.VisibleDecay.exit_length`).
    """
    if isinstance(node, tuple):
        for i, (label, item) in enumerate(zip(labels(node), node, strict=True)):
            yield from settings_of(item, (*path, i), (*places, label))
        return
    if not isinstance(node, eqx.Module) or isinstance(node, LogCurve):
        return
    for field in dataclasses.fields(node):
        value, inside = getattr(node, field.name), (*path, field.name)
        word = bool(words_of(field))
        if word or value is None or is_number(value):
            owned = () if word or not owner or "_" in field.name else (f"{owner}_{field.name}",)
            names = (*owned, field.name)
            around = dict.fromkeys([(), places[:1], places[-1:], (*places[:1], *places[-1:])[: len(places)], places])
            qualified = tuple(".".join((*some, name)) for some in around for name in names)
            yield Setting(inside, qualified, "".join(places[:1]), value, field, type(node))
        else:
            yield from settings_of(value, inside, places, field.name)


def labels(items: tuple) -> list[str]:
    """Labels that tell the items of a tuple apart: names, productions of a channel, or classes, with a number if need be."""
    found = []
    for item in items:
        own = getattr(item, "name", "") or "+".join(getattr(item, "names", ())) or type(item).__name__
        count = sum(label == own or label.startswith(f"{own}-") for label in found)
        found.append(f"{own}-{count + 1}" if count else own)
    return found


def replaced(node: Any, new: Mapping[tuple, Any]) -> Any:
    """An experiment, or a part of one, with new values at these paths."""
    if () in new:
        return new[()]
    inside: dict[str | int, dict[tuple, Any]] = {}
    for (first, *rest), value in new.items():
        inside.setdefault(first, {})[tuple(rest)] = value
    if isinstance(node, tuple):
        return tuple(replaced(item, inside[i]) if i in inside else item for i, item in enumerate(node))
    return dataclasses.replace(node, **{str(name): replaced(getattr(node, str(name)), part) for name, part in inside.items()})


def with_numbers(
    experiment: Experiment,
    theory: type[AbstractTheory] | Family,
    changes: Mapping[str, float | str],
    masses: Sequence[float] = (),
    axes: tuple[str, str] | None = None,
) -> tuple[Experiment, Family]:
    """The experiment and the family of theories with numbers and choices changed; `changes` are new values by name.

    Names are those of `settings_of`, and fields of the theory. A name of several numbers that are equal changes all of them.
    Raises `ValueError` for an unknown name, for a name of several numbers that differ, and for a value that the theory refuses.
    For a theory that accepts certain masses [GeV] only, some of these are given as `masses`. `axes` are names of two numbers
    of the theory that span the plane, by default those of the family.

    >>> import jaxdump
    >>> from jaxdump.experiments import NA64MU_2022
    >>> from jaxdump.theories import DarkPhoton
    >>> run, family = jaxdump.with_numbers(NA64MU_2022, DarkPhoton, {"exposure": 1e12, "alpha_D": 0.5})
    >>> print(f"{run.exposure:.0e} {family(0.1, 1e-3).alpha_D:.1f}")
    1e+12 0.5
    """
    if not isinstance(experiment, Experiment):
        raise ValueError("with_numbers takes one experiment, not several: change them one after the other, then combine")
    of, known_axes, given = (theory.make, theory.axes, theory.keywords) if isinstance(theory, Family) else (theory, None, {})
    theory = cast(type[AbstractTheory], of)
    axes = axes or known_axes or theory.axes()
    before = {name: value for name, value in given.items() if name not in axes}
    parameters, of_theory, new = parameters_of(theory, axes), {}, {}
    known = list(settings_of(experiment)) if set(changes) - set(parameters) else []
    for name, value in changes.items():
        if name in parameters:
            of_theory[name] = taken(theory.name, name, value, parameters[name], usual_of(parameters[name]))
            continue
        meant = called(known, name, experiment.name)
        if not meant:
            raise unknown_setting(name, value, experiment.name, theory, known)
        new |= {one.path: taken(one.field.name, name, value, one.field, one.value) for one in meant}
    make = Family(theory, {**before, **of_theory}, axes=axes)
    if of_theory:
        check_values(make, theory, masses)
    return replaced(experiment, new) if new else experiment, make


def check_values(make: Family, theory: type[AbstractTheory], masses: Sequence[float]) -> None:
    """Raise the `ValueError` of a theory for a bad value among its numbers and choices, before any work."""
    if make.axes != theory.axes():
        make.one()
        return
    usual = Family(theory).one(*masses)
    make(*(getattr(usual, name) for name in make.axes))


def family_with(
    theory: type[AbstractTheory],
    changes: Mapping[str, float | str],
    masses: Sequence[float] = (),
    axes: tuple[str, str] | None = None,
) -> Family:
    """The family of theories with numbers and choices changed, where there is no experiment; errors as of `with_numbers`."""
    parameters = parameters_of(theory)
    for name, value in changes.items():
        if name not in parameters:
            raise unknown_setting(name, value, "", theory, ())
    new = {
        name: taken(theory.name, name, value, parameters[name], usual_of(parameters[name])) for name, value in changes.items()
    }
    make = Family(theory, new, axes=axes or theory.axes())
    if new:
        check_values(make, theory, masses)
    return make


def parameters_of(theory: type[AbstractTheory], axes: tuple[str, str] | None = None) -> dict[str, dataclasses.Field]:
    """The numbers and choices of a theory besides its axes, mostly its mass and its coupling."""
    return {field.name: field for field in dataclasses.fields(theory) if field.name not in (axes or theory.axes())}


def usual_of(field: dataclasses.Field) -> float | str:
    """A value of the kind that a theory's field takes."""
    return words_of(field)[0] if words_of(field) else 0.0


def taken(owner: str, name: str, value: float | str, field: dataclasses.Field, old: Any) -> float | str:
    """A value in the type of its field; raises `ValueError` for a word that is not one of the field's words."""
    value = type_like(name, value, old)
    check_choice(owner, field.name, value, words_of(field), takes_several(field))
    return value


def called(known: Iterable[Setting], name: str, experiment: str) -> list[Setting]:
    """The settings of a name, all of one value or of one kind of detector; raises `ValueError` for other different values."""
    known = list(known)
    meant = [one for one in known if name in one.names]
    if all(same(one.value, meant[0].value) for one in meant) or of_one_detector(meant):
        return meant
    wanted = {one.path for one in meant}
    listed = [(better, group) for better, group in by_name(known).items() if wanted & {one.path for one in group}]
    told = ", ".join(f"{better} ({shown(group[0].value)})" for better, group in listed[:SHOWN])
    more = f" and {len(listed) - SHOWN} more, see `jaxdump list`" if len(listed) > SHOWN else ""
    raise ValueError(f"{name} has different values in {experiment}: say which, {told}{more}")


def of_one_detector(meant: Sequence[Setting]) -> bool:
    """Whether settings belong to what several regions call their detector, which is one thing, of one class."""
    return all(one.path[-2:-1] == ("detector",) for one in meant) and len({one.owner for one in meant}) == 1


def by_name(known: Sequence[Setting]) -> dict[str, list[Setting]]:
    """Settings by the shortest of their names that stands for one value; settings that share a name are together."""
    every: dict[str, list[Setting]] = {}
    for one in known:
        for name in one.names:
            every.setdefault(name, []).append(one)
    alike = {name: all(same(one.value, group[0].value) for one in group) for name, group in every.items()}
    found: dict[str, list[Setting]] = {}
    for one in known:
        name = next((name for name in one.names if alike[name]), one.names[-1])
        found.setdefault(name, []).append(one)
    return found


def places(settings: Iterable[Setting]) -> str:
    """The places of settings, in words for people."""
    names = [name for name in dict.fromkeys(one.place for one in settings) if name]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def shared(experiment: Experiment, names: Iterable[str]) -> list[str]:
    """One line for people for each of these names that stands for numbers in several places."""
    known = list(settings_of(experiment))
    found = {name: called(known, name, experiment.name) for name in names}
    several = {name: some for name, some in found.items() if len({one.place for one in some}) > 1}
    return [f"{name} is changed in {where(by_value(some))}" for name, some in several.items()]


def by_value(settings: Sequence[Setting]) -> list[list[Setting]]:
    """Settings of one value each together."""
    groups: list[list[Setting]] = []
    for one in settings:
        group = next((group for group in groups if same(group[0].value, one.value)), None)
        if group is None:
            groups.append(group := [])
        group.append(one)
    return groups


def where(groups: list[list[Setting]]) -> str:
    """The places of settings, for people, with their values if these differ."""
    if len(groups) == 1:
        return places(groups[0])
    return " and ".join(f"{places(group)} ({shown(group[0].value)})" for group in groups)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, as far as can be known: a traced one has no value yet and counts as equal."""
    if one is other:
        return True
    leaves, others = jax.tree.leaves(one), jax.tree.leaves(other)
    if jax.tree.structure(one) != jax.tree.structure(other) or len(leaves) != len(others):
        return False
    return all(is_traced(a) or is_traced(b) or np.array_equal(a, b) for a, b in zip(leaves, others, strict=True))


def shown(value: Any) -> str:
    """A value for people, in a few letters."""
    if value is None or is_table(value):
        return "none" if value is None else "a table"
    return str(value) if isinstance(value, str) or is_traced(value) else f"{float(value):g}"


def unknown_setting(
    name: str, value: float | str, experiment: str, theory: type[AbstractTheory], known: Sequence[Setting]
) -> ValueError:
    """The error for a name that neither experiment, if there is one, nor theory has.

    It tells the nearest names, or the choice of that value.
    """
    fields = {**parameters_of(theory), **{one.field.name: one.field for one in known if words_of(one.field)}}
    words = {word: f"{field.name}={word}" for field in fields.values() for word in words_of(field)}
    if name in words:
        return ValueError(f"{name} is no name but a value: set {words[name]}")
    names = {each: each for one in known for each in one.names if "." in name or "." not in each}
    every = {**words, **names, **{each: each for each in fields}}
    told = " or ".join(every[each] for each in difflib.get_close_matches(name, every, n=3, cutoff=CLOSE))
    none = f"neither {experiment} nor {theory.name} has it" if experiment else f"{theory.name} does not have it"
    remedy = f"did you mean {told}" if told else f"{none}, see `jaxdump list NAME`"
    return ValueError(f"no {'choice' if isinstance(value, str) else 'number'} {name!r}: {remedy}")


def is_number(value: Any) -> bool:
    """Whether a value is a number or a table that people may change, also if it is an array or a tracer by now."""
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return value.ndim <= 1
    return isinstance(value, int | float | LogCurve) and not isinstance(value, bool)


def is_table(value: Any) -> bool:
    """Whether a value is a table of numbers, such as one for each bin."""
    return isinstance(value, LogCurve) or np.ndim(value) > 0


def type_like(name: str, value: float | str, old: Any) -> Any:
    """The `value` in the type of the old one: a word, a number, an array with this number in all bins, or an integer.

    Raises `ValueError` for a word in place of a number, and for a number that is not a positive integer in place of one.
    """
    if isinstance(old, str):
        return value if isinstance(value, str) else f"{value:g}"
    if isinstance(value, str):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not isinstance(old, int):
        value = float(value) if isinstance(value, int) else value
        return value if isinstance(old, LogCurve) or not is_table(old) else value * np.ones_like(old)
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
    """The error for an unknown name, with the known names that are nearest."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return ValueError(
        f"no {kind} {name!r}: {'did you mean ' + ' or '.join(near) if near else 'choose from ' + ', '.join(known)}"
    )
