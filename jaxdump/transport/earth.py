"""The Earth around a detector: columns of matter, and the energy that a charged particle loses in them."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import Number, check_choices, choice, require
from jaxdump.flux import CLOSED, Flux, held
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory, Charged, charge_of
from jaxdump.transport.energy_loss import ranges
from jaxdump.typing import Scalar, Values
from jaxdump.units import CM_PER_M

EARTH_RADIUS = 6.371e6
"""Radius [m]. Dziewonski and Anderson, Phys. Earth Planet. Inter. 25, 297 (1981)."""
STANDARD_ROCK = 2.65
"""Density of standard rock [g/cm3]. PDG 2022."""
SHELLS = (
    (0.0, (STANDARD_ROCK, 0.0, 0.0, 0.0)),
    (3e3, (2.6, 0.0, 0.0, 0.0)),
    (15e3, (2.9, 0.0, 0.0, 0.0)),
    (24.4e3, (2.6910, 0.6924, 0.0, 0.0)),
    (220e3, (7.1089, -3.8045, 0.0, 0.0)),
    (400e3, (11.2494, -8.0298, 0.0, 0.0)),
    (600e3, (5.3197, -1.4836, 0.0, 0.0)),
    (670e3, (7.9565, -6.4761, 5.5283, -3.0807)),
    (2891e3, (12.5815, -1.2638, -3.6426, -5.5281)),
    (5149.5e3, (13.0885, 0.0, -8.8381, 0.0)),
)
"""Preliminary reference Earth model: the depth [m] at which each shell begins, and its density [g/cm3] in powers of r / R.

