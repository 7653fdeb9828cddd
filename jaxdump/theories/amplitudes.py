"""Squared matrix elements of l gamma -> l X, averaged over two lepton and two photon polarisations, summed over the final ones.

Each is `(1 - x) A / (e^2 g^2 U^2)` [GeV^-4 for a dimensionless coupling g]. The factor (1 - x) of the Weizsaecker-Williams
formula cancels the pole of A at x = 1. The division by U^2 leaves nothing to cancel at zero angle, since
utilde x + m_X^2 (1 - x) + m_l^2 x^2 = -x^2 y holds exactly. Every matrix element is written as a sum of positive terms, or as
a difference without cancellation.
"""

import abc
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories.radiation import Radiation
from jaxdump.typing import Scalar, Values


class AbstractMatrixElement(eqx.Module):
    """A squared matrix element of l gamma -> l X."""

    angular_nodes: ClassVar[int]
    """Number of nodes in angle that gives the cross-section to 1e-6."""
    of_lepton: ClassVar[bool] = True
    """Whether the lepton itself couples to the particle, and not its photon alone."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """Name of the vertex of the exact tree level and of its tabulated ratios."""

    @abc.abstractmethod
    def scale(self, point: Radiation) -> Values:
        """Scale in y [GeV^2] above which the propagator falls, by which the quadrature nodes are placed."""

    @abc.abstractmethod
    def __call__(self, point: Radiation, y: Values) -> Values:
        """The value (1 - x) A / (e^2 g^2 U^2) at y = E^2 theta^2 [GeV^2]; `y` broadcasts against the fields of `point`."""

    def interference(self, other: "AbstractMatrixElement") -> "AbstractMatrixElement | None":
        """Twice the real part of this amplitude times another, conjugate, in the form of a square; None if not known."""
        return None

    @abc.abstractmethod
    def integral(self, point: Radiation, y_max: Values) -> Values:
        """The integral over y up to `y_max` [GeV^2], in closed form, for the improved Weizsaecker-Williams approximation."""


class Bremsstrahlung(AbstractMatrixElement):
    """Radiation from the lepton: (1 - x) A / (e^2 g^2) = a(x) - (1 - x) c x^2 y / U^2."""

    angular_nodes: ClassVar = 12

    coefficients: Callable[[Radiation], tuple[Values, Values | Scalar]] = eqx.field(static=True)
    """The function that gives a, and c [GeV^2], for the spin and parity of the particle."""

    @property
    def name(self) -> str:
        """The name of the function; for one of a user's with its module, so that it is not taken for one of ours."""
        own = self.coefficients
        return own.__name__ if own.__module__ == __name__ else f"{own.__module__}.{own.__qualname__}"

    def scale(self, point: Radiation) -> Values:
        return point.u_collinear() / point.x

    def __call__(self, point: Radiation, y: Values) -> Values:
        a, c = self.coefficients(point)
        inverse = 1 / point.u(y)
        return (a - c * point.one_minus_x * y * (point.x * inverse) ** 2) * inverse**2

    def integral(self, point: Radiation, y_max: Values) -> Values:
        """The integral to infinity, as is customary: a / (x U0) - c (1 - x) / (6 U0^2), with U0 = U at zero angle."""
        a, c = self.coefficients(point)
        inverse = 1 / point.u_collinear()
        return a * inverse / point.x - c * point.one_minus_x * inverse**2 / 6


class Primakoff(AbstractMatrixElement):
    """Fusion of a photon of the lepton with one of the nucleus, L = -(g/4) a F Ftilde; g in GeV^-1, value in GeV^-2.

    A / (e^2 g^2) = (U^2 / 4) [y (x^2 - 2x + 2) + m_l^2 x^2] / [(1 - x) x^2 (y + m_l^2)^2]. Reference: arXiv:2501.06294,
    Eq. (6), derived anew: the printed form is negative near zero angle and has another shape in x.
    """

    angular_nodes: ClassVar = 16
    of_lepton: ClassVar = False

    @property
    def name(self) -> str:
        return "photon-fusion"

    def scale(self, point: Radiation) -> Values:
        return jnp.full_like(point.x, 1.0) * point.lepton_mass**2

    def __call__(self, point: Radiation, y: Values) -> Values:
        m2 = point.lepton_mass**2
        inverse = 1 / (y + m2)
        return (y * self.splitting(point) + m2) * inverse**2 / 4

    def integral(self, point: Radiation, y_max: Values) -> Values:
        """The integral to `y_max` [GeV^2], of which it grows with the logarithm."""
        depth = y_max / point.lepton_mass**2
        inside = depth / (1 + depth)
        return (self.splitting(point) * (jnp.log1p(depth) - inside) + inside) / 4

    def interference(self, other: AbstractMatrixElement) -> AbstractMatrixElement | None:
        return FusionWithRadiation() if other.name == "derivative" else None

    def splitting(self, point: Radiation) -> Values:
        """Spectrum of the photons of the lepton, (x^2 - 2x + 2) / x^2."""
        return (1 + point.one_minus_x**2) / point.x**2


