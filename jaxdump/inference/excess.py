"""Tests of a signal against one set of counts: numbers that are positive where it is excluded."""

import abc

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.region import Signal


class AbstractTest(eqx.Module):
    """A test of signals against one set of counts, which a statistic makes from the counts."""

    @abc.abstractmethod
    def excess(self, signal: Signal) -> Float[Array, " labels"]:
        """Numbers that are positive where the signal is excluded: one a region, or a single one for all of them together."""

    @property
    def log_counts(self) -> Float[Array, " regions"] | np.ndarray | None:
        """log of the excluded signal events of each region by itself; None for a test that takes them together."""
        return None

    @property
    def has_slopes(self) -> bool:
        """Whether the excess is differentiable in the signal."""
        return True

    def quick(self) -> "AbstractTest":
        """The test without derivatives in the counts: only first derivatives with respect to the signal are then right."""
        return self

    @property
    def words(self) -> str:
        """Words for people about the way of the test; empty if there is nothing to say."""
        return ""

    def error(self, signal: Signal) -> Float[Array, ""]:
        """Relative Monte Carlo error of the test."""
        return jnp.zeros_like(signal.log_events[0])


class CountTest(AbstractTest):
    """A test by which each region by itself excludes more signal events than its count."""

    counts: Float[Array, " regions"] | np.ndarray
    """Numbers of selected events."""

    def excess(self, signal: Signal) -> Float[Array, " regions"]:
        return signal.log_events - jnp.log(self.counts)

    @property
    def log_counts(self) -> Float[Array, " regions"] | np.ndarray:
        return np.log(self.counts) if isinstance(self.counts, np.ndarray) else jnp.log(self.counts)


def as_test(counts: Float[Array, " regions"] | float | AbstractTest) -> AbstractTest:
    """A test, or the test that excludes more signal events than the `counts` of each region."""
    return counts if isinstance(counts, AbstractTest) else CountTest(jnp.ravel(jnp.asarray(counts)))
