import dataclasses
from functools import partial
from itertools import pairwise

import conftest
import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.integrate import quad

from jaxdump.flux import Flux
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories import THEORIES, AlpPhoton, Millicharge
from jaxdump.theories.base import charge_of
from jaxdump.transport.earth import (
    EARTH_RADIUS,
    ICE_LOSS,
    ROCK_LOSS,
    SHELLS,
    Overburden,
    column,
    energy_after,
    energy_before,
    path_length,
)
from jaxdump.transport.energy_loss import ranges

TOLERANCE = {"float32": 1e-6, "float64": 1e-10}
REFERENCE = conftest.stored("atmosphere")
COSINES = (1.0, 0.7, 0.05, 1e-3, 0.0, -1e-3, -0.2, -0.83, -0.84, -0.99, -1.0)

columns = jax.jit(jax.vmap(column))
paths = jax.jit(path_length)
after = jax.jit(energy_after)
before = jax.jit(energy_before)


def table(name, dtype):
    """Columns of a reference table, the last one in float64."""
    *arguments, wanted = np.array(REFERENCE[name]).T
    return *(jnp.asarray(argument, dtype) for argument in arguments), wanted


def density(radius):
    """[g/cm3] of the reference model at a radius [m], the ocean as rock."""
    depth = EARTH_RADIUS - radius
    powers = [powers for start, powers in SHELLS if start <= depth][-1]
    return sum(c * (radius / EARTH_RADIUS) ** k for k, c in enumerate(powers))


def column_by_quadrature(cosine, depth):
    """[g/cm2] step by step from the detector outwards, by adaptive quadrature between the shells."""
    inside = EARTH_RADIUS - depth
    length = -inside * cosine + np.sqrt((inside * cosine) ** 2 + EARTH_RADIUS**2 - inside**2)
    ends = {0.0, length, *([-inside * cosine] if cosine < 0 else [])}
    for start, _ in SHELLS[1:]:
        root = (EARTH_RADIUS - start) ** 2 - inside**2 * (1 - cosine**2)
        ends |= {-inside * cosine + sign * np.sqrt(root) for sign in (-1, 1) if root > 0}
    ends = sorted(end for end in ends if 0 <= end <= length)
    rho = lambda s: density(np.sqrt(inside**2 + s**2 + 2 * inside * s * cosine))
    pieces = [quad(rho, a, b, epsrel=1e-12, limit=200)[0] for a, b in pairwise(ends)]
    return 100 * sum(pieces)


def surface(theory, n=40):
    """A spectrum per sr that falls with the third power, 1 GeV to 1 PeV."""
    depth, weight = gauss_legendre(n, jnp.zeros_like(theory.mass), jnp.log(jnp.full_like(theory.mass, 1e6)))
    log_width = jnp.log(weight) + depth
    return Flux(
        jnp.exp(depth),
        jnp.full_like(depth, theory.mass),
        log_width - 3 * depth,
        jnp.zeros_like(theory.mass),
        log_width=log_width,
    )


ROCK = Overburden(700.0)
COSINE, SOLID_ANGLE = (np.asarray(part) for part in jax.jit(ROCK.directions)(jnp.float64(700.0)))


@jax.jit
def detected(mass, charge):
    """The flux below 700 m of rock."""
    theory = Millicharge(mass, charge)
    return ROCK(theory, surface(theory))


@jax.jit
def arriving(mass, charge):
    """log of its weights, each energy from each direction."""
    theory = Millicharge(mass, charge)
    return ROCK.log_arriving(theory, surface(theory))


@jax.jit
@partial(jax.value_and_grad, argnums=(0, 1, 2))
def mean_energy(mass, charge, depth):
    """A sum over all that a flux says."""
    theory = Millicharge(mass, charge)
    flux = Overburden(depth, n=2)(theory, surface(theory, 5))
    return jnp.sum(jnp.exp(flux.log_weight) * flux.energy)


def test_paths_and_columns_equal_the_reference(dtype):
    cosine, depth, wanted = table("path_rock_cm", dtype)
    got = paths(cosine, depth / 100)
    assert got.dtype == dtype
    np.testing.assert_allclose(np.asarray(got, float) * 100, wanted, rtol=TOLERANCE[dtype.name])
    cosine, depth, wanted = table("column_prem_gcm2", dtype)
    got = columns(cosine, depth / 100)
    assert got.dtype == dtype
    np.testing.assert_allclose(np.asarray(got, float), wanted, rtol=TOLERANCE[dtype.name])


