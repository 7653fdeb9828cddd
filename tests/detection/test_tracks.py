"""Faint tracks in a large detector."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from jaxdump.detection.tracks import FaintTracks
from jaxdump.experiments import ICECUBE_MCP
from jaxdump.flux import CLOSED, Flux
from jaxdump.limits import limit
from jaxdump.roots import Status
from jaxdump.theories import DarkPhoton, Millicharge

STAGE = FaintTracks(1e6, 1e3, 0.918, 25.0, 0.2)


@jax.jit
def seen(charge):
    """Tracks a year of one particle of 10 GeV per m2 and s."""
    one = jnp.ones_like(charge)[None]
    flux = Flux(10 * one, 0.5 * one, 0 * one, 0 * one[0])
    return jnp.exp(STAGE(Millicharge(0.5 * one[0], charge), flux).log_total())


def test_a_threshold_in_the_energy_that_is_left(dtype):
    """eps^2 a in 91800 g/cm2: a minimum ionising unit charge leaves 238 GeV."""
    at = lambda charge: float(seen(dtype.type(charge))) / (1e6 * 31557600)
    left = 2.59e-3 * 91800
    assert at((25 / left) ** 0.5) == pytest.approx(0.5, rel=1e-5)
    assert at((50 / left) ** 0.5) == pytest.approx(0.5 * (1 + erf(np.log(2) / 0.2 / 2**0.5)), rel=1e-5)
    assert at(1.0) == pytest.approx(1.0, rel=1e-4)
    assert at(0.01) < 1e-12


def test_limits_close_where_charges_stop():
    found = limit(ICECUBE_MCP, Millicharge, np.array([0.5, 3.0]))
    assert np.all(found.status == Status.FOUND)
    assert np.all((found.lower > 0.05) & (found.lower < 0.4))
    assert np.all((found.upper > found.lower) & (found.upper < 10))
    assert np.all(jax.jit(ICECUBE_MCP.log_signal)(DarkPhoton(jnp.float64(0.1), jnp.float64(1e-3))) < CLOSED / 2)


def test_bad_numbers_are_told():
    with pytest.raises(ValueError, match="tracks: least must be finite and positive, not 0"):
        FaintTracks(1e6, 1e3, 0.918, 0.0, 0.2)
