"""Signals over the plane of mass and coupling, and their slopes: programs that contours, fits and tables share."""

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.limits import nameless
from jaxdump.inference.thresholds import kinks
from jaxdump.numerics.level_sets import AT_ONCE, Stretch, in_batches, one_by_one, parts, slopes_of
from jaxdump.numerics.programs import Program
from jaxdump.theories.family import Family, MakeTheory, family
from jaxdump.typing import Scalar

COUPLINGS = (24, 8)
"""Blocks of couplings in one compiled call, and couplings in a block: lists are padded to whole blocks."""
MASSES, POINTS = 100, 10_000
"""Approximate numbers of production integrals, and of slopes, that contours of one kind take in all."""
STEP, WINDOW = 0.004, 10
"""Least step in ln(mass) of a table, and how many of its masses a polynomial goes through."""
STEEP = 1e4
"""Largest difference of ln(events) among the masses of a polynomial."""


class Table(NamedTuple):
    """The fluxes of an experiment at masses between two kinks, evenly spaced in the u of a `Stretch` of ln(mass)."""

    fluxes: tuple
    """Fluxes with `AT_ONCE` rows in each array, of which the first `nodes` count."""
    stretch: Stretch
    first: float
    step: float
    nodes: int
    last: float
    """The largest ln(mass)."""

    def place(self, xs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The places of ln(masses) in rows and parts of rows, and the slopes of these places."""
        u = self.stretch.place(xs)
        return (u - self.first) / self.step, 1 / (self.step * self.stretch.x_and_slope(u)[1])


class Signals(NamedTuple):
    """log of the selected signal events of an experiment against (ln mass [GeV], ln coupling), in float64; not for jit."""

    experiment: AbstractExperiment
    theory: Family
    tables: tuple[Table, ...] = ()
    """Tables for slopes, by rising mass."""

    @classmethod
    def of(cls, experiment: AbstractExperiment, theory: MakeTheory) -> "Signals":
        if experiment.interferes:
            raise ValueError("contours, fits and events take no regions that hold the standard process: take limits at masses")
        return cls(nameless(experiment), family(theory))

    def over(self, low: float, high: float) -> "Signals":
        """The signals with tables for slopes between two ln(mass), as far as productions are smooth between their kinks.

        Slopes are then approximate: a search ends by `values`.
        """
        one = self.theory.one(*np.exp([low, high]).tolist())
        if not self.theory.fast:
            return self
        done = [steps for run in self.experiment.members for steps in run.parted(one)[0].values()]
        ends = [0.0 if stages else float(production.smooth_to) for production, *stages in done]
        last = min((np.log(end) if end > 0 else -np.inf for end in ends), default=np.inf)
        if last <= low:
            return self
        pieces = parts(low, high, kinks(self.experiment, self.theory, low, high, decays=False).tolist(), 1)
        tables = [self.table(Stretch.between(a, b, at_kinks), last) for a, b, at_kinks, _ in pieces]
        return self._replace(tables=tuple(table for table in tables if table is not None))

    def table(self, stretch: Stretch, last: float) -> Table | None:
        """The table of a piece as far as the ln(mass) `last`; None if nothing is left."""
        end = min(last, stretch.start + stretch.width)
        if end <= stretch.start:
            return None
        first, stop = stretch.ends
        stop = min(stop, float(stretch.place(np.array(end))))
        nodes = int(np.clip(np.ceil((stop - first) / STEP) + 1, WINDOW, AT_ONCE))
        step = (stop - first) / (nodes - 1)
        xs, _ = stretch.x_and_slope(first + step * np.arange(nodes))
        return Table(self.fluxes(xs), stretch, first, step, nodes, end)

    def fluxes(self, xs: np.ndarray) -> tuple:
        """The fluxes of the productions at up to `AT_ONCE` ln(mass), along the first axis of each array."""
        with jax.enable_x64(True):
            return fluxes_at(self.experiment, self.theory, padded(xs), len(xs), expected=MASSES)

    def plane(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(x, y, regions) at all pairs of ln(mass) and ln(coupling), with one production integral for each of `xs`."""
        return self.values(np.asarray(xs, float), np.broadcast_to(np.asarray(ys, float), (len(xs), len(ys))))

    def values(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(x, y, regions) at ln(mass) and, for each of these, (x, y) ln(coupling)."""
        starts = range(0, len(xs), AT_ONCE)
        return np.concatenate([self.rows(xs[i : i + AT_ONCE], ys[i : i + AT_ONCE]) for i in starts])

    def rows(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """The `values` at up to `AT_ONCE` ln(mass)."""
        (blocks, width), fluxes, parts = COUPLINGS, self.fluxes(xs), []
        with jax.enable_x64(True):
            for start in range(0, ys.shape[1], blocks * width):
                part = ys[:, start : start + blocks * width]
                number, used = part.shape[1], -(-part.shape[1] // width)
                missing = (0, AT_ONCE - len(xs)), (0, blocks * width - number)
                places = np.pad(part, missing, mode="edge").reshape(AT_ONCE, blocks, width)
                at = (fluxes, padded(xs), places, used, len(xs))
                found = np.asarray(signals_at(self.experiment, self.theory, *at, expected=MASSES * used))
                parts.append(found.reshape(AT_ONCE, blocks * width, -1)[: len(xs), :number])
        return np.concatenate(parts, axis=1)

    def slopes(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k, regions) values and (k, 2, regions) slopes at (k, 2) `points`, with one production integral for each mass."""
        of_which = np.searchsorted([table.last for table in self.tables], points[:, 0])
        order = np.lexsort((points[:, 0], of_which))
        starts = np.searchsorted(of_which[order], np.arange(len(self.tables) + 2))
        sources = [*(partial(self.near_slopes, table) for table in self.tables), self.exact_slopes]
        with jax.enable_x64(True):
            parts = [
                source(points[order[start:stop]])
                for source, (start, stop) in zip(sources, pairwise(starts), strict=True)
                if stop > start
            ]
        values, slopes = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        back = np.argsort(order)
        return values[back], slopes[back]

    def exact_slopes(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        expected = 0 if self.tables else POINTS
        return in_batches(partial(signal_slopes, self.experiment, self.theory, expected=expected), points)

    def near_slopes(self, table: Table, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        program = partial(table_slopes, self.experiment, self.theory, table.fluxes, table.nodes, expected=POINTS)
        return in_batches(program, np.column_stack([points, *table.place(points[:, 0])]))


def padded(xs: np.ndarray) -> np.ndarray:
    """The numbers with the last one repeated, `AT_ONCE` in all."""
    return np.pad(xs, (0, AT_ONCE - len(xs)), mode="edge")


@Program
def fluxes_at(experiment: AbstractExperiment, theory: Family, xs: Float[Array, " x"], count: Scalar) -> tuple:
    """The fluxes of all productions at the first `count` ln(mass), along the first axis of each array."""
    return one_by_one(lambda log_mass: unit_fluxes(experiment, theory, log_mass), xs, count)


def unit_fluxes(experiment: AbstractExperiment, theory: Family, log_mass: Scalar) -> tuple:
    mass = jnp.exp(log_mass)
    return experiment.fluxes(theory.unit(mass)) if theory.fast else ()


@Program
def signals_at(
    experiment: AbstractExperiment,
    theory: Family,
    fluxes: tuple,
    xs: Float[Array, " x"],
    ys: Float[Array, "x blocks y"],
    blocks: Scalar,
    count: Scalar,
) -> Float[Array, "x blocks y regions"]:
    """log of the signal at the first `count` ln(mass), with their fluxes, and the first `blocks` of ln(coupling) of each."""

    def column(row: tuple) -> Array:
        fluxes, log_mass, couplings = row
        at = partial(selected_signal, experiment, theory, fluxes, log_mass)
        return one_by_one(jax.vmap(at), couplings, blocks)

    return one_by_one(column, (fluxes, xs, ys), count)


@Program
def table_slopes(
    experiment: AbstractExperiment, theory: Family, fluxes: tuple, nodes: Scalar, points: Float[Array, "k 4"], count: Scalar
) -> tuple[Float[Array, "k regions"], Float[Array, "k 2 regions"]]:
    """`signal_slopes` from the `nodes` rows of a table; points are ln(mass), ln(coupling), and `Table.place` of the mass.

    Polynomials in the mass that the flux was made with: what the particle does then it does at its own mass.
    """

    def at(point: Float[Array, " 4"]) -> tuple[Array, Array]:
        log_mass, log_coupling, place, speed = point
        ready, moved = jax.jvp(partial(row_at, fluxes, nodes), (place,), (speed,))
        return slopes_of(partial(selected_signal, experiment, theory), ready, moved, log_mass, log_coupling)

    return one_by_one(at, points, count)


def row_at(fluxes: tuple, nodes: Scalar, place: Scalar) -> tuple:
    """The fluxes between the `nodes` rows of a table, counted from 0."""
    left = jnp.clip(jnp.floor(place) - (WINDOW / 2 - 1), 0, nodes - WINDOW)
    window = lambda rows: jax.lax.dynamic_slice_in_dim(rows, left.astype(int), WINDOW)
    return jax.tree.map(lambda rows: between(window(rows), place - left), fluxes)


def between(values: Float[Array, "window *row"], place: Scalar) -> Float[Array, "*row"]:
    """The polynomial through values at 0, 1, ..., `WINDOW` - 1; straight between neighbours where they differ by too much.

    Such particles are far too few to count, and a polynomial would invent others.
    """
    own = np.arange(WINDOW, dtype=values.dtype)
    others = np.array([np.delete(own, i) for i in range(WINDOW)])
    smooth = jnp.tensordot(jnp.prod((place - others) / (own[:, None] - others), axis=1), values, 1)
    straight = jnp.tensordot(jnp.maximum(1 - jnp.abs(place - own), 0.0), values, 1)
    return jnp.where(jnp.max(values, axis=0) - jnp.min(values, axis=0) < STEEP, smooth, straight)


def selected_signal(
    experiment: AbstractExperiment, theory: Family, fluxes: tuple, log_mass: Scalar, log_coupling: Scalar
) -> Float[Array, " regions"]:
    """log of the signal of fluxes that are known."""
    at = theory(jnp.exp(log_mass), jnp.exp(log_coupling))
    return (experiment.with_fluxes(at, fluxes) if theory.fast else experiment).log_signal(at)


@Program
def signal_slopes(
    experiment: AbstractExperiment, theory: Family, points: Float[Array, "k 2"], count: Scalar
) -> tuple[Float[Array, "k regions"], Float[Array, "k 2 regions"]]:
    """log of the signal and its slopes at the first `count` of points (ln mass, ln coupling).

    A production integral is kept as long as the mass stays the same.
    """
    prepare = lambda log_mass: unit_fluxes(experiment, theory, log_mass)

    finish = partial(selected_signal, experiment, theory)
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
