"""The boundary of one exclusion as a curve of a fixed number of points: for jit and vmap, with slopes in every number."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxdump.checks import is_traced, require
from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.arguments import subject_of_line
from jaxdump.inference.lines import AbstractLine, held_at, line_with_slopes
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic
from jaxdump.inference.tip import End, end_of, excess_held, without_slopes
from jaxdump.numerics.roots import Status, divide_by_slopes, interval_values, with_slopes
from jaxdump.theories.family import Family, MakeTheory
from jaxdump.typing import Scalar

Range = tuple[Scalar, Scalar]


class ContourCurve(eqx.Module):
    """A closed curve around one exclusion."""

    points: Float[Array, "points 2"]
    """Masses [GeV] and couplings: from the smallest mass along the smallest couplings to the tip, and along the largest ones
    back to the first point, which is also the last; nan where nothing is excluded."""
    status: Int[Array, ""]
    """A `Status`."""


def contour_curve(
    line: AbstractExperiment | AbstractLine,
    theory: MakeTheory,
    points: int = 64,
    *,
    box: tuple[Range, Range],
    rule: AbstractStatistic = PUBLISHED,
) -> ContourCurve:
    """The closed curve around what one line excludes in `box`, ((smallest, largest mass), (smallest, largest coupling)).

    Its `points` are the smallest and the largest excluded coupling at (points - 2) / 2 masses, which crowd at the tip like the
    squares of numbers, the tip, and the first point again. `line` is an experiment of one region, `only(name)`, or one whose
    regions `rule` takes together, or an `AbstractLine`. The function is pure, for jit and vmap, and all points have slopes in
    every number of the experiment, the theory and the box; it computes one production integral for each mass of the curve, and
    some three hundred to find the tip. The status is

    - FOUND if the exclusion ends at a tip within the box, and each point of the curve is on its boundary. It begins at the
      smallest mass of the box, which closes the curve between its two ends;
    - EXCLUDED if it leaves the box by the largest mass or by a coupling: the curve follows the box there. By the largest mass
      it ends upright, with evenly spaced masses and a point half way between its edges in the place of the tip;
    - DIVIDED if two separate ranges of couplings are excluded at some mass, of a grid of 64 masses and couplings, or nothing
      at some mass below the tip: the curve goes around all of them, and is nan at such a mass. `contours` finds every island;
    - ALLOWED if nothing is excluded in the box, and UNDEFINED if the excess is not a number somewhere: all points are then nan.

    Raises `ValueError` for several regions that are not taken together, an odd number of points, and a box that is none.

    >>> import jax, jaxdump
    >>> from jaxdump.experiments import NA64MU_1E13
    >>> from jaxdump.theories import AlpPhoton
    >>> curve = lambda run: jaxdump.contour_curve(run, AlpPhoton, 16, box=((0.03, 0.3), (1e-6, 1.0)))
    >>> found = jax.jit(curve)(NA64MU_1E13.only("visible"))
    >>> found.points.shape, jaxdump.Status(found.status).name
    ((16, 2), 'FOUND')
    """
    number, log_box = half(points), logs(box)
    theory = subject_of_line("contour_curve", line, theory)
    line = line_with_slopes("contour_curve", line, rule)
    end = end_of(line, theory, log_box)
    known = (end.status == Status.FOUND) | (end.side != 0)
    last_mass = jnp.where(known, end.point[0], log_box[1])
    masses = crowding(log_box[0], last_mass, known, number)
    ends, statuses = jax.lax.map(lambda log_mass: edges(line, theory, log_mass, log_box[2:]), masses)
    there, back = (jnp.stack([masses, ends[:, i]], axis=1) for i in (0, 1))
    tip = jnp.stack([last_mass, jnp.where(known, end.point[1], jnp.mean(ends[-1]))])
    status = status_of(end, statuses)
    none = (status == Status.ALLOWED) | (status == Status.UNDEFINED)
    curve = jnp.exp(jnp.concatenate([there, tip[None], back[::-1], there[:1]]))
    return ContourCurve(jnp.where(none, jnp.nan, curve), status)


def crowding(first: Array, last: Array, tip: Bool[Array, ""], number: int) -> Float[Array, " masses"]:
    """Rising ln(mass) of the edges, from the `first`: up to near a tip at the `last`, where they crowd, or evenly up to it."""
    steps = np.arange(number)[::-1]
    share = jnp.where(tip, ((steps + 1) / number) ** 2, steps / (number - 1))
    return last - (last - first) * share


def edges(line: AbstractLine, theory: Family, log_mass: Array, sides: Float[Array, "2"]) -> tuple[Float[Array, "2"], Array]:
    """The first and the last excluded ln(coupling) between the sides of a box at one mass, and a `Status`.

    An edge beyond a side lies on it, and the status is EXCLUDED. Both are nan where nothing is excluded.
    """
    mass = jnp.exp(log_mass)
    held = held_at(line, theory, mass)
    quick = excess_held(*without_slopes((held, theory, mass)))
    found = interval_values(quick, *jax.lax.stop_gradient(sides))
    both = jnp.stack([found.lower, found.upper])
    some = (found.status == Status.FOUND) | (found.status == Status.EXCLUDED)
    cut = jnp.isnan(both)
    excess = jax.vmap(excess_held(held, theory, mass))
    ends = with_slopes(excess, jnp.where(cut, sides, both), jnp.ones_like(both)[None], divide_by_slopes)
    ends = jnp.where(some, jnp.where(cut, sides, ends), jnp.nan)
    return ends, jnp.where(some & jnp.any(cut), Status.EXCLUDED, found.status)


def status_of(end: End, statuses: Int[Array, " masses"]) -> Int[Array, ""]:
    """The status of a curve from that of its end and of its edges."""
    any_is = lambda status: jnp.any(statuses == status)
    status = jnp.where(any_is(Status.EXCLUDED) & (end.status == Status.FOUND), Status.EXCLUDED, end.status)
    status = jnp.where((end.divided | any_is(Status.ALLOWED)) & (end.status != Status.ALLOWED), Status.DIVIDED, status)
    return jnp.where(any_is(Status.UNDEFINED) | (end.status == Status.UNDEFINED), Status.UNDEFINED, status)


def half(points: int) -> int:
    """The number of masses of a curve of so many points; raises `ValueError` for a number that makes none."""
    if points < 6 or points % 2:
        raise ValueError(f"contour_curve: points must be an even number of at least 6, not {points}")
    return (points - 2) // 2


def logs(box: tuple[Range, Range]) -> Float[Array, "4"]:
    """The logarithms of smallest and largest mass, and smallest and largest coupling; `ValueError` for a box that is none."""
    numbers = [jnp.asarray(number, float) for number in jax.tree.leaves(box)]
    wanted = "((smallest, largest mass), (smallest, largest coupling))"
    if len(numbers) != 4:
        raise ValueError(f"contour_curve: a box is {wanted}, not {box}")
    if not any(map(is_traced, numbers)):
        require("contour_curve", "box", np.array(numbers), 0, open_below=True)
        if not (numbers[0] < numbers[1] and numbers[2] < numbers[3]):
            raise ValueError(f"contour_curve: a box is {wanted}, in this order, not {box}")
    return jnp.log(jnp.stack(numbers))
