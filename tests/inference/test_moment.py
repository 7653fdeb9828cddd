"""The muon's magnetic moment as a line, and couplings that agree with a measurement."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.fields import Number
from jaxdump.inference.limits import intervals_of
from jaxdump.inference.moment import MuonMoment, agreement
from jaxdump.numerics.level_sets import CurveStatus
from jaxdump.numerics.roots import Status
from jaxdump.theories import Alp, AxialVector, LmuLtau, PseudoscalarMuon
from jaxdump.theories.moments import DELTA_A, unit_moment

MASSES = np.array([0.01, 0.2])


def coupling(vertex, value):
    return np.array([(value / float(unit_moment(vertex, jnp.asarray(mass)))) ** 0.5 for mass in MASSES])


def test_limits_lie_where_the_moment_has_the_value():
    limits = jaxdump.limit(MuonMoment(251e-11), LmuLtau, MASSES)
    np.testing.assert_allclose(limits.lower[:, 0], coupling("vector", 251e-11), rtol=1e-9)
    assert np.isnan(limits.upper).all()
    other = jaxdump.limit(MuonMoment(251e-11), PseudoscalarMuon, MASSES)  # of the other sign
    assert (other.status == Status.ALLOWED).all()
    own = jaxdump.limit(MuonMoment(-251e-11), PseudoscalarMuon, MASSES)
    np.testing.assert_allclose(own.lower[:, 0], coupling("pseudoscalar", -251e-11), rtol=1e-9)


def test_contours_and_their_slopes_follow_it():
    (island,) = jaxdump.contours(MuonMoment(251e-11), LmuLtau, (0.01, 1.0, 1e-5, 1e-1)).islands
    assert island.status == CurveStatus.COMPLETE
    at = np.argmin(abs(np.log(island.points[:, 0] / 0.2)))
    unit = float(unit_moment("vector", jnp.asarray(island.points[at, 0])))
    assert unit * island.points[at, 1] ** 2 == pytest.approx(251e-11, rel=1e-6)
    intervals = lambda value: intervals_of(MuonMoment(value), LmuLtau, jnp.asarray(0.2), (1e-6, 1.0), jaxdump.interval)
    slope = jax.grad(lambda value: jnp.log(intervals(value).lower[0]))(251e-11)
    assert float(slope) * 251e-11 == pytest.approx(0.5, rel=1e-9)


def test_couplings_agree_within_two_sigma():
    earlier, now = (agreement(LmuLtau, MASSES, DELTA_A[year]) for year in ("2021", "2025"))
    np.testing.assert_allclose(earlier.lower, coupling("vector", 133e-11), rtol=1e-9)
    np.testing.assert_allclose(earlier.upper, coupling("vector", 369e-11), rtol=1e-9)
    assert np.isnan(now.lower).all()  # zero agrees
    np.testing.assert_allclose(now.upper, coupling("vector", 164e-11), rtol=1e-9)
    lowering = agreement(AxialVector, MASSES, DELTA_A["2025"])
    np.testing.assert_allclose(lowering.upper, coupling("axial", -88e-11), rtol=1e-9)
    assert np.isnan(agreement(AxialVector, MASSES, DELTA_A["2021"]).upper).all()  # none agrees
    at_zero = agreement(LmuLtau, MASSES, Number(2e-9, "A", "an end at zero", error=1e-9))
    np.testing.assert_allclose(at_zero.upper, coupling("vector", 4e-9), rtol=1e-9)
    assert np.isnan(at_zero.lower).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: MuonMoment(0.0), "magnetic moment: the value must be finite and not zero, not 0"),
        (lambda: MuonMoment(float("nan")), "magnetic moment: the value must be finite and not zero, not nan"),
        (lambda: agreement(LmuLtau, MASSES, Number(1e-9, "A", "no error")), "needs the error of the measurement"),
        (lambda: jaxdump.limit(MuonMoment(1e-9), jaxdump.Family(Alp, {"g_muon": 0.1}), MASSES), "of photon-fusion"),
    ],
)
def test_what_has_no_line_is_told(call, told):
    with pytest.raises(ValueError, match=told):
        call()
