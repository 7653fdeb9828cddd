"""Daughters of decays that hit a detector, against events drawn one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.detection.acceptance import DaughterAcceptance
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.flux import Flux
from jaxdump.theories import AlpPhoton

SHIELD, LENGTH, RADIUS, LEAST, SPREAD = 179.0, 204.0, 1.7, 3.0, 0.0089
EVENTS = 400_000


def drawn(mass, energy, angle, rate):
    """Mean and error of the chance to hit, for events with vectors in the plane of the detector."""
    random = np.random.default_rng(1)
    momentum = np.sqrt(energy**2 - mass**2)
    depth = -np.log1p(random.random(EVENTS) * np.expm1(-rate * LENGTH)) / rate
    whole = SHIELD + LENGTH
    cosine = random.random(EVENTS)  # of the harder of the two
    along, across = (momentum + energy * cosine) / 2, mass * np.sqrt(1 - cosine**2) / 2
    turn = 2 * np.pi * random.random((2, EVENTS))
    opening = (whole - SHIELD - depth) * across / along
    shower = random.normal(scale=whole * SPREAD / energy / np.sqrt(2), size=(2, EVENTS))
    place = whole * angle * np.stack([np.cos(turn[0]), np.sin(turn[0])]) + shower
    place = place + opening * np.stack([np.cos(turn[1]), np.sin(turn[1])])
    hit = np.exp(-np.sum(place**2, axis=0) / RADIUS**2) * ((energy + momentum * cosine) / 2 > LEAST)
    return hit.mean(), hit.std() / EVENTS**0.5


@pytest.mark.parametrize(
    ("mass", "energy", "angle", "coupling"),
    [(0.01, 10.0, 0.0, 1e-5), (0.1, 20.0, 2e-3, 1e-4), (0.3, 15.0, 8e-3, 1e-7), (0.2, 5.0, 1e-2, 1e-3), (0.05, 4.0, 0.0, 1e-3)],
)
def test_acceptance_equals_drawn_events(mass, energy, angle, coupling):
    theory = AlpPhoton(jnp.float64(mass), jnp.float64(coupling))
    stage = DaughterAcceptance(DecayVolume(SHIELD, LENGTH), RADIUS, LEAST, SPREAD)
    at = lambda value: jnp.full(1, value)
    flux = Flux(at(energy), at(mass), at(0.0), jnp.float64(0.0), at(angle))
    accepted = float(jnp.exp(jax.jit(stage)(theory, flux).log_total()))
    wanted, error = drawn(mass, energy, angle, float(jnp.exp(theory.log_decay_rate(at(energy), at(mass)))[0]))
    assert wanted > 20 * error
    assert accepted == pytest.approx(wanted, abs=4 * error, rel=0.01)


def test_a_flux_without_angles_is_refused():
    stage = DaughterAcceptance(DecayVolume(SHIELD, LENGTH), RADIUS, LEAST, SPREAD)
    flux = Flux(jnp.ones(1), jnp.ones(1), jnp.zeros(1), jnp.zeros(()))
    with pytest.raises(ValueError, match="needs the angles of the flux"):
        stage(AlpPhoton(1.0, 1.0), flux)
