"""How a limit depends on every number of its experiment and of its theory, by automatic differentiation."""

import dataclasses
import functools
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import Experiment
from jaxdump.inference.exclusion import criterion, pieces, regions_alone
from jaxdump.inference.limits import limit
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic, check_slopes
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.settings import changed
from jaxdump.theories import AbstractTheory
from jaxdump.typing import Scalar

ROUNDING = 1e-12
"""Slopes below this are none."""


class Sensitivity(NamedTuple):
    """Slopes of the edges of the excluded couplings at one mass, per input and region."""

    inputs: tuple[str, ...]
    regions: tuple[str, ...]
    value: np.ndarray
    """(inputs, regions) the number, which may differ between regions; nan for a table, or where a region has none."""
    lower: np.ndarray
    """(inputs, regions) d ln(smallest excluded coupling) / d ln(input), or / d input where its value is zero; nan where the
    limit has no such edge."""
    upper: np.ndarray
    """The same for the largest."""


def sensitivity(
    experiment: Experiment,
    theory: type[AbstractTheory],
    mass: float,
    rule: AbstractStatistic = PUBLISHED,
    **parameters: float | str,
) -> Sensitivity:
    """How the limit at `mass` [GeV] moves with each number of the experiment and of the theory; for people, not for jit.

    `parameters` are numbers and choices of the theory. A table, such as an efficiency, is multiplied as a whole. Raises
    `ValueError` for what has no derivatives: feldman-cousins, toys, and expected limits, which jump from whole count to whole
    count.
    """
    check_slopes(rule)
    inputs = (*numbers_of(experiment), *parameters_of(theory, parameters))
    edges = limit(experiment, partial(theory, **parameters), np.array([mass]), rule)
    with jax.enable_x64(True):

        @jax.jit
        @partial(jax.jacrev, argnums=(0, 1))
        def slopes(factors: dict[str, Array], log_coupling: Float[Array, " regions"]) -> Float[Array, " regions"]:
            run = functools.reduce(partial(scaled, factors), numbers_of(experiment), experiment)
            own = {name: times(value, factors[name]) for name, value in parameters_of(theory, parameters).items()}
            at_mass = partial(theory, jnp.asarray(mass, float), **{**parameters, **own})
            functions = pieces(criterion(run, rule), run.at_mass(at_mass(jnp.ones(()))))
            return jnp.stack([piece(at_mass(g)) for piece, g in zip(functions, jnp.exp(log_coupling), strict=True)])

        def of_edge(coupling: np.ndarray) -> np.ndarray:
            """The implicit function theorem: -(d excess / d ln input) / (d excess / d ln coupling)."""
            ones = dict.fromkeys(inputs, jnp.ones(()))
            per_input, per_coupling = slopes(ones, jnp.log(jnp.where(jnp.isnan(coupling), 1.0, coupling)))
            there, of_input = ~np.isnan(coupling), np.stack([np.asarray(per_input[name]) for name in inputs])
            return np.where(there, -of_input / np.where(there, np.diagonal(per_coupling), 1.0), np.nan)

        lower, upper = of_edge(edges.lower[0]), of_edge(edges.upper[0])
    parts = [experiment] if rule.combined else regions_alone(experiment)
    values = [{**numbers_of(part), **parameters_of(theory, parameters)} for part in parts]
    value = np.array([[of_part.get(name, np.nan) for of_part in values] for name in inputs], dtype=float)
    return Sensitivity(inputs, edges.regions, value, lower, upper)


def times(value: Scalar, factor: Scalar) -> Scalar:
    """The value times a factor; from zero the same steps are absolute."""
    return value * factor if value else value + (factor - 1.0)


def scaled(factors: dict[str, Array], experiment: Experiment, name: str) -> Experiment:
    """The experiment with the numbers called `name` multiplied by their factor."""

    def change(old: Any) -> Any:
        if isinstance(old, LogCurve):
            return eqx.tree_at(lambda curve: curve.scale, old, old.scale * factors[name])
        return old if old is None else times(old, factors[name])

    return changed(experiment, name, change, set())


def parameters_of(theory: type[AbstractTheory], given: dict[str, float | str]) -> dict[str, float]:
    """The theory's numbers other than mass and coupling: its defaults, and those that are given."""
    defaults = {field.name: field.default for field in dataclasses.fields(theory)}
    return {name: value for name, value in {**defaults, **given}.items() if isinstance(value, int | float)}


def numbers_of(node: Any, owner: str = "") -> dict[str, float | None]:
    """The numbers of an experiment by name, those of one word after their owner: `x_min`, but `beam_energy`."""
    found: dict[str, float | None] = {}
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        name = field.name if "_" in field.name or not owner else f"{owner}_{field.name}"
        if isinstance(value, LogCurve):
            found[name] = None
        elif isinstance(value, float):
            found[name] = value
        elif isinstance(value, tuple):
            for item in value:
                found |= numbers_of(item) if dataclasses.is_dataclass(item) else {}
        elif dataclasses.is_dataclass(value):
            found |= numbers_of(value, field.name)
    return found
