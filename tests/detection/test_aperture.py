"""Both daughters of a decay in an aperture, against decays drawn one by one and against limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.detection.aperture import Aperture
from jaxdump.flux import Flux
from jaxdump.matter.particles import PARTICLES
from jaxdump.testing import Plan, check_stage
from jaxdump.theories import AlpPhoton, ScalarMuon

EVENTS, ROWS = 200_000, 5
PAIRS = {"photons": ("photon", "photon"), "muons": ("muon", "muon"), "two kinds": ("muon", "hadrons")}
COLUMNS = ("mass", "energy", "angle", "place", "radius", "distance")
DRAWN = {
    "photons": [(0.5, 100, 0.0, 60, 2, 100), (0.5, 50, 0.01, 60, 2, 100), (3.0, 3.3, 0.5, 8, 10, 10)],
    "muons": [(0.5, 20, 0.015, 90, 2, 100), (0.25, 2, 0.03, 10, 5, 100), (0.22, 20, 0.01, 70, 2, 100)],
    "two kinds": [(3.0, 3.3, 0.9, 8, 20, 10), (1.0, 20, 0.019, 90, 2, 100), (0.3, 5, 0.01, 80, 2, 100)],
}
"""Particles on the axis and far from it, relativistic and slow, with daughters that may fly backwards or not."""
FLUX = Flux(
    energy=np.array([150.0, 200.0, 400.0]),
    mass=np.ones(3),
    log_weight=np.array([0.0, -1.0, -2.0]),
    log_scale=np.zeros(()),
    angle=np.array([0.0, 1e-3, 0.015]),
    position=np.array([60.0, 80.0, 95.0]),
)


@jax.jit
def accepted(rows):
    """The probability for each pair of daughters, of columns of `COLUMNS`."""

    def one(row):
        mass, energy, angle, place, radius, distance = row[:, None]
        flux = Flux(energy, mass, jnp.zeros_like(mass), jnp.zeros_like(mass[0]), angle, place)
        stages = [Aperture(radius[0], distance[0], pair, n_azimuth=32) for pair in PAIRS.values()]
        return jnp.stack([jnp.exp(stage(None, flux).log_total()) for stage in stages])

    return jax.lax.map(lambda row: (one(row), jax.jacfwd(one)(row)), rows)


def shares(name, rows):
    padded = np.pad(np.asarray(rows, float), ((0, ROWS - len(rows)), (0, 0)), mode="edge")
    return tuple(np.asarray(every)[: len(rows), [*PAIRS].index(name)] for every in accepted(padded))


def drawn(names, mass, energy, angle, place, radius, distance):
    """Mean and error of the chance that both hit."""
    random, masses = np.random.default_rng(1), [PARTICLES[name].mass for name in names]
    star = np.sqrt(np.prod([mass**2 - (masses[0] + sign * masses[1]) ** 2 for sign in (1, -1)])) / (2 * mass)
    cosine, turn = 2 * random.random(EVENTS) - 1, 2 * np.pi * random.random(EVENTS)
    gamma, hit = energy / mass, np.ones(EVENTS, bool)
    for sign, own in zip((1, -1), masses, strict=True):
        along = gamma * sign * star * cosine + np.sqrt(gamma**2 - 1) * np.hypot(star, own)
        x, y = (sign * star * np.sqrt(1 - cosine**2) * turned for turned in (np.cos(turn), np.sin(turn)))
        p_x, p_z = along * np.sin(angle) + x * np.cos(angle), along * np.cos(angle) - x * np.sin(angle)
        at = place * np.tan(angle) + (distance - place) * p_x / p_z, (distance - place) * y / p_z
        hit &= (p_z > 0) & (np.hypot(*at) < radius)
    return hit.mean(), hit.std() / EVENTS**0.5


@pytest.mark.parametrize("name", PAIRS)
def test_acceptance_equals_drawn_decays(name):
    got = shares(name, DRAWN[name])[0]
    for value, row in zip(got, DRAWN[name], strict=True):
        wanted, error = drawn(PAIRS[name], *row)
        assert wanted > 20 * error
        assert value == pytest.approx(wanted, abs=4 * error)


def test_slopes_equal_finite_differences():
    rows = np.array(DRAWN["two kinds"])
    slopes = shares("two kinds", rows)[1]
    for i, name in enumerate(COLUMNS):
        step = 1e-6 * rows * (np.arange(len(COLUMNS)) == i)
        up, down = (shares("two kinds", rows + sign * step)[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, i] * rows[:, i], (up - down) / 2e-6, rtol=1e-5, atol=1e-7, err_msg=name)


def test_limits():
    """The mass, energy, angle, place, radius and distance, and the known share."""
    gamma, tangent, speed = 50.0, 2 / 40, np.sqrt(1 - 1 / 50**2)
    on_axis = (gamma**2 * tangent**2 * speed - np.sqrt(1 + tangent**2)) / (1 + gamma**2 * tangent**2)
    cases = [
        ((1.0, gamma, 0.0, 60, 2, 100), on_axis),  # of photons, cos > b for the one and < -b for the other
        ((1.0, gamma, 0.0, 60, 1e12, 100), speed),  # all that fly forwards
        ((1.0, 10.0, 0.0, 60, 2, 100), 0.0),  # gamma < 20: both photons never hit
        ((1.0, 100.0, 0.021, 60, 2, 100), 0.0),  # beside the disc
        ((1.0, 100.0, 0.0, 101, 2, 100), 0.0),  # behind it
    ]
    rows, wanted = zip(*cases, strict=True)
    np.testing.assert_allclose(shares("photons", rows)[0], wanted, rtol=1e-12, atol=0)
    muons = [(2 * PARTICLES["muon"].mass * (1 + 1e-12), 20, 0.019, 60, 2, 100), (0.21, 20, 0.0, 60, 2, 100)]
    np.testing.assert_allclose(shares("muons", muons)[0], [1, 0], atol=1e-12)  # at rest to each other; below threshold


def test_it_holds_what_a_stage_must():
    points = ((0.25, 1e-3), (0.4, 1e-5), (1.2, 0.1))
    plan = Plan(masses=(1e-5, 0.01, 0.3, 2.0, 100.0), couplings=(1e-9, 1.0), points=points)
    check_stage(Aperture(2.0, 100.0, PAIRS["muons"]), ScalarMuon, FLUX, plan)


def test_without_angles_particles_fly_along_the_axis():
    straight = Flux(jnp.array([100.0]), jnp.array([0.5]), jnp.zeros(1), jnp.zeros(()), None, jnp.array([60.0]))
    stage = Aperture(2.0, 100.0, PAIRS["photons"])
    got = jnp.exp(jax.jit(lambda flux: stage(None, flux).log_weight)(straight))
    np.testing.assert_allclose(got, shares("photons", DRAWN["photons"])[0][:1], rtol=1e-12)


def test_wrong_arguments_are_told():
    with pytest.raises(ValueError, match=r"aperture: daughters must be two of electron, .* not 'muon'"):
        Aperture(1.0, 1.0, "muon")
    with pytest.raises(ValueError, match=r"not \('muon', 'chi'\)"):
        Aperture(1.0, 1.0, ("muon", "chi"))
    flux = Flux(jnp.ones(1), jnp.ones(1), jnp.zeros(1), jnp.zeros(()))
    with pytest.raises(ValueError, match=r"Aperture needs places of decay, .*: put DecayPlaces before it"):
        Aperture(1.0, 1.0, PAIRS["muons"])(AlpPhoton(1.0, 1.0), flux)
