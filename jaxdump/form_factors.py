"""Nuclei, and the photons that a fast particle meets in their field."""

import equinox as eqx
import jax.numpy as jnp

from jaxdump.checks import require
from jaxdump.constants import ELECTRON_MASS
from jaxdump.typing import Scalar, Values
from jaxdump.units import NUCLEI_PER_PB


class Material(eqx.Module):
    """A target material: its nucleus and its bulk."""

    name: str = eqx.field(static=True)
    charge_number: Scalar
    """Z"""
    mass_number: Scalar
    """A of the form factor."""
    molar_mass: Scalar
    """[g/mol]"""
    density: Scalar
    """[g/cm3]"""
    radiation_length: Scalar
    """[m]"""

    def __check_init__(self):
        for name in ("charge_number", "mass_number", "molar_mass", "density", "radiation_length"):
            require(self.name, name, getattr(self, name), 0, open_below=True)

    def screening_scale(self) -> Scalar:
        """t_a = (m_e Z^(1/3) / 111)^2 [GeV^2], below which the electrons hide the nucleus."""
        return (ELECTRON_MASS * self.charge_number ** (1 / 3) / 111) ** 2

    def nuclear_scale(self) -> Scalar:
        """t_d = 0.164 A^(-2/3) GeV^2, above which the nucleus is no longer a point."""
        return 0.164 * self.mass_number ** (-2 / 3)

    def nuclei_per_pb(self) -> Scalar:
        """Nuclei per pb in one metre of the material."""
        return NUCLEI_PER_PB * self.density / self.molar_mass


LEAD = Material("lead", charge_number=82.0, mass_number=207.0, molar_mass=207.2, density=11.35, radiation_length=0.5612e-2)
"""Pb. Z and A as in arXiv:2501.06294; the rest PDG 2022."""
ALUMINIUM = Material(
    "aluminium", charge_number=13.0, mass_number=27.0, molar_mass=26.98, density=2.699, radiation_length=8.897e-2
)
"""Al. PDG 2022."""
TUNGSTEN = Material(
    "tungsten", charge_number=74.0, mass_number=184.0, molar_mass=183.84, density=19.30, radiation_length=0.3504e-2
)
"""W. PDG 2022."""


def form_factor(t: Values, material: Material) -> Values:
    """Elastic form factor of the screened nucleus at momentum transfer squared `t` [GeV^2].

    F = Z [t / (t + t_a)] [1 / (1 + t / t_d)]. Reference: Tsai, Rev. Mod. Phys. 46, 815 (1974); arXiv:2501.06294, Eq. (5).
    """
    screened = t / (t + material.screening_scale())
    return material.charge_number * screened / (1 + t / material.nuclear_scale())


def photon_flux(t_min: Values | Scalar, t_max: Values | Scalar, material: Material) -> Values:
    """Effective photon flux chi of a nucleus between momentum transfers `t_min` and `t_max` [GeV^2]; zero if t_min >= t_max.

    chi = Integral dt (t - t_min) / t^2 F(t)^2. Reference: arXiv:2501.06294, Eqs. (4), (17), (18), here in the equal form
    Z^2 t_d^2 {2 (A0 + B0) (atanh w - w) / (t_d - t_a)^3 + D^2 / (S A1 B1)} whose terms are all positive, so that it also
    holds in float32, with a single division.
    """
    t_a, t_d = material.screening_scale(), material.nuclear_scale()
    width = jnp.maximum(t_max - t_min, 0.0)
    a0, b0 = t_min + t_a, t_min + t_d
    a1, b1 = a0 + width, b0 + width
    both = a0 * b1 + b0 * a1
    inverse = 1 / (a0 * a1 * b1 * both)
    ratio = width * (t_d - t_a) * inverse
    excess = atanh_excess(ratio * (a0 * a1 * b1), ratio * (a1 * both))
    logarithmic = 2 * (a0 + b0) * excess / (t_d - t_a) ** 3
    return (material.charge_number * t_d) ** 2 * (logarithmic + width**2 * a0 * inverse)


def atanh_excess(w: Values, odds: Values) -> Values:
    """atanh w - w for 0 <= w < 1, where `odds` = 2 w / (1 - w) is given too, because 1 - w would cancel."""
    small = w < 0.15
    s = jnp.where(small, w, 0.0) ** 2
    series = w * s * (1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13 + s / 15))))))
    return jnp.where(small, series, 0.5 * jnp.log(1 + jnp.where(small, 1.0, odds)) - w)
