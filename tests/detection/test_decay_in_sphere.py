from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.detection.decay_in_sphere import DecayInSphere
from jaxdump.detection.sphere import log_multiple_in_sphere
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
    share = widths["electron", "electron"] / sum(widths.values())
    assert 0.01 < share < 0.99
    faster = rate(dark) / rate(bright)
    lives = np.log(rate(bright) * 2 * RADIUS)
    more = float(mean(jnp.asarray(lives + np.log(faster))) - mean(jnp.asarray(lives)))
    assert float(decays(dark) - decays(bright)) == pytest.approx(np.log(share) + more, abs=1e-9)
    assert decays(AlpMuon(0.1, 1e-3, loop_photons=0.0)) < CLOSED / 2
    assert decays(LmuLtau(0.1, 1e-3)) < CLOSED / 2


def test_wrong_use_is_told():
    with pytest.raises(ValueError, match="radius must be finite and positive, not 0"):
        DecayInSphere(0.0, 1.0)
