"""The Earth around a detector as a stage: charged particles lose energy on their way, and some do not arrive."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import check_choices, choice, require
from jaxdump.flux import CLOSED, Flux, at_least_closed
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import Charged, charge_of
from jaxdump.transport.earth import EARTH_RADIUS, column
from jaxdump.transport.energy_loss import DEEP, ROCK_LOSS, energy_before, ranges
from jaxdump.typing import Scalar, Values


def width_of(flux: Flux) -> Values:
    """The `log_width` of a spectrum; raises `ValueError` if the flux is not a spectrum, or has angles."""
    if flux.angle is not None or flux.log_width is None:
        raise ValueError("an overburden needs a spectrum that is the same from everywhere, without angles")
    return flux.log_width


def log_spectrum(flux: Flux, energy: Values) -> Values:
    """Logarithm of the flux per GeV at `energy` [GeV], linear in logarithms between the nodes of a spectrum."""
    return jnp.interp(jnp.log(energy), jnp.log(flux.energy), flux.log_weight - width_of(flux))


class Overburden(AbstractStage):
    """The Earth around an underground detector, which an isotropic flux per sr crosses.

    Particles keep their direction and lose the mean energy, neutral particles lose none, and particles that stop are lost. The
    weights behind are per m2 and s. The nodes keep their energies, so that they do not move with the charge.
    """

    depth: Scalar
    """Depth of the detector [m] in standard rock."""
    loss: str = choice("bethe", "muon")
    """Model of the energy loss. bethe: ionisation for the mass of the particle, and b times m_mu / m, see `energy_loss`. muon:
    a and b of a muon, see `energy_after`.
    """
    a: Scalar = ROCK_LOSS[0]
    """Ionisation of a charge e [GeV cm2/g], for the model muon alone."""
    b: Scalar = ROCK_LOSS[1]
    """Radiative loss of muons [cm2/g]."""
    n: int = eqx.field(static=True, default=8)
    """Number of directions above the horizon, and as many below."""

    def __check_init__(self):
        check_choices("overburden", self)
        for name in ("depth", "a", "b"):
            require("overburden", name, getattr(self, name), 0, open_below=True)
        require("overburden", "depth", self.depth, 0, EARTH_RADIUS, open_below=True, open_above=True)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        arriving = at_least_closed(jax.nn.logsumexp(self.log_arriving(theory, flux), axis=1))
        return dataclasses.replace(flux.behind("Overburden", "m2 s sr", "m2 s"), log_weight=arriving)

    def log_scale(self, theory: AbstractTheory) -> Scalar | None:
        """Zero for neutral particles; None for charged ones, which lose energy by their charge."""
        return None if isinstance(theory, Charged) else 0.0

    def log_arriving(self, theory: AbstractTheory, flux: Flux) -> Float[Array, "e 2n"]:
        """Logarithm of the weights that arrive at each energy of `flux` from each of the `directions`."""
        depth = jnp.asarray(self.depth, flux.energy.dtype)
        cosine, solid_angle = self.directions(depth)
        crossed = jax.vmap(column, (0, None))(cosine, depth)[None]
        before, steeper = self.started(theory, flux, crossed)
        arriving = log_spectrum(flux, before) + steeper + width_of(flux)[:, None] + jnp.log(solid_angle)[None]
        return jnp.where(before <= flux.energy[-1], at_least_closed(arriving), CLOSED)

    def started(self, theory: AbstractTheory, flux: Flux, crossed: Float[Array, "1 k"]) -> tuple[Values, Values]:
        """Energies [GeV] in front of columns `crossed` [g/cm2] of particles with those of `flux` behind, and log of dE/dE."""
        energy, charge = jnp.broadcast_to(flux.energy[:, None], (flux.energy.size, crossed.size)), charge_of(theory)
        if not isinstance(theory, Charged):
            return energy, jnp.zeros_like(energy)
        if self.loss == "muon":
            steeper = jnp.minimum(charge**2 * self.b * crossed, DEEP)
            return energy_before(energy, crossed, charge, self.a, self.b), jnp.broadcast_to(steeper, energy.shape)
        mass = flux.mass[0]
        table = ranges(mass, jnp.asarray(self.b, mass.dtype), jnp.maximum(flux.energy[-1], 2 * mass))
        rapidity, steeper = table.before(energy, crossed, charge)
        return mass * jnp.cosh(rapidity), steeper

    def directions(self, depth: Float[Array, ""]) -> tuple[Float[Array, " 2n"], Float[Array, " 2n"]]:
        """Cosines of the zenith angle, first those above the horizon, and solid angles [sr] that add up to 4 pi.

        cos = +-w sinh(u), where w = sqrt(d (2 R - d)) / (R - d) is the width of the horizon: the path is (R - d) w e^-+u.
        """
        width = jnp.sqrt(depth * (2 * EARTH_RADIUS - depth)) / (EARTH_RADIUS - depth)
        u, weight = gauss_legendre(self.n, jnp.zeros_like(width), jnp.arcsinh(1 / width))
        cosine, solid_angle = width * jnp.sinh(u), 2 * jnp.pi * width * jnp.cosh(u) * weight
        return jnp.concatenate([cosine, -cosine]), jnp.tile(solid_angle, 2)
