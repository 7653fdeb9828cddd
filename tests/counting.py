"""Counting experiments without physics, and their likelihood written once more, in numpy, minimised by scipy."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

from jaxdump.experiment import Experiment
from jaxdump.inference.counts import Counts, counts_of
from jaxdump.region import SignalRegion


@dataclasses.dataclass(frozen=True)
class Region:
    """What was seen and expected, and by how much a pull of one multiplies the background and the signal."""

    observed: float
    background: float
    background_factor: float = 1.0
    signal_factor: float = 1.0
    background_pull: str = ""
    signal_pull: str = ""

    def pulls(self, index: int) -> dict[str, tuple[str, float]]:
        """The name and the factor of the pull on each of background and signal that is uncertain."""
        every = {
            "background": (self.background_pull or f"b{index}", self.background_factor),
            "signal": (self.signal_pull or f"s{index}", self.signal_factor),
        }
        return {kind: (name, factor) for kind, (name, factor) in every.items() if factor != 1}


def experiment_of(*regions: Region, name: str = "run") -> Experiment:
    """A run of such regions that makes no signal."""

    def signal_region(index: int, region: Region) -> SignalRegion:
        pulls = region.pulls(index)
        uncertain = {f"{kind}_nuisance": name for kind, (name, _) in pulls.items()}
        if "background" in pulls:
            uncertain["background_error"] = region.background * (region.background_factor - 1)
        if "signal" in pulls:
            uncertain["signal_error"] = region.signal_factor - 1
        return SignalRegion(f"region{index}", (), region.observed, region.background, 2.3, **uncertain)

    return Experiment(name, "", (), 1.0, (), tuple(signal_region(*each) for each in enumerate(regions)))


def counts_from(*regions: Region, dtype=float) -> Counts:
    """The `Counts` of such regions."""
    return counts_of(experiment_of(*regions), dtype)


def padded(counts: Counts, regions: int, pulls: int) -> Counts:
    """The same with more regions, which see and expect nothing, and pulls, which move nothing: one shape is one program."""
    more_regions, more_pulls = (0, regions - counts.observed.size), (0, pulls - counts.pulls)
    assert not counts.templates.size
    pad = lambda leaf: jnp.pad(leaf, {1: (more_regions,), 2: (more_regions, more_pulls)}[leaf.ndim])
    wider = {name: pad(getattr(counts, name)) for name in ("observed", "background", "background_slopes", "signal_slopes")}
    templates = jnp.zeros((regions, 0), counts.background.dtype)
    return Counts(**wider, templates=templates, centre=jnp.pad(counts.centre, more_pulls))


def stacked(counts: list[Counts]) -> Counts:
    """Several of one shape, for vmap."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *counts)


class Likelihood:
    """-log of the probability of counts and pulls, less what it would be with means like the counts and no pulls."""

    def __init__(self, regions: tuple[Region, ...], signal: list[float]):
        self.observed, self.background = np.array([(region.observed, region.background) for region in regions], float).T
        self.signal = np.array(signal, float)
        pulls = [region.pulls(index) for index, region in enumerate(regions)]
        names = sorted({name for each in pulls for name, _ in each.values()})
        slope = lambda each, kind, name: np.log(each[kind][1]) if kind in each and each[kind][0] == name else 0.0
        self.on_background, self.on_signal = (
            np.array([slope(each, kind, name) for each in pulls for name in names]).reshape(len(regions), len(names))
            for kind in ("background", "signal")
        )
        self.centre = np.zeros(len(names))

    def value_and_slope(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """At the strength x[0] and the pulls x[1:]."""
        signal = self.signal * np.exp(self.on_signal @ x[1:])
        background = self.background * np.exp(self.on_background @ x[1:])
        mean = x[0] * signal + background
        ratio = np.where(self.observed > 0, np.maximum(mean, 1e-300) / np.maximum(self.observed, 1e-300), 1.0)
        value = np.sum(mean - self.observed - self.observed * np.log(ratio)) + np.sum((x[1:] - self.centre) ** 2) / 2
        rise = 1 - np.where(self.observed > 0, 1 / ratio, 0.0)
        of_pulls = (rise * x[0] * signal) @ self.on_signal + (rise * background) @ self.on_background
        return value, np.concatenate([[rise @ signal], of_pulls + x[1:] - self.centre])

    def lowest(self, low: float, high: float) -> np.ndarray:
        """The strength between `low` and `high` and the pulls where it is smallest, the lowest end of several searches."""
        starts = [np.concatenate([[s], self.centre + p]) for s in {low, (low + high) / 2, high} for p in (0.0, -1.5, 1.5)]
        bounds = [(low, high)] + [(-40, 40)] * len(self.centre)
        options = {"ftol": 1e-16, "gtol": 1e-11, "maxiter": 5000, "maxfun": 50000}
        ends = [minimize(self.value_and_slope, s, jac=True, bounds=bounds, method="L-BFGS-B", options=options) for s in starts]
        return min(ends, key=lambda end: end.fun).x

    def q_tilde(self) -> float:
        """arXiv:1007.1727, Eq. (16)."""
        best, tested = (self.value_and_slope(self.lowest(low, 1.0))[0] for low in (0.0, 1.0))
        return 2 * (tested - best)

    def asimov(self) -> "Likelihood":
        """With the counts that the background alone would give with its best pulls, and these as measured."""
        without = Likelihood.__new__(Likelihood)
        pulls = self.lowest(0.0, 0.0)[1:]
        without.__dict__ = self.__dict__ | {"centre": pulls, "observed": self.background * np.exp(self.on_background @ pulls)}
        return without

    def asymptotic_cls(self) -> float:
        """arXiv:1007.1727, Eqs. (64) and (65)."""
        q, expected = max(self.q_tilde(), 0.0), self.asimov().q_tilde()
        beyond = (q - expected) / (2 * np.sqrt(expected)) if q > expected else np.sqrt(q) - np.sqrt(expected)
        return norm.sf(beyond + np.sqrt(expected)) / norm.sf(beyond)
