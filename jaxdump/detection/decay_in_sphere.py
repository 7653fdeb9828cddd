"""Visible decays in a spherical detector that particles cross from anywhere."""

import jax.numpy as jnp

from jaxdump.detection.decay import log_branching
from jaxdump.detection.sphere import log_crossing, log_multiple_in_sphere
from jaxdump.fields import require
from jaxdump.flux import CLOSED, Flux
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar


class DecayInSphere(AbstractStage):
    """Visible decays of particles in a sphere; the exposure is in kt yr, the flux per m2 s.

    The mean of 1 - e^(-l / lambda) over the chords l is the probability of at least one hit in `log_multiple_in_sphere`.
    """

    radius: Scalar
    """Radius of the sphere [m]."""
    density: Scalar
    """Density [g/cm3]."""

    def __check_init__(self):
        for name in ("radius", "density"):
            require("decay in a sphere", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        widths = theory.widths(flux.particle)
        visible, _ = log_branching(theory, widths)
        if visible is None:
            return flux.weighted(jnp.full_like(flux.log_weight, CLOSED)).behind("DecayInSphere", "m2 s", "kt yr")
        log_diameter = theory.log_decay_rate(flux.energy, flux.mass, widths) + jnp.log(2 * self.radius)
        decays = visible + log_multiple_in_sphere(log_diameter, 1)
        return flux.weighted(decays + log_crossing(self.radius, self.density)).behind("DecayInSphere", "m2 s", "kt yr")
