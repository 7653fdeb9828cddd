import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import norm, poisson

import jaxdump
from jaxdump.experiments import NA64MU_1E13
from jaxdump.fitting import FitStatus
from jaxdump.theories import AlpMuon, AlpPhoton

TRUTH = 0.02, 6e-4
BOX = (3e-3, 0.2, 1e-4, 1e-2)
DATA = jax.jit(lambda: jaxdump.asimov(NA64MU_1E13, AlpPhoton(*TRUTH)))()


@pytest.fixture(scope="module")
def found():
    return jaxdump.fit(DATA, AlpPhoton, BOX)


@pytest.fixture(scope="module")
def log_likelihood():
    """Of the Asimov data at (ln mass, ln coupling), from the signal and scipy alone."""
    signal = jax.jit(lambda x: NA64MU_1E13.log_signal(AlpPhoton(*jnp.exp(x))))
    seen = np.exp(np.asarray(signal(np.log(TRUTH))))
    continuous = lambda mean: np.sum(seen * np.log(mean) - mean)
    return lambda x: float(continuous(np.exp(np.asarray(signal(np.asarray(x, dtype=float))))))


def test_injected_mass_and_coupling_are_recovered(found):
    np.testing.assert_allclose(found.value, TRUTH, rtol=1e-6)
    assert found.status == FitStatus.FOUND


def test_optax_finds_the_same():
    again = jaxdump.fit(DATA, AlpPhoton, BOX, optimiser="optax")
    np.testing.assert_allclose(again.value, TRUTH, rtol=1e-6)
    assert again.status == FitStatus.FOUND


def test_covariance_is_the_inverse_of_the_fisher_information(found):
    """For Asimov data the Hessian is the information."""
    information = jax.jit(lambda: jaxdump.fisher_information(NA64MU_1E13, AlpPhoton, *TRUTH))()
    np.testing.assert_allclose(found.covariance, np.linalg.inv(information), rtol=1e-5)
    errors = jax.jit(lambda: jaxdump.expected_errors(NA64MU_1E13, AlpPhoton, *TRUTH))()
    np.testing.assert_allclose(errors, np.sqrt(np.diag(found.covariance)), rtol=1e-5)


def test_information_equals_finite_differences():
    mean = jax.jit(lambda x: jnp.exp(NA64MU_1E13.log_signal(AlpPhoton(*jnp.exp(x)))))
    x, step = np.log(TRUTH), 1e-5
    slopes = np.stack([(mean(x + step * axis) - mean(x - step * axis)) / (2 * step) for axis in np.eye(2)])
    wanted = np.einsum("ar,br,r->ab", slopes, slopes, 1 / np.asarray(mean(x)))
    information = jax.jit(lambda: jaxdump.fisher_information(NA64MU_1E13, AlpPhoton, *TRUTH))()
    np.testing.assert_allclose(information, wanted, rtol=1e-7)


def test_intervals_equal_a_profile_by_scipy(found, log_likelihood):
    best = log_likelihood(np.log(TRUTH))
    for i, (low, high) in enumerate(found.interval):

        def excess(value, i=i):
            full = lambda other: np.insert([other], i, value)
            start = np.log(TRUTH[1 - i])
            profile = minimize_scalar(
                lambda other: -log_likelihood(full(other)), bounds=(start - 1, start + 1), method="bounded"
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
    signal = jax.jit(lambda x: jnp.exp(run.log_signal(AlpPhoton(*jnp.exp(x)))))

    def loss(x):
        mean = np.asarray(signal(x[:2])) * 1.2 ** x[4] + np.array([2.0, 1.0]) * 1.5 ** x[2:4]
        return -poisson.logpmf([9, 5], mean).sum() - norm.logpdf(x[2:]).sum()

    start = np.concatenate([np.log(found.value[:2]), found.value[2:]])
    wanted = minimize(loss, start + 0.1, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000})
    assert found.log_likelihood == pytest.approx(-wanted.fun, abs=1e-8)
    np.testing.assert_allclose(start, wanted.x, atol=1e-4)


def test_one_count_cannot_tell_mass_from_coupling():
    """An invisible count of long-lived axions: only the number of events is known, at any mass."""
    alone = jax.jit(lambda: jaxdump.asimov(NA64MU_1E13.only("invisible"), AlpMuon(0.02, 1e-3)))()
    found = jaxdump.fit(alone, AlpMuon, (5e-3, 0.1, 1e-5, 1e-1))
    assert found.status == FitStatus.DEGENERATE
    assert np.isnan(found.covariance).all()
    assert np.isnan(found.interval[0]).all()
    signal = jax.jit(jax.grad(lambda x: alone.log_signal(AlpMuon(*jnp.exp(x)))[0]))
    assert abs(found.direction @ np.asarray(signal(np.log(found.value)))) < 1e-4
    assert np.isinf(jax.jit(lambda: jaxdump.expected_errors(alone, AlpMuon, 0.02, 1e-3))()).all()


def test_nothing_seen_ends_at_the_edge():
    found = jaxdump.fit(NA64MU_1E13.only("invisible"), AlpMuon, (5e-3, 0.1, 1e-5, 1e-1))
    assert found.status == FitStatus.EDGE
    assert found.value[1] < 2e-5
    assert np.isnan(found.covariance).all()


def test_bad_boxes_are_told():
    for box in ((0.2, 0.1, 1e-5, 1.0), (0.1, 0.2, 0.0, 1.0), (0.1, np.inf, 1e-5, 1.0)):
        with pytest.raises(ValueError, match="box"):
            jaxdump.fit(DATA, AlpPhoton, box)
