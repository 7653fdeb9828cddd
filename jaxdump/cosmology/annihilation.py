"""Annihilation of pairs of dark matter through a mediator: its cross-section, and the average over the heat bath."""

import functools
import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.flux import safe_log
from jaxdump.matter.particles import PARTICLES
from jaxdump.numerics.bessel import scaled_bessel_k
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories.base import Widths
from jaxdump.theories.capabilities import CouplesToDarkMatter
from jaxdump.typing import Scalar, Values

PANELS = (0.75, 1.5, 2.5, 4.0, 6.5)
"""Ends of panels of the average in the square root of the energy above threshold over temperature; the rest is exp(-42)."""
NODES = 16
"""Nodes of each panel."""


def log_annihilation(theory: CouplesToDarkMatter, mass: Scalar) -> Scalar:
    """Logarithm of the cross-section [GeV^-2] times the squared velocity b^2 at invariant `mass` [GeV], sqrt(s).

    For the pair of dark matter to all other daughters of the mediator, of spin J, between s-channel widths at mass sqrt(s),
    sigma b^2 = 16 pi (2 J + 1) S G_dark(s) G_rest(s) / (n^2 [(s - M^2)^2 + M^2 G^2]), b^2 = 1 - 4 m^2 / s,
    with the n states of one dark particle, S = 2 if it is its own antiparticle, whose width counts a pair once, else 1, and the
    whole width G on the mass shell. Reference: PDG review of kinematics, Eq. (48.26).
    """
    dark, widths = theory.dark_matter(), theory.off_shell(mass)
    on_shell = total(theory.widths())
    detuning = (mass - theory.mass) * (mass + theory.mass)
    pole = safe_log(detuning**2 + (theory.mass * on_shell) ** 2)
    rest = total({daughters: width for daughters, width in widths.items() if daughters != dark.pair})
    number = 16 * math.pi * (2 * theory.spin + 1) * (1 + dark.self_conjugate) / dark.states**2
    return safe_log(widths[dark.pair]) + safe_log(rest) - pole + math.log(number)


def total(widths: Widths) -> Scalar:
    """The sum of widths [GeV]."""
    return functools.reduce(jnp.add, widths.values(), jnp.zeros(()))


def cross_section(theory: CouplesToDarkMatter, mass: Scalar) -> Scalar:
    """Cross-section [GeV^-2] at invariant `mass` [GeV] of a pair of dark matter to all that the mediator decays to otherwise."""
    ratio = 2 * theory.dark_matter().mass / mass
    open_ = ratio < 1
    b_squared = jnp.where(open_, (1 - jnp.where(open_, ratio, 0.0)) * (1 + ratio), 1.0)
    return jnp.where(open_, jnp.exp(log_annihilation(theory, mass)) / b_squared, 0.0)


def log_thermal_average(theory: CouplesToDarkMatter, x: Scalar) -> Scalar:
    """Logarithm of the thermal average of cross-section times velocity [GeV^-2] at x = mass over temperature, at least 1.

    <sigma v> = int ds sigma (s - 4 m^2) s^(1/2) K_1(s^(1/2) / T) / (8 m^4 T K_2(m / T)^2).
    Reference: Gondolo and Gelmini, Nucl. Phys. B360, 145 (1991), Eq. (3.8).
    """
    mass = theory.dark_matter().mass
    temperature = mass / x
    u, weight = nodes(theory, temperature)
    invariant = 2 * mass + temperature * u**2
    log_sigma = jax.vmap(functools.partial(log_annihilation, theory))(invariant)
    bessel = scaled_bessel_k(1, invariant / temperature) / scaled_bessel_k(2, x) ** 2
    # ds = 4 sqrt(s) T u du, and sigma (s - 4 m^2) is sigma b^2 s
    measure = weight * u * bessel * (invariant / mass) ** 4 / 2
    return jax.nn.logsumexp(log_sigma - u**2, b=measure)


def nodes(theory: CouplesToDarkMatter, temperature: Scalar) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Nodes u, where the invariant mass is 2 m + T u^2, and weights, for the average at a `temperature` [GeV].

    Panels end at the resonance and at thresholds of the mediator's decays, too. In each the nodes are even in
    asinh((u - a) / c), where a + i c is the place of the pole of the resonance.
    """
    dark = theory.dark_matter()
    place = (theory.mass - 2 * dark.mass) / temperature
    breadth = total(theory.widths()) / temperature
    ends = jnp.stack([jnp.zeros_like(place), *(jnp.full_like(place, end) for end in PANELS)])
    centre, width = complex_root(place, breadth)
    peak = jnp.clip(centre, 0.0, PANELS[-1])
    width = jnp.hypot(jnp.maximum(width, jnp.finfo(width.dtype).eps), centre - peak)
    above = (thresholds(theory) - 2 * dark.mass) / temperature
    opened = jnp.where(above > 0, jnp.sqrt(jnp.where(above > 0, above, 1.0)), 0.0)
    edges = jnp.sort(jnp.concatenate([ends, peak[None], jnp.clip(opened, 0.0, PANELS[-1])]))
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
    pairs = [sum(PARTICLES[name].mass for name in daughters) for daughters in theory.widths() if set(daughters) <= set(PARTICLES)]
    return jnp.asarray([mass for mass in dict.fromkeys(pairs) if mass], jnp.result_type(theory.mass))
