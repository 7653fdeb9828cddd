"""Families of theories: theories in a plane of two of their numbers, mostly mass and coupling."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import partial

import equinox as eqx
import jax.numpy as jnp

from jaxdump.fields import with_real_numbers, words_of
from jaxdump.theories.base import SEARCHED, AbstractTheory
from jaxdump.typing import Scalar

MakeTheory = Callable[..., AbstractTheory]
"""A function (mass, coupling) -> theory: the class of a theory, a partial of it with keywords, or a `Family`."""
USUAL = ("mass", "coupling")
"""Axes of a function of mass and coupling."""
MASSES, COUPLINGS = (1.0, 0.1, 1e-2, 1e-3), (1.0, 1e-3, 1e-6, 1e-9, 1e-12)
"""Masses [GeV] and couplings of which every theory accepts at least one."""


class Family(eqx.Module):
    """A function of two numbers, the axes of a plane, to theories. It holds the others: another value compiles nothing new.

    The axes are mostly the mass and the coupling; any two numbers of the theory may be. Raises `ValueError` for a name that the
    theory does not have, for an axis that is no number, and for a number that is neither given nor an axis nor has a default.

    >>> from jaxdump.theories import Alp, DarkPhoton
    >>> Family(DarkPhoton, {"alpha_D": 0.5})(0.1, 1e-3).alpha_D.item()
    0.5
    >>> alp = Family(Alp, {"mass": 0.1}, axes=("g_photon", "g_muon"))(1e-4, 1e-3)
    >>> f"{alp.mass:g} {alp.g_photon:g} {alp.g_muon:g}"
    '0.1 0.0001 0.001'
    """

    make: Callable[..., AbstractTheory] = eqx.field(static=True)
    """The class of the theory, or another function of mass and coupling."""
    numbers: dict[str, Scalar]
    """Parameters that are numbers, such as alpha_D."""
    words: tuple[tuple[str, str], ...] = eqx.field(static=True)
    """Parameters that are choices, such as the kind of dark matter."""
    axes: tuple[str, str] = eqx.field(static=True)
    """Names of the two axes."""

    def __init__(
        self,
        make: Callable[..., AbstractTheory],
        parameters: Mapping[str, Scalar | str] | None = None,
        *,
        axes: tuple[str, str] | None = None,
        **more: Scalar | str,
    ):
        given = {**(parameters or {}), **more}
        kind = class_of(make)
        if kind is not None:
            axes = kind.axes() if axes is None else axes
            given = {**defaults_of(kind, axes), **given}
            check_parameters(kind, axes, given)
        elif axes is not None:
            raise ValueError(f"axes {' and '.join(axes)} need the class of a theory, not a function of mass and coupling")
        self.make = make
        self.numbers = {name: with_real_numbers(value) for name, value in given.items() if not isinstance(value, str)}
        self.words = tuple((name, value) for name, value in given.items() if isinstance(value, str))
        self.axes = axes or USUAL

    def __call__(self, x: Scalar, y: Scalar) -> AbstractTheory:
        if class_of(self.make) is None:
            return self.make(x, y, **self.keywords)
        return self.make(**fields_of(self.make, dict(zip(self.axes, (x, y), strict=True)), self.numbers), **self.keywords)

    @property
    def fast(self) -> bool:
        """Whether the second axis is a coupling, so that production integrals are done once for all of its values."""
        kind = class_of(self.make)
        return kind is None or fields_behind(kind, self.axes)[1] in kind.couplings()

    @property
    def name(self) -> str:
        """Name of the theory; empty for a function that has none."""
        return getattr(self.make, "name", "")

    @property
    def columns(self) -> tuple[str, str]:
        """Names of both axes in tables: "mass" and "coupling" for the usual ones, whatever the theory calls them."""
        kind = class_of(self.make)
        return USUAL if kind is None or self.axes == kind.axes() else self.axes

    @property
    def labels(self) -> tuple[str, str]:
        """Labels of both axes for figures, in LaTeX."""
        return self.of_axes("label_of", self.axes)

    @property
    def units(self) -> tuple[str, str]:
        """Units of both axes in plain text."""
        return self.of_axes("unit_of", ("GeV", ""))

    @property
    def search(self) -> tuple[float, float]:
        """Values of the second axis in which limits look for what is excluded."""
        kind = class_of(self.make)
        return SEARCHED if kind is None else kind.search_of(self.axes[1])

    def of_axes(self, name: str, usual: tuple[str, str]) -> tuple[str, str]:
        """What the theory's class says of both axes; `usual` for a function."""
        kind = class_of(self.make)
        return usual if kind is None else tuple(map(getattr(kind, name), self.axes))

    def with_parameters(self, parameters: Mapping[str, Scalar | str]) -> "Family":
        """The same family with other values of some parameters."""
        return Family(self.make, {**self.keywords, **parameters}, axes=None if class_of(self.make) is None else self.axes)

    def unit(self, x: Scalar) -> AbstractTheory:
        """The theory at `x` on the first axis and one on the second, for what does not depend on couplings."""
        return self(x, jnp.ones_like(x))

    def at(self, mass: Scalar) -> AbstractTheory:
        """A theory of this `mass` [GeV] and of a coupling that it accepts; raises its `ValueError` if it accepts none."""
        refusals = []
        for coupling in COUPLINGS:
            try:
                return self(mass, coupling)
            except ValueError as error:
                refusals.append(error)
        raise refusals[0]

    def one(self, *masses: float) -> AbstractTheory:
        """A theory of the first of `masses` [GeV], or of usual masses, that it accepts, where the mass does not matter."""
        refusals = []
        for mass in (*masses, *MASSES):
            try:
                return self.at(mass)
            except ValueError as error:
                refusals.append(error)
        raise refusals[0]

    @property
    def keywords(self) -> dict[str, Scalar | str]:
        """All keywords: numbers and choices."""
        return {**self.numbers, **dict(self.words)}


