"""Annihilation of positrons of a shower with electrons of the target into a particle near its resonance."""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from jaxdump.constants import ELECTRON_MASS
from jaxdump.fields import FACTOR, require
from jaxdump.flux import CLOSED, Flux, at_least_closed, safe_log
from jaxdump.numerics.elementary import arcsinh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.base import AbstractSpectrum
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory, total_width
from jaxdump.theories.capabilities import MadeByAnnihilation, couples
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2

PAIR = ("electron", "electron")
FARTHEST = 21.0
"""arsinh of the largest distance from the peak, in widths, that nodes follow: 1e-9 of a resonance lies beyond."""
NARROWEST = 1e-14
"""Least width times mass of a peak that nodes follow, over the larger of mass squared and distance to the ends.

A narrower peak between the ends has the same area, and beyond them the same tail.
"""


def resonant_cross_section(theory: MadeByAnnihilation, energy: Values) -> Values:
    """Cross-section [pb] of e+ e- -> particle -> anything for positrons of `energy` [GeV] on electrons at rest.

    4 pi (2 J + 1) G_ee(s) G(s) / [(s - m^2)^2 + m^2 G^2], s = 2 m_e (m_e + E), with the widths in the numerator at mass sqrt(s)
    and the whole width G; for a vector that decays to dark fermions it is (4 pi / 3) eps^2 alpha alpha_D s (1 + 2 r) b / [...].
    Electrons are taken as massless against sqrt(s). Reference: PDG review of cross-section formulae, resonance formation;
    arXiv:1802.03794.
    """
    detuning = 2 * ELECTRON_MASS * (ELECTRON_MASS + energy) - theory.mass**2
    width = total_width(theory.widths())
    breadth = theory.mass * width
    pole = detuning**2 + breadth**2
    open_ = pole > jnp.finfo(pole.dtype).tiny
    return jnp.where(open_, jnp.exp(log_area(theory, detuning, width)) * breadth / jnp.where(open_, pole, 1.0), 0.0)


def log_area(theory: MadeByAnnihilation, detuning: Values, width: Scalar) -> Values:
    """Log of the cross-section [pb] times [(s - m^2)^2 + m^2 G^2] / (m G), at s - m^2 = `detuning` [GeV^2], which may be tiny.

    `width` is G [GeV]. It is 4 pi (2 J + 1) G_ee(s) G(s) / (m G), and needs no square of a width.
    """

    def widths(mass: Scalar) -> tuple[Scalar, Scalar]:
        every = theory.off_shell(mass)
        return every[PAIR], total_width(every)

    to_electrons, every = jax.vmap(widths)(invariant_mass(theory, detuning))
    log_own = safe_log(width)
    made = safe_log(to_electrons) + safe_log(every) - jnp.log(theory.mass) - log_own
    number = math.log(4 * math.pi * (2 * theory.spin + 1) * PB_PER_INVERSE_GEV2)
    return jnp.where(log_own > CLOSED / 2, made + number, CLOSED)


def invariant_mass(theory: MadeByAnnihilation, detuning: Values) -> Values:
    """Invariant mass sqrt(s) [GeV], at least that of electrons at rest: the sum of squares may cancel."""
    return jnp.sqrt(jnp.maximum(theory.mass**2 + detuning, 4 * ELECTRON_MASS**2))


class Resonance(NamedTuple):
    """Nodes of an integral over m G ds / [(s - m^2)^2 + m^2 G^2], by rising s; the first and the last are its ends.

    The ends have no weight of their own: the last is that of a density which is singular there.
    """

    detuning: Values
    """s - m^2 [GeV^2]."""
    log_step: Values
    """Logarithm of the weight of an integral over ds [GeV^2]."""
    log_shape: Values
    """Logarithm of m G / [(s - m^2)^2 + m^2 G^2] [GeV^-2]."""
    whole: Bool[Array, ""]
    """Whether the last node is the upper limit of the integral, and not as far from the peak as nodes follow."""


