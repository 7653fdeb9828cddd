"""Signals of particles that decay in a detector, or leave it undecayed."""

from functools import reduce

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.detection.calorimeter import AbstractDetector
from jaxdump.fields import check_choices, selected, selection
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import INVISIBLE, AbstractTheory

ALL = ("all",)
"""The choice of every final state that is not invisible, whatever its name is."""


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
        widths = theory.widths()
        visible, invisible = log_branching(theory, widths)
        if visible is None:
            return flux
        beyond = visible + self.detector.log_decay_beyond(theory.log_decay_rate(flux.energy, flux.mass, widths))
        return flux.weighted(beyond if invisible is None else jnp.logaddexp(invisible, beyond))


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
    seen: str = selection(all=ALL, electrons=("electrons",), muons=("muons",), hadrons=("hadrons",), photons=("photons",))
    """Final states that count, among those that are not invisible: all, or some by name. Others only shorten the lifetime."""

    def __check_init__(self):
        check_choices("visible decay", self)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        widths = theory.widths()
        visible, _ = log_branching(theory, widths, selected("seen", self))
        if visible is None:
            return flux.weighted(jnp.full_like(flux.log_weight, CLOSED))
        return flux.weighted(visible + self.detector.log_decay_inside(theory.log_decay_rate(flux.energy, flux.mass, widths)))


def log_branching(
    theory: AbstractTheory, widths: dict | None = None, seen: tuple[str, ...] = ALL
) -> tuple[Float[Array, ""] | None, Float[Array, ""] | None]:
    """Logarithms of the visible and of the invisible branching ratio; None for a kind without any final state in the theory.

    Final states of `seen` are visible. If a theory has one kind of final states alone, its branching ratio is one, also where
    the width is zero: a particle below threshold is stable.
    """
    kinds = {"visible": [], "missed": [], "invisible": []}
    for name, width in (theory.widths() if widths is None else widths).items():
        kinds["invisible" if name in INVISIBLE else "visible" if seen == ALL or name in seen else "missed"].append(width)
    logs = {kind: safe_log(sum(some)) for kind, some in kinds.items() if some}
    if len(logs) < 2:
        logs = dict.fromkeys(logs, jnp.zeros_like(theory.mass))
    else:
        total = reduce(jnp.logaddexp, logs.values())
        logs = {kind: log - total for kind, log in logs.items()}
    return logs.get("visible"), logs.get("invisible")
