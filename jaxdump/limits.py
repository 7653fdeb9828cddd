"""Limits and planes over (mass, coupling): one production integral per mass."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.experiment import Experiment, SignalRegion
from jaxdump.roots import Interval, interval, interval_values
from jaxdump.statistics import upper_count
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

MakeTheory = Callable[..., AbstractTheory]
"""(mass, coupling) -> theory: a theory's class, or a partial of it."""
Statistic = Literal["counts", "cls", "bayes"]
COUPLING_RANGE = (1e-12, 1e3)
"""Couplings that limits are looked for in."""
BATCHES = (8, 64)
"""Masses in one compiled call, few and many: lists are padded to these, so that another length compiles nothing new."""


class Limits(NamedTuple):
    """Edges of the excluded couplings, per mass and region."""

    regions: tuple[str, ...]
    mass: np.ndarray
    """(masses,) [GeV]"""
    lower: np.ndarray
    """(masses, regions) smallest excluded coupling; nan where there is none."""
    upper: np.ndarray
    """(masses, regions) largest excluded coupling; nan where none is found below the largest that is tried."""
    status: np.ndarray
    """(masses, regions) a `Status` each."""
    counts: np.ndarray
    """(regions,) number of signal events that is excluded."""


def coupling_intervals(
    experiment: Experiment,
    theory: MakeTheory,
    mass: Scalar,
    counts: Float[Array, " regions"],
    coupling_range: tuple[float, float] = COUPLING_RANGE,
    search: Callable[..., Interval] = interval,
) -> Interval:
    """The excluded couplings of each region at one `mass` [GeV]: those with more signal than the region's `counts`.

    Fields of shape (regions,). Pure and differentiable; `counts` may depend on anything. One production integral.
    `search` is `roots.interval`, or `roots.interval_values` where no derivative is needed.
    """
    mass = jnp.asarray(mass)
    ready = experiment.at_mass(theory(mass, jnp.ones_like(mass)))
    regions = [ready.only(region.name) for region in ready.regions]

    def excess(log_g: Float[Array, " regions"]) -> Float[Array, " regions"]:
        points = [theory(mass, g) for g in jnp.exp(log_g)]
        return jnp.concatenate([one.log_signal(point) for one, point in zip(regions, points, strict=True)]) - jnp.log(counts)

    lower, upper = (jnp.full(len(regions), np.log(end), dtype=mass.dtype) for end in coupling_range)
    edges = search(excess, lower, upper)
    return Interval(jnp.exp(edges.lower), jnp.exp(edges.upper), edges.status)


def limit(
    experiment: Experiment,
    theory: MakeTheory,
    masses: np.ndarray,
    statistic: Statistic = "counts",
    level: float = 0.90,
    events: float | None = None,
    precision: Literal["float32", "float64"] = "float64",
    progress: Callable[[int], object] = lambda done: None,
) -> Limits:
    """Excluded couplings of each region at each of `masses` [GeV], as numpy arrays; for people, not for jit.

    `experiment.only(name)` chooses a region. `statistic` counts takes the published upper count (90 % CL) or `events`; cls
    and bayes work it out from the region's observed and background counts at `level`. `progress` is called with the number
    of masses done since the last call. Raises `ValueError` for bad arguments.
    """
    masses = np.asarray(masses, dtype=precision)
    if masses.ndim != 1 or not masses.size:
        raise ValueError(f"masses must be a list of numbers, not {masses.tolist()}")
    require("limit", "mass", masses, 0, open_below=True)
    with jax.enable_x64(precision == "float64"):
        counts = np.array([signal_count(region, statistic, level, events) for region in experiment.regions], dtype=precision)
        size = BATCHES[0] if masses.size <= BATCHES[0] else BATCHES[1]
        nameless = dataclasses.replace(experiment, name="", description="", references=())  # runs share one program
        parts = []
        for start in range(0, masses.size, size):
            batch = masses[start : start + size]
            padded = np.pad(batch, (0, size - batch.size), mode="edge")
            edges = _intervals(nameless, theory, padded, counts)
            parts.append([np.asarray(a)[: batch.size] for a in (edges.lower, edges.upper, edges.status)])
            progress(batch.size)
    lower, upper, status = map(np.concatenate, zip(*parts, strict=True))
    return Limits(tuple(region.name for region in experiment.regions), masses, lower, upper, status, counts)


@partial(jax.jit, static_argnames="theory")
def _intervals(experiment: Experiment, theory: MakeTheory, masses: Array, counts: Array) -> Interval:
    return jax.vmap(lambda mass: coupling_intervals(experiment, theory, mass, counts, search=interval_values))(masses)


def signal_count(region: SignalRegion, statistic: Statistic, level: float, events: float | None) -> float:
    """The number of signal events that is excluded in `region`; see `limit`."""
    if not 0 < level < 1:
        raise ValueError(f"limit: level must lie between 0 and 1, not {level:g}")
    if events is not None:
        if statistic != "counts":
            raise ValueError(f"events={events:g} sets the excluded count itself: leave it out with statistic {statistic}")
        require("limit", "events", events, 0, open_below=True)
        return float(events)
    if statistic == "counts":
        if level != 0.90:
            raise ValueError(f"published counts hold at level 0.9, not {level:g}: take statistic cls or bayes, or give events")
        return float(region.published_upper_count)
    return float(jax.jit(upper_count)(float(region.observed), float(region.background), level))


def grid(
    experiment: Experiment,
    theory: MakeTheory,
    masses: Float[Array, " m"],
    couplings: Float[Array, " g"],
    batch_size: int = 16,
) -> Float[Array, "m g regions"]:
    """log of the signal events in each region over the plane of `masses` [GeV] and `couplings`; pure, for use under jit.

    One production integral per mass; `batch_size` masses at a time bound the memory.
    """

    def column(mass):
        ready = experiment.at_mass(theory(mass, jnp.ones_like(mass)))
        return jax.vmap(lambda coupling: ready.log_signal(theory(mass, coupling)))(couplings)

    return jax.lax.map(column, masses, batch_size=batch_size)
