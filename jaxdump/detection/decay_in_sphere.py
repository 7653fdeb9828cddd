"""Visible decays in a spherical detector that particles cross from anywhere."""

import jax.numpy as jnp

from jaxdump.detection.decay import log_branching
from jaxdump.detection.recoil import log_multiple_in_sphere
from jaxdump.fields import require
from jaxdump.flux import CLOSED, Flux
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar
from jaxdump.units import KILOTONNES_PER_M3, SECONDS_PER_YEAR


class DecayInSphere(AbstractStage):
    """Visible decays of particles in a sphere; the exposure is in kt yr, the flux per m2 s.

    A sphere has the cross-section 3 / (4 R rho) per mass. Its chords l have the density 2 l / D^2, D = 2 R, so that the mean of
    1 - e^(-l / lambda) is the probability of at least one hit in `recoil.log_multiple_in_sphere`.
    """

    radius: Scalar
    """Radius of the sphere [m]."""
    density: Scalar
    """Density [g/cm3]."""

    def __check_init__(self):
        for name in ("radius", "density"):
            require("decay in a sphere", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        visible, _ = log_branching(theory)
        if visible is None:
            return flux.weighted(jnp.full_like(flux.log_weight, CLOSED))
        log_diameter = theory.log_decay_rate(flux.energy, flux.mass) + jnp.log(2 * self.radius)
        crossing = jnp.log(0.75 * SECONDS_PER_YEAR / (self.radius * self.density * KILOTONNES_PER_M3))
        return flux.weighted(visible + log_multiple_in_sphere(log_diameter, 1) + crossing)
