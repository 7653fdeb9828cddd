"""The tip of an exclusion, the largest mass that it reaches: a number with derivatives, to design experiments by."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.arguments import subject_of_line
from jaxdump.inference.excess import AbstractTest
from jaxdump.inference.lines import AbstractLine, line_with_slopes
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic
from jaxdump.numerics.minimum import divide_by_jacobian
from jaxdump.numerics.roots import Status, chandrupatla, value_and_slope
from jaxdump.theories.family import MakeTheory

Box = tuple[float, float, float, float]
"""Smallest and largest mass [GeV], smallest and largest coupling."""
Ends = tuple[Array, Array, Array, Array]
WIDE: Box = (1e-3, 10.0, 1e-9, 10.0)
NODES = 64
"""Masses, and couplings, that locate the tip before it is solved for."""
NEWTON_STEPS = 6
"""Enough for the best coupling at one mass, from within a thousandth of the box."""


class Tip(eqx.Module):
    """The point of largest mass of an exclusion."""

    mass: Float[Array, ""]
    """Mass [GeV]; nan unless `status` is FOUND."""
    coupling: Float[Array, ""]
    status: Int[Array, ""]
    """A `Status`: ALLOWED if nothing in the box is excluded, EXCLUDED if the exclusion leaves the box before it ends."""


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
    excess_at = partial(excess_of, line_with_slopes("tip", line, rule, counts), theory)

    def residual(point: Float[Array, "2"]) -> Float[Array, "2"]:
        """Excess and its slope in the coupling: both vanish at the tip."""
        return jnp.stack(value_and_slope(excess_at(point[0]), point[1]))

    def solve(_, start: Float[Array, "2"]) -> Float[Array, "2"]:
        log_mass = chandrupatla(lambda at: summit(excess_at(at), start[1])[0], *ends, found)
        return jnp.stack([log_mass, summit(excess_at(log_mass), start[1])[1]])

    place = jax.lax.stop_gradient(locate(excess_at, jnp.asarray(np.log(box), float)))
    ends, log_coupling, status = place
    found = status == Status.FOUND
    point = jax.lax.custom_root(residual, jnp.stack([ends[0], log_coupling]), solve, divide_by_jacobian)
    mass, coupling = jnp.where(found, jnp.exp(point), jnp.nan)
    return Tip(mass, coupling, status)


def excess_of(line: AbstractLine, theory: MakeTheory, log_mass: Array) -> Callable[[Array], Array]:
    """The excess of the one line at a mass as a function of ln(coupling); what depends on the mass alone is done once."""
    mass = jnp.exp(log_mass)
    (excess,) = line.held(theory(mass, jnp.ones_like(mass))).alone()
    return lambda log_coupling: excess(theory(mass, jnp.exp(log_coupling)))


def in_old_order(counts: Any, box: Box = WIDE) -> tuple[Any, Box]:
    """Counts and box as earlier versions took them, with a warning."""
    warnings.warn("tip takes the box first now, and counts by name: tip(experiment, theory, box, counts=...)", FutureWarning, 3)
    return counts, box


def summit(function: Callable[[Array], Array], start: Array) -> tuple[Array, Array]:
    """The maximum of a function of one variable near `start`, and where it is."""

    def closer(_: Array, at: Array) -> Array:
        slope, bend = value_and_slope(lambda at: value_and_slope(function, at)[1], at)
        return jnp.clip(at - slope / jnp.where(bend < 0, bend, -1.0), start - 1, start + 1)

    at = jax.lax.fori_loop(0, NEWTON_STEPS, closer, start)
    return function(at), at


def locate(excess_at: Callable[[Array], Callable[[Array], Array]], log_box: Float[Array, "4"]) -> tuple[Ends, Array, Array]:
    """Two masses around the tip with the excess there at the best coupling, that coupling (in logs), and the `Status`.

    From a grid over the box, and another over the cells of the first where the tip lies.
    """

    def closer(ends: Float[Array, "4"], _) -> tuple[Array, tuple]:
        x, y = (jnp.linspace(ends[i], ends[i + 1], NODES) for i in (0, 2))
        plane = jax.lax.map(lambda log_mass: jax.vmap(excess_at(log_mass))(y), x, batch_size=16)
        best, highest = jnp.argmax(plane, axis=1), jnp.max(plane, axis=1)
        last = jnp.minimum(NODES - 1 - jnp.argmax((highest > 0)[::-1]), NODES - 2)
        top = jnp.clip(best[last], 1, NODES - 2)
        near = jnp.stack([x[last], x[last + 1], y[top - 1], y[top + 1]])
        seen = jnp.any(highest > 0), (highest[-1] > 0) | (best[last] != top), jnp.any(jnp.isnan(plane))
        return near, (seen, highest[last], highest[last + 1])

    ends, ((some, leaves, undefined), inside, outside) = jax.lax.scan(closer, log_box, length=2)
    status = jnp.where(some[0], jnp.where(leaves[0], Status.EXCLUDED, Status.FOUND), Status.ALLOWED)
    status = jnp.where(undefined[0], Status.UNDEFINED, status)
    return (ends[1], ends[0], outside[1], inside[1]), (ends[2] + ends[3]) / 2, status
