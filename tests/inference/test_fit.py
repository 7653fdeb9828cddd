import dataclasses
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import norm, poisson

import jaxdump
from jaxdump import Channel, SignalRegion
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.experiments import NA64MU_1E13, NA64MU_2022
from jaxdump.inference.fit import FitStatus, merged, projections, starts
from jaxdump.theories import AlpMuon, AlpPhoton

TRUTH = 0.02, 6e-4
BOX = (3e-3, 0.2, 1e-4, 1e-2)
ONE_REGION = NA64MU_1E13.only("invisible")
ITS_BOX = (5e-3, 0.1, 1e-5, 1e-1)


@partial(jax.jit, static_argnums=1)
def expected(run, theory, mass, coupling):
    """The counts that a point lets expect, the information in them, and the errors of mass and coupling, by one program."""
    counts = [region.observed for region in jaxdump.asimov(run, theory(mass, coupling)).regions]
    return counts, jaxdump.fisher_information(run, theory, mass, coupling), jaxdump.expected_errors(run, theory, mass, coupling)


def seen(run, counts):
    """The run with such counts, as plain numbers: all such runs are fitted by one program, that of the command too."""
    return jaxdump.with_observed(run, list(map(float, counts)))


@partial(jax.jit, static_argnums=1)
def signal(run, theory, x):
    """The events of each region at (ln mass, ln coupling), and the slopes of their logs."""

    def twice(x):
        log_signal = run.log_signal(theory(*jnp.exp(x)))
        return log_signal, jnp.exp(log_signal)

    slopes, events = jax.jacfwd(twice, has_aux=True)(x)
    return events, slopes


def events(x):
    """The axions with photons that 1e13 muons give in each region."""
    return np.asarray(signal(NA64MU_1E13, AlpPhoton, np.asarray(x, dtype=float))[0])


@cache
def truth():
    """The counts that `TRUTH` lets expect, the information in them, and the errors."""
    return expected(NA64MU_1E13, AlpPhoton, *TRUTH)


@pytest.fixture(scope="module")
def found():
    return jaxdump.fit(seen(NA64MU_1E13, truth()[0]), AlpPhoton, BOX)


def test_injected_mass_and_coupling_are_recovered(found):
    np.testing.assert_allclose(found.best.value, TRUTH, rtol=1e-6)
    assert found.best.status == FitStatus.FOUND


def test_two_counts_are_met_exactly():
    """Without background mass and coupling can make both expectations what was seen, and nothing is more probable."""
    wanted = np.asarray(truth()[0]) * [1.2, 0.8]
    found = jaxdump.fit(seen(NA64MU_1E13, wanted), AlpPhoton, BOX)
    np.testing.assert_allclose(events(np.log(found.best.value)), wanted, rtol=1e-6)
    assert found.best.status == FitStatus.FOUND


def test_covariance_is_the_inverse_of_the_fisher_information(found):
    """For Asimov data the Hessian is the information."""
    _, information, errors = truth()
    np.testing.assert_allclose(found.best.covariance, np.linalg.inv(information), rtol=1e-5)
    np.testing.assert_allclose(errors, np.sqrt(np.diag(found.best.covariance)), rtol=1e-5)


def test_information_equals_finite_differences():
    x, step = np.log(TRUTH), 1e-5
    slopes = np.stack([(events(x + step * axis) - events(x - step * axis)) / (2 * step) for axis in np.eye(2)])
    wanted = np.einsum("ar,br,r->ab", slopes, slopes, 1 / events(x))
    np.testing.assert_allclose(truth()[1], wanted, rtol=1e-7)


def test_intervals_equal_a_profile_by_scipy(found):
    data = events(np.log(TRUTH))
    log_likelihood = lambda mean: np.sum(data * np.log(mean) - mean)
    best = log_likelihood(data)
    for i, ((low, high),) in enumerate(found.intervals):

        def excess(value, i=i):
            full = lambda other: np.insert([other], i, value)
            start = np.log(TRUTH[1 - i])
            profile = minimize_scalar(
                lambda other: -log_likelihood(events(full(other))), bounds=(start - 1, start + 1), method="bounded"
            )
            return 2 * (best + profile.fun) - norm.ppf((1 + 0.6827) / 2) ** 2

        middle = np.log(TRUTH[i])
        assert np.log(low) == pytest.approx(brentq(excess, middle - 1, middle, xtol=1e-6), abs=2e-3)
        assert np.log(high) == pytest.approx(brentq(excess, middle, middle + 1, xtol=1e-6), abs=2e-3)


@pytest.mark.slow
def test_nuisances_are_fitted_too():
    """Random counts, uncertain backgrounds and a shared uncertainty of the signal, against scipy."""
    regions = tuple(
        dataclasses.replace(
            region, observed=seen, background=b, background_error=b / 2, signal_error=0.2, signal_nuisance="yield"
        )
        for region, seen, b in zip(NA64MU_1E13.regions, (9.0, 5.0), (2.0, 1.0), strict=True)
    )
    run = dataclasses.replace(NA64MU_1E13, regions=regions)
    found = jaxdump.fit(run, AlpPhoton, BOX)
    assert found.names[-1] == "yield"

    def loss(x):
        mean = events(x[:2]) * 1.2 ** x[4] + np.array([2.0, 1.0]) * 1.5 ** x[2:4]
        return -poisson.logpmf([9, 5], mean).sum() - norm.logpdf(x[2:]).sum()

    start = np.concatenate([np.log(found.best.value[:2]), found.best.value[2:]])
    wanted = minimize(loss, start + 0.1, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000})
    assert found.best.log_likelihood == pytest.approx(-wanted.fun, abs=1e-8)
    np.testing.assert_allclose(start, wanted.x, atol=1e-4)


