"""Faint tracks in a large detector."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf
from scipy.stats import norm

from jaxdump.cli.commands.limit import tails_of
from jaxdump.detection.tracks import DimParticles, FaintTracks, log_passed
from jaxdump.experiments import ICECUBE_MCP, NA64MU_2022
from jaxdump.flux import CLOSED, Flux
from jaxdump.inference.limits import limit, tails
from jaxdump.numerics.roots import Status
from jaxdump.theories import AlpPhoton, DarkPhoton, Millicharge

STAGE = FaintTracks(1e6, 1e3, 0.918, 25.0, 0.2)


@jax.jit
def seen(charge):
    """Tracks a year of one particle of 1 TeV per m2 and s, and of one of 10 GeV."""
    one = jnp.ones_like(charge)[None]
    some = [Flux(energy * one, 0.5 * one, 0 * one, 0 * one[0]) for energy in (1e3, 10)]
    return jnp.exp(jnp.stack([STAGE(Millicharge(0.5 * one[0], charge), flux).log_total() for flux in some]))


def test_a_threshold_in_the_energy_that_is_left(dtype):
    """eps^2 a in 91800 g/cm2: a minimum ionising unit charge leaves 238 GeV."""
    at = lambda charge: float(seen(dtype.type(charge))[0]) / (1e6 * 31557600)
    left = 2.59e-3 * 91800
    assert at((25 / left) ** 0.5) == pytest.approx(0.5, rel=1e-5)
    assert at((50 / left) ** 0.5) == pytest.approx(0.5 * (1 + erf(np.log(2) / 0.2 / 2**0.5)), rel=1e-5)
    assert at(1.0) == pytest.approx(1.0, rel=1e-4)
    assert at(0.01) < 1e-12


def test_nothing_leaves_more_than_it_has(dtype):
    """9.5 GeV of motion, however large the charge."""
    wanted = 1e6 * 31557600 * 0.5 * (1 + erf(np.log(9.5 / 25) / 0.2 / 2**0.5))
    for charge in (0.5, 1.0, 30.0):
        assert float(seen(dtype.type(charge))[1]) == pytest.approx(wanted, rel=1e-4)


def test_far_below_a_threshold_there_is_nothing_with_finite_slopes(dtype):
    """Also in float32, whose square of the distance has no digits left."""
    slopes = jax.jit(jax.vmap(jax.value_and_grad(lambda ratio: log_passed(ratio, 0.02))))
    log_ratio = np.array([-1e5, -100.0, -8.0, -1.0, -0.02, 0.0, 3.0, 1e4])
    values, grads = slopes(jnp.asarray(log_ratio, dtype))
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(grads))
    inside = log_ratio > -8
    np.testing.assert_allclose(values[inside], norm.logcdf(log_ratio[inside] / 0.02), rtol=1e-5, atol=1e-6)
    assert np.all(np.asarray(values)[~inside] < CLOSED / 2)


@jax.jit
def dim(charge, energy):
    """log of the share of particles of 0.5 GeV that are dark enough."""
    one = jnp.ones_like(charge)[None]
    return DIM(Millicharge(0.5 * one[0], charge), Flux(energy[None], 0.5 * one, 0 * one, 0 * one[0])).log_weight[0]


DIM = DimParticles(radius=16.5, density=1.0, least=16e-3)


@pytest.mark.parametrize(("charge", "deposit"), [(0.01, 0.44), (0.03, 3.96), (0.05, 11.0), (0.3, 396.0)])
def test_particles_shine_by_the_square_of_their_charge(charge, deposit, dtype):
    """[MeV] in 22 m of water: a quarter of 16 MeV passes half of the time."""
    got = float(dim(dtype.type(charge), dtype.type(100.0)))
    assert got == pytest.approx(norm.logcdf(np.log(4 / deposit) / 0.1), rel=1e-4, abs=1e-6)
    assert float(dim(dtype.type(charge), dtype.type(0.502))) == pytest.approx(
        norm.logcdf(np.log(4 / min(deposit, 2)) / 0.1), abs=1e-3
    )


def test_a_selection_without_its_threshold_takes_all():
    flux = Flux(jnp.array([2.0]), jnp.array([0.5]), jnp.array([0.0]), jnp.array(0.0))
    for stage, all_of_them in ((STAGE, 1e6 * 31557600), (DIM, 1.0)):
        weight = jax.jit(lambda stage: stage.open_()(Millicharge(0.5, 0.3), flux).log_weight[0])(stage)
        assert float(weight) == pytest.approx(np.log(all_of_them), abs=1e-12)


@functools.cache
def limits():
    return limit(ICECUBE_MCP, Millicharge, np.array([0.5, 3.0]))


def test_a_limit_on_a_tail_is_told():
    """2.44 events of as many as come with more than nothing: the threshold is steep, and still a threshold."""
    (line,) = tails_of(ICECUBE_MCP, limits())
    start, end = re.fullmatch(
        r"icecube-mcp tracks: at the smallest excluded coupling (\S+) to (\S+) of the events pass a selection whose tail is "
        r"assumed \(2 of 2 masses\)",
        line,
    ).groups()
    assert 1e-9 < float(start) < float(end) < 1e-4


def test_no_tail_without_a_selection():
    assert tails(limit(NA64MU_2022, AlpPhoton, np.array([0.01]))) == []


def test_limits_close_where_charges_stop():
    found = limits()
    assert np.all(found.status == Status.FOUND)
    np.testing.assert_allclose(found.lower[:, 0], [0.3067, 0.3111], rtol=2e-3)  # a charge that leaves 25 GeV is 0.324
    np.testing.assert_allclose(found.upper[:, 0], [5.53, 11.27], rtol=2e-2)
    assert np.all(jax.jit(ICECUBE_MCP.log_signal)(DarkPhoton(jnp.float64(0.1), jnp.float64(1e-3))) < CLOSED / 2)


def test_bad_numbers_are_told():
    with pytest.raises(ValueError, match="tracks: least must be finite and positive, not 0"):
        FaintTracks(1e6, 1e3, 0.918, 0.0, 0.2)
