"""Slopes of a limit in every number of its experiment and of its theory, by automatic differentiation."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import Experiment
from jaxdump.inference.arguments import subject
from jaxdump.inference.exclusion import criterion, regions_alone
from jaxdump.inference.limits import limit
from jaxdump.inference.lines import Exclusion, held_at
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic, check_slopes
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.settings import Setting, is_number, is_table, replaced, settings_of
from jaxdump.theories import AbstractTheory
from jaxdump.theories.family import MakeTheory
from jaxdump.typing import Scalar

ROUNDING = 1e-12
"""Size of a slope below which it is zero but for rounding."""


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


def sensitivity(
    experiment: Experiment,
    theory: MakeTheory,
    mass: float,
    rule: AbstractStatistic = PUBLISHED,
    **parameters: float | str,
) -> Sensitivity:
    """The slopes of the limit at `mass` [GeV] in each number of the experiment and of the theory; for people, not for jit.

    `parameters` are numbers and choices of the theory. A table, such as an efficiency, is multiplied as a whole. Raises
    `ValueError` for a statistic whose limits have no derivatives: feldman-cousins, toys, and expected limits, which jump from
    whole count to whole count. The command of this name (docs/limits.md) prints them.
    """
    check_slopes(rule)
    make = subject("sensitivity", experiment, theory)
    kind: Any = make.make
    given = {**make.keywords, **parameters}
    inputs = (*numbers_of(experiment), *parameters_of(kind, given))
    edges = limit(experiment, make.with_parameters(given), np.array([mass]), rule)
    with jax.enable_x64(True):

        @jax.jit
        @partial(jax.jacrev, argnums=(0, 1))
        def slopes(factors: dict[str, Array], log_coupling: Float[Array, " regions"]) -> Float[Array, " regions"]:
            run = scaled(experiment, factors)
            own = {name: times(value, factors[name]) for name, value in parameters_of(kind, given).items()}
            at, x = make.with_parameters({**given, **own}), jnp.asarray(mass, float)
            functions = held_at(Exclusion(run, criterion(run, rule)), at, x).alone()
            return jnp.stack([piece(at(x, g)) for piece, g in zip(functions, jnp.exp(log_coupling), strict=True)])

        def of_edge(coupling: np.ndarray) -> np.ndarray:
            """The implicit function theorem: -(d excess / d ln input) / (d excess / d ln coupling)."""
            ones = dict.fromkeys(inputs, jnp.ones(()))
            per_input, per_coupling = slopes(ones, jnp.log(jnp.where(jnp.isnan(coupling), 1.0, coupling)))
            there, of_input = ~np.isnan(coupling), np.stack([np.asarray(per_input[name]) for name in inputs])
            return np.where(there, -of_input / np.where(there, np.diagonal(per_coupling), 1.0), np.nan)

        lower, upper = of_edge(edges.lower[0]), of_edge(edges.upper[0])
    parts = [experiment] if rule.combined else regions_alone(experiment)
    values = [{**numbers_of(part), **parameters_of(kind, given)} for part in parts]
    value = np.array([[of_part.get(name, np.nan) for of_part in values] for name in inputs], dtype=float)
    return Sensitivity(inputs, edges.regions, value, lower, upper)


def times(value: Scalar, factor: Scalar) -> Scalar:
    """The value times a factor; a value of zero plus the factor less one."""
    return value * factor if value else value + (factor - 1.0)


def inputs_of(experiment: Experiment) -> list[Setting]:
    """The numbers and tables of an experiment, without numbers of nodes and numbers that are left out."""
    return [one for one in settings_of(experiment) if is_number(one.value) and not isinstance(one.value, int)]


def scaled(experiment: Experiment, factors: dict[str, Array]) -> Experiment:
    """The experiment with its numbers multiplied by the factor of their name."""

    def new(old: Any, factor: Array) -> Any:
        if isinstance(old, LogCurve):
            return eqx.tree_at(lambda curve: curve.scale, old, old.scale * factor)
        return old * factor if is_table(old) else times(old, factor)

    return replaced(experiment, {one.path: new(one.value, factors[one.names[0]]) for one in inputs_of(experiment)})


def numbers_of(experiment: Experiment) -> dict[str, float | None]:
    """The numbers of an experiment by name; None for a table, and for different numbers of one name."""
    found: dict[str, float | None] = {}
    for one in inputs_of(experiment):
        value = None if is_table(one.value) else one.value
        name = one.names[0]
        found[name] = value if found.setdefault(name, value) == value else None
    return found


def parameters_of(theory: type[AbstractTheory], given: dict[str, float | str]) -> dict[str, float]:
    """The theory's numbers other than mass and coupling: its defaults, and those that are given."""
    defaults = {field.name: field.default for field in dataclasses.fields(theory)}
    return {name: value for name, value in {**defaults, **given}.items() if isinstance(value, int | float)}
