"""Anomalous magnetic moment of the muon from one loop of a dark particle.

With r = m / m_mu and D = r^2 (1 - x) + x^2 every contribution is g^2 / (8 pi^2) times the integral over x from 0 to 1 of N / D:

    N = x^2 (2 - x) for a scalar, g phi mubar mu,
    N = -x^3 for a pseudoscalar, i g a mubar gamma5 mu,
    N = 2 x^2 (1 - x) for a vector, g Z_s mubar gamma^s mu,
    N = 2 x (1 - x) (x - 4) - 4 x^3 / r^2 for an axial vector, g Z_s mubar gamma^s gamma5 mu.

Heavy particles give g^2 / (8 pi^2 r^2) times 2 ln(r) - 7/6, 11/6 - 2 ln(r), 2/3 and -10/3; light ones g^2 / (8 pi^2) times
3/2, -1/2, 1 and -2 / r^2. An axion with a derivative coupling g is a pseudoscalar of Yukawa coupling -2 m_mu g, up to its
coupling to photons by the anomaly. That, and all other loops with a photon (Barr-Zee), are not calculated.
Reference: J. P. Leveille, Nucl. Phys. B137, 63 (1978); F. Jegerlehner and A. Nyffeler, arXiv:0902.3360, Sec. 7.
"""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import MUON_MASS
from jaxdump.fields import Number
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import ConvertsLeptons, RadiatedByLeptons
from jaxdump.typing import Scalar, Values

DELTA_A = {
    "2025": Number(
        38e-11, "P", "theory with lattice arXiv:2505.21476, less the world average with arXiv:2506.03069", error=63e-11
    ),
    "2021": Number(251e-11, "P", "theory arXiv:2006.04822, less the average of arXiv:2104.03281", error=59e-11),
}
"""Measured less expected anomalous moment of the muon, by year; without tension in 2025."""
NODES = 192
"""Nodes in t = ln(x / (1 - x)), 0.3 apart: the trapezoidal rule is good to 1e-11, since the nearest poles are pi / 2 away."""
BEFORE, BEYOND = 14.0, 28.0
"""Distance in t of the ends of the integral from where D changes: at ln(r) for light particles, 2 ln(r) for heavy ones."""

Numerator = Callable[[Values, Values, Scalar], Values]
"""A function N of x, 1 - x and r."""
NUMERATORS: dict[str, Numerator] = {
    "scalar": lambda x, rest, r: x**2 * (1 + rest),
    "pseudoscalar": lambda x, rest, r: -(x**3),
    "vector": lambda x, rest, r: 2 * x**2 * rest,
    "axial": lambda x, rest, r: -2 * x * rest * (3 + rest) - 4 * x * (x / r) ** 2,
}
"""Functions N by the name of the vertex."""
DERIVATIVE = "derivative"
"""Name of the vertex of an axion that is as good as a pseudoscalar."""


def unit_moment(vertex: str, mass: Scalar) -> Scalar:
    """Contribution to the anomalous moment of the muon of a particle of `mass` [GeV] and unit coupling; of any sign.

    `vertex` is one of `NUMERATORS`, or "derivative" for a coupling of 1/GeV. Good to 1e-11 from 1e-6 to 100 GeV, and beyond.
    """
    if vertex == DERIVATIVE:
        return (2 * MUON_MASS) ** 2 * unit_moment("pseudoscalar", mass)
    r = jnp.asarray(mass) / MUON_MASS
    log_r = jnp.log(r)
    first, last = jnp.minimum(log_r, 0.0) - BEFORE, jnp.maximum(2 * log_r, 0.0) + BEYOND
    t = first + (last - first) * jnp.asarray(np.linspace(0, 1, NODES), r.dtype)
    x, rest = jax.nn.sigmoid(t), jax.nn.sigmoid(-t)
    over = (r * rest) * r + x**2
    step = (last - first) / (NODES - 1)
    return step * jnp.sum(x * rest * NUMERATORS[vertex](x, rest, r) / over) / (8 * jnp.pi**2)


def muon_vertices(theory: AbstractTheory) -> dict[str, Scalar]:
    """The couplings of the particle to muons by the name of the vertex; those of one name add up.

    Raises `ValueError` for a theory whose particle muons do not radiate, or become other leptons as they do, for a pair of
    particles, and for a vertex whose moment is not known.
    """
    if inside := leptons_inside(theory):
        raise ValueError(f"{theory.name}: the magnetic moment is not calculated: {' and '.join(inside)} in the loop")
    if not isinstance(theory, RadiatedByLeptons) or not (ways := theory.emissions("muon")):
        raise ValueError(without_muons(theory))
    if jax.eval_shape(lambda: theory.invariant_masses(jnp.ones_like(theory.mass), 2)[0]).size > 1:
        raise ValueError(f"{theory.name}: the magnetic moment of a pair of particles is not calculated")
    known = (*NUMERATORS, DERIVATIVE)
    couplings: dict[str, Scalar] = {}
    for way in ways:
        name = way.element.name
        if name not in known:
            barr_zee = "" if way.element.of_lepton else " (a loop with photons)"
            told = f"the magnetic moment of {name}{barr_zee} is not calculated, but that of {', '.join(known)}"
            raise ValueError(f"{theory.name}: {told}")
        couplings[name] = couplings.get(name, 0.0) + way.coupling
    if DERIVATIVE in couplings and "pseudoscalar" in couplings:
        raise ValueError(f"{theory.name}: give the pseudoscalar and the derivative coupling as one, g - 2 m_mu g_derivative")
    return couplings


def leptons_inside(theory: AbstractTheory) -> tuple[str, ...]:
    """Names of the other leptons that muons become, or that become muons, where they radiate the particle."""
    if not isinstance(theory, ConvertsLeptons):
        return ()
    becomes = [way.lepton for way in theory.conversions("muon")]
    return tuple(dict.fromkeys(becomes + ["electron"] * any(way.lepton == "muon" for way in theory.conversions("electron"))))


def without_muons(theory: AbstractTheory) -> str:
    """Words for a theory without a coupling to muons, with what may have to be set."""
    hint = f"; {theory.hint}" if theory.hint else ""
    return f"{theory.name} has no coupling to muons, so no magnetic moment at one loop{hint}"


def no_moment(theory: AbstractTheory) -> str:
    """Words for a concrete theory whose couplings to muons are all zero; empty if one is not."""
    return "" if any(bool(g != 0) for g in muon_vertices(theory).values()) else without_muons(theory)


def muon_moment(theory: AbstractTheory, units: Mapping[str, Scalar] | None = None) -> Float[Array, ""]:
    """Contribution of a theory to the anomalous magnetic moment of the muon; raises `ValueError` as `muon_vertices`.

    Vertices of different parity or spin do not interfere. `units` are those of `unit_moments`, if they are done.

    >>> from jaxdump.theories import LmuLtau
    >>> f"{muon_moment(LmuLtau(mass=0.01, g=5e-4)):.3e}"
    '2.478e-09'
    """
    units = unit_moments(theory) if units is None else units
    terms = [units[vertex] * g**2 for vertex, g in muon_vertices(theory).items()]
    return jnp.asarray(sum(terms, jnp.zeros_like(theory.mass)))


def unit_moments(theory: AbstractTheory) -> dict[str, Scalar]:
    """The contributions for a coupling of one, by the names of the vertices of a theory: they depend on the mass alone."""
    return {vertex: unit_moment(vertex, theory.mass) for vertex in muon_vertices(theory)}
