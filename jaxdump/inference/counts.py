"""Counting regions without their physics: observed counts, expected counts, and the uncertainties of both."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment, Experiment
from jaxdump.flux import CLOSED, safe_log
from jaxdump.region import LARGEST, Region, Signal
from jaxdump.typing import Scalar

FARTHEST = 1e15
"""Standard deviations beyond which a measured ratio is no more improbable, whose square float32 holds."""


class Counts(eqx.Module):
    """Poisson counts whose means depend on nuisances: unit-normal pulls p, and excesses x > -1 of templates, which are free.

    The mean of a bin is signal * exp(signal_slopes @ p) + background * exp(background_slopes @ p) + templates @ (1 + x),
    and as much of an unknown background as makes the count most probable. The pulls come first.
    """

    observed: Float[Array, " bins"]
    background: Float[Array, " bins"]
    background_slopes: Float[Array, "bins pulls"]
    """ln of the factor by which a pull of one multiplies the background."""
    signal_slopes: Float[Array, "bins pulls"]
    """ln of the factor by which a pull of one multiplies the signal."""
    templates: Float[Array, "bins templates"]
    """Events of each template where its excess is zero."""
    centre: Float[Array, " nuisances"]
    """The measured values of the pulls, zero in real data; for templates the excesses at which a search begins."""
    unknown: Float[Array, " bins"] | None = None
    """One where the background may be anything: it is then the observed events that the rest does not explain. None if all
    backgrounds are known."""
    channel_slopes: Float[Array, "channels bins pulls"] | None = None
    """The same as `signal_slopes` of single channels, besides it; None if all pulls move all channels alike."""
    errors: Float[Array, " bins"] | None = None
    """The Gaussian error of a measured ratio, which `observed` is there, and zero for counts. None if there are only counts."""

    @property
    def seen(self) -> Float[Array, " bins"]:
        """The observed counts, zero in place of measured ratios."""
        return self.observed if self.errors is None else jnp.where(self.errors > 0, 0.0, self.observed)

    @property
    def pulls(self) -> int:
        """The number of nuisances that are pulls."""
        return self.signal_slopes.shape[1]

    @property
    def least(self) -> Float[Array, " nuisances"]:
        """The least value of each nuisance."""
        return jnp.where(np.arange(self.centre.size) < self.pulls, -jnp.inf, jnp.asarray(-1.0, self.centre.dtype))

    def from_templates(self, nuisances: Float[Array, " nuisances"]) -> Float[Array, " bins"]:
        """The events of all templates."""
        return self.templates @ jnp.where(nuisances[self.pulls :] >= -1, 1 + nuisances[self.pulls :], 0.0)

    def filled(self, mean: Float[Array, " bins"]) -> Float[Array, " bins"]:
        """The mean with the most probable background where that is unknown."""
        return mean if self.unknown is None else jnp.where(self.unknown > 0, jnp.maximum(mean, self.observed), mean)

    def known_background(self, nuisances: Float[Array, " nuisances"]) -> Float[Array, " bins"]:
        """The expected events of each bin without a signal, and without unknown backgrounds."""
        factor = jnp.exp(jnp.minimum(self.background_slopes @ nuisances[: self.pulls], LARGEST))
        return self.background * factor + self.from_templates(nuisances)

    def mean_background(self, nuisances: Float[Array, " nuisances"]) -> Float[Array, " bins"]:
        """The expected events of each bin without a signal."""
        return self.filled(self.known_background(nuisances))

    def mean(self, signal: Signal, nuisances: Float[Array, " nuisances"], strength: Scalar = 1.0) -> Float[Array, " bins"]:
        """The expected events of each bin, the signal multiplied by `strength`, which may be zero."""
        return self.filled(self.moved(signal, nuisances).mean(strength) + self.known_background(nuisances))

    def moved(self, signal: Signal, nuisances: Float[Array, " nuisances"]) -> Signal:
        """The signal at these pulls."""
        pulls = nuisances[: self.pulls]
        return signal.moved(self.signal_slopes @ pulls, None if self.channel_slopes is None else self.channel_slopes @ pulls)

    def log_mean(self, signal: Signal, nuisances: Float[Array, " nuisances"], strength: Scalar = 1.0) -> Float[Array, " bins"]:
        """log of `mean`; `flux.CLOSED`, with zero gradient, where nothing is expected."""
        if signal.terms is not None:
            return safe_log(self.mean(signal, nuisances, strength))
        pulls = nuisances[: self.pulls]
        log_signal = jnp.minimum(self.moved(signal, nuisances).log_events, LARGEST)
        log_background = safe_log(self.background) + self.background_slopes @ pulls
        if self.templates.size:
            log_background = jnp.logaddexp(log_background, safe_log(self.from_templates(nuisances)))
        ratio = log_signal - log_background
        # squares must fit, for second derivatives; the other form has no slope at zero strength
        comparable = ratio + safe_log(jnp.maximum(strength, 1.0)) < LARGEST / 2
        both = log_background + jnp.log1p(strength * jnp.exp(jnp.where(comparable, ratio, 0.0)))
        log_strength = safe_log(jnp.where(comparable, 1.0, strength))
        log_mean = jnp.where(comparable, both, jnp.logaddexp(log_signal + log_strength, log_background))
        if self.unknown is not None:
            log_mean = jnp.where(self.unknown > 0, jnp.maximum(log_mean, safe_log(self.observed)), log_mean)
        return jnp.where(log_mean > CLOSED / 2, jnp.minimum(log_mean, LARGEST), CLOSED)

    def log_probability(
        self, signal: Signal, nuisances: Float[Array, " nuisances"], strength: Scalar = 1.0
    ) -> Float[Array, ""]:
        """log of the Poisson probability of all counts, and of the normal density of all ratios and pulls; finite everywhere.

        It is the sum of n log(mean) - mean - log n!, the largest over all backgrounds where the background is unknown. Where no
        event is expected, n events give n times `flux.CLOSED`. The value for a mean of n is added apart: it cancels in ratios,
        and near n the rest is a small number that float32 holds.
        """
        n, mean = self.seen, self.mean(signal, nuisances, strength)
        near = jnp.abs(mean - n) < n / 2
        x = jnp.where(near, mean - n, 0.0) / jnp.where(near, n, 1.0)
        rest = n * (self.log_mean(signal, nuisances, strength) - safe_log(n)) - (mean - n)
        log_density = jnp.where(near, n * (jnp.log1p(x) - x), rest) + (n * safe_log(n) - n - gammaln(n + 1))
        if self.errors is not None:
            error = jnp.where(self.errors > 0, self.errors, 1.0)
            away = jnp.clip((mean - self.observed) / error, -FARTHEST, FARTHEST)
            log_density = jnp.where(self.errors > 0, norm.logpdf(away) - jnp.log(error), log_density)
        return jnp.sum(log_density) + self.log_pulls(nuisances)

    def information(self, mean: Float[Array, " bins"]) -> Float[Array, " bins"]:
        """Fisher's information of each bin on the logarithm of its mean."""
        if self.errors is None:
            return mean
        return jnp.where(self.errors > 0, (mean / jnp.where(self.errors > 0, self.errors, 1.0)) ** 2, mean)

    def log_pulls(self, nuisances: Float[Array, " nuisances"]) -> Float[Array, ""]:
        """log of the unit-normal density of all pulls around their measured values."""
        return jnp.sum(norm.logpdf((nuisances - self.centre)[: self.pulls]))


