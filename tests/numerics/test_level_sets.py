"""Curves of known shape in the box from -1 to 1, and random fields against contours on a fine grid."""

import contourpy
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree

from jaxdump.numerics.level_sets import (
    AT_ONCE,
    Cover,
    CurveStatus,
    Pointwise,
    SearchStatus,
    finish,
    in_batches,
    level_sets,
    one_by_one,
    search,
    value_and_slopes,
)

TOLERANCE = 2.3e-4
CELL = 2 / 32


def found(function, tolerance=TOLERANCE, cells=(32, 32), dtype="float64"):
    return level_sets(Pointwise(function, dtype), (-1.0, -1.0), (1.0, 1.0), tolerance, cells)


def circle(a, b, radius):
    return lambda x, y: radius**2 - (x - a) ** 2 - (y - b) ** 2


def area(curve) -> float:
    """Positive if the curve turns to the left."""
    x, y = curve.path().T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def closed_curves(result, count):
    assert (result.cover, result.status) == (Cover.CURVES, SearchStatus.COMPLETE)
    assert [(c.closed, c.status) for c in result.curves] == [(True, CurveStatus.COMPLETE)] * count
    return sorted(result.curves, key=lambda curve: curve.points[:, 0].mean())


def open_curves(result, count):
    assert (result.cover, result.status) == (Cover.CURVES, SearchStatus.COMPLETE)
    assert [(c.closed, c.status) for c in result.curves] == [(False, CurveStatus.COMPLETE)] * count
    for curve in result.curves:
        assert (np.abs(curve.points[[0, -1]]) == 1).any(axis=1).all()
        assert (np.abs(curve.points[1:-1]) < 1).all()
    return result.curves


