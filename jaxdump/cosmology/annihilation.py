"""Annihilation of pairs of dark matter through a mediator: its cross-section, and the average over the heat bath."""

import functools
import math
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.flux import safe_log
from jaxdump.matter.mesons import MESONS
from jaxdump.matter.particles import PARTICLES
from jaxdump.numerics.bessel import scaled_bessel_k
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories.base import Widths, total_width
from jaxdump.theories.capabilities import CouplesToDarkMatter
from jaxdump.typing import Scalar, Values

PANELS = (0.75, 1.5, 2.5, 4.0, 6.5)
"""Ends of panels of the average in the square root of the energy above threshold over temperature; the rest is exp(-42)."""
NODES = 16
"""Nodes of each panel."""
PEAKS = tuple(MESONS[name].mass + beside for name, half in (("omega", 0.02), ("phi", 0.01)) for beside in (-half, 0.0, half))
"""Masses [GeV] of narrow mesons that show in decays to hadrons, and what is a few widths beside them."""
NARROWEST = 1e-9
"""Least width of a resonance, over its mass, that nodes follow."""


def dark_and_rest(theory: CouplesToDarkMatter, widths: Widths) -> tuple[Scalar, Scalar]:
    """Width [GeV] to dark matter, and the sum of all others."""
    pair = theory.dark_matter().pair
    return widths[pair], total_width({daughters: width for daughters, width in widths.items() if daughters != pair})


def log_strength(theory: CouplesToDarkMatter, mass: Scalar) -> Scalar:
    """Logarithm of the cross-section [GeV^-2] at invariant `mass` [GeV] times b^2 [(s - M^2)^2 + M^2 G^2], b^2 = 1 - 4 m^2 / s.

    For the pair of dark matter to all other daughters of the mediator, of spin J, with s-channel widths at mass s^(1/2),
    sigma b^2 = 16 pi (2 J + 1) S G_dark(s) G_rest(s) / (n^2 [(s - M^2)^2 + M^2 G^2]),
    with the n states of one dark particle, and S = 2 if it is its own antiparticle, whose width counts a pair once, else 1; G
    is the whole width on the mass shell. Reference: PDG review of cross-section formulae, resonance formation.
    """
    dark, widths = theory.dark_matter(), dark_and_rest(theory, theory.off_shell(mass))
    number = 16 * math.pi * (2 * theory.spin + 1) * (1 + dark.self_conjugate) / dark.states**2
    return sum(map(safe_log, widths)) + math.log(number)


def cross_section(theory: CouplesToDarkMatter, mass: Scalar) -> Scalar:
    """Cross-section [GeV^-2] of a pair of dark matter at invariant `mass` [GeV] to all else that the mediator decays to."""
    ratio = 2 * theory.dark_matter().mass / mass
    open_ = ratio < 1
    b_squared = jnp.where(open_, (1 - jnp.where(open_, ratio, 0.0)) * (1 + ratio), 1.0)
    pole = ((mass - theory.mass) * (mass + theory.mass)) ** 2 + (theory.mass * total_width(theory.widths())) ** 2
    return jnp.where(open_, jnp.exp(log_strength(theory, mass) - safe_log(pole)) / b_squared, 0.0)


