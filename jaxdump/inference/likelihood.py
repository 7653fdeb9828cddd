"""The likelihood of the counts, to be embedded in an inference, and experiments with other counts."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.experiment import AbstractExperiment
from jaxdump.fields import per_bin
from jaxdump.flux import CLOSED
from jaxdump.inference.arguments import check_experiment
from jaxdump.inference.counts import counts_of, nuisance_names, random_counts
from jaxdump.region import Signal
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Bins, Scalar


def log_likelihood(
    experiment: AbstractExperiment,
    theory: AbstractTheory,
    nuisances: Mapping[str, Scalar] | None = None,
    *,
    pulls: bool = True,
) -> Float[Array, ""]:
    """log of the Poisson probability of all observed counts, times the unit-normal density of all pulls if `pulls` is true.

    `nuisances` are values by the names of `nuisance_names(experiment)`, zero for a name that is left out; without uncertainties
    there are none. The result is finite everywhere: without signal and background a region that has seen n events gives n
    times `flux.CLOSED`. In numpyro the likelihood is `numpyro.factor("na64", log_likelihood(NA64MU_2022, theory))`; where the
    program samples the pulls from `Normal()` itself, `pulls=False` leaves their density out. The nuisance x of a template
    multiplies it by 1 + x, and wants a prior above -1. Raises `ValueError` for a name that is not a nuisance.

    >>> import jax, jaxdump
    >>> from jaxdump.experiments import M3_1E13
    >>> from jaxdump.theories import LmuLtau
    >>> print(f"{jax.jit(jaxdump.log_likelihood)(M3_1E13, LmuLtau(mass=0.1, g=1e-5)):.2f}")  # nothing seen, 3.1 events expected
    -3.11
    """
    experiment, theory = in_order("log_likelihood", experiment, theory)
    known = nuisance_names(experiment)
    given = nuisances or {}
    for name in given:
        if name not in known:
            raise ValueError(f"no nuisance {name!r}: {'choose from ' + ', '.join(known) if known else 'nothing is uncertain'}")
    signal = experiment.signal(theory)
    dtype = signal.log_events.dtype
    values = jnp.array([given.get(name, 0.0) for name in known], dtype=dtype)
    counts = counts_of(experiment, dtype)
    probability = counts.log_probability(signal, values)
    return probability if pulls else probability - counts.log_pulls(values)


def in_order(verb: str, experiment: Any, theory: Any) -> tuple[AbstractExperiment, AbstractTheory]:
    """Experiment and theory; the other order, which earlier versions had, is taken with a warning.

    Raises `ValueError` for a theory's class, which stands for all masses and couplings.
    """
    if isinstance(experiment, AbstractTheory):
        warnings.warn(f"{verb} takes the experiment first now: {verb}(experiment, theory)", FutureWarning, stacklevel=3)
        experiment, theory = theory, experiment
    check_experiment(verb, experiment)
    if isinstance(theory, type):
        raise ValueError(f"{verb} takes a theory with its numbers, such as {theory.__name__}(0.1, 1e-3), not the class")
    if not isinstance(theory, AbstractTheory):
        raise ValueError(f"{verb} takes a theory, such as AlpPhoton(0.1, 1e-3), not {theory!r}")
    return experiment, theory


def with_or_without(verb: str, experiment: Any, theory: Any) -> tuple[AbstractExperiment, AbstractTheory | None]:
    """`in_order` if there is a theory; raises `ValueError` if there is none and regions hold the standard process."""
    if theory is not None:
        return in_order(verb, experiment, theory)
    if experiment.interferes:
        raise ValueError(
            f"{verb} needs a theory where regions hold the standard process: for that alone one of a tiny coupling"
        )
    return experiment, None


def with_observed(
    experiment: AbstractExperiment, observed: Sequence[Bins | Float[Array, "*toys"]] | Float[Array, "bins *toys"]
) -> AbstractExperiment:
    """The experiment with the counts `observed` in place of the measured ones: a number or an array for each region, or a flat
    list of all bins in the order of `signal`. Further axes of the counts of one bin, such as toys, come first in the new ones.

    >>> import jaxdump
    >>> from jaxdump.experiments import NA64MU_2022
    >>> [region.observed for region in jaxdump.with_observed(NA64MU_2022, [1.0, 2.0]).regions]
    [1.0, 2.0]
    """
    observed, regions = list(observed), [region for member in experiment.members for region in member.regions]
    ends = np.cumsum([region.bins for region in regions])
    if len(observed) == ends[-1]:
        observed = [joined(observed[end - region.bins : end]) for end, region in zip(ends, regions, strict=True)]
    elif [np.size(each) for each in observed] != [region.bins for region in regions]:
        names = ", ".join(f"{region.name} ({region.bins} bins)" if region.bins > 1 else region.name for region in regions)
        raise ValueError(f"observed must be one count for each of {names}, not {len(observed)} counts")
    return eqx.tree_at(places_of_counts, experiment, list(map(per_bin, observed)))


def places_of_counts(experiment: AbstractExperiment) -> list:
    """The observed counts of each region."""
    return [region.observed for member in experiment.members for region in member.regions]


def joined(counts: list) -> Any:
    """The counts of the bins of a region as one array; one count as it is."""
    if len(counts) == 1:
        return counts[0]
    return jnp.stack(counts, axis=-1) if any(isinstance(n, jax.Array) for n in counts) else np.stack(counts, axis=-1)


def asimov(experiment: AbstractExperiment, theory: AbstractTheory | None = None) -> AbstractExperiment:
    """The experiment with its expected counts in place of the observed ones: of background alone, or with a signal of `theory`.

    Templates are as they were given, not as they fit the observed counts; an unknown background is the one with which the
    observed count is expected. Raises `ValueError` for a theory's class in place of a theory.
    Reference: arXiv:1007.1727, Sec. 3.2.

    >>> import jaxdump
    >>> from jaxdump.experiments import SUPERK
    >>> [round(float(region.observed), 1) for region in jaxdump.asimov(SUPERK).regions]
    [95.6]
    """
    experiment, theory = with_or_without("asimov", experiment, theory)
    return with_observed(experiment, expected_counts(experiment, None if theory is None else experiment.signal(theory)))


def toys(
    experiment: AbstractExperiment, theory: AbstractTheory | None = None, *, key: jax.Array, number: int
) -> AbstractExperiment:
    """The experiment with random counts: `observed` of each region, and every other array, has one entry a repetition.

    The counts are those of the background alone, or with a signal of `theory`. The true value of each pull is drawn anew in
    each repetition; templates are as they were given, and an unknown background is the one with which the observed count is
    expected. `key` is from `jax.random.key`. `equinox.filter_vmap` maps a function of one experiment over the repetitions.
    Raises `ValueError` for a theory's class in place of a theory.

    >>> import equinox as eqx, jax, jaxdump
    >>> from jaxdump.experiments import SUPERK
    >>> many = jaxdump.toys(SUPERK, key=jax.random.key(1), number=3)
    >>> eqx.filter_vmap(lambda one: one.regions[0].observed > 90)(many).shape
    (3,)
    """
    experiment, theory = with_or_without("toys", experiment, theory)
    require("toys", "number", number, 1)
    counts = counts_of(experiment)
    signal = Signal(jnp.full_like(counts.observed, CLOSED)) if theory is None else experiment.signal(theory)
    drawn = with_observed(experiment, random_counts(key, counts, signal, number).T)
    repeat = lambda leaf: jnp.broadcast_to(leaf, (number, *leaf.shape)) if eqx.is_array(leaf) else leaf
    return eqx.tree_at(places_of_counts, jax.tree.map(repeat, experiment), places_of_counts(drawn))


def expected_counts(experiment: AbstractExperiment, signal: Signal | None) -> Float[Array, " bins"]:
    """The expected counts of the backgrounds alone, or with a signal."""
    counts = counts_of(experiment)
    return counts.mean_background(counts.centre) if signal is None else counts.mean(signal, counts.centre)
