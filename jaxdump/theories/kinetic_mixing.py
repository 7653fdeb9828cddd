"""Kinetic mixing of a new vector with the photon: by loops of muons and taus, by heavy fields, and what becomes of it.

A Dirac fermion of charges q e and q' g makes a mixing Pi(q^2) = q q' e g / (2 pi^2) times the integral over x from 0 to 1 of
x (1 - x) ln[(m^2 - x (1 - x) q^2) / mu^2], in L = (Pi / 2) F F'; the scale mu drops out of the sum over fields if that of q q'
vanishes. Others write -(eps / 2) F F': limits do not depend on the sign.
Reference: B. Holdom, Phys. Lett. B166, 196 (1986); arXiv:2501.06294, Eq. (13), whose weight 1 - x must be x (1 - x).
"""

from collections.abc import Sequence
from itertools import accumulate

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import E_CHARGE, MUON_MASS, TAU_MASS
from jaxdump.fields import require
from jaxdump.typing import Scalar, Values

SMALL, TERMS = 0.3, 28
"""The size of q^2 / 4 m^2 below which the loop is taken from its series, and the number of terms that gives 1e-16."""


def vacuum_loop(q_squared: Values, mass: Scalar) -> tuple[Values, Values]:
    """Real and imaginary part of the integral of x (1 - x) ln(1 - x (1 - x) q^2 / m^2 - i 0), as an array like `q_squared`.

    With z = q^2 / 4 m^2 it is [-5/3 - 1/z + (1 + 1 / 2z) b L] / 6, where b = sqrt(|1 - 1/z|) and L = ln((1 + b)^2 |z|) for
    q^2 < 0, 2 arctan(1/b) for 0 < z < 1 and ln((1 + b)^2 z) - i pi above the threshold z = 1. There it is continuous; the slope
    of the real part is infinite just below, that of the imaginary part just above, and finite at it.
    """
    z = jnp.asarray(q_squared) / (4 * mass**2)
    small = jnp.abs(z) < SMALL
    inverse = 1 / jnp.where(small, 1.0, z)
    log_z = -jnp.log(jnp.abs(inverse))
    above, below = ~small & (inverse > 0) & (inverse < 1), ~small & (inverse > 1)
    root = lambda part, value: jnp.where(part, jnp.sqrt(jnp.where(part, value, 1.0)), 0.0)
    b, c, d = root(above, 1 - inverse), root(below, inverse - 1), root(~small & (inverse < 0), 1 - inverse)
    logs = (b + d) * (2 * jnp.log1p(b + d) + log_z) + 2 * c * jnp.arctan2(jnp.ones_like(c), c)
    large = (-5 / 3 - inverse + (1 + inverse / 2) * logs) / 6
    imaginary = -jnp.pi * (1 + inverse / 2) * b / 6
    inside, series = jnp.where(small, z, 0.0), 0.0
    for coefficient in reversed(loop_series()):
        series = series * inside + coefficient
    return jnp.where(small, -4 * inside * series, large), imaginary


def loop_series() -> list[float]:
    """Coefficients of z^n, from n = 0, in minus the integral over 4 z: 4^n B(n + 3, n + 3) / (n + 1)."""
    beta = accumulate(range(TERMS), lambda last, n: last * 4 * (n + 3) ** 2 / ((2 * n + 6) * (2 * n + 7)), initial=1 / 30)
    return [value / (n + 1) for n, value in enumerate(beta)]


def muon_tau_loop(q_squared: Values) -> tuple[Values, Values]:
    """Real and imaginary part of Pi(q^2) / (e g) for a vector of L_mu - L_tau, q^2 in GeV^2: 0.0476614 at q^2 = 0.

    It is 1 / (2 pi^2) times the integral of x (1 - x) ln[(m_tau^2 - x (1 - x) q^2) / (m_mu^2 - x (1 - x) q^2)], complex for
    timelike q^2 above 4 m_mu^2.
    """
    tau, muon = (vacuum_loop(q_squared, mass) for mass in (TAU_MASS, MUON_MASS))
    at_zero = 2 * np.log(TAU_MASS / MUON_MASS) / 6
    over = 2 * np.pi**2
    return (at_zero + tau[0] - muon[0]) / over, (tau[1] - muon[1]) / over