class Annihilation(eqx.Module):
    """What the thermal average of annihilation is a sum of, at several temperatures."""

    log_strength: Float[Array, "x n"]
    """Logarithm of the integrand [GeV^2] times (s - M^2)^2 + M^2 G^2, with its weight."""
    detuning: Float[Array, "x n"]
    """s - M^2 [GeV^2] at the nodes."""
    dark: Scalar
    """M times the width to dark matter [GeV^2]."""
    rest: Scalar
    """M times the width to all else [GeV^2]."""

    @classmethod
    def of(cls, theory: CouplesToDarkMatter, x: Float[Array, " x"]) -> Self:
        """That of a theory where the mass of dark matter is `x` times the temperature, at least once.

        <sigma v> = int ds sigma (s - 4 m^2) s^(1/2) K_1(s^(1/2) / T) / (8 m^4 T K_2(m / T)^2).
        Reference: Gondolo and Gelmini, Nucl. Phys. B360, 145 (1991), Eq. (3.8).
        """
        mass = theory.dark_matter().mass

        def at(x: Scalar) -> tuple[Array, Array]:
            temperature = mass / x
            u, weight = nodes(theory, temperature)
            invariant = 2 * mass + temperature * u**2
            strength = jax.vmap(functools.partial(log_strength, theory))(invariant)
            bessel = scaled_bessel_k(1, invariant / temperature) / scaled_bessel_k(2, jnp.asarray(x)) ** 2
            measure = weight * u * bessel * (invariant / mass) ** 4 / 2  # ds = 4 sqrt(s) T u du, and s - 4 m^2 = s b^2
            return strength + safe_log(measure) - u**2, (invariant - theory.mass) * (invariant + theory.mass)

        strength, detuning = jax.vmap(at)(x)
        dark, rest = dark_and_rest(theory, theory.widths())
        return cls(strength, detuning, theory.mass * dark, theory.mass * rest)

    def log_average(self, log_scale: Scalar | float = 0.0) -> Float[Array, " x"]:
        """Logarithm of <sigma v> [GeV^-2] if all widths but that to dark matter are exp(`log_scale`) times as large."""
        pole = self.detuning**2 + (self.dark + jnp.exp(log_scale) * self.rest) ** 2
        return jax.nn.logsumexp(self.log_strength - safe_log(pole), axis=-1) + log_scale


def log_thermal_average(theory: CouplesToDarkMatter, x: Scalar) -> Scalar:
    """Logarithm of <sigma v> [GeV^-2] where the mass of dark matter is `x` times the temperature, at least once."""
    return Annihilation.of(theory, jnp.asarray(x)[None]).log_average()[0]


def nodes(theory: CouplesToDarkMatter, temperature: Scalar) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Nodes u, where the invariant mass is 2 m + T u^2, and weights, for the average at a `temperature` [GeV].

    Panels end at the resonance, at thresholds of the mediator's decays, and at peaks of hadrons, too. In each the nodes are
    even in asinh((u - a) / c), where a + i c is the place of the pole of a resonance that decays to dark matter alone: others
    are wider.
    """
    dark = theory.dark_matter()
    place, breadth = (theory.mass - 2 * dark.mass) / temperature, theory.widths()[dark.pair] / temperature
    centre, width = complex_root(jnp.asarray(place), jnp.maximum(breadth, NARROWEST * theory.mass / temperature))
    peak = jnp.clip(centre, 0.0, PANELS[-1])
    width = jnp.hypot(width, centre - peak)
    sharp = jnp.concatenate([thresholds(theory), jnp.asarray(PEAKS, jnp.result_type(place))])
    above = (sharp - 2 * dark.mass) / temperature
    opened = jnp.where(above > 0, jnp.sqrt(jnp.where(above > 0, above, 1.0)), 0.0)
    fixed = jnp.asarray((0.0, *PANELS), jnp.result_type(place))
    around = peak + jnp.sqrt(width) * jnp.asarray((-1.0, 0.0, 1.0), jnp.result_type(place))
    edges = jnp.sort(jnp.clip(jnp.concatenate([fixed, around, opened]), 0.0, PANELS[-1]))
    q = jnp.arcsinh((edges - peak) / width)
    q, weight = (each.ravel() for each in gauss_legendre(NODES, q[:-1], q[1:]))
    return jnp.maximum(peak + width * jnp.sinh(q), 0.0), weight * width * jnp.cosh(q)


def complex_root(real: Values, imaginary: Values) -> tuple[Values, Values]:
    """Real and imaginary part of the square root of a complex number whose imaginary part is not negative."""
    size = jnp.hypot(real, imaginary)
    larger = jnp.sqrt((size + jnp.abs(real)) / 2)
    smaller = imaginary / (2 * jnp.where(larger > 0, larger, 1.0))
    positive = real > 0
    return jnp.where(positive, larger, smaller), jnp.where(positive, smaller, larger)


def thresholds(theory: CouplesToDarkMatter) -> Float[Array, " n"]:
    """Least masses [GeV] of the pairs of massive particles of the standard model that the mediator decays to."""
    known = [daughters for daughters in theory.widths() if set(daughters) <= set(PARTICLES)]
    pairs = dict.fromkeys(sum(PARTICLES[name].mass for name in daughters) for daughters in known)
    return jnp.asarray([mass for mass in pairs if mass], jnp.result_type(theory.mass))