def test_one_count_cannot_tell_mass_from_coupling():
    """An invisible count of long-lived axions: only the number of events is known, at any mass."""
    counts, _, errors = expected(ONE_REGION, AlpMuon, 0.02, 1e-3)
    found = jaxdump.fit(seen(ONE_REGION, counts), AlpMuon, ITS_BOX)
    assert found.best.status == FitStatus.DEGENERATE
    assert np.isnan(found.best.covariance).all()
    assert np.isnan(found.intervals[0]).all()
    _, slopes = signal(ONE_REGION, AlpMuon, np.log(found.best.value))
    assert abs(found.best.direction @ np.asarray(slopes[0])) < 1e-4
    assert np.isinf(errors).all()


def test_nothing_seen_gives_an_upper_limit():
    """No event and no background: half an event is allowed, at most at the largest mass; no coupling is too small."""
    found = jaxdump.fit(ONE_REGION, AlpMuon, ITS_BOX)
    assert found.best.status == FitStatus.EDGE
    assert found.best.value[1] < 2e-5
    assert np.isnan(found.best.covariance).all()
    ((low, high),) = found.intervals[1]
    assert np.isnan(low)
    at_limit, at_best = (signal(ONE_REGION, AlpMuon, np.log(at))[0][0] for at in ((ITS_BOX[1], high), found.best.value))
    assert at_limit - at_best == pytest.approx(0.5, rel=2e-3)
    assert np.isnan(found.intervals[0]).all()


def test_nothing_seen_begins_with_the_weakest_coupling():
    """Axions that decay at once are not seen either: the interval has two pieces, and the first is the limit."""
    found = jaxdump.fit(NA64MU_1E13, AlpPhoton)
    assert found.best.value[1] < 1.1e-4  # at the edge of the box
    low, high = found.interval(1, found.best.value[1])
    assert np.isnan(low)
    assert (high, found.intervals[1][-1, 0]) == (pytest.approx(1.533e-4, rel=2e-3), pytest.approx(2.814e-3, rel=2e-3))


def near_and_far(exposure):
    """Decays between 3 and 10 m, and nearly all up to 30 m: two decay lengths give the same share of the former."""
    channel = lambda *lengths: Channel("bremsstrahlung", (VisibleDecay(DecayVolume(*lengths)),))
    seen = lambda name, *lengths: SignalRegion(name, (channel(*lengths),), 0.0, 0.0, 2.3)
    return dataclasses.replace(NA64MU_1E13, exposure=exposure, regions=(seen("late", 3.0, 10.0), seen("all", 0.01, 30.0)))


@pytest.mark.parametrize("exposure", [1e13, 1e14])
def test_two_optima_are_both_found(exposure):
    """With more muons their intervals come apart."""
    run, truth = near_and_far(exposure), (0.03, 6e-4)
    counts = np.asarray(signal(run, AlpPhoton, np.log(truth))[0])
    found = jaxdump.fit(seen(run, counts), AlpPhoton, (3e-3, 0.3, 1e-4, 1e-2))
    values = np.array(sorted(tuple(optimum.value) for optimum in found.optima))
    np.testing.assert_allclose(values[0], truth, rtol=1e-5)
    assert values[1] == pytest.approx([0.04075, 5.615e-4], rel=1e-3)
    for value, optimum in zip(values, found.optima, strict=True):
        np.testing.assert_allclose(signal(run, AlpPhoton, np.log(value))[0], counts, rtol=1e-5)
        assert optimum.status == FitStatus.FOUND
    masses, _ = found.intervals
    assert len(masses) == {1e13: 1, 1e14: 2}[exposure]
    for low, high in (found.interval(0, mass) for mass in values[:, 0]):
        assert np.any((low < values[:, 0]) & (values[:, 0] < high))


def test_what_the_box_does_not_bound_has_no_end():
    """A region that reaches the edge between two curves, or without any."""
    xs, ys = np.linspace(0.0, 1.0, 5), np.linspace(0.0, 2.0, 5)
    allowed = np.zeros((5, 5), bool)
    allowed[1:3, :2] = True
    masses, couplings = projections((), allowed, xs, ys)
    np.testing.assert_allclose(masses, np.exp([[0.25, 0.5]]))
    np.testing.assert_allclose(couplings, [[np.nan, np.exp(0.5)]])
    assert np.isnan(projections((), np.ones((5, 5), bool), xs, ys)).all()
    assert [len(ends) for ends in projections((), np.zeros((5, 5), bool), xs, ys)] == [0, 0]


def test_intervals_are_unions():
    np.testing.assert_array_equal(merged([(3.0, 4.0), (0.0, 1.0), (0.5, 2.0), (4.0, 5.0)]), [[0, 2], [3, 5]])


def test_starts_are_peaks():
    plane = -np.add.outer((np.arange(9.0) % 4 - 2) ** 2, np.arange(3.0))
    plane[6] -= 0.5
    assert starts(plane) == [(2, 0), (6, 0)]
    assert starts(np.zeros((4, 4))) == [(0, 0)]


def test_counts_of_unknown_backgrounds_are_not_fitted():
    with pytest.raises(ValueError, match="nothing tells a signal in visible from its background, which is unknown"):
        jaxdump.fit(NA64MU_2022.only("visible"), AlpPhoton, BOX)


def test_bad_boxes_are_told():
    for box in ((0.2, 0.1, 1e-5, 1.0), (0.1, 0.2, 0.0, 1.0), (0.1, np.inf, 1e-5, 1.0)):
        with pytest.raises(ValueError, match="box"):
            jaxdump.fit(NA64MU_1E13, AlpPhoton, box)
