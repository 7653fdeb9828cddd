"""Dark particles radiated by a lepton in the field of a nucleus, at tree level without further approximation.

l N -> l N X by the exchange of one photon with a nucleus of spin 0 and elastic form factor F, which recoils. With
the amplitudes of `vertices`, for which P + P' may be replaced by twice that of the nucleus at rest, as charge is conserved,
dsigma/dx = alpha e^2 / (16 pi^2) (|k|/E) Integral dy dt F^2/t^2 <|Gamma|^2 / 2> / (4 |p| |V|), y = 2 E^2 (1 - cos(theta)),
where V = p - k and <> averages over the azimuth of the photon about V. Derived here; prefactor as in `bremsstrahlung`.
"""

import jax
import jax.numpy as jnp

from jaxdump.constants import E_SQUARED, FINE_STRUCTURE
from jaxdump.form_factors import Material
from jaxdump.kinematics import Radiation, energy_fraction_nodes
from jaxdump.production.collision import Emission, Exchange
from jaxdump.production.vertices import AbstractVertex, Nodes
from jaxdump.quadrature import gauss_legendre
from jaxdump.sources.beam import Beam
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2

THETA_MAX = 0.1
"""[rad] as in `bremsstrahlung`."""
PREFACTOR = FINE_STRUCTURE * E_SQUARED / (16 * jnp.pi**2) * PB_PER_INVERSE_GEV2
ATOMIC_MASS = 0.93149410242
"""[GeV] the atomic mass unit. CODATA 2018."""
SOFT = 300.0
"""t_min over t_d beyond which the form factor leaves nothing: less than 1e-5 of a cross-section."""


def angular_exact(
    vertex: AbstractVertex, point: Radiation, energy: Scalar, material: Material, theta_max: Scalar, n: Nodes | None = None
) -> Values:
    """The angular integral, in the place of that of the Weizsaecker-Williams approximation; same shape as `point.x`."""

    def at(x: Values, one_minus_x: Values) -> Values:
        one = Radiation(x, one_minus_x, point.mass, point.lepton_mass)
        return angle_integral(vertex, one, energy, material, theta_max, n or vertex.nodes)

    return jax.vmap(at)(point.x.ravel(), point.one_minus_x.ravel()).reshape(point.x.shape)


def angle_integral(
    vertex: AbstractVertex, point: Radiation, energy: Scalar, material: Material, theta_max: Scalar, n: Nodes
) -> Values:
    """Integral over y [GeV^2] of the integral over t, in (1 + y/scale)^(-1/2) or, for a photon pole, ln(1 + y/scale)."""
    nucleus_mass = material.molar_mass * ATOMIC_MASS
    ahead = Emission(point, energy, nucleus_mass, jnp.zeros_like(point.x))
    scale = point.lepton_mass**2 * jnp.ones_like(point.x) if vertex.photon_pole else ahead.u0 / ahead.slope
    top = jnp.log1p(y_max(ahead, material, theta_max) / scale)
    power = 0.0 if vertex.photon_pole else 0.5
    stretched = top if power == 0 else -jnp.expm1(-power * top) / power
    v, weight = gauss_legendre(n.angle, jnp.zeros_like(top), stretched)
    log_above = v if power == 0 else -jnp.log1p(-power * v) / power
    y, jacobian = scale * jnp.expm1(log_above), scale * jnp.exp((1 + power) * log_above)
    each = jax.vmap(lambda y: transfer_integral(vertex, Emission(point, energy, nucleus_mass, y), material, n))
    return jnp.sum(weight * jacobian * each(y))


def y_max(ahead: Emission, material: Material, theta_max: Scalar) -> Values:
    """End of the integral over y [GeV^2]: `theta_max` [rad], U = 2 M_N (V^0 - m_l), or t_min far beyond the nuclear scale."""
    m, soft = ahead.lepton_mass, SOFT * material.nuclear_scale()
    u_soft = 2 * soft + 2 * jnp.sqrt(soft * (soft + jnp.maximum(ahead.v0 - m, 0.0) * (ahead.v0 + m)))
    u_max = jnp.minimum(2 * ahead.nucleus_mass * (ahead.v0 - m), jnp.maximum(u_soft, 10 * ahead.u0))
    angle = 4 * (ahead.energy * jnp.sin(jnp.asarray(theta_max, dtype=ahead.u0.dtype) / 2)) ** 2
    return jnp.clip((u_max - ahead.u0) / ahead.slope, 1e-3 * jnp.minimum(ahead.u0 / ahead.slope, angle), angle)


