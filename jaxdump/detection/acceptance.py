"""Geometric acceptance of the daughters of a decay."""

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import i0e
from jaxtyping import Array, Float

from jaxdump.detection.calorimeter import DecayVolume, decay_fraction
from jaxdump.fields import require
from jaxdump.flux import Flux, safe_log
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar, Values

RADIUS_NODES, AZIMUTH_NODES, DECAY_NODES = 8, 4, 5
SPREADS = 3.0
"""Largest angle of the shower in units of its root mean square; a share exp(-9) lies beyond."""


class DaughterAcceptance(AbstractStage):
    """Acceptance of decays whose two massless daughters both hit a disc at the end of a decay volume.

    The point that the particle itself would hit follows from its angle and from the angle of the shower before it, a Gaussian.
    Its distance rho from the axis has the density 2 rho / s^2 exp(-(rho - a)^2 / s^2) I0e(2 a rho / s^2). It lies between the
    hits of the daughters, and hence in the disc as well. The daughters fly apart by the distance L of the decay from the
    detector times the tangents of `openings`, in a plane of any azimuth, so that both hit if L is below a `reach`. The
    probability of this follows from the law of decay. The decay is isotropic. Derived here. Good to 1 % where the volume is
    less than a few decay lengths deep, and to 10 % beyond, where it moves no limit.
    """

    detector: DecayVolume
    radius: Scalar
    """Radius of the disc [m]."""
    spread: Scalar
    """Root mean square angle of the shower times the energy [GeV]."""

    def __check_init__(self):
        for name in ("radius", "spread"):
            require("acceptance", name, getattr(self, name), 0, open_below=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        if flux.angle is None:
            raise ValueError("an acceptance needs the angles of the flux, which this production does not give")
        rho, density = self.hits(flux.energy, flux.angle)
        weight, harder, softer = openings(flux.energy, flux.mass)
        share = self.reach(rho, harder, softer) / self.detector.decay_length
        rate = jnp.exp(theory.log_decay_rate(flux.energy, flux.mass, theory.widths(flux.particle)))
        depth = jnp.minimum(rate * self.detector.decay_length, 1 / jnp.finfo(rate.dtype).eps)
        accepted = last_decays(depth[:, None, None, None], jnp.clip(share, 0.0, 1.0))
        mean = jnp.einsum("nrac,nr,nc->n", accepted, density, weight, precision="highest") / AZIMUTH_NODES
        return flux.weighted(safe_log(mean))

    def hits(self, energy: Values, angle: Values) -> tuple[Float[Array, "n r"], Float[Array, "n r"]]:
        """Distances [m] from the axis at which particles of `angle` [rad] would hit the disc, and the probability of each."""
        whole = self.detector.shield + self.detector.decay_length
        at, width = whole * angle, whole * self.spread / energy
        least, most = (jnp.clip(at + sign * SPREADS * width, 0.0, self.radius) for sign in (-1, 1))
        rho, weight = gauss_legendre(RADIUS_NODES, least, most)
        at, width = at[:, None], width[:, None]
        gaussian = jnp.exp(-(((rho - at) / width) ** 2)) * i0e(2 * at * rho / width**2)
        return rho, weight * 2 * rho / width**2 * gaussian

    def reach(
        self, rho: Float[Array, "n r"], harder: Float[Array, "n c"], softer: Float[Array, "n c"]
    ) -> Float[Array, "n r a c"]:
        """The largest distance [m] from the detector of a decay whose daughters both hit, for azimuths of its plane.

        The line through `rho` in the plane leaves the disc after sqrt(R^2 - rho^2 sin^2) -+ rho cos on its two sides.
        """
        azimuth = np.pi * (np.arange(AZIMUTH_NODES) + 0.5) / AZIMUTH_NODES
        along, across = (
            rho[:, :, None] * values.astype(rho.dtype)[None, None] for values in (np.cos(azimuth), np.sin(azimuth))
        )
        half = jnp.sqrt((self.radius - across) * (self.radius + across))
        one, other = ((half + sign * along)[..., None] for sign in (-1, 1))
        return jnp.minimum(one * harder[:, None, None], other * softer[:, None, None])


def openings(energy: Values, mass: Values) -> tuple[Float[Array, "n c"], Float[Array, "n c"], Float[Array, "n c"]]:
    """Weights, and cotangents of the angles of the two daughters to the particle, for nodes in the cosine c in its frame.

    (p +- E c) / (m sin), for 0 < c < p / E: beyond it the softer daughter flies backwards.
    """
    tiny, squared = jnp.finfo(energy.dtype).tiny, (energy - mass) * (energy + mass)
    momentum = jnp.sqrt(jnp.where(squared > 0, squared, energy**2))[:, None]  # of a node without weight any will do
    share, weight = gauss_legendre(DECAY_NODES, jnp.zeros((), energy.dtype), jnp.ones((), energy.dtype))
    share, weight, velocity = share[None], weight[None], momentum / energy[:, None]
    cosine = velocity * share
    across = mass[:, None] * jnp.sqrt((1 - cosine) * (1 + cosine) + tiny)
    return velocity * weight, momentum * (1 + share) / across, momentum * (1 - share) / across


def last_decays(depth: Values, share: Values) -> Values:
    """Fraction of the decays in a volume `depth` decay lengths deep that are in its last part, a `share` of its length."""
    return jnp.exp(-depth * (1 - share)) * share * decay_fraction(depth * share) / decay_fraction(depth)
