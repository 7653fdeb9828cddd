"""Limits and planes over (mass, coupling): one production integral per mass."""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxdump.experiment import AbstractExperiment, rejoined
from jaxdump.fields import real, require
from jaxdump.flux import CLOSED
from jaxdump.inference.arguments import subject, subject_of_line
from jaxdump.inference.excess import AbstractTest, as_test
from jaxdump.inference.lines import AbstractLine, Exclusion, as_line, held_at
from jaxdump.inference.selections import log_shares
from jaxdump.inference.statistics import PUBLISHED, AbstractStatistic
from jaxdump.numerics.few_values import interval_in_few_values
from jaxdump.numerics.level_sets.field import AT_ONCE, one_by_one
from jaxdump.numerics.programs import Program
from jaxdump.numerics.roots import Interval, Status, interval, interval_values
from jaxdump.theories.base import SEARCHED, AbstractTheory
from jaxdump.theories.family import Family, MakeTheory
from jaxdump.typing import Scalar, Values

COUPLING_RANGE = SEARCHED
"""Couplings that limits are looked for in."""
TAIL = 1e-3
"""Share of the events below which a limit hangs on the tail of a selection."""


class Limits(NamedTuple):
    """The edges of the excluded couplings, for each mass and region."""

    regions: tuple[str, ...]
    """Names of the regions; a single name for all of them if they are combined."""
    mass: np.ndarray
    """(masses,) masses [GeV]"""
    lower: np.ndarray
    """(masses, regions) smallest excluded coupling; nan where no coupling is excluded."""
    upper: np.ndarray
    """(masses, regions) largest excluded coupling; nan where the exclusion goes on to the largest coupling that is tried."""
    status: np.ndarray
    """(masses, regions) a `Status` each: ALLOWED only where some coupling gives events."""
    share: np.ndarray
    """(masses, regions, 2) share of the events that pass thresholds whose shape is assumed, at both edges; 1 without any."""


class Tail(NamedTuple):
    """An edge of an exclusion where few events are selected."""

    region: str
    edge: str
    """ "smallest" or "largest" excluded coupling """
    mass: float
    """Mass [GeV]."""
    coupling: float
    share: float
    """Selected events over those without the thresholds."""


def coupling_intervals(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    mass: Scalar,
    counts: Float[Array, " regions"] | AbstractTest,
    coupling_range: tuple[float, float] = COUPLING_RANGE,
    search: Callable[..., Interval] = interval,
) -> Interval:
    """The excluded couplings of each region at one `mass` [GeV]: those that give more signal events than `counts`.

    `counts` (regions,) are selected signal events, or a test of all regions together. The fields of the result have the shape
    (regions,), or (1,) for such a test. The function is pure and differentiable in all numbers, also in `counts`; it computes
    one production integral. `search` is `jaxdump.interval`, or `numerics.roots.interval_values` where no derivative is needed.

    >>> import functools, jax, jax.numpy as jnp, jaxdump
    >>> from jaxdump.experiments import M3_1E13
    >>> from jaxdump.theories import LmuLtau
    >>> excluded = jax.jit(functools.partial(jaxdump.coupling_intervals, M3_1E13, LmuLtau))(0.1, jnp.array([2.3]))
    >>> print(f"{excluded.lower[0]:.2e}")
    8.60e-06
    """
    mass, theory = real(mass), subject("coupling_intervals", experiment, theory)
    line = Exclusion(experiment, as_test(counts))
    return intervals_of(held_at(line, theory, mass), theory, mass, coupling_range, search)


def intervals_of(
    held: AbstractLine,
    theory: MakeTheory,
    mass: Float[Array, ""],
    coupling_range: tuple[float, float],
    search: Callable[..., Interval],
) -> Interval:
    """The couplings at one mass for which each line is positive, if what does not depend on the coupling is done."""
    functions = held.alone()

    def excess(log_g: Float[Array, " labels"]) -> Float[Array, " labels"]:
        return jnp.stack([piece(theory(mass, g)) for piece, g in zip(functions, jnp.exp(log_g), strict=True)])

    lower, upper = (jnp.full(len(functions), np.log(end), dtype=mass.dtype) for end in coupling_range)
    edges = search(excess, lower, upper)
    return Interval(jnp.exp(edges.lower), jnp.exp(edges.upper), edges.status, edges.highest)


