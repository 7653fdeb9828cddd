"""Decays of spin-0 particles to two photons through a loop of charged leptons.

The loop functions are given as (m / m_l) F, real and imaginary part, so that nothing leaves the range of float32. With
tau = (m / 2 m_l)^2 and f of `triangle`,

    F = 2 (tau + (tau - 1) f) / tau^2 for a scalar, L = g phi lbar l: 4/3 for a heavy lepton,
    F = 2 f / tau for a pseudoscalar, L = i g a lbar gamma5 l: 2 for a heavy lepton,
    F = 2 (f / tau - 1) for an ALP, L = g (d_s a) lbar gamma^s gamma5 l: 2 tau / 3 for a heavy lepton, which decouples.

The F of an ALP is that of a pseudoscalar of Yukawa coupling 2 m_l g, less the anomaly of the axial current.
Reference: A. Djouadi, hep-ph/0503172, Sec. 2.3, and hep-ph/0503173, with the coupling m_l / v of the Higgs boson replaced by g;
for the ALP arXiv:1708.00443, whose loop function B_1 is -F / 2.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from jaxdump.constants import FINE_STRUCTURE, LEPTON_MASS
from jaxdump.fields import require
from jaxdump.theories.pairs import pair_phase_space
from jaxdump.typing import Scalar, Values

Loop = Callable[[Scalar, Values], tuple[Values, Values]]
"""A function of the masses [GeV] of particle and leptons that gives the real and the imaginary part of (m / m_l) F."""
SMALL_TAU, TERMS = 0.1, 16
"""The tau below which F of a scalar cancels and is taken from its series, and the number of terms that gives 1e-17."""
SMALL_TAU_ALP, TERMS_ALP = 0.5, 48
"""The tau and the number of terms for an ALP, whose F cancels more."""


class DecaysByLoops(eqx.Module):
    """Mixin of a theory whose width to two photons through loops has the factor `loop_photons`.

    Raises `ValueError` for a negative factor; 0 leaves the decay out.
    """

    name: ClassVar[str]
    loop_photons: eqx.AbstractVar[Scalar]

    def __check_init__(self):
        require(self.name, "loop_photons", self.loop_photons, 0)


def photon_width(loop: Loop, mass: Scalar, couplings: Mapping[str, Scalar]) -> Scalar:
    """Width [GeV] to two photons of a particle of `mass` [GeV] with Yukawa `couplings` to charged leptons, by their names.

    The Yukawa coupling of an ALP is 2 m_l g with its coupling g [1/GeV], as `derivative_loop` needs it.

    The width is alpha^2 m^3 / (256 pi^3) |sum of g_l F_l / m_l|^2. Reference: see the top of this file.
    """
    dtype = jnp.result_type(mass, *couplings.values())
    g = jnp.stack([jnp.asarray(each, dtype) for each in couplings.values()])
    real, imaginary = loop(mass, jnp.asarray([LEPTON_MASS[species] for species in couplings], dtype))
    return FINE_STRUCTURE**2 / (256 * jnp.pi**3) * mass * (jnp.sum(g * real) ** 2 + jnp.sum(g * imaginary) ** 2)


def triangle(mass: Scalar, lepton: Values) -> tuple[Values, Values]:
    """Real and imaginary part of f = arcsin(sqrt(tau))^2 below threshold, -(ln((1 + b) / (1 - b)) - i pi)^2 / 4 above.

    There are no branches: each term keeps its value at threshold on the side where it does not vary. The slope is infinite just
    below the threshold, and finite at it.
    """
    b, r = pair_phase_space(mass, lepton)
    logarithm = 2 * jnp.log1p(b) - jnp.log(4 * r)
    sine = jnp.minimum(mass / (2 * lepton), 1.0)
    squared = (1 - sine) * (1 + sine)
    below = squared > 0
    cosine = jnp.where(below, jnp.sqrt(jnp.where(below, squared, 1.0)), 0.0)
    return jnp.arctan2(sine, cosine) ** 2 - logarithm**2 / 4, jnp.pi / 2 * logarithm


def scalar_loop(mass: Scalar, lepton: Values) -> tuple[Values, Values]:
    """Real and imaginary part of (m / m_l) F of a scalar."""
    root = mass / (2 * lepton)
    small = root**2 < SMALL_TAU
    tau, safe = jnp.where(small, root**2, 0.0), jnp.where(small, 1.0, root)
    real, imaginary = triangle(mass, lepton)
    factor = (safe - 1) * (safe + 1) / safe**2
    series = [a - b for a, b in pairwise(arcsine_series(TERMS))]
    return jnp.where(small, 4 * root * power_sum(series, tau), 4 * (1 + factor * real) / safe), 4 * factor * imaginary / safe


def pseudoscalar_loop(mass: Scalar, lepton: Values) -> tuple[Values, Values]:
    """Real and imaginary part of (m / m_l) F of a pseudoscalar."""
    root = mass / (2 * lepton)
    real, imaginary = triangle(mass, lepton)
    return 4 * real / root, 4 * imaginary / root


def derivative_loop(mass: Scalar, lepton: Values) -> tuple[Values, Values]:
    """Real and imaginary part of (m / m_l) F of an ALP."""
    root = mass / (2 * lepton)
    small = root**2 < SMALL_TAU_ALP
    tau, safe = jnp.where(small, root**2, 0.0), jnp.where(small, 1.0, root)
    real, imaginary = triangle(mass, lepton)
    series = tau * power_sum(arcsine_series(TERMS_ALP)[1:], tau)
    return jnp.where(small, 4 * root * series, 4 * (real / safe - safe)), 4 * imaginary / root


def power_sum(coefficients: Sequence[float], tau: Values) -> Values:
    """Sum of `coefficients` times 1, tau, tau^2, ..."""
    exponents = jnp.arange(len(coefficients), dtype=tau.dtype).reshape(*(1,) * tau.ndim, -1)
    return jnp.matmul(tau[..., None] ** exponents, jnp.asarray(coefficients, tau.dtype), precision="highest")


def arcsine_series(terms: int) -> list[float]:
    """Coefficients a_1 to a_(`terms` + 1) of the series arcsin(sqrt(tau))^2 = sum of a_n tau^n."""
    ratio = lambda a, n: a * 2 * n**2 / ((2 * n + 1) * (n + 1))
    return [*accumulate(range(1, terms + 1), ratio, initial=1.0)]
