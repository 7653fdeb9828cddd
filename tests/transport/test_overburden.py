import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

from jaxdump.flux import Flux
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories import THEORIES, AlpPhoton, Millicharge
from jaxdump.theories.capabilities import charge_of
from jaxdump.transport.earth import column
from jaxdump.transport.energy_loss import ROCK_LOSS, energy_before, ranges
from jaxdump.transport.overburden import Overburden

columns = jax.jit(jax.vmap(column))
before = jax.jit(energy_before)


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
    theory, one = Millicharge(0.1, 1e-3), jnp.ones(1)
    inclined = Flux(one, 0.1 * one, 0 * one, jnp.zeros(()), angle=one)
    with pytest.raises(ValueError, match="the same from everywhere"):
        Overburden(700.0)(theory, inclined)
