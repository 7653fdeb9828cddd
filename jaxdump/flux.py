"""The weighted set of particles between the Lagrangian and the counts, and logarithms that stay finite."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxdump.numerics.quadrature import legendre
from jaxdump.typing import Scalar, Values

CLOSED = -1e5
"""Log-weight of an event that cannot happen: exp(CLOSED) is zero, its gradient is zero too, and it is not -inf.

No log-weight is smaller. A number such as -1e19 has a rounding step above 1: a compiler that computes it twice may find a
maximum that the number itself exceeds by so much that the exponential is infinite.
"""


def safe_log(value: Values | Scalar) -> Values:
    """The logarithm of `value`, or `CLOSED` with zero gradient where `value` is not a positive normal number."""
    value = jnp.asarray(value)
    open_ = value > jnp.finfo(value.dtype).tiny
    return jnp.where(open_, jnp.log(jnp.where(open_, value, 1.0)), CLOSED)


def log_squared(coupling: Scalar, like: Scalar) -> Scalar:
    """Twice the logarithm of the absolute value of a `coupling`, in the dtype of `like`; `CLOSED` for none."""
    return 2 * safe_log(jnp.abs(jnp.asarray(coupling, jnp.result_type(like))))


def at_least_closed(log_value: Values | Scalar) -> Values:
    """The larger of a logarithm and `CLOSED`, with zero gradient where the logarithm is smaller."""
    return jnp.maximum(log_value, CLOSED)


class Flux(eqx.Module):
    """A weighted set of `n` particles: quadrature nodes, Monte Carlo events or rows of a table.

    A flux carries only the columns that some stage reads.

    >>> import jax.numpy as jnp
    >>> log_weight = jnp.log(jnp.array([1.0, 2.0]))
    >>> flux = Flux(jnp.array([50.0, 100.0]), jnp.full(2, 0.1), log_weight, log_scale=jnp.zeros(()))
    >>> f"{jnp.exp(flux.log_total()):.4f}"
    '3.0000'
    """

    energy: Float[Array, " n"]
    """Total energy of each particle in the lab frame [GeV]."""
    mass: Float[Array, " n"]
    """Invariant mass of each node [GeV]: the mass of the particle, or sqrt(Q^2) of an off-shell mediator."""
    log_weight: Float[Array, " n"]
    """Logarithm of the number of particles per unit of exposure, without the common factor; `CLOSED` for none."""
    log_scale: Scalar
    """Logarithm of the common factor of all weights, mostly 2 log(coupling): a scan over couplings repeats no node."""
    angle: Float[Array, " n"] | None = None
    """Angle to the beam particle, or zenith angle [rad]; None if the weights are integrals over the angle."""
    position: Float[Array, " n"] | None = None
    """Place of the decay along the axis [m] from the end of the target; None before places are chosen."""
    log_width: Float[Array, " n"] | None = None
    """Logarithm of the width in energy [GeV] of each node, for a spectrum of rising energies; None if it is no spectrum."""
    particle: str = eqx.field(static=True, default="")
    """What the nodes are: a standard particle such as "muon", one of the theory's `particles`, or "" for the first of these."""
    per: str = eqx.field(static=True, default="")
    """Unit of exposure that the weights are per, such as "lepton", "m2 s sr" or "kt yr"; empty if nobody asks."""

    @classmethod
    def of_all(cls, fluxes: "list[Flux]") -> "Flux":
        """The particles of several fluxes as one flux; if some have angles, those without fly along the axis."""
        if len(fluxes) == 1:
            return fluxes[0]
        energy, mass = (jnp.concatenate([getattr(flux, name) for flux in fluxes]) for name in ("energy", "mass"))
        log_weight = jnp.concatenate([flux.log_weight + flux.log_scale for flux in fluxes])
        angles, places = ([getattr(flux, name) for flux in fluxes] for name in ("angle", "position"))
        along = [jnp.zeros_like(flux.energy) if angle is None else angle for flux, angle in zip(fluxes, angles, strict=True)]
        angle = None if all(one is None for one in angles) else jnp.concatenate(along)
        position = None if any(one is None for one in places) else jnp.concatenate(places)
        words = {(flux.particle, flux.per) for flux in fluxes}
        if len(words) > 1:
            told = " and ".join(f"{particle or 'particles'} per {per or 'unit'}" for particle, per in sorted(words))
            raise ValueError(f"fluxes of {told} are not one: give each a channel of its own")
        return cls(energy, mass, log_weight, jnp.zeros((), log_weight.dtype), angle, position, None, *words.pop())

    def weighted(self, log_factor: Float[Array, "*n"]) -> "Flux":
        """A flux of the same particles with each weight multiplied by exp(`log_factor`); no log-weight falls below `CLOSED`."""
        return dataclasses.replace(self, log_weight=at_least_closed(self.log_weight + at_least_closed(log_factor)))

    def behind(self, stage: str, per: str, now: str) -> "Flux":
        """The flux behind a `stage` that takes weights per `per` and leaves them per `now`; `ValueError` for others."""
        if self.per not in ("", per):
            raise ValueError(f"{stage} takes a flux per {per}, not one per {self.per}")
        return dataclasses.replace(self, per=now)

    def thinned(self, energies: int, places: int) -> "Flux":
        """Particles of one mass on a grid of `energies` times `places`: their number, mean ln(energy) and mean place stay.

        Each particle is shared linearly between its neighbours on the grid. Energies are evenly spaced in their logarithm;
        places lie as Gauss-Legendre nodes do, from the first to the last place of the flux, so that a flux that has as many of
        such nodes keeps its places. The grid has no angles. Without places, it is one of energies.
        """
        counted = self.log_weight > CLOSED / 2
        grid, corners = shares(safe_log(self.energy), counted, np.linspace(0.0, 1.0, energies), even=True)
        grid, at, size = jnp.maximum(jnp.exp(grid), self.mass[0]), None, energies
        if self.position is not None:
            nodes = legendre(places)[0]
            at, there = shares(self.position, counted, (nodes - nodes[0]) / (nodes[-1] - nodes[0]))
            corners = [(i * places + j, one * other) for i, one in corners for j, other in there]
            grid, at, size = jnp.repeat(grid, places), jnp.tile(at, energies), energies * places
        most = jax.lax.stop_gradient(jnp.max(self.log_weight))
        weight = jnp.exp(self.log_weight - most)
        total = sum(jax.ops.segment_sum(weight * share, cell, size) for cell, share in corners)
        log_weight = at_least_closed(safe_log(total) + most)
        columns = {"energy": grid, "mass": jnp.full_like(grid, self.mass[0]), "log_weight": log_weight, "position": at}
        return dataclasses.replace(self, **columns, angle=None, log_width=None)

    def log_total(self) -> Float[Array, ""]:
        """Logarithm of the sum of all weights: particles per unit of exposure."""
        return self.log_scale + jax.nn.logsumexp(self.log_weight)


