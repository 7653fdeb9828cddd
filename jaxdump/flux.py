"""The one currency between the Lagrangian and the counts, and logarithms that stay finite."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.typing import Scalar, Values

CLOSED = -1e5
"""Log-weight of what cannot happen: exp(CLOSED) is zero, its gradient too, and it is not -inf.

Nothing is held below it: of a number whose rounding step exceeds 1, such as -1e19, a compiler that computes it twice may find
a maximum that is exceeded by so much that its exponential is infinite.
"""


def safe_log(value: Values | Scalar) -> Values:
    """log(value), and `CLOSED` with zero gradient where `value` is not a positive normal number."""
    value = jnp.asarray(value)
    open_ = value > jnp.finfo(value.dtype).tiny
    return jnp.where(open_, jnp.log(jnp.where(open_, value, 1.0)), CLOSED)


def held(log_value: Values | Scalar) -> Values:
    """A logarithm, or `CLOSED` with zero gradient where it is less."""
    return jnp.maximum(log_value, CLOSED)


class Flux(eqx.Module):
    """A weighted set of particles: quadrature nodes, Monte Carlo events or rows of a table.

    A stage that needs a position adds the field; what no stage reads is not carried.
    """

    energy: Float[Array, " n"]
    """Total lab energy [GeV]."""
    mass: Float[Array, " n"]
    """Invariant mass of what each node stands for [GeV]: the particle's, or sqrt(Q^2) of an off-shell mediator."""
    log_weight: Float[Array, " n"]
    """log(number per unit of exposure) without the common factor; `CLOSED` where there are none."""
    log_scale: Scalar
    """Common factor of all weights, mostly 2 log(coupling): kept apart, so that a scan over couplings repeats no node."""
    angle: Float[Array, " n"] | None = None
    """To what it was made by, or the zenith [rad]; None if the weights are integrals over it."""
    log_width: Float[Array, " n"] | None = None
    """log of the energy [GeV] that each node of a spectrum stands for, by rising energy; None if it is no spectrum."""
    empty: bool = eqx.field(static=True, default=False)
    """Whether it is known before any number is that there are none."""

    @classmethod
    def nothing(cls, energy: Scalar, mass: Scalar, angles: bool = False, spectrum: bool = False) -> "Flux":
        """What a production gives of a theory that it cannot make: one node, without weight.

        It has the form of what the production makes of others: with `angles` and, of a `spectrum`, with widths.
        """
        energy, mass = (jnp.asarray(value, jnp.result_type(mass))[None] for value in (energy, mass))
        none, zero = jnp.full_like(mass, CLOSED), jnp.zeros_like(mass)
        angle, log_width = (zero if given else None for given in (angles, spectrum))
        return cls(energy, mass, none, zero[0], angle, log_width, empty=True)

    @classmethod
    def of_all(cls, fluxes: "list[Flux]") -> "Flux":
        """All particles of several fluxes, without what only some of them tell."""
        if len(fluxes) == 1:
            return fluxes[0]
        energy, mass = (jnp.concatenate([getattr(flux, name) for flux in fluxes]) for name in ("energy", "mass"))
        log_weight = jnp.concatenate([flux.log_weight + flux.log_scale for flux in fluxes])
        angles = [flux.angle for flux in fluxes if flux.angle is not None]
        angle = jnp.concatenate(angles) if len(angles) == len(fluxes) else None
        return cls(energy, mass, log_weight, jnp.zeros((), log_weight.dtype), angle)

    def weighted(self, log_factor: Float[Array, "*n"]) -> "Flux":
        """The same particles, each weight times exp(log_factor), from `CLOSED` upwards."""
        return dataclasses.replace(self, log_weight=held(self.log_weight + held(log_factor)))

    def log_total(self) -> Float[Array, ""]:
        """log of the summed weights, per unit of exposure."""
        return self.log_scale + jax.nn.logsumexp(self.log_weight)
