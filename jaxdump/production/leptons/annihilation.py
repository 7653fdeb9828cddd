"""Annihilation of positrons of a shower with electrons of the target into a mediator near its resonance."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import ELECTRON_MASS
from jaxdump.fields import require
from jaxdump.flux import CLOSED, Flux, log_squared, safe_log
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.beam import Beam, Target
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import MakeTheory
from jaxdump.theories.mediator import AbstractMediator
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2

NARROWEST = 1e-12
"""Least width times mass of a peak that nodes follow, over the larger of mass squared and distance to the ends."""


def resonant_cross_section(theory: AbstractMediator, energy: Values) -> Values:
    """Cross-section [pb] of e+ e- -> mediator -> dark matter for positrons of `energy` [GeV] on electrons at rest.

    4 pi (2 J + 1) G_ee(s) G_dark(s) / [(s - m^2)^2 + m^2 G^2], s = 2 m_e (m_e + E), with the widths in the numerator at mass
    sqrt(s); for a vector it is (4 pi / 3) eps^2 alpha alpha_D s (1 + 2 r) b / [...]. G is the width to dark matter. Electrons
    are taken as massless against sqrt(s). Reference: PDG review of kinematics, Eq. (48.26); arXiv:1802.03794.
    """
    return near_resonance(theory, 2 * ELECTRON_MASS * (ELECTRON_MASS + energy) - theory.mass**2)


def near_resonance(theory: AbstractMediator, detuning: Values) -> Values:
    """The `resonant_cross_section` [pb] at s - m^2 = `detuning` [GeV^2], a difference of two numbers that may be close.

    The branching ratio to dark matter, which is one here, is left to the detection.
    """
    mass = jnp.sqrt(jnp.maximum(theory.mass**2 + detuning, 4 * ELECTRON_MASS**2))  # of electrons at rest; the sum may cancel
    off_shell = jax.vmap(lambda mass: (theory.off_shell(mass).to_leptons("electron"), theory.off_shell(mass).to_dark()))
    to_electrons, to_dark = off_shell(mass)
    pole = detuning**2 + (theory.mass * theory.to_dark()) ** 2
    open_ = pole > jnp.finfo(mass.dtype).tiny
    sigma = 4 * jnp.pi * (2 * theory.spin + 1) * to_electrons * to_dark / jnp.where(open_, pole, 1.0)
    return jnp.where(open_, sigma, 0.0) * PB_PER_INVERSE_GEV2


def resonance_nodes(
    n: int, theory: AbstractMediator, lowest: Scalar, highest: Scalar
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Nodes s - m^2 [GeV^2] between `lowest` and `highest`, and weights, even in asinh((s - m^2) / (m G)).

    Half of the `n` nodes lie below the peak, or the end that is nearest to it, and half above.
    """
    largest = jnp.maximum(jnp.maximum(jnp.abs(lowest), jnp.abs(highest)), theory.mass**2)
    width = jnp.maximum(theory.mass * theory.to_dark(), NARROWEST * largest)
    ends = jnp.arcsinh(jnp.stack([lowest, jnp.clip(jnp.zeros_like(lowest), lowest, highest), highest]) / width)
    u, weight = (each.ravel() for each in gauss_legendre(n // 2, ends[:-1], ends[1:]))
    return jnp.clip(width * jnp.sinh(u), lowest, highest), weight * width * jnp.cosh(u)


class ResonantAnnihilation(AbstractProduction):
    """Annihilation of secondary positrons; the weights count mediators that decay to dark matter, per beam electron.

    The flux is empty for a theory that has no such resonance, and for a thin target. The motion of the atomic electrons is
    neglected.
    """

    name: str = eqx.field(static=True)
    beam: Beam
    target: Target
    x_min: Scalar
    """Least energy of the positron over that of the beam."""
    n: int = eqx.field(static=True, default=48)
    """Nodes in energy."""

    def __check_init__(self):
        require("annihilation", "x_min", self.x_min, 0, 1, open_below=True, open_above=True)

    def __call__(self, theory: AbstractTheory) -> Flux:
        if self.target.target == "thin" or not isinstance(theory, AbstractMediator):
            return Flux.nothing(self.beam.energy, theory.mass)
        lowest, highest = (jnp.asarray(end * self.beam.energy, jnp.result_type(theory.mass)) for end in (self.x_min, 1.0))
        at_rest = 2 * ELECTRON_MASS * jnp.stack([lowest + ELECTRON_MASS, highest + ELECTRON_MASS]) - theory.mass**2
        detuning, weight = resonance_nodes(self.n, theory, at_rest[0], at_rest[1])
        energy = jnp.clip((theory.mass**2 + detuning) / (2 * ELECTRON_MASS) - ELECTRON_MASS, lowest, highest)
        sigma = near_resonance(theory.with_coupling(jnp.ones_like(theory.mass)), detuning) / (2 * ELECTRON_MASS)
        log_tracks = self.target.log_track_length("positron", self.beam, energy)
        material = self.target.material
        log_electrons = jnp.log(material.nuclei_per_pb() * material.charge_number)
        return Flux(
            energy=energy + ELECTRON_MASS,
            mass=jnp.broadcast_to(theory.mass, energy.shape),
            log_weight=safe_log(sigma * weight) + log_tracks + log_electrons,
            log_scale=self.log_scale(theory),
        )

    def kinks(self, theory: MakeTheory) -> tuple[float, ...]:
        """Masses [GeV] with the resonance at the least or the largest energy of a positron: steps if it is narrow."""
        ends = (self.beam.energy * self.x_min, self.beam.energy)
        return tuple(float(np.sqrt(2 * ELECTRON_MASS * (ELECTRON_MASS + energy))) for energy in ends)

    def leaves_out(self, theory: AbstractTheory) -> str:
        couples = bool(jnp.any(jnp.asarray(theory.coupling_to("electron")) != 0))
        if self.target.target == "thin" or isinstance(theory, AbstractMediator) or not couples:
            return ""
        return "the resonance with positrons of the shower is left out, which only mediators have: limits are too weak there"

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        """Twice the log of the coupling, to which that to electrons is proportional; `CLOSED` without one to electrons."""
        return jnp.where(theory.coupling_to("electron") == 0, CLOSED, log_squared(theory.coupling, theory.mass))
