"""Places along an axis, mostly masses, at which a decay or a coupling opens or closes: there limits have corners or jumps."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.lines import AbstractLine, Exclusion
from jaxdump.numerics.level_sets import AT_ONCE, Field, in_batches, one_by_one
from jaxdump.numerics.programs import Program
from jaxdump.stage import AbstractProduction
from jaxdump.theories.capabilities import coupling_numbers
from jaxdump.theories.family import Family, MakeTheory, family
from jaxdump.typing import Scalar

CELLS = 4 * (AT_ONCE - 1)
"""Number of steps in ln(mass) of the search: a decay that opens and closes again within one step is not found."""
EDGE = 1e-6
"""Distance in ln(mass) beyond a box within which a kink belongs to its edge."""
HALVINGS = 45
"""Number of halvings of such a step, until its ends are neighbouring numbers."""
ASIDE = 1e-7
"""Distance from a threshold in ln(mass) at which slopes are compared: the slope of a square root is about a thousand there."""
SAME = 0.01
"""Least difference of the slopes in ln(mass), over one plus their size, of a threshold that matters."""


def kinks(
    subject: AbstractExperiment | AbstractLine, theory: Family, low: float, high: float, decays: bool = True
) -> np.ndarray:
    """ln(mass) from `low` to `high` of all kinks: openings of decays and couplings, and kinks that are told.

    The theory, the productions of an experiment, and a line tell of kinks. Without `decays` only kinks of fluxes are given.
    """
    xs = np.linspace(low - EDGE, high + EDGE, CELLS + 1)
    opened = partial(opened_of, theory, telling(subject, theory, low, high), decays)
    open_ = opened(xs)
    left, right, before, after = xs[:-1], xs[1:], open_[:-1], open_[1:]
    found = []
    while (changes := np.flatnonzero(np.any(before != after, axis=1))).size:
        left, end, before, after = left[changes], right[changes], before[changes], after[changes]
        right = end
        for _ in range(HALVINGS):
            middle = (left + right) / 2
            same = np.all(opened(middle) == before, axis=1)
            left, right = np.where(same, middle, left), np.where(same, right, middle)
        found += right.tolist()
        left, right, before = right, end, opened(right)  # there may be another in the same step
    return np.unique(found)


def beside_kinks(subject: AbstractExperiment | AbstractLine, theory: MakeTheory, masses: np.ndarray) -> np.ndarray:
    """Masses just below and just above all kinks between the least and the largest of some masses, for figures."""
    low, high = np.log(masses.min()), np.log(masses.max())
    found = kinks(subject, family(theory), low, high) if low < high else np.empty(0)
    return np.exp(np.concatenate([found - ASIDE, found + ASIDE]))


Telling = AbstractProduction | AbstractLine
"""What tells its kinks of a theory."""


def telling(subject: AbstractExperiment | AbstractLine, theory: Family, low: float, high: float) -> tuple[Telling, ...]:
    """The line, or the productions of an experiment that make the theory and have kinks."""
    subject = subject.experiment if isinstance(subject, Exclusion) else subject
    if isinstance(subject, AbstractLine):
        return (subject,)
    one = theory.one(*np.exp([low, high]).tolist())
    productions = [production for run in subject.members for production in run.productions]
    return tuple(production for production in productions if production.makes(one) and production.kinks(one))


def opened_of(theory: Family, telling: tuple[Telling, ...], decays: bool, xs: np.ndarray) -> np.ndarray:
    """(k, decays and others) whether each decay is open and each other number positive; without `decays` the others alone."""
    with jax.enable_x64(True):
        open_decays, rest = in_batches(partial(opened_at, theory, telling), xs[:, None])
    return np.concatenate([open_decays, rest], axis=1) if decays else rest


@Program
def opened_at(
    theory: Family, telling: tuple[Telling, ...], xs: Float[Array, "x 1"], count: Scalar
) -> tuple[Bool[Array, "x decays"], Bool[Array, "x others"]]:
    """Whether each decay is open, and whether each coupling is not zero or kink positive, at the first `count` of x.

    The number on the other axis is one.
    """

    def at(x: Float[Array, " 1"]) -> tuple[Array, Array]:
        one = theory.unit(jnp.exp(x[0]))
        widths = [width for particle in one.particles for width in one.widths(particle).values()]
        told = [number for each in (one.kinks(), *(each.kinks(one) for each in telling)) for number in each.values()]
        open_ = [jnp.asarray(number) != 0 for number in coupling_numbers(one)]
        beyond = [jnp.asarray(number) > 0 for number in told]
        some = lambda flags: jnp.stack([jnp.zeros((), bool), *flags])
        return some([jnp.asarray(width) != 0 for width in widths]), some([*open_, *beyond])

    return one_by_one(at, xs, count)


def that_matter(field: Field, every: np.ndarray, ys: np.ndarray) -> list[float]:
    """The x among `every` at which the value of a field, or its slope in x, jumps at some of `ys`."""
    found = []
    for x in every:
        (before, left), (after, right) = (
            field.value_and_gradient(np.stack([np.full_like(ys, x + beside), ys], axis=1)) for beside in (-ASIDE, ASIDE)
        )
        size = 1 + np.minimum(np.abs(left[:, 0]), np.abs(right[:, 0]))
        with np.errstate(invalid="ignore"):
            if np.any((np.abs(right[:, 0] - left[:, 0]) > SAME * size) | (np.abs(after - before) > SAME)):
                found.append(float(x))
    return found
