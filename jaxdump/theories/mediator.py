"""Mediators between charged leptons and dark matter: which leptons they couple to, and to what kind of dark matter."""

import dataclasses
from collections.abc import Callable
from typing import ClassVar

import jax.numpy as jnp

from jaxdump.checks import check_choices, choice, require
from jaxdump.constants import LEPTON_MASS
from jaxdump.theories.base import AbstractParticle, pair_phase_space, parameter
from jaxdump.typing import Scalar

PairFactor = Callable[[Scalar, Scalar], Scalar]
"""Of b = sqrt(1 - 4 r) and r = (daughter / mass)^2: a width without its couplings and its mass."""


class AbstractMediator(AbstractParticle):
    """A mediator that decays to charged leptons and to a pair of dark particles, by default to these almost always.

    The dark particles have the mass m / mass_ratio and the coupling g_D = sqrt(4 pi alpha_D); `alpha_D = 0` leaves the visible
    decays.
    """

    spin: ClassVar[int]
    lepton_width: ClassVar[tuple[float, PairFactor]]
    """Width to a Dirac pair over g^2 m / (4 pi): a number and a function of b and r."""
    dark_width: ClassVar[dict[str, PairFactor]]
    """For each kind of dark matter the function that replaces that of a Dirac pair."""

    mass: Scalar = parameter()
    """[GeV]"""
    alpha_D: Scalar = parameter(default=0.1, kw_only=True)
    """Dark fine-structure constant. Choice of the published limits."""
    mass_ratio: Scalar = parameter(default=3.0, kw_only=True)
    """Mass over that of the dark matter. Choice of the published limits."""
    dark: str = choice("dirac", "complex-scalar", "majorana", "pseudo-dirac", kw_only=True)
    """Kind of dark matter; of a pseudo-Dirac pair the splitting is neglected."""

    def __check_init__(self):
        require(self.name, "alpha_D", self.alpha_D, 0)
        require(self.name, "mass_ratio", self.mass_ratio, 0, open_below=True)
        check_choices(self.name, self)

    def to_leptons(self, species: str) -> Scalar:
        """Partial width [GeV] to a pair of leptons."""
        number, factor = self.lepton_width
        root, r = pair_phase_space(self.mass, LEPTON_MASS[species])
        return number * self.reduced(self.coupling_to(species)) ** 2 * self.mass / (4 * jnp.pi) * factor(root, r)

    def to_dark(self) -> Scalar:
        """Partial width [GeV] to dark matter."""
        root, r = pair_phase_space(self.mass, self.mass / self.mass_ratio)
        kind = "dirac" if self.dark == "pseudo-dirac" else self.dark
        return self.lepton_width[0] * self.alpha_D * self.mass * self.dark_width[kind](root, r)

    def reduced(self, coupling: Scalar) -> Scalar:
        """A coupling without its dimension: the same for all but spin 2."""
        return coupling

    def widths(self) -> dict[str, Scalar]:
        """Partial widths [GeV]."""
        leptons = {f"{species}s": self.to_leptons(species) for species in LEPTON_MASS}
        return {"dark": self.to_dark(), **leptons}

    def off_shell(self, mass: Scalar) -> "AbstractMediator":
        """What it is at invariant `mass` [GeV]: the dark particles keep theirs."""
        return dataclasses.replace(self, mass=mass, mass_ratio=self.mass_ratio * mass / self.mass)


COUPLES = ("universal", "electron", "muon", "mass-electron", "mass-muon")
"""To all charged leptons alike, to one of them alone, or in proportion to the mass, g being the coupling to the one named."""


def coupling_ratio(couples: str, species: str) -> float:
    """Coupling to the lepton `species` over the overall coupling; zero for any other particle."""
    if species not in LEPTON_MASS:
        return 0.0
    if couples.startswith("mass-"):
        return LEPTON_MASS[species] / LEPTON_MASS[couples.removeprefix("mass-")]
    return float(couples in ("universal", species))
