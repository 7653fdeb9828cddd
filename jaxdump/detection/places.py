"""Decays at places: what hits the detector from each place is computed once, before the probability to decay there."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import SEEN, log_branching
from jaxdump.fields import check_choices, selected, selection
from jaxdump.flux import CLOSED, Flux
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.stage import AbstractStage
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar, Values


class DecayPlaces(AbstractStage):
    """Makes of each particle `n`, one for each place of a decay volume where it may decay; `DecayThere` must follow.

    Places are Gauss-Legendre nodes, and the weights their lengths [m]. Eight are good to 1e-6 in a volume of less than 14
    decay lengths, and 16 of 50.
    """

    volume: DecayVolume
    n: int = eqx.field(static=True, default=8)
    """Number of places of each particle."""

    def __check_init__(self):
        check_number("DecayPlaces", "n", self.n)

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        if flux.position is not None:
            raise ValueError("the flux has places of decay already: take DecayPlaces once in a channel")
        first = jnp.asarray(self.volume.shield, flux.energy.dtype)
        place, length = gauss_legendre(self.n, first, first + self.volume.decay_length)
        of_each = lambda column: None if column is None else jnp.repeat(column, self.n)
        flux = dataclasses.replace(
            flux,
            **{name: of_each(getattr(flux, name)) for name in ("energy", "mass", "log_weight", "angle")},
            position=jnp.tile(place, flux.energy.size),
            log_width=None,
        )
        return flux.weighted(jnp.tile(jnp.log(length), flux.energy.size // self.n))


class Thinned(AbstractStage):
    """Collects particles of one mass on a grid in ln(energy) and place, `Flux.thinned`, which costs less at each coupling.

    >>> flux = Flux(jnp.array([20.0, 30.0, 80.0]), jnp.full(3, 0.1), jnp.zeros(3), jnp.zeros(()))
    >>> thin = Thinned(energies=2)(None, flux)  # it needs no theory
    >>> [f"{energy:.0f}" for energy in thin.energy], f"{jnp.exp(thin.log_total()):.4f}"
    (['20', '80'], '3.0000')
    """

    energies: int = eqx.field(static=True, default=64)
    """Number of energies."""
    places: int = eqx.field(static=True, default=8)
    """Number of places: the `n` of `DecayPlaces`, which then stay where they are."""

    def __check_init__(self):
        check_number("Thinned", "energies", self.energies)
        check_number("Thinned", "places", self.places)

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        return 0.0

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        if flux.angle is not None:
            raise ValueError("Thinned would lose the angles of the flux: put the Aperture before it")
        return flux.thinned(self.energies, self.places)


class DecayThere(AbstractStage):
    """Visible decays at the places of the flux: the density of decays along the axis, rate exp(-rate z), and the branching.

    The path is that along the axis: angles are small. With `DecayPlaces` it is a `VisibleDecay` in a `DecayVolume`.
    """

    seen: str = selection(all=SEEN)
    """Daughters that are seen, as those of `VisibleDecay`: mostly those for which an `Aperture` before it is."""

    def __check_init__(self):
        check_choices("decay there", self)

    def __call__(self, theory: AbstractTheory, flux: Flux) -> Flux:
        place, widths = at_places("DecayThere", flux), theory.widths(flux.particle)
        visible, _ = log_branching(theory, widths, selected("seen", self))
        if visible is None:
            return flux.weighted(jnp.full_like(flux.log_weight, CLOSED))
        log_rate = theory.log_decay_rate(flux.energy, flux.mass, widths)
        return flux.weighted(visible + log_rate - jnp.exp(log_rate) * place)


def at_places(stage: str, flux: Flux) -> Values:
    """The places of decay [m] of a flux; `ValueError` for one without."""
    if flux.position is None:
        raise ValueError(f"{stage} needs places of decay, which this flux does not have: put DecayPlaces before it")
    return flux.position


def check_number(stage: str, name: str, number: int) -> None:
    if not isinstance(number, int) or number < 2:
        raise ValueError(f"{stage}: {name} must be a whole number of 2 or more, not {number!r}")
