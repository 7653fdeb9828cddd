"""Masses at which decays open, and contours through them."""

from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS
from jaxdump.experiments import NA64MU_2022
from jaxdump.inference.thresholds import kinks
from jaxdump.matter.mesons import MESONS
from jaxdump.numerics.level_sets import CurveStatus, SearchStatus
from jaxdump.theories import AlpPhoton, DarkPhoton, LmuLtau
from jaxdump.theories.family import family

BOX = (0.05, 1.0, 1e-4, 1.0)


@pytest.mark.parametrize(
    ("theory", "masses"),
    [
        (LmuLtau, [2 * MUON_MASS, 2 * TAU_MASS]),
        (partial(DarkPhoton, alpha_D=0.0), [2 * ELECTRON_MASS, MESONS["pi0"].mass, 2 * MUON_MASS, 2 * TAU_MASS]),
        (AlpPhoton, []),
    ],
)
def test_decays_open_at_their_thresholds(theory, masses):
    """To the last digits; hadrons open with a neutral pion and a photon."""
    found = np.exp(kinks(NA64MU_2022, family(theory), np.log(1e-4), np.log(10.0)))
    assert len(found) == len(masses)
    for one, wanted in zip(found, masses, strict=True):
        assert one == pytest.approx(wanted, rel=1e-13)


class TwoThresholds(LmuLtau):
    """Decays that open within a step of the search, a coupling that does, and a width that jumps at a mass that it tells."""

    particles = ("X", "A", "B")

    def emissions(self, lepton):
        (way,) = super().emissions(lepton) or (None,)
        return (way._replace(coupling=jnp.where(self.mass > 0.05, self.g, 0.0)),) if way else ()

    def widths(self, particle=""):
        opens = {
            (name, name): jnp.where(self.mass > mass, self.g**2 * self.mass, 0.0) for name, mass in (("A", 0.1), ("B", 0.1001))
        }
        return {**opens, ("neutrino", "neutrino"): self.g**2 * self.mass * jnp.where(self.mass > 0.5, 2.0, 1.0)}

    def kinks(self):
        return {"the width": self.mass - 0.5}


def test_thresholds_near_each_other_and_those_that_a_theory_tells_are_found():
    found = np.exp(kinks(NA64MU_2022, family(TwoThresholds), np.log(1e-4), np.log(10.0)))
    np.testing.assert_allclose(found, [0.05, 0.1, 0.1001, 0.5], rtol=1e-13)


@pytest.mark.parametrize("ends", [(0.05, 1 + 1e-12), (0.05, 1.0), (0.05, 1 - 1e-9)])
def test_a_box_may_end_at_a_threshold(ends):
    """Below it nothing is visible, and the invisible curve is whole."""
    low, high = ends[0], 2 * MUON_MASS * ends[1]
    found = jaxdump.contours(NA64MU_2022, LmuLtau, (low, high, 1e-4, 1.0))
    (island,) = found.islands
    assert (island.region, island.status) == ("invisible", CurveStatus.COMPLETE)
    np.testing.assert_allclose(np.sort(island.points[[0, -1], 0]), [low, high], rtol=1e-8)


def test_a_contour_goes_through_the_threshold_of_muons():
    """One curve, on the limits on both sides, with the root just above the threshold."""
    run = NA64MU_2022.only("invisible")
    found = jaxdump.contours(run, LmuLtau, BOX)
    (island,), (survey,) = found.islands, found.surveys
    assert (island.status, survey.status, island.closed) == (CurveStatus.COMPLETE, SearchStatus.COMPLETE, False)
    np.testing.assert_allclose(island.points[[0, -1], 0], BOX[:2], rtol=1e-12)
    masses = 2 * MUON_MASS * np.exp([-0.5, -1e-3, 1e-6, 1e-4, 1e-2, 0.5])
    limits = jaxdump.limit(run, LmuLtau, masses)
    place = lambda mass: np.sign(mass - 2 * MUON_MASS) * np.sqrt(np.abs(mass - 2 * MUON_MASS))  # a root is straight in it
    along = np.interp(place(masses), place(island.path[:, 0]), np.log(island.path[:, 1]))
    np.testing.assert_allclose(along, np.log(limits.lower[:, 0]), atol=2e-4)
