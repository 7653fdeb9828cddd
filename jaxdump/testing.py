"""Checks of theories, productions, stages and experiments, also of your own: an `AssertionError` in one line if one is wrong.

Each asks for all numbers in one compiled program a precision, and wants: finite values and slopes over the whole plane and at
thresholds; slopes forwards like those backwards and like differences; float32 like float64; the same numbers one by one and
mapped, compiled and not; and nothing of what is too heavy to be made. A wrong argument is a `ValueError`.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.experiment import AbstractExperiment, Experiment
from jaxdump.experiments import NA64MU_2022
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.inference.limits import nameless
from jaxdump.inference.thresholds import SPECIES, kinks
from jaxdump.stage import AbstractProduction, AbstractStage
from jaxdump.theories import amplitudes
from jaxdump.theories.base import AbstractParticle, AbstractTheory, parameter
from jaxdump.theories.family import Family, MakeTheory, family
from jaxdump.typing import Scalar

ENERGIES = (1e-3, 1.0, 1e3)
"""[GeV] at which decay rates are asked for."""
LEAST = 4 * CLOSED
"""No logarithm is less: a few factors may be `CLOSED` each, and the rounding step of float32 is there 1/32."""
STEP = 1e-4
"""Of differences of fourth order, in the logarithms of mass and coupling."""
NEIGHBOURS, BESIDE = range(-8, 9), (-1e-7, 1e-7)
"""Numbers of the dtype around a threshold, which is known to a few of them, and distances from it in its size."""
HEAVY = (1.0, 1e3)
"""Couplings of what is too heavy to be made."""
ANOTHER = 7.0
"""Times a coupling: another one."""
ROUNDING = float(np.finfo("float32").eps) / 2
"""Of a number in float32, in its size."""
SMALLEST = -45.0
"""log of a decay rate [1/m] below which the width may leave the range of float32: it is 36 less."""


class Wrong(AssertionError):
    """What does not hold, of what, at which mass and coupling."""


class Plan(NamedTuple):
    """Where something is checked, and how well; masses are in GeV."""

    masses: Sequence[float] = tuple(np.geomspace(1e-5, 100, 13))
    couplings: Sequence[float] = tuple(np.geomspace(1e-12, 1e3, 12))
    """Of the plane, over which values and slopes must be finite: absurd ones too."""
    points: Sequence[tuple[float, float]] = ((2e-3, 1e-4), (0.04, 1e-3), (0.17, 3e-4), (0.35, 1e-5), (1.2, 0.1))
    """(mass, coupling), none at a threshold, where slopes must equal differences and ways to compute each other."""
    closed: Sequence[float] = (170.0, 1e4)
    """Masses of which nothing is made."""
    more: Sequence[tuple[float, float]] = ()
    """(mass, coupling) of which values and slopes are given back."""
    single: float = 2e-5
    """Largest difference of a logarithm in float32 from that in float64, besides what rounded masses and couplings make."""
    seen: float = -20.0
    """Logarithms above which they are compared."""
    eager: bool = True
    """Whether it is calculated operation by operation at one of `points` too, which takes seconds."""
    says: bool = True
    """Whether widths and couplings are checked too, which takes a fifth of the time of a theory."""


WHOLE = Plan()
"""Where nothing else is asked for."""


class Told(NamedTuple):
    """All that is asked at one mass and coupling."""

    logs: Float[Array, " k"]
    """Logarithms of what is made or seen."""
    columns: Float[Array, " c"]
    """What only has to be finite."""
    rates: Float[Array, " r"]
    """Logarithms of what a theory says of itself."""
    widths: Float[Array, " w"]
    """[GeV] to each final state."""


class Answer(NamedTuple):
    """Values at n points, slopes in (mass, coupling) with a second axis for these, and those of the sum of all backwards."""

    points: np.ndarray
    value: Told
    slopes: Told
    backwards: np.ndarray


class Subject(eqx.Module):
    """What is checked, as a function of mass and coupling; subjects of one structure share their programs."""

    numbers: Callable[[Any, AbstractTheory], Told] = eqx.field(static=True)
    """Of `parts` and a theory."""
    parts: Any
    theory: Family

    def __call__(self, mass: Scalar, coupling: Scalar) -> Told:
        return self.numbers(self.parts, self.theory(mass, coupling))


def said(theory: AbstractTheory) -> tuple[Array, Array]:
    """log of the decay rates at some energies, of couplings and of widths; and the widths themselves."""
    mass = jnp.asarray(theory.mass)
    energy, every = jnp.asarray(ENERGIES, mass.dtype), theory.widths()
    widths = jnp.stack([jnp.asarray(width) for width in every.values()]) if every else jnp.zeros(0, mass.dtype)
    couplings = jnp.stack([jnp.abs(jnp.asarray(theory.coupling_to(name), mass.dtype)) for name in SPECIES])
    rates = theory.log_decay_rate(energy, jnp.full_like(energy, mass), every)
    return jnp.concatenate([rates, safe_log(couplings), safe_log(widths)]), widths


def events(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """The signal of each region, and what the theory says."""
    logs = experiment.log_signal(theory)
    return Told(logs, logs[:0], *said(theory))


def says(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """What the theory says alone."""
    rates, widths = said(theory)
    return Told(rates[:0], rates[:0], rates, widths)


def seen(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """The signal of each region alone."""
    logs = experiment.log_signal(theory)
    return Told(logs, logs[:0], logs[:0], logs[:0])


def seen_held(experiment: AbstractExperiment, theory: AbstractTheory) -> Told:
    """The same from production integrals that were done for another coupling."""
    return seen(experiment.at_mass(theory.with_coupling(ANOTHER * theory.coupling)), theory)


def made(production: AbstractProduction, theory: AbstractTheory) -> Told:
    """The total of a flux; its common factor as it and the production tell it, and all other columns."""
    flux = production(theory)
    scales = [jnp.asarray(scale, flux.log_weight.dtype)[None] for scale in (flux.log_scale, production.log_scale(theory))]
    others = columns_of(dataclasses.replace(flux, log_scale=scales[0][:0]))
    return told(flux, jnp.concatenate([*scales, others]))


def behind(parts: tuple[AbstractStage, Flux | AbstractProduction], theory: AbstractTheory) -> Told:
    """What a stage leaves of a flux, whose nodes get the mass of the theory, or of that of a production."""
    stage, source = parts
    if isinstance(source, Flux):
        source = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.result_type(theory.mass)), source)
        flux = dataclasses.replace(source, mass=jnp.full_like(source.energy, theory.mass))
    else:
        flux = source(theory)
    flux = stage(theory, flux)
    return told(flux, columns_of(flux))


def told(flux: Flux, columns: Array) -> Told:
    """The total of a flux, and columns."""
    return Told(flux.log_total()[None], columns, columns[:0], columns[:0])


def columns_of(flux: Flux) -> Array:
    """All numbers of a flux, one after the other."""
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(flux) if eqx.is_inexact_array(leaf)])


@jax.jit
def everywhere(subject: Subject, points: Float[Array, "n 2"]) -> tuple[Told, Told, Array]:
    """Values and slopes forwards and backwards, at one point after the other."""

    def at(point: Float[Array, " 2"]) -> tuple[Told, Told, Array]:
        value, forward = jax.linearize(subject, *point)
        backwards = jax.linear_transpose(forward, *point)(jax.tree.map(jnp.ones_like, value))
        one, zero = jnp.ones_like(point[0]), jnp.zeros_like(point[0])
        slopes = jax.tree.map(lambda *each: jnp.stack(each), forward(one, zero), forward(zero, one))
        return value, slopes, jnp.stack(backwards)

    return jax.lax.map(at, points)


@jax.jit
def mapped(subject: Subject, points: Float[Array, "n 2"]) -> Told:
    """Values at all points at once."""
    return jax.vmap(subject)(*points.T)


def moved(points: np.ndarray) -> np.ndarray:
    """(8 n, 2) points with mass, and then coupling, times exp(2, 1, -1 and -2 steps)."""
    shifts = np.exp(STEP * np.array([2, 1, -1, -2])[:, None] * np.eye(2)[:, None])
    return (shifts[:, :, None] * points).reshape(-1, 2)


def differences(values: np.ndarray, count: int) -> np.ndarray:
    """(n, 2, k) slopes in ln(mass) and ln(coupling) from the values at what `moved` makes of n = `count` points."""
    f = values.reshape(2, 4, count, -1)
    return np.moveaxis((8 * (f[:, 1] - f[:, 2]) - (f[:, 0] - f[:, 3])) / (12 * STEP), 0, 1)


class Check:
    """The answers to all questions about one subject, and what they must be."""

    def __init__(self, name: str, subject: Subject, plan: Plan, experiment: AbstractExperiment):
        self.name, self.subject, self.plan = name, subject, plan
        ends = np.log([min(plan.masses), max(plan.masses)])
        self.thresholds = np.exp(kinks(experiment, subject.theory, *ends.tolist()))
        self.double = self.answers(subject, np.dtype("float64"))

    @cached_property
    def single(self) -> dict[str, Answer]:
        return self.answers(self.subject, np.dtype("float32"))

    def answers(self, subject: Subject, dtype: np.dtype) -> dict[str, Answer]:
        """All of them in one precision, by the name of their part of the plan."""
        plan, thresholds = self.plan, self.thresholds.astype(dtype)
        near = [thresholds + step * np.spacing(thresholds) for step in NEIGHBOURS] + [thresholds * (1 + d) for d in BESIDE]
        middle = plan.couplings[len(plan.couplings) // 2]
        points = np.array(plan.points, float)
        parts = {
            "plane": [(mass, coupling) for coupling in plan.couplings for mass in plan.masses],
            "thresholds": [(mass, middle) for mass in np.concatenate(near)],
            "points": points,
            "moved": moved(points),
            "closed": [(mass, coupling) for mass in plan.closed for coupling in HEAVY],
            "more": plan.more,
        }
        arrays = [np.asarray(part, dtype).reshape(-1, 2) for part in parts.values()]
        every = np.concatenate(arrays)
        told = jax.tree.map(np.asarray, everywhere(subject, jnp.asarray(every)))
        ends = np.cumsum([len(part) for part in arrays])
        rows = [slice(end - len(part), end) for part, end in zip(arrays, ends, strict=True)]
        answers = [Answer(every[part], *jax.tree.map(lambda leaf, part=part: leaf[part], told)) for part in rows]
        return dict(zip(parts, answers, strict=True))

    def want(self, holds: np.ndarray | Array, what: str, points: np.ndarray, got: Any, wanted: Any) -> None:
        """Raise `Wrong` for the first point where something does not hold: arrays have a row for each point."""
        if np.all(holds):
            return
        place = tuple(np.argwhere(~holds)[0])
        mass, coupling = points[place[0]]
        tell = lambda value: value if isinstance(value, str) else f"{np.broadcast_to(value, holds.shape)[place]:.9g}"
        where = f"mass {float(mass):.9g} GeV and coupling {float(coupling):.6g} ({points.dtype})"
        raise Wrong(f"{self.name}: {what} at {where} is {tell(got)}, not {tell(wanted)}")

    def finite(self, answers: dict[str, Answer]) -> None:
        """Want finite values and slopes of the right dtype, no logarithm that is too low and no negative width."""
        for part in answers.values():
            points, dtype = part.points, part.points.dtype
            for kind, values, slopes in zip(Told._fields, part.value, part.slopes, strict=True):
                if values.dtype != dtype:
                    raise Wrong(f"{self.name}: {kind} of a theory in {dtype} are {values.dtype}, not {dtype}")
                self.want(np.isfinite(values), f"one of the {kind}", points, values, "finite")
                for i, argument in enumerate(("mass", "coupling")):
                    what = f"the slope in the {argument} of one of the {kind}"
                    self.want(np.isfinite(slopes[:, i]), what, points, slopes[:, i], "finite")
            self.want(np.isfinite(part.backwards), "a slope backwards", points, part.backwards, "finite")
            self.want(part.value.logs >= LEAST, "one of the logs", points, part.value.logs, f"at least {LEAST:g}")
            self.want(part.value.widths >= 0, "a width", points, part.value.widths, "at least 0")

    def right(self) -> None:
        """All that the one program of a precision tells."""
        self.finite(self.double)
        plane, points, closed = (self.double[part] for part in ("plane", "points", "closed"))
        along = [np.sum(leaf, axis=2) for leaf in plane.slopes]
        noise = 1e-13 * sum(np.sum(np.abs(leaf), axis=2) for leaf in plane.slopes)
        close = 1e-6 * np.abs(sum(along)) + noise + 1e-9
        same = np.abs(plane.backwards - sum(along)) <= close
        self.want(same, "a slope backwards", plane.points, plane.backwards, sum(along))
        self.nothing("of what is too heavy to be made, a log", closed)
        for kind in ("logs", "rates"):
            self.slopes_like_differences(kind, points)
        self.finite(self.single)
        for kind, least in (("logs", self.plan.seen), ("rates", SMALLEST)):
            self.single_like_double(kind, least)

    def nothing(self, what: str, at: Answer) -> None:
        self.want(at.value.logs < CLOSED / 2, what, at.points, at.value.logs, f"below {CLOSED / 2:g}")

    def slopes_like_differences(self, kind: str, at: Answer) -> None:
        values, slopes, apart = (getattr(told, kind) for told in (at.value, at.slopes, self.double["moved"].value))
        got, wanted = slopes * at.points[:, :, None], differences(apart, len(at.points))
        close = np.maximum(1e-5 * np.abs(wanted), 1e-10 * (np.abs(values) + 1)[:, None])
        for i, argument in enumerate(("mass", "coupling")):
            holds = np.abs(got - wanted)[:, i] < close[:, i]
            self.want(holds, f"the slope of the {kind} in ln({argument})", at.points, got[:, i], wanted[:, i])

    def single_like_double(self, kind: str, least: float) -> None:
        """Want float32 to be as good as its masses and couplings, which are rounded."""
        exact, single = (getattr(answers["plane"].value, kind).astype(float) for answers in (self.double, self.single))
        slopes = getattr(self.double["plane"].slopes, kind)
        seen = exact > least
        if kind == "logs" and not np.any(seen):
            raise Wrong(f"{self.name}: nothing is made or seen in the whole plane: no log is above {least:g}")
        rounding = ROUNDING * np.sum(np.abs(slopes * self.double["plane"].points[:, :, None]), axis=1)
        holds = ~seen | (np.abs(single - exact) < self.plan.single + rounding)
        self.want(holds, f"one of the {kind}", self.single["plane"].points, single, exact)

    def like(self, told: Told, way: str, rows: slice = slice(None)) -> None:
        """Want the same in another `way` to compute it, at some of the points."""
        at = self.double["points"]
        for kind in ("logs", "rates"):
            got, wanted = np.asarray(getattr(told, kind)), getattr(at.value, kind)[rows]
            if not got.size:
                continue
            same = np.abs(got - wanted) <= 1e-11 * np.abs(wanted) + 1e-13
            self.want(same, f"one of the {kind}, {way},", at.points[rows], got, wanted)

    def mapped(self) -> None:
        """All points at once."""
        subject = self.subject if self.subject.numbers is not events else dataclasses.replace(self.subject, numbers=seen)
        self.like(mapped(subject, jnp.asarray(self.double["points"].points)), "mapped")

    def held(self) -> None:
        """The same with the integrals done for another coupling, which is told apart only if it is wrong."""
        held = dataclasses.replace(self.subject, numbers=seen_held)
        try:
            self.like(mapped(held, jnp.asarray(self.double["points"].points)), "of `at_mass` at another coupling")
        except Wrong:
            self.mapped()
            raise

    def eager(self) -> None:
        """Operation by operation at one point."""
        self.one_like(self.subject)

    def said_eagerly(self) -> None:
        """The same of what a theory says alone."""
        if self.plan.says:
            self.one_like(dataclasses.replace(self.subject, numbers=says))

    def one_like(self, subject: Subject) -> None:
        row = min(1, len(self.plan.points) - 1)
        if self.plan.eager:
            told = subject(*jnp.asarray(self.double["points"].points[row]))
            self.like(jax.tree.map(lambda leaf: leaf[None], told), "operation by operation", slice(row, row + 1))

    def only_the_scale_knows(self) -> None:
        """Want the coupling to change the common factor of a flux alone, and that to be what the production says."""
        plane = self.double["plane"]
        told, said, *_ = plane.value.columns.T
        self.want(told == said, "log_scale of the flux", plane.points, told, said)
        columns, slopes = plane.value.columns[:, 2:], plane.slopes.columns[:, 1, 2:]
        self.want(slopes == 0, "the slope in the coupling of a column besides log_scale", plane.points, slopes, "zero")
        first = np.tile(columns[: len(self.plan.masses)], (len(self.plan.couplings), 1))
        same = np.abs(columns - first) <= 1e-11 * np.abs(first)
        what = f"a column besides log_scale, which was another at coupling {plane.points[0, 1]:g},"
        self.want(same, what, plane.points, columns, first)

    def stays_nothing(self) -> None:
        """Want nothing behind a stage of a flux without weight."""
        stage, flux = self.subject.parts
        if isinstance(flux, Flux):
            none = dataclasses.replace(flux, log_weight=np.full_like(flux.log_weight, CLOSED))
            answers = self.answers(dataclasses.replace(self.subject, parts=(stage, none)), np.dtype("float64"))
            for part in answers.values():
                self.nothing("of a flux without weight, a log", part)


def check_theory(theory: MakeTheory, experiment: AbstractExperiment = NA64MU_2022, plan: Plan = WHOLE) -> Answer:
    """A theory, by what it says and by the events of an experiment that sees it.

    As all checks it raises `Wrong`, an `AssertionError`, for the first thing that does not hold, `ValueError` for what cannot
    be checked, and gives back values and slopes at `plan.more`. Operation by operation goes only what the theory says.
    """
    return of_events(experiment, theory, plan, Check.said_eagerly, Check.mapped)


def check_experiment(experiment: AbstractExperiment, theory: MakeTheory, plan: Plan = WHOLE) -> Answer:
    """An experiment, by its events of a theory, also from production integrals that were done before (`at_mass`)."""
    return of_events(experiment, theory, plan, Check.eager, Check.held)


def of_events(experiment: AbstractExperiment, theory: MakeTheory, plan: Plan, *ways: Callable[[Check], None]) -> Answer:
    must_be("experiment", experiment, AbstractExperiment)
    make = family_of(theory)
    name = f"{named(make)} at {' and '.join(member.name for member in experiment.members)}"
    subject = Subject(events if plan.says else seen, nameless(experiment), make)
    return checked(name, subject, plan, experiment, *ways)


def check_production(production: AbstractProduction, theory: MakeTheory, plan: Plan = WHOLE) -> Answer:
    """A production, by its flux of a theory: only `log_scale` knows the coupling, and nothing has the form of something."""
    must_be("production", production, AbstractProduction)
    make = family_of(theory)
    name = f"{named(make)} by {production.name}"
    want_form(name, production, make.one(*plan.masses))
    ways = Check.only_the_scale_knows, Check.eager, Check.mapped
    return checked(name, Subject(made, production, make), plan, shell(production), *ways)


def check_stage(stage: AbstractStage, theory: MakeTheory, flux: Flux | AbstractProduction, plan: Plan = WHOLE) -> Answer:
    """A stage, by what it leaves of a flux, whose nodes get the mass of each theory, or of that of a production."""
    must_be("stage", stage, AbstractStage)
    must_be("flux", flux, (Flux, AbstractProduction))
    make = family_of(theory)
    name, productions = f"{named(make)} behind {type(stage).__name__}", () if isinstance(flux, Flux) else (flux,)
    if isinstance(flux, Flux):
        flux, plan = jax.tree.map(lambda leaf: np.asarray(leaf, float), flux), plan._replace(closed=())
    ways = Check.stays_nothing, Check.eager, Check.mapped
    return checked(name, Subject(behind, (stage, flux), make), plan, shell(*productions), *ways)


def checked(name: str, subject: Subject, plan: Plan, experiment: AbstractExperiment, *ways: Callable[[Check], None]) -> Answer:
    """All that is wanted of every subject, and more in some ways."""
    want_numbers(plan)
    for path, leaf in jax.tree.leaves_with_path(subject):
        if isinstance(leaf, str):
            place = jax.tree_util.keystr(path).removeprefix(".")
            raise Wrong(f"{name}: {place} is a word: its field must be static, eqx.field(static=True)")
    with jax.enable_x64(True):
        try:
            check = Check(name, subject, plan, experiment)
            check.right()
            for way in ways:
                way(check)
        except jax.errors.JAXTypeError as error:
            raise Wrong(f"{name}: it cannot be compiled: {str(error).splitlines()[0]}") from error
    return check.double["more"]


class Uncoupled(AbstractParticle):
    """A theory that nothing makes."""

    name: ClassVar = "uncoupled"
    coupling_name: ClassVar = "g"
    mass_label = coupling_label = coupling_unit = ""
    matrix_element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.vector)
    references: ClassVar = ()

    mass: Scalar = parameter()
    g: Scalar = parameter()

    def coupling_to(self, species: str) -> Scalar:
        return 0.0

    def widths(self) -> dict[str, Scalar]:
        return {}


def want_form(name: str, production: AbstractProduction, theory: AbstractTheory) -> None:
    """Raise `Wrong` if the flux of a theory that is not made has other columns, or words, than that of one that is."""
    full, none = (jax.eval_shape(production, one) for one in (theory, Uncoupled(theory.mass, theory.coupling)))
    if full.empty:
        raise ValueError(f"{name}: it makes nothing of that theory: check it with one that it makes")
    for field in dataclasses.fields(Flux):
        form = lambda value, field=field: value if field.metadata.get("static") else "missing" if value is None else "there"
        got, wanted = (form(getattr(flux, field.name)) for flux in (none, full))
        if field.name != "empty" and got != wanted:
            raise Wrong(f"{name}: {field.name} of the flux of a theory that is not made is {got}, not {wanted}")


def shell(*productions: AbstractProduction) -> Experiment:
    """An experiment that counts nothing, to be asked for kinks."""
    return Experiment("", "", (), 1.0, productions, ())


def must_be(what: str, value: object, kind: type | tuple[type, ...]) -> None:
    """Raise `ValueError` unless a value is of a kind."""
    if not isinstance(value, kind):
        kinds = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        got = f"the class {value.__name__}" if isinstance(value, type) else f"of type {type(value).__name__}"
        raise ValueError(f"{what} must be an object of {kinds}, not {got}")


def family_of(theory: MakeTheory) -> Family:
    """The family, if it is one."""
    if isinstance(theory, AbstractTheory) or not callable(theory):
        raise ValueError(f"theory must be the class of a theory or a Family, not an object of {type(theory).__name__}")
    must_be("what a theory makes of mass and coupling", family(theory).one(), AbstractTheory)
    return family(theory)


def named(make: Family) -> str:
    return getattr(make.make, "name", None) or getattr(make.make, "__name__", "the theory")


def want_numbers(plan: Plan) -> None:
    """Raise `ValueError` unless all masses and couplings of a plan are positive."""
    for name in ("masses", "couplings", "points", "closed", "more"):
        try:
            numbers = np.asarray(getattr(plan, name), float)
        except (TypeError, ValueError):
            raise ValueError(f"plan: {name} must be numbers, not {getattr(plan, name)!r}") from None
        require("plan", name, numbers, 0, open_below=True)
        pairs = name in ("points", "more")
        if numbers.size == 0 and name in ("masses", "couplings", "points"):
            raise ValueError(f"plan: there are no {name}: give one or more")
        if numbers.size and (numbers.ndim != 1 + pairs or (pairs and numbers.shape[1] != 2)):
            raise ValueError(f"plan: {name} must be a list of {'(mass, coupling)' if pairs else 'numbers'}")
