"""What holds for every theory in every region of every experiment, in both precisions."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from conftest import with_slopes

from jaxdump.experiments import EXPERIMENTS, NA64MU_1E13, NA64MU_2022
from jaxdump.flux import CLOSED
from jaxdump.names import with_numbers
from jaxdump.theories import THEORIES, AlpPhoton

MASSES, COUPLINGS = np.geomspace(1e-5, 100, 15), np.geomspace(1e-12, 1e3, 16)
POINTS = [(2e-3, 1e-4), (0.04, 1e-3), (0.17, 3e-4), (0.35, 1e-5), (1.2, 0.1)]
signal = jax.jit(lambda experiment, theory: experiment.log_signal(theory))
EACH = [pytest.param(theory, id=name, marks=pytest.mark.xdist_group(name)) for name, theory in THEORIES.items()]  # compile once
every_theory = pytest.mark.parametrize("theory", EACH)


@functools.cache
def compiled(theory):
    """log_signal of the 2022 run, and its gradients in (mass, coupling) by forward and by reverse mode."""
    at = lambda mass, coupling: NA64MU_2022.log_signal(theory(mass, coupling))
    both, reverse = (jax.jit(jax.vmap(function)) for function in (with_slopes(at), jax.jacrev(at, argnums=(0, 1))))
    return lambda *x: both(*x)[0], lambda *x: both(*x)[1], reverse


def evaluate(function, masses, couplings):
    """A compiled function at a few points: padded to the size of the plane, so that it compiles once."""
    masses, couplings = np.broadcast_arrays(masses, couplings)
    padded = [np.resize(column, MASSES.size * COUPLINGS.size) for column in (masses.ravel(), couplings.ravel())]
    return jax.tree.map(lambda leaf: np.asarray(leaf)[: masses.size], function(*(jnp.asarray(column) for column in padded)))


def plane(dtype):
    """All masses with all couplings."""
    return [jnp.asarray(a.ravel(), dtype=dtype) for a in np.meshgrid(MASSES, COUPLINGS)]


@every_theory
def test_value_and_gradient_are_finite_over_the_whole_plane(theory, dtype):
    value, forward, reverse = compiled(theory)
    signal = value(*plane(dtype))
    assert signal.dtype == dtype
    assert np.all(np.isfinite(signal))
    for along, back in zip(forward(*plane(dtype)), reverse(*plane(dtype)), strict=True):
        assert np.all(np.isfinite(along))
        assert np.all(np.isfinite(back))
        if dtype == np.float64:
            np.testing.assert_allclose(back, along, rtol=1e-6, atol=1e-9)


@every_theory
def test_float32_agrees_with_float64(theory):
    value = compiled(theory)[0]
    exact, single = (np.asarray(value(*plane(dtype)), dtype=float) for dtype in ("float64", "float32"))
    seen = exact > -20
    assert seen.any()
    assert np.abs(single - exact)[seen].max() < 2e-5


@every_theory
def test_compiled_and_mapped_equal_one_by_one(theory):
    together = evaluate(compiled(theory)[0], *np.transpose(POINTS))
    mass, coupling = POINTS[1]
    np.testing.assert_allclose(together[1], NA64MU_2022.log_signal(theory(mass, coupling)), rtol=1e-11)
    bound = jax.jit(NA64MU_2022.log_signal)
    np.testing.assert_allclose(together, np.stack([bound(theory(*point)) for point in POINTS]), rtol=1e-11)


@every_theory
def test_gradients_equal_finite_differences(theory):
    value, gradient, _ = compiled(theory)
    for mass, coupling in POINTS:
        slopes = evaluate(gradient, mass, coupling)
        for row in range(2):
            along_mass = lambda m, g=coupling, row=row: evaluate(value, m, g)[0, row]
            along_coupling = lambda g, m=mass, row=row: evaluate(value, m, g)[0, row]
            scale = abs(along_mass(mass)) + 1
            for function, point, slope in ((along_mass, mass, slopes[0]), (along_coupling, coupling, slopes[1])):
                wanted = oracles.log_derivative(function, point)
                assert float(slope[0, row]) * point == pytest.approx(wanted, rel=1e-5, abs=1e-10 * float(scale))


@every_theory
def test_closed_is_zero(theory):
    """Heavier than the beam: no events, and no gradient but that of the coupling."""
    assert np.all(evaluate(compiled(theory)[0], [170.0, 1e4], [1.0, 1e3]) < CLOSED / 2)


@every_theory
def test_signal_grows_as_the_square_of_a_small_coupling(theory):
    slope = evaluate(compiled(theory)[1], [1e-3, 0.05], 1e-7)[1][:, 0] * 1e-7
    np.testing.assert_allclose(slope, 2.0, rtol=1e-6)


def test_long_lived_visible_decays_grow_as_the_fourth_power():
    slope = evaluate(compiled(AlpPhoton)[1], 0.01, 1e-7)[1][0] * 1e-7
    np.testing.assert_allclose(slope, [2.0, 4.0], rtol=1e-6)


def test_experiments_differ_only_as_they_say():
    theory = AlpPhoton(0.02, 1e-3)
    for experiment in (e for name, e in EXPERIMENTS.items() if name.startswith("na64mu")):
        shift = np.log(experiment.exposure / NA64MU_2022.exposure)
        np.testing.assert_allclose(signal(experiment, theory) - signal(NA64MU_2022, theory), shift, rtol=1e-10)


def test_experiment_at_a_mass_answers_for_every_coupling():
    ready = NA64MU_1E13.at_mass(AlpPhoton(0.05, 0.123))
    for coupling in (1e-6, 1e-3, 1.0):
        theory = AlpPhoton(0.05, coupling)
        np.testing.assert_allclose(signal(ready, theory), signal(NA64MU_1E13, theory), rtol=1e-12)


def test_yield_and_efficiency_multiply():
    theory = AlpPhoton(0.05, 1e-3)
    flat, _ = with_numbers(NA64MU_2022, AlpPhoton, {"efficiency": 0.5})
    doubled, _ = with_numbers(flat, AlpPhoton, {"yield_per_muon": 4.0})
    np.testing.assert_allclose(signal(doubled, theory) - signal(flat, theory), np.log(4), rtol=1e-12)
    full = dataclasses.replace(flat, exposure=2 * flat.exposure)
    np.testing.assert_allclose(signal(full, theory) - signal(flat, theory), np.log(2), rtol=1e-12)
