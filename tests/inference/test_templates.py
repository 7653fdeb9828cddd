"""Backgrounds of known shape and free normalisation: the likelihood against pyhf and scipy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
from counting import stacked
from scipy.optimize import minimize
from scipy.stats import norm, poisson

from jaxdump.experiment import Experiment, combine
from jaxdump.flux import CLOSED
from jaxdump.inference.counts import counts_of, nuisance_names, random_counts
from jaxdump.inference.exclusion import criterion
from jaxdump.inference.profile import background_asimov, log_asymptotic_cls, q_tilde
from jaxdump.inference.statistics import CLs
from jaxdump.region import Signal, SignalRegion, Template

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")  # of pyhf
SHAPES = np.array([[8.0, 5.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
SIGNAL = np.array([0.5, 6.0, 3.0, 0.5, 0.1])
OBSERVED = {"alike": (9, 8, 7, 5, 6), "none of the second": (14, 8, 6, 2, 0), "an excess": (9, 17, 12, 7, 5)}
KNOWN, ERROR = 0.7, 0.2


def spectrum(observed, error=None, name="run") -> Experiment:
    """Bins with a small known background of their own, which has one pull if it has an error."""
    return Experiment(
        name,
        "",
        (),
        1.0,
        (),
        tuple(
            SignalRegion(
                f"bin {i}",
                (),
                float(n),
                KNOWN,
                None,
                background_error=error,
                background_nuisance="b" if error else "",
                templates=(Template("falling", SHAPES[0, i]), Template("rising", SHAPES[1, i])),
            )
            for i, n in enumerate(observed)
        ),
    )


def pyhf_model(observed):
    """The same, the bounds of the free normalisations far away."""
    sample = lambda name, data, *modifiers: {"name": name, "data": list(data), "modifiers": list(modifiers)}
    free = lambda name: {"name": name, "type": "normfactor", "data": None}
    samples = [sample("signal", SIGNAL, free("mu")), sample("known", [KNOWN] * len(SIGNAL))]
    samples += [sample(name, shape, free(name)) for name, shape in zip(("falling", "rising"), SHAPES, strict=True)]
    parameters = [{"name": name, "bounds": [[0, 50]]} for name in ("mu", "falling", "rising")]
    spec = {"channels": [{"name": "all", "samples": samples}], "parameters": parameters}
    model = pyhf.Model(spec, poi_name="mu", validate=False)
    return model, list(map(float, observed))


CORNERS = [CLOSED, -50.0, 30.0, 70.0]
MOVES = 1e-4 * np.concatenate([np.eye(5), -np.eye(5)])
log_cls_of = lambda counts, log_signal, frozen: log_asymptotic_cls(counts, Signal(log_signal), frozen)
with_slope = jax.value_and_grad(log_cls_of, argnums=1)
one_by_one = lambda counts, signals, frozen: jax.lax.map(lambda case: with_slope(*case, frozen), (counts, signals))
log_cls_and_slopes = jax.jit(one_by_one, static_argnums=2)


@functools.cache
def log_cls(frozen, dtype=np.float64):
    """log CLs and its slopes in the signals: as observed, there moved along each signal, and in absurd corners."""
    signal = np.log(SIGNAL)
    points = {name: (observed, [signal]) for name, observed in OBSERVED.items()}
    points |= {"moved": (OBSERVED["alike"], signal + MOVES), "absurd": ((0,) * 5, np.full((5, 4), CORNERS).T)}
    counts = [counts_of(spectrum(observed), dtype) for observed, signals in points.values() for _ in signals]
    log_signals = jnp.array(np.concatenate([signals for _, signals in points.values()]), dtype)
    parts = map(np.asarray, log_cls_and_slopes(stacked(counts), log_signals, frozen))
    ends = np.cumsum([len(signals) for _, signals in points.values()])[:-1]
    return dict(zip(points, zip(*(np.split(part, ends) for part in parts), strict=True), strict=True))


@pytest.mark.parametrize("name", OBSERVED)
def test_cls_with_free_templates_equals_pyhf(name):
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
    model, data = pyhf_model(OBSERVED[name])
    wanted = float(pyhf.infer.hypotest(1.0, data, model, test_stat="qtilde"))
    for frozen in (False, True):
        assert float(np.exp(log_cls(frozen)[name][0][0])) == pytest.approx(wanted, rel=2e-5)


def test_probability_with_pulls_and_templates_equals_scipy():
    counts = counts_of(spectrum(OBSERVED["alike"], ERROR))
    assert nuisance_names(spectrum(OBSERVED["alike"], ERROR)) == ("b", "falling", "rising")
    pull, falling, rising = 0.8, -0.3, 1.5
    mean = 2 * SIGNAL + KNOWN * (1 + ERROR / KNOWN) ** pull + (1 + falling) * SHAPES[0] + (1 + rising) * SHAPES[1]
    wanted = poisson.logpmf(OBSERVED["alike"], mean).sum() + norm.logpdf(pull)
    at = jnp.array([pull, falling, rising])
    got = jax.jit(lambda c: c.log_probability(Signal(jnp.log(jnp.array(SIGNAL))), at, 2.0))(counts)
    assert float(got) == pytest.approx(wanted, rel=1e-12)


def test_pulls_and_templates_profiled_together_equal_scipy():
    observed = np.array(OBSERVED["an excess"])

    def loss(x, strength):
        mean = strength * SIGNAL + KNOWN * (1 + ERROR / KNOWN) ** x[0] + x[1:] @ SHAPES
        return -poisson.logpmf(observed, mean).sum() + x[0] ** 2 / 2

    def least(strengths):
        start, bounds = [0.1, 1.0, 1.0, 1.0], [(None, None), (0, None), (0, None), strengths]
        options = {"ftol": 1e-15, "gtol": 1e-9}
        return minimize(lambda x: loss(x[:3], x[3]), start, bounds=bounds, method="L-BFGS-B", options=options).fun

    counts, strength = counts_of(spectrum(observed, ERROR)), 3.0
    got = jax.jit(q_tilde)(counts, Signal(jnp.log(strength * jnp.array(SIGNAL))))
    assert float(got) == pytest.approx(2 * (least((strength, strength)) - least((0, strength))), abs=1e-3)


def test_a_template_that_is_not_wanted_ends_at_zero():
    counts = counts_of(spectrum(OBSERVED["none of the second"]))
    asimov = jax.jit(background_asimov)(counts)
    assert float(asimov.centre[1]) == -1
    np.testing.assert_allclose(asimov.observed, KNOWN + (1 + asimov.centre[0]) * SHAPES[0], rtol=1e-12)


@pytest.mark.parametrize("frozen", [False, True])
def test_first_derivatives_equal_finite_differences(frozen):
    values, _ = log_cls(frozen)["moved"]
    _, (slopes,) = log_cls(frozen)["alike"]
    np.testing.assert_allclose(slopes, (values[:5] - values[5:]) / 2e-4, rtol=1e-5)


@pytest.mark.parametrize("corner", CORNERS)
def test_finite_in_absurd_corners(corner, dtype):
    for part in log_cls(False, dtype.type)["absurd"]:
        assert part.dtype == dtype
        assert np.isfinite(part[CORNERS.index(corner)]).all()


def test_toys_leave_free_normalisations_alone():
    counts = counts_of(spectrum(OBSERVED["alike"]))
    drawn = random_counts(jax.random.key(1), counts, Signal(jnp.full(5, CLOSED)), 4000)
    expected = KNOWN + SHAPES.sum(axis=0)
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=5 * np.sqrt(expected / 4000).max())
    np.testing.assert_allclose(drawn.var(axis=0), expected, rtol=0.12)


def test_runs_share_templates_of_one_name():
    both = combine(spectrum(OBSERVED["alike"]), spectrum(OBSERVED["an excess"], name="other"))
    assert nuisance_names(both) == ("falling", "rising")
    assert counts_of(both).templates.shape == (10, 2)


def test_a_bin_alone_has_no_limit_and_says_so():
    with pytest.raises(ValueError, match="bin 0 of run is a bin of a spectrum: combine, with asymptotic or profile"):
        criterion(spectrum(OBSERVED["alike"]), CLs())


def test_bad_templates_are_told():
    with pytest.raises(ValueError, match="falling: events must be finite and at least 0, not -1"):
        Template("falling", -1.0)
