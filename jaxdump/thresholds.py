"""Masses at which something opens or closes: there limits have corners, jumps or roots, which contours have to know of."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.level_sets import AT_ONCE, Field, one_by_one
from jaxdump.programs import Program
from jaxdump.theories.family import Family
from jaxdump.typing import Scalar

CELLS = 4 * (AT_ONCE - 1)
"""Steps in ln(mass) in which decays are looked for that open: two within one step are one, or none."""
HALVINGS = 45
"""Of such a step, until its ends are neighbouring numbers."""
BESIDE = 1e-7
"""Distance from a threshold in ln(mass) at which slopes are compared: a root has one of a thousand times its size there."""
SAME = 0.01
"""Difference of the slopes in ln(mass), over one or their size, from which on a threshold matters."""


def kinks(experiment: AbstractExperiment, theory: Family, low: float, high: float) -> np.ndarray:
    """ln(mass) between `low` and `high` at which a decay opens or closes, or a production says that it has a kink."""
    xs = np.linspace(low, high, CELLS + 1)
    open_ = opened(theory, xs)
    changes = np.flatnonzero(np.any(open_[1:] != open_[:-1], axis=1))
    left, right, before = xs[changes], xs[changes + 1], open_[changes]
    for _ in range(HALVINGS if changes.size else 0):
        middle = (left + right) / 2
        same = np.all(opened(theory, middle) == before, axis=1)
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    told = [np.log(mass) for one in experiment.members for production in one.productions for mass in production.kinks(theory)]
    every = np.unique([*right, *told])
    return every[(every > low) & (every < high)]


def opened(theory: Family, xs: np.ndarray) -> np.ndarray:
    """(k, decays) whether each decay is open at ln(mass)."""
    parts = [xs[i : i + AT_ONCE] for i in range(0, len(xs), AT_ONCE)]
    pad = lambda part: np.pad(part, (0, AT_ONCE - len(part)), mode="edge")
    with jax.enable_x64(True):
        return np.concatenate([np.asarray(open_decays(theory, pad(part), len(part)))[: len(part)] for part in parts])


@Program
def open_decays(theory: Family, xs: Float[Array, " x"], count: Scalar) -> Array:
    """(x, decays) whether each partial width is above zero at the first `count` ln(mass), for a coupling of one."""

    def at(log_mass: Scalar) -> Array:
        mass = jnp.exp(log_mass)
        return jnp.stack(
            [jnp.zeros((), bool), *(jnp.asarray(w > 0) for w in theory(mass, jnp.ones_like(mass)).widths().values())]
        )

    return one_by_one(at, xs, count)


def that_matter(field: Field, every: np.ndarray, ys: np.ndarray) -> list[float]:
    """Those of `every` x at which the slope of a field in x, or its value, jumps at some of `ys`."""
    found = []
    for x in every:
        (before, left), (after, right) = (
            field.value_and_gradient(np.stack([np.full_like(ys, x + beside), ys], axis=1)) for beside in (-BESIDE, BESIDE)
        )
        size = 1 + np.minimum(np.abs(left[:, 0]), np.abs(right[:, 0]))
        with np.errstate(invalid="ignore"):
            if np.any((np.abs(right[:, 0] - left[:, 0]) > SAME * size) | (np.abs(after - before) > SAME)):
                found.append(float(x))
    return found
