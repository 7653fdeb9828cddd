"""Kinematics of a light particle that a fast lepton radiates."""

import equinox as eqx
import jax.numpy as jnp

from jaxdump.typing import Scalar, Values


class Radiation(eqx.Module):
    """Kinematics of lepton -> lepton + particle, nearly collinear: the variables of a matrix element of l gamma -> l X.

    Reference: arXiv:2501.06294, Sec. III, with U = -utilde > 0 and y = E^2 theta^2.
    """

    x: Values
    """Energy of the particle over that of the beam."""
    one_minus_x: Values
    """1 - x, kept apart because it would cancel near x = 1."""
    mass: Scalar
    """Invariant mass of the particle [GeV]."""
    lepton_mass: Scalar
    """Mass of the lepton [GeV]."""

    def u_collinear(self) -> Values:
        """The variable U at zero angle [GeV^2], m_X^2 (1 - x) / x + m_l^2 x."""
        return self.mass**2 * self.one_minus_x / self.x + self.lepton_mass**2 * self.x

    def u(self, y: Values) -> Values:
        """The variable U = m_l^2 - (p - k)^2 [GeV^2] at y = E^2 theta^2 [GeV^2]."""
        return self.u_collinear() + self.x * y

    def t_min(self, y: Values, energy: Scalar) -> Values:
        """Least momentum transfer squared to the nucleus [GeV^2], (U / (2 E (1 - x)))^2, for a beam of `energy` E [GeV]."""
        return (self.u(y) / (2 * energy * self.one_minus_x)) ** 2

    def t_max(self) -> Scalar:
        """Largest momentum transfer squared that the flux counts [GeV^2], m_X^2 + m_l^2."""
        return self.mass**2 + self.lepton_mass**2

    def y_max(self, theta_max: Scalar, energy: Scalar) -> Values:
        """Upper end of y [GeV^2]: that of `theta_max` [rad], or where t_min meets t_max if it is smaller; zero if closed."""
        u_clip = 2 * energy * self.one_minus_x * jnp.sqrt(self.t_max())
        clip = jnp.maximum(u_clip - self.u_collinear(), 0.0) / self.x
        return jnp.minimum((energy * theta_max) ** 2, clip)
