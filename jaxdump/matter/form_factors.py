"""Form factors of nuclei, and the flux of photons that a fast particle meets in the field of a nucleus."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp

from jaxdump.constants import PROTON_MASS
from jaxdump.matter.materials import Material
from jaxdump.numerics.elementary import atanh_excess
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.typing import Scalar, Values

DIPOLE = 0.71
"""Scale of the dipole form factor of the proton [GeV^2]. Tsai, Rev. Mod. Phys. 46, 815 (1974)."""
PROTON_MOMENT = 2.793
"""Magnetic moment of the proton in nuclear magnetons. PDG 2026."""


def elastic(t: Values, material: Material) -> Values:
    """Elastic form factor F(t)^2 / t^2 [GeV^-4] of the screened nucleus at momentum transfer squared `t` [GeV^2].

    F = Z [t / (t + t_a)] [1 / (1 + t / t_d)]. Reference: Tsai, Rev. Mod. Phys. 46, 815 (1974); arXiv:2501.06294, Eq. (5).
    """
    t_a, t_d = material.screening_scale(), material.nuclear_scale()
    return (material.charge_number / ((t + t_a) * (1 + t / t_d))) ** 2


def inelastic(t: Values, material: Material) -> Values:
    """Inelastic form factor over t^2 [GeV^-4] of the protons of the nucleus at momentum transfer squared `t` [GeV^2].

    Z [t / (t + t_p)]^2 [(1 + (mu_p^2 - 1) t / 4 m_p^2) / (1 + t / 0.71 GeV^2)^4]^2 / t^2.
    Reference: Tsai, Rev. Mod. Phys. 46, 815 (1974), as in arXiv:0906.0580, Eq. (A19).
    """
    proton = (1 + (PROTON_MOMENT**2 - 1) * t / (2 * PROTON_MASS) ** 2) / (1 + t / DIPOLE) ** 4
    return material.charge_number * (proton / (t + material.electron_scale())) ** 2


class Charges(NamedTuple):
    """The charges that are the source of the photons: those of the nucleus as a whole, or of its protons."""

    over_t_squared: Callable[[Values, Material], Values]
    screened: Scalar
    """Momentum transfer t [GeV^2] below which electrons screen the charges."""
    resolved: Scalar
    """Momentum transfer t [GeV^2] above which the form factor falls."""

    def variable(self, t: Values) -> Values:
        """The variable v = ln((t + t_resolved) / (t + t_screened)), in which the form factor is flat."""
        return jnp.log1p((self.resolved - self.screened) / (t + self.screened))

    def at(self, v: Values) -> tuple[Values, Values]:
        """The t [GeV^2] of a value `v` of `variable`, and -dt/dv."""
        span = self.resolved - self.screened
        t = span / jnp.expm1(v) - self.screened
        return t, (t + self.screened) * (t + self.resolved) / span


def charges(material: Material) -> tuple[Charges, ...]:
    """The charges of a material: its nucleus and, for the form factor "elastic+inelastic", the protons of it."""
    nucleus = Charges(elastic, material.screening_scale(), material.nuclear_scale())
    if material.form_factor == "elastic":
        return (nucleus,)
    return nucleus, Charges(inelastic, material.electron_scale(), DIPOLE / 4)


def photon_flux(t_min: Values | Scalar, t_max: Values | Scalar, material: Material) -> Values:
    """Effective photon flux chi of a nucleus between momentum transfers `t_min` and `t_max` [GeV^2]; zero if t_min >= t_max.

    chi = Integral dt (t - t_min) / t^2 F(t)^2 has no dimension; both ends broadcast. Reference: arXiv:2501.06294, Eq. (4).

    >>> from jaxdump.matter.materials import LEAD
    >>> f"{photon_flux(1e-8, 1e-2, LEAD):.4g}"
    '7.365e+04'
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
