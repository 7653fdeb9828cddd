"""Fluxes of parents as functions of their rapidity, and fluxes of the daughters of their decays in flight."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.flux import safe_log
from jaxdump.matter.mesons import MESONS
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.interpolate import EvenCurve, even_slopes
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.hadrons_in_air import HADRON_ENERGIES, STEP, HadronsInAir
from jaxdump.theories.decays import RestSpectrum
from jaxdump.typing import Scalar, Values

POINTS, PANEL_NODES = 192, 3
"""Number of points of the table of a flux of parents, and of nodes between two points."""
HIGHEST = 1e8
"""Energy [GeV] at the end of the table."""
HIGHEST_DAUGHTER = 1e6
"""Energy [GeV] beyond which daughters are too few to count."""
STEEPEST = 10.0
"""Logarithm of the largest -d ln H / dY."""
LEAST_SLOPE = 1e-6
"""Least value of -d ln(flux above E) / d ln(E), for energies at which a table has no particles."""


class ParentFlux(NamedTuple):
    """The flux of parents of one mass: its integral H over the rapidity from Y to infinity, on even points from Y = 0."""

    mass: Scalar
    """Mass of the parent [GeV]."""
    step: Scalar
    """Step in rapidity between two points."""
    log_beyond: EvenCurve
    """Curve of ln H [1/(m2 s sr GeV)] as a function of Y over `step`."""

    def beyond(self, rapidity: Values) -> Values:
        """The logarithm of H at `rapidity`; beyond the table it falls as at its end."""
        return self.log_beyond(rapidity / self.step)

    def daughters(self, spectrum: RestSpectrum, mass: Scalar, rapidity: Float[Array, " e"]) -> Float[Array, " e"]:
        """Flux [1/(m2 s sr GeV)] of daughters of `mass` [GeV] of all parents, at energies `mass` cosh(`rapidity`)."""
        y, own = rapidity[:, None], spectrum.rapidity[None]
        slow, fast = self.beyond(jnp.abs(y - own)), self.beyond(y + own)
        between = -jnp.exp(slow) * jnp.expm1(jnp.minimum(fast - slow, 0.0))
        height = spectrum.number * self.mass / (2 * mass * jnp.sinh(spectrum.rapidity))
        return jnp.matmul(between, height, precision="highest")


def parent_flux(mass: Scalar, log_density: Callable[[Values], Values], like: Scalar, points: int = POINTS) -> ParentFlux:
    """The flux of parents of `mass` [GeV] from its `log_density`, a function of energy [GeV], in the dtype of `like`."""
    dtype = jnp.result_type(like)
    mass = jnp.asarray(mass, dtype)
    step = arccosh(jnp.maximum(HIGHEST / mass, 2.0)) / points
    edges = step * jnp.arange(points + 1, dtype=dtype)
    inside, weight = gauss_legendre(PANEL_NODES, edges[:-1], edges[1:])
    density = log_density(mass * jnp.cosh(jnp.append(edges, inside.ravel())))
    at_edges, within = density[: points + 1], density[points + 1 :].reshape(inside.shape)
    power = jnp.maximum((at_edges[-2] - at_edges[-1]) / step, 1.0)  # with which it goes on beyond the table
    panels = jnp.append(jnp.sum(weight * jnp.exp(within), axis=1), jnp.exp(at_edges[-1]) / power)
    log_beyond = safe_log(jnp.cumsum(panels[::-1])[::-1])
    steepness = jnp.exp(jnp.minimum(at_edges - log_beyond, STEEPEST))  # not a quotient, whose slope overflows in float32
    return ParentFlux(mass, step, EvenCurve(log_beyond, -step * steepness))


def meson_fluxes(
    hadrons: HadronsInAir, names: Sequence[str], like: Scalar, incoming: Float[Array, " n"] | None = None
) -> ParentFlux:
    """The fluxes of mesons along a first axis, in the dtype of `like`; `incoming` is the one of `hadrons`, if it is known."""
    dtype = jnp.result_type(like)
    masses = jnp.asarray([MESONS[name].mass for name in names], dtype)
    above = hadrons.log_flux_above(names, dtype, incoming)
    return jax.vmap(lambda mass, log_above: parent_flux(mass, meson_density(log_above, mass), like))(masses, above)


def meson_density(log_above: Float[Array, " n"], mass: Scalar) -> Callable[[Values], Values]:
    """Log-flux of mesons [1/(m2 s sr GeV)], a function of energy [GeV], from log-fluxes above each of `HADRON_ENERGIES`.

    It is cubic in logarithms above the second of these energies that exceeds the `mass`, constant below, linear above the last.
    """
    log_energy = jnp.asarray(np.log(HADRON_ENERGIES), log_above.dtype)
    falling = jnp.maximum(-even_slopes(log_above) / STEP, LEAST_SLOPE)
    first = jnp.searchsorted(log_energy, jnp.log(mass)) + 1
    place = jnp.maximum(jnp.arange(log_energy.size, dtype=first.dtype), first)
    density = (log_above + jnp.log(falling) - log_energy)[place]
    curve = EvenCurve(density)
    return lambda energy: curve(jnp.maximum((jnp.log(energy) - log_energy[0]) / STEP, 0.0))
