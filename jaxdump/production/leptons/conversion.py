"""Leptons that become heavier ones in the field of a nucleus and radiate a particle of spin 0: l N -> l' N X, by WW.

As for `bremsstrahlung`, but U = m_l'^2 - (p - k)^2 = x y + m_X^2 (1 - x) / x + m_l'^2 - m_l^2 (1 - x), y = E^2 theta^2. Of
L = g X lbar' l + h.c. it is (1 - x) A / (e^2 g^2) = x^2 - 2 [m_X^2 - (m_l + m_l')^2] (1 - x) x^2 y / U^2; of pseudoscalars with
the difference of the masses in place of their sum. Derived here from explicit Dirac matrices. An estimate: the exact tree level
is not calculated, and nuclei do not break up.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import require
from jaxdump.flux import Flux, log_squared, safe_log
from jaxdump.matter.form_factors import photon_flux
from jaxdump.matter.materials import Material
from jaxdump.matter.particles import PARTICLES
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.leptons.bremsstrahlung import PREFACTOR, THETA_MAX
from jaxdump.sources.base import AbstractSource
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import Conversion, ConvertsLeptons
from jaxdump.typing import Scalar, Values

ANGLES = 24
"""Nodes in angle."""


def conversion_spectrum(
    way: Conversion, lepton_mass: Scalar, mass: Scalar, x: Values, energy: Scalar, material: Material
) -> Values:
    """dsigma/dx [pb] per nucleus for a coupling of one, at shares `x` of the `energy` [GeV] of the lepton."""
    final, rest, x0 = PARTICLES[way.lepton].mass, 1 - x, mass / energy
    open_ = (x > x0) & (rest * energy > final)
    x, rest = jnp.where(open_, x, 0.5), jnp.where(open_, rest, 0.5)
    least = mass**2 * rest / x + (final - lepton_mass) * (final + lepton_mass) + lepton_mass**2 * x
    t_max = mass**2 + final**2
    highest = jnp.minimum((energy * THETA_MAX) ** 2, jnp.maximum(2 * energy * rest * jnp.sqrt(t_max) - least, 0.0) / x)
    scale = least / x
    v, weight = gauss_legendre(ANGLES, jnp.zeros_like(x), jnp.log1p(highest / scale))
    above = scale[..., None] * jnp.exp(v)
    y, u = above - scale[..., None], x[..., None] * above
    wide = lambda each: each[..., None]
    flux = photon_flux((u / (2 * energy * wide(rest))) ** 2, t_max, material)
    c = 2 * (mass**2 - (final + way.parity * lepton_mass) ** 2)
    element = (wide(x) ** 2 - c * wide(rest) * y * (wide(x) / u) ** 2) / u**2
    momentum = jnp.sqrt(jnp.where(open_, (x - x0) * (x + x0), 1.0))
    return jnp.where(open_, PREFACTOR * momentum * jnp.sum(weight * above * flux * element, axis=-1), 0.0)


class LeptonConversion(AbstractProduction):
    """Particles of spin 0 that leptons radiate in becoming others; the weights count particles per unit of the source.

    It makes a theory that `ConvertsLeptons`. Neither cuts nor decays of the new lepton are here.
    """

    name: str = eqx.field(static=True)
    source: AbstractSource
    """The leptons, of a thin target."""
    n_x: int = eqx.field(static=True, default=32)
    """Nodes in energy."""
    n_source: int = eqx.field(static=True, default=12)
    """Number of energies of the leptons, where these have a spectrum."""

    def __check_init__(self):
        require(self.name, "n_x", self.n_x, 1)
        if self.source.particle not in PARTICLES:
            raise ValueError(f"{self.name}: no lepton {self.source.particle!r}")

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether leptons of the source become others."""
        return isinstance(theory, ConvertsLeptons) and bool(theory.conversions(self.source.particle))

    def __call__(self, theory: ConvertsLeptons) -> Flux:
        dtype, material = jnp.result_type(theory.mass), self.source.material
        way = self.way(theory)
        final = PARTICLES[way.lepton].mass
        leptons = self.source.nodes(jnp.asarray(final + PARTICLES[self.source.particle].mass, dtype), self.n_source)

        def nodes(energy: Scalar) -> tuple[Float[Array, " n_x"], Float[Array, " n_x"]]:
            first, last = theory.mass / energy, 1 - final / energy
            open_ = first < last
            s, weight = gauss_legendre(self.n_x, jnp.zeros_like(energy), jnp.ones_like(energy))
            width = jnp.where(open_, last - first, 0.5)
            share = s**2 * (3 - 2 * s)  # smooth at the ends, where momenta of either particle open as square roots
            x = jnp.where(open_, first, 0.25) + width * share
            lepton_mass = PARTICLES[self.source.particle].mass
            light = jnp.where(open_, theory.mass, 0.1 * energy)
            sigma = conversion_spectrum(way, lepton_mass, light, x, energy, material)
            return x * energy, jnp.where(open_, safe_log(sigma * weight * width * 6 * s * (1 - s)), safe_log(0.0 * sigma))

        energy, log_sigma = jax.vmap(nodes)(leptons.energy)
        log_paths = leptons.log_weight + leptons.log_scale + jnp.log(material.nuclei_per_pb())
        return Flux(
            energy=energy.ravel(),
            mass=jnp.broadcast_to(jnp.asarray(theory.mass, dtype), energy.size),
            log_weight=(log_sigma + log_paths[:, None]).ravel(),
            log_scale=self.log_scale(theory),
            particle=theory.particles[0],
            per=leptons.per,
        )

    def log_scale(self, theory: ConvertsLeptons) -> Scalar:
        """Twice the logarithm of the coupling."""
        return log_squared(self.way(theory).coupling, theory.mass)

    def way(self, theory: ConvertsLeptons) -> Conversion:
        """The way in which leptons of the source become others; raises `ValueError` for several."""
        first, *others = theory.conversions(self.source.particle)
        if others:
            told = " and ".join(way.lepton for way in (first, *others))
            raise ValueError(f"{self.name}: {self.source.particle}s become {told}: make a theory for each")
        return first

    def kinks(self, theory: ConvertsLeptons) -> dict[str, Scalar]:
        """The largest mass that leptons of the largest energy can make."""
        way = self.way(theory)
        return {f"largest mass beside a {way.lepton}": theory.mass - (self.source.highest - PARTICLES[way.lepton].mass)}
