"""Tables of fluxes: slopes from them equal those of the integrals, and contours end where the true signal does."""

import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump import Channel, Experiment, SignalRegion
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.flux import Flux, safe_log
from jaxdump.inference.signals import WINDOW, Signals, between
from jaxdump.numerics.level_sets import CurveStatus
from jaxdump.stage import AbstractProduction
from jaxdump.theories import AlpPhoton, DarkPhoton

BOX = (1e-3, 1.0, 1e-8, 1e-2)


class Smooth(AbstractProduction):
    """A few energies whose weights fall smoothly with the mass."""

    name: str = eqx.field(static=True, default="smooth")
    end: float = 5.0
    bump: float = 0.0
    """Of a resonance at 0.05 GeV that it does not tell."""

    @property
    def smooth_to(self):
        return self.end

    def makes(self, theory):
        return True

    def __call__(self, theory):
        energy = jnp.linspace(5.0, 20.0, 6, dtype=theory.mass.dtype) + theory.mass
        bump = jnp.log1p(self.bump * jnp.exp(-((jnp.log(theory.mass / 0.05) / 0.008) ** 2)))
        log_weight = bump - jnp.log1p((theory.mass * energy) ** 2)
        return Flux(energy, jnp.broadcast_to(theory.mass, 6), log_weight, self.log_scale(theory))

    def log_scale(self, theory):
        return 2 * safe_log(theory.coupling)


def dump(end, bump=0.0):
    region = SignalRegion("visible", (Channel("smooth", (VisibleDecay(DecayVolume(10.0, 20.0)),)),), 0.0, 0.0, 2.3)
    return Experiment("dump", "a dump", (), 1e13, (Smooth(end=end, bump=bump),), (region,))


def points_in(box, number):
    spread = np.random.default_rng(1).uniform(size=(number, 2))
    low, high = np.log([box[0], box[2]]), np.log([box[1], box[3]])
    return low + spread * (high - low)


@pytest.fixture(scope="module")
def island():
    (island,) = jaxdump.contours(dump(5.0), AlpPhoton, BOX).islands
    return island


def test_slopes_from_a_table_equal_those_of_the_integrals():
    exact = Signals.of(dump(5.0), AlpPhoton)
    points = points_in((1e-3, 1.0, 1e-8, 1e-4), 64)
    (value, slope), (near, near_slope) = (s.slopes(points) for s in (exact, exact.over(*np.log(BOX[:2]))))
    excluded = value[:, 0] > -50  # lifetimes too short leave nothing to look for
    np.testing.assert_allclose(near[excluded], value[excluded], atol=1e-6)
    np.testing.assert_allclose(near_slope[excluded], slope[excluded], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(exact.values(points[:, 0], points[:, 1:])[:, 0], value, rtol=1e-13)


def test_beyond_the_smooth_masses_the_integrals_are_taken():
    signals = Signals.of(dump(0.2), AlpPhoton)
    tabled, points = signals.over(*np.log(BOX[:2])), points_in((0.2, 1.0, 1e-8, 1e-4), 8)
    assert tabled.tables[-1].last == np.log(0.2)
    for mine, theirs in zip(tabled.slopes(points), signals.slopes(points), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_no_table_where_nothing_is_known_to_be_smooth():
    signals = Signals.of(dump(0.0), AlpPhoton)
    assert signals.over(*np.log(BOX[:2])).tables == ()


def test_points_lie_on_the_true_boundary(island):
    assert island.status == CurveStatus.COMPLETE
    value, _ = Signals.of(dump(5.0), AlpPhoton).slopes(np.log(np.concatenate([island.points, island.path])))
    miss = np.abs(value[:, 0] - np.log(2.3))
    assert miss[: len(island.points)].max() < 1e-9
    assert miss.max() < 2e-4
    assert island.max_residual < 1e-4


def test_points_that_are_not_on_the_true_boundary_are_doubtful():
    """A table knows nothing of a resonance that the production does not tell."""
    (island,) = jaxdump.contours(dump(5.0, bump=20.0), AlpPhoton, BOX).islands
    assert island.max_residual > 0.1
    assert island.status == CurveStatus.DOUBTFUL


def test_the_same_boundary_without_a_table(island):
    (other,) = jaxdump.contours(dump(0.0), AlpPhoton, BOX).islands
    tips = [max(one.path, key=lambda point: point[0]) for one in (island, other)]
    np.testing.assert_allclose(tips[0], tips[1], rtol=1e-3)
    np.testing.assert_allclose(island.points[[0, -1]], other.points[[0, -1]], rtol=1e-9)


def test_a_threshold_of_the_decays_is_no_hindrance():
    """At 2 m_mu the width has a kink: it is that of the true mass, not of the masses in the table."""
    exact = Signals.of(dump(5.0), partial(DarkPhoton, alpha_D=0.0))
    masses = 0.2113168 * np.array([0.97, 0.999, 1.001, 1.03])
    points = np.log(np.stack([masses, np.full(4, 1e-6)], axis=1))
    (value, slope), (near, near_slope) = (s.slopes(points) for s in (exact, exact.over(*np.log(BOX[:2]))))
    np.testing.assert_allclose(near, value, atol=1e-6)
    np.testing.assert_allclose(near_slope, slope, rtol=1e-5, atol=1e-5)


def test_between_is_the_polynomial_and_straight_where_it_is_steep():
    places = np.arange(WINDOW, dtype=float)
    values = np.stack([np.exp(-places / 3), 1e5 * places**2], axis=1)
    with jax.enable_x64(True):
        found, slope = jax.jvp(partial(between, jnp.asarray(values)), (4.3,), (1.0,))
    np.testing.assert_allclose(found, [np.exp(-4.3 / 3), 1e5 * (16 + 0.3 * 9)], rtol=1e-8)
    np.testing.assert_allclose(slope, [-np.exp(-4.3 / 3) / 3, 9e5], rtol=1e-6)


class Never(AbstractProduction):
    """A production whose integral nobody should do."""

    name: str = eqx.field(static=True, default="never")

    def makes(self, theory):
        return True

    def __call__(self, theory):
        raise AssertionError("a production that no channel counts was asked")

    def log_scale(self, theory):
        return 2 * safe_log(theory.coupling)


def test_a_production_that_no_channel_counts_is_not_asked():
    run = dump(5.0)
    both = dataclasses.replace(run, productions=(*run.productions, Never()))
    points = points_in((1e-3, 1.0, 1e-8, 1e-4), 4)
    (value, slope), (alone, its_slope) = (Signals.of(one, AlpPhoton).slopes(points) for one in (both, run))
    np.testing.assert_allclose(value, alone, rtol=1e-13)
    np.testing.assert_allclose(slope, its_slope, rtol=1e-13)
    assert Signals.of(both, AlpPhoton).over(*np.log(BOX[:2])).tables
