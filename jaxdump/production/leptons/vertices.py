"""Amplitudes of l gamma* -> l X for a photon from a nucleus at rest, with spins summed by explicit Dirac matrices.

With F = q.alpha, the electric field of the nucleus in momentum space, the two diagrams of a vertex matrix G add up to
u'bar [s G + G F / D - F G / U] u with s of `Exchange.charge`. The Dirac equation has removed the propagators, and gauge
invariance has removed terms that cancel between the diagrams. Derived here. Couplings are 1, photon vertices without e.
"""

import abc
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.leptons.dirac import ALPHA, GAMMA, GAMMA5, METRIC, Component, SpinSum
from jaxdump.production.leptons.lepton_kinematics import Exchange
from jaxdump.typing import Values

Rule = Callable[[], tuple[np.ndarray, np.ndarray]]
"""Vertex matrices, one for each polarisation of the particle, and the signs of their squares."""
Azimuths = tuple[Values, Values, Values]
"""Values of cos(phi), sin(phi) and weights."""
Vector = Sequence[Component]
"""The four components of a Lorentz vector."""


class Nodes(NamedTuple):
    """Numbers of nodes of the quadratures in angle, momentum transfer and azimuth."""

    angle: int
    transfer: int
    azimuth: int


class AbstractVertex(eqx.Module):
    """The vertex by which the particle couples."""

    nodes: ClassVar[Nodes]
    """Numbers of nodes that give a cross-section to 3e-4, and to 1e-3 at 1 MeV and 1 GeV for electrons."""
    photon_pole: ClassVar[bool]
    """Whether the photon of the lepton may be almost real: angles down to m_l/E count, and the lepton goes straight on."""

    @abc.abstractmethod
    def squared(self, exchange: Exchange) -> Values:
        """Sum over all spins of |u'bar Gamma u|^2, for the time component of the nuclear current."""

    @abc.abstractmethod
    def azimuths(self, n: int, near: Exchange, far: Exchange) -> Azimuths:
        """Nodes of the average over the azimuth phi between 0 (`near`) and pi (`far`)."""


class LeptonVertex(AbstractVertex):
    """Vertex l-bar G l X with constant matrices; a polarisation sum -g needs a conserved current, or the `longitudinal` rest.

    For an axial vector the term k k / M^2 gives (2 m_l / M)^2 times the square of the pseudoscalar: k.gamma gamma5 -> -2 m_l
    gamma5.
    """

    nodes: ClassVar = Nodes(14, 32, 4)
    photon_pole: ClassVar = False
    rule: Rule = eqx.field(static=True)
    longitudinal: Rule | None = eqx.field(static=True, default=None)
    derivative: bool = eqx.field(static=True, default=False)
    """Whether the coupling is the one of `rule` times 2 m_l."""

    def squared(self, exchange: Exchange) -> Values:
        e = exchange.emission
        z = (exchange.charge, *(q / exchange.d for q in exchange.q), *(-q / e.u for q in exchange.q))
        total = lepton_sum(self.rule)(exchange.out, exchange.into, z)
        if self.longitudinal is not None:
            total = total + (2 * e.lepton_mass / e.mass) ** 2 * lepton_sum(self.longitudinal)(exchange.out, exchange.into, z)
        return (2 * e.lepton_mass) ** 2 * total if self.derivative else total

    def azimuths(self, n: int, near: Exchange, far: Exchange) -> Azimuths:
        return double_pole(n, near.d, far.d)


class PhotonFusion(AbstractVertex):
    """Fusion of photons of lepton and nucleus, -(1/4) a F Ftilde: Gamma = gamma.(q x k) / (p - p')^2 in GeV^-1."""

    nodes: ClassVar = Nodes(24, 24, 8)
    photon_pole: ClassVar = True

    def squared(self, exchange: Exchange) -> Values:
        ratio = exchange.emission.momentum / exchange.virtuality
        none = jnp.zeros_like(ratio)
        return current_sum(exchange, [none, ratio * exchange.q[1], -ratio * exchange.q[0], none, none, none, none])

    def azimuths(self, n: int, near: Exchange, far: Exchange) -> Azimuths:
        return logarithmic(n, near.virtuality, far.virtuality)


