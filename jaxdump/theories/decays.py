"""Decays of mesons to dark particles: rates, and spectra at rest.

Energies are rapidities: a daughter of mass m and energy m cosh(y*) in the frame of its parent, of mass M and energy M cosh(Y),
has a rapidity between |Y - y*| and Y + y*, evenly in energy. So a flux of parents gives
Phi(E) = sum_k w_k M / (2 m sinh(y*_k)) [H(|y - y*_k|) - H(y + y*_k)], E = m cosh(y),
with the integral H(y) of the parents' flux over dY from y to infinity. Derived here.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import E_SQUARED, ELECTRON_MASS, FINE_STRUCTURE
from jaxdump.matter.mesons import MESONS, OMEGA_POLE, OMEGA_TO_PION_PHOTON, Meson
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories.pairs import spectrum_of_pairs, vector_phase_space, vector_to_pair
from jaxdump.typing import Scalar, Values

MASS_NODES, ANGLE_NODES = 24, 8
"""Numbers of nodes of Dalitz decays in mass and angle."""
SLOWEST = 1e-3
"""Least rapidity of a daughter in the frame of its parent; a smaller one changes nothing."""


class RestSpectrum(NamedTuple):
    """The spectrum of dark daughters of one parent in its frame, for couplings of one."""

    rapidity: Float[Array, " k"]
    """Rapidity y*, where m cosh(y*) is the energy."""
    number: Float[Array, " k"]
    """Number of daughters at each rapidity; both charges of a pair together."""


def masses_of_pairs(mass: Scalar, largest: Scalar) -> tuple[Float[Array, " q"], Float[Array, " q"], Float[Array, " q"]]:
    """Invariant masses q [GeV] of a pair up to `largest`, weights of their spectrum, and b = sqrt(1 - 4 m^2 / q^2).

    The weights are those of dq / q b (1 + 2 m^2 / q^2), and zero if 2 m exceeds `largest`.
    """
    last = arccosh(largest / (2 * mass))
    s, weight = spectrum_of_pairs(MASS_NODES, jnp.zeros_like(last), last)
    return 2 * mass * jnp.cosh(s), weight, jnp.tanh(s)


def transition_squared(meson: Meson, q: Values | Scalar, off_pole: bool = False) -> Values:
    """Transition form factor |F|^2 of a pseudoscalar to a photon and one of invariant mass `q` [GeV]: 1 at q = 0.

    (1 + v) / d with d = (1 - u)^2 + v, u = q^2 / L^2 and v = G^2 / L^2 of `Meson`; above the mass of the meson as at its mass.
    `off_pole` leaves out the imaginary part, which is a rho or an omega on its shell: ((1 + v) (1 - u) / d)^2. Reference:
    arXiv:1504.06016; off the pole derived here.
    """
    u, v = (jnp.minimum(q, meson.mass) / meson.pole) ** 2, (meson.width / meson.pole) ** 2
    denominator = (1 - u) ** 2 + v
    return ((1 + v) * (1 - u) / denominator) ** 2 if off_pole else (1 + v) / denominator


def dalitz_decay(meson: Meson, mass: Scalar, off_pole: bool = False) -> RestSpectrum:
    """Decay M -> gamma chi chibar; `off_pole` leaves out M -> gamma rho and gamma omega, which count apart.

    dBR/dz = alpha BR(2 gamma) (2 / 3 pi) sqrt(1 - 4 x / z) (1 - z)^3 (2 x + z) / z^2 |F|^2, x = m^2 / M^2, z = q^2 / M^2, with
    F of `transition_squared`; of the cosine c of chi in the frame of the pair 2 - b^2 (1 - c^2) with b^2 = 1 - 4 x / z, and
    2 E* / M = (1 + z) / 2 + (1 - z) / 2 b c. Reference: Kroll and Wada, Phys. Rev. 98, 1355 (1955); arXiv:2406.01668 where
    the number of chi is called a branching ratio.
    """
    q, weight, b = masses_of_pairs(mass, meson.mass)
    z = (q / meson.mass) ** 2
    spectral = (1 - z) ** 3 * transition_squared(meson, q, off_pole)
    pairs = FINE_STRUCTURE * meson.to_photons * 4 / (3 * jnp.pi) * weight * spectral
    c, share = gauss_legendre(ANGLE_NODES, -jnp.ones_like(q), jnp.ones_like(q))
    angular = share * (2 - (b**2)[:, None] * (1 - c**2)) / (4 - 4 / 3 * b**2)[:, None]
    energy = meson.mass / 4 * ((1 + z)[:, None] + ((1 - z) * b)[:, None] * c)
    return RestSpectrum(rapidity_of(energy, mass).ravel(), (2 * pairs[:, None] * angular).ravel())


def vector_decay(meson: Meson, mass: Scalar) -> RestSpectrum:
    """Decay V -> chi chibar: BR(ee) times sqrt(1 - 4 x) (1 + 2 x), x = m^2 / M^2, of chi over that of the electron."""
    to_pairs, to_electrons = (vector_phase_space(meson.mass, daughter) for daughter in (mass, ELECTRON_MASS))
    number = jnp.asarray(2 * meson.to_electrons * to_pairs / to_electrons)
    return RestSpectrum(rapidity_of(meson.mass / 2 * jnp.ones_like(number), mass)[None], number[None])


def by_one_photon(meson: Meson, width: Scalar) -> Scalar:
    """Branching ratio of a vector meson to a final state for which a photon of the mass of the meson has this `width` [GeV].

    BR(ee) Gamma(gamma* -> X) / Gamma(gamma* -> e+ e-), as one photon off its shell leads to both. A vector that mixes with the
    photon has its own width there times the squared ratio of the propagators. Reference: arXiv:2112.02104.
    """
    return meson.to_electrons * width / vector_to_pair(meson.mass, E_SQUARED, ELECTRON_MASS)


def through_vector(meson: Meson, eps: Scalar, mass: Scalar, width: Scalar, off_shell: Scalar, on_shell: Scalar) -> Scalar:
    """Branching ratio of a vector meson V to X through a vector of `mass` m and total `width` G [GeV], mixed with the photon.

    The vector has the widths `on_shell` to X at its mass, and `off_shell` at that of the meson. By `by_one_photon` the width is
    eps^2 m_V^4 / [(m_V^2 - m^2)^2 + (m G + g)^2] (G_X(m_V) + g / m_V G_X / G) with the line of the meson, g = m_V G_V, and
    g = m^2 G_V / m_V if the vector is lighter. The first term is V -> X with the vector off its shell, the second the vector on
    its shell in the line of the meson; near m_V they are both lines folded. Of a narrow meson the first is left. A vector that
    is heavier makes in the second no more X than at the mass of the meson. Derived here; first term: arXiv:2112.02104.
    """
    line = jnp.minimum(mass / meson.mass, 1.0) ** 2 * meson.mass * meson.total
    pole = jnp.asarray(((meson.mass - mass) * (meson.mass + mass)) ** 2 + (mass * width + line) ** 2)
    open_, decays = pole > jnp.finfo(pole.dtype).tiny, width > jnp.finfo(pole.dtype).tiny
    share = jnp.where(open_, (eps * meson.mass**2) ** 2 / jnp.where(open_, pole, 1.0), 0.0)
    part = jnp.where(decays, jnp.minimum(on_shell, off_shell) / jnp.where(decays, width, 1.0), 0.0)
    return by_one_photon(meson, share * (off_shell + line / meson.mass * part))


def omega_to_pion(mass: Scalar) -> RestSpectrum:
    """Decay omega -> pi0 chi chibar.

    dBR/dq^2 = BR(pi0 gamma) (alpha / 3 pi) (1 / q^2) (1 + 2 m^2 / q^2) sqrt(1 - 4 m^2 / q^2)
    [(1 + q^2 / d)^2 - 4 M^2 q^2 / d^2]^(3/2) / (1 - q^2 / L^2)^2, d = M^2 - m_pi^2; chi isotropic in the frame of the pair.
    Reference: Landsberg, Phys. Rep. 128, 301 (1985).
    """
    omega, pion = MESONS["omega"].mass, MESONS["pi0"].mass
    q, weight, b = masses_of_pairs(mass, omega - pion)
    d = omega**2 - pion**2
    phase = jnp.maximum((1 + q**2 / d) ** 2 - (2 * omega * q / d) ** 2, 0.0)
    root = jnp.sqrt(phase + jnp.finfo(phase.dtype).tiny)
    spectral = phase * root / (1 - (jnp.minimum(q, omega - pion) / OMEGA_POLE) ** 2) ** 2
    pairs = OMEGA_TO_PION_PHOTON * FINE_STRUCTURE * 2 / (3 * jnp.pi) * weight * spectral
    c, share = gauss_legendre(ANGLE_NODES, -jnp.ones_like(q), jnp.ones_like(q))
    energy_of_pair = (d + q**2) / (2 * omega)
    momentum = d / (2 * omega) * root
    energy = (energy_of_pair[:, None] + (momentum * b)[:, None] * c) / 2
    return RestSpectrum(rapidity_of(energy, mass).ravel(), (pairs[:, None] * share).ravel())


def dark_photon_and_photon(meson: Meson, mass: Scalar) -> RestSpectrum:
    """Decay P -> gamma A': 2 eps^2 (1 - m^2 / M^2)^3 BR(2 gamma) |F(m^2)|^2 at y* = ln(M / m), zero above M.

    Reference: arXiv:0906.5614, with the form factor of `transition_squared`: that of a Dalitz decay on the mass shell.
    """
    share = jnp.maximum(1 - (mass / meson.mass) ** 2, 0.0)
    rapidity = jnp.maximum(jnp.log(meson.mass / mass), SLOWEST)
    number = 2 * meson.to_photons * share**3 * transition_squared(meson, mass)
    return RestSpectrum(rapidity[None], number[None])


def dark_photon_and_pion(mass: Scalar) -> RestSpectrum:
    """Decay omega -> pi0 A': eps^2 BR(pi0 gamma) (p_A' / p_gamma)^3 / (1 - m^2 / L^2)^2, zero above M - m_pi.

    (p_A' / p_gamma)^2 = (1 + m^2 / d)^2 - 4 M^2 m^2 / d^2 = (1 - m^2 / (M - m_pi)^2) (1 - m^2 / (M + m_pi)^2) with
    d = M^2 - m_pi^2. From the Dalitz decay of Landsberg, Phys. Rep. 128, 301 (1985), on the mass shell.
    """
    omega, pion = MESONS["omega"].mass, MESONS["pi0"].mass
    open_ = mass < omega - pion
    light = jnp.where(open_, mass, pion)
    squared = (1 - (light / (omega - pion)) ** 2) * (1 - (light / (omega + pion)) ** 2)
    momentum = jnp.sqrt(squared)
    number = jnp.where(open_, OMEGA_TO_PION_PHOTON * squared * momentum / (1 - (light / OMEGA_POLE) ** 2) ** 2, 0.0)
    energy = (omega**2 - pion**2 + light**2) / (2 * omega)
    return RestSpectrum(rapidity_of(energy, light)[None], number[None])


def rapidity_of(energy: Values, mass: Scalar) -> Values:
    """Rapidity arccosh(E / m) of a particle of `energy` E and `mass` m [GeV], at least `SLOWEST`."""
    excess = jnp.maximum(energy / mass - 1, SLOWEST**2 / 2)
    return jnp.log1p(excess + jnp.sqrt(excess * (excess + 2)))
