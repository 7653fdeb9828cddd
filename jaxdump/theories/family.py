"""Families of theories: a theory whose mass and coupling are still free."""

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax.numpy as jnp

from jaxdump.fields import with_real_numbers
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

MakeTheory = Callable[..., AbstractTheory]
"""A function (mass, coupling) -> theory: the class of a theory, a partial of it with keywords, or a `Family`."""
MASSES, COUPLINGS = (1.0, 0.1, 1e-2, 1e-3), (1.0, 1e-3, 1e-6, 1e-9, 1e-12)
"""Masses [GeV] and couplings of which every theory accepts at least one."""


class Family(eqx.Module):
    """A function (mass, coupling) -> theory that holds the other numbers of the theory: another value compiles nothing new."""

    make: Callable[..., AbstractTheory] = eqx.field(static=True)
    """The class of the theory, or another function of mass and coupling."""
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

    def unit(self, mass: Scalar) -> AbstractTheory:
        """The theory of this `mass` [GeV] and a coupling of one, for integrals that do not depend on the coupling."""
        return self(mass, jnp.ones_like(mass))

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


def family(make: MakeTheory) -> Family:
    """The `Family` of a class or function `make`, with all of its numbers, so that given and default values compile alike."""
    if isinstance(make, AbstractTheory):
        kind = type(make).__name__
        raise ValueError(f"a theory's class is wanted, {kind} or a partial of it, not one with its mass and coupling")
    if not callable(make):
        raise ValueError(f"a theory's class is wanted, such as jaxdump.theories.AlpPhoton, not {make!r}")
    if isinstance(make, Family):
        own, keywords = make.make, make.keywords
    elif isinstance(make, partial) and not make.args:
        own, keywords = make.func, make.keywords
    else:
        own, keywords = make, {}
    fields = dataclasses.fields(own) if inspect.isclass(own) and issubclass(own, AbstractTheory) else ()
    numbers = {field.name: field.default for field in fields if isinstance(field.default, float)}
    return Family(own, **{**numbers, **keywords})
