"""Mass and coupling from counts: the optimum, its covariance, intervals from the profile likelihood, and Fisher information."""

import enum
from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.counts import Counts, counts_of, nuisance_names
from jaxdump.criterion import Rule
from jaxdump.experiment import AbstractExperiment
from jaxdump.islands import box_around, checked
from jaxdump.level_sets import Curve, in_batches, level_sets, one_by_one, value_and_slopes
from jaxdump.limits import MakeTheory, nameless
from jaxdump.profile_likelihood import best_nuisances
from jaxdump.tips import Box
from jaxdump.typing import Scalar

Optimiser = Literal["optimistix", "optax"]
CELLS = 40
"""Steps in mass, and in coupling, of the likelihood surface from which a fit starts."""
SHOWN = 160
"""Steps of the surface around the optimum, for a figure: enough for a valley a few per cent wide."""
DEGENERATE = 1e-6
"""Least curvature of the log-likelihood in (ln mass, ln coupling), over the largest, that counts as measured."""
STEP = 1e-4
"""Of the differences of gradients that give the Hessian, good to 1e-8."""
EDGE = 1e-3
"""Share of the box within which an optimum counts as at its edge."""
REGIONS = (0.6827, 0.9545)
"""Confidence levels of the regions in the plane of mass and coupling."""


class FitStatus(enum.IntEnum):
    """What a fit has found; of several the first of EDGE, DEGENERATE and FAILED."""

    FOUND = 0
    """An optimum inside of the box."""
    EDGE = 1
    """The likelihood is largest at the edge of the box: one of the parameters is not measured there."""
    DEGENERATE = 2
    """A line of masses and couplings fits as well: only a combination of them is measured."""
    FAILED = 3
    """The optimiser did not converge."""


class Surface(NamedTuple):
    """The likelihood around its optimum, with its nuisances profiled."""

    masses: np.ndarray
    couplings: np.ndarray
    deviance: np.ndarray
    """(masses, couplings) -2 ln(likelihood / largest)"""
    regions: tuple[tuple[Curve, ...], ...]
    """The boundaries, in (ln mass, ln coupling), of the joint confidence regions at the levels `REGIONS`."""


class Fit(NamedTuple):
    """The optimum and how well it is known."""

    names: tuple[str, ...]
    """mass, coupling, and the nuisances."""
    value: np.ndarray
    """(parameters,) mass [GeV], coupling, and nuisances."""
    covariance: np.ndarray
    """(parameters, parameters) of ln(mass), ln(coupling) and the nuisances: the inverse of the Hessian; nan unless `status` is
    FOUND or FAILED."""
    interval: np.ndarray
    """(2, 2) ends of the intervals of mass and coupling from the profile likelihood; nan where they leave the box."""
    direction: np.ndarray
    """(2,) the direction in (ln mass, ln coupling) that is known worst."""
    log_likelihood: float
    status: FitStatus
    surface: Surface


def fit(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    box: Box | None = None,
    level: float = 0.6827,
    optimiser: Optimiser = "optimistix",
    progress: Callable[[int], object] = lambda done: None,
) -> Fit:
    """The mass [GeV] and coupling within `box`, and the nuisances, that make the observed counts most probable.

    In float64; for people, not for jit. The likelihood on a grid gives the start, BFGS of optimistix (or L-BFGS of optax)
    the optimum, its Hessian the covariance, and the extent of the region where twice the log-likelihood falls by less than
    that of a normal at `level` the intervals. Without a box, one around the limits from 1 MeV to 3 GeV is taken.
    `likelihood.with_observed` and `likelihood.asimov` give an experiment other counts. Raises `ValueError` for a bad box or
    level.
    """
    require("fit", "level", level, 0, 1, open_below=True, open_above=True)
    box = box_around(experiment, theory, Rule()) if box is None else checked(box)
    low, high = np.log([box[0], box[2]]), np.log([box[1], box[3]])
    with jax.enable_x64(True):
        run, counts = nameless(experiment), counts_of(experiment)
        xs, ys = (np.linspace(*ends, CELLS + 1) for ends in zip(low, high, strict=True))
        plane = np.asarray(profiled_plane(run, theory, counts, xs, ys))
        progress(1)
        i, j = np.unravel_index(np.argmax(plane), plane.shape)
        start = jnp.concatenate([jnp.array([xs[i], ys[j]]), counts.centre])
        best, converged = optimum(run, theory, counts, start, jnp.array([low, high]), optimiser)
        progress(1)
        model = Model(run, theory, counts)
        log_likelihood, hessian = model.expansion(np.asarray(best))
        largest = max(log_likelihood, plane.max())

        def region(deviance: float) -> tuple[Curve, ...]:
            field = Deviance(model, 2 * (largest - plane), largest, deviance)
            return level_sets(field, tuple(low), tuple(high), 1e-3, (CELLS, CELLS)).curves

        one = region(float(norm.ppf((1 + level) / 2)) ** 2)
        regions = tuple(region(-2 * np.log1p(-p)) for p in REGIONS)
        xs, ys = (np.linspace(*ends, SHOWN + 1) for ends in around(regions[-1], low, high))
        near = np.asarray(profiled_plane(run, theory, counts, xs, ys))
        surface = Surface(np.exp(xs), np.exp(ys), 2 * (largest - near), regions)
        progress(1)
    covariance, direction, status = judged(hessian, np.asarray(best), low, high, bool(converged))
    names = ("mass", "coupling", *nuisance_names(experiment))
    value = np.concatenate([np.exp(best[:2]), best[2:]])
    return Fit(names, value, covariance, extent(one, low, high), direction, float(log_likelihood), status, surface)


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


