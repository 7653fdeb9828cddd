"""Nuclei, and the photons that a fast particle meets in their field."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp

from jaxdump.checks import check_choices, choice, require
from jaxdump.constants import ELECTRON_MASS, PROTON_MASS
from jaxdump.quadrature import gauss_legendre
from jaxdump.typing import Scalar, Values
from jaxdump.units import NUCLEI_PER_PB

DIPOLE = 0.71
"""[GeV^2] of the proton's dipole form factor. Tsai, Rev. Mod. Phys. 46, 815 (1974)."""
PROTON_MOMENT = 2.793
"""Magnetic moment in nuclear magnetons. PDG 2022."""


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
    form_factor: str = choice("elastic", "elastic+inelastic")
    """Whether the nucleons of the nucleus count apart from the whole."""

    def __check_init__(self):
        check_choices(self.name, self)
        for name in ("charge_number", "mass_number", "molar_mass", "density", "radiation_length"):
            require(self.name, name, getattr(self, name), 0, open_below=True)

    def screening_scale(self) -> Scalar:
        """t_a = (m_e Z^(1/3) / 111)^2 [GeV^2], below which the electrons hide the nucleus."""
        return (ELECTRON_MASS * self.charge_number ** (1 / 3) / 111) ** 2

    def nuclear_scale(self) -> Scalar:
        """t_d = 0.164 A^(-2/3) GeV^2, above which the nucleus is no longer a point."""
        return 0.164 * self.mass_number ** (-2 / 3)

    def electron_scale(self) -> Scalar:
        """t_p = (m_e Z^(2/3) / 773)^2 [GeV^2], below which the electrons hide its protons."""
        return (ELECTRON_MASS * self.charge_number ** (2 / 3) / 773) ** 2

    def nuclei_per_pb(self) -> Scalar:
        """Nuclei per pb in one metre of the material."""
        return NUCLEI_PER_PB * self.density / self.molar_mass


LEAD = Material("lead", charge_number=82.0, mass_number=207.0, molar_mass=207.2, density=11.35, radiation_length=0.5612e-2)
"""Pb. Z and A as in arXiv:2501.06294; the rest PDG 2022."""
ALUMINIUM = Material("aluminium", 13.0, 27.0, molar_mass=26.982, density=2.699, radiation_length=8.897e-2)
"""Al. PDG 2022."""
TUNGSTEN = Material("tungsten", 74.0, 184.0, molar_mass=183.84, density=19.30, radiation_length=0.3504e-2)
"""W. PDG 2022."""


def elastic(t: Values, material: Material) -> Values:
    """F(t)^2 / t^2 [GeV^-4] of the screened nucleus at momentum transfer squared `t` [GeV^2].

    F = Z [t / (t + t_a)] [1 / (1 + t / t_d)]. Reference: Tsai, Rev. Mod. Phys. 46, 815 (1974); arXiv:2501.06294, Eq. (5).
    """
    t_a, t_d = material.screening_scale(), material.nuclear_scale()
    return (material.charge_number / ((t + t_a) * (1 + t / t_d))) ** 2


def inelastic(t: Values, material: Material) -> Values:
    """The same of its protons: Z [t / (t + t_p)]^2 [(1 + (mu_p^2 - 1) t / 4 m_p^2) / (1 + t / 0.71 GeV^2)^4]^2 / t^2.

    Reference: Tsai, Rev. Mod. Phys. 46, 815 (1974), as in arXiv:0906.0580, Eq. (A19).
    """
    proton = (1 + (PROTON_MOMENT**2 - 1) * t / (2 * PROTON_MASS) ** 2) / (1 + t / DIPOLE) ** 4
    return material.charge_number * (proton / (t + material.electron_scale())) ** 2


