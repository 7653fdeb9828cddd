"""The boundary of the excluded couplings: every island in a box of masses and couplings, to a tolerance, by gradients."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Self

import jax
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import FINEST_TOLERANCE
from jaxdump.experiment import AbstractExperiment
from jaxdump.fields import require
from jaxdump.inference.arguments import subject_of_line
from jaxdump.inference.excess import AbstractTest
from jaxdump.inference.limits import COUPLING_RANGE
from jaxdump.inference.lines import AbstractLine, Exclusion, as_line
from jaxdump.inference.plane import Plane
from jaxdump.inference.signals import Signals
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic
from jaxdump.inference.thresholds import kinks, that_matter
from jaxdump.inference.tip import Box
from jaxdump.numerics.level_sets import Cover, Curve, CurveStatus, Joined, SearchStatus, in_batches, level_sets, one_by_one
from jaxdump.numerics.level_sets.stretched import BESIDE
from jaxdump.numerics.programs import Program
from jaxdump.region import Signal
from jaxdump.theories.family import USUAL, Family, MakeTheory
from jaxdump.typing import Scalar

MASSES = (1e-3, 3.0)
"""Masses [GeV] between which islands are looked for if no box is given."""
TABLED = 1e-5
"""Least tolerance for which tables are good enough to find the way."""
STEP = 1e-3
"""Least distance in ln(coupling) of two ends of curves at a kink that are not one point."""
SCOUTS = (24, 192)
"""Numbers of masses and of couplings of the grid that tells where a box must lie."""


class Island(NamedTuple):
    """A connected piece of the boundary between what is excluded and what is allowed."""

    region: str
    points: np.ndarray
    """(n, 2) mass [GeV] and coupling in the order of travel, the excluded side on the left as ln(coupling) against ln(mass)
    is drawn; a closed island does not repeat its first point."""
    path: np.ndarray
    """(m, 2) points of the smooth curve through `points`, to be drawn."""
    closed: bool
    """Whether the curve is closed; if not, it ends at the edge of the box."""
    status: CurveStatus
    max_residual: float
    """Largest |ln(N / N excluded)|, or |statistic - threshold|, at the points and half way between them, jumps apart."""
    jumps: tuple[int, ...] = ()
    """Numbers (from 0) of the points from which the curve runs along a jump to the next point, at one mass: between the two
    the excess is not zero."""


class Survey(NamedTuple):
    """A summary of the search in one region."""

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
    line: AbstractExperiment | AbstractLine,
    theory: MakeTheory,
    box: Box | None = None,
    rule: AbstractStatistic = PUBLISHED,
    tolerance: float = 1e-4,
    cells: tuple[int, int] = (24, 24),
    progress: Callable[[int], object] = lambda done: None,
) -> Contours:
    """Every excluded island in `box` (masses [GeV], couplings), in float64; for people, not for jit.

    Half way between its points the curve of an island, a cubic Hermite in (ln mass, ln coupling), is within `tolerance` of the
    true one, both in distance there and in the ln of the number of events (or the statistic). Without a box, one around the
    limits from 1 MeV to 3 GeV is taken. `line` is an experiment, of which `rule` is the statistic that decides what is
    excluded, or an `AbstractLine`, whose islands are where it is positive. `cells` is the grid that is searched for islands;
    `numerics.level_sets` tells which islands it can miss. `progress` is called with 1 for each region that is done. Raises
    `ValueError` for a bad box, statistic or tolerance. Notebook 05 has examples.
    """
    require("contours", "tolerance", tolerance, FINEST_TOLERANCE, 1)
    islands, surveys, theory = [], [], subject_of_line("contours", line, theory)
    with jax.enable_x64(True):
        line = as_line(line, rule).quick()
        if isinstance(line, Exclusion) and not line.test.has_slopes:
            raise ValueError("drawn toys have no slopes to follow a contour by: take asymptotic, or limits at masses")
        if isinstance(line, Exclusion) and line.test.log_counts is None and line.experiment.apart:
            raise ValueError("contours take no nuisances of some channels alone: take limits at masses")
        excess = Excess(Signals.of(line.experiment, theory), line.test) if isinstance(line, Exclusion) else Plane(line, theory)
        box = box_around(excess, theory) if box is None else checked(box)
        low, high = (np.log(box[0]), np.log(box[2])), (np.log(box[1]), np.log(box[3]))
        thresholds = excess.kinks(low[0], high[0])
        excess = excess.over(low[0], high[0]) if tolerance >= TABLED else excess
        for number, region in enumerate(line.labels):
            excess = excess._replace(number=number)
            corners = that_matter(excess, thresholds, np.linspace(low[1], high[1], cells[1] + 1))
            found = level_sets(excess, low, high, tolerance, cells, corners)
            surveys.append(Survey(region, found.cover, found.status, found.evaluations, found.gradients))
            islands += [
                Island(region, np.exp(c.points), np.exp(c.path()), c.closed, c.status, c.max_residual, jumps(c, corners))
                for c in found.curves
            ]
            progress(1)
    return Contours(tuple(islands), tuple(surveys), box)


def jumps(curve: Curve | Joined, corners: Sequence[float]) -> tuple[int, ...]:
    """The points from which a curve runs to the next along the jump at one of the `corners` in ln(mass)."""
    on = (np.abs(curve.points[:, :1] - np.asarray(corners)) < 1.1 * BESIDE).any(axis=1)
    upright = on & np.roll(on, -1) & (np.abs(np.roll(curve.points[:, 1], -1) - curve.points[:, 1]) > STEP)
    return tuple(np.flatnonzero(upright[: len(upright) - (not curve.closed)]).tolist())


class Excess(NamedTuple):
    """The excess of one region, positive where it excludes, as a `level_sets.Field` of (ln mass, ln coupling)."""

    signals: Signals
    test: AbstractTest
    number: int = 0

    def over(self, low: float, high: float) -> Self:
        """The same with tables for slopes between two ln(mass)."""
        return self._replace(signals=self.signals.over(low, high))

    def kinks(self, low: float, high: float) -> np.ndarray:
        return kinks(self.signals.experiment, self.signals.theory, low, high)

    def plane(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(nx, ny, labels) values, with one production integral for each of `xs`."""
        return excesses(self.test, self.signals.plane(xs, ys))

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(nx, ny) values."""
        return self.plane(xs, ys)[..., self.number]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`."""
        log_signal, along = self.signals.slopes(points)
        if self.test.log_counts is not None:
            return excesses(self.test, log_signal)[:, self.number], along[..., self.number]
        value, slope = in_batches(partial(excess_slopes, self.test), log_signal)
        return value, np.einsum("kar,kr->ka", along, slope)

    def values(self, points: np.ndarray) -> np.ndarray:
        """(k,) values at (k, 2) `points`, from no table."""
        return excesses(self.test, self.signals.values(points[:, 0], points[:, 1:])[:, 0])[..., self.number]


