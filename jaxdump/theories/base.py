"""The interface of a theory of a dark particle."""

import abc
import dataclasses
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import real, require
from jaxdump.flux import safe_log
from jaxdump.theories.amplitudes import AbstractMatrixElement
from jaxdump.typing import Scalar
from jaxdump.units import PER_METRE_PER_GEV

INVISIBLE = ("neutrinos", "dark")
"""Names of final states that leave no energy in a calorimeter; final states of any other name are visible."""


def parameter(**metadata) -> Scalar:
    """A field of a theory: a scalar, which is made real, and which stays weakly typed if it is a Python number."""
    return eqx.field(converter=real, **metadata)


class AbstractTheory(eqx.Module):
    """A theory of a dark particle at one mass and one overall coupling.

    All fields are scalars; `jax.vmap` makes scans. A subclass has first the field `mass`, and second the coupling, whose name
    is `coupling_name`. Raises `ValueError` for a concrete mass or coupling that is not finite and positive.

    >>> from jaxdump.theories import LmuLtau
    >>> theory = LmuLtau(mass=0.1, g=1e-3)
    >>> [f"{width:.3g}" for width in theory.widths().values()], f"{theory.with_coupling(2e-3).g:g}"
    (['2.65e-09', '0', '0'], '0.002')
    """

    name: ClassVar[str]
    """Name on the command line."""
    coupling_name: ClassVar[str]
    """Name of the field that holds the overall coupling."""
    mass_label: ClassVar[str]
    coupling_label: ClassVar[str]
    """Labels of the axes in LaTeX, with units."""
    coupling_unit: ClassVar[str]
    """Unit of the coupling in plain text; empty if it is dimensionless."""
    matrix_element: ClassVar[AbstractMatrixElement]
    """Matrix element by which a charged lepton radiates the particle."""
    references: ClassVar[tuple[str, ...]]

    mass: eqx.AbstractVar[Scalar]
    """Mass [GeV]."""

    @abc.abstractmethod
    def coupling_to(self, species: str) -> Scalar:
        """Coupling to particles of a `species`, "electron", "muon" or "photon" (a pair of photons); zero if there is none.

        The electric charge of the particle is no such coupling: see `Charged`.
        """

    @abc.abstractmethod
    def widths(self) -> dict[str, Scalar]:
        """Partial decay widths [GeV] by name of the final state; those in `INVISIBLE` are not seen. Empty if it is stable."""

    @abc.abstractmethod
    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Invariant masses [GeV] below `largest` that are produced, and their log-weights.

        There is one node for a particle on its mass shell, and about `n` nodes for a pair through an off-shell mediator.
        """

    def kinks(self) -> tuple[float, ...]:
        """Masses [GeV] at which a width or a coupling jumps or has an infinite slope, besides thresholds, which are found."""
        return ()

    @property
    def coupling(self) -> Scalar:
        """Value of the overall coupling, which is the field named `coupling_name`."""
        return getattr(self, self.coupling_name)

    def with_coupling(self, value: Scalar) -> Self:
        """The same theory with another overall coupling."""
        return dataclasses.replace(self, **{self.coupling_name: value})

    def log_decay_rate(
        self, energy: Float[Array, " n"], mass: Float[Array, " n"], widths: dict[str, Scalar] | None = None
    ) -> Float[Array, " n"]:
        """Logarithm of the decay rate [1/m] of a particle of total `energy` [GeV] and `mass` [GeV]; near `CLOSED` if stable.

        The rate is Gamma m / (p hbar c). It is a logarithm, because a small width in 1/m and its gradient leave the range of
        float32. It is the logarithm of the product, because logarithms of large and small factors are rounded more than their
        sum, of which decays are the exponential.
        """
        momentum_squared = (energy - mass) * (energy + mass)
        open_ = momentum_squared > 0
        momentum = jnp.sqrt(jnp.where(open_, momentum_squared, 1.0))
        width = jnp.asarray(sum((self.widths() if widths is None else widths).values(), jnp.zeros_like(self.mass)))
        width = jnp.where(width > jnp.finfo(width.dtype).tiny, width, 0.0)
        return safe_log(width * jnp.where(open_, PER_METRE_PER_GEV * mass / momentum, 1.0))

    def __check_init__(self):
        for field in ("mass", self.coupling_name):
            require(self.name, field, getattr(self, field), 0, open_below=True)


class Charged(eqx.Module):
    """Mixin of a theory whose particle has an electric charge, so that it ionises and scatters."""

    @abc.abstractmethod
    def charge(self) -> Scalar:
        """Electric charge of the particle [e], of either sign."""


def charge_of(theory: AbstractTheory) -> Scalar:
    """Absolute electric charge of the particle [e]; zero for a theory that is not `Charged`."""
    charge = theory.charge() if isinstance(theory, Charged) else 0.0
    return jnp.abs(jnp.asarray(charge, jnp.result_type(theory.mass)))


class AbstractParticle(AbstractTheory):
    """A theory whose particle is produced on its mass shell."""

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        return jnp.asarray(self.mass)[None], jnp.zeros_like(self.mass)[None]