class Charges(NamedTuple):
    """What photons come from."""

    over_t_squared: Callable[[Values, Material], Values]
    screened: Scalar
    """t [GeV^2] below which they are hidden."""
    resolved: Scalar
    """t [GeV^2] above which their photons become few."""

    def variable(self, t: Values) -> Values:
        """v = ln((t + t_resolved) / (t + t_screened)), in which the form factor is flat."""
        return jnp.log1p((self.resolved - self.screened) / (t + self.screened))

    def at(self, v: Values) -> tuple[Values, Values]:
        """t [GeV^2] of `variable`, and -dt/dv."""
        span = self.resolved - self.screened
        t = span / jnp.expm1(v) - self.screened
        return t, (t + self.screened) * (t + self.resolved) / span


def charges(material: Material) -> tuple[Charges, ...]:
    """The nucleus, and its protons if they count apart."""
    nucleus = Charges(elastic, material.screening_scale(), material.nuclear_scale())
    if material.form_factor == "elastic":
        return (nucleus,)
    return nucleus, Charges(inelastic, material.electron_scale(), DIPOLE / 4)


def photon_flux(t_min: Values | Scalar, t_max: Values | Scalar, material: Material) -> Values:
    """Effective photon flux chi of a nucleus between momentum transfers `t_min` and `t_max` [GeV^2]; zero if t_min >= t_max.

    chi = Integral dt (t - t_min) / t^2 F(t)^2. Reference: arXiv:2501.06294, Eq. (4).
    """
    elastic_flux = nucleus_flux(t_min, t_max, material)
    if material.form_factor == "elastic":
        return elastic_flux
    return elastic_flux + proton_flux(t_min, t_max, material)


def proton_flux(t_min: Values | Scalar, t_max: Values | Scalar, material: Material, n: int = 24) -> Values:
    """The part of `photon_flux` from the protons, by `n` nodes in ln(1 + (t - t_min) / (t_min + t_p))."""
    t_min, t_max = jnp.broadcast_arrays(t_min, t_max)
    scale = t_min + material.electron_scale()
    v, weight = gauss_legendre(n, jnp.zeros_like(t_min), jnp.log1p(jnp.clip(t_max - t_min, 0.0, 100 * DIPOLE) / scale))
    above = scale[..., None] * jnp.expm1(v)
    density = inelastic(t_min[..., None] + above, material)
    return jnp.sum(weight * (above + scale[..., None]) * above * density, axis=-1)


def nucleus_flux(t_min: Values | Scalar, t_max: Values | Scalar, material: Material) -> Values:
    """The part of `photon_flux` from the nucleus as a whole, in closed form.

    arXiv:2501.06294, Eqs. (17), (18), here in the equal form Z^2 t_d^2 {2 (A0 + B0) (atanh w - w) / (t_d - t_a)^3 +
    D^2 / (S A1 B1)} with A0 = t_min + t_a, B0 = t_min + t_d, A1, B1 the same at t_max, D = t_max - t_min and
    S = A0 B1 + B0 A1: all terms are positive, so that it also holds in float32, its slopes too.
    """
    t_a, t_d = material.screening_scale(), material.nuclear_scale()
    width = jnp.maximum(t_max - t_min, 0.0)
    a0, b0 = t_min + t_a, t_min + t_d
    a1, b1 = a0 + width, b0 + width
    both = a0 * b1 + b0 * a1
    per_a, per_b = 1 / (a0 * a1), width / (b1 * both)
    gap = (t_d - t_a) * per_b
    excess = atanh_excess(gap * b1, gap * a1 * both * per_a)
    logarithmic = 2 * (a0 + b0) * excess / (t_d - t_a) ** 3
    return (material.charge_number * t_d) ** 2 * (logarithmic + width * a0 * per_a * per_b)


def atanh_excess(w: Values, odds: Values) -> Values:
    """atanh w - w for 0 <= w < 1, where `odds` = 2 w / (1 - w) is given too, because 1 - w would cancel."""
    small = w < 0.15
    s = jnp.where(small, w, 0.0) ** 2
    series = w * s * (1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13 + s / 15))))))
    return jnp.where(small, series, 0.5 * jnp.log(1 + jnp.where(small, 1.0, odds)) - w)
