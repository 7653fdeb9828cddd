"""Signals of particles that decay, or do not, around a calorimeter."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.detection.calorimeter import AbstractDetector
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import INVISIBLE, AbstractTheory


class MissingEnergy(AbstractStage):
    """The particle leaves no energy: it decays to something invisible, or beyond the last calorimeter, or never."""

    detector: AbstractDetector

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        widths = theory.widths()
        visible, invisible = log_branching(theory, widths)
        if visible is None:
            return flux
        beyond = visible + self.detector.log_decay_beyond(theory.log_decay_rate(flux.energy, flux.mass, widths))
        return flux.weighted(beyond if invisible is None else jnp.logaddexp(invisible, beyond))


class VisibleDecay(AbstractStage):
    """The particle leaves the target and decays to something visible before the last calorimeter ends."""

    detector: AbstractDetector

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        widths = theory.widths()
        visible, _ = log_branching(theory, widths)
        if visible is None:
            return flux.weighted(jnp.full_like(flux.log_weight, CLOSED))
        return flux.weighted(visible + self.detector.log_decay_inside(theory.log_decay_rate(flux.energy, flux.mass, widths)))


def log_branching(
    theory: AbstractTheory, widths: dict | None = None
) -> tuple[Float[Array, ""] | None, Float[Array, ""] | None]:
    """log of the visible and of the invisible branching ratio; None for a kind that the theory has no final state of.

    With one kind alone its branching ratio is one, also where the width is zero: a particle below threshold is stable.
    """
    widths = theory.widths() if widths is None else widths
    seen = [width for name, width in widths.items() if name not in INVISIBLE]
    unseen = [width for name, width in widths.items() if name in INVISIBLE]
    if not seen or not unseen:
        one = jnp.zeros_like(theory.mass)
        return (one if seen else None), (one if unseen else None)
    visible, invisible = safe_log(sum(seen)), safe_log(sum(unseen))
    total = jnp.logaddexp(visible, invisible)
    return visible - total, invisible - total
