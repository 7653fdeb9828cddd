"""Regions, which count events in one or many bins, and the signal that they expect of a theory."""

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import LN_10
from jaxdump.fields import FACTOR, Number, per_bin, require
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.stage import Channel
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Bins, Scalar

NONE_SEEN = Number(LN_10, "D", "nothing seen, nothing expected")
"""Published upper count of a region, at 90 % CL, that has seen nothing."""
LARGEST = 80.0
"""log of more events than any experiment sees, and less than float32 holds."""


class Signal(eqx.Module):
    """The events that an experiment expects of a theory: all that a statistic sees of both."""

    log_events: Float[Array, " bins"]
    """Logarithm of the mean number of selected events of each bin; `CLOSED` or less for none, never infinite."""
    terms: Float[Array, "3 bins"] | None = None
    """c0, c1 and c2 of the events c0 + c1 t + c2 t^2 at squared couplings times t; c0 is the standard process where a region
    holds it, and c1 its interference, which may be negative. None where no region does: events then grow as t."""
    shares: Float[Array, "channels bins"] | None = None
    """Logarithms of the events of each channel, up to a common factor. None unless a nuisance moves some channels alone."""

    @classmethod
    def interfering(cls, *log_events: Float[Array, " bins"]) -> "Signal":
        """The signal from the logarithms of the events, all positive, at squared couplings times 0, 1/2 and 1."""
        none, half, whole = (jnp.exp(jnp.minimum(log, LARGEST / 2)) for log in log_events)
        return cls(log_events[-1], jnp.stack([none, 4 * half - whole - 3 * none, 2 * whole + 2 * none - 4 * half]))

    @classmethod
    def joined(cls, signals: Sequence["Signal"]) -> "Signal":
        """The bins of several signals, one after the other."""
        log_events = jnp.concatenate([signal.log_events for signal in signals])
        shares = shares_of(signals)
        if all(signal.terms is None for signal in signals):
            return cls(log_events, shares=shares)
        linear = lambda log: jnp.stack([jnp.zeros_like(log), jnp.exp(jnp.minimum(log, LARGEST / 2)), jnp.zeros_like(log)])
        terms = [linear(signal.log_events) if signal.terms is None else signal.terms for signal in signals]
        return cls(log_events, jnp.concatenate(terms, axis=1), shares)

    @property
    def standard(self) -> "Signal":
        """What is left without couplings: the standard process, or nothing."""
        if self.terms is None:
            return Signal(jnp.full_like(self.log_events, CLOSED))
        return Signal(safe_log(self.terms[0]), self.terms.at[1:].set(0.0))

    def mean(self, strength: Scalar = 1.0) -> Float[Array, " bins"]:
        """The mean number of events of each bin at squared couplings times `strength`."""
        if self.terms is None:
            return strength * jnp.exp(jnp.minimum(self.log_events, LARGEST))
        return jnp.maximum(self.terms[0] + strength * (self.terms[1] + strength * self.terms[2]), 0.0)

    def scaled(self, log_factor: Scalar | Float[Array, " bins"]) -> "Signal":
        """The signal with all events multiplied by exp(`log_factor`)."""
        factor = jnp.exp(jnp.minimum(jnp.broadcast_to(log_factor, self.log_events.shape), LARGEST / 2))
        return Signal(self.log_events + log_factor, None if self.terms is None else self.terms * factor[None], self.shares)

    def moved(self, log_factor: Float[Array, " bins"], of_channels: Float[Array, "channels bins"] | None) -> "Signal":
        """The signal with all events multiplied by exp(`log_factor`), and those of each channel by exp(`of_channels`), too."""
        if of_channels is None or self.shares is None:
            return self.scaled(log_factor)
        logs = jnp.stack([self.shares + jnp.minimum(of_channels, LARGEST), self.shares])
        after, before = jax.nn.logsumexp(logs, axis=1)
        return self.scaled(log_factor + after - before)

    def in_units(self, log_unit: Scalar) -> "Signal":
        """The signal of which a strength of exp(`log_unit`) gives what this one gives at a strength of one."""
        powers = jnp.exp(-log_unit * np.arange(3.0).astype(self.log_events.dtype))
        terms = None if self.terms is None else self.terms * powers[:, None]
        return Signal(self.log_events - log_unit, terms, self.shares)


