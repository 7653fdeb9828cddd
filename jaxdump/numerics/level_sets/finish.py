"""The last look at a curve that was found: its tips, its points to the last digit, and its error half way between points."""

import numpy as np

from jaxdump.numerics.level_sets.curves import Curve, Link, Spots
from jaxdump.numerics.level_sets.survey import Survey, project

SETTLING, SURE = 4, 1e-6
"""Newton steps from where a field that is a little off is zero, and the value from which one of them leaves less than 1e-10."""


def with_tips(survey: Survey, curve: Curve) -> Curve:
    """The curve with the points added at which it turns round in x: f = 0 and df/dy = 0."""
    whole = curve.links()
    before = np.flatnonzero(whole.tp[:, 0] * whole.tq[:, 0] < 0)
    whole = link = whole.pick(before)
    for _ in range(5):
        spots = project(survey, link.at(turning_share(link)), link.chord)
        early = spots.found & (spots.tangent[:, 0] * link.tp[:, 0] > 0)
        link = narrowed(link, spots, early, spots.found & ~early)
    tip = np.where(np.abs(link.tp[:, :1]) < np.abs(link.tq[:, :1]), (link.p, link.tp), (link.q, link.tq))
    new = (np.linalg.norm(tip[0] - (whole.p, whole.q), axis=-1) > survey.smallest).all(axis=0)
    points, tangents = (np.insert(a, before[new] + 1, b[new], axis=0) for a, b in zip(curve[:2], tip, strict=True))
    return curve._replace(points=points, tangents=tangents)


def narrowed(link: Link, spots: Spots, early: np.ndarray, late: np.ndarray) -> Link:
    """Each link from its spot on if that is `early`, up to its spot if that is `late`."""
    early, late = early[:, None], late[:, None]
    p, tp = np.where(early, (spots.at, spots.tangent), (link.p, link.tp))
    q, tq = np.where(late, (spots.at, spots.tangent), (link.q, link.tq))
    return Link(p, q, tp, tq)


def turning_share(link: Link) -> np.ndarray:
    """The share of each link at which it turns round in x; the x components of its tangents differ in sign."""
    start, half, stop = (link.velocity(s)[:, 0] for s in (0.0, 0.5, 1.0))
    a, b = 2 * (start + stop - 2 * half), 4 * half - 3 * start - stop
    sign = np.where(start < 0, -1.0, 1.0)  # picks the root of a s^2 + b s + start between 0 and 1
    with np.errstate(all="ignore"):
        share = 2 * start / (-b + sign * np.sqrt(np.maximum(b**2 - 4 * a * start, 0)))
    return np.clip(np.where(np.isfinite(share), share, 0.5), 0, 1)


def settled(survey: Survey, curve: Curve) -> Curve:
    """The curve with its points moved to zeros of the true values, along the edge of the box for points on it; `DOUBTFUL` if
    some points do not reach a zero."""
    at, value = curve.points.copy(), survey.exact(curve.points)
    free = (at > survey.low) & (at < survey.high)
    for _ in range(SETTLING):
        _, gradient = survey(at)
        slope = gradient * free
        with np.errstate(all="ignore"):
            step = slope * (value / np.vecdot(slope, slope))[:, None]
        todo = ~survey.is_zero(at, value, gradient) & (np.linalg.norm(step, axis=-1) < survey.tolerance)
        at[todo] -= step[todo]
        far = todo & (np.abs(value) > SURE)
        value = np.where(todo, 0.0, value)
        if not far.any():
            break
        value[far] = survey.exact(at[far])
    curve = curve._replace(points=at, max_residual=float(np.max(np.abs(value), where=np.isfinite(value), initial=0.0)))
    return curve if (np.abs(value) <= survey.tolerance).all() else curve.doubted()


def measured(survey: Survey, curve: Curve) -> Curve:
    """The curve with its error half way between neighbours, `DOUBTFUL` if that is above the tolerance."""
    half = np.clip(curve.links().at(0.5), survey.low, survey.high)
    residual = np.abs(survey.exact(half))
    largest = max(curve.max_residual, float(np.max(residual, where=np.isfinite(residual), initial=0.0)))
    curve = curve._replace(max_residual=largest)
    return curve if (residual <= survey.tolerance).all() else curve.doubted()
