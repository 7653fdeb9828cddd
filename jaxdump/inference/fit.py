"""Fits of mass and coupling to counts: the optimum, its covariance, and intervals from the profile likelihood."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtri

from jaxdump.experiment import AbstractExperiment
from jaxdump.fields import require
from jaxdump.flux import CLOSED
from jaxdump.inference.arguments import subject
from jaxdump.inference.contours import Excess, box_around, checked
from jaxdump.inference.counts import Counts, counts_of, nuisance_names
from jaxdump.inference.exclusion import criterion
from jaxdump.inference.profile import best_nuisances
from jaxdump.inference.signals import Signals
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic, Asymptotic
from jaxdump.inference.thresholds import kinks, that_matter
from jaxdump.inference.tip import Box
from jaxdump.numerics.level_sets import Curve, Joined, in_batches, level_sets, one_by_one
from jaxdump.numerics.programs import Program
from jaxdump.numerics.status import AbstractStatus
from jaxdump.region import Signal
from jaxdump.theories.family import MakeTheory
from jaxdump.typing import Scalar

CELLS = 40
"""Number of steps in mass, and in coupling, of the likelihood surface from which a fit starts."""
SHOWN = 80
"""Number of steps of the surface around the optimum in a figure: enough for a valley a few per cent wide."""
DEGENERATE = 1e-6
"""Least curvature of the log-likelihood in (ln mass, ln coupling), over the largest, that counts as measured."""
PRECISE = {"ftol": 1e-15, "gtol": 1e-9}
NEWTON_STEPS = 4
NOISE = 1e-12
"""Rounding error of a log-likelihood."""
STEP = 1e-4
"""Step of the differences of gradients that give the Hessian, good to 1e-8."""
EDGE = 1e-3
"""Share of the box within which an optimum counts as at its edge."""
REGIONS = (0.6827, 0.9545)
"""Confidence levels of the regions in the plane of mass and coupling."""
STARTS, PROMISING = 8, 50.0
"""Most nodes from which an optimum is looked for, and the largest -2 ln(likelihood) there over that of the best node."""
ALIKE = 1e-2
"""Difference of log-likelihoods below which they count as equal."""
SAME = 1e-3
"""Distance in (ln mass, ln coupling) up to which two optima are the same one."""


class FitStatus(AbstractStatus):
    """The kind of an optimum; if several apply, the first of EDGE, DEGENERATE and FAILED."""

    FOUND = 0, "an optimum inside of the box"
    EDGE = (
        1,
        "the likelihood is largest at the edge of the box: the ends of the intervals are limits; see the box",
    )
    DEGENERATE = 2, "the counts measure only one combination of mass and coupling; see the worst direction"
    FAILED = 3, "the optimiser has not converged: try a narrower box"


class Surface(NamedTuple):
    """The likelihood around its optimum, with its nuisances profiled."""

    masses: np.ndarray
    couplings: np.ndarray
    deviance: np.ndarray
    """(masses, couplings) -2 ln(likelihood / largest)"""
    regions: tuple[tuple[Curve | Joined, ...], ...]
    """The boundaries, in (ln mass, ln coupling), of the joint confidence regions at the levels `REGIONS`."""


class Optimum(NamedTuple):
    """A point at which the likelihood is largest among its neighbours, and how well it is known."""

    value: np.ndarray
    """(parameters,) mass [GeV], coupling, and nuisances."""
    covariance: np.ndarray
    """(parameters, parameters) covariance of ln(mass), ln(coupling) and the nuisances, the inverse of the Hessian; nan unless
    `status` is FOUND or FAILED."""
    direction: np.ndarray
    """(2,) the direction in (ln mass, ln coupling) that is known worst."""
    log_likelihood: float
    status: FitStatus


class Fit(NamedTuple):
    """The result of a fit: the optima, and the masses and couplings that the likelihood allows."""

    names: tuple[str, ...]
    """Names of the parameters: mass, coupling, and the nuisances."""
    optima: tuple[Optimum, ...]
    """The best one, and those inside of the box whose likelihood is comparable: within the outermost of `REGIONS`. Where no
    signal at all is as good as the best, the weakest coupling comes first."""
    intervals: tuple[np.ndarray, np.ndarray]
    """(k, 2) each: the pieces of the intervals of mass [GeV] and of coupling from the profile likelihood, rising; an end is nan
    where the likelihood does not bound it in the box."""
    surface: Surface

    @property
    def best(self) -> Optimum:
        """The most probable optimum, or the weakest coupling where nothing is seen."""
        return self.optima[0]

    def interval(self, parameter: int, value: float) -> np.ndarray:
        """(2,) the piece of the interval of the mass (0) or the coupling (1) that holds a value, or is nearest to it."""
        pieces = self.intervals[parameter]
        if not len(pieces):
            return np.full(2, np.nan)
        below, above = (np.log(np.where(np.isnan(end), value, end) / value) for end in pieces.T)
        return pieces[np.argmin(np.maximum(below, 0) + np.maximum(-above, 0))]


def fit(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    box: Box | None = None,
    level: float = 0.6827,
    progress: Callable[[int], object] = lambda done: None,
) -> Fit:
    """The masses [GeV] and couplings within `box`, and the nuisances, that make the observed counts most probable.

    The fit is in float64; for people, not for jit. The starts come from the likelihood on a grid, the optima from L-BFGS-B of
    scipy and Newton's method, the covariances from the Hessians. An interval is the extent of the region where twice the
    log-likelihood falls by less than that of a normal at `level`. Without a box, one around the limits from 1 MeV to 3 GeV is
    taken. `jaxdump.with_observed` and `jaxdump.asimov` give an experiment other counts. Raises `ValueError` for a bad box or
    level, and if no region has a known background: the likelihood is then flat. Notebook 07 has an example.
    """
    make = subject("fit", experiment, theory)
    check(experiment, level)
    if experiment.apart:
        raise ValueError("fits take no nuisances of some channels alone: leave them out, or take log_likelihood")
    signals = Signals.of(experiment, make)
    with jax.enable_x64(True):
        scouts = Excess(signals, criterion(experiment, usual_rule(experiment)))
        box = box_around(scouts, make) if box is None else checked(box)
        low, high = np.log([box[0], box[2]]), np.log([box[1], box[3]])
        counts = jax.tree.map(np.asarray, jax.jit(counts_of)(experiment))
        model = Model(signals, signals.over(low[0], high[0]), counts)
        nodes = xs, ys = tuple(np.linspace(*ends, CELLS + 1) for ends in zip(low, high, strict=True))
        plane = model.plane(xs, ys)
        progress(1)
        optima = model.optima(plane, xs, ys)
        progress(1)
        largest = max(plane.max(), *(optimum.log_likelihood for optimum in optima))
        deviance = 2 * (largest - plane)
        thresholds = kinks(signals.experiment, signals.theory, low[0], high[0])
        corners = that_matter(Deviance(model, nodes, deviance, largest, 0.0), thresholds, nodes[1])

        def region(threshold: float) -> tuple[Curve | Joined, ...]:
            field = Deviance(model, nodes, deviance, largest, threshold)
            return level_sets(field, tuple(low), tuple(high), 1e-3, (CELLS, CELLS), corners).curves

        one = float(ndtri((1 + level) / 2)) ** 2
        extents = projections(region(one), deviance <= one, xs, ys)
        regions = tuple(region(-2 * np.log1p(-p)) for p in REGIONS)
        xs, ys = (np.linspace(*ends, SHOWN + 1) for ends in around(regions[-1], low, high))
        surface = Surface(np.exp(xs), np.exp(ys), 2 * (largest - model.plane(xs, ys)), regions)
        progress(1)
    return Fit((*make.columns, *nuisance_names(experiment)), optima, extents, surface)


def check(experiment: AbstractExperiment, level: float) -> None:
    """Raise `ValueError` for a bad level, and for an experiment of which no background is known."""
    require("fit", "level", level, 0, 1, open_below=True, open_above=True)
    if len(experiment.without_background) == sum(len(member.regions) for member in experiment.members):
        names = " and ".join(experiment.without_background)
        wanted = " and ".join(f"{name}.background=N" for name in experiment.without_background)
        raise ValueError(f"nothing tells a signal in {names} from its background, which is unknown: set {wanted}")


def usual_rule(experiment: AbstractExperiment) -> AbstractStatistic:
    """The statistic whose limits give a fit its box: published counts or, where some region has none, all regions together."""
    regions = [region for member in experiment.members for region in member.regions]
    published = not experiment.spectrum and all(region.published_upper_count is not None for region in regions)
    return PUBLISHED if published else Asymptotic(combined=True)


def judged(
    hessian: np.ndarray, best: np.ndarray, low: np.ndarray, high: np.ndarray, converged: bool
) -> tuple[np.ndarray, np.ndarray, FitStatus]:
    """Covariance, the direction in (ln mass, ln coupling) that is known worst, and the status."""
    rest = np.linalg.solve(hessian[2:, 2:], hessian[2:, :2]) if hessian.shape[0] > 2 else np.zeros((0, 2))
    curvature, directions = np.linalg.eigh(hessian[:2, :2] - hessian[:2, 2:] @ rest)
    degenerate = curvature[0] <= DEGENERATE * abs(curvature[1])
    at_edge = np.any((best[:2] < low + EDGE * (high - low)) | (best[:2] > high - EDGE * (high - low)))
    failed = FitStatus.FOUND if converged else FitStatus.FAILED
    status = FitStatus.EDGE if at_edge else FitStatus.DEGENERATE if degenerate else failed
    covariance = np.full_like(hessian, np.nan) if at_edge or degenerate else np.linalg.inv(hessian)
    return covariance, directions[:, 0], status


def around(curves: tuple[Curve | Joined, ...], low: np.ndarray, high: np.ndarray) -> list[tuple[float, float]]:
    """The part of the box that holds the curves and half their size around them; all of it if there are none."""
    if not curves:
        return list(zip(low, high, strict=True))
    path = np.concatenate([curve.path() for curve in curves])
    first, last = path.min(axis=0), path.max(axis=0)
    return list(zip(np.maximum(low, 1.5 * first - 0.5 * last), np.minimum(high, 1.5 * last - 0.5 * first), strict=True))


def projections(
    curves: tuple[Curve | Joined, ...], allowed: np.ndarray, xs: np.ndarray, ys: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(k, 2) each: the masses, and the couplings, of a region: of its boundaries, and of the (x, y) nodes of a grid inside.

    Rising pieces; nan for an end at the edge of the box.
    """
    found = []
    for axis, nodes in enumerate((xs, ys)):
        inside = np.moveaxis(allowed, axis, 0)
        links = np.flatnonzero(np.any(inside[:-1] & inside[1:], axis=1))
        pieces = [(path.min(), path.max()) for path in (curve.path()[:, axis] for curve in curves)]
        pieces += [(nodes[i], nodes[i + 1]) for i in links] + [(nodes[i],) * 2 for i in np.flatnonzero(inside.any(axis=1))]
        ends = merged(pieces)
        found.append(np.where(np.abs(ends - nodes[[0, -1]]) < 1e-9, np.nan, np.exp(ends)))
    return found[0], found[1]


