"""The subjects of checks: what is calculated of a theory, a production, a stage or an experiment, at many points at once."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.flux import Flux, safe_log
from jaxdump.stage import AbstractProduction, AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import coupling_numbers
from jaxdump.theories.family import Family
from jaxdump.typing import Scalar

ENERGIES = (1e-3, 1.0, 1e3)
"""[GeV] at which decay rates are asked for."""
STEP = 1e-4
"""Of differences of fourth order, in the logarithms of mass and coupling."""
ANOTHER = 7.0
"""Times a coupling: another one."""


class Told(NamedTuple):
    """All that is asked at one mass and coupling."""

    logs: Float[Array, " k"]
    """Logarithms of what is made or seen."""
    columns: Float[Array, " c"]
    """What only has to be finite."""
    rates: Float[Array, " r"]
    """Logarithms of what a theory says of itself."""
    widths: Float[Array, " w"]
    """[GeV] to each final state."""


class Answer(NamedTuple):
    """Values at n points, slopes in (mass, coupling) with a second axis for these, and those of the sum of all backwards."""

    points: np.ndarray
    value: Told
    slopes: Told
    backwards: np.ndarray


class Subject(eqx.Module):
    """What is checked, as a function of mass and coupling; subjects of one structure share their programs."""

    numbers: Callable[[Any, AbstractTheory], Told] = eqx.field(static=True)
    """Of `parts` and a theory."""
    parts: Any
    theory: Family

    def __call__(self, mass: Scalar, coupling: Scalar) -> Told:
        return self.numbers(self.parts, self.theory(mass, coupling))


def said(theory: AbstractTheory) -> tuple[Array, Array]:
    """log of the decay rates at some energies, of couplings and of widths; and the widths themselves."""
    mass = jnp.asarray(theory.mass)
    energy, every = jnp.asarray(ENERGIES, mass.dtype), theory.widths()
    widths = jnp.stack([jnp.asarray(width) for width in every.values()]) if every else jnp.zeros(0, mass.dtype)
    couplings = jnp.stack([jnp.abs(jnp.asarray(number, mass.dtype)) for number in [0.0, *coupling_numbers(theory)]])
    rates = theory.log_decay_rate(energy, jnp.full_like(energy, mass), every)
    return jnp.concatenate([rates, safe_log(couplings), safe_log(widths)]), widths


def events(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """The signal of each region, and what the theory says."""
    logs = experiment.log_signal(theory)
    return Told(logs, logs[:0], *said(theory))


def says(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """What the theory says alone."""
    rates, widths = said(theory)
    return Told(rates[:0], rates[:0], rates, widths)


def seen(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """The signal of each region alone."""
    logs = experiment.log_signal(theory)
    return Told(logs, logs[:0], logs[:0], logs[:0])


def seen_held(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """The same from production integrals that were done for another coupling."""
    return seen(experiment.held(theory.with_coupling(ANOTHER * theory.coupling)), theory)


def made(production: AbstractProduction, theory: AbstractTheory) -> Told:
    """The total of a flux; its common factor as it and the production tell it, and all other columns."""
    flux = production(theory)
    own = production.log_scale(theory)
    if own is None:
        return told(flux, columns_of(flux))
    scales = [jnp.asarray(scale, flux.log_weight.dtype)[None] for scale in (flux.log_scale, own)]
    others = columns_of(dataclasses.replace(flux, log_scale=scales[0][:0]))
    return told(flux, jnp.concatenate([*scales, others]))


def behind(parts: tuple[AbstractStage, Flux | AbstractProduction], theory: AbstractTheory) -> Told:
    """What a stage leaves of a flux, whose nodes get the mass of the theory, or of that of a production."""
    stage, source = parts
    if isinstance(source, Flux):
        source = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.result_type(theory.mass)), source)
        flux = dataclasses.replace(source, mass=jnp.full_like(source.energy, theory.mass))
    else:
        flux = source(theory)
    flux = stage(theory, flux)
    return told(flux, columns_of(flux))


def told(flux: Flux, columns: Array) -> Told:
    """The total of a flux, and columns."""
    return Told(flux.log_total()[None], columns, columns[:0], columns[:0])


def columns_of(flux: Flux) -> Array:
    """All numbers of a flux, one after the other."""
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(flux) if eqx.is_inexact_array(leaf)])


@jax.jit
def everywhere(subject: Subject, points: Float[Array, "n 2"]) -> tuple[Told, Told, Array]:
    """Values and slopes forwards and backwards, at one point after the other."""

    def at(point: Float[Array, " 2"]) -> tuple[Told, Told, Array]:
        value, forward = jax.linearize(subject, *point)
        backwards = jax.linear_transpose(forward, *point)(jax.tree.map(jnp.ones_like, value))
        one, zero = jnp.ones_like(point[0]), jnp.zeros_like(point[0])
        slopes = jax.tree.map(lambda *each: jnp.stack(each), forward(one, zero), forward(zero, one))
        return value, slopes, jnp.stack(backwards)

    return jax.lax.map(at, points)


@jax.jit
def mapped(subject: Subject, points: Float[Array, "n 2"]) -> Told:
    """Values at all points at once."""
    return jax.vmap(subject)(*points.T)


def moved(points: np.ndarray) -> np.ndarray:
    """(8 n, 2) points with mass, and then coupling, times exp(2, 1, -1 and -2 steps)."""
    shifts = np.exp(STEP * np.array([2, 1, -1, -2])[:, None] * np.eye(2)[:, None])
    return (shifts[:, :, None] * points).reshape(-1, 2)


def differences(values: np.ndarray, count: int) -> np.ndarray:
    """(n, 2, k) slopes in ln(mass) and ln(coupling) from the values at what `moved` makes of n = `count` points."""
    f = values.reshape(2, 4, count, -1)
    return np.moveaxis((8 * (f[:, 1] - f[:, 2]) - (f[:, 0] - f[:, 3])) / (12 * STEP), 0, 1)
