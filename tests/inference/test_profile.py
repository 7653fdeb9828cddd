"""Asymptotic CLs and q-tilde against pyhf and scipy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
from counting import Region, counts_from, padded, stacked
from scipy.optimize import brentq, minimize
from scipy.stats import norm, poisson

from jaxdump.flux import CLOSED
from jaxdump.inference.profile import (
    background_asimov,
    expected_excess,
    log_asymptotic_cls,
    profile_test,
    profiled_upper_count,
    q_tilde,
)
from jaxdump.region import Signal

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")  # of pyhf
SIGMAS = (-2, -1, 0, 1, 2)
CASES = {
    "exact": ((Region(5.0, 3.0),), (4.0,)),
    "nothing seen": ((Region(0.0, 3.0, 1.5),), (4.0,)),
    "deficit": ((Region(2.0, 20.0, 1.1),), (9.0,)),
    "excess": ((Region(30.0, 9.0, 1.3),), (12.0,)),
    "two regions": ((Region(5.0, 3.0, 1.5, 1.2), Region(8.0, 10.0, 1.1, 1.1)), (4.0, 7.0)),
    "shared": ((Region(5.0, 3.0, 1.5, 1.2, "b", "s"), Region(8.0, 10.0, 1.1, 1.1, "b", "s")), (4.0, 2.0)),
    "three": ((Region(1.0, 2.0, 1.4), Region(4.0, 5.0, 1.2), Region(60.0, 50.0, 1.05)), (2.0, 1.0, 9.0)),
}


def log_cls_and_bands(counts, log_signal):
    """log CLs, and what it is expected to be for each of SIGMAS."""
    asimov = background_asimov(counts)
    excesses = jax.lax.map(
        lambda sigma: expected_excess(asimov, Signal(log_signal), "asymptotic", 0.9, sigma), jnp.array(SIGMAS, float)
    )
    return log_asymptotic_cls(counts, Signal(log_signal), asimov=asimov), jnp.log(0.1) - excesses


@functools.cache
def log_cls_of_cases():
    """The same for each case, all of them as three regions with four pulls: one program."""
    counts = stacked([padded(counts_from(*regions), 3, 4) for regions, _ in CASES.values()])
    signals = [np.pad(np.log(signal), (0, 3 - len(signal)), constant_values=CLOSED) for _, signal in CASES.values()]
    every = jax.jit(lambda counts, signals: jax.lax.map(lambda case: log_cls_and_bands(*case), (counts, signals)))
    return dict(zip(CASES, zip(*every(counts, jnp.array(signals)), strict=True), strict=True))


@pytest.fixture(scope="module", autouse=True)
def precise():
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))


def model_of(regions, signal):
    """The same regions for pyhf: log-normal factors are normsys with exponential interpolation."""

    def modifier(name, factor):
        return {"name": name, "type": "normsys", "data": {"hi": factor, "lo": 1 / factor}}

    channels = []
    for index, (region, s) in enumerate(zip(regions, signal, strict=True)):
        pulls = {kind: [modifier(*pull)] for kind, pull in region.pulls(index).items()}
        strength = {"name": "mu", "type": "normfactor", "data": None}
        samples = [
            {"name": "signal", "data": [s], "modifiers": [strength, *pulls.get("signal", [])]},
            {"name": "background", "data": [region.background], "modifiers": pulls.get("background", [])},
        ]
        channels.append({"name": f"region{index}", "samples": samples})
    spec = {"channels": channels, "parameters": [{"name": "mu", "bounds": [[0, 50]]}]}
    model = pyhf.Model(spec, poi_name="mu", modifier_settings={"normsys": {"interpcode": "code1"}})
    return model, [*(region.observed for region in regions), *model.config.auxdata]


@pytest.mark.parametrize("case", CASES)
def test_cls_and_its_bands_equal_pyhf(case):
    regions, signal = CASES[case]
    model, data = model_of(regions, signal)
    observed, expected = pyhf.infer.hypotest(1.0, data, model, test_stat="qtilde", return_expected_set=True)
    got, bands = map(np.exp, log_cls_of_cases()[case])
    assert float(got) == pytest.approx(float(observed), rel=1e-5)
    np.testing.assert_allclose(bands, np.array(expected, dtype=float), rtol=1e-5)


@pytest.mark.parametrize("level", [0.90, 0.95])
def test_limit_of_one_region_equals_pyhf(level):
    regions, signal = (Region(5.0, 3.0, 1.3),), (1.0,)
    model, data = model_of(regions, signal)
    wanted, _ = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0, 40, level=1 - level, rtol=1e-9)
    got = profiled_upper_count(profile_test(counts_from(*regions), "asymptotic", level), frozen=True)
    assert float(got) == pytest.approx(float(wanted), rel=1e-5)


def test_q_tilde_equals_scipy():
    (region,), signal = (Region(7.0, 3.0, 1.5, 1.2),), 9.0

    def loss(x, strength):
        mean = strength * signal * 1.2 ** x[1] + 3.0 * 1.5 ** x[0]
        return -poisson.logpmf(7, mean) - norm.logpdf(x).sum()

    search = {"method": "BFGS", "options": {"gtol": 1e-10}}
    tested = minimize(loss, np.zeros(2), args=(1.0,), **search).fun
    best = minimize(lambda x: loss(x[:2], x[2]), [0.0, 0.0, 0.45], **search)
    assert 0.4 < best.x[2] < 0.5
    got = jax.jit(lambda s: q_tilde(counts_from(region), Signal(s)))(jnp.log(jnp.array([signal])))
    assert float(got) == pytest.approx(2 * (tested - best.fun), abs=1e-5)


def test_profile_limit_without_events_is_half_the_threshold():
    """q-tilde is then twice the signal."""
    for level in (0.90, 0.95):
        got = profiled_upper_count(profile_test(counts_from(Region(0.0, 0.0)), "profile", level), frozen=True)
        assert float(got) == pytest.approx(norm.ppf(level) ** 2 / 2, rel=1e-9)


def test_exact_background_in_closed_form():
    """One count without errors: q-tilde = 2 (n ln(n / (s + b)) - n + s + b) above the best signal, CLs from arXiv:1007.1727."""
    n, b = 5.0, 3.0

    def log_cls_of(s):
        root, asimov = (np.sqrt(2 * (m * np.log(m / (s + b)) - m + s + b)) for m in (n, b))
        beyond = root - asimov if root <= asimov else (root**2 - asimov**2) / (2 * asimov)
        return norm.logcdf(-beyond - asimov) - norm.logcdf(-beyond)

    wanted = brentq(lambda s: log_cls_of(s) - np.log(0.1), 3, 30, xtol=1e-12)
    got = profiled_upper_count(profile_test(counts_from(Region(n, b)), "asymptotic", 0.9), frozen=True)
    assert float(got) == pytest.approx(wanted, rel=1e-8)


CORNERS = -1e5, -50.0, 0.0, 30.0, 70.0
ABSURD = {
    "nothing": Region(0.0, 0.0),
    "a deficit": Region(2.0, 60.0),
    "a million": Region(1e6, 1e6, 1.1),
    "an error of 30": Region(4.0, 3.0, 31.0),
}
log_cls = lambda counts, log_signal, frozen=False: log_asymptotic_cls(counts, Signal(log_signal), frozen=frozen)
with_slope = jax.value_and_grad(log_cls, argnums=1)
at_signals = lambda case: jax.lax.map(lambda log_signal: with_slope(case[0], log_signal), case[1])
whole = jax.jit(lambda counts, log_signals: jax.lax.map(at_signals, (counts, log_signals)))
frozen = jax.jit(jax.grad(lambda counts, log_signal: log_cls(counts, log_signal, frozen=True), argnums=1))


@functools.cache
def values_and_slopes():
    """log CLs and its slopes of "two regions", there and moved along both signals, and of absurd regions: two programs."""
    regions, signal = CASES["two regions"]
    moved = np.log(signal) + 1e-4 * np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])
    corners = np.array(CORNERS)[:, None]
    wide = {"two regions": (counts_from(*regions), moved)}
    exact = {}
    for name, region in ABSURD.items():
        if region.pulls(0):
            wide[name] = padded(counts_from(region), 2, 4), np.pad(corners, ((0, 0), (0, 1)), constant_values=CLOSED)
        else:
            exact[name] = counts_from(region), corners
    found = {}
    for points in (wide, exact):
        counts, log_signals = zip(*points.values(), strict=True)
        values, slopes = map(np.asarray, whole(stacked(counts), jnp.array(log_signals)))
        found |= dict(zip(points, zip(values, slopes, strict=True), strict=True))
    return found


@pytest.mark.parametrize("name", ABSURD)
def test_finite_in_absurd_corners(name):
    for part in values_and_slopes()[name]:
        assert np.isfinite(part).all()


def test_frozen_optima_give_the_same_first_derivatives():
    regions, signal = CASES["two regions"]
    value, slope = values_and_slopes()["two regions"]
    assert float(value[0]) == pytest.approx(float(log_cls_of_cases()["two regions"][0]), rel=1e-9)
    np.testing.assert_allclose(frozen(counts_from(*regions), jnp.log(jnp.array(signal))), slope[0], rtol=1e-7)
    np.testing.assert_allclose(slope[0], (value[1:3] - value[3:]) / 2e-4, rtol=1e-5)
