"""The Primakoff process: photons of a shower turn into particles that couple to two photons in the field of a nucleus."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import FINE_STRUCTURE
from jaxdump.fields import require
from jaxdump.flux import Flux, at_least_closed, log_squared, safe_log
from jaxdump.matter.form_factors import charges, photon_flux
from jaxdump.matter.materials import Material
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.base import AbstractSource
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import CouplesToPhotons
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2

PREFACTOR = FINE_STRUCTURE / 8 * PB_PER_INVERSE_GEV2


def primakoff_cross_section(mass: Scalar, energy: Values, material: Material) -> Values:
    """Cross-section [pb] per nucleus of gamma N -> X N for photons of `energy` [GeV] and g = 1 GeV^-1; zero below threshold.

    (alpha / 8) chi, with the photon flux chi of the nucleus from t_min = (m^2 / 2E)^2 up to (2 E)^2. Derived: the cross-section
    of two photons, (pi g^2 m^2 / 8) delta(s - m^2), times the (alpha / pi) chi photons per ln(energy) of the nucleus; the
    angular distribution d sigma / dt = (alpha g^2 / 8) (t - t_min) / t^2 F(t)^2 is that of arXiv:1512.03069. For spin 0 it is
    exact for a heavy nucleus; for other spins the photons of the nucleus are taken as real, which leaves out t over m^2.
    """
    flux = photon_flux(least_transfer(mass, energy), (2 * energy) ** 2, material)
    return jnp.where(energy > mass, PREFACTOR * flux, 0.0)


def least_transfer(mass: Scalar, energy: Values | Scalar) -> Values:
    """Least momentum transfer squared t_min [GeV^2]."""
    return jnp.asarray((mass**2 / (2 * energy)) ** 2)


def angular_nodes(n: int, mass: Scalar, energy: Scalar, material: Material) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
    """Angles [rad] between photon and particle, and the share of `primakoff_cross_section` [pb] at each.

    theta = sqrt(t - t_min) / E. There are `n` nodes in `Charges.variable` for the nucleus and as many for protons; their sum is
    scaled to the closed form.
    """
    t_min = least_transfer(mass, energy)
    angles, parts = [], []
    for source in charges(material):
        v, weight = gauss_legendre(n, source.variable(jnp.maximum((2 * energy) ** 2, t_min)), source.variable(t_min))
        t, jacobian = source.at(v)
        above = jnp.maximum(t - t_min, 0.0)
        angles.append(jnp.sqrt(above + jnp.finfo(above.dtype).tiny) / energy)
        parts.append(weight * jacobian * above * source.over_t_squared(t_min + above, material))
    shares = jnp.concatenate(parts)
    total = jnp.sum(shares)
    total = jnp.where(total > jnp.finfo(shares.dtype).tiny, total, 1.0)
    return jnp.concatenate(angles), primakoff_cross_section(mass, jnp.asarray(energy), material) * shares / total


class Primakoff(AbstractProduction):
    """Photons that turn into particles in the field of a nucleus; the weights count particles per unit of the source.

    It makes a theory that `CouplesToPhotons`. The particle takes all of the photon's energy.
    """

    name: str = eqx.field(static=True)
    source: AbstractSource
    """The photons: of a shower, of the air, or a list."""
    x_min: Scalar
    """Least energy of the particle over the largest energy of the source."""
    n: int = eqx.field(static=True, default=16)
    """Number of nodes in energy."""
    n_angle: int = eqx.field(static=True, default=12)
    """Nodes in angle; 0 for a flux without angles."""

    def __check_init__(self):
        require("Primakoff process", "x_min", self.x_min, 0, 1, open_above=True)
        if self.source.particle != "photon":
            raise ValueError(f"{self.name}: the Primakoff process needs a source of photons, not of {self.source.particle}s")

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether photons turn into the particle, and there are photons."""
        return isinstance(theory, CouplesToPhotons) and not self.source.empty

    def __call__(self, theory: CouplesToPhotons) -> Flux:
        dtype, material = jnp.result_type(theory.mass), self.source.material
        photons = self.source.nodes(jnp.asarray(self.x_min * self.source.highest, dtype), self.n)
        log_paths = photons.log_weight + photons.log_scale + jnp.log(material.nuclei_per_pb())
        log_scale = self.log_scale(theory)
        if not self.n_angle:
            log_weight = at_least_closed(safe_log(primakoff_cross_section(theory.mass, photons.energy, material)) + log_paths)
            mass = jnp.broadcast_to(theory.mass, photons.energy.shape)
            columns = photons.energy, mass, log_weight, log_scale, None, None, photons.log_width
            return Flux(*columns, particle=theory.particles[0], per=photons.per)
        angle, sigma = jax.vmap(lambda e: angular_nodes(self.n_angle, theory.mass, e, material))(photons.energy)
        return Flux(
            energy=jnp.repeat(photons.energy, angle.shape[1]),
            mass=jnp.broadcast_to(theory.mass, angle.size),
            log_weight=at_least_closed(safe_log(sigma) + log_paths[:, None]).ravel(),
            log_scale=log_scale,
            angle=angle.ravel(),
            particle=theory.particles[0],
            per=photons.per,
        )

    def log_scale(self, theory: CouplesToPhotons) -> Scalar:
        """Twice the logarithm of the coupling to photons."""
        return log_squared(theory.photon_coupling(), theory.mass)