def limit(
    line: AbstractExperiment | AbstractLine,
    theory: MakeTheory,
    masses: np.ndarray,
    rule: AbstractStatistic = PUBLISHED,
    coupling_range: tuple[float, float] | None = None,
    precision: Literal["float32", "float64"] = "float64",
    progress: Callable[[int], object] = lambda done: None,
) -> Limits:
    """The excluded couplings of each region at each of `masses` [GeV], as numpy arrays; for people, not for jit.

    `line` is an experiment, of which `rule` is the statistic that decides what is excluded, by default the published upper
    counts; `experiment.only(name)` chooses a region. An `AbstractLine` excludes where it is positive: its status is ALLOWED
    wherever nothing is excluded, and its share is one. Couplings are searched for in `coupling_range`, by default that of the
    theory's parameter. `progress` is called
    with the number of masses that are done since the last call. Raises `ValueError` for masses that are not positive, and for a
    statistic that does not take the regions.

    >>> import jaxdump
    >>> from jaxdump.experiments import M3_1E13
    >>> from jaxdump.theories import LmuLtau
    >>> limits = jaxdump.limit(M3_1E13, LmuLtau, [0.01, 0.1])
    >>> [f"{coupling:.2e}" for coupling in limits.lower[:, 0]]
    ['5.62e-06', '8.61e-06']
    """
    masses = np.asarray(masses, dtype=precision)
    if masses.ndim != 1 or not masses.size:
        raise ValueError(f"masses must be a list of numbers, not {masses.tolist()}")
    require("limit", "mass", masses, 0, open_below=True)
    theory = subject_of_line("limit", line, theory)
    coupling_range = theory.search if coupling_range is None else coupling_range
    with jax.enable_x64(True):
        line = as_line(line, rule)
    names, bare = line.labels, nameless_line(line, precision)
    with jax.enable_x64(precision == "float64"):
        parts = []
        for start in range(0, masses.size, AT_ONCE):
            batch = masses[start : start + AT_ONCE]
            padded = np.pad(batch, (0, AT_ONCE - batch.size), mode="edge")
            edges = intervals_at(bare, theory, padded, batch.size, coupling_range=coupling_range, expected=masses.size)
            parts.append([np.asarray(a)[: batch.size] for a in edges])
            progress(batch.size)
    edges, status, log_share = map(np.concatenate, zip(*parts, strict=True))
    lower, upper = np.moveaxis(np.where(edges > 0, edges, np.nan), -1, 0)
    return Limits(names, masses, lower, upper, status, np.exp(log_share))


def tails(limits: Limits) -> list[Tail]:
    """The edges of a limit at which the share of selected events is below `TAIL`."""
    found = []
    for j, region in enumerate(limits.regions):
        for k, (edge, couplings) in enumerate((("smallest", limits.lower), ("largest", limits.upper))):
            for i in np.flatnonzero(np.isfinite(couplings[:, j]) & (limits.share[:, j, k] < TAIL)):
                share = float(limits.share[i, j, k])
                found.append(Tail(region, edge, float(limits.mass[i]), float(couplings[i, j]), share))
    return found


def nameless(experiment: AbstractExperiment) -> AbstractExperiment:
    """The experiment without what tells runs apart but not their signals, so that they share one compiled program."""
    words = {"name": "", "description": "", "references": (), "sample": "", "data": True, "left_out": (), "alternatives": ()}
    known = lambda region: dataclasses.replace(region, background=0.0) if region.background is None else region
    bare = [dataclasses.replace(member, **words, regions=tuple(map(known, member.regions))) for member in experiment.members]
    return rejoined(experiment, bare)


def nameless_line(line: AbstractLine, precision: str = "float64") -> AbstractLine:
    """The border of what a nameless experiment excludes, with the numbers of its test as arrays; other lines as they are."""
    if not isinstance(line, Exclusion):
        return line
    return Exclusion(nameless(line.experiment), jax.tree.map(lambda leaf: np.asarray(leaf, precision), line.test))


