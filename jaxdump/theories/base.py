"""What a theory of a dark particle must say, and nothing more."""

import abc
import dataclasses
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import real, require
from jaxdump.flux import safe_log
from jaxdump.theories.amplitudes import AbstractMatrixElement
from jaxdump.typing import Scalar
from jaxdump.units import PER_METRE_PER_GEV

INVISIBLE = ("neutrinos", "dark")
"""Final states that leave no energy in a calorimeter; every other name in `widths` is seen."""


def parameter(**metadata) -> Scalar:
    """A field of a theory: any scalar, taken as a real one, and kept weakly typed if it is a Python number."""
    return eqx.field(converter=real, **metadata)


class AbstractTheory(eqx.Module):
    """A dark particle: its mass, one overall coupling and what follows from them.

    Fields are scalars: the caller vmaps. A subclass has the fields `mass` and, second, the coupling that it names.
    Concrete masses and couplings that are not finite and positive raise `ValueError`.
    """

    name: ClassVar[str]
    """The name on the command line."""
    coupling_name: ClassVar[str]
    """The field that holds the overall coupling."""
    mass_label: ClassVar[str]
    coupling_label: ClassVar[str]
    """Axis labels in LaTeX, units included."""
    coupling_unit: ClassVar[str]
    """Plain text; empty if dimensionless."""
    matrix_element: ClassVar[AbstractMatrixElement]
    """How a charged lepton produces it."""
    references: ClassVar[tuple[str, ...]]

    mass: eqx.AbstractVar[Scalar]
    """[GeV]"""

    @abc.abstractmethod
    def coupling_to(self, species: str) -> Scalar:
        """Coupling to `species` ("electron", "muon", ...; "photon" is a pair of them); zero if there is none.

        An electric charge is none of them: see `Charged`.
        """

    @abc.abstractmethod
    def widths(self) -> dict[str, Scalar]:
        """Partial decay widths [GeV] by final state: those in `INVISIBLE` are not seen. Empty if stable."""

    @abc.abstractmethod
    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """The invariant masses [GeV] below `largest` in which it is produced, and their log-weights.

        One node for a particle on its shell; about `n` for a pair through an off-shell mediator.
        """

    def kinks(self) -> tuple[float, ...]:
        """Masses [GeV] at which a width or a coupling jumps or has an infinite slope, unless it opens there: that is found."""
        return ()

    @property
    def coupling(self) -> Scalar:
        """The overall coupling, whatever its field is called."""
        return getattr(self, self.coupling_name)

    def with_coupling(self, value: Scalar) -> "AbstractTheory":
        """The same theory with another overall coupling."""
        return dataclasses.replace(self, **{self.coupling_name: value})

    def log_decay_rate(
        self, energy: Float[Array, " n"], mass: Float[Array, " n"], widths: dict[str, Scalar] | None = None
    ) -> Float[Array, " n"]:
        """log of the decays per metre [1/m] of a particle of total `energy` [GeV] and `mass` [GeV]; near `CLOSED` if stable.

        Gamma m / (p hbar c). A logarithm, because a small width in 1/m and its gradient leave the range of float32; one of the
        product, because logarithms of large and small factors are rounded more than their sum, and decays are its exponential.
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
    """What a theory inherits, besides `AbstractTheory`, if its particle has an electric charge: it ionises and scatters."""

    @abc.abstractmethod
    def charge(self) -> Scalar:
        """Electric charge of the particle [e], of either sign."""


def charge_of(theory: AbstractTheory) -> Scalar:
    """Size of the electric charge of the particle [e]; zero for a theory that is not `Charged`."""
    charge = theory.charge() if isinstance(theory, Charged) else 0.0
    return jnp.abs(jnp.asarray(charge, jnp.result_type(theory.mass)))


class AbstractParticle(AbstractTheory):
    """A theory whose particle is produced on its mass shell."""

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        return jnp.asarray(self.mass)[None], jnp.zeros_like(self.mass)[None]
