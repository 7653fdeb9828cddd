"""Signals of particles that decay in a detector, or leave it undecayed."""

from functools import reduce

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.detection.calorimeter import AbstractDetector
from jaxdump.detection.prompt import followed
from jaxdump.fields import check_choices, selected, selection
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.matter.particles import PARTICLES
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory, Widths

SEEN = tuple(name for name, particle in PARTICLES.items() if particle.visible)
"""Particles that leave energy in a detector."""


class MissingEnergy(AbstractStage):
    """Missing energy: the particle decays to invisible final states, or beyond the last calorimeter, or never.

    >>> from jaxdump.flux import Flux
    >>> from jaxdump.detection.calorimeter import DecayVolume
    >>> from jaxdump.theories import AlpPhoton
    >>> flux = Flux(jnp.array([100.0]), jnp.array([0.1]), log_weight=jnp.zeros(1), log_scale=jnp.zeros(()))
    >>> f"{jnp.exp(MissingEnergy(DecayVolume(shield=1.0, decay_length=10.0))(AlpPhoton(0.1, 1e-5), flux).log_total()):.4f}"
    '0.9727'
    """

    detector: AbstractDetector

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        return flux.weighted(followed(self.log_probability, theory, flux))

    def log_probability(self, theory: AbstractTheory, flux: Flux) -> Float[Array, " n"]:
        """Logarithm of the probability that the energy of each particle is missing."""
        widths = theory.widths(flux.particle)
        visible, invisible = log_branching(theory, widths)
        if visible is None:
            return jnp.zeros_like(flux.log_weight)
        beyond = visible + self.detector.log_decay_beyond(theory.log_decay_rate(flux.energy, flux.mass, widths))
        return beyond if invisible is None else jnp.logaddexp(invisible, beyond)


class VisibleDecay(AbstractStage):
    """Visible decays: the particle leaves the target and decays to a final state that is seen before the detector ends.

    >>> from jaxdump.flux import Flux
    >>> from jaxdump.detection.calorimeter import DecayVolume
    >>> from jaxdump.theories import AlpPhoton
    >>> flux = Flux(jnp.array([100.0]), jnp.array([0.1]), log_weight=jnp.zeros(1), log_scale=jnp.zeros(()))
    >>> f"{jnp.exp(VisibleDecay(DecayVolume(shield=1.0, decay_length=10.0))(AlpPhoton(0.1, 1e-5), flux).log_total()):.4f}"
    '0.0248'
    """

    detector: AbstractDetector
    seen: str = selection(all=SEEN)
    """Daughters that are seen, all or some by name: a final state counts with any of them. Others only shorten the lifetime."""

    def __check_init__(self):
        check_choices("visible decay", self)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        return flux.weighted(followed(self.log_probability, theory, flux))

    def log_probability(self, theory: AbstractTheory, flux: Flux) -> Float[Array, " n"]:
        """Logarithm of the probability that a decay of each particle is seen."""
        widths = theory.widths(flux.particle)
        visible, _ = log_branching(theory, widths, selected("seen", self))
        if visible is None:
            return jnp.full_like(flux.log_weight, CLOSED)
        return visible + self.detector.log_decay_inside(theory.log_decay_rate(flux.energy, flux.mass, widths))


def log_branching(
    theory: AbstractTheory, widths: Widths, seen: tuple[str, ...] = SEEN
) -> tuple[Float[Array, ""] | None, Float[Array, ""] | None]:
    """Logarithms of the visible and of the invisible branching ratio; None for a kind without any final state in the theory.

    Final states with a daughter that is `seen` are visible, those without a visible daughter invisible. If a theory has one
    kind of final states alone, its branching ratio is one, also where the width is zero: a particle below threshold is stable.
    Raises `ValueError` for a daughter that is neither one of `matter.particles` nor of the theory.
    """
    kinds = {"visible": [], "missed": [], "invisible": []}
    for daughters, width in widths.items():
        kinds[kind_of(theory, daughters, seen)].append(width)
    logs = {kind: safe_log(sum(some)) for kind, some in kinds.items() if some}
    if len(logs) < 2:
        logs = dict.fromkeys(logs, jnp.zeros_like(theory.mass))
    else:
        total = reduce(jnp.logaddexp, logs.values())
        logs = {kind: log - total for kind, log in logs.items()}
    return logs.get("visible"), logs.get("invisible")


def kind_of(theory: AbstractTheory, daughters: tuple[str, ...], seen: tuple[str, ...]) -> str:
    """Whether a final state is "visible", "missed" or "invisible" to a detector that sees the particles `seen`."""
    if isinstance(daughters, str):
        raise ValueError(f"{theory.name}: the daughters {daughters!r} must be a tuple of names, such as ('muon', 'muon')")
    for name in daughters:
        if name not in PARTICLES and name not in theory.particles:
            known = ", ".join((*PARTICLES, *theory.particles))
            raise ValueError(f"{theory.name}: no daughter {name!r}: choose from {known}, or name it in its particles")
    if any(name in seen for name in daughters):
        return "visible"
    return "missed" if any(name in SEEN for name in daughters) else "invisible"