@Program
def intervals_at(
    line: AbstractLine,
    theory: Family,
    masses: Float[Array, " masses"],
    count: Scalar,
    *,
    coupling_range: tuple[float, float],
) -> tuple[Float[Array, "masses labels 2"], Int[Array, "masses labels"], Float[Array, "masses labels 2"]]:
    """Edges and status of `intervals_of` at the first `count` of several masses, without derivatives, and `log_shares`.

    An edge that is not there is zero, since people who look for what is not a number by `jax_debug_nans` mean another.
    """
    quick = line.quick()
    counts = isinstance(quick, Exclusion) and quick.test.log_counts is not None
    search = interval_values if counts else interval_in_few_values  # a fit takes long

    def at(mass: Float[Array, ""]) -> tuple[Array, Array, Array]:
        held = held_at(quick, theory, mass)
        found = intervals_of(held, theory, mass, coupling_range, search)
        edges = jnp.stack([found.lower, found.upper], axis=-1)
        edges = jnp.where(jnp.isnan(edges), 0.0, edges)
        if not isinstance(held, Exclusion):
            return edges, found.status, jnp.zeros_like(edges)
        ready, weakest = held.experiment, theory(mass, jnp.full_like(mass, coupling_range[0]))
        closed = reason(ready, weakest, None if held.test.log_counts is None else found.highest)
        status = jnp.where(found.status == Status.ALLOWED, closed, found.status)
        return edges, status, log_shares(ready, theory, mass, jnp.where(edges > 0, edges, 1.0))

    return one_by_one(at, masses, count)


def reason(ready: AbstractExperiment, weakest: AbstractTheory, highest: Values | None) -> Int[Array, " labels"]:
    """The status of a mass at which nothing is excluded: `ALLOWED` if events are expected, else one of `roots.NO_EVENT`.

    `weakest` has the smallest coupling, whose particles live longest. `highest` is the largest excess of each region by itself,
    the log of its events up to a small number; None for regions that are taken together.
    """
    made, here = ready.made_where(weakest)
    if highest is None:
        made, here, highest = jnp.any(made)[None], jnp.any(made & here)[None], jnp.max(ready.log_signal(weakest))[None]
    why = jnp.where(made, jnp.where(here, Status.NOT_SEEN, Status.CLOSED), Status.NOT_MADE)
    return jnp.where(highest > CLOSED / 2, Status.ALLOWED, why)


def last_open(
    experiment: AbstractExperiment, theory: MakeTheory, rule: AbstractStatistic, limits: Limits, steps: int = 18
) -> list[float | None]:
    """The approximate largest mass [GeV] at which each region expects events; None if the largest of the limits has some.

    A bisection of ln(mass) finds it between the largest open mass of the limits, or one that is smaller by powers of ten, and
    the closed one above. Regions that end at the same mass share its production integrals.
    """
    shut_at = cache(lambda mass: limit(experiment, theory, np.array([mass]), rule).status[0] == Status.CLOSED)

    def of(column: int) -> float | None:
        shut = limits.status[:, column] == Status.CLOSED
        low = np.max(limits.mass[~shut], initial=0.0)
        beyond = limits.mass[shut & (limits.mass > low)]
        if not beyond.size:
            return None
        high = np.min(beyond)
        low = low or next((mass for mass in high / 10.0 ** np.arange(1, 10) if not shut_at(mass)[column]), 0.0)
        for _ in range(steps if low else 0):
            middle = np.sqrt(low * high)
            low, high = (low, middle) if shut_at(middle)[column] else (middle, high)
        return float(low) or None

    return [of(column) for column in range(len(limits.regions))]


def grid(
    experiment: AbstractExperiment,
    theory: MakeTheory,
    masses: Float[Array, " m"],
    couplings: Float[Array, " g"],
    batch_size: int = 16,
) -> Float[Array, "m g regions"]:
    """log of the expected signal events of each region for all pairs of `masses` [GeV] and `couplings`; pure, for jit.

    The function computes one production integral for each mass, `batch_size` masses at a time, which bounds the memory.

    >>> import jax, jax.numpy as jnp, jaxdump
    >>> from jaxdump.experiments import M3_1E13
    >>> from jaxdump.theories import LmuLtau
    >>> plane = jax.jit(jaxdump.grid, static_argnums=1)
    >>> plane(M3_1E13, LmuLtau, jnp.array([0.01, 0.1]), jnp.array([1e-6, 1e-5, 1e-4])).shape
    (2, 3, 1)
    """
    masses, couplings, theory = real(masses), real(couplings), subject("grid", experiment, theory)

    def column(mass):
        ready = experiment.held(theory.unit(mass)) if theory.fast else experiment
        return jax.vmap(lambda coupling: ready.log_signal(theory(mass, coupling)))(couplings)

    return jax.lax.map(column, masses, batch_size=batch_size)