@pytest.mark.parametrize("depth", [1.0, 700.0, 4500.0, 30e3])
def test_columns_equal_quadrature_also_below_the_crust(depth):
    got = columns(jnp.asarray(COSINES), jnp.full(len(COSINES), depth))
    np.testing.assert_allclose(got, [column_by_quadrature(cosine, depth) for cosine in COSINES], rtol=1e-9)


def test_the_earth_weighs_what_it_does():
    radii = [EARTH_RADIUS - start for start, _ in SHELLS] + [0.0]
    shells = [quad(lambda r: 4e3 * np.pi * r**2 * density(r), *pair)[0] for pair in zip(radii[1:], radii[:-1], strict=True)]
    assert sum(shells) == pytest.approx(5.97567e24, rel=1e-6)  # kg, with an ocean of rock


def test_gradients_are_finite_and_right(dtype):
    slopes = jax.jit(jax.vmap(jax.grad(lambda c, d: jnp.stack([column(c, d), path_length(c, d)]).sum(), (0, 1))))
    got = slopes(jnp.asarray(COSINES, dtype), jnp.full(len(COSINES), 700.0, dtype))
    assert all(np.all(np.isfinite(slope)) for slope in got)
    if dtype == np.float64:
        total = lambda c, d: column_by_quadrature(c, d) + float(paths(c, d))
        for i in (1, 2, 6, 9):
            wanted = oracles.log_derivative(lambda c, i=i: total(c, 700.0), COSINES[i]) / COSINES[i]
            assert float(got[0][i]) == pytest.approx(wanted, rel=1e-6)
            wanted = oracles.log_derivative(lambda d, i=i: total(COSINES[i], d), 700.0, 1e-3) / 700.0
            assert float(got[1][i]) == pytest.approx(wanted, rel=1e-4)
    at_horizon = COSINES.index(0.0)
    assert float(got[0][at_horizon]) == pytest.approx(-(265 + 1) * (EARTH_RADIUS - 700), rel=1e-6)


def test_energy_loss_equals_the_reference(dtype):
    energy, depth, charge, behind, ahead, growth = table("energy_loss", dtype)
    a, b = ROCK_LOSS
    tolerance = TOLERANCE[dtype.name]
    np.testing.assert_allclose(np.asarray(after(energy, depth, charge, a, b), float), behind, rtol=tolerance)
    np.testing.assert_allclose(np.asarray(before(energy, depth, charge, a, b), float), ahead, rtol=tolerance)
    slope = jax.jit(jax.vmap(jax.grad(energy_before), (0, 0, 0, None, None)))(energy, depth, charge, a, b)
    np.testing.assert_allclose(np.asarray(slope, float), growth, rtol=tolerance)
    np.testing.assert_allclose(after(before(energy, depth, charge, a, b), depth, charge, a, b), energy, rtol=3 * tolerance)


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


def test_a_small_charge_sees_the_whole_sky(dtype):
    mass, charge = jnp.asarray(0.1, dtype), jnp.asarray(1e-7, dtype)
    flux = detected(mass, charge)
    assert flux.energy.dtype == flux.log_weight.dtype == dtype
    assert flux.log_width is not None  # a spectrum still
    above = float(surface(Millicharge(mass, charge)).log_total())
    assert float(flux.log_total()) == pytest.approx(above + np.log(4 * np.pi), abs=1e-5)


def test_only_a_charge_is_a_charge():
    """A coupling to two photons [1/GeV], as of an axion or a graviton, is none."""
    for theory in THEORIES.values():
        assert float(charge_of(theory(0.1, 0.3))) == (0.3 if theory is Millicharge else 0.0)


def test_what_has_no_charge_loses_nothing(dtype):
    axions = AlpPhoton(jnp.asarray(0.1, dtype), jnp.asarray(0.3, dtype))
    above, below = surface(axions), jax.jit(lambda theory: ROCK(theory, surface(theory)))(axions)
    wanted = np.asarray(above.log_weight, float) + np.log(4 * np.pi)
    np.testing.assert_allclose(below.log_weight, wanted, atol=1e-5 if dtype == np.float32 else 1e-12)


def test_a_large_charge_does_not_come_from_below(dtype):
    log_weight = np.asarray(arriving(jnp.asarray(0.1, dtype), jnp.asarray(0.3, dtype)))
    assert np.max(log_weight[:, COSINE < 0]) < np.max(log_weight[:, COSINE > 0]) - 10


