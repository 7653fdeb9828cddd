"""Every connected piece of the zero level set of a function of two variables, as ordered points; for people, not for jit.

A grid says where the sign changes (`seeds`). From a few of these places, far from each other, all curves are followed at once
along the true zero level (`tracing`): what is connected is never read off the grid. The search ends when a curve crosses
every edge of the grid on which the sign changes (`search`). Between neighbouring points a curve is a cubic (`curves.Link`),
and that keeps the tolerance.
"""

from collections.abc import Sequence

import numpy as np

from jaxdump.numerics.level_sets.curves import Cover, Curve, CurveStatus, Found, Joined, Link, SearchStatus
from jaxdump.numerics.level_sets.field import (
    AT_ONCE,
    Approximate,
    Field,
    Pointwise,
    in_batches,
    one_by_one,
    slopes_of,
    value_and_slopes,
)
from jaxdump.numerics.level_sets.finish import measured, settled, with_tips
from jaxdump.numerics.level_sets.pieces import joined, parts
from jaxdump.numerics.level_sets.search import untangled
from jaxdump.numerics.level_sets.stretched import Stretch, stretched
from jaxdump.numerics.level_sets.survey import Survey

__all__ = [
    "AT_ONCE",
    "Approximate",
    "Cover",
    "Curve",
    "CurveStatus",
    "Field",
    "Found",
    "Joined",
    "Link",
    "Pointwise",
    "SearchStatus",
    "Stretch",
    "in_batches",
    "level_sets",
    "one_by_one",
    "parts",
    "slopes_of",
    "value_and_slopes",
]


def level_sets(
    field: Field,
    low: tuple[float, float],
    high: tuple[float, float],
    tolerance: float,
    cells: tuple[int, int] = (32, 32),
    kinks: Sequence[float] = (),
) -> Found:
    """All curves on which `field` is zero in the box from `low` to `high`, each within `tolerance` between its points.

    The tolerance is kept by the distance to the true curve, in the units of x and y, and half way between points by |f| itself.
    At the points |f| is zero to 1e-10 in float64, as far as the gradient allows.

    Pieces which the grid of `cells` cannot tell apart are told apart, or seen to be connected, where the function is smooth
    on the scale of a hundredth of `tolerance`. A piece that no edge of the grid shows is found if Newton's method leads to it
    from a node where the values turn back before zero. At `kinks`, values of x, the function may jump or have an infinite
    slope: what lies between them is searched by itself, and the curves are joined, along the kink where the function jumps.
    Elsewhere a kink becomes a corner, and a curve ends at a jump. Where curves cross or are nearer to each other than the
    tolerance all is searched for again in shorter steps there, at several times the cost.
    Raises `ValueError` for a bad box, tolerance or grid; what else goes wrong `Found.status` and each `Curve.status` tell.
    """
    lower, upper = np.array(low, dtype=float), np.array(high, dtype=float)
    if not ((lower < upper).all() and tolerance > 0 and min(cells) > 1):
        raise ValueError(f"level_sets: needs low {low} < high {high}, tolerance {tolerance} > 0 and cells {cells} > 1")
    whole = parts(low[0], high[0], kinks, cells[0])
    if len(whole) == 1 and not any(whole[0][2]):
        curves, status, survey = searched(field, lower, upper, tolerance, cells)
        return Found(curves, cover(survey, curves), status, survey.values.size, survey.gradients)
    pieces = [stretched(field, a, b, ends) for a, b, ends, _ in whole]
    boxes = [np.array([(piece.stretch.ends[0], low[1]), (piece.stretch.ends[1], high[1])]) for piece in pieces]
    each = [
        searched(piece, box[0], box[1], tolerance, (n, cells[1]))
        for piece, box, (*_, n) in zip(pieces, boxes, whole, strict=True)
    ]
    curves, statuses, surveys = zip(*each, strict=True)
    every = joined(curves, pieces, [survey.values for survey in surveys], (low[1], high[1]))
    covers = {cover(survey, own) for survey, own in zip(surveys, curves, strict=True)}
    covered = Cover.CURVES if every else covers.pop() if len(covers) == 1 else Cover.UNDEFINED
    return Found(every, covered, max(statuses), sum(s.values.size for s in surveys), sum(s.gradients for s in surveys))


def searched(
    field: Field, low: np.ndarray, high: np.ndarray, tolerance: float, cells: tuple[int, int]
) -> tuple[tuple[Curve, ...], SearchStatus, Survey]:
    """The curves in a box where the field is smooth."""
    xs, ys = (np.linspace(a, b, n + 1) for a, b, n in zip(low, high, cells, strict=True))
    survey = Survey(field, low, high, tolerance, np.asarray(field.grid(xs, ys)))
    curves, status = untangled(survey)
    curves = [with_tips(survey, curve) for curve in curves]
    curves = [settled(survey, curve) for curve in curves] if isinstance(field, Approximate) else curves
    return tuple(measured(survey, curve) for curve in curves), status, survey


def cover(survey: Survey, curves: tuple[Curve, ...]) -> Cover:
    if curves:
        return Cover.CURVES
    if np.all(survey.values > 0):
        return Cover.POSITIVE
    return Cover.NEGATIVE if np.all(survey.values <= 0) else Cover.UNDEFINED
