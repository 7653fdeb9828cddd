"""The properties that a subject of a check must have, in both precisions."""

import dataclasses
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jaxdump.experiment import AbstractExperiment
from jaxdump.flux import CLOSED, Flux
from jaxdump.inference.thresholds import kinks
from jaxdump.testing.plan import Plan, Wrong
from jaxdump.testing.subjects import (
    Answer,
    Subject,
    Told,
    differences,
    events,
    everywhere,
    mapped,
    moved,
    says,
    seen,
    seen_held,
)

LEAST = 4 * CLOSED
"""No logarithm is less: a few factors may be `CLOSED` each, and the rounding step of float32 is there 1/32."""
NEIGHBOURS, BESIDE = range(-8, 9), (-1e-7, 1e-7)
"""Numbers of the dtype around a threshold, which is known to a few of them, and distances from it in its size."""
HEAVY = (1.0, 1e3)
"""Couplings of what is too heavy to be made."""
ROUNDING = float(np.finfo("float32").eps) / 2
"""Of a number in float32, in its size."""
SMALLEST = -45.0
"""log of a decay rate [1/m] below which the width may leave the range of float32: it is 36 less."""


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
            self.like(mapped(held, jnp.asarray(self.double["points"].points)), "of `held` at another coupling")
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
