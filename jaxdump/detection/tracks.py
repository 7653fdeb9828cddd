"""Faint tracks of particles that cross a large detector and ionise it all along."""

import jax.numpy as jnp
from jax.scipy.special import log_ndtr

from jaxdump.checks import require
from jaxdump.flux import Flux, safe_log
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory, charge_of
from jaxdump.transport.earth import ICE_LOSS
from jaxdump.typing import Scalar
from jaxdump.units import CM_PER_M, SECONDS_PER_YEAR


class FaintTracks(AbstractStage):
    """Particles that leave enough energy in a detector on their way; the exposure is in years, the flux per m2 s.

    Its mean is eps^2 a times the column of the detector, by ionisation alone; its logarithm fluctuates by `width` (Gaussian).
    Radiation, which makes showers and not tracks, and grows as eps^4, is left out.
    """

    area: Scalar
    """[m2] that the detector shows to the flux."""
    length: Scalar
    """[m] of a path in it."""
    density: Scalar
    """[g/cm3]"""
    least: Scalar
    """[GeV] seen half of the time."""
    width: Scalar
    """Of the threshold in ln(energy)."""
    a: Scalar = ICE_LOSS[0]
    """[GeV cm2/g] of a charge e: see `transport.earth.energy_after`."""

    def __check_init__(self):
        for name in ("area", "length", "density", "least", "width", "a"):
            require("tracks", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        column = CM_PER_M * self.length * self.density
        log_mean = 2 * safe_log(charge_of(theory)) + jnp.log(self.a * column)
        seen = log_ndtr((log_mean - jnp.log(self.least)) / self.width)
        return flux.weighted(jnp.broadcast_to(seen + jnp.log(self.area * SECONDS_PER_YEAR), flux.energy.shape))