class Graviton(AbstractVertex):
    """Vertex -G_ab T^ab with T of lepton and photon, coupled alike; c/Lambda = 1 GeV^-1.

    The lepton radiates, its photon and that of the nucleus fuse, and l l gamma G is one vertex. k_a T^ab is then that of the
    nucleus alone, of order t, so that neither -g nor -g + k k / M^2 may be summed: at t > M^2 the first is negative, the second
    grows with t / M^2. If the nucleus radiates too, T is conserved, and the helicity-zero vector k/M + O(M/omega) may drop
    k/M: what remains is e_0 = (-1, 0, 0, 1) M / (omega + |k|), for which the radiation of the nucleus itself is suppressed by
    (M/omega)^2 and more and left out. The tensors of e_1, e_2, e_0 reproduce the whole of a point-like nucleus to 4e-4.
    """

    nodes: ClassVar = Nodes(16, 18, 6)
    photon_pole: ClassVar = True

    def squared(self, exchange: Exchange) -> Values:
        e = exchange.emission
        small = e.mass / (e.particle_energy + e.momentum)
        basis = (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (-small, 0.0, 0.0, small)
        t11, t22, t00, t12, t10, t20 = (
            stress(exchange, basis[i], basis[j]) for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
        )
        plus = [a - b for a, b in zip(t11, t22, strict=True)]
        long = [2 * c - a - b for a, b, c in zip(t11, t22, t00, strict=True)]
        weighted = (plus, 1 / 2), (t12, 2.0), (t10, 2.0), (t20, 2.0), (long, 1 / 6)
        return sum((weight * current_sum(exchange, t) for t, weight in weighted), start=jnp.zeros_like(exchange.d))

    def azimuths(self, n: int, near: Exchange, far: Exchange) -> Azimuths:
        return logarithmic(n, near.virtuality, far.virtuality)


def scalar() -> tuple[np.ndarray, np.ndarray]:
    """Vertex matrices and signs of g phi lbar l."""
    return np.eye(4)[None], np.ones(1)


def pseudoscalar() -> tuple[np.ndarray, np.ndarray]:
    """Vertex matrices and signs of i g phi lbar gamma5 l."""
    return 1j * GAMMA5[None], np.ones(1)


def vector() -> tuple[np.ndarray, np.ndarray]:
    """Vertex matrices and signs of g X_mu lbar gamma^mu l."""
    return GAMMA, -METRIC


def axial() -> tuple[np.ndarray, np.ndarray]:
    """Vertex matrices and signs of g X_mu lbar gamma^mu gamma5 l."""
    return GAMMA @ GAMMA5, -METRIC


VERTICES = {
    "scalar": LeptonVertex(scalar),
    "pseudoscalar": LeptonVertex(pseudoscalar),
    "derivative": LeptonVertex(pseudoscalar, derivative=True),
    "vector": LeptonVertex(vector),
    "axial": LeptonVertex(axial, pseudoscalar),
    "graviton": Graviton(),
    "photon-fusion": PhotonFusion(),
}
"""Vertices by name of the matrix element, whose real photon is here a virtual one of the nucleus."""


@cache
def lepton_sum(rule: Rule) -> SpinSum:
    """The sum over spins of a vertex, as a polynomial in z = (s, q/D, -q/U)."""
    matrices, signs = rule()
    return SpinSum(np.stack([matrices, *(matrices @ a for a in ALPHA), *(a @ matrices for a in ALPHA)], axis=1), signs)


def stress(exchange: Exchange, e_i: Vector, e_j: Vector) -> list[Component]:
    """Stress e_i^a e_j^b T_ab = gamma(v) + i gamma(b) gamma5, as the seven components v^0, v, b.

    T^ab = (i/4) lbar (gamma^a D^b + gamma^b D^a) l + h.c. - F^ac F^b_c + g^ab F^2 / 4. A field F acts on a vector as
    e.F = (-e.q, -e^0 q); gamma(e) F and F gamma(e) are +-gamma(e.F) plus the same axial part along e x q.
    """
    q, e = (exchange.q0, *exchange.q), exchange.emission
    r = (e.particle_energy - q[0], -q[1], -q[2], e.momentum - q[3])
    doubled = (2 * e.energy - e.particle_energy, 2 * e.p1, 0.0, 2 * e.p3 - e.momentum)

    def half(a: Vector, b: Vector) -> list[Component]:
        first = minkowski(doubled, b)
        left, right = first / e.u, (first + 2 * minkowski(q, b)) / exchange.d
        weight = first * exchange.charge + 2 * (minkowski(b, q) * (2 * e.energy + exchange.q0) / exchange.d - b[0])
        field = in_field(a, q)
        along_b = minkowski(field, r) / exchange.virtuality
        along_field = (left + right) / 4 + minkowski(b, r) / exchange.virtuality
        back = minkowski(a, b) / (2 * exchange.virtuality)
        parts = zip(a, b, field, in_field(r, q), strict=True)
        vector = [weight / 4 * c - along_b * d + along_field * f - back * g for c, d, f, g in parts]
        return [*vector, *((left - right) / 4 * c for c in cross(a, q))]

    return [x + y for x, y in zip(half(e_i, e_j), half(e_j, e_i), strict=True)]


def current_sum(exchange: Exchange, current: list[Component]) -> Values:
    """Sum over spins of |u'bar [gamma(v) + i gamma(b) gamma5] u|^2 for the components (v^0, v, b) of `current`."""
    e, (plus, minus, *across, _) = exchange.emission, exchange.out
    p, out = (e.energy, e.p1, 0.0, e.p3), ((plus + minus) / 2, across[0], across[1], (plus - minus) / 2)
    v, b, half = tuple(current[:4]), (0.0, *current[4:]), exchange.virtuality / 2
    turned = cross(b, (0.0, *(p[0] * o - out[0] * c for o, c in zip(out[1:], p[1:], strict=True))))
    mixed = v[0] * minkowski(b, (0.0, *cross(p, out))) + minkowski(v, (0.0, *turned))
    vectors = 2 * minkowski(p, v) * minkowski(out, v) - minkowski(v, v) * half
    axials = 2 * minkowski(p, b) * minkowski(out, b) - minkowski(b, b) * (2 * e.lepton_mass**2 + half)
    return 4 * (vectors + axials + 2 * mixed)


def minkowski(a: Vector, b: Vector) -> Component:
    """Product a.b of two Lorentz vectors."""
    return a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]


