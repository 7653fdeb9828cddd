from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.integrate import quad

from jaxdump.detection.decay_in_sphere import DecayInSphere
from jaxdump.detection.recoil import log_multiple_in_sphere
from jaxdump.flux import CLOSED, Flux
from jaxdump.theories import AlpMuon, AlpPhoton, DarkPhoton, LmuLtau

RADIUS, DENSITY = 17.5, 1.1
YEAR = 365.25 * 86400
KILOTONNES = 4 / 3 * np.pi * RADIUS**3 * DENSITY * 1e-3

mean = jax.jit(partial(log_multiple_in_sphere, hits=1))
rates = jax.jit(lambda theory: jnp.exp(theory.log_decay_rate(jnp.asarray([10.0]), theory.mass[None]))[0])


@jax.jit
def decays(theory):
    """log of the decays in a kt yr, of one particle of 10 GeV per m2 and s."""
    one = jnp.ones_like(theory.mass)[None]
    flux = Flux(10 * one, theory.mass * one, 0 * one, 0 * theory.mass)
    return DecayInSphere(RADIUS, DENSITY)(theory, flux).log_total()


def rate(theory):
    """[1/m]"""
    return float(rates(theory))


def test_mean_over_the_chords_equals_quadrature(dtype):
    """Chords of a length v, in diameters, have the density 2 v."""
    log_lives = jnp.asarray(np.linspace(-12, 6, 19), dtype)
    chord = lambda v, lives: -2 * v * np.expm1(-lives * v)
    wanted = [quad(chord, 0, 1, args=(np.exp(float(v)),), points=[min(1, 5 / np.exp(v))], epsabs=0)[0] for v in log_lives]
    got = mean(log_lives)
    assert got.dtype == dtype
    np.testing.assert_allclose(np.exp(np.asarray(got, float)), wanted, rtol=1e-5 if dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("coupling", [1e-8, 1e-3, 0.01])
def test_decays_equal_drawn_ones(coupling):
    """Particles that cross a disc as large as the sphere, at a place drawn anew for each, and decay after a drawn path."""
    theory = AlpPhoton(0.05, coupling)
    generator = np.random.default_rng(1)
    half = RADIUS * np.sqrt(generator.uniform(size=400_000))
    seen = np.mean(-np.expm1(-rate(theory) * 2 * half))
    wanted = seen * np.pi * RADIUS**2 * YEAR / KILOTONNES
    assert float(decays(theory)) == pytest.approx(np.log(wanted), abs=2e-3)


def test_long_lived_particles_decay_everywhere_alike():
    theory = AlpPhoton(0.05, 1e-10)
    wanted = rate(theory) * 1e3 / DENSITY * YEAR
    assert float(decays(theory)) == pytest.approx(np.log(wanted), rel=1e-9)


def test_only_what_is_visible_counts():
    dark, bright = (DarkPhoton(0.05, 1e-5, alpha_D=jnp.asarray(alpha)) for alpha in (1e-12, 0.0))
    widths = {name: float(width) for name, width in jax.jit(lambda theory: theory.widths())(dark).items()}
    share = widths["electrons"] / sum(widths.values())
    assert 0.01 < share < 0.99
    faster = rate(dark) / rate(bright)
    lives = np.log(rate(bright) * 2 * RADIUS)
    more = float(mean(jnp.asarray(lives + np.log(faster))) - mean(jnp.asarray(lives)))
    assert float(decays(dark) - decays(bright)) == pytest.approx(np.log(share) + more, abs=1e-9)
    assert decays(AlpMuon(0.1, 1e-3, loop_photons=0.0)) < CLOSED / 2
    assert decays(LmuLtau(0.1, 1e-3)) < CLOSED / 2


def test_finite_with_right_gradients(dtype):
    slope = jax.jit(jax.value_and_grad(lambda v: log_multiple_in_sphere(v, 1)))
    for log_lives in (CLOSED, -60.0, -3.0, 0.0, 2.0, 30.0, 200.0):
        value, gradient = slope(jnp.asarray(log_lives, dtype))
        assert np.isfinite(value)
        assert value <= 1e-6
        if abs(log_lives) < 10:
            wanted = oracles.log_derivative(lambda lives: mean(jnp.log(lives)), np.exp(log_lives))
            assert float(gradient) == pytest.approx(wanted, abs=2e-5 if dtype == np.float32 else 1e-9)
        else:
            assert float(gradient) == pytest.approx(float(log_lives < 0), abs=1e-5)


def test_wrong_use_is_told():
    with pytest.raises(ValueError, match="radius must be finite and positive, not 0"):
        DecayInSphere(0.0, 1.0)