def around(curves: tuple[Curve, ...], low: np.ndarray, high: np.ndarray) -> list[tuple[float, float]]:
    """The part of the box that holds the curves and half their size around them; all of it if there are none."""
    if not curves:
        return list(zip(low, high, strict=True))
    path = np.concatenate([curve.path() for curve in curves])
    first, last = path.min(axis=0), path.max(axis=0)
    return list(zip(np.maximum(low, 1.5 * first - 0.5 * last), np.minimum(high, 1.5 * last - 0.5 * first), strict=True))


def extent(curves: tuple[Curve, ...], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(2, 2) smallest and largest mass and coupling on the curves; nan where they reach the edge of the box."""
    if not curves:
        return np.full((2, 2), np.nan)
    path = np.concatenate([curve.path() for curve in curves])
    ends = np.stack([path.min(axis=0), path.max(axis=0)], axis=1)
    edge = np.stack([low, high], axis=1)
    return np.where(np.abs(ends - edge) < 1e-9, np.nan, np.exp(ends))


class Model(NamedTuple):
    """The log-likelihood and its gradient, compiled for a few numbers of points."""

    experiment: AbstractExperiment
    theory: MakeTheory
    counts: Counts

    def slopes(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, parameters) gradients at (k, parameters) points (ln mass, ln coupling, nuisances)."""
        return in_batches(partial(log_likelihood_slopes, self.experiment, self.theory, self.counts), points)

    def profiled(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) points, with the best nuisances, whose own slopes vanish there."""
        if self.counts.centre.size:
            nuisances, _ = in_batches(partial(nuisances_at, self.experiment, self.theory, self.counts), points)
            points = np.concatenate([points, nuisances], axis=1)
        values, gradients = self.slopes(points)
        return values, gradients[:, :2]

    def expansion(self, best: np.ndarray) -> tuple[float, np.ndarray]:
        """The log-likelihood and minus its Hessian, by central differences of the gradient, which compile at no cost."""
        steps = STEP * np.concatenate([np.eye(best.size), -np.eye(best.size), np.zeros((1, best.size))])
        values, gradients = self.slopes(best + steps)
        up, down = gradients[: best.size], gradients[best.size : -1]
        hessian = (down - up) / (2 * STEP)
        return float(values[-1]), (hessian + hessian.T) / 2


class Deviance:
    """-2 ln(likelihood / largest) less a threshold, as a `level_sets.Field` of (ln mass, ln coupling)."""

    def __init__(self, model: Model, plane: np.ndarray, largest: float, threshold: float):
        self.model, self.plane, self.largest, self.threshold = model, plane, largest, threshold

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """The values of the plane that is known, whose nodes these are."""
        return self.plane - self.threshold

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`."""
        value, gradient = self.model.profiled(points)
        return 2 * (self.largest - value) - self.threshold, -2 * gradient


@partial(jax.jit, static_argnums=1)
def profiled_plane(experiment, theory, counts, xs: Float[Array, " x"], ys: Float[Array, " y"]) -> Float[Array, "x y"]:
    """The log-likelihood with profiled nuisances at all pairs of ln(mass) and ln(coupling)."""

    def column(log_mass: Array) -> Array:
        mass = jnp.exp(log_mass)
        ready = experiment.at_mass(theory(mass, jnp.ones_like(mass)))
        profile = lambda log_signal: counts.log_probability(log_signal, best_nuisances(counts, log_signal))
        return jax.vmap(lambda y: profile(ready.log_signal(theory(mass, jnp.exp(y)))))(ys)

    return jax.vmap(column)(xs)


def loss(experiment, theory, counts: Counts, x: Float[Array, " parameters"]) -> Float[Array, ""]:
    """Minus the log-likelihood at (ln mass, ln coupling, nuisances)."""
    return -counts.log_probability(experiment.log_signal(theory(*jnp.exp(x[:2]))), x[2:])


@partial(jax.jit, static_argnums=1)
def log_likelihood_slopes(experiment, theory, counts, points: Float[Array, "k p"], count: Scalar) -> tuple[Array, Array]:
    """(k,) log-likelihoods and (k, p) gradients at the first `count` of points (ln mass, ln coupling, nuisances)."""

    def at_mass(log_mass: Array) -> Callable[[Array], Array]:
        mass = jnp.exp(log_mass)
        ready = experiment.at_mass(theory(mass, jnp.ones_like(mass)))
        return lambda log_coupling: ready.log_signal(theory(mass, jnp.exp(log_coupling)))

    def at(x: Float[Array, " p"]) -> tuple[Array, Array]:
        log_signal, along_plane = value_and_slopes(at_mass, x[0], x[1])
        value, (per_signal, per_nuisance) = jax.value_and_grad(counts.log_probability, (0, 1))(log_signal, x[2:])
        return value, jnp.concatenate([along_plane @ per_signal, per_nuisance])

    return one_by_one(at, points, count)


@partial(jax.jit, static_argnums=1)
def nuisances_at(experiment, theory, counts, points: Float[Array, "k 2"], count: Scalar) -> tuple[Array, Array]:
    """(k, nuisances) the best nuisances at the first `count` of points (ln mass, ln coupling), and the log of the signal."""

    def at(point: Float[Array, "2"]) -> tuple[Array, Array]:
        log_signal = experiment.log_signal(theory(*jnp.exp(point)))
        return best_nuisances(counts, log_signal), log_signal

    return one_by_one(at, points, count)


@partial(jax.jit, static_argnums=(1, 5))
def optimum(experiment, theory, counts, start: Array, box: Float[Array, "2 2"], optimiser: Optimiser) -> tuple[Array, Array]:
    """The parameters of the smallest loss, mass and coupling kept in the box by a logistic map; and whether it converged."""
    low, width = box[0], box[1] - box[0]
    inside = lambda z: jnp.concatenate([low + width * jax.nn.sigmoid(z[:2]), z[2:]])
    share = jnp.clip((start[:2] - low) / width, 0.01, 0.99)
    z = jnp.concatenate([jnp.log(share / (1 - share)), start[2:]])
    at = lambda z, _=None: loss(experiment, theory, counts, inside(z))
    z, converged = OPTIMISERS[optimiser](at, z)
    return inside(z), converged


def by_optimistix(function: Callable, start: Array) -> tuple[Array, Array]:
    """BFGS."""
    import optimistix

    solver = optimistix.BFGS(rtol=1e-10, atol=1e-10)
    solution = optimistix.minimise(function, solver, start, max_steps=500, throw=False)
    return solution.value, solution.result == optimistix.RESULTS.successful


def by_optax(function: Callable, start: Array) -> tuple[Array, Array]:
    """L-BFGS with a zoom line search."""
    import optax

    solver = optax.lbfgs()
    with_slope = optax.value_and_grad_from_state(function)

    def step(state: tuple) -> tuple:
        z, memory, _, count = state
        value, slope = with_slope(z, state=memory)
        move, memory = solver.update(slope, memory, z, value=value, grad=slope, value_fn=function)
        return optax.apply_updates(z, move), memory, jnp.max(jnp.abs(jnp.asarray(slope))), count + 1

    more = lambda state: (state[2] > 1e-8) & (state[3] < 500)
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integers of two lengths
        z, _, slope, _ = jax.lax.while_loop(more, step, (start, solver.init(start), jnp.ones(()), 0))
    return z, slope <= 1e-6


OPTIMISERS = {"optimistix": by_optimistix, "optax": by_optax}


def fisher_information(
    experiment: AbstractExperiment, theory: MakeTheory, mass: float | Array, coupling: float | Array
) -> Float[Array, "parameters parameters"]:
    """What the counts would tell about (ln mass, ln coupling, nuisances) if this were the truth; pure.

    Sum of (d mean / d a)(d mean / d b) / mean over the regions, plus one for the measurement of each pull. Singular where
    the counts do not tell the parameters apart.
    """
    counts = counts_of(experiment)
    x = jnp.concatenate([jnp.log(jnp.stack([jnp.asarray(mass, float), jnp.asarray(coupling, float)])), counts.centre])
    log_mean = lambda x: counts.log_mean(experiment.log_signal(theory(*jnp.exp(x[:2]))), x[2:])
    slopes = jax.jacfwd(log_mean)(x)
    place = np.arange(x.size)
    own = jnp.diag(jnp.where((place >= 2) & (place < 2 + counts.pulls), 1.0, 0.0))
    return slopes.T @ (jnp.exp(log_mean(x))[:, None] * slopes) + own


def expected_errors(
    experiment: AbstractExperiment, theory: MakeTheory, mass: float | Array, coupling: float | Array
) -> Float[Array, " parameters"]:
    """Standard deviations of (ln mass, ln coupling, nuisances) from the counts: infinite where they are degenerate."""
    information = fisher_information(experiment, theory, mass, coupling)
    values, vectors = jnp.linalg.eigh(information)
    known = values > DEGENERATE * values[-1]
    variance = jnp.sum(vectors**2 / jnp.where(known, values, 1.0)[None, :], axis=1)
    spoiled = jnp.any(~known[None, :] & (jnp.abs(vectors) > 1e-6), axis=1)
    return jnp.where(spoiled, jnp.inf, jnp.sqrt(variance))
