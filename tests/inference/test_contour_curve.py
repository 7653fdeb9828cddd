"""The curve around one exclusion: on its zero, differentiable, and the same by jit and vmap."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.experiments import NA64MU_1E13, NA64MU_2022
from jaxdump.numerics.roots import Status
from jaxdump.theories import AlpPhoton, DarkPhoton
from jaxdump.theories.family import Family

RUN = NA64MU_1E13.only("visible")
BOX = ((0.01, 0.2), (1e-6, 1e-1))
ALPHA_D = 1e-10


STEP = 1e-3


@jax.jit
def curve(log_alpha_D):
    """The curve for an alpha_D, and the slopes of the logs of its points in ln(alpha_D): one program for most tests."""

    def logs(log_alpha_D):
        found = jaxdump.contour_curve(RUN, Family(DarkPhoton, alpha_D=jnp.exp(log_alpha_D)), 64, box=BOX)
        return jnp.log(found.points), found

    slopes, found = jax.jacfwd(logs, has_aux=True)(log_alpha_D)
    return found, slopes


@functools.cache
def of(step=0):
    """Curve and slopes for an alpha_D some steps above ALPHA_D."""
    found, slopes = curve(np.log(ALPHA_D) + step * STEP)
    return np.asarray(found.points), np.asarray(slopes), Status(int(found.status))


def test_points_are_on_the_zero():
    points, _, status = of()
    signal = jax.jit(lambda points: jax.lax.map(lambda p: RUN.log_signal(DarkPhoton(*p, alpha_D=ALPHA_D)), points))(points)
    (region,) = RUN.regions
    np.testing.assert_allclose(signal[:, 0], np.log(region.published_upper_count * region.selection_efficiency), atol=1e-8)
    assert status == Status.FOUND


def test_the_curve_is_closed_and_crowds_at_the_tip():
    mass, coupling = of()[0].T
    assert (mass[0], coupling[0]) == (mass[-1], coupling[-1])
    assert mass[0] == pytest.approx(BOX[0][0], rel=1e-12)
    assert np.argmax(mass) == 31
    np.testing.assert_array_equal(mass[:31], mass[32:63][::-1])
    assert (coupling[:31] < coupling[32:63][::-1]).all()
    assert np.abs(np.diff(np.log(coupling[25:38]))).max() < 0.12  # where it turns, neighbours are near each other


def test_points_are_on_the_contour():
    (island,) = jaxdump.contours(RUN, Family(DarkPhoton, alpha_D=ALPHA_D), (*BOX[0], *BOX[1])).islands
    points, path = np.log(of()[0]), np.log(island.path)
    step = np.diff(path, axis=0)
    away = points[:, None] - path[:-1]
    along = np.clip(np.sum(away * step, axis=2) / np.sum(step**2, axis=1), 0, 1)
    assert np.linalg.norm(away - along[..., None] * step, axis=2).min(axis=1).max() < 2e-4
    np.testing.assert_allclose(island.points[np.argmax(island.points[:, 0])], np.exp(points[31]), rtol=1e-4)


def test_slopes_equal_finite_differences():
    logs = {step: np.log(of(step)[0]) for step in (-2, -1, 1, 2)}
    differences = (8 * (logs[1] - logs[-1]) - (logs[2] - logs[-2])) / (12 * STEP)
    slopes = of()[1]
    np.testing.assert_allclose(slopes, differences, atol=1e-5 * np.abs(differences).max())
    assert np.abs(slopes[31]).min() > 0.05  # both numbers of the tip move


def test_many_exposures_at_once():
    """One program for all: each tip moves up with the exposure, and the edges are those of limits."""
    exposures = np.geomspace(1e12, 1e14, 64)
    run = lambda exposure: dataclasses.replace(RUN, exposure=exposure)
    box = ((0.03, 0.3), (1e-6, 1.0))
    found = jax.jit(jax.vmap(lambda exposure: jaxdump.contour_curve(run(exposure), AlpPhoton, 16, box=box)))(exposures)
    assert (found.status == Status.FOUND).all()
    assert (np.diff(found.points[:, 7, 0]) > 0).all()
    for exposure, (mass, lower) in zip(exposures[::31], np.asarray(found.points[::31, 3]), strict=True):
        assert lower == pytest.approx(jaxdump.limit(run(float(exposure)), AlpPhoton, [mass]).lower[0, 0], rel=1e-8)


class Shape(jaxdump.AbstractLine):
    """A line that is quickly computed: closed at a mass, cut by sides, or in two parts."""

    labels = ("shape",)
    end: float
    wide: float = 1.0
    hole: float = 0.0
    centre: float = 1e-3

    def __call__(self, theory):
        y = jnp.log(theory.coupling / self.centre)
        return (jnp.log(self.end / theory.mass) * self.wide - y**2 - self.hole * jnp.exp(-(y**2) / 0.1))[None]


@functools.cache
def shape_curve(points):
    box = ((0.01, 1.0), (1e-5, 1e-1))
    return jax.jit(lambda line: jaxdump.contour_curve(line, AlpPhoton, points, box=box))


def test_a_shape_that_ends_has_its_points_where_they_must_be():
    found = shape_curve(20)(Shape(0.5))
    eager = jaxdump.contour_curve(Shape(0.5), AlpPhoton, 20, box=((0.01, 1.0), (1e-5, 1e-1)))
    np.testing.assert_allclose(found.points, eager.points, rtol=1e-12)
    mass, coupling = np.log(np.asarray(found.points) / [0.5, 1e-3]).T
    np.testing.assert_allclose(np.delete(coupling, 9) ** 2, -np.delete(mass, 9), rtol=1e-9)
    np.testing.assert_allclose([mass[9], coupling[9]], 0, atol=1e-9)
    np.testing.assert_allclose(mass[:9], mass[0] * (np.arange(9, 0, -1) / 9) ** 2, rtol=1e-9)
    assert found.status == Status.FOUND


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (Shape(5.0), Status.EXCLUDED),
        (Shape(0.5, wide=100.0), Status.EXCLUDED),
        (Shape(2.0, wide=4.0, centre=1.0), Status.EXCLUDED),
        (Shape(0.5, hole=6.0), Status.DIVIDED),
        (Shape(0.005), Status.ALLOWED),
        (Shape(jnp.nan), Status.UNDEFINED),
    ],
)
def test_what_leaves_its_box_or_is_none_says_so(line, status):
    found = shape_curve(20)(line)
    assert Status(int(found.status)) == status
    mass, coupling = np.asarray(found.points).T
    if status in (Status.ALLOWED, Status.UNDEFINED):
        assert np.isnan(found.points).all()
        return
    assert (np.log(mass / 0.01) > -1e-12).all()
    assert ((coupling > 0.999e-5) & (coupling < 0.1001)).all()
    excess = np.array([float(line(AlpPhoton(*point))[0]) for point in found.points])
    inside = np.abs(np.log(np.array([coupling / 1e-5, coupling / 1e-1]))).min(axis=0) > 1e-9
    at_end = np.isclose(mass, 1.0)
    assert np.abs(excess[inside & ~at_end]).max() < 1e-8
    if line.end > 1 and line.centre < 1:
        assert mass[[8, 9, 10]] == pytest.approx(1.0)
        assert coupling[9] == pytest.approx(np.sqrt(coupling[8] * coupling[10]))
    if line.centre == 1.0:  # a corner of the box, where the excess is zero
        assert coupling[9] == pytest.approx(1e-1)
        assert mass[9] == mass.max()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"points": 7}, "points must be an even number of at least 6, not 7"),
        ({"points": 4}, "points must be an even number of at least 6, not 4"),
        ({"box": (0.1, 0.2)}, r"a box is \(\(smallest, largest mass\), .*, not \(0.1, 0.2\)"),
        ({"box": ((0.2, 0.1), (1e-3, 1e-2))}, "in this order, not"),
        ({"box": ((-0.2, 0.1), (1e-3, 1e-2))}, "box must be finite and positive, not -0.2"),
        ({"line": NA64MU_2022}, "contour_curve takes one region, .*: choose with only"),
        ({"rule": jaxdump.CLs(0.9, expected=0.0), "line": RUN}, "expected limits have no slopes"),
    ],
)
def test_what_it_does_not_take_is_told(change, told):
    given = {"line": Shape(0.5), "theory": AlpPhoton, "points": 20, "box": BOX, **change}
    with pytest.raises(ValueError, match=told):
        jaxdump.contour_curve(**given)
