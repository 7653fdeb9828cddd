"""A theory whose mass and coupling are still open."""

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial

import equinox as eqx

from jaxdump.fields import with_real_numbers
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

MakeTheory = Callable[..., AbstractTheory]
"""(mass, coupling) -> theory: a theory's class, a partial of it with keywords, or a `Family`."""
MASSES, COUPLINGS = (1.0, 0.1, 1e-2, 1e-3), (1.0, 1e-3, 1e-6, 1e-9, 1e-12)
"""Masses [GeV] and couplings that theories take, or some of them."""


class Family(eqx.Module):
    """(mass, coupling) -> theory, with the theory's other numbers as leaves: another value compiles nothing new."""

    make: Callable[..., AbstractTheory] = eqx.field(static=True)
    """The theory's class, or any function of mass and coupling."""
    numbers: dict[str, Scalar]
    """Keywords that are numbers, such as alpha_D."""
    words: tuple[tuple[str, str], ...] = eqx.field(static=True)
    """Keywords that are choices, such as the kind of dark matter."""

    def __init__(self, make: Callable[..., AbstractTheory], **keywords: Scalar | str):
        self.make = make
        self.numbers = {name: with_real_numbers(value) for name, value in keywords.items() if not isinstance(value, str)}
        self.words = tuple((name, value) for name, value in keywords.items() if isinstance(value, str))

    def __call__(self, mass: Scalar, coupling: Scalar) -> AbstractTheory:
        return self.make(mass, coupling, **self.keywords)

    def at(self, mass: Scalar) -> AbstractTheory:
        """A theory of this mass [GeV], and of a coupling that it does not refuse; raises its `ValueError` if there is none."""
        refusals = []
        for coupling in COUPLINGS:
            try:
                return self(mass, coupling)
            except ValueError as error:
                refusals.append(error)
        raise refusals[0]

    def one(self, *masses: float) -> AbstractTheory:
        """A theory of the first of `masses` [GeV], or of usual ones, that it does not refuse: it does not matter which."""
        refusals = []
        for mass in (*masses, *MASSES):
            try:
                return self.at(mass)
            except ValueError as error:
                refusals.append(error)
        raise refusals[0]

    @property
    def keywords(self) -> dict[str, Scalar | str]:
        """All numbers and choices."""
        return {**self.numbers, **dict(self.words)}


def family(make: MakeTheory) -> Family:
    """What people give as a theory, as a `Family` with all of its numbers: one that is given compiles as one that is not."""
    if isinstance(make, Family):
        own, keywords = make.make, make.keywords
    elif isinstance(make, partial) and not make.args:
        own, keywords = make.func, make.keywords
    else:
        own, keywords = make, {}
    fields = dataclasses.fields(own) if inspect.isclass(own) and issubclass(own, AbstractTheory) else ()
    numbers = {field.name: field.default for field in fields if isinstance(field.default, float)}
    return Family(own, **{**numbers, **keywords})
