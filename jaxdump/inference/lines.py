"""Lines in the plane of a theory: functions of it that are positive on one side, such as the exclusion of an experiment."""

import abc
import dataclasses

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.excess import AbstractTest, as_test
from jaxdump.inference.exclusion import Piece, criterion, labels, pieces
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic, check_slopes
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import Family
from jaxdump.typing import Scalar

CountsOrTest = Float[Array, " regions"] | float | AbstractTest
"""Numbers of signal events that are excluded, or a test."""


class AbstractLine(eqx.Module):
    """A line in the plane of mass and coupling, or several: `limit`, `contours`, `contour_curve` and `tip` find where it runs.

    A line is positive on one side, which these functions call excluded, and negative on the other: a relic density less the
    measured one, a magnetic moment, the signal of an experiment less the signal that its counts allow. It must be a smooth
    function of the theory between its `kinks`. A logarithm makes the best line of a quantity that goes through many decades.
    docs/develop/lines.md has an example.
    """

    @property
    @abc.abstractmethod
    def labels(self) -> tuple[str, ...]:
        """Names of the lines, one for each number; a class attribute is enough: `labels = ("relic density",)`."""

    @abc.abstractmethod
    def __call__(self, theory: AbstractTheory) -> Float[Array, " labels"]:
        """Numbers that are positive on one side, at one mass and coupling."""

    def held(self, theory: AbstractTheory) -> "AbstractLine":
        """The same line at the mass of `theory`, whose coupling is one, with all done that does not depend on the coupling."""
        return self

    def kinks(self, theory: AbstractTheory) -> dict[str, Scalar]:
        """Numbers by name that change sign where the line has a corner or jumps, besides thresholds of the theory."""
        return {}

    def quick(self) -> "AbstractLine":
        """The same line for searches that need first derivatives in mass and coupling at most."""
        return self

    def alone(self) -> list[Piece]:
        """Each line by itself."""
        return [lambda theory, i=i: numbers(self, theory)[i] for i in range(len(self.labels))]


def numbers(line: AbstractLine, theory: AbstractTheory) -> Float[Array, " labels"]:
    """The numbers of a line; raises `ValueError` unless there is one for each of its labels."""
    found = jnp.asarray(line(theory))
    if found.shape != (len(line.labels),):
        told = f"{type(line).__name__} must return one number for each label, {', '.join(line.labels)}"
        raise ValueError(f"{told}: an array of shape ({len(line.labels)},), not {found.shape}")
    return found


class Exclusion(AbstractLine):
    """The border of what an experiment excludes by a test of its counts."""

    experiment: AbstractExperiment
    test: AbstractTest

    @property
    def labels(self) -> tuple[str, ...]:
        return labels(self.experiment, combined=self.test.log_counts is None)

    def __call__(self, theory: AbstractTheory) -> Float[Array, " labels"]:
        return self.test.excess(self.experiment.signal(theory))

    def held(self, theory: AbstractTheory) -> "Exclusion":
        return Exclusion(self.experiment.held(theory), self.test)

    def quick(self) -> "Exclusion":
        return dataclasses.replace(self, test=self.test.quick())

    def alone(self) -> list[Piece]:
        return pieces(self.test, self.experiment)


def held_at(line: AbstractLine, theory: Family, x: Scalar) -> AbstractLine:
    """The line with all done that does not depend on couplings, at `x` on the first axis, if the second is a coupling."""
    return line.held(theory.unit(x)) if theory.fast else line


def as_line(line: AbstractLine | AbstractExperiment, rule: AbstractStatistic = PUBLISHED) -> AbstractLine:
    """A line, or the border of what an experiment excludes by a rule; raises `ValueError` for a line with a rule."""
    if not isinstance(line, AbstractLine):
        return Exclusion(line, criterion(line, rule))
    if rule != PUBLISHED:
        raise ValueError(f"{type(line).__name__} is a line, which has no counts: leave the rule out")
    return line


def line_with_slopes(
    verb: str, line: AbstractLine | AbstractExperiment, rule: AbstractStatistic, counts: CountsOrTest | None = None
) -> AbstractLine:
    """The one line of a verb that gives slopes, of `counts` if they are given; raises `ValueError` if there are several.

    It raises `ValueError` for a rule whose limits have no slopes, too.
    """
    if counts is None:
        check_slopes(rule)
        found = as_line(line, rule)
    elif isinstance(line, AbstractLine):
        raise ValueError(f"{verb}: {type(line).__name__} is a line, which has no counts: leave them out")
    else:
        found = Exclusion(line, as_test(counts))
    if len(found.labels) != 1:
        remedy = "choose with only(name)" if isinstance(found, Exclusion) else "make each a line of its own"
        raise ValueError(f"{verb} takes one region, or a test of all together, not {len(found.labels)}: {remedy}")
    return found