def merged(pieces: list[tuple[float, float]]) -> np.ndarray:
    """(k, 2) the union of intervals."""
    union: list[tuple[float, float]] = []
    for low, high in sorted(pieces):
        if union and low <= union[-1][1]:
            union[-1] = union[-1][0], max(union[-1][1], high)
        else:
            union.append((low, high))
    return np.array(union).reshape(-1, 2)


def starts(plane: np.ndarray) -> list[tuple[int, int]]:
    """Nodes at which a (x, y) plane is largest, and larger than at all of their neighbours; the largest value first."""
    padded = np.pad(plane, 1, constant_values=-np.inf)
    beside = [np.roll(padded, (i, j), (0, 1))[1:-1, 1:-1] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    peaks = np.all(plane > np.array(beside), axis=0) & (2 * (plane.max() - plane) < PROMISING)
    peaks.ravel()[np.argmax(plane)] = True
    order = np.argsort(-plane[peaks], kind="stable")[:STARTS]
    return [(int(i), int(j)) for i, j in np.argwhere(peaks)[order]]


class Model(NamedTuple):
    """The log-likelihood and its gradient in (ln mass, ln coupling, nuisances)."""

    signals: Signals
    near: Signals
    """The same signals with slopes from tables, to find the way."""
    counts: Counts

    def slopes(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, parameters) gradients at (k, parameters) points."""
        log_signal, along = self.signals.slopes(points[:, :2])
        return self.chained(log_signal, along, points[:, 2:])

    def chained(self, log_signal: np.ndarray, along: np.ndarray, nuisances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values and gradients of `slopes` from (k, regions) signals with (k, 2, regions) slopes, and (k, nuisances)."""
        regions = log_signal.shape[1]
        value, slope = in_batches(partial(likelihood_slopes, self.counts), np.concatenate([log_signal, nuisances], axis=1))
        along_plane = np.einsum("kar,kr->ka", along, slope[:, :regions])
        return value, np.concatenate([along_plane, slope[:, regions:]], axis=1)

    def profiled(self, points: np.ndarray, near: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) points, with the best nuisances, whose own slopes vanish there.

        If `near` they are from tables, a little off, and jump from one polynomial to the next.
        """
        log_signal, along = (self.near if near else self.signals).slopes(points)
        value, gradient = self.chained(log_signal, along, self.best_nuisances(log_signal))
        return value, gradient[:, :2]

    def best_nuisances(self, log_signal: np.ndarray) -> np.ndarray:
        """(k, nuisances) that make the counts most probable with (k, regions) signals."""
        if not self.counts.centre.size:
            return np.zeros((len(log_signal), 0))
        return in_batches(partial(nuisances_at, self.counts), log_signal)[0]

    def without_signal(self) -> float:
        """The log-likelihood of no signal at all, with the best nuisances."""
        none = np.full((1, self.counts.observed.size), CLOSED)
        return float(in_batches(partial(likelihood_slopes, self.counts), np.hstack([none, self.best_nuisances(none)]))[0][0])

    def plane(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(x, y) values with the best nuisances at all pairs of ln(mass) and ln(coupling)."""
        log_signal = self.signals.plane(xs, ys)
        flat = log_signal.reshape(-1, log_signal.shape[-1])
        points = np.concatenate([flat, self.best_nuisances(flat)], axis=1)
        return in_batches(partial(likelihood_slopes, self.counts), points)[0].reshape(len(xs), len(ys))

    def optima(self, plane: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> tuple[Optimum, ...]:
        """The optima found from the peaks of a (x, y) plane: the best one, and others that the data do not tell from it.

        Where no signal at all is as good as the best one, the weakest coupling comes first.
        """
        low, high = (np.array([xs[k], ys[k]]) for k in (0, -1))
        nothing = bool(self.without_signal() > plane.max() - ALIKE)
        found = [
            self.described(*self.optimum(np.array([xs[i], ys[j]]), low, high), low, high)
            for i, j in [*starts(plane), *[(int(np.argmax(plane[:, 0])), 0)] * nothing]
        ]
        found.sort(key=lambda optimum: optimum.value[1] if nothing else -optimum.log_likelihood)
        distinct = found[:1]
        for one in found[1:]:
            comparable = 2 * (found[0].log_likelihood - one.log_likelihood) < -2 * np.log1p(-REGIONS[-1])
            away = all(np.abs(np.log(one.value[:2] / other.value[:2])).max() > SAME for other in distinct)
            distinct += [one] if comparable and away and one.status == FitStatus.FOUND else []
        return tuple(distinct)

    def described(self, best: np.ndarray, converged: bool, low: np.ndarray, high: np.ndarray) -> Optimum:
        """The optimum at (ln mass, ln coupling, nuisances)."""
        log_likelihood, _, hessian = self.expansion(best)
        covariance, direction, status = judged(hessian, best, low, high, converged)
        return Optimum(np.concatenate([np.exp(best[:2]), best[2:]]), covariance, direction, log_likelihood, status)

    def optimum(self, start: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, bool]:
        """The parameters of the largest likelihood, mass and coupling in their box; and whether the search converged.

        L-BFGS-B in mass and coupling comes near, with the best nuisances of each, Newton's method in all of them to the last
        digits unless the curvature says that it would go elsewhere.
        """
        from scipy.optimize import minimize

        descend = lambda point: tuple(-part[0] for part in self.profiled(point[None]))
        found = minimize(descend, start, jac=True, method="L-BFGS-B", bounds=np.stack([low, high], axis=1), options=PRECISE)
        nuisances = self.best_nuisances(self.signals.slopes(found.x[None])[0])[0]
        best, value = np.concatenate([found.x, nuisances]), -found.fun
        ends = np.concatenate([low, self.counts.least]), np.concatenate([high, np.full(nuisances.size, np.inf)])
        for _ in range(NEWTON_STEPS):
            _, gradient, hessian = self.expansion(best)
            if np.linalg.eigvalsh(hessian)[0] <= DEGENERATE * np.abs(hessian).max():
                break
            moved = best + np.linalg.solve(hessian, gradient)
            if np.any((moved <= ends[0]) | (moved >= ends[1])) or (new := self.slopes(moved[None])[0][0]) < value - NOISE:
                break
            best, value = moved, new
        return best, bool(found.success)

    def expansion(self, best: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """The log-likelihood, its gradient and minus its Hessian, by central differences of the gradient."""
        steps = STEP * np.concatenate([np.eye(best.size), -np.eye(best.size), np.zeros((1, best.size))])
        values, gradients = self.slopes(best + steps)
        up, down = gradients[: best.size], gradients[best.size : -1]
        hessian = (down - up) / (2 * STEP)
        return float(values[-1]), gradients[-1], (hessian + hessian.T) / 2


class Deviance:
    """-2 ln(likelihood / largest) less a threshold, a `level_sets.Field` of (ln mass, ln coupling); from tables of signals."""

    def __init__(self, model: Model, nodes: tuple[np.ndarray, ...], plane: np.ndarray, largest: float, threshold: float):
        self.model, self.nodes, self.plane, self.largest, self.threshold = model, nodes, plane, largest, threshold

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """The values at these nodes: those of the plane that is known, unless kinks ask for others."""
        known = all(map(np.array_equal, (xs, ys), self.nodes))
        return (self.plane if known else 2 * (self.largest - self.model.plane(xs, ys))) - self.threshold

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`."""
        value, gradient = self.model.profiled(points, near=True)
        return 2 * (self.largest - value) - self.threshold, -2 * gradient


@Program
def likelihood_slopes(counts: Counts, points: Float[Array, "k p"], count: Scalar) -> tuple[Array, Array]:
    """(k,) log-likelihoods and (k, p) gradients at the first `count` points (log of the signals, nuisances)."""
    regions = counts.observed.size
    return one_by_one(jax.value_and_grad(lambda x: counts.log_probability(Signal(x[:regions]), x[regions:])), points, count)


@Program
def nuisances_at(counts: Counts, log_signals: Float[Array, "k regions"], count: Scalar) -> tuple[Array, Array]:
    """(k, nuisances) the best nuisances at the first `count` of the signals, which are given back."""
    return one_by_one(
        lambda log_signal: best_nuisances(counts, Signal(log_signal), frozen=True), log_signals, count
    ), log_signals
