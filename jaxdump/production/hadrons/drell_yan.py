"""Pairs of millicharged fermions chi from quarks and antiquarks of protons: p p -> gamma* -> chi chibar at leading order.

All numbers are for the charge e (eps = 1), scale as eps^2, and are without the K factor of 1.4 to 2 of higher orders. M and Y
are mass and rapidity of the pair, which has no transverse momentum; x1 and x2, M e^(+-Y) / sqrt(s), are the momentum fractions
in beam and target; s = 2 m_p (E_p + m_p). In the frame of the target the rapidity of the pair is y = Y + ln(sqrt(s) / m_p), so
that e^y = M / (m_p x2). The scale of the parton densities is M, and they begin at 2 GeV: so do pairs. As a mass m comes near 1
GeV from below, the part below that floor vanishes as (1 GeV - m)^(3/2): slopes in m are continuous there, and their slopes are
infinite. Neutrons count as protons.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import FINE_STRUCTURE, PROTON_MASS
from jaxdump.fields import require
from jaxdump.flux import safe_log
from jaxdump.matter.parton_densities import QUARKS, even_position, four_splines, momentum_densities, spline_matrix
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre, legendre
from jaxdump.theories.pairs import vector_phase_space
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2

POINT_LIKE = 4 * math.pi * FINE_STRUCTURE**2 / 9 * PB_PER_INVERSE_GEV2
"""Cross-section times s [pb GeV^2] of a massless pair, without the squared charge of the quark."""
CHARGES_SQUARED = tuple((1 + 3 * (abs(quark) % 2 == 0)) / 9 for quark in QUARKS)
LOWEST_MASS = 2.0
"""Least mass of a pair [GeV], at which the parton densities begin."""
LOGIT_KNOTS = np.linspace(-19.0, 5.0, 60)
"""Knots in ln(x2 / (1 - x2))."""
TYPICAL_POWERS = (1.7, 3.0)
"""Typical powers of x2 and 1 - x2 in the interpolated function: cosmic rays fall with E^-2.7, densities with (1 - x)^3."""

Spectrum = Callable[[Float[Array, " n"]], Float[Array, " n"]]
"""A function of the energy of the proton [GeV]."""


def partonic_cross_section(mass_squared: Values | Scalar, mass: Scalar) -> Values:
    """Cross-section q qbar -> chi chibar [pb] at `mass_squared` M^2 [GeV^2], for a quark of charge e; zero if closed.

    sigma = 4 pi alpha^2 / (9 M^2) sqrt(1 - r) (1 + r / 2), r = 4 m^2 / M^2. Reference: Drell and Yan,
    Phys. Rev. Lett. 25, 316 (1970), with the mass of the fermion.
    """
    return POINT_LIKE / jnp.asarray(mass_squared) * vector_phase_space(jnp.sqrt(mass_squared), mass)


def differential_cross_section(
    pair_mass: Scalar, rapidity: Values, root_s: Scalar, mass: Scalar, pdf_set: str = "cteq6l1"
) -> Values:
    """Differential cross-section d^2 sigma / dM dY [pb/GeV] of p p -> chi chibar at one `pair_mass` M [GeV] and rapidities Y.

    2/M sigma(M) Sum_q e_q^2 (x1 f_q(x1) x2 f_qbar(x2) + x1 f_qbar(x1) x2 f_q(x2)). Reference: Drell and Yan, Phys. Rev.
    Lett. 25, 316 (1970).
    """
    x1, x2 = (pair_mass / root_s * jnp.exp(sign * rapidity) for sign in (1, -1))
    return 2 / pair_mass * partonic_cross_section(pair_mass**2, mass) * luminosity(pdf_set, x1, x2, pair_mass)


def luminosity(pdf_set: str, x1: Values, x2: Values, scale: Scalar) -> Values:
    """Sum over quarks and antiquarks of e_q^2 x1 f_q(x1) x2 f_qbar(x2); zero where x1 or x2 exceeds 1."""
    beam, target = (momentum_densities(pdf_set, x, scale) for x in (x1, x2))
    return jnp.tensordot(jnp.asarray(CHARGES_SQUARED, x1.dtype), beam * target[::-1], axes=1, precision="highest")


def pair_cross_section(
    root_s: Scalar,
    mass: Scalar,
    pdf_set: str = "cteq6l1",
    mass_min: Scalar = LOWEST_MASS,
    mass_max: Scalar = math.inf,
    nodes: tuple[int, int] = (12, 16),
) -> Float[Array, ""]:
    """Cross-section p p -> chi chibar [pb] at `root_s` [GeV] for max(2m, mass_min) < M < mass_max [GeV]; zero if closed.

    `nodes` in M and Y; the default is good to 1e-4.
    """
    require("drell-yan", "mass_min", mass_min, LOWEST_MASS)
    mass, root_s = jnp.asarray(mass), jnp.asarray(root_s, jnp.result_type(mass))
    masses, widths = pair_masses(nodes[0], mass, mass_min, jnp.minimum(root_s, mass_max))

    def in_rapidity(pair_mass: Scalar) -> Scalar:
        y, dy = gauss_legendre(nodes[1], jnp.zeros_like(mass), jnp.log(root_s / pair_mass))
        return 2 * jnp.sum(differential_cross_section(pair_mass, y, root_s, mass, pdf_set) * dy)

    return jnp.sum(jax.vmap(in_rapidity)(masses) * widths)


def spectrum(
    energies: Float[Array, " n"],
    beam_energy: Scalar,
    mass: Scalar,
    pdf_set: str = "cteq6l1",
    mass_min: Scalar = LOWEST_MASS,
    nodes: tuple[int, int] = (16, 20),
) -> Float[Array, " n"]:
    """Spectrum dN/dE times the cross-section [pb/GeV] of chi and chibar at total lab `energies` [GeV].

    A proton of `beam_energy` E_p [GeV] hits one at rest; M > max(2m, mass_min) [GeV]; `nodes` in M and y.
    """
    require("drell-yan", "mass_min", mass_min, LOWEST_MASS)
    mass = jnp.asarray(mass)
    s = 2 * PROTON_MASS * (jnp.asarray(beam_energy, mass.dtype) + PROTON_MASS)
    masses, widths = pair_masses(nodes[0], mass, mass_min, jnp.sqrt(s))

    def at_mass(pair_mass: Scalar) -> Float[Array, " n"]:
        y, dy = rapidities(nodes[1], energies, pair_mass, mass, jnp.log(s / (PROTON_MASS * pair_mass)))
        x2 = pair_mass / PROTON_MASS * jnp.exp(-y)
        pairs = luminosity(pdf_set, pair_mass**2 / (s * x2), x2, pair_mass)
        return jnp.sum(chi_density(energies[:, None], y, pair_mass, mass) * pairs * dy, axis=-1)

    return jnp.sum(jax.vmap(at_mass)(masses) * widths[:, None], axis=0)


def log_flux(
    primary: Spectrum,
    multiplicity: Spectrum,
    energies: Float[Array, " n"],
    mass: Scalar,
    pdf_set: str = "cteq6l1",
    mass_min: Scalar = LOWEST_MASS,
    nodes: tuple[int, int, int] = (12, 12, 16),
) -> Float[Array, " n"]:
    """Logarithm of the flux [1/(m2 s sr GeV)] of chi and chibar of `mass` m [GeV] at lab `energies` [GeV]; `CLOSED` if none.

    Phi(E) = Int dE_p primary(E_p) multiplicity(E_p) dsigma/dE(E; E_p): `primary` is the flux of nucleons [1/(m2 s sr GeV)],
    `multiplicity` A / sigma(p air) [1/pb], for A times the cross-section on a nucleon. M > max(2m, mass_min) [GeV]. At fixed M
    and y, hence x2, the integral over E_p is one over x1 that depends neither on E nor on m: it is interpolated in x2, so that
    the spectrum is smooth. `nodes` in M, y and x1; the default is good to 1e-3, and to 1e-2 with nnpdf31lo, whose densities are
    jagged at large x. Reference: arXiv:2406.01668; the choice of variables is derived here.
    """
    require("drell-yan", "mass_min", mass_min, LOWEST_MASS)
    mass = jnp.asarray(mass)
    masses, widths = pair_masses(nodes[0], mass, mass_min)

    def at_mass(pair_mass: Scalar) -> tuple[Float[Array, ""], Float[Array, " n"]]:
        shift, coefficients = folded_luminosity(nodes[2], pair_mass, primary, multiplicity, pdf_set)
        y, dy = rapidities(nodes[1], energies, pair_mass, mass)
        pairs = luminosity_at(jnp.log(pair_mass / PROTON_MASS) - y, coefficients)
        return shift, jnp.sum(chi_density(energies[:, None], y, pair_mass, mass) * pairs * dy, axis=-1)

    shifts, sums = jax.vmap(at_mass)(masses)
    return jax.nn.logsumexp(safe_log(sums * widths[:, None]) + shifts[:, None], axis=0)


def pair_masses(
    n: int, mass: Scalar, mass_min: Scalar, mass_max: Scalar | None = None
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Nodes M [GeV] and weights [GeV] between max(2m, mass_min) and `mass_max`, or infinity.

    M = 2m cosh y*, so that there is no root at threshold, and y*^2 = q + u^2 + 2 u q / sqrt(1 + q), even in w = exp(-u). Powers
    of M are powers of w, and the first rapidity enters by its square q alone, which has no root where 2m = mass_min.
    """
    first = arccosh(jnp.asarray(mass_min, jnp.result_type(mass)) / (2 * mass)) ** 2
    tilt = first / jnp.sqrt(1 + first)
    least = jnp.zeros_like(first)
    if mass_max is not None:
        beyond = arccosh(mass_max / (2 * mass)) ** 2 - first
        open_ = beyond > 0
        beyond = jnp.where(open_, beyond, 1.0)
        least = jnp.where(open_, jnp.exp(-beyond / (tilt + jnp.sqrt(tilt**2 + beyond))), 1.0)
    w, dw = gauss_legendre(n, least, jnp.ones_like(first))
    u = -jnp.log(w)
    own = jnp.sqrt(first + u * (u + 2 * tilt) + jnp.finfo(u.dtype).eps ** 2)
    return 2 * mass * jnp.cosh(own), 2 * mass * jnp.sinh(own) * (u + tilt) / own * dw / w