def resonance_nodes(n: int, breadth: Scalar, mass: Scalar, lowest: Scalar, highest: Scalar) -> Resonance:
    """The `n` nodes s - m^2 [GeV^2] from `lowest` to `highest`, where `breadth` is m G, and the two ends.

    They are even in asinh((s - m^2) / (m G)). Half of them lie below the peak, or the end that is nearest to it, half above.
    """
    largest = jnp.maximum(jnp.maximum(jnp.abs(lowest), jnp.abs(highest)), mass**2)
    width = jnp.maximum(breadth, NARROWEST * largest)
    first, peak, last = arcsinh(jnp.stack([lowest, jnp.clip(jnp.zeros_like(lowest), lowest, highest), highest]) / width)
    ends = jnp.stack([jnp.maximum(first, peak - FARTHEST), peak, jnp.minimum(last, peak + FARTHEST)])
    u, weight = (each.ravel() for each in gauss_legendre(n // 2, ends[:-1], ends[1:]))
    u, weight = jnp.concatenate([ends[:1], u, ends[-1:]]), jnp.pad(weight, 1)
    log_tail = jnp.where((lowest < 0) & (highest > 0), 0.0, safe_log(breadth) - jnp.log(width))
    up, down = jnp.exp(u), jnp.exp(-u)
    log_slope = jnp.log((up + down) / 2) + jnp.log(width)
    detuning = jnp.clip(width * (up - down) / 2, lowest, highest)
    return Resonance(detuning, safe_log(weight) + log_slope, log_tail + jnp.log(width) - 2 * log_slope, last <= peak + FARTHEST)


class ResonantAnnihilation(AbstractProduction):
    """Annihilation of positrons that cross a material; the weights count particles per unit of the source.

    It makes a theory that is `MadeByAnnihilation` and decays to electrons, with the width that its couplings give it. The
    motion of the atomic electrons is neglected: the particle flies on along the positron, at no angle to it.
    """

    name: str = eqx.field(static=True)
    source: AbstractSpectrum
    """The positrons, whose density in energy the resonance asks for."""
    x_min: Scalar
    """Least energy of the positron over the largest energy of the source."""
    n: int = eqx.field(static=True, default=48)
    """Nodes in energy."""
    annihilation: Scalar = eqx.field(default=1.0, metadata=FACTOR)
    """Factor on what is made; 0 leaves annihilation out."""
    x_max: Scalar = 1.0
    """Largest energy of the positron over the largest energy of the source: below 1 where the rest must be seen."""

    def __check_init__(self):
        require("annihilation", "x_min", self.x_min, 0, 1, open_below=True, open_above=True)
        require("annihilation", "x_max", self.x_max, 0, 1, open_below=True)
        require("annihilation", "annihilation", self.annihilation, 0)
        if not isinstance(self.source, AbstractSpectrum):
            raise ValueError(f"{self.name}: a narrow resonance needs the density of positrons in energy, not a list of them")

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether it is a resonance of electrons, and there are positrons."""
        if not isinstance(theory, MadeByAnnihilation) or self.source.empty:
            return False
        return PAIR in jax.eval_shape(lambda: theory.widths())  # their names, without the work of their numbers

    def __call__(self, theory: MadeByAnnihilation) -> Flux:
        dtype = jnp.result_type(theory.mass)
        lowest, highest = (jnp.asarray(end * self.source.highest, dtype) for end in (self.x_min, self.x_max))
        at_rest = 2 * ELECTRON_MASS * jnp.stack([lowest + ELECTRON_MASS, highest + ELECTRON_MASS]) - theory.mass**2
        width = jnp.asarray(total_width(theory.widths()), dtype)
        nodes = resonance_nodes(self.n, theory.mass * width, theory.mass, at_rest[0], at_rest[1])
        energy = jnp.clip((theory.mass**2 + nodes.detuning) / (2 * ELECTRON_MASS) - ELECTRON_MASS, lowest, highest)
        log_paths = self.source.log_density(energy) + nodes.log_step - math.log(2 * ELECTRON_MASS)
        log_above = self.source.log_above(jnp.stack([energy[0], highest]))
        if log_above is not None:
            log_above, log_beyond = log_above[0], jnp.where(self.x_max < 1, log_above[1], CLOSED)
            found = jnp.logaddexp(jax.nn.logsumexp(log_paths[1:-1]), log_beyond)
            missed = safe_log(-jnp.expm1(found - log_above)) + log_above
            log_paths = log_paths.at[-1].set(jnp.where(nodes.whole, missed, CLOSED))
        log_made = log_area(theory, nodes.detuning, width) + nodes.log_shape + log_paths
        material = self.source.material
        log_electrons = jnp.log(material.nuclei_per_pb() * material.charge_number)
        log_factor = safe_log(jnp.asarray(self.annihilation, dtype))
        return Flux(
            energy=energy + ELECTRON_MASS,
            mass=invariant_mass(theory, nodes.detuning),
            log_weight=at_least_closed(log_made + log_electrons + log_factor),
            log_scale=jnp.zeros((), dtype),
            angle=jnp.zeros_like(energy),
            particle=theory.particles[0],
            per=self.source.per,
        )

    def opens(self, theory: MadeByAnnihilation) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
        """Whether it couples to electrons, and whether positrons of the largest energy make it, on its mass shell or off."""
        largest = jnp.asarray(self.x_max * self.source.highest, jnp.result_type(theory.mass))
        to_electrons = theory.off_shell(jnp.sqrt(2 * ELECTRON_MASS * (ELECTRON_MASS + largest)))[PAIR]
        factors = to_electrons, self.annihilation, total_width(theory.widths())
        each = jnp.stack([jnp.asarray(factor, largest.dtype) for factor in factors])
        above = safe_log(each) > CLOSED / 2
        return jnp.all(above[:2]), jnp.all(above)

    def kinks(self, theory: MadeByAnnihilation) -> dict[str, Scalar]:
        """The resonance at the least or the largest energy of a positron: steps if it is narrow."""
        ends = {"least": self.x_min * self.source.highest, "largest": self.x_max * self.source.highest}
        at_rest = lambda energy: jnp.sqrt(2 * ELECTRON_MASS * (ELECTRON_MASS + jnp.asarray(energy)))
        return {f"{name} energy of a positron": theory.mass - at_rest(energy) for name, energy in ends.items()}

    def leaves_out(self, theory: AbstractTheory) -> str:
        if self.source.empty or isinstance(theory, MadeByAnnihilation) or not couples(theory, "electron"):
            return ""
        return "annihilation of positrons of the shower is left out, which makes mediators alone: limits may be too weak"

    def log_scale(self, theory: MadeByAnnihilation) -> Scalar | None:
        """None: the shape of the resonance depends on the couplings."""
        return None
