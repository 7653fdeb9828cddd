"""Following curves from point to point, many at once, each step judged half way."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from jaxdump.numerics.level_sets.curves import Curve, CurveStatus, Link, Spots
from jaxdump.numerics.level_sets.survey import Survey, crossings, project

MAX_STEPS = 2000
"""Most steps of a front, failed ones included, before it gives up."""
BOX, LOST = -1, -2
"""Marks of a front that ends elsewhere than at the start of another: at the edge of the box, or lost."""


@dataclasses.dataclass
class Front:
    """A curve that is being followed: its points so far, the step to try next, and how it ended: BOX, LOST or an anchor."""

    path: list[Spots]
    step: float
    end: int | None = None
    passed: int = 0
    """The place in `path` at which it is asked whether the front goes round a loop without its start."""

    def move(self, spot: Spots) -> None:
        self.path.append(spot)
        self.end = BOX if spot.pinned else None


def followed(survey: Survey, anchors: Spots) -> list[Curve]:
    """The curves through `anchors`: followed from each to the next, and back from those that none comes to."""
    ahead = trace(survey, anchors, anchors, 1)
    heads = [i for i in range(len(ahead)) if i not in {front.end for front in ahead}]
    behind = dict(zip(heads, trace(survey, anchors.pick(heads), anchors, -1), strict=True))
    curves = []
    for order, last in chains(heads, [LOST if front.end is None else front.end for front in ahead]):
        closed = last in order  # an anchor before the loop was passed by when the loop came back
        order = order[order.index(last) :] if closed else order
        before = behind[order[0]] if order[0] in behind and not closed else Front([], 0.0, BOX)
        path = before.path[:0:-1] + [spot for i in order for spot in ahead[i].path]
        complete = closed or last == before.end == BOX
        if len(path) > 1:
            spots, status = stacked(path), CurveStatus.COMPLETE if complete else CurveStatus.INCOMPLETE
            curves.append(Curve(spots.at, spots.tangent, closed, status, float(np.max(np.abs(spots.value)))))
    return curves


def chains(heads: list[int], ends: list[int]) -> Iterator[tuple[list[int], int]]:
    """Anchors in the order in which each leads to the next, from the `heads` and then round loops; and where the last leads."""
    left = set(range(len(ends)))
    for first in [*heads, *range(len(ends))]:
        order, here = [], first
        while here in left:
            left.remove(here)
            order.append(here)
            here = ends[here]
        if order:
            yield order, here


def stacked(path: list[Spots]) -> Spots:
    return Spots(*(np.stack(a) for a in zip(*path, strict=True)))


def trace(survey: Survey, starts: Spots, anchors: Spots, sense: int) -> list[Front]:
    """Follow the level set from each start, forwards or (`sense` -1) backwards, to the box's edge or the next of `anchors`."""
    leaves = survey.leaves(starts.at, sense * starts.tangent)
    step = float(np.linalg.norm(survey.cell))
    fronts = [Front([starts.pick(i)], step, BOX if leaves[i] else None) for i in range(len(leaves))]
    for count in range(MAX_STEPS):
        active = [front for front in fronts if front.end is None]
        if not active:
            break
        for front in active if count.bit_count() == 1 else []:  # at 1, 2, 4, ..., so that a loop of any length is noticed
            front.passed = len(front.path) - 1
        advance(survey, active, anchors, sense)
    return [dataclasses.replace(front, end=LOST if front.end is None else front.end) for front in fronts]


def advance(survey: Survey, fronts: list[Front], anchors: Spots, sense: int) -> None:
    """Move each front on by one point if its step proves good, and choose its next step."""
    last, here = (stacked([front.path[-2:][k] for front in fronts]) for k in (0, -1))
    p, tp = here.at, sense * here.tangent
    step = np.minimum([front.step for front in fronts], survey.longest(p))
    spots = project(survey, p + step[:, None] * heading(p - last.at, sense * last.tangent, tp, step), step)
    inward = spots.pinned & ~survey.leaves(spots.at, sense * spots.tangent)
    link, arrival = arriving(survey, Link(p, spots.at, tp, sense * spots.tangent), anchors, sense)
    good, growth = judged(survey, link, spots.found & ~inward)
    passed = stacked([front.path[front.passed] for front in fronts])
    again = np.diagonal(met(link, passed.at, sense * passed.tangent, 3 * survey.tolerance)) > 0
    for i, front in enumerate(fronts):
        if good[i] and arrival[i] >= 0:
            front.end = int(arrival[i])
        elif good[i]:
            front.move(spots.pick(i))
            front.end = LOST if again[i] else front.end
        elif step[i] <= survey.smallest:
            turn(survey, front, sense)
        front.step = float(np.clip(step[i] * growth[i], survey.smallest, 16 * survey.cell.min()))


