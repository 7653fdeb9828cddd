"""Curves of functions with kinks and jumps at known x, in the box from -1 to 1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_level_sets import TOLERANCE, area

from jaxdump.inference.contours import jumps
from jaxdump.numerics.level_sets import Cover, CurveStatus, Pointwise, SearchStatus, Stretch, level_sets


def root(x, start):
    """The square root of the distance to the right of `start`."""
    return jnp.where(x > start, jnp.sqrt(jnp.where(x > start, x - start, 1.0)), 0.0)


KINKED = {
    "root": (lambda x, y: y - 0.5 * x + root(x, 0.1), (0.1,), [False], 0.0),
    "jump": (lambda x, y: y + jnp.where(x > 0.1, 0.3, -0.3), (0.1,), [False], 0.6),
    "island with a root": (lambda x, y: 0.36 - x**2 - (y + 0.5 * root(x, 0.1)) ** 2, (0.1,), [True], 0.0),
    "island cut off": (lambda x, y: jnp.where(x > 0.1, -1.0, 0.36 - x**2 - y**2), (0.1,), [True], 2 * np.sqrt(0.35)),
    "wall": (lambda x, y: 0 * y + jnp.where(x > 0.1, -2 - x, 2 + x), (0.1,), [False], 2.0),
    "between walls": (lambda x, y: 0 * y + jnp.where((x > 0.1) & (x < 0.2), -1.0, 1.0), (0.1, 0.2), [False, False], 2.0),
    "two roots nearby": (
        lambda x, y: y + 0.2 - root(x, -0.5) + 2 * root(x, 0.1) - root(x, 0.11),
        (-0.5, 0.1, 0.11),
        [False],
        0.0,
    ),
}


@pytest.mark.parametrize("name", KINKED)
def test_curves_are_joined_at_kinks_and_along_jumps(name):
    function, kinks, closed, jump = KINKED[name]
    result = level_sets(Pointwise(function), (-1.0, -1.0), (1.0, 1.0), TOLERANCE, (24, 24), kinks)
    assert (result.cover, result.status) == (Cover.CURVES, SearchStatus.COMPLETE)
    assert [curve.closed for curve in result.curves] == closed
    for curve in result.curves:
        assert curve.status == CurveStatus.COMPLETE
        path = curve.path()
        if not curve.closed:
            assert (np.abs(path[[0, -1]]) > 1 - 1e-6).any(axis=1).all()
        steps = np.diff(path, axis=0)
        upright = np.isin(np.round(path[:-1, 0], 6), kinks) & (np.abs(steps[:, 0]) < 1e-8)
        assert np.abs(steps[upright, 1]).max(initial=0.0) == pytest.approx(jump, abs=1e-3)
        along = [curve.points[[i, (i + 1) % len(curve.points)], 1] for i in jumps(curve, kinks)]
        assert sum(abs(y - other) for y, other in along) == pytest.approx(jump, abs=1e-3)
        off = ~np.isclose(path[:, 0, None], kinks, atol=1e-8).any(axis=1)
        assert np.abs(jax.vmap(function)(*path[off].T)).max(initial=0.0) < 2 * TOLERANCE


def test_kinks_turn_the_positive_side_left():
    """An island that a jump cuts off is travelled anticlockwise, and has its area."""
    function, kinks, *_ = KINKED["island cut off"]
    (curve,) = level_sets(Pointwise(function), (-1.0, -1.0), (1.0, 1.0), TOLERANCE, (24, 24), kinks).curves
    missing = 0.36 * np.arccos(1 / 6) - 0.1 * np.sqrt(0.35)
    assert area(curve) == pytest.approx(np.pi * 0.36 - missing, rel=1e-4)


@pytest.mark.parametrize("at_kinks", [(False, False), (True, False), (False, True), (True, True)])
def test_a_stretch_and_its_slope_and_its_inverse_agree(at_kinks):
    stretch = Stretch.between(-1.0, 2.0, at_kinks)
    u = np.linspace(*stretch.ends, 20)
    x, slope = stretch.x_and_slope(u)
    np.testing.assert_allclose(stretch.place(x), u, atol=1e-12)
    assert x[[0, -1]] == pytest.approx([-1.0, 2.0], abs=1e-8)
    inner, step = u[1:-1], 1e-6
    moved = stretch.x_and_slope(inner + step)[0] - stretch.x_and_slope(inner - step)[0]
    np.testing.assert_allclose(slope[1:-1], moved / (2 * step), rtol=1e-8)
    assert (slope > 0).all()
    assert slope.max() <= 1 + 1e-12
