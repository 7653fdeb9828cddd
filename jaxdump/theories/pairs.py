"""Widths [GeV] of a particle of `mass` [GeV] to a pair of particles of mass `daughter` [GeV], zero below threshold.

Here g is dimensionless, r = (daughter / mass)^2 and b = sqrt(1 - 4 r). All widths are at tree level, averaged over the spins of
the parent; `g_squared` is g^2.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.typing import Scalar

PairWidth = Callable[[Scalar, Scalar, Scalar], Scalar]
"""A function of mass, g_squared and daughter that gives a width."""


def pair_phase_space(mass: Scalar, daughter: Scalar) -> tuple[Scalar, Scalar]:
    """The numbers b and r of a decay to a pair; below threshold b is zero and r is 1/4."""
    r = jnp.minimum(daughter / mass, 1.0) ** 2  # the slope of a larger square leaves the range of float32
    open_ = r < 0.25
    return jnp.where(open_, jnp.sqrt(jnp.where(open_, 1 - 4 * r, 1.0)), 0.0), jnp.minimum(r, 0.25)


def vector_phase_space(mass: Scalar, daughter: Scalar) -> Scalar:
    """The factor b (1 + 2 r) of a vector, such as an off-shell photon, to Dirac fermions; zero below threshold."""
    b, r = pair_phase_space(mass, daughter)
    return (1 + 2 * r) * b


def scalar_to_pair(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to Dirac fermions, g^2 m b^3 / (8 pi), L = g phi psibar psi. Reference: arXiv:1606.04943."""
    b, _ = pair_phase_space(mass, daughter)
    return g_squared * mass / (8 * jnp.pi) * b**3


def scalar_to_two(mass: Scalar, m1: Scalar, delta: Scalar, lambda_squared: Scalar) -> Scalar:
    """Width to fermions of masses m1 and m1 + delta [GeV], of one charge, L = lambda phi chibar_1 chi_2 + h.c.

    With `lambda_squared` = lambda^2 it is lambda^2 m / (8 pi) [1 - (2 m1 + delta)^2 / m^2]^(3/2) [1 - delta^2 / m^2]^(1/2).
    Reference: derived here from the sum over spins 2 [m^2 - (m1 + m2)^2]; for equal masses it is `scalar_to_pair`.
    """
    both, apart = (2 * m1 + delta) / mass, delta / mass
    open_ = both < 1
    both, apart = jnp.where(open_, both, 0.5), jnp.where(open_, apart, 0.0)
    factor = ((1 - both) * (1 + both)) ** 1.5 * jnp.sqrt((1 - apart) * (1 + apart))
    return jnp.where(open_, lambda_squared * mass / (8 * jnp.pi) * factor, 0.0)


def pseudoscalar_to_pair(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to Dirac fermions, g^2 m b / (8 pi), L = i g a psibar gamma5 psi. Reference: arXiv:1606.04943."""
    b, _ = pair_phase_space(mass, daughter)
    return g_squared * mass / (8 * jnp.pi) * b


def spin0_to_scalars(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to complex scalars, g^2 m b / (16 pi), L = g m phi |chi|^2, of either parity. Reference: re-derived."""
    b, _ = pair_phase_space(mass, daughter)
    return g_squared * mass / (16 * jnp.pi) * b


def vector_to_pair(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to Dirac fermions, g^2 m (1 + 2 r) b / (12 pi), L = g A_s psibar gamma^s psi. Reference: arXiv:1801.04847."""
    return g_squared * mass / (12 * jnp.pi) * vector_phase_space(mass, daughter)


def axial_to_pair(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to Dirac fermions, g^2 m b^3 / (12 pi), L = g A_s psibar gamma^s gamma5 psi. Reference: arXiv:1609.09072."""
    b, _ = pair_phase_space(mass, daughter)
    return g_squared * mass / (12 * jnp.pi) * b**3


def vector_to_scalars(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to complex scalars of charge g, g^2 m b^3 / (48 pi). Reference: re-derived."""
    b, _ = pair_phase_space(mass, daughter)
    return g_squared * mass / (48 * jnp.pi) * b**3


def spin2_to_pair(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to Dirac fermions, g^2 m b^3 (1 + 8 r / 3) / (160 pi), L = -(g / m) G_ab T^ab. Reference: hep-ph/9811350."""
    b, r = pair_phase_space(mass, daughter)
    return g_squared * mass / (160 * jnp.pi) * b**3 * (1 + 8 / 3 * r)


def spin2_to_scalars(mass: Scalar, g_squared: Scalar, daughter: Scalar) -> Scalar:
    """Width to minimally coupled complex scalars, g^2 m b^5 / (480 pi), L = -(g / m) G_ab T^ab. Reference: hep-ph/9811350."""
    b, _ = pair_phase_space(mass, daughter)
    return g_squared * mass / (480 * jnp.pi) * b**5


def to_majorana(dirac: PairWidth) -> PairWidth:
    """The width to Majorana fermions with L = (g / 2) chibar Gamma chi: half of that to Dirac fermions with g psibar Gamma psi.

    The amplitude is the same, and the phase space is that of identical particles. Not for the vector current, which vanishes.
    """
    return lambda mass, g_squared, daughter: dirac(mass, g_squared, daughter) / 2


def spectrum_of_pairs(n: int, first: Array, last: Array) -> tuple[Float[Array, "*shape n"], Float[Array, "*shape n"]]:
    """Nodes s, and weights of dQ / Q b (1 + 2 r), for pairs of Dirac fermions of mass m from an off-shell photon.

    Q is the mass of the parent in b and r. Q = 2 m cosh(s), so that b is tanh(s), turns it into
    tanh(s)^2 (1 + 1 / (2 cosh(s)^2)) ds, which has no singularity at threshold.
    """
    s, weight = gauss_legendre(n, first, last)
    return s, weight * jnp.tanh(s) ** 2 * (1 + 0.5 / jnp.cosh(s) ** 2)


def pair_masses(mass: Scalar, largest: Scalar, n: int) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Nodes sqrt(Q^2) [GeV] below `largest` and log-weights of pairs of Dirac fermions of `mass` from a massless vector.

    The weight is that of `spectrum_of_pairs` over 6 pi^2. Reference: arXiv:2501.06294, Eq. (11).
    """
    ratio = largest / (2 * mass)
    open_ = ratio > 1
    s_max = arccosh(jnp.where(open_, ratio, 2.0))
    s, weight = spectrum_of_pairs(n, jnp.zeros_like(s_max), s_max)
    return 2 * mass * jnp.cosh(s), jnp.log(weight / (6 * jnp.pi**2))