def excesses(test: AbstractTest, log_signal: np.ndarray) -> np.ndarray:
    """(..., labels) the excesses of (..., regions) signals, positive where these are excluded."""
    if test.log_counts is not None:
        return log_signal - np.asarray(test.log_counts)
    flat = log_signal.reshape(-1, log_signal.shape[-1])
    values, _ = in_batches(partial(excess_values, test), flat)
    return values.reshape(*log_signal.shape[:-1], 1)


@Program
def excess_values(test: AbstractTest, log_signals: Float[Array, "k regions"], count: Scalar) -> tuple[Array, Array]:
    """(k,) the excess at the first `count` of the signals, which are given back."""
    return one_by_one(lambda log_signal: test.excess(Signal(log_signal))[0], log_signals, count), log_signals


@Program
def excess_slopes(test: AbstractTest, log_signals: Float[Array, "k regions"], count: Scalar) -> tuple[Array, Array]:
    """(k,) the excess at the first `count` of the signals, and its (k, regions) slopes."""
    return one_by_one(jax.value_and_grad(lambda log_signal: test.excess(Signal(log_signal))[0]), log_signals, count)


def checked(box: Box) -> Box:
    """The box; raises `ValueError` unless its ends are finite, positive and in order."""
    require("contours", "box", np.array(box), 0, open_below=True)
    if not (box[0] < box[1] and box[2] < box[3]):
        raise ValueError(f"a box is smallest and largest mass, smallest and largest coupling, not {tuple(map(float, box))}")
    return box


def box_around(excess: "Excess | Plane", theory: Family) -> Box:
    """A box with all limits between 1 MeV and 3 GeV well inside, or the widest one if there are none.

    Raises `ValueError` for a plane of other axes, whose values nobody knows.
    """
    if theory.columns != USUAL:
        raise ValueError(f"axes {' and '.join(theory.axes)} need a box: smallest and largest value of each")
    masses, couplings = np.geomspace(*MASSES, SCOUTS[0]), np.geomspace(*COUPLING_RANGE, SCOUTS[1])
    excluded = excess.plane(np.log(masses), np.log(couplings)) > 0
    change = excluded[:, 1:] != excluded[:, :-1]
    if not change.any():
        return *MASSES, *COUPLING_RANGE
    first, last = np.flatnonzero(change.any(axis=(1, 2)))[[0, -1]]
    lowest, highest = masses[max(first - 1, 0)], masses[min(last + 1, SCOUTS[0] - 1)]
    least, most = np.flatnonzero(change.any(axis=(0, 2)))[[0, -1]]
    below, above = couplings[least], couplings[most + 1]
    return float(lowest), float(highest), float(below / 3), float(max(3 * above, 100 * below))
