"""Decays where a particle is made, to a daughter that detectors follow in its place."""

import dataclasses
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.flux import Flux, at_least_closed, safe_log
from jaxdump.numerics.quadrature import legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import DecaysAtOnce, PromptDecay
from jaxdump.typing import Scalar, Values

NODES = 12
"""Energies of a daughter of each particle: its decays are then counted to 1e-6 but for those of the shortest lifetimes."""

LogProbability = Callable[[AbstractTheory, Flux], Float[Array, " n"]]
"""A function that gives a logarithm for each particle of a flux."""


def decays_at_once(theory: AbstractTheory, flux: Flux) -> bool:
    """Whether the particles of a flux are those that the theory makes, and these decay at once."""
    return isinstance(theory, DecaysAtOnce) and flux.particle in ("", theory.particles[0])


def energies_of_daughter(decay: PromptDecay, energy: Values, mass: Values, cosine: Values) -> Values:
    """Energy [GeV] of the daughter that is followed, of particles of `energy` and `mass` [GeV], at this cosine in their frame.

    (E E* + p p* cos) / m: even between its ends where all directions are alike. At rest, and where the decay is closed, no
    direction makes a difference.
    """
    squared = (mass - decay.mass - decay.other_mass) * (mass + decay.mass + decay.other_mass)
    squared = squared * ((mass - decay.mass + decay.other_mass) * (mass + decay.mass - decay.other_mass) / (4 * mass**2))
    own = (mass + (decay.mass - decay.other_mass) * ((decay.mass + decay.other_mass) / mass)) / 2
    root = lambda value: jnp.where(value > 0, jnp.sqrt(jnp.where(value > 0, value, 1.0)), 0.0)
    return (energy * own + root((energy - mass) * (energy + mass)) * root(squared) * cosine) / mass


class PromptDecays(AbstractStage):
    """The particles of a theory that `DecaysAtOnce` become the daughters that are followed; others stay as they are.

    Each becomes several, of energies between the least and the largest one, along the same line. `MissingEnergy` and
    `VisibleDecay` look through such decays by themselves; this stage is for others.
    """

    n: int = eqx.field(static=True, default=NODES)
    """Number of energies of a daughter."""

    def log_scale(self, theory: AbstractTheory) -> Scalar | None:
        """None for a theory that `DecaysAtOnce`, with a branching ratio that depends on the couplings."""
        return None if isinstance(theory, DecaysAtOnce) else 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        if not decays_at_once(theory, flux):
            return flux
        assert isinstance(theory, DecaysAtOnce)
        decay, widths = theory.prompt_decay(), theory.widths(flux.particle)
        log_branching = safe_log(widths[decay.daughters]) - safe_log(sum(widths.values(), jnp.zeros_like(theory.mass)))
        cosines, shares = (jnp.asarray(each, flux.energy.dtype) for each in legendre(self.n))
        wide = flux.energy[:, None], flux.mass[:, None], (2 * cosines - 1)[None, :]
        energy = energies_of_daughter(decay, *wide).ravel()
        log_weight = flux.log_weight[:, None] + (jnp.log(shares) + log_branching)[None, :]
        each = lambda column: None if column is None else jnp.repeat(column, self.n)
        return dataclasses.replace(
            flux,
            energy=energy,
            mass=jnp.broadcast_to(jnp.asarray(decay.mass, energy.dtype), energy.shape),
            log_weight=at_least_closed(log_weight).ravel(),
            angle=each(flux.angle),
            position=each(flux.position),
            log_width=None,
            particle=decay.followed,
        )


def followed(log_probability: LogProbability, theory: AbstractTheory, flux: Flux) -> Float[Array, " n"]:
    """The logarithm for each particle of a flux; of one that decays at once, the mean over the daughter that is followed.

    With the branching ratio of that decay: what decays otherwise does so where it is made, and is not counted.
    """
    if not decays_at_once(theory, flux):
        return log_probability(theory, flux)
    alone = dataclasses.replace(flux, log_weight=jnp.zeros_like(flux.log_weight))
    daughters = PromptDecays()(theory, alone)
    log_share = daughters.log_weight + at_least_closed(log_probability(theory, daughters))
    return jax.nn.logsumexp(log_share.reshape(flux.energy.size, -1), axis=1)
