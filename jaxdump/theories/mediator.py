"""Mediators between charged leptons and dark matter: which leptons they couple to, and to what kind of dark matter."""

import abc
import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import LEPTON_MASS
from jaxdump.fields import Number, check_choices, choice, require
from jaxdump.theories.amplitudes import AbstractMatrixElement
from jaxdump.theories.base import Derived, Widths, metadata_of, parameter
from jaxdump.theories.capabilities import CouplesToDarkMatter, DarkMatter, Emission, RadiatedByLeptons
from jaxdump.theories.pairs import PairWidth
from jaxdump.typing import Scalar

CHOSEN = "choice of the published limits"


class AbstractMediator(RadiatedByLeptons, CouplesToDarkMatter):
    """A mediator that decays to charged leptons and to a pair of dark particles, by default to these almost always.

    The dark particles have the mass m / mass_ratio and the coupling g_D = sqrt(4 pi alpha_D); `alpha_D = 0` leaves the visible
    decays.
    """

    particles: ClassVar = ("mediator", "chi")
    planes: ClassVar = {"y": ("m_chi", "y")}
    element: ClassVar[AbstractMatrixElement]
    """Squared amplitude by which charged leptons radiate the mediator."""
    pairs: ClassVar[dict[str, PairWidth]]
    """Functions that give the width to a pair, by kind of particle; charged leptons are "dirac"."""
    dimensions: ClassVar[dict[str, int]]
    """Mass dimension, if any, of the coupling to a kind of pair: the coupling is g times that power of the mediator's mass."""

    alpha_D: Scalar = parameter(r"$\alpha_D$", search=(1e-12, 10.0), default=Number(0.1, "A", CHOSEN), kw_only=True)
    """Dark fine-structure constant."""
    mass_ratio: Scalar = parameter(r"$m/m_\chi$", search=(0.1, 1e3), default=Number(3.0, "A", CHOSEN), kw_only=True)
    """Mass over the mass of the dark matter."""
    dark: str = choice("dirac", "complex-scalar", "majorana", "pseudo-dirac", kw_only=True)
    """Kind of dark matter; the mass splitting of a pseudo-Dirac pair is neglected."""

    @classmethod
    def derived(cls) -> dict[str, Derived]:
        """The mass of the dark matter, and y = coupling^2 alpha_D / mass_ratio^4, which sets the relic density."""
        mass, coupling = cls.axes()
        symbol = lambda name: metadata_of(cls, name)["label"].strip("$")
        factor = f"({symbol(coupling)})" if "/" in symbol(coupling) else symbol(coupling)
        y = rf"$y = {factor}^2 \alpha_D (m_\chi / {symbol(mass)})^4$"
        unit = {"": "", "GeV^-1": "GeV^-2"}.get(own := cls.unit_of(coupling), f"({own})^2")
        return {
            "m_chi": Derived(mass, mass_of_mediator, {"label": r"$m_\chi$", "unit": "GeV"}),
            "y": Derived(coupling, coupling_of_y, {"label": y, "unit": unit, "search": (1e-24, 1e2)}),
        }

    def __check_init__(self):
        require(self.name, "alpha_D", self.alpha_D, 0)
        require(self.name, "mass_ratio", self.mass_ratio, 0, open_below=True)
        check_choices(self.name, self)

    @property
    def kind(self) -> str:
        """Kind of the pair of dark particles, as a key of `pairs`."""
        return "dirac" if self.dark == "pseudo-dirac" else self.dark

    @abc.abstractmethod
    def ratio(self, lepton: str) -> Scalar:
        """Coupling to a charged `lepton` over the overall coupling; a Python zero where there is none by class or choice."""

    def couples_to(self, lepton: str) -> bool:
        """Whether there is a coupling to a charged `lepton` by class and choices; its number may be zero."""
        ratio = self.ratio(lepton)
        return not isinstance(ratio, float) or ratio != 0

    def coupling_to(self, lepton: str) -> Scalar:
        """Coupling to a charged `lepton`."""
        return self.coupling * self.ratio(lepton)

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        return (Emission(self.coupling_to(lepton), self.element),) if self.couples_to(lepton) else ()

    def dark_matter(self) -> DarkMatter:
        states = 1 if self.dark == "complex-scalar" else 2
        return DarkMatter(self.mass / self.mass_ratio, states, self_conjugate=self.dark == "majorana")

    def visible_coupling(self) -> Scalar:
        return self.coupling

    def to_dark(self) -> Scalar:
        """Partial width [GeV] to dark matter."""
        return self.pairs[self.kind](self.mass, 4 * jnp.pi * self.alpha_D, self.mass / self.mass_ratio)

    @abc.abstractmethod
    def to_others(self) -> Widths:
        """Partial widths [GeV] to final states that are neither a pair of charged leptons nor dark."""

    def widths(self, particle: str = "") -> Widths:
        """Partial widths [GeV] of the mediator: to dark matter, which is stable, to charged leptons and to others."""
        if particle == "chi":
            return {}
        dtype = jnp.result_type(self.mass, self.coupling)
        names = [name for name in LEPTON_MASS if self.couples_to(name)]
        coupling = jnp.stack([jnp.asarray(self.coupling_to(name), dtype) for name in names])
        g = coupling * self.mass ** -self.dimensions.get("dirac", 0)
        every = self.pairs["dirac"](self.mass, g**2, jnp.asarray([LEPTON_MASS[name] for name in names], dtype))
        leptons = {(name, name): width for name, width in zip(names, jnp.asarray(every), strict=True)}
        return {("chi", "chi"): self.to_dark(), **leptons, **self.to_others()}

    def off_shell(self, mass: Scalar) -> Widths:
        return self.virtual(mass).widths()

    def virtual(self, mass: Scalar) -> "AbstractMediator":
        """The mediator at invariant `mass` [GeV]: the dark particles keep their mass, and their coupling in units of GeV."""
        ratio = mass / self.mass
        alpha_D = self.alpha_D * ratio ** (-2 * self.dimensions.get(self.kind, 0))
        return dataclasses.replace(self, mass=mass, mass_ratio=self.mass_ratio * ratio, alpha_D=alpha_D)


def mass_of_mediator(m_chi: Scalar, others: Mapping[str, Scalar]) -> Scalar:
    """Mass [GeV] of the mediator of dark matter of mass `m_chi` [GeV]."""
    return m_chi * others["mass_ratio"]


def coupling_of_y(y: Scalar, others: Mapping[str, Scalar]) -> Scalar:
    """Coupling of the mediator from y = coupling^2 alpha_D / mass_ratio^4."""
    alpha_D = others["alpha_D"]
    require("y", "alpha_D", alpha_D, 0, open_below=True)
    return jnp.sqrt(y / alpha_D) * others["mass_ratio"] ** 2


COUPLES = ("universal", "electron", "muon", "mass-electron", "mass-muon")
"""Choices of the coupling: to all charged leptons alike, to one alone, or in proportion to the mass of the lepton, where g is
the coupling to the lepton that is named."""


def coupling_ratio(couples: str, species: str) -> float:
    """Coupling to the lepton `species` over the overall coupling."""
    if couples.startswith("mass-"):
        return LEPTON_MASS[species] / LEPTON_MASS[couples.removeprefix("mass-")]
    return float(couples in ("universal", species))