def rapidities(
    n: int, energies: Float[Array, " e"], pair_mass: Scalar, mass: Scalar, highest: Scalar = math.inf
) -> tuple[Float[Array, "e n"], Float[Array, "e n"]]:
    """Nodes and weights in the rapidity y < `highest` of pairs that can give a chi each of the total `energies` [GeV].

    |y_E - y*| < y < y_E + y*, E = m cosh y_E, M = 2m cosh y*; and x2 < 1. Even in exp(-y/2), since low y count most.
    """
    own, within = arccosh(energies / mass), arccosh(pair_mass / (2 * mass))
    lowest = jnp.maximum(jnp.abs(own - within), jnp.log(pair_mass / PROTON_MASS))
    width = jnp.maximum(jnp.minimum(own + within, highest) - lowest, 0.0)
    w, dw = gauss_legendre(n, jnp.exp(-width / 2), jnp.ones_like(width))
    return lowest[:, None] - 2 * jnp.log(w), 2 * dw / w


def chi_density(energy: Values, rapidity: Values, pair_mass: Scalar, mass: Scalar) -> Values:
    """Cross-section d^3 sigma / dM dy dE [pb/GeV^2] of chi and chibar over the luminosity, inside the kinematic limits.

    E = M/2 (cosh y + beta c sinh y), and c is distributed as (1 + r) + (1 - r) c^2, r = 1 - beta^2 = 4 m^2 / M^2, whose
    integral and dE/dc cancel the beta (1 + r/2) of the cross-section.
    """
    beta_c = (2 * energy / pair_mass - jnp.cosh(rapidity)) / jnp.sinh(rapidity)
    angular = 1 + (2 * mass / pair_mass) ** 2 + beta_c**2
    return 3 * POINT_LIKE / pair_mass**4 * angular / jnp.sinh(rapidity)


