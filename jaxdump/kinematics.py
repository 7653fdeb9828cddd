"""Kinematics of a light particle radiated by a fast lepton, the variable that its energy is integrated in, and rapidities."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.quadrature import gauss_legendre
from jaxdump.typing import Scalar, Values


class Radiation(eqx.Module):
    """lepton -> lepton + particle, collinear: what a matrix element of l gamma -> l X is a function of.

    Reference: arXiv:2501.06294, Sec. III, with U = -utilde > 0 and y = E^2 theta^2.
    """

    x: Values
    """Energy of the particle over that of the beam."""
    one_minus_x: Values
    """1 - x, kept because it cancels."""
    mass: Scalar
    """Invariant mass of the particle [GeV]."""
    lepton_mass: Scalar
    """[GeV]"""

    def u_collinear(self) -> Values:
        """U at zero angle [GeV^2]: m_X^2 (1 - x) / x + m_l^2 x."""
        return self.mass**2 * self.one_minus_x / self.x + self.lepton_mass**2 * self.x

    def u(self, y: Values) -> Values:
        """U = m_l^2 - (p - k)^2 [GeV^2] at y = E^2 theta^2 [GeV^2]."""
        return self.u_collinear() + self.x * y

    def t_min(self, y: Values, energy: Scalar) -> Values:
        """Least momentum transfer squared to the nucleus [GeV^2], (U / (2 E (1 - x)))^2."""
        return (self.u(y) / (2 * energy * self.one_minus_x)) ** 2

    def t_max(self) -> Scalar:
        """Largest momentum transfer squared that the flux counts [GeV^2], m_X^2 + m_l^2."""
        return self.mass**2 + self.lepton_mass**2

    def y_max(self, theta_max: Scalar, energy: Scalar) -> Values:
        """Upper end in y [GeV^2]: `theta_max` [rad], or where t_min meets t_max if that comes first; zero if closed."""
        u_clip = 2 * energy * self.one_minus_x * jnp.sqrt(self.t_max())
        clip = jnp.maximum(u_clip - self.u_collinear(), 0.0) / self.x
        return jnp.minimum((energy * theta_max) ** 2, clip)


def energy_fraction_nodes(
    n: int, threshold: Scalar, x_min: Scalar, one_minus_x_max: Scalar
) -> tuple[Float[Array, " n"], Float[Array, " n"], Float[Array, " n"]]:
    """Nodes x, 1 - x and weights for an integral over x from max(x_min, threshold) to 1 - one_minus_x_max.

    The variable is eta = arcosh(r / r0) with the odds r = x / (1 - x) and their threshold r0: the logit of x far above the
    threshold, and below it the one in which momentum ~ sqrt(x - threshold) is linear. All weights are zero if the range is
    empty.
    """
    open_ = threshold + one_minus_x_max < 1
    x0 = jnp.where(open_, threshold, 0.5)
    odds_min = jnp.maximum(x_min / (1 - x_min), x0 / (1 - x0)) * (1 - x0) / x0
    odds_max = jnp.where(open_, (1 - one_minus_x_max) / one_minus_x_max, 1.0) * (1 - x0) / x0
    first, last = arccosh(jnp.stack([odds_min, jnp.maximum(odds_max, odds_min)]))
    eta, weight = gauss_legendre(n, first, last)
    odds = jnp.cosh(eta) * x0 / (1 - x0)
    one_minus_x = 1 / (1 + odds)
    slope = jnp.sinh(eta) * x0 / (1 - x0) * one_minus_x**2
    return odds * one_minus_x, one_minus_x, jnp.where(open_, weight * slope, 0.0)


def arccosh(ratio: Values | Scalar) -> Values:
    """The rapidity of a particle whose energy is `ratio` times its mass; zero with zero slope at 1 and below.

    ln(1 + r + sqrt(r) sqrt(2 + r)) with r = ratio - 1, which no size of r overflows and which compiles faster than jax's own.
    """
    ratio = jnp.asarray(ratio)
    open_ = ratio > 1
    rest = jnp.where(open_, ratio - 1, 1.0)
    return jnp.where(open_, jnp.log1p(rest + jnp.sqrt(rest) * jnp.sqrt(rest + 2)), 0.0)
