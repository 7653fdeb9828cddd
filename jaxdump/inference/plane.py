"""The plane of a line that is no experiment's: its values and slopes, for contours."""

from functools import partial
from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.inference.lines import AbstractLine, held_at, numbers
from jaxdump.inference.thresholds import kinks
from jaxdump.numerics.level_sets import in_batches, one_by_one, value_and_slopes
from jaxdump.numerics.programs import Program
from jaxdump.theories.family import Family
from jaxdump.typing import Scalar


class Plane(NamedTuple):
    """One number of a line as a `level_sets.Field` of (ln mass, ln coupling), in float64; not for jit."""

    line: AbstractLine
    theory: Family
    number: int = 0

    def over(self, low: float, high: float) -> Self:
        """The same: there are no tables."""
        return self

    def kinks(self, low: float, high: float) -> np.ndarray:
        return kinks(self.line, self.theory, low, high)

    def plane(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(x, y, labels) values at all pairs; what does not depend on the coupling is done once for each of `xs`."""
        at = partial(values_at, self.line, self.theory, np.asarray(ys, float))
        with jax.enable_x64(True):
            return in_batches(at, np.asarray(xs, float)[:, None])[0]

    def grid(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """(x, y) values at all pairs."""
        return self.plane(xs, ys)[..., self.number]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) values and (k, 2) gradients at (k, 2) `points`."""
        with jax.enable_x64(True):
            values, slopes = in_batches(partial(slopes_at, self.line, self.theory), points)
        return values[..., self.number], slopes[..., self.number]


@Program
def values_at(
    line: AbstractLine, theory: Family, ys: Float[Array, " y"], xs: Float[Array, "x 1"], count: Scalar
) -> tuple[Float[Array, "x y labels"], Float[Array, "x 1"]]:
    """The values at the first `count` ln(mass), which are given back, and all ln(coupling)."""

    def column(log_mass: Float[Array, " 1"]) -> Float[Array, "y labels"]:
        mass = jnp.exp(log_mass[0])
        held = held_at(line, theory, mass)
        return jax.vmap(lambda log_coupling: numbers(held, theory(mass, jnp.exp(log_coupling))))(ys)

    return one_by_one(column, xs, count), xs


@Program
def slopes_at(
    line: AbstractLine, theory: Family, points: Float[Array, "k 2"], count: Scalar
) -> tuple[Float[Array, "k labels"], Float[Array, "k 2 labels"]]:
    """The values and slopes at the first `count` of points (ln mass, ln coupling)."""

    def value(_: tuple, log_mass: Scalar, log_coupling: Scalar) -> Float[Array, " labels"]:
        mass = jnp.exp(log_mass)
        return numbers(held_at(line, theory, mass), theory(mass, jnp.exp(log_coupling)))

    return one_by_one(lambda point: value_and_slopes(lambda _: (), value, *point), points, count)
