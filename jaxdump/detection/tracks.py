"""Particles that ionise a large detector along their path: faint tracks as a signal, or as a reason not to be counted."""

import dataclasses

import jax.numpy as jnp
from jax.scipy.special import log_ndtr

from jaxdump.detection.sphere import MEAN_CHORD
from jaxdump.fields import Number, require
from jaxdump.flux import Flux, safe_log
from jaxdump.stage import AbstractSelection
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import charge_of
from jaxdump.transport.energy_loss import ICE_LOSS
from jaxdump.typing import Scalar, Values
from jaxdump.units import CM_PER_M, SECONDS_PER_YEAR

FARTHEST = 400.0
"""Largest number of standard deviations below a threshold that is used; a larger number changes no value."""
NO_THRESHOLD = 1e30
"""A number beyond all energies, also in float32."""
MINIMUM_IONISATION = Number(2.0e-3, "P", "1.99e-3 in water, the same in scintillators. PDG 2022")
"""Minimum ionisation of a charge e [GeV cm2/g]."""
GLOW, GLOW_WIDTH = (Number(value, "A", "no search for recoils says from which light on it loses them") for value in (0.25, 0.1))


def log_deposit(theory: AbstractTheory, flux: Flux, a: Scalar, column: Scalar) -> Values:
    """Logarithm of the mean energy [GeV] that each particle leaves in a `column` [g/cm2]: eps^2 a X, at most E - m.

    It is ionisation alone, `a` [GeV cm2/g] for a charge e: radiation, which makes showers and not tracks, is left out.
    """
    ionisation = 2 * safe_log(charge_of(theory)) + jnp.log(a * column)
    return jnp.minimum(ionisation, safe_log(flux.energy - flux.mass))


def log_passed(log_ratio: Values, width: Scalar) -> Values:
    """Logarithm of the probability to pass a threshold with Gaussian `width` in a logarithm; `log_ratio` is its mean."""
    return log_ndtr(jnp.maximum(log_ratio / width, -FARTHEST))


class FaintTracks(AbstractSelection):
    """Particles that leave enough energy in a detector on their way; the exposure is in years, the flux per m2 s.

    The mean of this energy is that of `log_deposit`; its logarithm fluctuates by `width` (Gaussian).
    """

    area: Scalar
    """Area of the detector that the flux meets [m2]."""
    length: Scalar
    """Length of a path in the detector [m]."""
    density: Scalar
    """Density [g/cm3]."""
    least: Scalar
    """Energy [GeV] that is seen with probability one half."""
    width: Scalar
    """Width of the threshold in ln(energy)."""
    a: Scalar = ICE_LOSS[0]
    """Ionisation of a charge e [GeV cm2/g]."""

    def __check_init__(self):
        for name in ("area", "length", "density", "least", "width", "a"):
            require("tracks", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        log_mean = log_deposit(theory, flux, self.a, CM_PER_M * self.length * self.density)
        seen = log_passed(log_mean - jnp.log(self.least), self.width)
        return flux.weighted(seen + jnp.log(self.area * SECONDS_PER_YEAR)).behind("FaintTracks", "m2 s", "yr")

    def open_(self) -> "FaintTracks":
        return dataclasses.replace(self, least=1 / NO_THRESHOLD)


class DimParticles(AbstractSelection):
    """Particles that are too dim to be vetoed: a search for recoils takes brighter particles for muons, and loses them.

    A particle is lost if it leaves more than the share `glow` of the threshold of the search on its path: the mean of
    `log_deposit` over a mean chord of a sphere, whose logarithm fluctuates by `glow_width` (Gaussian). A region thus
    closes where its particles shine. No search says at which energy this happens.
    """

    radius: Scalar
    """Radius [m] of a sphere with the mean path of the detector."""
    density: Scalar
    """Density [g/cm3]."""
    least: Scalar
    """Least energy of a recoil that the search sees [GeV]."""
    glow: Scalar = GLOW
    """Energy over `least` that passes unseen with probability one half."""
    glow_width: Scalar = GLOW_WIDTH
    """Width of this threshold in ln(energy)."""
    ionisation: Scalar = MINIMUM_IONISATION
    """Ionisation of a charge e [GeV cm2/g]."""

    def __check_init__(self):
        for name in ("radius", "density", "least", "glow", "glow_width", "ionisation"):
            require("dim particles", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        log_mean = log_deposit(theory, flux, self.ionisation, CM_PER_M * MEAN_CHORD * self.radius * self.density)
        return flux.weighted(log_passed(jnp.log(self.glow * self.least) - log_mean, self.glow_width))

    def open_(self) -> "DimParticles":
        return dataclasses.replace(self, glow=NO_THRESHOLD)
