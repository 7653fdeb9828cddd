"""Ionisation by the formula of Bethe, and what is left behind a column."""

import conftest
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from jaxdump.transport.energy_loss import ICE_LOSS, ROCK_LOSS, energy_after, energy_before, ionisation, ranges

MUON, ELECTRON = 0.1056583755, 0.51099895e-3
B = 4.63e-6
losses = jax.jit(ionisation)
muon_after, muon_before = jax.jit(energy_after), jax.jit(energy_before)
before = jax.jit(
    lambda energy, column, charge, mass: ranges(mass, B, jnp.asarray(1e6, mass.dtype)).before(energy, column, charge)
)
slopes = jax.jit(jax.jacrev(lambda *args: before(*args)[0][0, 0], (0, 1, 2, 3)))


def bethe(energy, mass):
    """a [GeV cm2/g] in standard rock, with the density effect as tabulated."""
    gamma = energy / mass
    squared = gamma**2 - 1
    beta_squared = squared / gamma**2
    most = 2 * ELECTRON * squared / (1 + 2 * gamma * ELECTRON / mass + (ELECTRON / mass) ** 2)
    x = np.log10(np.sqrt(squared))
    delta = 0.0
    if x > 0.0492:
        delta = 2 * np.log(10) * x - 3.7738 + (0.08301 * (3.0549 - x) ** 3.4120 if x < 3.0549 else 0.0)
    logarithm = np.log(2 * ELECTRON * squared * most / 136.4e-9**2)
    return 0.307075e-3 * 0.5 / beta_squared * (logarithm / 2 - beta_squared - delta / 2)


def ahead(energy, column, charge, mass):
    """Energy before a column, by the integral of dE / S."""
    power = lambda e: bethe(e, mass) + B * MUON / mass * e
    crossed = lambda e: quad(lambda log_e: np.exp(log_e) / power(np.exp(log_e)), np.log(energy), np.log(e), epsrel=1e-9)[0]
    return brentq(lambda e: crossed(e) - charge**2 * column, energy, 1e7 * energy, xtol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("mass", [0.01, MUON, 1.0, 10.0])
def test_ionisation_is_that_of_bethe(mass, dtype):
    momentum = np.geomspace(0.3, 1e6, 12)
    got = losses(jnp.asarray(momentum, dtype), dtype.type(mass))
    wanted = [bethe(mass * np.hypot(1, p), mass) for p in momentum]
    np.testing.assert_allclose(got, wanted, rtol=1e-5 if dtype == np.float32 else 1e-10)


def test_muons_lose_what_is_measured():
    """1.688 MeV cm2/g at the minimum, in standard rock: PDG."""
    momentum = np.linspace(2, 6, 100)
    assert np.min(losses(momentum, MUON)) == pytest.approx(1.688e-3, rel=3e-3)


CASES = [(10.0, 2e5, 0.1, 1.0), (10.0, 2e5, 0.3, 1.0), (1.05, 2e5, 0.03, 1.0), (100.0, 1e7, 0.1, 4.0), (0.5, 2e5, 0.03, 0.05)]


@pytest.mark.parametrize(("energy", "column", "charge", "mass"), CASES)
def test_what_is_lost_equals_quadrature(energy, column, charge, mass, dtype):
    numbers = [dtype.type(value) for value in (charge, mass)]
    rapidity, log_growth = before(jnp.array([[energy]], dtype), jnp.array([[column]], dtype), *numbers)
    assert rapidity.dtype == dtype
    wanted = ahead(energy, column, charge, mass)
    assert mass * np.cosh(float(rapidity[0, 0])) == pytest.approx(wanted, rel=1e-3)
    step = 1e-4 * energy
    growth = (ahead(energy + step, column, charge, mass) - ahead(energy - step, column, charge, mass)) / (2 * step)
    assert np.exp(float(log_growth[0, 0])) == pytest.approx(growth, rel=5e-3)


def test_slopes_equal_finite_differences_and_are_finite_everywhere(dtype):
    point = [10.0, 2e5, 0.1, 1.0]
    shaped = lambda values: [jnp.array([[v]], dtype) if i < 2 else jnp.asarray(v, dtype) for i, v in enumerate(values)]
    if dtype == np.float64:
        rapidity = lambda values: np.arccosh(ahead(*values) / values[3])
        for i, slope in enumerate(slopes(*shaped(point))):
            up, down = ([v * (1 + sign * 1e-4 * (i == j)) for j, v in enumerate(point)] for sign in (1, -1))
            assert float(slope.sum()) * point[i] == pytest.approx((rapidity(up) - rapidity(down)) / 2e-4, rel=2e-2)
    for charge, mass in [(1e-12, 1e-5), (1e-3, 1.0), (1.0, 100.0), (30.0, 4e5)]:
        every = slopes(*shaped([2 * mass, 1e10, charge, mass]))
        assert all(np.all(np.isfinite(slope)) for slope in every)


def test_energy_loss_equals_the_reference(dtype):
    rows = np.array(conftest.stored("atmosphere")["energy_loss"]).T
    (energy, depth, charge), (behind, ahead, growth) = jnp.asarray(rows[:3], dtype), rows[3:]
    a, b = ROCK_LOSS
    tolerance = 1e-6 if dtype == np.float32 else 1e-10
    np.testing.assert_allclose(np.asarray(muon_after(energy, depth, charge, a, b), float), behind, rtol=tolerance)
    np.testing.assert_allclose(np.asarray(muon_before(energy, depth, charge, a, b), float), ahead, rtol=tolerance)
    slope = jax.jit(jax.vmap(jax.grad(energy_before), (0, 0, 0, None, None)))(energy, depth, charge, a, b)
    np.testing.assert_allclose(np.asarray(slope, float), growth, rtol=tolerance)
    np.testing.assert_allclose(
        muon_after(muon_before(energy, depth, charge, a, b), depth, charge, a, b), energy, rtol=3 * tolerance
    )


@pytest.mark.parametrize("charge", [1e-12, 1e-6, 1e-3])
def test_a_small_charge_loses_what_its_square_says(charge, dtype):
    a, b = ICE_LOSS
    loss = lambda squared: energy_after(jnp.asarray(10.0, dtype), jnp.asarray(1e5, dtype), jnp.sqrt(squared), a, b)
    slope = jax.jit(jax.grad(loss))(jnp.asarray(charge**2, dtype))
    assert float(slope) == pytest.approx(-(a + 10 * b) * 1e5, rel=2e-6)


def test_energies_stay_finite_for_any_column(dtype):
    for function in (energy_after, energy_before):
        value, slopes = jax.jit(jax.value_and_grad(function, (0, 1, 2)))(
            jnp.asarray(10.0, dtype), jnp.asarray(1e10, dtype), jnp.asarray(1.0, dtype), *ROCK_LOSS
        )
        assert np.all(np.isfinite([value, *slopes]))