def shares_of(signals: Sequence[Signal]) -> Float[Array, "channels bins"] | None:
    """The `Signal.shares` of several signals, one after the other; one channel for those without."""
    if all(signal.shares is None for signal in signals):
        return None
    every = [jnp.zeros_like(signal.log_events)[None] if signal.shares is None else signal.shares for signal in signals]
    most = max(map(len, every))
    return jnp.concatenate([jnp.pad(one, ((0, most - len(one)), (0, 0)), constant_values=CLOSED) for one in every], axis=1)


class Template(eqx.Module):
    """A background whose shape over several bins is known, and whose normalisation is a free nuisance parameter."""

    name: str = eqx.field(static=True)
    """Name of the nuisance parameter, shared by all templates of that name, which it multiplies by one plus itself."""
    events: Bins = eqx.field(converter=per_bin)
    """Events expected in the region, or in each of its bins, if the nuisance parameter is zero."""

    def __check_init__(self):
        require(self.name, "events", self.events, 0)


class Pull(eqx.Module):
    """An error of the signal, log-normal: a pull of one multiplies it by 1 + error."""

    name: str = eqx.field(static=True)
    """Name of the nuisance parameter, shared by all pulls of that name."""
    error: Scalar
    """Relative error."""
    channels: tuple[int, ...] | None = eqx.field(static=True, default=None)
    """Places of the channels of the region that it multiplies; None for all of them."""

    def __check_init__(self):
        require(self.name, "error", self.error, 0)


class SignalRegion(eqx.Module):
    """A counting region of one bin, or of many: the events of its channels add up in each bin.

    Numbers of events, errors and efficiencies are one number for all bins, or an array of one for each; `observed` is an array
    if there are many bins. Raises `ValueError` for negative counts or errors, for an error of an unknown background, and for an
    array of another length than `observed`.

    >>> channel = Channel("bremsstrahlung", stages=())
    >>> SignalRegion("visible", (channel,), observed=4.0, background=None, published_upper_count=7.8).background is None
    True
    """

    name: str = eqx.field(static=True)
    channels: tuple[Channel, ...]
    observed: Bins = eqx.field(converter=per_bin)
    """Number of events that were observed, or numbers of all bins."""
    background: Bins | None = eqx.field(converter=per_bin)
    """Events expected without a signal, besides those of `templates`; None if the background is unknown, which is not zero.

    The likelihood for an unknown background is the largest over all backgrounds: flat up to a signal of `observed`. A
    statistic that takes each region by itself then assumes no background, which gives the weakest limit.
    """
    published_upper_count: Scalar | None
    """Published upper limit at 90 % CL on the number of signal events before the selection; None if there are many bins."""
    background_error: Bins | None = eqx.field(converter=per_bin, default=None)
    """Error of the background [events], log-normal: a pull of one multiplies by 1 + background_error / background."""
    signal_error: Bins | None = eqx.field(converter=per_bin, default=None)
    """Relative error of the signal, log-normal: a pull of one multiplies it by 1 + signal_error. None if it is exact."""
    background_nuisance: str = eqx.field(static=True, default="")
    """Name of the pull of the background, shared by all bins and by all regions that give the same name; empty for its own."""
    signal_nuisance: str = eqx.field(static=True, default="")
    """Name of the pull of the signal, shared in the same way."""
    templates: tuple[Template, ...] = ()
    """Further backgrounds, with known shape and free normalisation."""
    selection_efficiency: Bins = eqx.field(converter=per_bin, default=1.0, metadata=FACTOR)
    """Share of the signal events of the channels that passes the selection behind which `observed` is counted."""
    standard: bool = eqx.field(static=True, default=False)
    """Whether the channels hold the standard process too, its amplitude added before the square: it is no background then."""
    pulls: tuple[Pull, ...] = ()
    """Further errors of the signal, which `with_nuisances` takes from numbers."""
    counts: ClassVar[bool] = True
    """Whether events are counted, which grow with the exposure."""

    @property
    def bins(self) -> int:
        """The number of bins."""
        return np.size(self.observed)

    def log_events(self, theory: AbstractTheory, fluxes: dict[str, Flux]) -> Float[Array, " bins"]:
        """Logarithm of the selected events of each bin per unit of exposure; `fluxes` are those of productions that make it."""
        total = log_totals(self, theory, fluxes)
        return total + jnp.log(jnp.asarray(self.selection_efficiency, total.dtype))

    @property
    def apart(self) -> bool:
        """Whether some nuisance moves some channels alone."""
        return any(pull.channels is not None for pull in self.pulls)

    def __check_init__(self):
        of_bins = {name: getattr(self, name) for name in ("background", "background_error", "signal_error")}
        of_bins |= {"selection_efficiency": self.selection_efficiency} | {t.name: t.events for t in self.templates}
        for name, value in of_bins.items():
            if np.size(value) not in (1, self.bins):
                raise ValueError(
                    f"{self.name}: {name} must be one number, or one for each of {self.bins} bins, not {np.size(value)}"
                )
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