def heading(back: np.ndarray, before: np.ndarray, now: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Unit vectors along which to step, if the tangent keeps turning as from `before` to `now` on the way `back`."""
    with np.errstate(invalid="ignore"):
        bend = (before[:, 0] * now[:, 1] - before[:, 1] * now[:, 0]) / np.linalg.norm(back, axis=-1)
    half = np.clip(np.nan_to_num(bend) * step, -1, 1)[:, None] / 2
    return np.cos(half) * now + np.sin(half) * np.stack([-now[:, 1], now[:, 0]], axis=-1)


def met(link: Link, at: np.ndarray, tangent: np.ndarray, reach: float) -> np.ndarray:
    """(links, k) how far along each link each of the (k, 2) points lies, 0 to 1; nan unless near and of its direction."""
    link = link.pick(np.s_[:, None])
    s = link.nearest(at)
    velocity = link.velocity(s)
    near = np.linalg.norm(at - link.at(s), axis=-1) <= reach
    return np.where(near & (np.vecdot(tangent, velocity) > 0.5 * np.linalg.norm(velocity, axis=-1)), s, np.nan)


def arriving(survey: Survey, link: Link, anchors: Spots, sense: int) -> tuple[Link, np.ndarray]:
    """The links, each cut short at the first anchor on its way, and which anchor that is (else -1)."""
    share = met(link, anchors.at, sense * anchors.tangent, 3 * survey.tolerance)
    share = np.where(share > 0, share, np.inf)  # an anchor at 0 is where the link comes from
    arrival = np.where(np.isfinite(share).any(axis=1), np.argmin(share, axis=1), -1)
    there = (arrival >= 0)[:, None]
    q = np.where(there, anchors.at[arrival], link.q)
    return Link(link.p, q, link.tp, np.where(there, sense * anchors.tangent[arrival], link.tq)), arrival


def judged(survey: Survey, link: Link, trusted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each link follows the level set, and by what to multiply the step.

    It has to turn little, to keep the tolerance half way, by far if it is short, and to agree with the grid if it is long.
    """
    with np.errstate(invalid="ignore"):
        straight = 0.8 * link.chord
        straight = (np.vecdot(link.q - link.p, link.tp) > straight) & (np.vecdot(link.q - link.p, link.tq) > straight)
    likely = np.flatnonzero(trusted & straight)
    good, growth = np.zeros(len(trusted), dtype=bool), np.full(len(trusted), 0.3)
    link = link.pick(likely)
    half = np.clip(link.at(0.5), survey.low, survey.high)
    value, gradient = survey(half)
    with np.errstate(all="ignore"):
        slope = np.linalg.norm(gradient, axis=-1)
        distance = np.maximum((np.abs(value) - survey.zero) / slope - survey.blur_at(half), 0)
        miss = distance * np.maximum(slope, 1)
        better = (0.3 * survey.tolerance / miss) ** 0.25
        turning = 0.8 / np.arccos(np.clip(np.vecdot(link.tp, link.tq), -1, 1))
    fits = (miss <= 0.5 * survey.tolerance) & (distance <= 0.03 * link.chord) & agrees(survey, link)
    good[likely] = fits
    growth[likely] = np.where(fits, np.clip(np.fmin(better, turning), 0.3, 3), np.clip(better, 0.1, 0.4))
    return good, np.nan_to_num(growth, nan=0.3)


def agrees(survey: Survey, link: Link) -> np.ndarray:
    """Whether each link is shorter than a cell, or crosses only such edges of the grid on which the sign changes."""
    crossing, edges = crossings(survey, link.path(32))
    wrong = np.bincount(crossing, weights=~survey.changes[tuple(edges)], minlength=len(link.p)) > 0
    return ~wrong | (link.chord < survey.cell.min())


def turn(survey: Survey, front: Front, sense: int) -> None:
    """Look all around for the way on behind a kink; the front is lost if there is none."""
    here, reach = front.path[-1], 4 * survey.smallest
    angle = np.arange(16)[:, None] * np.pi / 8
    spots = project(survey, here.at + reach * np.concatenate([np.cos(angle), np.sin(angle)], axis=1), reach)
    near = np.linalg.norm(spots.at - here.at, axis=-1) < 2 * reach
    progress = np.where(spots.found & near, np.vecdot(spots.at - here.at, sense * spots.tangent), -np.inf)
    best = int(np.argmax(progress))
    if progress[best] > 0.4 * reach:
        front.move(spots.pick(best))
    else:
        front.end = LOST
