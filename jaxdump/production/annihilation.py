"""Positrons of a shower that annihilate with the target's electrons into a mediator near its resonance."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.constants import ELECTRON_MASS
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.quadrature import gauss_legendre
from jaxdump.sources.beam import Beam, Target
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.mediator import AbstractMediator
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2


def resonant_cross_section(theory: AbstractMediator, energy: Values) -> Values:
    """Cross-section [pb] of e+ e- -> mediator -> dark matter for positrons of `energy` [GeV] on electrons at rest.

    4 pi (2 J + 1) G_ee(s) G_dark(s) / [(s - m^2)^2 + m^2 G^2], s = 2 m_e (m_e + E), the widths in the numerator those at mass
    sqrt(s): for a vector (4 pi / 3) eps^2 alpha alpha_D s (1 + 2 r) b / [...]. G is the width to dark matter. Electrons are
    taken as massless against sqrt(s). Reference: PDG review of kinematics, Eq. (48.26); arXiv:1802.03794.
    """
    mass_squared = invariant_mass_squared(energy)
    off_shell = jax.vmap(lambda mass: (theory.off_shell(mass).to_leptons("electron"), theory.off_shell(mass).to_dark()))
    to_electrons, to_dark = off_shell(jnp.sqrt(mass_squared))
    pole = (mass_squared - theory.mass**2) ** 2 + (theory.mass * theory.to_dark()) ** 2
    open_ = pole > 0
    sigma = 4 * jnp.pi * (2 * theory.spin + 1) * to_electrons * to_dark / jnp.where(open_, pole, 1.0)
    return jnp.where(open_, sigma, 0.0) * PB_PER_INVERSE_GEV2


def invariant_mass_squared(energy: Values) -> Values:
    """s [GeV^2] of a positron of `energy` [GeV] and an electron at rest."""
    return 2 * ELECTRON_MASS * (ELECTRON_MASS + energy)


def resonance_nodes(
    n: int, theory: AbstractMediator, lowest: Scalar, highest: Scalar
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Energies [GeV] of positrons and weights of an integral from `lowest` to `highest`, in the arctan of the Breit-Wigner."""
    width = theory.mass * jnp.maximum(theory.to_dark(), jnp.finfo(jnp.result_type(theory.mass)).eps ** 0.5 * theory.mass)
    phase = lambda energy: jnp.arctan((invariant_mass_squared(energy) - theory.mass**2) / width)
    phi, weight = gauss_legendre(n, phase(lowest), phase(highest))
    slope = width / (2 * ELECTRON_MASS * jnp.cos(phi) ** 2)
    energy = (theory.mass**2 + width * jnp.tan(phi)) / (2 * ELECTRON_MASS) - ELECTRON_MASS
    return jnp.clip(energy, lowest, highest), weight * slope


class ResonantAnnihilation(AbstractProduction):
    """Secondary positrons of an electron beam; the weights count mediators that decay to dark matter, per beam electron.

    Nothing for a theory that has no such resonance. The motion of the atomic electrons is neglected.
    """

    name: str = eqx.field(static=True)
    beam: Beam
    target: Target
    x_min: Scalar
    """Least energy of the positron over that of the beam."""
    n: int = eqx.field(static=True, default=48)

    def __check_init__(self):
        require("annihilation", "x_min", self.x_min, 0, 1, open_below=True, open_above=True)

    def __call__(self, theory: AbstractTheory) -> Flux:
        if not isinstance(theory, AbstractMediator):
            nothing = jnp.full(1, CLOSED, jnp.result_type(theory.mass))
            return Flux(jnp.ones_like(nothing), jnp.ones_like(nothing), nothing, jnp.zeros_like(nothing[0]))
        lowest, highest = (jnp.asarray(end * self.beam.energy, jnp.result_type(theory.mass)) for end in (self.x_min, 1.0))
        energy, weight = resonance_nodes(self.n, theory, lowest, highest)
        sigma = resonant_cross_section(theory.with_coupling(jnp.ones_like(theory.mass)), energy)
        log_tracks = self.target.log_track_length("positron", self.beam, energy)
        material = self.target.material
        log_electrons = jnp.log(material.nuclei_per_pb() * material.charge_number)
        return Flux(
            energy=energy + ELECTRON_MASS,
            mass=jnp.broadcast_to(theory.mass, energy.shape),
            log_weight=safe_log(sigma * weight) + log_tracks + log_electrons,
            log_scale=self.log_scale(theory),
        )

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        """2 log of the coupling, to which that to electrons is in proportion."""
        return 2 * safe_log(jnp.abs(jnp.asarray(theory.coupling, jnp.result_type(theory.mass))))
