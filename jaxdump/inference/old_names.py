"""Names that earlier versions had: they do the same with a line of warning, for one version."""

import warnings

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.likelihood import toys
from jaxdump.inference.statistics import PUBLISHED_LEVEL, AbstractStatistic, statistic_named
from jaxdump.theories.base import AbstractTheory


def warn(old: str, new: str) -> None:
    warnings.warn(f"jaxdump.{old} will be taken away: use {new}", FutureWarning, stacklevel=3)


def Rule(
    statistic: str = "counts",
    level: float = PUBLISHED_LEVEL,
    events: float | None = None,
    expected: float | None = None,
    combined: bool = False,
) -> AbstractStatistic:
    """A statistic by its name."""
    found = statistic_named(statistic, level, events, expected, combined)
    warn("Rule", f"jaxdump.{type(found).__name__}")
    return found


def toy_counts(
    key: jax.Array, experiment: AbstractExperiment, number: int, theory: AbstractTheory | None = None
) -> Float[Array, "number regions"]:
    """The counts of `toys`."""
    warn("toy_counts", "jaxdump.toys, which returns experiments")
    drawn = toys(experiment, theory, key=key, number=number)
    return jnp.stack([jnp.asarray(region.observed) for member in drawn.members for region in member.regions], axis=1)