@pytest.mark.parametrize("cells", [(32, 32), (24, 24), (7, 12)])
def test_circle(cells):
    (curve,) = closed_curves(found(circle(0.013, 0.021, 0.6), cells=cells), 1)
    np.testing.assert_allclose(np.hypot(*(curve.points - [0.013, 0.021]).T), 0.6, atol=1e-9)
    assert area(curve) == pytest.approx(np.pi * 0.6**2, rel=1e-3)
    np.testing.assert_allclose(np.linalg.norm(curve.tangents, axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(curve.points[:, 0].min(), -0.587, atol=1e-14)
    np.testing.assert_allclose(curve.points[:, 0].max(), 0.613, atol=1e-14)
    for tip in (np.argmin(curve.points[:, 0]), np.argmax(curve.points[:, 0])):
        assert curve.points[tip, 1] == pytest.approx(0.021, abs=1e-8)
    half = curve.links().at(0.5)
    assert curve.max_residual == pytest.approx(np.max(np.abs(circle(0.013, 0.021, 0.6)(*half.T))), rel=1e-6)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_tolerance_is_kept_between_the_points(tolerance):
    """A circle, exactly, and an ellipse of 5 : 1, to first order in the distance."""
    (curve,) = closed_curves(found(circle(0.013, 0.021, 0.6), tolerance), 1)
    assert np.abs(np.hypot(*(curve.path(40) - [0.013, 0.021]).T) - 0.6).max() < tolerance
    x, y = closed_curves(found(lambda x, y: 1 - (x / 0.8) ** 2 - (y / 0.16) ** 2, tolerance), 1)[0].path(40).T
    slope = np.hypot(2 * x / 0.8**2, 2 * y / 0.16**2)
    assert np.max(np.abs(1 - (x / 0.8) ** 2 - (y / 0.16) ** 2) / slope) < tolerance


@pytest.mark.parametrize("scale", [1e-2, 20.0, 200.0])
@pytest.mark.parametrize("tolerance", [2.3e-4, 1e-6])
def test_value_and_distance_keep_the_tolerance(scale, tolerance):
    """For slopes from 0.01 to 200 on a circle; what is asked of |f| is asked half way only, so between it is less strict."""
    function = lambda x, y: scale * (0.6 - jnp.hypot(x - 0.013, y - 0.021)) * (1 + 0.3 * x)
    (curve,) = closed_curves(found(function, tolerance), 1)
    assert curve.max_residual <= tolerance
    assert np.max(np.abs(function(*curve.points.T))) <= 1e-8
    assert np.max(np.abs(function(*curve.path(40).T))) < tolerance
    assert np.abs(np.hypot(*(curve.path(40) - [0.013, 0.021]).T) - 0.6).max() < tolerance


def test_cost_of_a_circle():
    """A change that makes it dearer has to say why."""
    result = found(circle(0.013, 0.021, 0.6))
    assert result.evaluations == 33**2
    assert result.gradients < 180
    assert found(circle(0.013, 0.021, 0.6), cells=(24, 24)).gradients < 175
    steep = lambda x, y: 20 * circle(0.013, 0.021, 0.6)(x, y) / 1.2
    assert found(steep, cells=(24, 24)).gradients < 240


def test_gradients_are_counted_without_padding():
    class Counted(Pointwise):
        asked = 0

        def value_and_gradient(self, points):
            self.asked += len(points)
            return super().value_and_gradient(points)

    field = Counted(circle(0.1, 0.0, 0.3))
    assert level_sets(field, (-1, -1), (1, 1), 1e-3).gradients == field.asked > 0


@pytest.mark.parametrize("count", [1, AT_ONCE, AT_ONCE + 1])
def test_points_are_asked_for_in_batches(count):
    asked = []

    def pair(points, count):
        asked.append((len(points), count))
        return points[:, 0], 2 * points

    points = np.random.default_rng(0).normal(size=(count, 2))
    values, gradients = in_batches(pair, points)
    np.testing.assert_array_equal(values, points[:, 0])
    np.testing.assert_array_equal(gradients, 2 * points)
    assert {length for length, _ in asked} == {AT_ONCE}
    assert sum(counted for _, counted in asked) == count


def test_what_does_not_count_is_not_computed():
    calls = []
    noted = lambda point: jax.pure_callback(lambda x: calls.append(x) or x.sum(), jax.ShapeDtypeStruct((), point.dtype), point)
    sums = jax.jit(lambda points, count: one_by_one(noted, points, count))(np.arange(10.0).reshape(5, 2), 3)
    np.testing.assert_array_equal(sums, [1, 5, 9, 0, 0])
    assert len(calls) == 3


def test_forward_slopes_are_those_of_a_reverse_pass():
    function = lambda x, y: jnp.exp(jnp.sin(x) * y) + x * y**2
    of_sine = lambda sine, x, y: jnp.exp(sine * y) + x * y**2
    value, slopes = jax.jit(lambda x, y: value_and_slopes(jnp.sin, of_sine, x, y))(0.3, 1.7)
    wanted, gradient = jax.value_and_grad(function, (0, 1))(0.3, 1.7)
    np.testing.assert_allclose([value, *slopes], [wanted, *gradient], rtol=1e-15)


def test_two_circles():
    left, right = closed_curves(found(lambda x, y: jnp.maximum(circle(-0.5, 0.1, 0.3)(x, y), circle(0.4, 0.0, 0.35)(x, y))), 2)
    assert area(left) == pytest.approx(np.pi * 0.3**2, rel=1e-3)
    assert area(right) == pytest.approx(np.pi * 0.35**2, rel=1e-3)


def cassini(square):
    """Two islands if `square` is below 1/4, one if above; their gap or bridge is 2 sqrt(|1/4 - square|)."""
    left, right = (lambda x, y: (x + 0.487) ** 2 + (y - 0.01) ** 2), (lambda x, y: (x - 0.513) ** 2 + (y - 0.01) ** 2)
    return lambda x, y: square**2 - left(x, y) * right(x, y)


@pytest.mark.parametrize("cells", [(32, 32), (13, 13)])
@pytest.mark.parametrize("width", [1e-3, 1e-2])
def test_islands_that_nearly_touch_stay_two_and_with_a_bridge_are_one(width, cells):
    for sign, count in ((-1, 2), (1, 1)):
        closed_curves(found(cassini(0.25 + sign * (width * CELL / 2) ** 2), cells=cells), count)


def discs(overlap):
    """Two discs of radius 0.4; their union has a neck with two kinks, 2 sqrt(0.4 overlap) wide."""
    half = 0.4 - overlap / 2
    return lambda x, y: jnp.maximum(circle(0.013 - half, 0.01, 0.4)(x, y), circle(0.013 + half, 0.01, 0.4)(x, y))


@pytest.mark.parametrize("overlap", [-1e-4, -1e-6, 1e-7, 1e-5, 3e-4, 3e-3])
def test_discs_that_nearly_touch_are_two_and_with_a_neck_are_one(overlap):
    closed_curves(found(discs(overlap)), 2 if overlap < 0 else 1)


def test_curves_that_cannot_be_told_apart_are_doubtful():
    """A gap of 1e-10, closer than |f| is known, and two lines that cross."""
    assert {curve.status for curve in found(discs(-1e-10)).curves} == {CurveStatus.DOUBTFUL}
    assert any(curve.status != CurveStatus.COMPLETE for curve in found(lambda x, y: (x - 0.01) * (y - 0.02)).curves)


def test_annulus_has_boundaries_of_opposite_direction():
    result = found(lambda x, y: (0.7 - jnp.sqrt((x - 0.01) ** 2 + y**2)) * (jnp.sqrt((x - 0.01) ** 2 + y**2) - 0.4))
    areas = sorted(area(curve) for curve in closed_curves(result, 2))
    np.testing.assert_allclose(areas, [-np.pi * 0.4**2, np.pi * 0.7**2], rtol=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_circle_and_hole_within_a_cell(sign):
    (curve,) = closed_curves(found(lambda x, y: sign * circle(0.031, 0.029, 0.1 * CELL)(x, y), tolerance=1e-5), 1)
    assert area(curve) == pytest.approx(sign * np.pi * (0.1 * CELL) ** 2, rel=1e-2)


def test_arc_within_a_cell_at_the_edge_of_the_box():
    open_curves(found(circle(1.0, 0.031, 0.2 * CELL)), 1)


def test_strip_that_cuts_a_corner_between_the_nodes():
    open_curves(found(lambda x, y: (x + y - 2 + 0.5 * CELL) ** 2 - (0.2 * CELL) ** 2), 2)


def test_thin_tilted_ellipse_is_one_curve():
    u, v = (lambda x, y: 0.8 * x + 0.6 * y), (lambda x, y: 0.8 * y - 0.6 * x)
    (curve,) = closed_curves(found(lambda x, y: 1 - (u(x, y) / 0.6) ** 2 - (v(x, y) / (0.05 * CELL)) ** 2), 1)
    np.testing.assert_allclose(np.abs(u(*curve.points.T)).max(), 0.6, rtol=1e-3)
    np.testing.assert_allclose(np.abs(v(*curve.points.T)).max(), 0.05 * CELL, rtol=1e-3)


@pytest.mark.parametrize("blunt", [1e-3, 1e-9, 0.0])
def test_thin_tip(blunt):
    """Of an island that narrows like (0.7 - x)^(3/2)."""
    (curve,) = closed_curves(found(lambda x, y: (0.7 - x) ** 3 * (x + 0.7) - (y - 0.011) ** 2 + blunt * (0.8 - x)), 1)
    assert 0.7 - 2e-3 < curve.points[:, 0].max() < 0.78
    assert curve.points[:, 0].min() < -0.69


def test_curves_that_leave_the_box_end_on_its_edges():
    (curve,) = open_curves(found(circle(0.9, 0.9, 0.5)), 1)
    np.testing.assert_allclose(curve.points[0], [0.9 - np.sqrt(0.24), 1.0], atol=1e-9)
    np.testing.assert_allclose(curve.points[-1], [1.0, 0.9 - np.sqrt(0.24)], atol=1e-9)
    open_curves(found(circle(0.0, 0.0, 1.1)), 4)
    (curve,) = open_curves(found(circle(1.02, 1.02, 0.5 * CELL)), 1)
    assert (curve.points > 1 - CELL).all()


CORNERS = {
    "diagonal": (lambda x, y: x - y, 1),
    "other diagonal": (lambda x, y: x + y, 1),
    "circle through two corners": (circle(-1.0, 0.0, 1.0), 1),
    "circle around a corner": (circle(1.0, 1.0, 0.5), 1),
    "tiny cut": (lambda x, y: x + y - 2 + 1e-9, 1),
    "edge": (lambda x, y: x + 1 + 0 * y, 1),
    "opposite edge": (lambda x, y: 1 - x + 0 * y, 1),
    "upper edge": (lambda x, y: y - 1 + 0 * x, 1),
    "two edges": (lambda x, y: (x - 1) * (1 - y), 1),
    "touched from outside": (circle(1.5, 1.5, np.sqrt(0.5)), None),
    "only the corner": (lambda x, y: x + y - 2, None),
    "only the other corner": (lambda x, y: x + y + 2, None),
    "all corners": (circle(0.0, 0.0, np.sqrt(2)), None),
}


@pytest.mark.parametrize("name", CORNERS)
def test_curves_through_corners_and_along_edges(name):
    """A curve that has only a corner in the box may be found or not."""
    function, count = CORNERS[name]
    result = found(function, cells=(24, 24))
    assert all(curve.status == CurveStatus.COMPLETE for curve in result.curves)
    assert all(np.isfinite(curve.max_residual) and np.isfinite(curve.path()).all() for curve in result.curves)
    assert count is None or len(result.curves) == count


@pytest.mark.parametrize("epsilon", [1e-3, -1e-3, 1e-7, -1e-7])
def test_saddle(epsilon):
    """The hyperbola's branches lie where (x - a)(y - b) = -epsilon: on either side of x = a, one above and one below y = b."""
    for curve in open_curves(found(lambda x, y: (x - 0.013) * (y - 0.017) + epsilon), 2):
        u, v = curve.points.T - np.array([[0.013], [0.017]])
        assert len(set(np.sign(u))) == len(set(np.sign(v))) == 1
        assert np.sign(u[0] * v[0]) == -np.sign(epsilon)
        np.testing.assert_allclose(u * v, -epsilon, atol=1e-9)


def test_no_curve_is_a_cover():
    assert found(lambda x, y: -1 - x**2 - y**2)[:2] == ((), Cover.NEGATIVE)
    assert found(lambda x, y: 1 + x**2 + y**2)[:2] == ((), Cover.POSITIVE)
    assert found(lambda x, y: jnp.where(x > 0.7, jnp.nan, -1 - x**2 - y**2))[:2] == ((), Cover.UNDEFINED)
    assert found(lambda x, y: x + y + jnp.nan)[:2] == ((), Cover.UNDEFINED)
    assert found(lambda x, y: jnp.where(x > 0.2, -1.0, 1.0) + 0 * y)[:2] == ((), Cover.UNDEFINED)


def test_nan_far_from_the_curve_does_not_matter():
    result = found(lambda x, y: jnp.where((x > 0.8) & (y > 0.8), jnp.nan, circle(0.0, 0.0, 0.5)(x, y)))
    closed_curves(result, 1)


@pytest.mark.parametrize("beyond", [-1.0, jnp.nan])
def test_curve_into_a_jump_or_nan_is_incomplete(beyond):
    result = found(lambda x, y: jnp.where(x > 0.2, beyond, circle(0.0, 0.0, 0.5)(x, y)))
    assert [(c.closed, c.status) for c in result.curves] == [(False, CurveStatus.INCOMPLETE)]
    ends = result.curves[0].points[[0, -1]]
    np.testing.assert_allclose(ends, [[0.2, np.sqrt(0.21)], [0.2, -np.sqrt(0.21)]], atol=TOLERANCE)


def test_jump_beside_a_curve_is_told():
    result = found(lambda x, y: jnp.where((x > 0.5) & (y > 0.5), 1.0, circle(-0.3, -0.2, 0.4)(x, y)))
    assert [(c.closed, c.status) for c in result.curves] == [(True, CurveStatus.COMPLETE)]
    assert result.status == SearchStatus.JUMPS


def test_search_that_ends_early_is_told(monkeypatch):
    islands = lambda x, y: jnp.sin(9 * x) * jnp.sin(9 * y) - 0.1
    monkeypatch.setattr(search, "MAX_ROUNDS", 1)
    assert found(islands).status == SearchStatus.UNFINISHED
    monkeypatch.undo()
    assert found(islands).status == SearchStatus.COMPLETE


@pytest.mark.parametrize("beyond", [jnp.nan, 1.0])
def test_residual_is_finite_and_the_status_tells_why(beyond):
    """Of a curve which is spoilt half way after it was found."""
    (curve,) = found(circle(0.013, 0.021, 0.6)).curves
    spoilt = Pointwise(lambda x, y: jnp.where(x > 0, beyond, circle(0.013, 0.021, 0.6)(x, y)))
    survey = finish.Survey(spoilt, np.array([-1.0, -1.0]), np.array([1.0, 1.0]), TOLERANCE, np.zeros((3, 3)))
    again = finish.measured(survey, curve)
    assert again.status == CurveStatus.DOUBTFUL
    assert again.max_residual == (1.0 if beyond == 1.0 else pytest.approx(curve.max_residual, rel=0.5))


SQUARE = (lambda x, y: 0.5 - jnp.maximum(jnp.abs(x - 0.013), jnp.abs(y - 0.027))), 1.0
DIAMOND = (lambda x, y: 0.5 - jnp.abs(x - 0.013) - jnp.abs(y - 0.027)), 0.5
LENS = (lambda x, y: jnp.minimum(circle(-0.3, 0.0, 0.5)(x, y), circle(0.31, 0.01, 0.5)(x, y))), None
PAIR = (lambda x, y: jnp.maximum(circle(-0.3, 0.0, 0.4)(x, y), circle(0.31, 0.01, 0.4)(x, y))), None


@pytest.mark.parametrize(("function", "size"), [SQUARE, DIAMOND, LENS, PAIR])
def test_kinks_are_corners(function, size):
    (curve,) = closed_curves(found(function), 1)
    assert curve.max_residual < TOLERANCE
    assert np.abs(function(*curve.path().T)).max() < TOLERANCE
    if size:
        assert area(curve) == pytest.approx(size, rel=1e-4)


def test_island_in_a_closed_plain():
    """Far away the value is that of no events at all, without a gradient."""
    inside = lambda x, y: jnp.log(jnp.maximum(circle(0.01, 0.02, 0.6)(x, y), 1e-30)) + 2
    result = found(lambda x, y: jnp.where(circle(0.01, 0.02, 0.6)(x, y) > 0, inside(x, y), -1e5))
    (curve,) = closed_curves(result, 1)
    np.testing.assert_allclose(np.hypot(*(curve.points - [0.01, 0.02]).T), np.sqrt(0.36 - np.exp(-2)), atol=1e-9)


def test_single_precision():
    (curve,) = closed_curves(found(circle(0.013, 0.021, 0.6), dtype="float32"), 1)
    np.testing.assert_allclose(np.hypot(*(curve.points - [0.013, 0.021]).T), 0.6, atol=3e-5)
    assert np.abs(np.hypot(*(curve.path() - [0.013, 0.021]).T) - 0.6).max() < TOLERANCE


def test_bad_arguments_are_told():
    field = Pointwise(circle(0.0, 0.0, 0.5))
    for low, tolerance, cells in (((1, -1), 1e-3, (32, 32)), ((-1, -1), 0.0, (32, 32)), ((-1, -1), 1e-3, (1, 32))):
        with pytest.raises(ValueError, match="level_sets: needs"):
            level_sets(field, low, (1, 1), tolerance, cells)


class Waves:
    """A random field, by numpy."""

    def __init__(self, seed, count=6, highest=8.0):
        random = np.random.default_rng(seed)
        self.k, self.phase = random.uniform(-highest, highest, (count, 2)), random.uniform(0, 2 * np.pi, count)
        self.size, self.offset = random.normal(size=count), random.normal() / 2

    def grid(self, xs, ys):
        along, across = self.k[:, 0] * xs[:, None] + self.phase, self.k[:, 1] * ys[:, None]
        both = (self.size * np.sin(along)) @ np.cos(across).T + (self.size * np.cos(along)) @ np.sin(across).T
        return both + self.offset

    def value_and_gradient(self, points):
        angle = points @ self.k.T + self.phase
        return np.sin(angle) @ self.size + self.offset, np.cos(angle) * self.size @ self.k


@pytest.mark.parametrize("seed", range(8))
def test_random_fields_equal_contours_of_a_fine_grid(seed):
    field, nodes = Waves(seed), np.linspace(-1, 1, 1501)
    lines = contourpy.contour_generator(nodes, nodes, field.grid(nodes, nodes).T).lines(0)
    result = level_sets(field, (-1.0, -1.0), (1.0, 1.0), 1e-3)
    rings = sum(bool((line[0] == line[-1]).all()) for line in lines)
    assert sorted(curve.closed for curve in result.curves) == [False] * (len(lines) - rings) + [True] * rings
    assert all(curve.status == CurveStatus.COMPLETE for curve in result.curves)
    ours = np.concatenate([curve.path(64) for curve in result.curves])
    assert cKDTree(ours).query(np.concatenate(lines))[0].max() < 1e-3 + 5e-3
    for curve in result.curves:
        value, slope = field.value_and_gradient(curve.path(8))
        assert np.max(np.abs(value) / np.linalg.norm(slope, axis=1)) < 1.5e-3


def test_a_start_on_the_edge_of_the_box_may_be_rounded():
    """The last node of the grid is a rounding error inside the box."""
    low, high = np.log([1e-3, 1e-5]), np.log([3.0, 10.0])
    assert low[0] + 24 * ((high - low) / 24)[0] != high[0]
    field = Pointwise(lambda x, y: y + 5 - jnp.exp(x))
    (curve,) = level_sets(field, tuple(low), tuple(high), 1e-4, (24, 24)).curves
    assert curve.status == CurveStatus.COMPLETE
    np.testing.assert_allclose(np.sort(curve.points[[0, -1], 0]), [low[0], high[0]], rtol=1e-14)