class FusionWithRadiation(AbstractMatrixElement):
    """The interference of `Primakoff` and of the radiation of an ALP by a derivative coupling, for both couplings one.

    With s - m_l^2 = S, u - m_l^2 = -U and (p - p')^2 = -T both products add up to -2 e^2 m_l^2 (S - U)^3 / (S U T), which
    makes (1 - x) A / (e^2 U^2) = -2 m_l^2 x / [U (y + m_l^2)]. Derived here from explicit Dirac matrices; signs as in `Alp`.
    """

    angular_nodes: ClassVar = 16

    @property
    def name(self) -> str:
        return "photon-fusion with derivative"

    def scale(self, point: Radiation) -> Values:
        return jnp.full_like(point.x, 1.0) * point.lepton_mass**2

    def __call__(self, point: Radiation, y: Values) -> Values:
        m2 = point.lepton_mass**2
        return -2 * m2 * point.x / (point.u(y) * (y + m2))

    def integral(self, point: Radiation, y_max: Values) -> Values:
        """The integral to `y_max` [GeV^2], -2 m_l^2 x / (U0 - x m_l^2) ln[(1 + y / m_l^2) / (1 + x y / U0)]."""
        m2, u0 = point.lepton_mass**2, point.u_collinear()
        apart = point.mass**2 * point.one_minus_x / point.x
        return -2 * m2 * point.x / apart * (jnp.log1p(y_max / m2) - jnp.log1p(point.x * y_max / u0))


def scalar(point: Radiation) -> tuple[Values, Values | Scalar]:
    """Scalar, g phi mubar mu.

    A / (e^2 g^2) = x^2/(1-x) - 2 (m^2 - 4 m_l^2) x^2 y / U^2. Reference: arXiv:2305.09015; re-derived.
    """
    return point.x**2, 2 * (point.mass**2 - 4 * point.lepton_mass**2)


def pseudoscalar(point: Radiation) -> tuple[Values, Values | Scalar]:
    """Pseudoscalar, i g a mubar gamma5 mu.

    A / (e^2 g^2) = x^2/(1-x) - 2 m^2 x^2 y / U^2. Reference: arXiv:2305.09015; re-derived.
    """
    return point.x**2, 2 * point.mass**2


def derivative(point: Radiation) -> tuple[Values, Values | Scalar]:
    """ALP, g (d_s a) mubar gamma^s gamma5 mu, at tree level a Yukawa coupling 2 m_l g.

    Reference: arXiv:2501.06294, Eq. (8).
    """
    yukawa = 4 * point.lepton_mass**2
    a, c = pseudoscalar(point)
    return yukawa * a, yukawa * c


def vector(point: Radiation) -> tuple[Values, Values | Scalar]:
    """Vector, g Z'_s mubar gamma^s mu, of mass or virtuality m.

    A / (e^2 g^2) = 2 (x^2-2x+2)/(1-x) - 4 (m^2 + 2 m_l^2) x^2 y / U^2.

    Reference: arXiv:2501.06294, Eq. (12), whose middle term needs a factor x (without it A is negative at places).
    """
    return 2 * (1 + point.one_minus_x**2), 4 * (point.mass**2 + 2 * point.lepton_mass**2)


def axial(point: Radiation) -> tuple[Values, Values | Scalar]:
    """Axial vector, g A_s lbar gamma^s gamma5 l.

    A is that of a vector with m^2 - 4 m_l^2 in the place of m^2 + 2 m_l^2, plus the term 4 (m_l x / m)^2 / (1-x): the
    longitudinal mode, as the axial current is not conserved. Derived here; arXiv:1705.01633 has the same result.
    """
    longitudinal = (2 * point.lepton_mass * point.x / point.mass) ** 2
    return 2 * (1 + point.one_minus_x**2) + longitudinal, 4 * (point.mass**2 - 4 * point.lepton_mass**2)


class Graviton(AbstractMatrixElement):
    """A massive spin-2 particle, L = -(c / Lambda) G_ab T^ab with T of lepton and photon; unit c / Lambda in GeV^-1.

    Derived from explicit Dirac matrices. Without the lepton mass it is minus S F1(T/S, m^2/S) / 4 of hep-ph/9811291, crossed.
    It is written in T = -(p - p')^2 = x^2 (y + m_l^2) / (1 - x) and W = U^2 / (1 - x), so that nothing cancels at small angles.
    """

    angular_nodes: ClassVar = 24

    @property
    def name(self) -> str:
        return "graviton"

    def scale(self, point: Radiation) -> Values:
        return jnp.full_like(point.x, 1.0) * point.lepton_mass**2

    def __call__(self, point: Radiation, y: Values) -> Values:
        m2, big = point.lepton_mass**2, point.mass**2
        tau, share = y + m2, point.one_minus_x / point.x**2
        t, per_w = tau / share, point.one_minus_x / point.u(y) ** 2
        ratio = m2 * share / tau  # m_l^2 / T
        collinear = big**2 / t * (1 + 2 * share * y / tau)
        soft = 2 * tau + t - 6 * m2 + big * (0.5 + 4 * share + 4 * ratio)
        once = big * (big**2 + t**2) / 4 + 2 * big**2 * ratio * (big + 2 * m2)
        once = once + m2 * (19 / 6 * big**2 + t * big + 8 * m2 * big - 5 / 6 * t**2 + 28 / 3 * t * m2)
        twice = m2 * (big + t) ** 2 * (big - 4 * m2) * (3 * big + 8 * m2) / 6
        return per_w * (collinear + soft + per_w * (once + per_w * twice))

    def integral(self, point: Radiation, y_max: Values) -> Values:
        """The integral to `y_max` [GeV^2], of which it grows with the logarithm; by quadrature."""
        scale = self.scale(point)
        v, weight = gauss_legendre(2 * self.angular_nodes, jnp.zeros_like(y_max), jnp.log1p(y_max / scale))
        above = scale[..., None] * jnp.exp(v)
        return jnp.sum(weight * above * self(wider(point), above - scale[..., None]), axis=-1)


def wider(point: Radiation) -> Radiation:
    """The same kinematics with a last axis of length one on each array, to be broadcast against angles."""
    return jax.tree.map(lambda leaf: leaf[..., None] if jnp.ndim(leaf) else leaf, point)
