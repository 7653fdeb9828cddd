"""Signals over the plane of mass and coupling, and their slopes: programs that contours, fits and tables share."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.level_sets import AT_ONCE, in_batches, one_by_one, slopes_of
from jaxdump.limits import nameless
from jaxdump.programs import Program
from jaxdump.theories.family import Family, MakeTheory, family
from jaxdump.typing import Scalar

COUPLINGS = (6, 32)
"""Blocks of couplings in one compiled call, and couplings in a block: lists are padded to whole blocks."""
POINTS = 10_000
"""About as many slopes as contours of one kind ask for in all, now and later."""


class Signals(NamedTuple):
    """log of the selected signal events of an experiment against (ln mass [GeV], ln coupling), in float64; not for jit."""

    experiment: AbstractExperiment
    theory: Family

    @classmethod
    def of(cls, experiment: AbstractExperiment, theory: MakeTheory) -> "Signals":
        return cls(nameless(experiment), family(theory))

    def plane(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(x, y, regions) at all pairs of ln(mass) and ln(coupling), with one production integral for each of `xs`."""
        blocks, width = COUPLINGS
        rows = []
        for start in range(0, len(ys), blocks * width):
            part = np.asarray(ys[start : start + blocks * width], float)
            padded = np.pad(part, (0, blocks * width - part.size), mode="edge").reshape(blocks, width)
            rows.append(self.columns(np.asarray(xs, float), padded, -(-part.size // width))[:, : part.size])
        return np.concatenate(rows, axis=1)

    def columns(self, xs: np.ndarray, ys: np.ndarray, blocks: int) -> np.ndarray:
        """(x, y, regions) with the first `blocks` of the couplings."""
        done = []
        with jax.enable_x64(True):
            for start in range(0, len(xs), AT_ONCE):
                part = xs[start : start + AT_ONCE]
                padded = np.pad(part, (0, AT_ONCE - part.size), mode="edge")
                found = signal_plane(self.experiment, self.theory, padded, ys, blocks, part.size, expected=len(xs) * blocks)
                done.append(np.asarray(found)[: part.size])
        every = np.concatenate(done)
        return every.reshape(len(every), -1, every.shape[-1])

    def slopes(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k, regions) values and (k, 2, regions) slopes at (k, 2) `points`; those of one mass have one production integral."""
        order = np.argsort(points[:, 0], kind="stable")
        with jax.enable_x64(True):
            at = lambda points, count: signal_slopes(self.experiment, self.theory, points, count, expected=POINTS)
            values, slopes = in_batches(at, points[order])
        back = np.argsort(order)
        return values[back], slopes[back]


@Program
def signal_plane(
    experiment: AbstractExperiment,
    theory: Family,
    xs: Float[Array, " x"],
    ys: Float[Array, "blocks y"],
    blocks: Scalar,
    count: Scalar,
) -> Float[Array, "x blocks y regions"]:
    """log of the signal at all pairs of the first `count` ln(mass) and the first `blocks` of ln(coupling)."""

    def column(log_mass: Array) -> Array:
        mass = jnp.exp(log_mass)
        ready = experiment.at_mass(theory(mass, jnp.ones_like(mass)))
        return one_by_one(jax.vmap(lambda y: ready.log_signal(theory(mass, jnp.exp(y)))), ys, blocks)

    return one_by_one(column, xs, count)


@Program
def signal_slopes(
    experiment: AbstractExperiment, theory: Family, points: Float[Array, "k 2"], count: Scalar
) -> tuple[Float[Array, "k regions"], Float[Array, "k 2 regions"]]:
    """log of the signal and its slopes at the first `count` of points (ln mass, ln coupling).

    A production integral is kept as long as the mass stays the same.
    """

    def prepare(log_mass: Array) -> tuple:
        mass = jnp.exp(log_mass)
        return experiment.fluxes(theory(mass, jnp.ones_like(mass)))

    def finish(fluxes: tuple, log_mass: Array, log_coupling: Array) -> Array:
        return experiment.with_fluxes(fluxes).log_signal(theory(jnp.exp(log_mass), jnp.exp(log_coupling)))

    integral = jax.jit(lambda log_mass: jax.jvp(prepare, (log_mass,), (jnp.ones_like(log_mass),)))
    at = jax.jit(lambda known, point: slopes_of(finish, *known, *point))

    def put(i: Array, state: tuple) -> tuple:
        last, known, done = state
        log_mass = points[i, 0]
        known = jax.lax.cond(log_mass == last, lambda: known, lambda: integral(log_mass))
        new = at(known, points[i])
        return log_mass, known, jax.tree.map(lambda rows, row: rows.at[i].set(row), done, new)

    nothing = lambda shape: jnp.zeros(shape.shape, shape.dtype)
    known = jax.tree.map(nothing, jax.eval_shape(integral, points[0, 0]))
    one = jax.eval_shape(at, known, points[0])
    done = jax.tree.map(lambda shape: jnp.zeros((points.shape[0], *shape.shape), shape.dtype), one)
    return jax.lax.fori_loop(0, count, put, (jnp.full_like(points[0, 0], jnp.nan), known, done))[2]
