"""Slopes of a limit in every number of its experiment and of its theory, by automatic differentiation."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment, rejoined
from jaxdump.fields import Number
from jaxdump.inference.arguments import subject
from jaxdump.inference.exclusion import criterion, regions_alone
from jaxdump.inference.limits import Limits, limit
from jaxdump.inference.lines import Exclusion, held_at
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic, check_slopes
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.numerics.level_sets.field import AT_ONCE, one_by_one
from jaxdump.numerics.programs import Program
from jaxdump.settings import Setting, is_number, is_table, replaced, settings_of
from jaxdump.theories.family import Family, MakeTheory
from jaxdump.typing import Scalar

ROUNDING = 1e-12
"""Size of a slope below which it is zero but for rounding."""
FEW = 4
"""Most inputs whose slopes are taken forwards."""
Input = tuple[str, tuple[tuple[str | int, ...], ...]]
"""Name of an input, and the paths of its numbers in the experiment; none for a number of the theory."""


class Sensitivity(NamedTuple):
    """The slopes of the edges of the excluded couplings at one mass, for each input and region."""

    inputs: tuple[str, ...]
    regions: tuple[str, ...]
    value: np.ndarray
    """(inputs, regions) value of the input, which may differ between regions; nan for a table, for several numbers of one name,
    and for a region without this input."""
    lower: np.ndarray
    """(inputs, regions) d ln(smallest excluded coupling) / d ln(input), or / d input where its value is zero; nan where the
    limit has no such edge."""
    upper: np.ndarray
    """(inputs, regions) the same slopes of the largest excluded coupling."""
    error: np.ndarray
    """(inputs, regions) standard deviation of the input, which its `Number` tells; nan if nobody knows it."""

    @property
    def shifts(self) -> np.ndarray:
        """(2, inputs, regions) changes of ln(coupling) of both edges if an input is larger by its error, to first order.

        They are nan for an input without an error, and where the limit has no such edge.
        """
        return np.stack([self.lower, self.upper]) * relative(self.value, self.error)

    @property
    def shift(self) -> np.ndarray:
        """(2, regions) the `shifts` of all inputs in quadrature; nan where none is known."""
        return in_quadrature(self.shifts, axis=1)


def sensitivity(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    mass: float,
    rule: AbstractStatistic = PUBLISHED,
    **parameters: float | str,
) -> Sensitivity:
    """The slopes of the limit at `mass` [GeV] in each number of the experiment and of the theory; for people, not for jit.

    `parameters` are numbers and choices of the theory. A table, such as an efficiency, is multiplied as a whole. Numbers of one
    name in a region that differ, and of which some have an error, are inputs of their own besides. Raises `ValueError` for a
    statistic whose limits have no derivatives: feldman-cousins, toys, and expected limits, which jump from whole count to whole
    count. The command of this name (docs/limits.md) prints them.
    """
    check_slopes(rule)
    of = subject("sensitivity", experiment, theory)
    of = of.with_parameters(parameters)
    edges = limit(experiment, of, np.array([mass]), rule)
    inputs, value, error = inputs_of_limit(experiment, of, rule)
    slopes = slopes_of_limits(experiment, of, edges, rule, inputs)
    lower, upper = slopes[:, 0]
    return Sensitivity(tuple(name for name, _ in inputs), edges.regions, value, lower, upper, error)


def slopes_of_limits(
    experiment: AbstractExperiment, of: Family, limits: Limits, rule: AbstractStatistic, inputs: tuple[Input, ...]
) -> np.ndarray:
    """(2, masses, inputs, regions) slopes of both edges of limits, by one program for all masses; nan for a missing edge."""
    edges, done = np.nan_to_num(np.stack([limits.lower, limits.upper], axis=1)), []
    bare = [dataclasses.replace(one, description="", references=(), alternatives=()) for one in experiment.members]
    experiment = rejoined(experiment, bare)  # words that no statistic reads would make another program
    with jax.enable_x64(True):
        for start in range(0, limits.mass.size, AT_ONCE):
            masses, these = (rows[start : start + AT_ONCE] for rows in (limits.mass, edges))
            pad = lambda rows, missing=AT_ONCE - masses.size: np.concatenate([rows, rows[-1:].repeat(missing, axis=0)])
            slopes = edge_slopes(experiment, of, pad(masses), pad(these), masses.size, inputs=inputs, rule=rule)
            done.append(np.asarray(slopes)[: masses.size])
    return np.moveaxis(np.where(edges[:, :, None] > 0, np.concatenate(done), np.nan), 1, 0)


@Program
def edge_slopes(
    experiment: AbstractExperiment,
    theory: Family,
    masses: Float[Array, " masses"],
    edges: Float[Array, "masses 2 regions"],
    count: Scalar,
    *,
    inputs: tuple[Input, ...],
    rule: AbstractStatistic,
) -> Float[Array, "masses 2 inputs regions"]:
    """Slopes of the edges at the first `count` masses, by the implicit function theorem; of an edge of zero anything finite.

    They are -(d excess / d ln input) / (d excess / d ln coupling).
    """

    def excess(moved: Float[Array, " moved"], mass: Scalar, log_coupling: Float[Array, " regions"]) -> Float[Array, " regions"]:
        """The excess of each region if inputs are multiplied by `moved`, and last all couplings."""
        factors = {name: moved[i] for i, (name, _) in enumerate(inputs)}
        own = {name: times(value, factors[name]) for name, value in theory.numbers.items() if name in factors}
        run, make = scaled(experiment, inputs, factors), theory.with_parameters(own)
        functions = held_at(Exclusion(run, criterion(run, rule)), make, mass).alone()
        return jnp.stack([of(make(mass, g)) for of, g in zip(functions, jnp.exp(log_coupling) * moved[-1], strict=True)])

    jacobian = (jax.jacfwd if len(inputs) <= FEW else jax.jacrev)(excess)

    def at(row: tuple[Array, Array]) -> Array:
        mass, couplings = row
        log_couplings = jnp.log(jnp.where(couplings > 0, couplings, 1.0))
        slopes = jax.lax.map(lambda edge: jacobian(jnp.ones(len(inputs) + 1, edge.dtype), mass, edge), log_couplings)
        of_coupling = jnp.where(couplings > 0, slopes[:, :, -1], 1.0)
        return -jnp.swapaxes(slopes[:, :, :-1], 1, 2) / of_coupling[:, None]

    return one_by_one(at, (masses, edges), count)


def times(value: Any, factor: Scalar) -> Any:
    """The value times a factor, a table as a whole; a value of zero plus the factor less one."""
    if isinstance(value, LogCurve):
        return eqx.tree_at(lambda curve: curve.scale, value, value.scale * factor)
    return value * factor if is_table(value) else value + (factor - 1.0) * jnp.where(value == 0, 1.0, value)


def scaled(experiment: AbstractExperiment, inputs: tuple[Input, ...], factors: Mapping[str, Scalar]) -> AbstractExperiment:
    """The experiment with its inputs multiplied by the factor of their name."""
    values = {one.path: one.value for one in settings_of(experiment)}
    for name, paths in inputs:
        values |= {path: times(values[path], factors[name]) for path in paths}
    return replaced(experiment, {path: values[path] for _, paths in inputs for path in paths})


def inputs_of_limit(
    experiment: AbstractExperiment, of: Family, rule: AbstractStatistic
) -> tuple[tuple[Input, ...], np.ndarray, np.ndarray]:
    """The inputs of a limit, with (inputs, regions) values and errors, as `Sensitivity` has them."""
    parts = [experiment] if rule.combined else regions_alone(experiment)
    known = [with_errors(part) for part in parts]
    every, own = inputs_of(experiment), {name: float(value) for name, value in of.numbers.items()}
    names = dict.fromkeys([*(one.names[0] for one in every), *own, *(name for numbers in known for name in numbers)])
    inputs = tuple((name, tuple(one.path for one in every if name in (one.names[0], one.names[-1]))) for name in names)
    own_errors = {name: value for name, value in of.numbers.items() if isinstance(value, Number)}
    found = [{**numbers_of(part), **own, **numbers} for part, numbers in zip(parts, known, strict=True)]
    value = np.array([[numbers.get(name, np.nan) for numbers in found] for name in names], dtype=float)
    error = [[getattr({**own_errors, **numbers}.get(name), "error", None) for numbers in known] for name in names]
    return inputs, value, np.array(error, dtype=float)


def with_errors(part: AbstractExperiment) -> dict[str, Number]:
    """The numbers of an experiment that have an error: by their usual name if all of this name are one, else by the longest."""
    groups: dict[str, list[Setting]] = {}
    for one in inputs_of(part):
        groups.setdefault(one.names[0], []).append(one)
    found = {}
    for name, group in groups.items():
        kinds = {(float(one.value), one.value.error) for one in group if isinstance(one.value, Number) and one.value.error}
        alike = len(kinds) == 1 and all(isinstance(one.value, Number) and one.value.error for one in group)
        found |= {name if alike else one.names[-1]: one.value for one in group if getattr(one.value, "error", None)}
    return found


def relative(value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Errors over the sizes of their values, as slopes take them: of a value of zero the error itself."""
    return error / np.where(value == 0, 1.0, value)


def in_quadrature(shifts: np.ndarray, axis: int) -> np.ndarray:
    """The root of the sum of the squares of those that are known; nan where none is."""
    return np.where(np.isnan(shifts).all(axis), np.nan, np.sqrt(np.nansum(shifts**2, axis)))


def inputs_of(experiment: AbstractExperiment) -> list[Setting]:
    """The numbers and tables of an experiment, without numbers of nodes and numbers that are left out."""
    return [one for one in settings_of(experiment) if is_number(one.value) and not isinstance(one.value, int)]


def numbers_of(experiment: AbstractExperiment) -> dict[str, float | None]:
    """The numbers of an experiment by name; None for a table, and for different numbers of one name."""
    found: dict[str, float | None] = {}
    for one in inputs_of(experiment):
        value = None if is_table(one.value) else one.value
        name = one.names[0]
        found[name] = value if found.setdefault(name, value) == value else None
    return found
