"""The share of a signal that passes thresholds whose shape is assumed, at the edges of its limit."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.stage import AbstractSelection
from jaxdump.theories.family import MakeTheory
from jaxdump.typing import Scalar


def is_selection(node: Any) -> bool:
    """Whether a node is a stage with a threshold whose shape is assumed."""
    return isinstance(node, AbstractSelection)


def selects(experiment: AbstractExperiment) -> bool:
    """Whether the experiment has such a stage."""
    return any(map(is_selection, jax.tree.leaves(experiment, is_leaf=is_selection)))


def opened(experiment: AbstractExperiment) -> AbstractExperiment:
    """The experiment without its thresholds."""
    return jax.tree.map(lambda node: node.open_() if is_selection(node) else node, experiment, is_leaf=is_selection)


def log_shares(
    ready: AbstractExperiment, theory: MakeTheory, mass: Scalar, couplings: Float[Array, "labels 2"]
) -> Float[Array, "labels 2"]:
    """log of the events over those without thresholds at two couplings of each region, or of all regions together.

    The largest share counts where regions are taken together. The result is zero without a threshold.
    """
    if not selects(ready):
        return jnp.zeros_like(couplings)
    runs = ready, opened(ready)
    at = lambda g: [run.log_signal(theory(mass, g)) for run in runs]
    own, whole = jax.lax.map(at, couplings.ravel())
    shares = jnp.minimum(own - whole, 0.0).reshape(*couplings.shape, -1)
    each = couplings.shape[0] == shares.shape[-1]
    return jnp.diagonal(shares, axis1=0, axis2=2).T if each else jnp.max(shares, axis=-1)