def transfer_integral(vertex: AbstractVertex, emission: Emission, material: Material, n: Nodes) -> Values:
    """Integral dt F^2/t^2 <|Gamma|^2 / 2> / (4 |p| |V|); zero where closed.

    In v = ln((t + t_d) / (t + t_a)), which removes the form factor from the integrand; about the t of a lepton that goes
    straight on, if its photon has a pole there, in asinh of the distance over the width.
    """
    t_a, t_d = material.screening_scale(), material.nuclear_scale()
    least, largest, open_ = emission.t_range()
    variable = lambda t: jnp.log1p((t_d - t_a) / (t + t_a))
    low, high = variable(largest), variable(least)
    if vertex.photon_pole:
        width = 2 * emission.lepton_mass / jnp.sqrt(emission.y)
        centre = jnp.clip(variable(emission.t_collinear()), low, high)
        u, weight = gauss_legendre(n.transfer, jnp.arcsinh((low - centre) / width), jnp.arcsinh((high - centre) / width))
        v, weight = centre + width * jnp.sinh(u), weight * width * jnp.cosh(u)
    else:
        v, weight = gauss_legendre(n.transfer, low, high)
    t = (t_d - t_a) / jnp.expm1(v) - t_a
    flux = (material.charge_number * t_d) ** 2 / ((t_d - t_a) * (t + t_a) * (t + t_d))
    inside = jnp.clip(t, least * (1 + 1e-6), largest * (1 - 1e-6))
    squares = jax.vmap(lambda t: azimuthal_average(vertex, emission, t, least, largest, n.azimuth))(inside)
    return jnp.where(open_, jnp.sum(weight * flux * squares), 0.0) / (8 * emission.beam_momentum * emission.v)


def azimuthal_average(vertex: AbstractVertex, emission: Emission, t: Values, least: Values, largest: Values, n: int) -> Values:
    """<|Gamma|^2> over the azimuth of the photon about V, summed over spins."""
    e = emission
    recoil = (1 + e.v0 / e.nucleus_mass) ** 2 - (e.v / e.nucleus_mass) ** 2
    across = jnp.sqrt(recoil * (t - least) * (largest - t)) / (2 * e.v)
    exchange = lambda cosine, sine: Exchange(e, t, across, cosine, sine)
    one, zero = jnp.ones_like(t), jnp.zeros_like(t)
    cosine, sine, weight = vertex.azimuths(n, exchange(one, zero), exchange(-one, zero))
    return jnp.sum(weight * jax.vmap(lambda c, s: vertex.squared(exchange(c, s)))(cosine, sine))


def dsigma_dx(
    vertex: AbstractVertex,
    mass: Scalar,
    x: Values,
    one_minus_x: Values,
    beam: Beam,
    material: Material,
    theta_max: Scalar = THETA_MAX,
    n: Nodes | None = None,
) -> Values:
    """dsigma/dx [pb] at unit coupling in x, the particle's share of the beam energy; zero outside m/E < x < 1 - m_l/E."""
    x0 = mass / beam.energy
    open_ = (x > x0) & (one_minus_x * beam.energy > beam.lepton_mass)
    momentum = jnp.sqrt(jnp.where(open_, (x - x0) * (x + x0), 1.0))
    point = Radiation(jnp.where(open_, x, 0.5), jnp.where(open_, one_minus_x, 0.5), mass, beam.lepton_mass)
    angular = angular_exact(vertex, point, beam.energy, material, theta_max, n)
    return jnp.where(open_, PREFACTOR * momentum * angular, 0.0)


def sigma(
    vertex: AbstractVertex,
    mass: Scalar,
    beam: Beam,
    material: Material,
    x_min: Scalar,
    theta_max: Scalar = THETA_MAX,
    n_x: int = 20,
    n: Nodes | None = None,
) -> Values:
    """Cross-section [pb] per nucleus above `x_min` at unit coupling, for one `mass` [GeV]: map it over masses in batches."""
    nodes = energy_fraction_nodes(n_x, mass / beam.energy, x_min, beam.lepton_mass / beam.energy)
    x, one_minus_x, weight = nodes
    return jnp.sum(weight * dsigma_dx(vertex, mass, x, one_minus_x, beam, material, theta_max, n))