class RegionData(NamedTuple):
    """The data of one region by itself, which `AbstractStatistic.upper_count` takes."""

    alone: Experiment
    """The run with this region alone."""

    @property
    def region(self) -> Region:
        """The region: its observed count, its background, its uncertainties and its published upper count."""
        return self.alone.regions[0]

    @property
    def name(self) -> str:
        """The name of the region in messages."""
        return f"{self.region.name} of {self.alone.name}"

    @property
    def counts(self) -> Counts:
        """The count of the region, with the nuisances on which its mean depends."""
        return counts_of(self.alone)

    def require_background(self) -> None:
        """Raise `ValueError` if the background is unknown: no count is then expected."""
        require_backgrounds(self.alone)


def require_backgrounds(experiment: AbstractExperiment) -> None:
    """Raise `ValueError` for an experiment with an unknown background: no count is then expected."""
    if experiment.without_background:
        names = " and ".join(experiment.without_background)
        wanted = " and ".join(f"{name}.background=N" for name in experiment.without_background)
        raise ValueError(f"the background of {names} is unknown, and so is what it lets expect: set {wanted}")


def nuisance_names(experiment: AbstractExperiment) -> tuple[str, ...]:
    """The names of the nuisances, in the order of `Counts`: pulls of backgrounds, pulls of signals, templates.

    >>> import jaxdump
    >>> from jaxdump.experiments import SUPERK
    >>> jaxdump.nuisance_names(SUPERK)
    ('superk recoils background', 'flux of the atmosphere')
    """
    return *pull_names(experiment), *template_names(experiment)


def pull_names(experiment: AbstractExperiment) -> tuple[str, ...]:
    """The names among `nuisance_names` that are pulls."""
    own = [pull.name for member in experiment.members for region in member.regions for pull in region.pulls]
    every = [*nuisances(experiment, "background"), *nuisances(experiment, "signal"), *own]
    return tuple(dict.fromkeys(name for name in every if name))


