"""Thermal targets: where a theory gives the measured density of dark matter."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxdump.cosmology.annihilation import thresholds
from jaxdump.cosmology.freeze_out import FreezeOut
from jaxdump.fields import Number, real, require
from jaxdump.inference.lines import AbstractLine, held_at
from jaxdump.numerics.few_values import first_crossing
from jaxdump.numerics.level_sets import in_batches, one_by_one
from jaxdump.numerics.programs import Program
from jaxdump.numerics.roots import Crossing
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import CouplesToDarkMatter
from jaxdump.theories.family import Family, MakeTheory, family
from jaxdump.typing import Scalar

OMEGA = Number(0.12, "P", "arXiv:1807.06209", error=0.0012)
"""Density of dark matter today, Omega h^2."""


class RelicDensity(AbstractLine):
    """The couplings with which dark matter freezes out at a density: positive where less is left, ln(omega / Omega h^2).

    Raises `ValueError` for a theory that has no dark matter, and for a density that is not positive.

    >>> import jaxdump
    >>> from jaxdump.theories import DarkPhoton
    >>> family = jaxdump.Family(DarkPhoton, {"dark": "complex-scalar"}, axes=("m_chi", "y"))
    >>> f"{jaxdump.limit(jaxdump.RelicDensity(), family, [0.01]).lower[0, 0]:.2e}"
    '1.33e-11'
    """

    labels: ClassVar[tuple[str, ...]] = ("relic density",)  # pyright: ignore[reportIncompatibleMethodOverride,reportAssignmentType]

    omega: Scalar = OMEGA
    """Density of dark matter, Omega h^2."""

    ready: FreezeOut | None = None
    """The freeze-out at some coupling, where it is done."""
    log_coupling: Scalar = 0.0
    """Logarithm of that coupling."""

    def __check_init__(self):
        require("relic density", "omega", self.omega, 0, open_below=True)

    def held(self, theory: AbstractTheory) -> "RelicDensity":
        theory = with_dark_matter(theory)
        coupling = theory.visible_coupling()
        return self if coupling is None else RelicDensity(self.omega, FreezeOut.of(theory), jnp.log(coupling))

    def __call__(self, theory: AbstractTheory) -> Float[Array, " labels"]:
        theory = with_dark_matter(theory)
        coupling = theory.visible_coupling()
        if self.ready is None or coupling is None:
            log_density = FreezeOut.of(theory).log_density()
        else:
            log_density = self.ready.log_density(2 * (jnp.log(coupling) - self.log_coupling))
        return (jnp.log(self.omega) - log_density)[None]

    def kinks(self, theory: AbstractTheory) -> dict[str, Scalar]:
        """Dark matter at rest at a threshold of the mediator's decays, and on the resonance."""
        theory = with_dark_matter(theory)
        at_rest = 2 * theory.dark_matter().mass
        told = {f"dark matter at a threshold, {i}": at_rest - mass for i, mass in enumerate(thresholds(theory))}
        return {**told, "dark matter on the resonance": theory.mass - at_rest}


def with_dark_matter(theory: AbstractTheory) -> CouplesToDarkMatter:
    """The theory, if it has dark matter; raises `ValueError` if not."""
    if not isinstance(theory, CouplesToDarkMatter):
        raise ValueError(f"{theory.name} has no dark matter: a relic density needs a theory that CouplesToDarkMatter")
    return theory


def thermal_target(theory: MakeTheory, mass: Scalar, omega: Scalar = OMEGA) -> Crossing:
    """The value on the second axis, at `mass` on the first, with which dark matter freezes out at the density `omega`.

    It is the smallest one in the range of the theory's parameter: at large couplings visible decays make the mediator so wide
    that more dark matter is left again. The status is ALLOWED if too much is left at all couplings, EXCLUDED if too little,
    UNDEFINED where the freeze-out cannot be solved. The function is pure, and differentiable in all numbers; it takes
    a tenth of the time of `limit`.

    >>> import functools, jax, jaxdump
    >>> from jaxdump.theories import DarkPhoton
    >>> family = jaxdump.Family(DarkPhoton, {"dark": "pseudo-dirac"}, axes=("m_chi", "y"))
    >>> print(f"{jax.jit(functools.partial(jaxdump.thermal_target, family))(0.01).value:.2e}")
    5.43e-13
    """
    mass, make = real(mass), family(theory)
    held = held_at(RelicDensity(omega), make, mass)
    low, high = (jnp.full_like(mass, np.log(end)) for end in make.search)
    found = first_crossing(lambda log_y: held(make(mass, jnp.exp(log_y)))[0], low, high)
    return Crossing(jnp.exp(found.value), found.status)


def thermal_targets(
    theory: MakeTheory, masses: np.ndarray, omega: Scalar = OMEGA
) -> tuple[Float[np.ndarray, " masses"], Int[np.ndarray, " masses"]]:
    """The values of `thermal_target` at `masses`, in float64, and a `Status` each; for people, not for jit.

    Raises `ValueError` for masses or a density that are not positive.
    """
    masses = np.asarray(masses, float)
    require("thermal_targets", "mass", masses, 0, open_below=True)
    require("thermal_targets", "omega", omega, 0, open_below=True)
    make = family(theory)
    with_dark_matter(make.one(*masses.tolist()))
    with jax.enable_x64(True):
        at = lambda rows, count: targets_at(make, np.asarray(omega, float), rows, count)
        values, status = in_batches(at, masses[:, None])
    return np.where(values > 0, values, np.nan), status


@Program
def targets_at(
    theory: Family, omega: Scalar, masses: Float[Array, "masses 1"], count: Scalar
) -> tuple[Float[Array, " masses"], Int[Array, " masses"]]:
    """Value and status of `thermal_target` at the first `count` of several masses; a value that is not there is zero."""

    def at(mass: Float[Array, " 1"]) -> tuple[Array, Array]:
        found = thermal_target(theory, mass[0], omega)
        return jnp.where(jnp.isnan(found.value), 0.0, found.value), found.status

    return one_by_one(at, masses, count)
