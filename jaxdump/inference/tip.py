"""The tip of an exclusion, the largest mass that it reaches: a number with derivatives, to design experiments by."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.arguments import subject_of_line
from jaxdump.inference.excess import AbstractTest
from jaxdump.inference.lines import AbstractLine, held_at, line_with_slopes
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic
from jaxdump.numerics.minimum import solve_scaled
from jaxdump.numerics.roots import Status, value_and_slope, with_slopes
from jaxdump.theories.family import Family, MakeTheory

Box = tuple[float, float, float, float]
"""Smallest and largest mass [GeV], smallest and largest coupling."""
WIDE: Box = (1e-3, 10.0, 1e-9, 10.0)
NODES = 64
"""Masses, and couplings, of each grid."""
GRIDS = 5
"""Number of grids: the cells of the last are so small that a straight line between its masses ends at the tip to 1e-12."""
NEAR = 0.02
"""Largest second difference of three values through which a parabola is laid."""


class Tip(eqx.Module):
    """The point of largest mass of an exclusion."""

    mass: Float[Array, ""]
    """Mass [GeV]; nan unless `status` is FOUND."""
    coupling: Float[Array, ""]
    status: Int[Array, ""]
    """A `Status`: ALLOWED if nothing in the box is excluded, EXCLUDED if the exclusion leaves the box before it ends."""


class End(NamedTuple):
    """The end of an exclusion."""

    point: Float[Array, "2"]
    """ln(mass) and ln(coupling) of the tip, or of the corner where it leaves the box by a coupling; else any numbers."""
    status: Int[Array, ""]
    """The `Status` of a tip."""
    side: Int[Array, ""]
    """-1 or 1 for a corner at the smallest or largest coupling, else 0."""
    divided: Bool[Array, ""]
    """Whether several parts of the couplings of one mass are excluded."""


def tip(
    line: AbstractExperiment | AbstractLine,
    theory: MakeTheory,
    box: Box = WIDE,
    *old: Box,
    counts: Float[Array, "1"] | float | AbstractTest | None = None,
    rule: AbstractStatistic = PUBLISHED,
) -> Tip:
    """The largest excluded mass within `box` (masses [GeV], couplings), and its coupling.

    `line` is an experiment of one region, or an `AbstractLine`. For an experiment `rule` decides what is excluded, or `counts`:
    the excluded number of selected signal events of the one region, or a test of all regions together. At the tip the largest
    excess of any coupling falls through zero. The function is pure, and differentiable to second order in all numbers of the
    experiment and the theory, and in `counts`. Raises `ValueError` for several regions that are not taken together. Notebook 06
    designs an experiment by it.
    """
    if counts is None and (old or not isinstance(box, tuple | list)):
        counts, box = in_old_order(box, *old)
    theory = subject_of_line("tip", line, theory)
    end = end_of(line_with_slopes("tip", line, rule, counts), theory, jnp.asarray(np.log(box), float))
    mass, coupling = jnp.where(end.status == Status.FOUND, jnp.exp(end.point), jnp.nan)
    return Tip(mass, coupling, end.status)


def excess_of(line: AbstractLine, theory: Family, log_mass: Array) -> Callable[[Array], Array]:
    """The excess of the one line at a mass as a function of ln(coupling); what depends on the mass alone is done once."""
    mass = jnp.exp(log_mass)
    return excess_held(held_at(line, theory, mass), theory, mass)


def excess_held(held: AbstractLine, theory: Family, mass: Array) -> Callable[[Array], Array]:
    """The excess of a line whose work at this mass is done."""
    (excess,) = held.alone()
    return lambda log_coupling: excess(theory(mass, jnp.exp(log_coupling)))


def in_old_order(counts: Any, box: Box = WIDE) -> tuple[Any, Box]:
    """Counts and box as earlier versions took them, with a warning."""
    warnings.warn("tip takes the box first now, and counts by name: tip(experiment, theory, box, counts=...)", FutureWarning, 3)
    return counts, box


def end_of(line: AbstractLine, theory: Family, log_box: Float[Array, "4"]) -> End:
    """The end of an exclusion within a box of logs, with slopes: a tip, or a corner where it leaves by a coupling."""

    def residual(point: Float[Array, "2"]) -> Float[Array, "2"]:
        """Excess and its slope in the coupling, both of which vanish at the tip; a corner has the coupling of the box."""
        value, slope = value_and_slope(excess_of(line, theory, point[0]), point[1])
        corner = jnp.where(end.side < 0, log_box[2], log_box[3])
        return jnp.stack([value, jnp.where(end.side == 0, slope, point[1] - corner)])

    end = located(partial(excess_of, *without_slopes((line, theory))), jax.lax.stop_gradient(log_box))
    both = jnp.eye(2, dtype=log_box.dtype)
    return end._replace(point=with_slopes(residual, end.point, both, lambda slopes, y: solve_scaled(slopes.T, y)))


def without_slopes(tree: Any) -> Any:
    """The same modules, whose numbers have no slopes: what is computed from them is not traced for any."""
    return jax.tree.map(lambda leaf: jax.lax.stop_gradient(leaf) if eqx.is_inexact_array(leaf) else leaf, tree)


def located(excess_at: Callable[[Array], Callable[[Array], Array]], log_box: Float[Array, "4"]) -> End:
    """The end from a grid over the box, and others over three cells of the one before, which may miss the largest excess.

    Values alone are taken. One program serves all grids, which compiles sooner than a search.
    """
    least = (NODES / 2) * float(jnp.finfo(log_box.dtype).eps) ** (1 / 3)  # half a grid whose parabolas rounding leaves alone

    def closer(ends: Float[Array, "4"], _) -> tuple[Array, tuple]:
        x, y = (jnp.linspace(ends[i], ends[i + 1], NODES) for i in (0, 2))
        plane = jax.lax.map(lambda log_mass: jax.vmap(excess_at(log_mass))(y), x, batch_size=16)
        highest, at = jax.vmap(partial(peak, y))(plane)
        last = jnp.minimum(NODES - 1 - jnp.argmax((highest > 0)[::-1]), NODES - 2)
        wide = jnp.maximum(2 * (y[1] - y[0]), least)
        near = jnp.stack([jnp.maximum(at[last] - wide, log_box[2]), jnp.minimum(at[last] + wide, log_box[3])])
        around = x[jnp.stack([jnp.maximum(last - 1, 0), jnp.minimum(last + 2, NODES - 1)])]
        inside = jnp.pad(plane > 0, ((0, 0), (1, 0)))
        divided = jnp.any(jnp.sum(inside[:, 1:] & ~inside[:, :-1], axis=1) > 1)
        seen = jnp.any(highest > 0), highest[-1] > 0, jnp.any(jnp.isnan(plane)), divided
        cell = jnp.stack([last, last + 1])
        return jnp.concatenate([around, near]), (seen, x[cell], at[cell], highest[cell])

    _, (seen, *cells) = jax.lax.scan(closer, log_box, length=GRIDS)
    some, heavy, undefined, divided = (each[0] for each in seen)
    (x, y, value) = (each[-1] for each in cells)
    beyond = jnp.clip(value[0] / jnp.where(value[0] > value[1], value[0] - value[1], 1.0), -1, 2)
    point = jnp.stack([x[0] + beyond * (x[1] - x[0]), y[0] + beyond * (y[1] - y[0])])
    heavy = heavy | (point[0] > log_box[1])
    side = jnp.where(y[0] <= log_box[2], -1, jnp.where(y[0] >= log_box[3], 1, 0))
    side = jnp.where(some & ~heavy & ~undefined, side, 0)
    status = jnp.where(some, jnp.where(heavy | (side != 0), Status.EXCLUDED, Status.FOUND), Status.ALLOWED)
    return End(point, jnp.where(undefined, Status.UNDEFINED, status), side, divided)


def peak(y: Float[Array, " y"], values: Float[Array, " y"]) -> tuple[Array, Array]:
    """The largest of values at even distances, and its place, by a parabola through it and its neighbours if these are near."""
    best = jnp.argmax(values)
    middle = jnp.clip(best, 1, y.size - 2)
    before, here, after = (values[middle + i] for i in (-1, 0, 1))
    bend, tilt = 2 * here - before - after, (after - before) / 2
    smooth = (best == middle) & (bend > 0) & (bend < NEAR)
    shift = jnp.where(smooth, tilt / jnp.where(smooth, bend, 1.0), 0.0)
    return values[best] + shift * jnp.where(smooth, tilt, 0.0) / 2, y[best] + shift * (y[1] - y[0])