Reference: Dziewonski and Anderson, Phys. Earth Planet. Inter. 25, 297 (1981). The ocean, the outer 3 km, is standard rock here.
"""
ROCK_LOSS = (Number(2.23e-3, "A", "after arXiv:hep-ph/0407075"), Number(4.63e-6, "A", "after arXiv:hep-ph/0407075"))
"""Energy loss of muons in standard rock: a [GeV cm2/g] and b [cm2/g]."""
ICE_LOSS = tuple(Number(value, "P", "arXiv:hep-ph/0407075, Fig. 21, Table 3, by public codes") for value in (2.59e-3, 3.63e-6))
"""Energy loss of muons in ice: a and b."""
SHELL_NODES = 12
DEEP = 50.0
"""Number of e-folds of lost energy beyond which `energy_before` does not grow: no particle has so much energy."""


def path_length(cos_zenith: Values, depth: Scalar) -> Values:
    """Length [m] of the straight path from the surface to a detector at `depth` [m], for a particle from `cos_zenith`.

    sqrt(R^2 - (R - d)^2 sin^2) - (R - d) cos, without its cancellation above the horizon.
    """
    level, climb = (EARTH_RADIUS - depth) * upward(cos_zenith), depth * (2 * EARTH_RADIUS - depth)
    return climb / (jnp.sqrt(level**2 + climb) + level) + jnp.where(cos_zenith < 0, 2 * level, 0.0)


def column(cos_zenith: Float[Array, ""], depth: Scalar) -> Float[Array, ""]:
    """Column [g/cm2] of the Earth along the straight path to a detector at `depth` [m], for a particle from `cos_zenith`.

    From below it crosses twice what lies between the depth of the detector and its own deepest point.
    """
    starts = jnp.asarray([*(start for start, _ in SHELLS), EARTH_RADIUS], jnp.result_type(cos_zenith, depth))
    ahead = column_between(jnp.minimum(starts, depth), cos_zenith, depth)
    return ahead + jnp.where(cos_zenith < 0, 2 * column_between(jnp.maximum(starts, depth), cos_zenith, depth), 0.0)


def column_between(edges: Float[Array, " k"], cos_zenith: Float[Array, ""], depth: Scalar) -> Float[Array, ""]:
    """Column [g/cm2] of shells between depths `edges` [m] on the path of `column`, on one side of its deepest point."""
    heights = height(edges, cos_zenith, depth)
    upper, lower = heights[:-1], heights[1:]
    climb = (edges[1:] - edges[:-1]) * (2 * EARTH_RADIUS - edges[1:] - edges[:-1])
    passed = lower > 0
    width = jnp.where(passed, climb / (upper + jnp.where(passed, lower, 1.0)), upper - lower)
    above, weight = gauss_legendre(SHELL_NODES, jnp.zeros_like(width), width)
    nearest_squared = (EARTH_RADIUS - depth) ** 2 * (1 - cos_zenith) * (1 + cos_zenith)
    x = jnp.sqrt(nearest_squared + (lower[:, None] + above) ** 2) / EARTH_RADIUS
    c = jnp.asarray([powers for _, powers in SHELLS], x.dtype).T[:, :, None]
    return CM_PER_M * jnp.sum(weight * (c[0] + x * (c[1] + x * (c[2] + x * c[3]))))


def height(edge: Values, cos_zenith: Float[Array, ""], depth: Scalar) -> Values:
    """Distance [m] of the path of `column` from its deepest point at the depth `edge` [m]; zero if it is never so deep."""
    level = (EARTH_RADIUS - depth) * upward(cos_zenith)
    climb = (depth - edge) * (2 * EARTH_RADIUS - depth - edge)
    squared = level**2 + climb
    reached = (squared > 0) & (edge < EARTH_RADIUS)  # of the centre rounding alone would decide
    root = jnp.where(reached, jnp.sqrt(jnp.where(reached, squared, 1.0)), 0.0)
    return jnp.where(climb == 0, level, root)


def upward(cos_zenith: Values) -> Values:
    """Absolute value of `cos_zenith`, with the derivative from above at the horizon."""
    return jnp.where(cos_zenith < 0, -cos_zenith, cos_zenith)


def energy_after(energy: Values, column: Values, charge: Scalar, a: Scalar, b: Scalar) -> Values:
    """Mean energy [GeV] behind a `column` [g/cm2] of a particle of `charge` [e] and `energy` [GeV] before it.

    -dE/dX = eps^2 (a + b E), so E(X) = E e^-k - (a / b) (1 - e^-k) with k = eps^2 b X; a particle whose energy is not above its
    mass has stopped. Here `a` [GeV cm2/g] is ionisation. `b` [cm2/g], for bremsstrahlung, pairs and nuclei, is that of muons:
    too large for heavier particles.
    Reference: arXiv:hep-ph/0407075; arXiv:2104.13924.
    """
    k = charge**2 * b * column
    return energy * jnp.exp(-k) + a / b * jnp.expm1(-k)


def energy_before(energy: Values, column: Values, charge: Scalar, a: Scalar, b: Scalar) -> Values:
    """Mean energy [GeV] in front of a `column` [g/cm2] of a particle of `energy` [GeV] behind it: inverse of `energy_after`.

    Its derivative, e^k, is the factor by which fluxes per energy grow.
    """
    k = jnp.minimum(charge**2 * b * column, DEEP)
    return energy * jnp.exp(k) + a / b * jnp.expm1(k)


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
        return dataclasses.replace(flux, log_weight=held(jax.nn.logsumexp(self.log_arriving(theory, flux), axis=1)))

    def log_arriving(self, theory: AbstractTheory, flux: Flux) -> Float[Array, "e 2n"]:
        """Logarithm of the weights that arrive at each energy of `flux` from each of the `directions`."""
        depth = jnp.asarray(self.depth, flux.energy.dtype)
        cosine, solid_angle = self.directions(depth)
        crossed = jax.vmap(column, (0, None))(cosine, depth)[None]
        before, steeper = self.started(theory, flux, crossed)
        arriving = log_spectrum(flux, before) + steeper + width_of(flux)[:, None] + jnp.log(solid_angle)[None]
        return jnp.where(before <= flux.energy[-1], held(arriving), CLOSED)

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
