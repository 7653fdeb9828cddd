"""What holds for every theory in every region of every experiment, in both precisions."""

import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

from jaxdump.experiments import EXPERIMENTS, NA64MU_1E13, NA64MU_2022
from jaxdump.flux import CLOSED
from jaxdump.inference.limits import nameless
from jaxdump.settings import with_numbers
from jaxdump.theories import THEORIES, AlpPhoton, ScalarMediator

POINTS = [(2e-3, 1e-4), (0.04, 1e-3), (0.17, 3e-4), (0.35, 1e-5), (1.2, 0.1)]
BY_NAME = {
    "plane": [(mass, coupling) for coupling in np.geomspace(1e-12, 1e3, 16) for mass in np.geomspace(1e-5, 100, 15)],
    "points": POINTS,
    "moved": oracles.moved(np.transpose(POINTS)).T,
    "closed": [(170.0, 1.0), (1e4, 1e3)],
    "weak": [(1e-3, 1e-7), (0.05, 1e-7), (0.01, 1e-7)],
}
ENDS = np.cumsum([len(points) for points in BY_NAME.values()])
"""All that is asked of a theory, in one compiled call."""
signal = jax.jit(lambda experiment, theory: experiment.log_signal(theory))
every_theory = pytest.mark.parametrize("theory", THEORIES.values(), ids=THEORIES)


class Answer(NamedTuple):
    """log_signal at some points, and its slopes in (mass, coupling) by forward mode, and of their sum by reverse mode."""

    value: np.ndarray
    forward: np.ndarray
    reverse: np.ndarray


@functools.cache
def answers(theory, dtype: str) -> dict[str, Answer]:
    """Those of the 2022 run at all points."""

    def at(point):
        value, forward = jax.linearize(lambda mass, coupling: NA64MU_2022.log_signal(theory(mass, coupling)), *point)
        reverse = jax.linear_transpose(forward, *point)(jnp.ones_like(value))
        one, zero = jnp.ones_like(point[0]), jnp.zeros_like(point[0])
        return Answer(value, jnp.stack([forward(one, zero), forward(zero, one)]), jnp.stack(reverse))

    points = jnp.asarray(np.concatenate([*BY_NAME.values()]), dtype)
    every = jax.tree.map(np.asarray, jax.jit(lambda points: jax.lax.map(at, points))(points))
    parts = zip(*(np.split(leaf, ENDS[:-1]) for leaf in every), strict=True)
    return dict(zip(BY_NAME, map(Answer._make, parts), strict=True))


@every_theory
def test_value_and_gradient_are_finite_over_the_whole_plane(theory, dtype):
    signal, forward, reverse = answers(theory, dtype.name)["plane"]
    assert signal.dtype == dtype
    assert all(np.all(np.isfinite(each)) for each in (signal, forward, reverse))
    if dtype == np.float64:
        np.testing.assert_allclose(reverse, forward.sum(axis=-1), rtol=1e-6, atol=1e-9)


@every_theory
def test_float32_agrees_with_float64(theory):
    exact, single = (answers(theory, dtype)["plane"].value.astype(float) for dtype in ("float64", "float32"))
    seen = exact > -20
    assert seen.any()
    assert np.abs(single - exact)[seen].max() < 2e-5


@every_theory
def test_mapped_equal_one_by_one(theory):
    masses, couplings = np.transpose(POINTS)
    one_by_one = answers(theory, "float64")["points"].value
    together = jax.jit(jax.vmap(NA64MU_2022.log_signal))(jax.vmap(theory)(masses, couplings))
    np.testing.assert_allclose(together, one_by_one, rtol=1e-11)


def test_compiled_equals_operation_by_operation():
    for theory in (AlpPhoton, ScalarMediator):
        eager = NA64MU_2022.log_signal(theory(*POINTS[1]))
        np.testing.assert_allclose(eager, answers(theory, "float64")["points"].value[1], rtol=1e-11)


@every_theory
def test_gradients_equal_finite_differences(theory):
    value, slopes, _ = answers(theory, "float64")["points"]
    wanted = oracles.log_slopes(answers(theory, "float64")["moved"].value, len(POINTS))
    scaled = np.moveaxis(slopes, 1, 0) * np.transpose(POINTS)[:, :, None]
    assert np.all(np.abs(scaled - wanted) < np.maximum(1e-5 * np.abs(wanted), 1e-10 * (np.abs(value) + 1)))


@every_theory
def test_closed_is_zero(theory):
    """Heavier than the beam: no events, and no gradient but that of the coupling."""
    assert np.all(answers(theory, "float64")["closed"].value < CLOSED / 2)


@every_theory
def test_signal_grows_as_the_square_of_a_small_coupling(theory):
    np.testing.assert_allclose(answers(theory, "float64")["weak"].forward[:2, 1, 0] * 1e-7, 2.0, rtol=1e-6)


def test_long_lived_visible_decays_grow_as_the_fourth_power():
    np.testing.assert_allclose(answers(AlpPhoton, "float64")["weak"].forward[2, 1] * 1e-7, [2.0, 4.0], rtol=1e-6)


def test_experiments_differ_only_as_they_say():
    theory = AlpPhoton(0.02, 1e-3)
    for experiment in (e for name, e in EXPERIMENTS.items() if name.startswith("na64mu")):
        shift = np.log(experiment.exposure / NA64MU_2022.exposure)
        more = signal(nameless(experiment), theory) - signal(nameless(NA64MU_2022), theory)
        np.testing.assert_allclose(more, shift, rtol=1e-10)


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
