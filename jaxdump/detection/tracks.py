"""Particles that ionise a large detector all along their way: faint tracks, and none so that recoils may be seen."""

import dataclasses

import jax.numpy as jnp
from jax.scipy.special import log_ndtr

from jaxdump.fields import Number, require
from jaxdump.flux import Flux, safe_log
from jaxdump.stage import AbstractSelection
from jaxdump.theories.base import AbstractTheory, charge_of
from jaxdump.transport.earth import ICE_LOSS
from jaxdump.typing import Scalar, Values
from jaxdump.units import CM_PER_M, SECONDS_PER_YEAR

FARTHEST = 400.0
"""Standard deviations below a threshold beyond which nothing is seen: a larger number changes no value, only ranges."""
NO_THRESHOLD = 1e30
"""Beyond all energies, also in float32."""
MINIMUM_IONISATION = Number(2.0e-3, "P", "1.99e-3 in water, the same in scintillators. PDG 2022")
"""[GeV cm2/g] of a charge e."""
GLOW, GLOW_WIDTH = (Number(value, "A", "nobody says where a search for recoils stops to see them") for value in (0.25, 0.1))


def log_deposit(theory: AbstractTheory, flux: Flux, a: Scalar, column: Scalar) -> Values:
    """log of the mean energy [GeV] that each particle leaves in a `column` [g/cm2]: eps^2 a X, but not more than E - m.

    By ionisation alone, `a` [GeV cm2/g] for a charge e: radiation, which makes showers and not tracks, is left out.
    """
    ionisation = 2 * safe_log(charge_of(theory)) + jnp.log(a * column)
    return jnp.minimum(ionisation, safe_log(flux.energy - flux.mass))


def log_passed(log_ratio: Values, width: Scalar) -> Values:
    """log of the probability to be above a threshold of Gaussian `width` in a logarithm, of which `log_ratio` is the mean."""
    return log_ndtr(jnp.maximum(log_ratio / width, -FARTHEST))


class FaintTracks(AbstractSelection):
    """Particles that leave enough energy in a detector on their way; the exposure is in years, the flux per m2 s.

    Its mean is that of `log_deposit`; its logarithm fluctuates by `width` (Gaussian).
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
    """[GeV cm2/g] of a charge e."""

    def __check_init__(self):
        for name in ("area", "length", "density", "least", "width", "a"):
            require("tracks", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        log_mean = log_deposit(theory, flux, self.a, CM_PER_M * self.length * self.density)
        seen = log_passed(log_mean - jnp.log(self.least), self.width)
        return flux.weighted(seen + jnp.log(self.area * SECONDS_PER_YEAR))

    def open_(self) -> "FaintTracks":
        return dataclasses.replace(self, least=1 / NO_THRESHOLD)


class DimParticles(AbstractSelection):
    """Particles whose own light a search for recoils does not see: others are taken for muons, and are gone.

    Those that leave more than the part `glow` of the search's threshold on their way are gone: the mean of `log_deposit` over
    a mean chord of a sphere, 4 R / 3, whose logarithm fluctuates by `glow_width` (Gaussian). So a region closes where its
    particles shine. No search says where it does.
    """

    radius: Scalar
    """[m] of a sphere with the mean path of the detector."""
    density: Scalar
    """[g/cm3]"""
    least: Scalar
    """[GeV] from which the search sees recoils."""
    glow: Scalar = GLOW
    """Largest energy that passes unseen half of the time, over `least`."""
    glow_width: Scalar = GLOW_WIDTH
    """Of this in ln(energy)."""
    ionisation: Scalar = MINIMUM_IONISATION
    """[GeV cm2/g] of a charge e."""

    def __check_init__(self):
        for name in ("radius", "density", "least", "glow", "glow_width", "ionisation"):
            require("dim particles", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        log_mean = log_deposit(theory, flux, self.ionisation, CM_PER_M * 4 / 3 * self.radius * self.density)
        return flux.weighted(log_passed(jnp.log(self.glow * self.least) - log_mean, self.glow_width))

    def open_(self) -> "DimParticles":
        return dataclasses.replace(self, glow=NO_THRESHOLD)