def cross(a: Vector, b: Vector) -> tuple[Component, Component, Component]:
    """Vector product of the space components of two Lorentz vectors."""
    return a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1]


def in_field(a: Vector, q: Vector) -> Vector:
    """The vector a_m F^mn in the field F = q u - u q of a charge at rest."""
    return -(a[1] * q[1] + a[2] * q[2] + a[3] * q[3]), -a[0] * q[1], -a[0] * q[2], -a[0] * q[3]


def double_pole(n: int, near: Values, far: Values) -> Azimuths:
    """Nodes in azimuth that are exact for polynomials in cos(phi) of degree `n` - 1 over X^2.

    X = (near + far)/2 - (far - near)/2 cos(phi). The average of cos(j phi) / X^2 is r^j (A + j S) / S^3 with A = (near +
    far)/2, S^2 = near far and r = (sqrt(far) - sqrt(near)) / (sqrt(far) + sqrt(near)). The squared amplitudes need n = 4. An
    end that is not positive is closed phase space.
    """
    phi, j = (np.arange(n) + 0.5) * np.pi / n, np.arange(n)
    table = np.where(j > 0, 2, 1) * np.cos(np.outer(phi, j)) / n
    near, far = (jnp.where(end > 0, end, 1.0) for end in (near, far))
    root, dtype = jnp.sqrt(near * far), near.dtype
    r = (jnp.sqrt(far) - jnp.sqrt(near)) / (jnp.sqrt(far) + jnp.sqrt(near))
    average = jnp.stack([r**i * ((near + far) / 2 + i * root) for i in range(n)]) / root
    x = (near + (far - near) * jnp.asarray(np.sin(phi / 2) ** 2, dtype=dtype)) / root
    weight = x**2 * jnp.sum(jnp.asarray(table, dtype=dtype) * average[None], axis=1)
    return jnp.asarray(np.cos(phi), dtype=dtype), jnp.asarray(np.sin(phi), dtype=dtype), weight


def logarithmic(n: int, near: Values, far: Values) -> Azimuths:
    """Nodes in azimuth for a peak at 0 of width sqrt(near / far), whatever its power.

    They are even in u, s = width sinh(u) with tan(phi / 2) = s / (1 - s), that is dphi = 2 ds / (s^2 + (1 - s)^2).
    """
    width = jnp.sqrt(jnp.minimum(near / far, 1.0))
    u, weight = gauss_legendre(n, jnp.zeros_like(width), jnp.arcsinh(1 / width))
    s, slope = width * jnp.sinh(u), width * jnp.cosh(u)
    norm = 1 / (s**2 + (1 - s) ** 2)
    return (1 - 2 * s) * norm, 2 * s * (1 - s) * norm, weight * slope * 2 * norm / math.pi
