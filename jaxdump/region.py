"""Counting regions, and the signal that they expect of a theory."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import LN_10
from jaxdump.fields import Number, require
from jaxdump.flux import Flux
from jaxdump.stage import Channel, log_events
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar

NONE_SEEN = Number(LN_10, "D", "nothing seen, nothing expected")
"""Published upper count of a region, at 90 % CL, that has seen nothing."""
LARGEST = 80.0
"""log of more events than any experiment sees, and less than float32 holds."""


class Signal(eqx.Module):
    """The events that an experiment expects of a theory: all that a statistic sees of both."""

    log_events: Float[Array, " regions"]
    """Logarithm of the mean number of selected events of each region; `CLOSED` or less for none, never infinite."""

    def mean(self, strength: Scalar = 1.0) -> Float[Array, " regions"]:
        """The mean number of events of each region, of a signal that is multiplied by `strength`."""
        return strength * jnp.exp(jnp.minimum(self.log_events, LARGEST))

    def scaled(self, log_factor: Scalar | Float[Array, " regions"]) -> "Signal":
        """The signal multiplied by exp(`log_factor`)."""
        return Signal(self.log_events + log_factor)


class Template(eqx.Module):
    """A background whose shape over several regions is known, and whose normalisation is a free nuisance parameter."""

    name: str = eqx.field(static=True)
    """Name of the nuisance parameter, shared by all templates of that name, which it multiplies by one plus itself."""
    events: Scalar
    """Events expected in the region if the nuisance parameter is zero."""

    def __check_init__(self):
        require(self.name, "events", self.events, 0)


class SignalRegion(eqx.Module):
    """One counting region, or one bin of a spectrum: the events of its channels add up.

    Raises `ValueError` for negative counts or errors, and for an error of an unknown background.

    >>> channel = Channel("bremsstrahlung", stages=())
    >>> SignalRegion("visible", (channel,), observed=4.0, background=None, published_upper_count=7.8).background is None
    True
    """

    name: str = eqx.field(static=True)
    channels: tuple[Channel, ...]
    observed: Scalar
    """Number of events that were observed."""
    background: Scalar | None
    """Events expected without a signal, besides those of `templates`; None if the background is unknown, which is not zero.

    The likelihood for an unknown background is the largest over all backgrounds: flat up to a signal of `observed`. A
    statistic that takes each region by itself then assumes no background, which gives the weakest limit.
    """
    published_upper_count: Scalar | None
    """Published upper limit at 90 % CL on the number of signal events before the selection; None for a bin of a spectrum."""
    background_error: Scalar | None = None
    """Error of the background [events], log-normal: a pull of one multiplies by 1 + background_error / background."""
    signal_error: Scalar | None = None
    """Relative error of the signal, log-normal: a pull of one multiplies it by 1 + signal_error. None if it is exact."""
    background_nuisance: str = eqx.field(static=True, default="")
    """Name of the pull of the background, shared by all regions that give the same name; empty for a pull of its own."""
    signal_nuisance: str = eqx.field(static=True, default="")
    """Name of the pull of the signal, shared in the same way."""
    templates: tuple[Template, ...] = ()
    """Further backgrounds, with known shape and free normalisation."""
    selection_efficiency: Scalar = 1.0
    """Share of the signal events of the channels that passes the selection behind which `observed` is counted."""

    def __check_init__(self):
        for name in ("observed", "background", "background_error", "signal_error"):
            if getattr(self, name) is not None:
                require(self.name, name, getattr(self, name), 0)
        if self.published_upper_count is not None:
            require(self.name, "published_upper_count", self.published_upper_count, 0, open_below=True)
        require(self.name, "selection_efficiency", self.selection_efficiency, 0, 1, open_below=True)
        if self.background is None and self.background_error is not None:
            raise ValueError(f"{self.name} has a background_error but no background: give both")
        if self.background_error is not None:  # a log-normal around zero has no width
            require(f"{self.name} with background_error", "background", self.background, 0, open_below=True)


def log_events_of_all(
    regions: tuple[SignalRegion, ...], theory: AbstractTheory, fluxes: dict[str, Flux]
) -> Float[Array, " regions"]:
    """`log_events` of each region. Regions that differ only in numbers, such as bins, are calculated at once."""
    alike: dict[tuple, list[int]] = {}
    for i, region in enumerate(regions):
        leaves, structure = jax.tree.flatten(region.channels)
        alike.setdefault((structure, *(leaf if isinstance(leaf, int) else jnp.shape(leaf) for leaf in leaves)), []).append(i)
    signals = []
    for members in alike.values():
        channels = [regions[i].channels for i in members]
        if len(members) == 1:
            signals.append(log_events(channels[0], theory, fluxes)[None])
            continue
        numbers, rest = eqx.partition(jax.tree.map(partial(stacked, jnp.result_type(theory.mass)), *channels), eqx.is_array)
        signals.append(jax.vmap(lambda one, rest=rest: log_events(eqx.combine(one, rest), theory, fluxes))(numbers))
    return jnp.concatenate(signals)[np.argsort(np.concatenate(list(alike.values())))]


def stacked(dtype: np.dtype, *leaves: Array | float) -> Array | int:
    """Numbers stacked along a new first axis; an integer, which is the same for all, is returned as it is."""
    return leaves[0] if isinstance(leaves[0], int) else jnp.stack([jnp.asarray(leaf, dtype) for leaf in leaves])
