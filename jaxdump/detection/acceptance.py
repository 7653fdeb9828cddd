"""Whether the daughters of a decay hit the detector."""

import jax.numpy as jnp
from jax.scipy.special import i0e
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.flux import Flux, safe_log
from jaxdump.quadrature import gauss_legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar, Values

PLACE_NODES, DECAY_NODES = 4, 4


class DaughterAcceptance(AbstractStage):
    """The harder of two massless daughters hits a detector at the end of a decay volume, with enough energy.

    The detector counts exp(-r^2 / radius^2) at the distance r from the axis, whose integral is the area of a disc: r is made of
    the angle of the particle, the angle of the shower before it (Gaussian), and the opening of the decay, which is isotropic.
    The mean over the azimuth between two displacements a and b is exp(-(a^2 + b^2) / s^2) I0(2 a b / s^2) radius^2 / s^2, where
    s^2 = radius^2 + the mean square of the Gaussian. Derived here.
    """

    detector: DecayVolume
    radius: Scalar
    """[m]"""
    least_energy: Scalar
    """[GeV] of the daughter."""
    spread: Scalar
    """[GeV] root mean square angle of the shower times energy."""

    def __check_init__(self):
        require("acceptance", "radius", self.radius, 0, open_below=True)
        for name in ("least_energy", "spread"):
            require("acceptance", name, getattr(self, name), 0)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        if flux.angle is None:
            raise ValueError("an acceptance needs the angles of the flux, which this production does not give")
        share, opening = self.openings(flux.energy, flux.mass)
        place, weight = self.places(jnp.exp(theory.log_decay_rate(flux.energy, flux.mass)))
        whole = self.detector.shield + self.detector.decay_length
        a = (whole * flux.angle)[:, None, None]
        b = (whole - place)[:, :, None] * opening[:, None, :]
        squared = (self.radius**2 + (whole * self.spread / flux.energy) ** 2)[:, None, None]
        hits = jnp.exp(-((a - b) ** 2) / squared) * i0e(2 * a * b / squared) * self.radius**2 / squared
        return flux.weighted(safe_log(jnp.einsum("nzc,z,nc->n", hits, weight, share, precision="highest")))

    def places(self, rate: Values) -> tuple[Float[Array, "n z"], Float[Array, " z"]]:
        """Where the particle decays [m], equally likely but for the weights, for `rate` decays per metre."""
        u, weight = gauss_legendre(PLACE_NODES, jnp.zeros((), rate.dtype), jnp.ones((), rate.dtype))
        precision = jnp.finfo(rate.dtype).eps
        depth = jnp.minimum(rate * self.detector.decay_length, 1 / precision)[:, None]
        short = depth > precision**0.5
        safe = jnp.where(short, depth, 1.0)
        within = jnp.where(short, -jnp.log1p(u[None] * jnp.expm1(-safe)) / safe, u[None])
        return self.detector.shield + self.detector.decay_length * within, weight

    def openings(self, energy: Values, mass: Values) -> tuple[Float[Array, "n c"], Float[Array, "n c"]]:
        """Weights, and the angle [rad] of the harder daughter to the particle, over the cosine in the frame of the particle."""
        squared = (energy - mass) * (energy + mass)
        momentum = jnp.sqrt(jnp.where(squared > 0, squared, energy**2))  # of a node without weight any will do
        least = jnp.clip((2 * self.least_energy - energy) / momentum, 0.0, 1.0)
        cosine, weight = gauss_legendre(DECAY_NODES, least, jnp.ones_like(least))
        sine = jnp.sqrt((1 - cosine) * (1 + cosine) + jnp.finfo(energy.dtype).tiny)
        return weight, mass[:, None] * sine / (momentum[:, None] + energy[:, None] * cosine)
