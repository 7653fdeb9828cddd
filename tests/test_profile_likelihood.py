"""Asymptotic CLs and q-tilde against pyhf and scipy."""

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
from counting import Region, counts_from
from scipy.optimize import brentq, minimize
from scipy.stats import norm, poisson

from jaxdump.criterion import Rule, profiled, profiled_upper_count
from jaxdump.profile_likelihood import background_asimov, expected_excess, log_asymptotic_cls, q_tilde

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")  # of pyhf
SIGMAS = (-2, -1, 0, 1, 2)
log_cls = jax.jit(log_asymptotic_cls, static_argnums=2)
asimov = jax.jit(background_asimov)
excess = jax.jit(expected_excess, static_argnums=2)
CASES = {
    "exact": ((Region(5.0, 3.0),), (4.0,)),
    "nothing seen": ((Region(0.0, 3.0, 1.5),), (4.0,)),
    "deficit": ((Region(2.0, 20.0, 1.1),), (9.0,)),
    "excess": ((Region(30.0, 9.0, 1.3),), (12.0,)),
    "two regions": ((Region(5.0, 3.0, 1.5, 1.2), Region(8.0, 10.0, 1.1, 1.1)), (4.0, 7.0)),
    "shared": ((Region(5.0, 3.0, 1.5, 1.2, "b", "s"), Region(8.0, 10.0, 1.1, 1.1, "b", "s")), (4.0, 2.0)),
    "three": ((Region(1.0, 2.0, 1.4), Region(4.0, 5.0, 1.2), Region(60.0, 50.0, 1.05)), (2.0, 1.0, 9.0)),
}


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
    counts, log_signal = counts_from(*regions), jnp.log(jnp.array(signal))
    assert float(jnp.exp(log_cls(counts, log_signal))) == pytest.approx(float(observed), rel=1e-5)
    bands = [0.1 / np.exp(float(excess(asimov(counts), log_signal, "asymptotic", 0.9, float(n)))) for n in SIGMAS]
    np.testing.assert_allclose(bands, np.array(expected, dtype=float), rtol=1e-5)


@pytest.mark.parametrize("level", [0.90, 0.95])
def test_limit_of_one_region_equals_pyhf(level):
    regions, signal = (Region(5.0, 3.0, 1.3),), (1.0,)
    model, data = model_of(regions, signal)
    wanted, _ = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0, 40, level=1 - level, rtol=1e-9)
    got = profiled_upper_count(profiled(counts_from(*regions), Rule("asymptotic", level)))
    assert float(got) == pytest.approx(float(wanted), rel=1e-5)


def test_q_tilde_equals_scipy():
    (region,), signal = (Region(7.0, 3.0, 1.5, 1.2),), 9.0

    def loss(x, strength):
        mean = strength * signal * 1.2 ** x[1] + 3.0 * 1.5 ** x[0]
        return -poisson.logpmf(7, mean) - norm.logpdf(x).sum()

    profile = lambda strength: minimize(loss, np.zeros(2), args=(strength,), method="BFGS", options={"gtol": 1e-10}).fun
    best = min(profile(strength) for strength in np.linspace(0.4, 0.5, 201))
    got = jax.jit(lambda s: q_tilde(counts_from(region), s))(jnp.log(jnp.array([signal])))
    assert float(got) == pytest.approx(2 * (profile(1.0) - best), abs=1e-5)


def test_profile_limit_without_events_is_half_the_threshold():
    """q-tilde is then twice the signal."""
    for level in (0.90, 0.95):
        got = profiled_upper_count(profiled(counts_from(Region(0.0, 0.0)), Rule("profile", level)))
        assert float(got) == pytest.approx(norm.ppf(level) ** 2 / 2, rel=1e-9)


def test_exact_background_in_closed_form():
    """One count without errors: q-tilde = 2 (n ln(n / (s + b)) - n + s + b) above the best signal, CLs from arXiv:1007.1727."""
    n, b = 5.0, 3.0

    def log_cls_of(s):
        root, asimov = (np.sqrt(2 * (m * np.log(m / (s + b)) - m + s + b)) for m in (n, b))
        beyond = root - asimov if root <= asimov else (root**2 - asimov**2) / (2 * asimov)
        return norm.logcdf(-beyond - asimov) - norm.logcdf(-beyond)

    wanted = brentq(lambda s: log_cls_of(s) - np.log(0.1), 3, 30, xtol=1e-12)
    got = profiled_upper_count(profiled(counts_from(Region(n, b)), Rule("asymptotic", 0.9)))
    assert float(got) == pytest.approx(wanted, rel=1e-8)


value_and_slope = jax.jit(jax.value_and_grad(log_asymptotic_cls, argnums=1))


@pytest.mark.parametrize("region", [Region(0.0, 0.0), Region(1e6, 1e6, 1.1), Region(2.0, 60.0), Region(4.0, 3.0, 31.0)])
def test_finite_in_absurd_corners(region):
    counts = counts_from(region)
    for log_signal in (-1e5, -50.0, 0.0, 30.0, 70.0):
        assert all(np.isfinite(part).all() for part in value_and_slope(counts, jnp.array([log_signal]))), log_signal


def test_frozen_optima_give_the_same_first_derivatives():
    regions, signal = CASES["two regions"]
    counts, log_signal = counts_from(*regions), jnp.log(jnp.array(signal))
    whole, frozen = (jax.jit(jax.grad(lambda s, f=f: log_asymptotic_cls(counts, s, f))) for f in (False, True))
    np.testing.assert_allclose(frozen(log_signal), whole(log_signal), rtol=1e-7)
    value = jax.jit(lambda s: log_asymptotic_cls(counts, s))
    for i, axis in enumerate(np.eye(2)):
        wanted = (value(log_signal + 1e-4 * axis) - value(log_signal - 1e-4 * axis)) / 2e-4
        assert float(whole(log_signal)[i]) == pytest.approx(float(wanted), rel=1e-5)
