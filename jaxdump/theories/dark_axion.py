"""The dark axion portal: an axion with a photon and a dark photon."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import E_CHARGE
from jaxdump.fields import Number, require
from jaxdump.flux import CLOSED, log_squared
from jaxdump.matter.mesons import Meson
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import Emission, MesonsDecayInvisibly, RadiatedByLeptons
from jaxdump.theories.decays import by_one_photon
from jaxdump.typing import Scalar, Values


class DarkAxion(RadiatedByLeptons, MesonsDecayInvisibly):
    """Axion with a dark photon, whose mass is meant, L = (g / 2) a F_st Ftilde'^st, made by photons off their shell.

    The dark photon decays to dark particles alone and the axion lives long, so that all of their energy is missing. Photons
    that leptons radiate turn into both with the width g^2 Q^3 / (96 pi) lambda^(3/2) of a photon of mass Q. The spectrum in Q
    falls slowly: `q_max` ends it. Reference: arXiv:1611.01466; arXiv:1806.00757.

    >>> f"{DarkAxion(mass=0.2, g=1e-3, axion_mass=0.05).width_of_photon(3.0):.4e}"
    '8.8262e-08'
    """

    name: ClassVar = "dark-axion"
    references: ClassVar = ("arXiv:1611.01466", "arXiv:1806.00757")
    particles: ClassVar = ("axion and dark photon",)

    mass: Scalar = parameter(r"$m_{\gamma_D}$", "GeV")
    """Mass of the dark photon [GeV]."""
    g: Scalar = coupling(r"$g_{a\gamma\gamma_D}$", "GeV^-1")
    """Coupling g_a gamma gamma_D [GeV^-1]."""
    axion_mass: Scalar = parameter(r"$m_a$", "GeV", default=Number(1e-4, "A", "light beside the dark photon"), kw_only=True)
    """Mass of the axion [GeV]."""
    q_max: Scalar = parameter(
        r"$Q_{\rm max}$", "GeV", default=Number(8.0, "A", "an axion of dimension 5 needs some end"), kw_only=True
    )
    """Largest mass [GeV] of the photon off its shell."""

    def __check_init__(self):
        require(self.name, "axion_mass", self.axion_mass, 0)
        require(self.name, "q_max", self.q_max, 0, open_below=True)

    @property
    def threshold(self) -> Scalar:
        """Sum of both masses [GeV]."""
        return self.mass + self.axion_mass

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        """Any charged lepton radiates the photon, with e, that turns into the pair, with g."""
        return (Emission(E_CHARGE * self.g, amplitudes.Bremsstrahlung(amplitudes.vector)),)

    def widths(self, particle: str = "") -> Widths:
        """Empty: what the axion and the dark photon decay to, if at all, is not seen."""
        return {}

    def kinks(self) -> dict[str, Scalar]:
        """The masses at which both are as heavy as the heaviest photon."""
        return {"largest mass of the photon": self.q_max - self.threshold}

    def phase_space(self, q: Values) -> Values:
        """The factor lambda^(3/2)(1, m_a^2 / Q^2, m_gammaD^2 / Q^2) at mass Q [GeV]; zero below threshold."""
        q = jnp.asarray(q)
        open_ = q > self.threshold
        safe = jnp.where(open_, q, 2 * self.threshold)
        above = (1 - self.threshold / safe) * (1 + self.threshold / safe)
        apart = (self.mass - self.axion_mass) / safe
        return jnp.where(open_, (above * (1 - apart) * (1 + apart)) ** 1.5, 0.0)

    def width_of_photon(self, q: Values) -> Values:
        """Width [GeV] of a photon of mass Q [GeV] to both, g^2 Q^3 / (96 pi) lambda^(3/2); zero below threshold."""
        return self.g**2 * q**3 / (96 * jnp.pi) * self.phase_space(q)

    def invisible_ratio(self, name: str, meson: Meson) -> Scalar:
        """V -> a gamma_D by one photon: Br(ee) g^2 m_V^2 / (32 pi alpha) lambda^(3/2), without the mass of the electron."""
        return by_one_photon(meson, self.width_of_photon(jnp.asarray(meson.mass, jnp.result_type(self.mass))))

    def invisible_log_scale(self) -> Scalar:
        return log_squared(self.g, self.mass)

    def invisible_kinks(self, name: str, meson: Meson) -> dict[str, Scalar]:
        return {f"the mass of the {name}": self.threshold - meson.mass}

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Nodes Q = (m_a + m_gammaD) cosh(s) [GeV] and log-weights [GeV^2] of dQ^2 lambda^(3/2) / (96 pi^2).

        The cross-section is the integral over dQ^2 Gamma(Q) / (pi Q^3) of that of a vector of mass Q and coupling e. In s the
        factor (1 - (m_a + m_gammaD)^2 / Q^2)^(3/2) is tanh^3(s), which is smooth at threshold.
        """
        ratio = jnp.minimum(largest, self.q_max) / self.threshold
        open_ = ratio > 1
        last = arccosh(jnp.where(open_, ratio, 2.0))
        s, weight = gauss_legendre(n, jnp.zeros_like(last), last)
        q, b = self.threshold * jnp.cosh(s), jnp.tanh(s)
        apart = b**2 + 4 * (self.mass / self.threshold) * (self.axion_mass / self.threshold) / jnp.cosh(s) ** 2
        log_spectral = jnp.log(weight / (48 * jnp.pi**2)) + 4 * jnp.log(b) + 1.5 * jnp.log(apart) + 2 * jnp.log(q)
        return q, jnp.where(open_, log_spectral, CLOSED)