class Measurement(eqx.Module):
    """A measured ratio with a Gaussian error, which the channels predict: of no exposure, and beside it no background.

    A number, or an array with one for each bin. Raises `ValueError` for an error that is not positive.
    """

    name: str = eqx.field(static=True)
    channels: tuple[Channel, ...]
    value: Bins = eqx.field(converter=per_bin, kw_only=True)
    """Measured ratio."""
    error: Bins = eqx.field(converter=per_bin, kw_only=True)
    """Standard deviation of the ratio."""
    standard: bool = eqx.field(static=True, default=False)
    """Whether the channels hold the standard process too, as in a `SignalRegion`."""
    counts: ClassVar[bool] = False
    background: ClassVar[float] = 0.0
    background_error: ClassVar[None] = None
    signal_error: ClassVar[None] = None
    published_upper_count: ClassVar[None] = None
    templates: ClassVar[tuple] = ()
    pulls: ClassVar[tuple] = ()
    selection_efficiency: ClassVar[float] = 1.0
    apart: ClassVar[bool] = False

    @property
    def observed(self) -> Bins:
        """The measured ratio."""
        return self.value

    @property
    def bins(self) -> int:
        """The number of ratios."""
        return np.size(self.value)

    def log_events(self, theory: AbstractTheory, fluxes: dict[str, Flux]) -> Float[Array, " bins"]:
        """Logarithm of the ratio that the channels predict."""
        return log_totals(self, theory, fluxes)

    def __check_init__(self):
        require(self.name, "value", self.value)
        require(self.name, "error", self.error, 0, open_below=True)
        if np.size(self.error) not in (1, self.bins):
            raise ValueError(
                f"{self.name}: error must be one number, or one for each of {self.bins} bins, not {np.size(self.error)}"
            )


Region = SignalRegion | Measurement
"""What an experiment compares with its signal."""


def log_totals(region: Region, theory: AbstractTheory, fluxes: dict[str, Flux]) -> Float[Array, " bins"]:
    """Logarithm of what all channels of a region give in each bin, without a selection."""
    totals = [total for total in log_channels(region, theory, fluxes) if total is not None]
    return reduce(jnp.logaddexp, totals) if totals else jnp.full_like(theory.mass, CLOSED, shape=(region.bins,))


def log_shares(region: Region, theory: AbstractTheory, fluxes: dict[str, Flux]) -> Float[Array, "channels bins"]:
    """The `Signal.shares` of a region."""
    none = jnp.full_like(theory.mass, CLOSED, shape=(region.bins,))
    return jnp.stack([none if total is None else total for total in log_channels(region, theory, fluxes)])


def log_channels(region: Region, theory: AbstractTheory, fluxes: dict[str, Flux]) -> list[Float[Array, " bins"] | None]:
    """Logarithm of what each channel of a region gives in each bin; None for one that does not make the theory."""
    totals = []
    for channel in region.channels:
        some = [fluxes[name] for name in channel.names if name in fluxes]
        if not some:
            totals.append(None)
            continue
        flux = Flux.of_all(some)
        for stage in channel.stages:
            flux = stage(theory, flux)
        totals.append(channel.response(theory, flux))
        if totals[-1].shape != (region.bins,):
            told = f"{region.name} has {region.bins} bins, but a response of its channels has {totals[-1].size}"
            raise ValueError(f"{told}: give it a response with one number a bin")
    return totals


def names_of_bins(regions: tuple[Region, ...]) -> list[str]:
    """A name for each bin: that of its region, with a number if it is one of many."""
    each = lambda region: [f"{region.name} bin {i + 1}" for i in range(region.bins)]
    return [name for region in regions for name in ([region.name] if region.bins == 1 else each(region))]


def at_strength(theory: AbstractTheory, strength: float) -> AbstractTheory:
    """The theory with its squared couplings multiplied by `strength`, which may be zero."""
    couplings = lambda one: [getattr(one, name) for name in one.couplings()]
    return eqx.tree_at(couplings, theory, [strength**0.5 * coupling for coupling in couplings(theory)])
