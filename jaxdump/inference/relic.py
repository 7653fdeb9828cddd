"""The line on which a theory gives the measured density of dark matter."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.cosmology.annihilation import thresholds
from jaxdump.cosmology.freeze_out import log_relic_density
from jaxdump.fields import Number
from jaxdump.inference.lines import AbstractLine
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import CouplesToDarkMatter
from jaxdump.typing import Scalar


class RelicDensity(AbstractLine):
    """The couplings with which dark matter freezes out at a density: positive where less is left, ln(omega / Omega h^2).

    Raises `ValueError` for a theory that has no dark matter.

    >>> import jaxdump
    >>> from jaxdump.theories import DarkPhoton
    >>> family = jaxdump.Family(DarkPhoton, {"dark": "complex-scalar"}, axes=("m_chi", "y"))
    >>> f"{jaxdump.limit(jaxdump.RelicDensity(), family, [0.01]).lower[0, 0]:.2e}"
    '1.33e-11'
    """

    labels: ClassVar = ("relic density",)

    omega: Scalar = Number(0.12, "P", "arXiv:1807.06209", error=0.0012)
    """Density of dark matter, Omega h^2."""

    def __call__(self, theory: AbstractTheory) -> Float[Array, " labels"]:
        return (jnp.log(self.omega) - log_relic_density(with_dark_matter(theory)))[None]

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
