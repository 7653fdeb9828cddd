"""How much of a signal passes thresholds whose shape is assumed, where a limit on it ends."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.level_sets.field import AT_ONCE, one_by_one
from jaxdump.limits import Limits, nameless
from jaxdump.programs import Program
from jaxdump.stage import AbstractSelection
from jaxdump.theories.family import Family, MakeTheory, family
from jaxdump.typing import Scalar

TAIL = 1e-3
"""Share of the events below which a limit hangs on the tail of a selection."""


class Tail(NamedTuple):
    """An edge of an exclusion where few events are selected."""

    region: str
    edge: str
    """ "smallest" or "largest" excluded coupling """
    mass: float
    """[GeV]"""
    coupling: float
    share: float
    """Of the events without the thresholds."""


def is_selection(node: Any) -> bool:
    """Whether it is a stage with a threshold whose shape is assumed."""
    return isinstance(node, AbstractSelection)


def opened(experiment: AbstractExperiment) -> AbstractExperiment:
    """The experiment without its thresholds."""
    return jax.tree.map(lambda node: node.open_() if is_selection(node) else node, experiment, is_leaf=is_selection)


def tails(experiment: AbstractExperiment, theory: MakeTheory, limits: Limits) -> list[Tail]:
    """Where a limit of `experiment` ends with a share of the events below `TAIL`; not for jit.

    One production integral per mass; none without a selection, or where nothing is excluded. Of regions that are taken together
    the one with the largest share counts.
    """
    edges = np.stack([limits.lower, limits.upper], axis=-1)
    found = np.isfinite(edges)
    if not any(map(is_selection, jax.tree.leaves(experiment, is_leaf=is_selection))) or not found.any():
        return []
    points = np.column_stack([limits.mass, np.where(found, edges, 1.0).reshape(len(edges), -1)]).astype(float)
    shares = log_shares(experiment, theory, points).reshape(*edges.shape, -1)
    below = []
    for j, region in enumerate(limits.regions):
        mine = shares[:, j, :, j] if len(limits.regions) == shares.shape[-1] else shares[:, j].max(axis=-1)
        for k, edge in enumerate(("smallest", "largest")):
            for i in np.flatnonzero(found[:, j, k] & (mine[:, k] < np.log(TAIL))):
                below.append(Tail(region, edge, float(limits.mass[i]), float(edges[i, j, k]), float(np.exp(mine[i, k]))))
    return below


def log_shares(experiment: AbstractExperiment, theory: MakeTheory, points: np.ndarray) -> np.ndarray:
    """(masses, k, regions) log of the events over those without thresholds, at (masses, 1 + k) of mass and couplings."""
    parts = []
    with jax.enable_x64(True):
        for start in range(0, len(points), AT_ONCE):
            part = points[start : start + AT_ONCE]
            padded = np.pad(part, ((0, AT_ONCE - len(part)), (0, 0)), mode="edge")
            logs = log_selected(nameless(experiment), family(theory), padded, len(part), expected=len(points))
            parts.append(np.asarray(logs)[: len(part)])
    return np.concatenate(parts)


@Program
def log_selected(
    experiment: AbstractExperiment, theory: Family, points: Float[Array, "masses n"], count: Scalar
) -> Float[Array, "masses k regions"]:
    """`log_shares` of the first `count` points."""

    def at(point: Float[Array, " n"]) -> Float[Array, "k regions"]:
        mass, couplings = point[0], point[1:]
        fluxes = experiment.fluxes(theory(mass, jnp.ones_like(mass)))
        runs = experiment.with_fluxes(fluxes), opened(experiment).with_fluxes(fluxes)
        own, whole = (jax.lax.map(lambda g, run=run: run.log_signal(theory(mass, g)), couplings) for run in runs)
        return jnp.minimum(own - whole, 0.0)

    return one_by_one(at, points, count)
