"""The interface of a theory of dark particles."""

import abc
import dataclasses
import functools
import re
from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple, Self

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import real, require
from jaxdump.flux import safe_log
from jaxdump.typing import Scalar
from jaxdump.units import PER_METRE_PER_GEV

Widths = dict[tuple[str, ...], Scalar]
"""Partial decay widths [GeV] by the names of the daughters: `matter.particles.PARTICLES`, or particles of the theory."""


SEARCHED = (1e-12, 1e3)
"""Values of a number in which limits look for the ends of what is excluded, if its field does not say others."""


def parameter(label: str = "", unit: str = "", *, search: tuple[float, float] = SEARCHED, **more) -> Scalar:
    """A field of a theory: a scalar, which is made real, and which stays weakly typed if it is a Python number.

    `label` is its symbol in LaTeX without the unit, `unit` its unit in plain text, such as "GeV^-1"; `search` are the least and
    the largest value in which limits look for it where it is an axis.
    """
    return eqx.field(converter=real, metadata={"label": label, "unit": unit, "search": search}, **more)


def coupling(label: str = "", unit: str = "", *, search: tuple[float, float] = SEARCHED, **more) -> Scalar:
    """A `parameter` that is a coupling: production integrals are done once for all of its values."""
    return eqx.field(converter=real, metadata={"label": label, "unit": unit, "search": search, "coupling": True}, **more)


class Derived(NamedTuple):
    """A number that may be an axis in the place of a field of a theory, such as the mass of the dark matter."""

    field: str
    """Name of the field that it gives."""
    value: Callable[[Scalar, Mapping[str, Scalar]], Scalar]
    """A function of the number, and of other fields by name, that is the value of the field."""
    metadata: Mapping
    """Its "label", "unit" and "search", as a `parameter` has them."""


def total_width(widths: Widths) -> Scalar:
    """The sum of partial widths [GeV]; zero if there are none."""
    return functools.reduce(jnp.add, widths.values()) if widths else 0.0


def metadata_of(theory: "type[AbstractTheory]", name: str) -> Mapping:
    """What is known of the field, or derived number, called `name` of a theory."""
    known = {field.name: field.metadata for field in dataclasses.fields(theory)}
    return known[name] if name in known else theory.derived()[name].metadata


class AbstractTheory(eqx.Module):
    """A theory of dark particles at one point: fixed masses and couplings.

    All fields are scalars, each a `parameter` or a `coupling`; `jax.vmap` makes scans. What the theory can be made by and seen
    by it says through the `capabilities` that it inherits. Raises `ValueError` for a concrete value of an axis, which are
    mostly mass and coupling, that is not finite and positive.

    >>> from jaxdump.theories import LmuLtau
    >>> theory = LmuLtau(mass=0.1, g=1e-3)
    >>> [f"{width:.3g}" for width in theory.widths().values()], f"{theory.with_coupling(2e-3).g:g}"
    (['2.65e-09', '0', '0'], '0.002')
    """

    name: ClassVar[str]
    """Name on the command line."""
    references: ClassVar[tuple[str, ...]]
    particles: ClassVar[tuple[str, ...]] = ("X",)
    """Names of the dark particles, in which `widths` and fluxes speak of them; the first is the one that is produced."""

    hint: ClassVar[str] = ""
    """What people may have to set before anything makes the particle; empty for most theories."""
    signed: ClassVar[tuple[str, ...]] = ()
    """Names of axes that may be zero or negative, as one coupling among several may."""

    planes: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Axes, by name, of other planes than the usual one in which limits are published."""

    mass: eqx.AbstractVar[Scalar]
    """Mass [GeV]."""

    @abc.abstractmethod
    def widths(self, particle: str = "") -> Widths:
        """Partial widths [GeV] of a `particle`, by default the first, by the names of the daughters; empty if it is stable."""

    def kinks(self) -> dict[str, Scalar]:
        """Numbers by name that change sign where a width or a coupling jumps or has an infinite slope.

        Thresholds, where these vanish, are found without them. `{"the resonance": self.mass - 0.5}` is a kink at 0.5 GeV.
        """
        return {}

    @classmethod
    def couplings(cls) -> tuple[str, ...]:
        """Names of the fields that are couplings."""
        return tuple(field.name for field in dataclasses.fields(cls) if field.metadata.get("coupling"))

    @classmethod
    def axes(cls) -> tuple[str, str]:
        """Names of the two fields that span the usual plane: the first field, mostly the mass, and the first coupling."""
        first, second, *_ = [field.name for field in dataclasses.fields(cls) if not field.kw_only]
        return first, (*cls.couplings(), second)[0]

    @classmethod
    def derived(cls) -> Mapping[str, Derived]:
        """Numbers by name that may be axes besides the fields; none by default."""
        return {}

    @classmethod
    def unit_of(cls, name: str) -> str:
        """Unit of the field called `name` in plain text; empty if it has none."""
        return metadata_of(cls, name).get("unit", "")

    @classmethod
    def label_of(cls, name: str) -> str:
        """Label of an axis for the field called `name`: its symbol in LaTeX and its unit."""
        label, unit = metadata_of(cls, name).get("label") or name, re.sub(r"\^(\S+)", r"$^{\1}$", cls.unit_of(name))
        return f"{label} [{unit}]" if unit else label

    @classmethod
    def search_of(cls, name: str) -> tuple[float, float]:
        """Least and largest value in which limits look for the field called `name`."""
        return metadata_of(cls, name).get("search", SEARCHED)

    @property
    def coupling(self) -> Scalar:
        """Value of the second axis, mostly the one coupling."""
        return getattr(self, self.axes()[1])

    def with_coupling(self, value: Scalar) -> Self:
        """The same theory with another value of the second axis."""
        return dataclasses.replace(self, **{self.axes()[1]: value})

    def with_couplings(self, value: Scalar) -> Self:
        """The same theory with all couplings at one `value`."""
        return dataclasses.replace(self, **dict.fromkeys(self.couplings(), value))

    def log_decay_rate(
        self, energy: Float[Array, " n"], mass: Float[Array, " n"], widths: Widths | None = None
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
        for field in self.axes():
            bounds = {} if field in self.signed else {"low": 0, "open_below": True}
            require(self.name, field, getattr(self, field), **bounds)
