"""Dark particles radiated by a lepton in the field of a nucleus, at tree level without further approximation.

l N -> l N X by the exchange of one photon with a nucleus of spin 0 and elastic form factor F, which recoils. With
the amplitudes of `vertices`, for which P + P' may be replaced by twice that of the nucleus at rest, as charge is conserved,
dsigma/dx = alpha e^2 / (16 pi^2) (|k|/E) Integral dy dt F^2/t^2 <|Gamma|^2 / 2> / (4 |p| |V|), y = 2 E^2 (1 - cos(theta)),
where V = p - k and <> averages over the azimuth of the photon about V. Derived here; prefactor as in `bremsstrahlung`.
"""

import jax
import jax.numpy as jnp

from jaxdump.constants import ATOMIC_MASS
from jaxdump.matter.form_factors import Charges, charges
from jaxdump.matter.materials import Material
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.leptons.lepton_kinematics import ExactRadiation, Exchange
from jaxdump.production.leptons.vertices import VERTICES, AbstractVertex, Nodes
from jaxdump.theories.capabilities import Emission
from jaxdump.theories.radiation import Radiation
from jaxdump.typing import Scalar, Values

SOFT = 300.0
"""Largest t_min over t_d that counts: the form factor leaves less than 1e-5 of a cross-section beyond it."""


def angular_exact(
    emission: Emission, point: Radiation, energy: Scalar, material: Material, theta_max: Scalar, n: int = 0
) -> Values:
    """The angular integral at tree level, in the place of that of Weizsaecker and Williams; same shape as `point.x`.

    It takes `n` nodes in angle, or as many as the vertex needs. Raises `ValueError` for an `emission` without a vertex.
    """
    name = emission.element.name
    vertex = emission.vertex or VERTICES.get(name)
    if vertex is None:
        raise ValueError(f"no exact tree level for {name!r}: give its emission a vertex, or take the method ww")
    nodes = vertex.nodes._replace(angle=n or vertex.nodes.angle)

    def at(x: Values, one_minus_x: Values) -> Values:
        return angle_integral(
            vertex, Radiation(x, one_minus_x, point.mass, point.lepton_mass), energy, material, theta_max, nodes
        )

    spectrum = jax.lax.map(lambda node: at(*node), (point.x.ravel(), point.one_minus_x.ravel()))  # bounds the memory
    return spectrum.reshape(point.x.shape)


def angle_integral(
    vertex: AbstractVertex, point: Radiation, energy: Scalar, material: Material, theta_max: Scalar, n: Nodes
) -> Values:
    """Integral over y [GeV^2] of the integral over t, in (1 + y/scale)^(-1/2) or, for a photon pole, ln(1 + y/scale)."""
    nucleus_mass = material.molar_mass * ATOMIC_MASS
    ahead = ExactRadiation(point, energy, nucleus_mass, jnp.zeros_like(point.x))
    scale = point.lepton_mass**2 * jnp.ones_like(point.x) if vertex.photon_pole else ahead.u0 / ahead.slope
    top = jnp.log1p(y_max(ahead, material, theta_max) / scale)
    power = 0.0 if vertex.photon_pole else 0.5
    stretched = top if power == 0 else -jnp.expm1(-power * top) / power
    v, weight = gauss_legendre(n.angle, jnp.zeros_like(top), stretched)
    log_above = v if power == 0 else -jnp.log1p(-power * v) / power
    y, jacobian = scale * jnp.expm1(log_above), scale * jnp.exp((1 + power) * log_above)
    each = jax.vmap(lambda y: transfer_integral(vertex, ExactRadiation(point, energy, nucleus_mass, y), material, n))
    return jnp.sum(weight * jacobian * each(y))


def y_max(ahead: ExactRadiation, material: Material, theta_max: Scalar) -> Values:
    """Upper end of y [GeV^2]: `theta_max` [rad], U = 2 M_N (V^0 - m_l), or t_min far beyond the nuclear scale."""
    m, soft = ahead.lepton_mass, SOFT * material.nuclear_scale()
    u_soft = 2 * soft + 2 * jnp.sqrt(soft * (soft + jnp.maximum(ahead.v0 - m, 0.0) * (ahead.v0 + m)))
    u_max = jnp.minimum(2 * ahead.nucleus_mass * (ahead.v0 - m), jnp.maximum(u_soft, 10 * ahead.u0))
    angle = 4 * (ahead.energy * jnp.sin(jnp.asarray(theta_max, dtype=ahead.u0.dtype) / 2)) ** 2
    return jnp.clip((u_max - ahead.u0) / ahead.slope, 1e-3 * jnp.minimum(ahead.u0 / ahead.slope, angle), angle)


def transfer_integral(vertex: AbstractVertex, emission: ExactRadiation, material: Material, n: Nodes) -> Values:
    """Integral over t of F^2/t^2 <|Gamma|^2 / 2> / (4 |p| |V|); zero where closed."""
    least, largest, open_ = emission.t_range()
    total = jnp.zeros_like(least)
    for source in charges(material):
        t, weight = transfer_nodes(vertex, emission, source, least, largest, n.transfer)
        inside = jnp.clip(t, least * (1 + 1e-6), largest * (1 - 1e-6))
        squares = jax.vmap(lambda t: azimuthal_average(vertex, emission, t, least, largest, n.azimuth))(inside)
        total = total + jnp.sum(weight * source.over_t_squared(t, material) * squares)
    return jnp.where(open_, total, 0.0) / (8 * emission.beam_momentum * emission.v)


def transfer_nodes(
    vertex: AbstractVertex, emission: ExactRadiation, source: Charges, least: Values, largest: Values, n: int
) -> tuple[Values, Values]:
    """Nodes t [GeV^2] and weights, in `Charges.variable`, which removes the form factor.

    For a photon pole they are even in asinh of the distance over the width, about the t of a lepton that goes straight on.
    """
    low, high = source.variable(largest), source.variable(least)
    if vertex.photon_pole:
        width = 2 * emission.lepton_mass / jnp.sqrt(emission.y)
        centre = jnp.clip(source.variable(emission.t_collinear()), low, high)
        u, weight = gauss_legendre(n, jnp.arcsinh((low - centre) / width), jnp.arcsinh((high - centre) / width))
        v, weight = centre + width * jnp.sinh(u), weight * width * jnp.cosh(u)
    else:
        v, weight = gauss_legendre(n, low, high)
    t, jacobian = source.at(v)
    return t, weight * jacobian


def azimuthal_average(
    vertex: AbstractVertex, emission: ExactRadiation, t: Values, least: Values, largest: Values, n: int
) -> Values:
    """Average <|Gamma|^2> over the azimuth of the photon about V, summed over spins."""
    e = emission
    recoil = (1 + e.v0 / e.nucleus_mass) ** 2 - (e.v / e.nucleus_mass) ** 2
    across = jnp.sqrt(recoil * (t - least) * (largest - t)) / (2 * e.v)
    exchange = lambda cosine, sine: Exchange(e, t, across, cosine, sine)
    one, zero = jnp.ones_like(t), jnp.zeros_like(t)
    cosine, sine, weight = vertex.azimuths(n, exchange(one, zero), exchange(-one, zero))
    return jnp.sum(weight * jax.vmap(lambda c, s: vertex.squared(exchange(c, s)))(cosine, sine))
