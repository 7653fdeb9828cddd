"""Contours of real experiments; the method itself is tested in test_level_sets.py."""

import dataclasses
from functools import partial

import jax
import numpy as np
import pytest

import jaxdump
from jaxdump import Channel
from jaxdump.detection.decay import VisibleDecay
from jaxdump.detection.efficiency import Efficiency
from jaxdump.experiments import NA64MU_1E13, NA64MU_2022
from jaxdump.numerics.level_sets import Cover, CurveStatus
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpMuon, AlpPhoton

RUN, _ = with_numbers(NA64MU_1E13, AlpPhoton, {"efficiency": 1.0})
BOX = (1e-3, 0.3, 1e-6, 1e3)
STABLE = partial(AlpMuon, loop_photons=0.0)


@pytest.fixture(scope="module")
def found():
    return jaxdump.contours(RUN, AlpPhoton, BOX)


def excesses(lists):
    """ln(N / N_up) of (invisible, visible) at each of some lists of points of mass and coupling, by one program."""
    signal = jax.jit(lambda points: jax.lax.map(lambda point: RUN.log_signal(AlpPhoton(*point)), points))
    found = np.asarray(signal(np.concatenate(lists))) - np.log(np.log(10))
    return np.split(found, np.cumsum([len(points) for points in lists])[:-1])


def test_points_and_the_curve_between_lie_on_the_boundary(found):
    assert [island.region for island in found.islands] == ["invisible", "visible"]
    at_points = excesses([*(island.points for island in found.islands), *(island.path for island in found.islands)])
    for column, island in enumerate(found.islands):
        assert not island.closed  # it leaves the box at 1 MeV
        assert island.status == CurveStatus.COMPLETE
        assert np.abs(at_points[column][:, column]).max() < 1e-6
        assert island.max_residual < 1e-4
        assert np.abs(at_points[2 + column][:, column]).max() < 3e-4
        np.testing.assert_allclose(island.points[[0, -1], 0], 1e-3, rtol=1e-12)


def test_it_takes_few_calls(found):
    for survey in found.surveys:
        assert survey.evaluations + survey.gradients < 2000


def test_edges_equal_limits(found):
    masses = np.geomspace(1.5e-3, 0.06, 5)
    limits = jaxdump.limit(RUN, AlpPhoton, masses)
    for column, island in enumerate(found.islands):
        mass, coupling = np.log(island.path).T
        sides = np.split(np.arange(mass.size), [np.argmax(mass)])
        for edge, side in zip((limits.lower, limits.upper), sides, strict=True):
            order = side[np.argsort(mass[side])]
            np.testing.assert_allclose(
                np.exp(np.interp(np.log(masses), mass[order], coupling[order])), edge[:, column], rtol=2e-3
            )


def test_branches_meet_at_the_tip(found):
    for island in found.islands:
        alone = RUN.only(island.region)
        tip = jax.jit(lambda alone=alone: jaxdump.tip(alone, AlpPhoton, (0.01, 0.3, 1e-6, 1e-1), counts=np.log(10)))()
        last = island.points[np.argmax(island.points[:, 0])]
        assert last[0] == pytest.approx(float(tip.mass), rel=1e-9)
        assert last[1] == pytest.approx(float(tip.coupling), rel=1e-4)


def two_channels():
    """A region that sees decays right behind the target, with a small efficiency, and far behind it."""
    (region,) = RUN.only("visible").regions
    (channel,) = region.channels
    near = channel.stages[0].detector
    far = dataclasses.replace(near, skip_layers=2e7, exit_length=3e4)
    channels = tuple(
        Channel(channel.production, (VisibleDecay(detector), Efficiency(efficiency)))
        for detector, efficiency in ((dataclasses.replace(near, exit_length=1.0), 0.1), (far, 1.0))
    )
    return dataclasses.replace(RUN, regions=(dataclasses.replace(region, channels=channels),))


def test_two_islands_are_two():
    """At 1.5 MeV they are 8 % apart in coupling, and between them the signal is only 5 % too small."""
    found = jaxdump.contours(two_channels(), AlpPhoton, (1.5e-3, 1.0, 1e-7, 1e2))
    assert [island.status for island in found.islands] == [CurveStatus.COMPLETE] * 2
    upper, lower = sorted(found.islands, key=lambda island: -island.points[:, 1].max())
    for island in (upper, lower):
        np.testing.assert_allclose(island.points[[0, -1], 0], 1.5e-3, rtol=1e-12)
    at_edge = lambda island: np.sort(island.points[[0, -1], 1])
    assert at_edge(lower)[1] < at_edge(upper)[0] < 1.1 * at_edge(lower)[1]


@pytest.mark.parametrize(
    ("theory", "region", "box", "cover"),
    [
        (STABLE, "visible", (1e-3, 0.1, 1e-6, 1e-2), Cover.NEGATIVE),
        (STABLE, "invisible", (1e-3, 0.1, 1e-1, 1.0), Cover.POSITIVE),
    ],
)
def test_no_island_says_why(theory, region, box, cover):
    found = jaxdump.contours(NA64MU_2022.only(region), theory, box)
    assert found.islands == ()
    assert [survey.cover for survey in found.surveys] == [cover]