def folded_luminosity(
    n: int, pair_mass: Scalar, primary: Spectrum, multiplicity: Spectrum, pdf_set: str
) -> tuple[Float[Array, ""], Float[Array, " k"]]:
    """Integral dE_p primary multiplicity luminosity at fixed M and x2, as coefficients of `luminosity_at`, and a common log.

    E_p + m_p = M^2 / (2 m_p x1 x2); even in sqrt(x1), since the integrand is about x1^0.7 at small x1.
    """
    dtype = jnp.result_type(pair_mass)
    root, step = (jnp.asarray(a, dtype) for a in legendre(n))
    logit = jnp.asarray(LOGIT_KNOTS, dtype)
    x1, x2 = root**2, jax.nn.sigmoid(logit)
    total = pair_mass**2 / (2 * PROTON_MASS) / (x1[None] * x2[:, None])
    proton = total.ravel() - PROTON_MASS
    log_primary = (safe_log(primary(proton)) + safe_log(multiplicity(proton))).reshape(total.shape) + jnp.log(total)
    log_primary = log_primary - TYPICAL_POWERS[0] * jax.nn.log_sigmoid(logit)[:, None]
    shift = jnp.max(log_primary)
    beam = momentum_densities(pdf_set, x1, pair_mass) * jnp.asarray(CHARGES_SQUARED, dtype)[:, None]
    target = momentum_densities(pdf_set, x2, pair_mass)[::-1] * (1 + jnp.exp(logit[None])) ** TYPICAL_POWERS[1]
    per_x1 = jnp.sum(target[:, :, None] * beam[:, None], axis=0)
    values = jnp.sum(jnp.exp(log_primary - shift) * per_x1 * (2 * step / root)[None], axis=1)
    matrix = jnp.asarray(spline_matrix(LOGIT_KNOTS.size), dtype)
    return shift, jnp.sum(matrix * values[None], axis=1)


def luminosity_at(log_x2: Values, coefficients: Float[Array, " k"]) -> Values:
    """The folded luminosity at ln x2, without the common factor."""
    log_x2 = jnp.minimum(log_x2, -1e-6)
    log_rest = jnp.log(-jnp.expm1(log_x2))
    left, weights = four_splines(even_position(log_x2 - log_rest, LOGIT_KNOTS), LOGIT_KNOTS.size)
    power, power_of_rest = TYPICAL_POWERS
    return jnp.sum(coefficients[left] * weights, axis=-1) * jnp.exp(power * log_x2 + power_of_rest * log_rest)
