"""Photons in the air from decays of mesons, and the air that they cross before they make a pair."""

import equinox as eqx
import jax
import jax.numpy as jnp

from jaxdump.fields import require
from jaxdump.flux import Flux, safe_log
from jaxdump.matter.materials import AIR, Material
from jaxdump.matter.mesons import MESONS
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.base import AbstractSpectrum
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.sources.in_flight import HIGHEST_DAUGHTER, ParentFlux, meson_fluxes
from jaxdump.typing import Scalar, Values

PARENTS = ("pi0", "eta")
"""Mesons whose photons are counted."""
KNOTS = (10.0, 1e3)
"""Energies [GeV] at which further panels of nodes end."""
LOST = 7 / 9
"""Share of photons that make a pair per radiation length, at high energy. PDG 2022, Sec. 34.4.4."""


class PhotonsInAir(AbstractSpectrum):
    """Photons of the decays of pi0 and eta in air; each crosses 9/7 of a radiation length before it makes a pair.

    Photons of the shower that follows are left out, so that there are more. Below 0.1 GeV fewer photons are lost, so that the
    true paths are longer.
    """

    hadrons: HadronsInAir
    least_energy: Scalar = 0.0
    """Least energy that counts [GeV]."""
    panel: int = eqx.field(static=True, default=24)
    """Number of nodes in energy between two kinks of the spectrum."""

    def __check_init__(self):
        require("photons in air", "least_energy", self.least_energy, 0, HIGHEST_DAUGHTER / 2, open_above=True)

    @property
    def particle(self) -> str:
        return "photon"

    @property
    def material(self) -> Material:
        return AIR

    @property
    def highest(self) -> Scalar:
        return HIGHEST_DAUGHTER

    @property
    def per(self) -> str:
        return "m2 s sr"

    def nodes(self, least: Scalar, n: int) -> Flux:
        """Nodes in panels between the kinks of the spectrum, which are `panel` each: `n` is not used."""
        first = jnp.maximum(jnp.maximum(jnp.asarray(self.least_energy, jnp.result_type(least)), least), 1e-6)
        inner = jnp.asarray([*KNOTS, *(MESONS[name].mass / 2 for name in PARENTS)], first.dtype)
        edges = jnp.concatenate([first[None], jnp.sort(jnp.clip(inner, first)), jnp.full_like(first[None], HIGHEST_DAUGHTER)])
        log_energy, weight = (each.ravel() for each in gauss_legendre(self.panel, jnp.log(edges[:-1]), jnp.log(edges[1:])))
        energy = jnp.exp(log_energy)
        log_width = safe_log(weight * energy)
        return self.flux(energy, self.log_density(energy) + log_width, log_width)

    def log_density(self, energy: Values) -> Values:
        photons = sum(self.by_parent(energy).values(), start=jnp.zeros_like(energy))
        return safe_log(photons) + jnp.log(self.material.radiation_length / LOST)

    def by_parent(self, energy: Values) -> dict[str, Values]:
        """Fluxes of photons [1/(m2 s sr GeV)] at `energy` [GeV] by the meson that decays."""
        to_photons = jnp.asarray([MESONS[name].to_photons for name in PARENTS], energy.dtype)
        photons = jax.vmap(decay_photons, (0, 0, None))(meson_fluxes(self.hadrons, PARENTS, energy), to_photons, energy)
        return dict(zip(PARENTS, photons, strict=True))


def decay_photons(mesons: ParentFlux, branching: Scalar, energy: Values) -> Values:
    """Flux [1/(m2 s sr GeV)] at `energy` [GeV] of photons from decays to two photons of branching ratio `branching`.

    It is 2 BR H(|ln(2 E / M)|), as the mesons that make them have at least E + M^2 / (4 E) = M cosh(ln(2 E / M)). Derived here.
    """
    return 2 * branching * jnp.exp(mesons.beyond(jnp.abs(jnp.log(2 * energy / mesons.mass))))