def class_of(make: Callable[..., AbstractTheory]) -> type[AbstractTheory] | None:
    """The class of theories that `make` is; None for another function."""
    return make if inspect.isclass(make) and issubclass(make, AbstractTheory) else None


def fields_behind(kind: type[AbstractTheory], axes: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the fields that axes give: those that derived numbers stand for, or their own."""
    derived = kind.derived()
    return tuple(derived[name].field if name in derived else name for name in axes)


def fields_of(kind: type[AbstractTheory], values: Mapping[str, Scalar], others: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The fields that the values of axes give, with the other numbers of a theory."""
    derived = kind.derived()
    plain = {name: value for name, value in values.items() if name not in derived}
    of = lambda name: derived[name].value(values[name], {**others, **plain})
    return {**plain, **{derived[name].field: of(name) for name in values if name in derived}}


def defaults_of(kind: type[AbstractTheory], axes: tuple[str, str]) -> dict[str, float]:
    """All numbers of a theory that have a default, besides its axes: given and default values then compile alike."""
    fields, known = dataclasses.fields(kind), fields_behind(kind, axes)
    return {field.name: field.default for field in fields if isinstance(field.default, float) and field.name not in known}


def check_parameters(kind: type[AbstractTheory], axes: tuple[str, str], given: Mapping[str, Scalar | str]) -> None:
    """Raise `ValueError` for parameters or axes that a theory does not have, and for those that are missing."""
    fields, derived = {field.name: field for field in dataclasses.fields(kind)}, kind.derived()
    for name in (*axes, *given):
        if name not in fields and not (name in derived and name in axes):
            raise ValueError(f"{kind.name}: no parameter {name!r}: choose from {', '.join(fields)}")
    known = fields_behind(kind, axes)
    if len(axes) != 2 or known[0] == known[1] or any(words_of(fields[name]) for name in known):
        numbers = [name for name, field in fields.items() if not words_of(field)]
        told = ", ".join([*numbers, *derived])
        raise ValueError(f"{kind.name}: axes must be two of {told}, not {' and '.join(axes)}")
    for name, field in zip(axes, known, strict=True):
        if field in given:
            of = f"{name} is an axis" if name == field else f"the axis {name} gives {field}"
            raise ValueError(f"{kind.name}: {of}, so that it cannot be given, too")
    needed = [name for name, field in fields.items() if field.default is dataclasses.MISSING and name not in (*known, *given)]
    if needed:
        raise ValueError(f"{kind.name}: {' and '.join(needed)} must be given where the axes are {' and '.join(axes)}")


def family(make: MakeTheory) -> Family:
    """The `Family` of a class or function `make`, with all of its numbers, so that given and default values compile alike."""
    if isinstance(make, AbstractTheory):
        kind = type(make).__name__
        raise ValueError(f"a theory's class is wanted, {kind} or a partial of it, not one with its mass and coupling")
    if not callable(make):
        raise ValueError(f"a theory's class is wanted, such as jaxdump.theories.AlpPhoton, not {make!r}")
    if isinstance(make, Family):
        return make
    if isinstance(make, partial) and not make.args:
        return Family(make.func, make.keywords)
    return Family(make)
