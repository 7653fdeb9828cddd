"""Mediators between charged leptons and dark matter: which leptons they couple to, and to what kind of dark matter."""

import abc
import dataclasses
from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import LEPTON_MASS
from jaxdump.fields import Number, check_choices, choice, require
from jaxdump.theories.base import AbstractParticle, parameter
from jaxdump.theories.pairs import PairWidth
from jaxdump.typing import Scalar

CHOSEN = "choice of the published limits"


class AbstractMediator(AbstractParticle):
    """A mediator that decays to charged leptons and to a pair of dark particles, by default to these almost always.

    The dark particles have the mass m / mass_ratio and the coupling g_D = sqrt(4 pi alpha_D); `alpha_D = 0` leaves the visible
    decays.
    """

    spin: ClassVar[int]
    pairs: ClassVar[dict[str, PairWidth]]
    """Functions that give the width to a pair, by kind of particle; charged leptons are "dirac"."""
    dimensions: ClassVar[dict[str, int]]
    """Mass dimension, if any, of the coupling to a kind of pair: the coupling is g times that power of the mediator's mass."""

    mass: Scalar = parameter()
    """Mass of the mediator [GeV]."""
    alpha_D: Scalar = parameter(default=Number(0.1, "A", CHOSEN), kw_only=True)
    """Dark fine-structure constant."""
    mass_ratio: Scalar = parameter(default=Number(3.0, "A", CHOSEN), kw_only=True)
    """Mass over the mass of the dark matter."""
    dark: str = choice("dirac", "complex-scalar", "majorana", "pseudo-dirac", kw_only=True)
    """Kind of dark matter; the mass splitting of a pseudo-Dirac pair is neglected."""

    def __check_init__(self):
        require(self.name, "alpha_D", self.alpha_D, 0)
        require(self.name, "mass_ratio", self.mass_ratio, 0, open_below=True)
        check_choices(self.name, self)

    @property
    def kind(self) -> str:
        """Kind of the pair of dark particles, as a key of `pairs`."""
        return "dirac" if self.dark == "pseudo-dirac" else self.dark

    def to_leptons(self, species: str) -> Scalar:
        """Partial width [GeV] to a pair of charged leptons of a `species`."""
        g = self.coupling_to(species) * self.mass ** -self.dimensions.get("dirac", 0)
        return self.pairs["dirac"](self.mass, g**2, LEPTON_MASS[species])

    def to_dark(self) -> Scalar:
        """Partial width [GeV] to dark matter."""
        return self.pairs[self.kind](self.mass, 4 * jnp.pi * self.alpha_D, self.mass / self.mass_ratio)

    @abc.abstractmethod
    def to_others(self) -> dict[str, Scalar]:
        """Partial widths [GeV] to final states that are neither a pair of charged leptons nor dark."""

    def widths(self) -> dict[str, Scalar]:
        """Partial widths [GeV]: to dark matter, to each charged lepton and to the others."""
        dtype = jnp.result_type(self.mass, self.coupling)
        coupling = jnp.stack([jnp.asarray(self.coupling_to(name), dtype) for name in LEPTON_MASS])
        g = coupling * self.mass ** -self.dimensions.get("dirac", 0)
        every = self.pairs["dirac"](self.mass, g**2, jnp.asarray([*LEPTON_MASS.values()], dtype))
        leptons = {f"{species}s": width for species, width in zip(LEPTON_MASS, jnp.asarray(every), strict=True)}
        return {"dark": self.to_dark(), **leptons, **self.to_others()}

    def off_shell(self, mass: Scalar) -> "AbstractMediator":
        """The mediator at invariant `mass` [GeV]: the dark particles keep their mass, and their coupling in units of GeV."""
        ratio = mass / self.mass
        alpha_D = self.alpha_D * ratio ** (-2 * self.dimensions.get(self.kind, 0))
        return dataclasses.replace(self, mass=mass, mass_ratio=self.mass_ratio * ratio, alpha_D=alpha_D)


COUPLES = ("universal", "electron", "muon", "mass-electron", "mass-muon")
"""Choices of the coupling: to all charged leptons alike, to one alone, or in proportion to the mass of the lepton, where g is
the coupling to the lepton that is named."""


def coupling_ratio(couples: str, species: str) -> float:
    """Coupling to the lepton `species` over the overall coupling; zero for any other particle."""
    if species not in LEPTON_MASS:
        return 0.0
    if couples.startswith("mass-"):
        return LEPTON_MASS[species] / LEPTON_MASS[couples.removeprefix("mass-")]
    return float(couples in ("universal", species))
