"""Daughters of decays that hit a detector, against events drawn one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.detection.acceptance import DaughterAcceptance
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.flux import Flux
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories import AlpPhoton

SHIELD, LENGTH, RADIUS, SPREAD = 179.0, 204.0, 1.7, 0.0089
STAGE = DaughterAcceptance(DecayVolume(SHIELD, LENGTH), RADIUS, SPREAD)
EVENTS = 400_000
SHORT = (0.1, 20.0, 2e-3, 3e-5)
"""Decays within a twentieth of the volume: whether both daughters hit is a step, which the nodes smear."""
POINTS = [
    (0.01, 10.0, 0.0, 1e-5),
    (0.1, 20.0, 2e-3, 1e-5),
    (0.3, 15.0, 3e-3, 1e-7),
    (0.2, 5.0, 5e-3, 1e-6),
    (0.05, 4.0, 0.0, 1e-5),
]
"""Mass, energy, mean angle, coupling: lifetimes above and below the volume, daughters close together and far apart."""


def drawn(mass, energy, angle, rate):
    """Mean and error of the chance that both hit, of particles with all angles from 0 to 2 `angle` alike."""
    random = np.random.default_rng(1)
    momentum = np.sqrt(energy**2 - mass**2)
    depth = -np.log1p(random.random(EVENTS) * np.expm1(-rate * LENGTH)) / rate
    whole = SHIELD + LENGTH
    turn = 2 * np.pi * random.random((2, EVENTS))
    shower = random.normal(scale=whole * SPREAD / energy / np.sqrt(2), size=(2, EVENTS))
    place = whole * 2 * angle * random.random(EVENTS) * np.stack([np.cos(turn[0]), np.sin(turn[0])]) + shower
    cosine = 2 * random.random(EVENTS) - 1
    hit = np.ones(EVENTS, bool)
    for sign in (1, -1):
        along, across = momentum + sign * energy * cosine, sign * mass * np.sqrt(1 - cosine**2)
        opening = (LENGTH - depth) * across / along
        hit &= (along > 0) & (np.sum((place + opening * np.stack([np.cos(turn[1]), np.sin(turn[1])])) ** 2, axis=0) < RADIUS**2)
    return hit.mean(), hit.std() / EVENTS**0.5


def accepted(mass, energy, angle, coupling):
    """Share of the decays in the volume whose daughters both hit, of particles with all angles from 0 to 2 `angle` alike."""
    theory, at = AlpPhoton(mass, coupling), lambda value: jnp.broadcast_to(value, 12)
    shares, weights = gauss_legendre(12, jnp.zeros_like(angle), jnp.ones_like(angle))
    flux = Flux(at(energy), at(mass), jnp.log(weights), jnp.zeros_like(mass), 2 * angle * shares)
    return jnp.exp(STAGE(theory, flux).log_total())


values = jax.jit(lambda points: jax.lax.map(lambda point: accepted(*point), points))
slopes = jax.jit(lambda points: jax.lax.map(lambda point: jax.jacfwd(lambda p: accepted(*p))(point), points))


def rate(mass, energy, coupling):
    """Decays per metre, g^2 m^4 / (64 pi p hbar c)."""
    return coupling**2 * mass**4 / (64 * np.pi * np.sqrt(energy**2 - mass**2) * 1.973269804e-16)


@pytest.mark.parametrize(("number", "point"), list(enumerate(POINTS)))
def test_acceptance_equals_drawn_events(number, point):
    mass, energy, angle, coupling = point
    wanted, error = drawn(mass, energy, angle, rate(mass, energy, coupling))
    assert wanted > 20 * error
    assert values(jnp.array(POINTS))[number] == pytest.approx(wanted, abs=4 * error, rel=0.01)


def test_short_lifetimes_are_smeared_over_the_nodes():
    wanted, error = drawn(*SHORT[:3], rate(SHORT[0], SHORT[1], SHORT[3]))
    assert values(jnp.array([SHORT] * len(POINTS)))[0] == pytest.approx(wanted, abs=4 * error, rel=0.1)


def test_precisions_agree_and_slopes_equal_finite_differences():
    points = np.array(POINTS)
    got = np.asarray(values(jnp.array(points)))
    np.testing.assert_allclose(values(jnp.array(points, jnp.float32)), got, rtol=1e-4)
    for i in (0, 1, 3):  # mass, energy, coupling
        step = 1e-5 * points * (np.arange(4) == i)
        wanted = (values(jnp.array(points + step)) - values(jnp.array(points - step))) / 2e-5
        np.testing.assert_allclose(slopes(jnp.array(points))[:, i] * points[:, i], wanted, rtol=1e-5, atol=1e-8)


def test_finite_with_finite_slopes_for_any_mass_and_lifetime(dtype):
    corners = [(m, 5.0, a, g) for m in (1e-6, 0.1, 4.999, 5.0) for a in (0.0, 1e-3, 0.5) for g in (1e-12, 1e-5, 1e3)]
    got = np.asarray(values(jnp.array(corners, dtype)))
    assert np.all((got >= 0) & (got <= 1 + 1e-3))
    assert np.all(np.isfinite(slopes(jnp.array(corners, dtype))))


def test_a_flux_without_angles_is_refused():
    flux = Flux(jnp.ones(1), jnp.ones(1), jnp.zeros(1), jnp.zeros(()))
    with pytest.raises(ValueError, match="needs the angles of the flux"):
        STAGE(AlpPhoton(1.0, 1.0), flux)
