"""Photons off their shell that protons radiate when they collide: how many, by mass and energy.

A proton of energy E_p makes a photon of mass k and energy z E_p with the splitting function w, times the form factor of the
proton at k^2 and the ratio of the cross-sections of what is left to that of the proton. All of this is a model: the choices
spread by an order of magnitude, and near the omega the radiation is the decay of mesons that others count already.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.checks import check_choices, choice, require
from jaxdump.constants import E_SQUARED, FINE_STRUCTURE, PROTON_MASS
from jaxdump.flux import safe_log
from jaxdump.interpolate import even_cubic, even_slopes
from jaxdump.kinematics import arccosh
from jaxdump.production.meson_decays import SLOWEST, RestSpectrum
from jaxdump.production.parents import parent_flux
from jaxdump.quadrature import gauss_legendre
from jaxdump.sources.cosmic import Primaries
from jaxdump.typing import Scalar, Values

KNOTS = (0.3, 0.5, 0.7, 0.74, 0.762, 0.768, 0.772, 0.778, 0.79, 0.8, 0.85, 1.1, 1.4)
"""[GeV] between which the form factor is smooth: the omega is 8.5 MeV wide."""
POLE = (0.74, 0.8)
"""[GeV] masses of photons that are decays of rho and omega."""
COUPLINGS = (0.6165340033, 0.2232042011, -0.3397382044, 1.0117544787, -0.8816565944, 0.3699021158)
MASSES = (0.77, 1.25, 1.45, 0.77, 1.25, 1.45)
WIDTHS = (0.15, 0.3, 0.5, 0.0085, 0.3, 0.5)
"""Of three resonances like the rho and three like the omega [GeV]. arXiv:0910.5589 as in BdNMC, arXiv:1609.01770."""
GRID = (0.0, 24.0, 241)
"""Of ln(E/GeV) of the protons: first, last, points."""
MASS_NODES, SHARE_NODES, TRANSVERSE_NODES, SHARE_POINTS, POINTS = 6, 8, 12, 33, 96


LogRate = Callable[[Values, Values], Values]
"""Of energy [GeV] and the share of it that is left."""


class ProtonBremsstrahlung(eqx.Module):
    """The model and its limits.

    kernel: fww, that of Fermi, Weizsaecker and Williams, arXiv:1311.3870; off-shell, the same times the form factor of a proton
    off its shell, 1 / (1 + (H / z)^2 / cutoff^4) squared, arXiv:2108.05900, with H as in `splitting`. resonances: off-pole
    leaves out masses of the photon near rho and omega, whose decays are counted as such; full keeps them.
    """

    kernel: str = choice("off-shell", "fww")
    resonances: str = choice("off-pole", "full")
    z_min: Scalar = 0.1
    """Least energy of the photon over that of the proton."""
    z_max: Scalar = 0.9
    pt_max: Scalar = 1.0
    """[GeV] largest transverse momentum of the photon."""
    least_energy: Scalar = 5.0
    """[GeV] of the proton; slower ones hardly radiate."""
    k_max: Scalar = 2.0
    """[GeV] largest mass of the photon."""
    cutoff: Scalar = 1.5
    """[GeV] of the form factor off the shell; 1 to 2 are in use."""

    def __check_init__(self):
        check_choices("bremsstrahlung of protons", self)
        require("bremsstrahlung of protons", "z_min", self.z_min, 0, 1, open_below=True, open_above=True)
        require("bremsstrahlung of protons", "z_max", self.z_max, 0, 1, open_below=True, open_above=True)
        for name in ("pt_max", "k_max", "cutoff", "least_energy"):
            require("bremsstrahlung of protons", name, getattr(self, name), 0, open_below=True)

    def daughters(self, primaries: Primaries, mass: Float[Array, ""], rapidity: Float[Array, " e"]) -> Float[Array, " e"]:
        """Flux [1/(m2 s sr GeV)] of fermions of `mass` [GeV] and the electron's charge, at energies `mass` cosh(`rapidity`)."""
        own, number = self.masses(mass)
        protons = collisions(primaries, mass)

        def of_mass(own: Float[Array, ""], number: Float[Array, ""]) -> Float[Array, " e"]:
            k = 2 * mass * jnp.cosh(own)
            photons = parent_flux(k, self.log_photons(k, protons), mass, POINTS)
            return photons.daughters(RestSpectrum(own[None], number[None]), mass, rapidity)

        return jnp.sum(jax.vmap(of_mass)(own, number), axis=0)

    def log_photons(self, k: Scalar, protons: LogRate) -> Callable[[Values], Values]:
        """ln of the flux of photons of mass `k` [GeV] per ln(k^2), against their energy [GeV]: from tables over z."""
        low, high = jnp.asarray(self.z_min, jnp.result_type(k)), jnp.asarray(self.z_max, jnp.result_type(k))
        step = (high - low) / (SHARE_POINTS - 1)
        z = low + step * jnp.arange(SHARE_POINTS, dtype=low.dtype)
        table = jnp.log(self.radiation(z, k**2) * form_factor_squared(k**2) / z)
        slopes = even_slopes(table)

        def log_density(energy: Values) -> Values:
            most = jnp.clip(energy / self.least_energy, low, high)
            z, weight = gauss_legendre(SHARE_NODES, jnp.full_like(most, low), most)
            rate = protons(energy[:, None] / z, 1 - z) + even_cubic(table, slopes, (z - low) / step)
            return safe_log(jnp.sum(weight * jnp.exp(rate), axis=1))

        return log_density

    def masses(self, mass: Float[Array, ""]) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Masses k of the photon as arccosh(k / 2 m), and pairs of fermions times two.

        (e^2 / 6 pi^2) dk^2 / k^2 sqrt(1 - 4 m^2 / k^2) (1 + 2 m^2 / k^2).
        """
        ends = [jnp.clip(jnp.asarray(knot, mass.dtype), 2 * mass, self.k_max) for knot in (0.0, *KNOTS, self.k_max)]
        place = [arccosh(end / (2 * mass)) for end in ends]
        inside = [self.resonances == "full" or not POLE[0] <= knot < POLE[1] for knot in (0.0, *KNOTS)]
        panels = [
            gauss_legendre(MASS_NODES, low, high) for low, high, keep in zip(place, place[1:], inside, strict=False) if keep
        ]
        own, weight = (jnp.concatenate(parts) for parts in zip(*panels, strict=True))
        spectral = 2 * jnp.tanh(own) ** 2 * (1 + 0.5 / jnp.cosh(own) ** 2)
        return jnp.maximum(own, SLOWEST), weight * spectral * E_SQUARED / (6 * jnp.pi**2)

    def radiation(self, z: Values, k_squared: Scalar) -> Values:
        """Integral of the splitting function over the transverse momentum squared, up to `pt_max`."""
        low = jnp.log(h_of(z, 0.0, k_squared))
        log_h, weight = gauss_legendre(TRANSVERSE_NODES, low, jnp.log(h_of(z, self.pt_max**2, k_squared)))
        h = jnp.exp(log_h)
        suppressed = 1 / (1 + (h / z[:, None]) ** 2 / self.cutoff**4) ** 2 if self.kernel == "off-shell" else 1.0
        return jnp.sum(weight * h * splitting(z[:, None], h, k_squared) * suppressed, axis=-1)


def h_of(z: Values, pt_squared: Scalar, k_squared: Scalar) -> Values:
    """H = p_T^2 + (1 - z) k^2 + z^2 m_p^2 [GeV^2]"""
    return pt_squared + (1 - z) * k_squared + (z * PROTON_MASS) ** 2


def splitting(z: Values, h: Values, k_squared: Scalar) -> Values:
    """Photons of mass^2 `k_squared` [GeV^2] per dz dp_T^2 [GeV^-2].

    w = alpha / (2 pi H) [(1 + (1 - z)^2) / z - 2 z (1 - z) (2 m_p^2 + k^2) p_T^2 / H^2]. The kernel of
    arXiv:1311.3870, simplified here.
    """
    pt_squared = h - h_of(z, 0.0, k_squared)
    soft = (1 + (1 - z) ** 2) / z
    return FINE_STRUCTURE / (2 * jnp.pi * h) * (soft - 2 * z * (1 - z) * (2 * PROTON_MASS**2 + k_squared) * pt_squared / h**2)


def form_factor_squared(k_squared: Scalar) -> Values:
    """|F_1|^2 of the proton at a time-like momentum transfer [GeV^2]: sum of f M^2 / (M^2 - k^2 - i M G)."""
    real, imaginary = jnp.zeros_like(k_squared), jnp.zeros_like(k_squared)
    for f, mass, width in zip(COUPLINGS, MASSES, WIDTHS, strict=True):
        off, damping = mass**2 - k_squared, mass * width
        size = f * mass**2 / (off**2 + damping**2)
        real, imaginary = real + size * off, imaginary + size * damping
    return real**2 + imaginary**2


def proton_cross_section(energy: Values) -> Values:
    """sigma_pp [mb] for a proton of `energy` [GeV] on one at rest: 0.2704 ln(r)^2 + 34.49 + 12.98 r^-0.451 - 7.38 r^-0.549.

    r = s / (2 m_p + 2.2127 GeV)^2. As in BdNMC, arXiv:1609.01770.
    """
    log_r = jnp.log(2 * PROTON_MASS * (energy + PROTON_MASS) / (2 * PROTON_MASS + 2.2127) ** 2)
    return 0.2704 * log_r**2 + 34.49 + 12.98 * jnp.exp(-0.451 * log_r) - 7.38 * jnp.exp(-0.549 * log_r)


def collisions(primaries: Primaries, like: Scalar) -> LogRate:
    """ln of the flux of protons at E times sigma(r E) / sigma(E), of E [GeV] and the share r, from tables."""
    first, last, points = GRID
    log_energy = jnp.linspace(first, last, points, dtype=jnp.result_type(like))
    step = (last - first) / (points - 1)
    flux, sigma = primaries.log_protons(jnp.exp(log_energy)), jnp.log(proton_cross_section(jnp.exp(log_energy)))
    flux_slopes, sigma_slopes = even_slopes(flux), even_slopes(sigma)

    def log_rate(energy: Values, share: Values) -> Values:
        at = lambda table, slopes, e: even_cubic(table, slopes, (jnp.log(e) - first) / step)
        return at(flux, flux_slopes, energy) + at(sigma, sigma_slopes, energy * share) - at(sigma, sigma_slopes, energy)

    return log_rate
