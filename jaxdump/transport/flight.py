"""The straight flight of particles that may decay, from the air to a detector underground."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from jaxdump.fields import require
from jaxdump.flux import CLOSED, Flux
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.transport.earth import EARTH_RADIUS
from jaxdump.typing import Scalar


class FlightFromAir(AbstractStage):
    """The straight flight of an isotropic flux per sr to a detector, which particles reach if they do not decay.

    All particles start at one height and come from all sides, from below through the Earth, which stops none of them. Axions
    with g > 0.3 GeV^-1 would turn into photons in a km of rock, and those from straight below with g > 2e-3 GeV^-1. The weights
    behind are per m2 and s.
    """

    depth: Scalar
    """Depth of the detector [m]."""
    height: Scalar = 15e3
    """Height above the ground [m] of the first collision of vertical nuclei, at 120 g/cm2. US standard atmosphere, 1976."""
    n: int = eqx.field(static=True, default=16)
    """Number of directions above the horizon, and as many below."""

    def __check_init__(self):
        require("flight", "depth", self.depth, 0, EARTH_RADIUS, open_above=True)
        require("flight", "height", self.height, 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        if flux.angle is not None:
            raise ValueError("a flight from the air needs a flux that is the same from everywhere, without angles")
        length, solid_angle = self.paths(flux.energy.dtype)
        log_lives = theory.log_decay_rate(flux.energy, flux.mass, theory.widths(flux.particle))[:, None] + jnp.log(length)[None]
        lives = jnp.exp(jnp.minimum(log_lives, math.log(-CLOSED)))
        arriving = flux.weighted(jax.nn.logsumexp(jnp.log(solid_angle)[None] - lives, axis=1))
        return arriving.behind("FlightFromAir", "m2 s sr", "m2 s")

    def paths(self, dtype: DTypeLike) -> tuple[Float[Array, " 2n"], Float[Array, " 2n"]]:
        """Lengths [m] of the straight paths to the detector, first from above the horizon, and solid angles that make 4 pi.

        sqrt((R + h)^2 - r^2 sin^2) - r cos with r = R - d: r w e^-+u, where cos = +-w sinh(u) and r^2 (w^2 + 1) = (R + h)^2.
        """
        depth, height = (jnp.asarray(value, dtype) for value in (self.depth, self.height))
        own = EARTH_RADIUS - depth
        width = jnp.sqrt((depth + height) * (2 * EARTH_RADIUS - depth + height)) / own
        u, weight = gauss_legendre(self.n, jnp.zeros_like(width), jnp.arcsinh(1 / width))
        solid_angle = 2 * jnp.pi * width * jnp.cosh(u) * weight
        return own * width * jnp.exp(jnp.concatenate([-u, u])), jnp.tile(solid_angle, 2)
