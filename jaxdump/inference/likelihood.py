"""The likelihood of the counts: what is embedded in an inference."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.flux import CLOSED
from jaxdump.inference.counts import counts_of, nuisance_names, toys
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar


def log_likelihood(
    theory: AbstractTheory, experiment: AbstractExperiment, nuisances: Mapping[str, Scalar] | None = None
) -> Float[Array, ""]:
    """log of the Poisson probability of all observed counts times the unit-normal density of all pulls.

    `nuisances` gives them by the names that `nuisance_names(experiment)` lists, zero for those left out; without
    uncertainties there are none. Finite everywhere: without signal and background a region that has seen n events gives n
    times `flux.CLOSED`. In numpyro: `numpyro.factor("na64mu", log_likelihood(theory, NA64MU_2022))`; pulls are then sampled
    from a flat prior, since their density is in here; the nuisance of a template, 1 + it multiplies
    the template, wants a prior above -1. Raises `ValueError` for a name that is not a nuisance.
    """
    known = nuisance_names(experiment)
    given = nuisances or {}
    for name in given:
        if name not in known:
            raise ValueError(f"no nuisance {name!r}: {'choose from ' + ', '.join(known) if known else 'nothing is uncertain'}")
    log_signal = experiment.log_signal(theory)
    values = jnp.array([given.get(name, 0.0) for name in known], dtype=log_signal.dtype)
    return counts_of(experiment, log_signal.dtype).log_probability(log_signal, values)


def with_observed(experiment: AbstractExperiment, observed: Sequence[Scalar] | Float[Array, " regions"]) -> AbstractExperiment:
    """The experiment as if its regions, in the order of `log_signal`, had seen these counts."""
    places = lambda e: [region.observed for member in e.members for region in member.regions]
    return eqx.tree_at(places, experiment, list(observed))


def asimov(experiment: AbstractExperiment, theory: AbstractTheory | None = None) -> AbstractExperiment:
    """The experiment with what it expects as its observed counts: of background alone, or with the signal of `theory`.

    Templates are as they were given, not as they fit the observed counts.
    """
    return with_observed(experiment, expected_counts(experiment, None if theory is None else experiment.log_signal(theory)))


def expected_counts(experiment: AbstractExperiment, log_signal: Float[Array, " regions"] | None) -> Float[Array, " regions"]:
    """The counts that are expected of the backgrounds alone, or with a signal."""
    counts = counts_of(experiment)
    return counts.mean_background(counts.centre) if log_signal is None else counts.mean(log_signal, counts.centre)


def toy_counts(
    key: jax.Array, experiment: AbstractExperiment, number: int, theory: AbstractTheory | None = None
) -> Float[Array, "number regions"]:
    """Counts of `number` imagined repetitions, of background alone or with the signal of `theory`; for `with_observed`.

    The true value of each pull is drawn anew in each of them; templates are as they were given. `key` is from `jax.random.key`.
    """
    counts = counts_of(experiment)
    none = jnp.full_like(counts.observed, CLOSED)
    return toys(key, counts, none if theory is None else experiment.log_signal(theory), number)
