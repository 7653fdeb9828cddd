"""Kinematics of l N -> l N X in the rest frame of N, the particle along axis 3 and the beam in the plane of axes 1 and 3.

p, p' and k are the momenta of the lepton before and after and of the particle, V = p - k, and q = p' - V is that of the
exchanged photon, t = -q^2. Every small invariant is a sum that does not cancel, since t may be 1e-16 GeV^2. All derived here.
"""

import equinox as eqx
import jax.numpy as jnp

from jaxdump.production.leptons.dirac import Momentum
from jaxdump.theories.radiation import Radiation
from jaxdump.typing import Scalar, Values


class ExactRadiation(eqx.Module):
    """Kinematics that the energy and the angle of the particle fix; energies, momenta and masses in GeV."""

    mass: Scalar
    lepton_mass: Scalar
    nucleus_mass: Scalar
    energy: Scalar
    """Energy E of the beam."""
    beam_momentum: Values
    particle_energy: Values
    """Energy omega of the particle."""
    momentum: Values
    """Momentum |k| of the particle."""
    v0: Values
    """Energy V^0 = E (1 - x)."""
    v: Values
    """Length |V| of the three-vector V."""
    y: Values
    """The variable 2 E^2 (1 - cos theta) [GeV^2], which is E^2 theta^2 for all practical purposes."""
    p1: Values
    """Component of p, and of V, across the direction of the particle."""
    p3: Values
    v3: Values
    u0: Values
    """The variable U at zero angle [GeV^2]."""
    slope: Values
    """Slope dU/dy."""

    def __init__(self, point: Radiation, energy: Scalar, nucleus_mass: Scalar, y: Values):
        x, mass, m = point.x, point.mass, point.lepton_mass
        self.mass, self.lepton_mass, self.nucleus_mass, self.energy, self.y = mass, m, nucleus_mass, energy, y
        self.particle_energy, self.v0 = x * energy, point.one_minus_x * energy
        squared = (x * energy - mass) * (x * energy + mass)
        self.momentum = k = jnp.sqrt(jnp.where(squared > 0, squared, 1.0))
        self.beam_momentum = p = jnp.sqrt((energy - m) * (energy + m))
        parallel = x * energy**2 + p * k
        excess = ((energy * mass) ** 2 + (m * k) ** 2) / parallel
        self.u0 = (mass**2 * (2 * energy * self.v0 + excess) + 2 * (m * k) ** 2) / parallel
        self.slope = p * k / energy**2
        versine = y / (2 * energy**2)
        self.p1 = p * jnp.sqrt(jnp.maximum(versine * (2 - versine), jnp.finfo(x.dtype).tiny))
        self.p3 = p * (1 - versine)
        self.v3 = (energy * self.v0 * (1 + x) - m**2 + mass**2) / (p + k) - p * versine
        self.v = jnp.sqrt(self.p1**2 + self.v3**2)

    @property
    def u(self) -> Values:
        """The variable U = m_l^2 - (p - k)^2 [GeV^2]."""
        return self.u0 + self.slope * self.y

    def t_range(self) -> tuple[Values, Values, Values]:
        """The least and largest t [GeV^2], where q is along V, and whether there is any t with E' > m_l."""
        recoil = 1 + self.v0 / self.nucleus_mass
        a, b = recoil**2 - (self.v / self.nucleus_mass) ** 2, 2 * self.v**2 - self.u * recoil
        discriminant = b**2 - a * self.u**2
        energetic = 2 * self.nucleus_mass * (self.v0 - self.lepton_mass) > self.u
        open_ = energetic & (discriminant > 0) & (b > 0)
        above = jnp.where(open_, b + jnp.sqrt(jnp.where(open_, discriminant, 1.0)), 1.0)
        return jnp.where(open_, self.u**2 / above, 1.0), jnp.where(open_, above / a, 2.0), open_

    def t_collinear(self) -> Values:
        """The t [GeV^2] at which the lepton goes on straight ahead, so that its photon is almost real."""
        m2, slow = self.lepton_mass**2, self.v0 + jnp.sqrt(jnp.maximum((self.v0 - self.lepton_mass) * self.v0, 0.0))
        along = self.mass**2 / (self.particle_energy + self.momentum) + self.momentum * self.y / (2 * self.energy**2)
        along = along + m2 / slow - m2 / (self.energy + self.beam_momentum)
        across = self.momentum * self.p1 / self.beam_momentum
        along = along + (across**2 + along**2) / (2 * self.nucleus_mass)
        return across**2 + along**2


class Exchange(eqx.Module):
    """Kinematics of an emission and of a photon of given t and azimuth about V."""

    emission: ExactRadiation
    t: Values
    q0: Values
    q: tuple[Values, Values, Values]
    into: Momentum
    """Momentum p of the lepton before."""
    out: tuple[Values, Values, Values, Values, Scalar]
    """Momentum p' of the lepton after."""
    d: Values
    """The denominator (p + q)^2 - m_l^2 [GeV^2]."""
    virtuality: Values
    """Virtuality -(p - p')^2 of the photon of the lepton [GeV^2]."""
    charge: Values
    """The current of a lepton without spin, s = (2 p + q)^0 / D - (2 p' - q)^0 / U."""

    def __init__(self, emission: ExactRadiation, t: Values, across: Values, cosine: Values, sine: Values):
        """The photon has |q| = `across` [GeV] across V; at cosine 1 the lepton is closest to the particle."""
        e, m = emission, emission.lepton_mass
        self.emission, self.t = emission, t
        self.q0 = -t / (2 * e.nucleus_mass)
        along = -(e.u + t * (1 + e.v0 / e.nucleus_mass)) / (2 * e.v)
        self.q = (
            (along * e.p1 - across * cosine * e.v3) / e.v,
            across * sine,
            (along * e.v3 + across * cosine * e.p1) / e.v,
        )
        self.into = (e.energy + e.p3, (m**2 + e.p1**2) / (e.energy + e.p3), e.p1, 0.0, m)
        self.out = outgoing(e.v0 + self.q0, e.p1 + self.q[0], self.q[1], e.v3 + self.q[2], m)
        plus, minus, o1, o2, _ = self.out
        k_plus = e.particle_energy + e.momentum
        self.d = e.mass**2 * (1 + plus / k_plus) + minus * k_plus
        transverse = (self.into[0] * o1 - plus * e.p1) ** 2 + (self.into[0] * o2) ** 2
        self.virtuality = ((m * (self.into[0] - plus)) ** 2 + transverse) / (self.into[0] * plus)
        turned = 2 * (2 * e.v0 + self.q0) * e.p1 * e.momentum * across * cosine / e.v
        bracket = 2 * e.particle_energy * m**2 + e.v0 * (e.u + e.mass**2) - 2 * e.energy * e.u + self.q0 * e.momentum * e.v3
        current = turned + 2 * along / e.v * bracket - 2 * e.particle_energy * (t + self.q0**2)
        self.charge = current / (e.u * self.d)


def outgoing(energy: Values, p1: Values, p2: Values, p3: Values, m: Scalar) -> tuple[Values, Values, Values, Values, Scalar]:
    """Light-cone components of a momentum; p+ = (m^2 + p1^2 + p2^2) / p- where p3 is negative."""
    squared = m**2 + p1**2 + p2**2
    forward = p3 > 0
    large = energy + jnp.where(forward, p3, -p3)
    small = squared / large
    return jnp.where(forward, large, small), jnp.where(forward, small, large), p1, p2, m
