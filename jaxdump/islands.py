"""The boundary of what is excluded: every island in a box of masses and couplings, to a tolerance, by gradients."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.criterion import PUBLISHED, ByCount, ByProfile, Rule, criterion, labels
from jaxdump.experiment import AbstractExperiment
from jaxdump.level_sets import Cover, CurveStatus, SearchStatus, in_batches, level_sets, one_by_one, value_and_slopes
from jaxdump.limits import COUPLING_RANGE, MakeTheory, limit, nameless
from jaxdump.roots import Status
from jaxdump.tips import Box
from jaxdump.typing import Scalar

MASSES = (1e-3, 3.0)
"""[GeV] where islands are looked for if no box is given."""
FINEST = 1e-7
"""Least tolerance: points lie on the boundary to 1e-10."""
SCOUTS = 24
"""Masses whose limits say where a box must lie."""


class Island(NamedTuple):
    """A connected piece of the boundary between what is excluded and what is allowed."""

    region: str
    points: np.ndarray
    """(n, 2) mass [GeV] and coupling in the order of travel, the excluded side on the left as ln(coupling) against ln(mass)
    is drawn; a closed island does not repeat its first point."""
    path: np.ndarray
    """(m, 2) the same as a smooth curve, to be drawn."""
    closed: bool
    """Else it ends where the box does."""
    status: CurveStatus
    max_residual: float
    """Largest |ln(N / N excluded)|, or |statistic - threshold|, at the points and half way between them."""


class Survey(NamedTuple):
    """What was found in one region, and what it took."""

    region: str
    cover: Cover
    """Whether there are curves, and if not, why."""
    status: SearchStatus
    """Whether every change of sign on the grid was accounted for."""
    evaluations: int
    """Calls of the model without gradient: the nodes of the grid."""
    gradients: int
    """Calls of the model with its gradient."""


class Contours(NamedTuple):
    """The islands of all regions, and a `Survey` for each region, also of those without any."""

    islands: tuple[Island, ...]
    surveys: tuple[Survey, ...]
    box: Box


def contours(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    box: Box | None = None,
    rule: Rule = PUBLISHED,
    tolerance: float = 1e-4,
    cells: tuple[int, int] = (24, 24),
    progress: Callable[[int], object] = lambda done: None,
) -> Contours:
    """Every excluded island in `box` (masses [GeV], couplings), in float64; for people, not for jit.

    Half way between its points an island's curve, the cubic Hermite in (ln mass, ln coupling), is within `tolerance` of the
    true one, both in distance there and in the ln of the number of events (or the statistic). Without a box, one around the
    limits from 1 MeV to 3 GeV is taken. `cells` is the grid that is searched for islands; see `level_sets` for what it can
    miss. `progress` is called with 1 for each region done. Raises `ValueError` for a bad box, rule or tolerance.
    """
    require("contours", "tolerance", tolerance, FINEST, 1)
    box = box_around(experiment, theory, rule) if box is None else checked(box)
    low, high = (np.log(box[0]), np.log(box[2])), (np.log(box[1]), np.log(box[3]))
    islands, surveys = [], []
    with jax.enable_x64(True):
        test = criterion(experiment, rule)
        if isinstance(test, ByProfile):
            test = test.frozen()
        for number, region in enumerate(labels(experiment, rule)):
            found = level_sets(Excess(nameless(experiment), theory, test, number), low, high, tolerance, cells)
            surveys.append(Survey(region, found.cover, found.status, found.evaluations, found.gradients))
            islands += [
                Island(region, np.exp(c.points), np.exp(c.path()), c.closed, c.status, c.max_residual) for c in found.curves
            ]
            progress(1)
    return Contours(tuple(islands), tuple(surveys), box)


class Excess:
    """What is positive where one region excludes, as a `level_sets.Field` of (ln mass, ln coupling)."""

    def __init__(self, experiment: AbstractExperiment, theory: MakeTheory, test: ByCount | ByProfile, number: int):
        self.columns = partial(columns, experiment, theory, test, number)
        self.slopes = partial(slopes, experiment, theory, test, number)

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(nx, ny) values, with one production integral for each of `xs`."""
        return np.asarray(self.columns(xs, ys))

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`."""
        return in_batches(self.slopes, points)


def excess(
    experiment: AbstractExperiment, theory: MakeTheory, test: ByCount | ByProfile, number: int, log_mass: Array
) -> Callable[[Array], Array]:
    """The excess of one region at one mass, as a function of ln(coupling)."""
    mass = jnp.exp(log_mass)
    piece = test.pieces(experiment.at_mass(theory(mass, jnp.ones_like(mass))))[number]
    return lambda log_coupling: piece(theory(mass, jnp.exp(log_coupling)))


@partial(jax.jit, static_argnums=(1, 3))
def columns(experiment, theory, test, number, xs: Float[Array, " x"], ys: Float[Array, " y"]) -> Float[Array, "x y"]:
    """The excess at all pairs of ln(mass) and ln(coupling)."""
    return jax.vmap(lambda x: jax.vmap(excess(experiment, theory, test, number, x))(ys))(xs)


@partial(jax.jit, static_argnums=(1, 3))
def slopes(
    experiment, theory, test, number, points: Float[Array, "k 2"], count: Scalar
) -> tuple[Float[Array, " k"], Float[Array, "k 2"]]:
    """The excess and its gradient at the first `count` of points (ln mass, ln coupling)."""
    at_mass = partial(excess, experiment, theory, test, number)
    return one_by_one(lambda point: value_and_slopes(at_mass, *point), points, count)


def checked(box: Box) -> Box:
    """The box; raises `ValueError` unless its ends are finite, positive and in order."""
    require("contours", "box", np.array(box), 0, open_below=True)
    if not (box[0] < box[1] and box[2] < box[3]):
        raise ValueError(f"a box is smallest and largest mass, smallest and largest coupling, not {tuple(map(float, box))}")
    return box


def box_around(experiment: AbstractExperiment, theory: MakeTheory, rule: Rule) -> Box:
    """A box with all limits between 1 MeV and 3 GeV well inside, or the widest one if there are none."""
    masses = np.geomspace(*MASSES, SCOUTS)
    limits = limit(experiment, theory, masses, rule)
    found = np.any(limits.status == Status.FOUND, axis=1)
    if not found.any():
        return *MASSES, *COUPLING_RANGE
    edges = np.concatenate([edge[np.isfinite(edge)] for edge in (limits.lower, limits.upper)])
    first, last = np.flatnonzero(found)[[0, -1]]
    lowest, highest = masses[max(first - 1, 0)], masses[min(last + 1, SCOUTS - 1)]
    return float(lowest), float(highest), float(edges.min() / 3), float(max(3 * edges.max(), 100 * edges.min()))