def effective_charge(q_squared: Values) -> Values:
    """Charge in units of e, over g_Z' g_chi, of a fermion that a massless vector of L_mu - L_tau couples to muons: |Pi / e g|.

    By redefining the photon the fermion has the charge g_chi Pi = e eps, so that e drops out. Reference: arXiv:2501.06294,
    Eq. (13) with the weight x (1 - x).

    >>> f"{effective_charge(0.0):.6f}"
    '0.047661'
    """
    real, imaginary = muon_tau_loop(q_squared)
    squared = real**2 + imaginary**2
    return jnp.sqrt(squared)


def mixing_by_heavy_fields(
    charges: Sequence[float] | Float[Array, " fields"],
    dark_charges: Sequence[float] | Float[Array, " fields"],
    masses: Sequence[float] | Float[Array, " fields"],
    g_dark: Scalar,
    scale: Scalar = 1.0,
    scalars: Sequence[bool] | None = None,
) -> Float[Array, ""]:
    """Kinetic mixing at q^2 below all `masses` [GeV], (e g_D / 12 pi^2) times the sum of q q' ln(m^2 / mu^2) over fields.

    `charges` are electric ones in units of e, `dark_charges` in units of `g_dark`. The fields are Dirac fermions, or `scalars`,
    complex ones, which count a quarter. The `scale` mu [GeV], where the mixing vanishes, drops out if the sum of q q' does, as
    in a theory that is unified above. Raises `ValueError` for columns of different lengths and masses that are not positive.

    >>> f"{mixing_by_heavy_fields([1, 1], [1, -1], [200.0, 100.0], g_dark=0.1):.3e}"
    '3.545e-04'
    """
    columns = [jnp.asarray(column, jnp.result_type(float)) for column in (charges, dark_charges, masses)]
    if len({column.shape for column in columns}) > 1 or columns[0].ndim != 1:
        told = ", ".join(str(column.size) for column in columns)
        raise ValueError(f"kinetic mixing takes as many charges as dark charges and masses, not {told}")
    require("kinetic mixing", "masses", masses, 0, open_below=True)
    require("kinetic mixing", "scale", scale, 0, open_below=True)
    share = np.where(np.zeros(columns[0].size, bool) if scalars is None else np.asarray(scalars, bool), 0.25, 1.0)
    logs = 2 * jnp.log(columns[2] / scale)
    return E_CHARGE * g_dark / (12 * jnp.pi**2) * jnp.sum(jnp.asarray(share, logs.dtype) * columns[0] * columns[1] * logs)


def currents(eps: Scalar, angle: Scalar) -> Float[Array, "2 2"]:
    """Couplings of two massless vectors without mixing to the currents (e J of electric charge, g_D J' of dark charge).

    Rows are the dark vector and the photon, for L = -(eps / 2) F F' before. Any `angle` is allowed, since both are massless;
    `visible_angle` leaves ordinary matter with the photon alone. Raises `ValueError` unless -1 < eps < 1. Reference:
    arXiv:2005.01515, Sec. 1.
    """
    require("kinetic mixing", "eps", eps, -1, 1, open_below=True, open_above=True)
    eps, angle = jnp.asarray(eps, jnp.result_type(float)), jnp.asarray(angle, jnp.result_type(float))
    cosine, sine, root = jnp.cos(angle), jnp.sin(angle), jnp.sqrt((1 - eps) * (1 + eps))
    dark = jnp.stack([sine - eps * cosine / root, cosine / root])
    photon = jnp.stack([cosine + eps * sine / root, -sine / root])
    return jnp.stack([dark, photon])


def visible_angle(eps: Scalar) -> Scalar:
    """The angle of `currents` at which the dark vector does not couple to ordinary matter: arcsin(eps)."""
    return jnp.arcsin(jnp.asarray(eps, jnp.result_type(float)))


def millicharge(eps: Scalar, g_dark: Scalar, dark_charge: Scalar = 1.0) -> Scalar:
    """Electric charge, in units of e, of a particle of `dark_charge` where the dark vector is massless and matter has no part.

    It is -eps q' g_D / (e sqrt(1 - eps^2)) with the measured e, that of ordinary matter, which `currents` has at
    `visible_angle` over its bare one. Raises `ValueError` unless -1 < eps < 1.

    >>> f"{millicharge(eps=1e-3, g_dark=0.1):.3e}"
    '-3.302e-04'
    """
    require("kinetic mixing", "eps", eps, -1, 1, open_below=True, open_above=True)
    return -eps * dark_charge * g_dark / (E_CHARGE * jnp.sqrt((1 - eps) * (1 + eps)))
