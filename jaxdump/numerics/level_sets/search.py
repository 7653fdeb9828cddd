"""All curves: new ones until every change of sign on the grid is explained, in shorter steps if some of them cross."""

import numpy as np

from jaxdump.numerics.level_sets.curves import Curve, SearchStatus, Spots
from jaxdump.numerics.level_sets.seeds import spread, zeros_near_extrema, zeros_on_edges
from jaxdump.numerics.level_sets.survey import Survey, crossed
from jaxdump.numerics.level_sets.tangles import tangles
from jaxdump.numerics.level_sets.tracing import followed, met

MAX_ROUNDS = 100
"""Most rounds in which new starting points are chosen."""
NEAR = (1.0, 1e-2, 1e-4)
"""Shares of the tolerance within which different curves are doubted, more and more closely."""
SHORT = 1 / 200
"""Steps where curves are doubted, as a share of the length of these places."""


def untangled(survey: Survey) -> tuple[list[Curve], SearchStatus]:
    """All curves, searched for again in short steps wherever they cross or nearly touch; `DOUBTFUL` if that does not help."""
    curves, status = search(survey)
    for share in NEAR[:-1]:
        at, length, _ = tangles(curves, share * survey.tolerance)
        if not len(at):
            return curves, status
        short = np.full((len(at), 1), max(SHORT * length, survey.smallest))
        survey.slow = np.concatenate([survey.slow, np.append(at, short, axis=1)])
        curves, status = search(survey)
    _, _, doubted = tangles(curves, NEAR[-1] * survey.tolerance)
    return [curve.doubted() if doubt else curve for curve, doubt in zip(curves, doubted, strict=True)], status


def search(survey: Survey) -> tuple[list[Curve], SearchStatus]:
    """All curves that the grid shows or lets suspect, and whether there may be more."""
    curves, untried, failed = [], survey.changes.copy(), np.zeros_like(survey.changes)
    for _ in range(MAX_ROUNDS):
        edges = spread(np.argwhere(untried))
        if not len(edges):
            break
        spots = zeros_on_edges(survey, edges)
        curves = extended(survey, curves, spots)
        untried[tuple(edges.T)] = False
        failed[tuple(edges.T)] = ~on_any(survey, curves, spots.at, spots.tangent)
        untried &= ~crossed(survey, curves)
    curves = extended(survey, curves, zeros_near_extrema(survey))
    if untried.any():
        return curves, SearchStatus.UNFINISHED
    return curves, SearchStatus.JUMPS if (failed & ~crossed(survey, curves)).any() else SearchStatus.COMPLETE


def extended(survey: Survey, curves: list[Curve], spots: Spots) -> list[Curve]:
    """`curves`, and those through `spots` which are not among them."""
    new = spots.found & ~on_any(survey, curves, spots.at, spots.tangent)
    for i in np.flatnonzero(new):
        new[i + 1 :] &= np.linalg.norm(spots.at[i + 1 :] - spots.at[i], axis=-1) > survey.smallest
    if not new.any():
        return curves
    for curve in sorted(followed(survey, spots.pick(new)), key=lambda curve: -curve.links().chord.sum()):
        if not any(on(survey, other, curve.points, curve.tangents).all() for other in curves):
            doubtful = [on(survey, curve, other.points, other.tangents).all() for other in curves]
            curves = [other for other, gone in zip(curves, doubtful, strict=True) if not gone] + [curve]
    return curves


def on_any(survey: Survey, curves: list[Curve], at: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """(k,) which of the points lie on one of the curves, going its way."""
    return np.any([on(survey, curve, at, tangent) for curve in curves] or np.zeros((1, len(at)), dtype=bool), axis=0)


def on(survey: Survey, curve: Curve, at: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """(k,) which of the points lie on the curve, going its way."""
    links = curve.links()
    margin = np.max(links.chord)
    on = np.all((at > curve.points.min(axis=0) - margin) & (at < curve.points.max(axis=0) + margin), axis=1)
    if on.any():
        on[on] = np.any(np.isfinite(met(links, at[on], tangent[on], 3 * survey.tolerance)), axis=0)
    return on
