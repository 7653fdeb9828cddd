"""An aperture that both daughters of a decay at a known place must hit: it reads no coupling."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.detection.places import at_places
from jaxdump.fields import require
from jaxdump.flux import Flux, safe_log
from jaxdump.matter.particles import PARTICLES
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

ROUNDING = 16
"""Probabilities below so many rounding steps are zero."""
AT_ONCE = 4096
"""Particles of one step: more would fill the memory with their azimuths."""
Cosines = Float[Array, " a"]


class Aperture(AbstractStage):
    """The probability that both daughters of a decay hit a disc around the axis, at the places and angles of the flux.

    Particles come from the axis at the end of the target, at their angle; without angles they fly along the axis. The decay
    is isotropic in the frame of the particle. In a plane of any azimuth a daughter at the angle t to the particle hits if
    cot t exceeds the K of `cotangents`, whatever its energy; the cosines c in the frame for which it misses are the interval
    of `missed`, so that the integral over c is exact. The daughters fly to either side of where the particle itself would hit,
    which hence lies in the disc. Derived here. Zero for a particle that is too light to decay so.

    >>> from jaxdump.theories import AlpPhoton
    >>> flux = Flux(jnp.array([100.0]), jnp.array([0.5]), jnp.zeros(1), jnp.zeros(()), None, jnp.array([60.0]))
    >>> both = Aperture(radius=2.0, distance=100.0, daughters=("photon", "photon"))(AlpPhoton(0.5, 1e-5), flux)
    >>> f"{jnp.exp(both.log_total()):.4f}"
    '0.9802'
    """

    radius: Scalar
    """Radius of the disc [m]."""
    distance: Scalar
    """Distance [m] of its plane from the end of the target."""
    daughters: tuple[str, str] = eqx.field(static=True)
    """Names of the daughters, as in `theory.widths`; `DecayThere` must see these alone."""
    n_azimuth: int = eqx.field(static=True, default=8)
    """Planes of the decay, if the flux has angles: 8 give sums over particles to 3e-4, a single one within 0.04."""

    def __check_init__(self):
        for name in ("radius", "distance"):
            require("aperture", name, getattr(self, name), 0, open_below=True)
        if not isinstance(self.daughters, tuple) or len(self.daughters) != 2 or not set(self.daughters) <= set(PARTICLES):
            raise ValueError(f"aperture: daughters must be two of {', '.join(PARTICLES)}, not {self.daughters!r}")

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        columns = flux.energy, flux.mass, at_places("Aperture", flux), flux.angle
        hit = flux.weighted(jax.lax.map(lambda column: self.log_hit(*column), columns, batch_size=AT_ONCE))
        return dataclasses.replace(hit, angle=None)

    def log_hit(self, energy: Scalar, mass: Scalar, place: Scalar, angle: Scalar | None) -> Scalar:
        """Logarithm of the probability for one particle."""
        ahead = self.distance - place
        inside, *reaches = self.cotangents(ahead, angle)
        first, second = (PARTICLES[name].mass for name in self.daughters)
        a1, b1 = missed(energy, mass, first, second, reaches[0])
        a2, b2 = missed(energy, mass, second, first, reaches[1])
        both = jnp.maximum(jnp.minimum(b1, -a2) - jnp.maximum(a1, -b2), 0.0)
        hit = 1 - jnp.mean(b1 - a1 + b2 - a2 - both) / 2
        hit = jnp.where(inside & (ahead > 0) & (mass > first + second), hit, 0.0)
        return safe_log(jnp.where(hit > ROUNDING * jnp.finfo(hit.dtype).eps, hit, 0.0))

    def cotangents(self, ahead: Scalar, angle: Scalar | None) -> tuple[Array, Cosines, Cosines]:
        """Whether the particle itself would hit, and the least cotangents K of angles to it with which daughters hit.

        The plane of azimuth phi cuts the disc along a line, which from the hit of the particle leaves the disc after sqrt(R^2 -
        rho^2 sin^2) -+ rho cos. A daughter at t meets this line after `ahead` N sin t / (cos theta cos t -+ sin theta cos phi
        sin t), with N^2 = cos^2 phi / cos^2 theta + sin^2 phi.
        """
        if angle is None:
            straight = jnp.stack([ahead / self.radius])
            return jnp.ones((), bool), straight, straight
        azimuth = np.pi * (np.arange(self.n_azimuth) + 0.5) / self.n_azimuth
        cos_phi, sin_phi = (values.astype(jnp.result_type(angle)) for values in (np.cos(azimuth), np.sin(azimuth)))
        forwards = jnp.cos(angle) > 0
        angle = jnp.where(forwards, angle, 0.0)
        whole = self.distance * jnp.tan(angle)
        inside = whole < self.radius
        rho, cos, sin = jnp.where(inside, whole, 0.0), jnp.cos(angle), jnp.sin(angle)
        norm = jnp.sqrt((cos_phi / cos) ** 2 + sin_phi**2)
        along, across = rho * cos_phi / (cos * norm), rho * sin_phi / norm
        half, least = jnp.sqrt((self.radius - across) * (self.radius + across)), jnp.finfo(rho.dtype).eps * self.radius
        chords = [(sign, jnp.maximum(half - sign * along, least)) for sign in (1, -1)]
        one, other = ((ahead * norm / chord + sign * cos_phi * sin) / cos for sign, chord in chords)
        return forwards & inside, one, other


def missed(energy: Scalar, mass: Scalar, own: float, other: float, cotangent: Cosines) -> tuple[Cosines, Cosines]:
    """The first and last cosine c in the frame of the particle of a daughter of mass `own` [GeV] that misses; both 0 if none.

    It misses if K p* sin > gamma (p* c + beta E*), with ends at the roots of (K^2 + gamma^2) p*^2 c^2 + 2 gamma^2 beta p* E* c
    + (gamma beta E*)^2 - (K p*)^2. All momenta are over the mass of the particle. A daughter that is slower in its frame than
    the particle flies forwards at c = -1 too.
    """
    open_ = mass > own + other
    safe = jnp.where(open_, mass, 1.0 + own + other)
    m1, m2 = own / safe, other / safe
    star = jnp.sqrt((1 - m1 - m2) * (1 + m1 + m2) * (1 - m1 + m2) * (1 + m1 - m2)) / 2
    star_energy, gamma = (1 + (m1 - m2) * (m1 + m2)) / 2, jnp.where(open_, energy / safe, 2.0)
    boost = jnp.sqrt(jnp.maximum((gamma - 1) * (gamma + 1), jnp.finfo(gamma.dtype).eps))
    excess = (star_energy - gamma * m1) * (star_energy + gamma * m1)
    push = boost * star_energy
    squared, slow = (cotangent * star) ** 2 + excess, excess < 0
    misses = (squared > 0) & ~(slow & (cotangent < 0))
    root = jnp.sqrt(jnp.where(misses, squared, 1.0))
    scale = star * (cotangent**2 + gamma**2)
    first = jnp.where(slow, (-gamma * push - cotangent * root) / scale, -1.0)
    last = (-gamma * push + cotangent * root) / scale
    first, last = (jnp.where(misses, jnp.clip(end, -1.0, 1.0), 0.0) for end in (first, last))
    return first, jnp.maximum(first, last)