def test_what_arrives_falls_with_the_charge_and_the_zenith():
    totals = [float(detected(jnp.float64(0.1), jnp.float64(charge)).log_total()) for charge in (1e-5, 1e-3, 1e-2, 0.1, 1.0)]
    assert totals == sorted(totals, reverse=True)
    seen = np.sum(np.exp(arriving(jnp.float64(0.1), jnp.float64(0.02))) / SOLID_ANGLE, axis=0)
    assert list(seen[:8]) == sorted(seen[:8])  # from the horizon upwards
    assert list(seen[8:]) == sorted(seen[8:], reverse=True)  # and downwards


def test_a_power_law_arrives_as_the_loss_says():
    above = surface(Millicharge(jnp.float64(0.1), jnp.float64(0.01)))
    crossed = columns(jnp.asarray(COSINE), jnp.full(COSINE.size, 700.0))[None]
    started = before(above.energy[:, None], crossed, 0.01, *ROCK_LOSS)
    as_muons = Overburden(700.0, loss="muon")
    wanted = -3 * jnp.log(started) + 0.01**2 * ROCK_LOSS[1] * crossed + above.log_width[:, None] + np.log(SOLID_ANGLE)[None]
    seen = np.asarray(started) < 9e5
    log_weight = np.asarray(jax.jit(as_muons.log_arriving)(Millicharge(jnp.float64(0.1), jnp.float64(0.01)), above))
    np.testing.assert_allclose(log_weight[seen], np.asarray(wanted)[seen], atol=1e-9)
    total = detected(jnp.float64(0.1), jnp.float64(0.01)).log_weight
    by_direction = arriving(jnp.float64(0.1), jnp.float64(0.01))
    np.testing.assert_allclose(np.exp(total), np.exp(by_direction).sum(axis=1), rtol=1e-12)


def test_heavy_particles_lose_less_than_muons():
    """A power law behind the table of ranges: (E before)^-3 dE before / dE, and more than of muons of the same charge."""
    theory = Millicharge(jnp.float64(1.0), jnp.float64(0.1))
    above = dataclasses.replace(surface(theory), energy=surface(theory).energy * 2)
    log_weight, muons = (
        np.asarray(jax.jit(Overburden(700.0, loss=loss).log_arriving)(theory, above)) for loss in ("bethe", "muon")
    )
    crossed = np.asarray(columns(jnp.asarray(COSINE), jnp.full(COSINE.size, 700.0)))
    table = jax.jit(lambda: ranges(theory.mass, ROCK_LOSS[1], above.energy[-1]))()
    rapidity, growth = jax.jit(lambda table: table.before(above.energy[:, None], crossed[None], theory.eps))(table)
    started = np.cosh(np.asarray(rapidity))
    wanted = -3 * np.log(started / 2) + growth + np.asarray(above.log_width)[:, None] + np.log(SOLID_ANGLE)[None]
    seen = started < 1e6
    np.testing.assert_allclose(log_weight[seen], wanted[seen], atol=1e-6)
    assert np.all(log_weight[seen] > muons[seen])


@pytest.mark.parametrize("charge", [1e-3, 0.03, 0.3])
def test_gradients_of_what_arrives_equal_finite_differences(charge):
    total = jax.jit(lambda charge: detected(jnp.float64(0.1), charge).log_total())
    slope = float(jax.jit(jax.grad(total))(jnp.float64(charge))) * charge
    assert slope == pytest.approx(
        oracles.log_derivative(lambda value: total(jnp.float64(value)), charge, 1e-3), rel=1e-2, abs=1e-6
    )


@pytest.mark.parametrize("charge", [1e-6, 1e-2, 1.0])
def test_gradients_of_the_flux_are_finite(charge, dtype):
    value, slopes = mean_energy(*(jnp.asarray(value, dtype) for value in (0.1, charge, 700.0)))
    assert np.all(np.isfinite([value, *slopes]))


def test_wrong_use_is_told():
    with pytest.raises(ValueError, match="depth must be finite and positive, not -1"):
        Overburden(-1.0)
    with pytest.raises(ValueError, match=r"depth must be above 0 and below 6\.371e\+06, not 1e\+07"):
        Overburden(1e7)
    theory = Millicharge(0.1, 1e-3)
    with pytest.raises(ValueError, match="the same from everywhere"):
        Overburden(700.0)(theory, Flux.nothing(1.0, theory.mass, angles=True))
