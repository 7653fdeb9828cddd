"""Mean energy loss of a charged particle by ionisation and radiation: -dE/dX = eps^2 S(E) with S = a + b E.

A muon has constants a and b, see `energy_after`. For a heavy particle in rock, with its `ranges`, a is given by the formula of
Bethe for its mass, and b is that of muons times m_mu / m, as for pairs of electrons. For particles lighter than a muon b is
only a guess; bremsstrahlung, which goes with eps^4, is counted as if it went with eps^2.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import ELECTRON_MASS, LN_10, MUON_MASS
from jaxdump.fields import Number
from jaxdump.flux import safe_log
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.typing import Scalar, Values


class Medium(NamedTuple):
    """A material that is ionised. PDG 2022; density effect of Sternheimer, Atom. Data Nucl. Data Tables 30, 261."""

    electrons: float
    """Number of electrons per unit of atomic mass, Z / A."""
    excitation: float
    """Mean excitation energy I [GeV]."""
    c: float
    a: float
    k: float
    x0: float
    x1: float


STANDARD_ROCK = Medium(0.5, 136.4e-9, 3.7738, 0.08301, 3.4120, 0.0492, 3.0549)
ROCK_LOSS = (Number(2.23e-3, "A", "after arXiv:hep-ph/0407075"), Number(4.63e-6, "A", "after arXiv:hep-ph/0407075"))
"""Energy loss of muons in standard rock: a [GeV cm2/g] and b [cm2/g]."""
ICE_LOSS = tuple(Number(value, "P", "arXiv:hep-ph/0407075, Fig. 21, Table 3, by public codes") for value in (2.59e-3, 3.63e-6))
"""Energy loss of muons in ice: a [GeV cm2/g] and b [cm2/g]."""
DEEP = 50.0
"""Number of e-folds of lost energy beyond which `energy_before` does not grow: no particle has so much energy."""
BETHE = 0.307075e-3
"""Constant K of the formula [GeV cm2/mol]. PDG 2022."""
SLOWEST = 1e-2
"""Least gamma beta of the table, far below the validity of the formula; a slower particle stops at once."""
POINTS, PANEL_NODES = 256, 3
"""Number of points of the table of ranges, and of nodes between two points."""


def energy_after(energy: Values, column: Values, charge: Scalar, a: Scalar, b: Scalar) -> Values:
    """Mean energy [GeV] behind a `column` [g/cm2] of a particle of `charge` [e] and `energy` [GeV] before it.

    -dE/dX = eps^2 (a + b E), so E(X) = E e^-k - (a / b) (1 - e^-k) with k = eps^2 b X; a particle whose energy is not above its
    mass has stopped. Here `a` [GeV cm2/g] is ionisation. `b` [cm2/g], for bremsstrahlung, pairs and nuclei, is that of muons:
    too large for heavier particles.
    Reference: arXiv:hep-ph/0407075; arXiv:2104.13924.
    """
    k = charge**2 * b * column
    return energy * jnp.exp(-k) + a / b * jnp.expm1(-k)


def energy_before(energy: Values, column: Values, charge: Scalar, a: Scalar, b: Scalar) -> Values:
    """Mean energy [GeV] in front of a `column` [g/cm2] of a particle of `energy` [GeV] behind it: inverse of `energy_after`.

    Its derivative, e^k, is the factor by which fluxes per energy grow.
    """
    k = jnp.minimum(charge**2 * b * column, DEEP)
    return energy * jnp.exp(k) + a / b * jnp.expm1(k)


def ionisation(momentum: Values, mass: Scalar, medium: Medium = STANDARD_ROCK) -> Values:
    """Energy loss a [GeV cm2/g] by ionisation of a unit charge of `mass` [GeV] at gamma beta = `momentum`.

    K Z/A / beta^2 [ln(2 m_e (gamma beta)^2 W / I^2) / 2 - beta^2 - delta / 2], W being the largest energy of an electron.
    The bracket is 1 where it would be smaller and the formula does not hold.
    Reference: PDG 2022, passage of particles through matter, Eq. (34.5).
    """
    momentum = jnp.maximum(momentum, SLOWEST)
    gamma = jnp.sqrt(1 + momentum**2)
    ratio = ELECTRON_MASS / mass
    velocity = momentum / gamma  # quotients of squares have slopes that leave the range of float32
    largest = 2 * ELECTRON_MASS * momentum * velocity / (2 * ratio + (1 + ratio**2) / gamma)
    logarithm = jnp.log(2 * ELECTRON_MASS / medium.excitation) + 2 * jnp.log(momentum) + jnp.log(largest / medium.excitation)
    bracket = (logarithm - density_effect(momentum, medium)) / 2 - velocity**2
    return BETHE * medium.electrons / velocity**2 * jnp.maximum(bracket, 1.0)


def density_effect(momentum: Values, medium: Medium) -> Values:
    """Density effect delta: 2 ln 10 x - C + a (x1 - x)^k for x0 < x < x1, where x = log10(`momentum`) of gamma beta."""
    x = jnp.log10(momentum)
    far = 2 * LN_10 * x - medium.c
    below = x < medium.x1
    gap = jnp.where(below, medium.x1 - x, 1.0)
    near = far + jnp.where(below, medium.a * gap**medium.k, 0.0)
    return jnp.where(x > medium.x0, near, 0.0)


def stopping_power(rapidity: Values, mass: Scalar, b: Scalar) -> Values:
    """Energy loss S [GeV cm2/g] of a unit charge of `mass` [GeV] at a `rapidity`; `b` [cm2/g] is that of muons."""
    return ionisation(jnp.sinh(rapidity), mass) + b * MUON_MASS * jnp.cosh(rapidity)


class Ranges(NamedTuple):
    """The columns [g/cm2] that a unit charge crosses until it stops, on even points in rapidity."""

    mass: Scalar
    b: Scalar
    rapidity: Float[Array, " k"]
    log_range: Float[Array, " k"]

    def before(self, energy: Values, column: Values, charge: Scalar) -> tuple[Values, Values]:
        """Rapidity in front of a `column` [g/cm2] of a particle of `charge` [e] and `energy` [GeV] behind it, and log dE/dE.

        The rapidity is one above the last of the table where it would be larger. `energy` broadcasts against `column`.
        """
        behind = jnp.clip(arccosh(energy / self.mass), self.rapidity[0], self.rapidity[-1])
        own = jnp.interp(behind, self.rapidity, self.log_range)
        whole = jnp.logaddexp(own, 2 * safe_log(charge) + jnp.log(column))
        ahead = jnp.interp(whole, self.log_range, self.rapidity)
        ahead = jnp.where(whole > self.log_range[-1], self.rapidity[-1] + 1, ahead)
        power = lambda rapidity: jnp.log(stopping_power(rapidity, self.mass, self.b))
        return ahead, power(ahead) - power(behind)


def ranges(mass: Scalar, b: Scalar, highest: Scalar) -> Ranges:
    """The table of ranges up to an energy of `highest` [GeV]: the integral of m sinh(y) / S(y) over the rapidity y."""
    step = arccosh(highest / mass) / POINTS
    edges = step * jnp.arange(POINTS + 1, dtype=step.dtype)
    inside, weight = gauss_legendre(PANEL_NODES, edges[:-1], edges[1:])
    panels = jnp.sum(weight * mass * jnp.sinh(inside) / stopping_power(inside, mass, b), axis=1)
    return Ranges(mass, b, edges[1:], jnp.log(jnp.cumsum(panels)))