def template_names(experiment: AbstractExperiment) -> tuple[str, ...]:
    """The names among `nuisance_names` that are templates, whose normalisation is free."""
    regions = [region for member in experiment.members for region in member.regions]
    return tuple(dict.fromkeys(template.name for region in regions for template in region.templates))


def nuisances(experiment: AbstractExperiment, kind: str) -> list[str]:
    """The name of the pull on the background or the signal (`kind`) of each bin; empty where that is exact."""
    return [
        (getattr(region, f"{kind}_nuisance") or f"{member.name} {region.name} {kind}")
        if getattr(region, f"{kind}_error") is not None
        else ""
        for member in experiment.members
        for region in member.regions
        for _ in range(region.bins)
    ]


def counts_of(experiment: AbstractExperiment, dtype: np.dtype | type = float) -> Counts:
    """The counts, backgrounds and uncertainties of all bins; the nuisances are those that `nuisance_names` lists."""
    regions = [region for member in experiment.members for region in member.regions]
    pulls, free = pull_names(experiment), template_names(experiment)
    in_bins = lambda region, value: jnp.broadcast_to(jnp.asarray(0.0 if value is None else value, dtype), (region.bins,))

    def column(name: str) -> Float[Array, " bins"]:
        return jnp.concatenate([in_bins(region, getattr(region, name, None)) for region in regions])

    def slopes(kind: str, relative_error: Float[Array, " bins"]) -> Float[Array, "bins pulls"]:
        moved_by = np.array([[name == pull for pull in pulls] for name in nuisances(experiment, kind)])
        return jnp.where(moved_by.reshape(relative_error.size, len(pulls)), jnp.log1p(relative_error)[:, None], 0.0)

    def own_slopes() -> Float[Array, "bins pulls"]:
        return jnp.stack([jnp.concatenate([in_bins(region, of(region, name)) for region in regions]) for name in pulls], axis=1)

    def of(region: Region, name: str, channel: int | None = None) -> Float[Array, ""]:
        """Slope of the pull of a name, of all channels of a region or of one besides."""
        which = lambda pull: pull.channels is None if channel is None else channel in (pull.channels or ())
        mine = [pull for pull in region.pulls if pull.name == name and which(pull)]
        return jnp.log1p(sum((jnp.asarray(pull.error, dtype) for pull in mine), jnp.zeros((), dtype)))

    def of_channels() -> Float[Array, "channels bins pulls"]:
        row = lambda name, i: jnp.concatenate([in_bins(region, of(region, name, i)) for region in regions])
        most = max(len(region.channels) for region in regions)
        return jnp.stack([jnp.stack([row(name, i) for name in pulls], axis=1) for i in range(most)])

    def template(name: str) -> Float[Array, " bins"]:
        mine = [[in_bins(region, t.events) for t in region.templates if t.name == name] for region in regions]
        return jnp.concatenate([sum(some, in_bins(region, None)) for region, some in zip(regions, mine, strict=True)])

    background = column("background")
    spread = column("background_error") / jnp.where(background > 0, background, 1.0)
    of_signal = slopes("signal", column("signal_error"))
    unknown = np.array([region.background is None for region in regions for _ in range(region.bins)])
    return Counts(
        observed=column("observed"),
        background=background,
        background_slopes=slopes("background", spread),
        signal_slopes=of_signal + own_slopes() if any(region.pulls for region in regions) else of_signal,
        templates=jnp.stack([template(name) for name in free], axis=1) if free else jnp.zeros((background.size, 0), dtype),
        centre=jnp.zeros(len(pulls) + len(free), dtype),
        unknown=jnp.asarray(unknown, dtype) if unknown.any() else None,
        channel_slopes=of_channels() if experiment.apart else None,
        errors=None if all(region.counts for region in regions) else column("error"),
    )


def random_counts(key: jax.Array, counts: Counts, signal: Signal, number: int) -> Float[Array, "number bins"]:
    """Random counts, and ratios, as `number` repetitions would see them, the true pulls drawn anew from their densities."""
    of_pulls, of_counts = jax.random.split(key)
    draws = jax.random.normal(of_pulls, (number, counts.pulls), counts.background.dtype)
    draws = jnp.pad(draws, ((0, 0), (0, counts.centre.size - counts.pulls)))
    means = jax.vmap(lambda draw: counts.mean(signal, counts.centre + draw))(draws)
    if counts.errors is None:
        return jax.random.poisson(of_counts, means).astype(means.dtype)
    counted = jax.random.poisson(of_counts, jnp.where(counts.errors[None] > 0, 0.0, means)).astype(means.dtype)
    away = jax.random.normal(jax.random.fold_in(of_counts, 1), means.shape, means.dtype)
    return jnp.where(counts.errors[None] > 0, means + counts.errors[None] * away, counted)
