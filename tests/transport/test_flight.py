import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.integrate import quad

from jaxdump.flux import CLOSED, Flux
from jaxdump.theories import AlpMuon, AlpPhoton
from jaxdump.transport.flight import FlightFromAir

R = 6.371e6
PLACES = [(1019.0, 15e3), (0.0, 15e3), (3000.0, 100.0), (1e5, 4e4)]


def distance(cosine: float, depth: float, height: float) -> float:
    """[m] back along a straight line to where the particle was made, from the centre of the Earth."""
    sine = np.sqrt(1 - cosine**2)
    return np.sqrt((R + height) ** 2 - ((R - depth) * sine) ** 2) - (R - depth) * cosine


def left(lives: float, depth: float, height: float) -> float:
    """Integral over the solid angle of what is left, `lives` being the vertical path in decay lengths."""
    rate = lives / (depth + height)
    horizon = np.sqrt(2 * (depth + height) / R)
    ends = [1, *(horizon * step for step in (10, 3, 1, 0.1)), 0, *(-horizon * step for step in (0.1, 1, 3, 10)), -1]
    ends = [end for end in ends if abs(end) <= 1]
    inside = lambda cosine: 2 * np.pi * np.exp(-rate * distance(cosine, depth, height))
    return sum(quad(inside, low, high, epsabs=0, epsrel=1e-11)[0] for high, low in itertools.pairwise(ends))


def beam(theory, energy=10.0):
    """One particle per m2, s and sr."""
    one = jnp.ones_like(theory.mass)[None]
    return Flux(energy * one, theory.mass * one, 0 * one, 0 * theory.mass)


paths = jax.jit(lambda depth, height: FlightFromAir(depth, height, n=32).paths(depth.dtype))


@jax.jit
def arrived(coupling, depth, height):
    """log of what comes to the detector, of axions of 20 MeV and 10 GeV."""
    theory = AlpPhoton(jnp.asarray(0.02, coupling.dtype), coupling)
    return FlightFromAir(depth, height)(theory, beam(theory)).log_total()


slopes = jax.jit(jax.value_and_grad(arrived, (0, 1, 2)))


@functools.cache
def rate_of_one():
    """[1/m] of such axions for a coupling of 1 GeV^-1."""
    return float(jnp.exp(AlpPhoton(0.02, 1.0).log_decay_rate(jnp.asarray([10.0]), jnp.asarray([0.02])))[0])


def coupling_for(rate):
    """At which such axions decay `rate` times per metre."""
    return jnp.asarray(np.sqrt(rate / rate_of_one()))


@pytest.mark.parametrize(("depth", "height"), PLACES)
def test_paths_and_solid_angles(depth, height, dtype):
    length, solid_angle = paths(jnp.asarray(depth, dtype), jnp.asarray(height, dtype))
    assert length.dtype == solid_angle.dtype == dtype
    tolerance = {"float32": 3e-6, "float64": 1e-12}[dtype.name]
    assert float(jnp.sum(solid_angle)) == pytest.approx(4 * np.pi, rel=tolerance)
    own, far = R - depth, R + height
    cosine = (far**2 - own**2 - np.asarray(length, float) ** 2) / (2 * own * np.asarray(length, float))
    np.testing.assert_allclose(length, distance(cosine, depth, height), rtol=1e-5 if dtype == np.float32 else 1e-9)
    mean, _ = quad(lambda c: 2 * np.pi * distance(c, depth, height), -1, 1, epsrel=1e-10, limit=200, points=[-0.01, 0.01])
    assert float(jnp.sum(length * solid_angle)) == pytest.approx(mean, rel=max(tolerance, 1e-9))


@pytest.mark.parametrize("lives", [1e-4, 0.03, 1.0, 5.0, 12.0, 30.0])
def test_what_is_left_equals_quadrature(lives):
    for depth, height in PLACES[:2]:
        got = float(arrived(coupling_for(lives / (depth + height)), depth, height))
        assert got == pytest.approx(np.log(left(lives, depth, height)), abs=3e-6 if lives < 20 else 3e-4)


def test_gradients_equal_finite_differences():
    for lives in (0.1, 3.0, 20.0):
        point = [coupling_for(lives / 16019), jnp.asarray(1019.0), jnp.asarray(15e3)]
        for i, slope in enumerate(slopes(*point)[1]):
            moved = lambda value, i=i, point=point: arrived(*point[:i], value, *point[i + 1 :])
            wanted = oracles.log_derivative(moved, point[i])
            assert float(slope * point[i]) == pytest.approx(wanted, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize("coupling", [1e-12, 1e-5, 1e-3, 1e3])
def test_finite_in_both_precisions(coupling):
    values = []
    for dtype in ("float32", "float64"):
        value, gradient = slopes(*(jnp.asarray(number, dtype) for number in (coupling, 1019.0, 15e3)))
        assert value.dtype == dtype
        assert np.all(np.isfinite([value, *gradient]))
        values.append(float(value))
    assert values[0] == pytest.approx(values[1], rel=1e-6, abs=2e-5)
    assert values[1] >= CLOSED


def test_stable_particles_all_arrive():
    stay = jax.jit(lambda theory: FlightFromAir(1019.0)(theory, beam(theory)).log_total())
    assert float(stay(AlpMuon(0.1, 1e-3, loop_photons=0.0))) == pytest.approx(np.log(4 * np.pi), rel=1e-12)


def test_wrong_use_is_told():
    theory = AlpPhoton(0.02, 1e-3)
    with pytest.raises(ValueError, match="height must be finite and positive, not 0"):
        FlightFromAir(1019.0, 0.0)
    with pytest.raises(ValueError, match="depth must be at least 0"):
        FlightFromAir(-1.0)
    with pytest.raises(ValueError, match="without angles"):
        FlightFromAir(1019.0)(theory, dataclasses.replace(beam(theory), angle=jnp.zeros(1)))
