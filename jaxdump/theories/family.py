"""A theory whose mass and coupling are still open."""

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial

import equinox as eqx

from jaxdump.checks import with_real_numbers
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

MakeTheory = Callable[..., AbstractTheory]
"""(mass, coupling) -> theory: a theory's class, a partial of it with keywords, or a `Family`."""


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