Corners = list[tuple[Int[Array, " n"], Float[Array, " n"]]]
"""Grid points, and the share of each value that belongs to them."""


def shares(
    values: Float[Array, " n"], counted: Bool[Array, " n"], pattern: np.ndarray, even: bool = False
) -> tuple[Float[Array, " g"], Corners]:
    """A grid from the least to the largest of the values that are `counted`, and the two neighbours of each value on it.

    `pattern` is the grid for values from 0 to 1; an `even` one is not searched.
    """
    low, high = jnp.min(values, where=counted, initial=jnp.inf), jnp.max(values, where=counted, initial=-jnp.inf)
    low = jnp.where(jnp.any(counted), low, 0.0)
    span = jnp.where(low < high, high - low, 1.0)
    place = jnp.clip((jnp.where(counted, values, low) - low) / span, 0.0, 1.0)
    pattern = pattern.astype(values.dtype)
    if even:
        left = jnp.minimum((place * (pattern.size - 1)).astype(jnp.int32), pattern.size - 2)
    else:
        left = jnp.searchsorted(pattern[1:-1], place, side="right", method="compare_all")
    share = (place - jnp.asarray(pattern)[left]) / jnp.asarray(np.diff(pattern))[left]
    return low + span * pattern, [(left, 1 - share), (left + 1, share)]
