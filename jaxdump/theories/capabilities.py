"""What a theory can be made by and seen by: small classes that it inherits, and that productions and stages ask for.

A theory has a capability by its class and its choices, never by its numbers: a coupling that is zero makes zero particles.
"""

import abc
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.matter.mesons import VECTORS, Meson
from jaxdump.theories.amplitudes import AbstractMatrixElement
from jaxdump.theories.base import AbstractTheory, Widths
from jaxdump.theories.decays import RestSpectrum
from jaxdump.typing import Scalar


class Emission(NamedTuple):
    """A way in which a charged lepton radiates the particle."""

    coupling: Scalar
    """Coupling that multiplies the amplitude."""
    element: AbstractMatrixElement
    """Squared amplitude of l gamma -> l X for a coupling of one."""
    vertex: Any = None
    """Vertex of the exact tree level, of `production.leptons.vertices`; None for that of the name of the element."""
    ratios: str = ""
    """Name of the tabulated ratios of exact cross-sections to those of WW; empty for the name of the element."""


class RadiatedByLeptons(AbstractTheory):
    """Capability: charged leptons radiate the particle in the field of a nucleus."""

    @abc.abstractmethod
    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        """The ways in which a `lepton`, "electron" or "muon", radiates the particle; empty if it does not."""

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Invariant masses [GeV] below `largest` that are produced, and their log-weights.

        There is one node for a particle on its mass shell, as here, and about `n` nodes for a pair through an off-shell
        mediator.
        """
        return jnp.asarray(self.mass)[None], jnp.zeros_like(self.mass)[None]


class CouplesToPhotons(AbstractTheory):
    """Capability: a particle couples to two photons, so that a photon turns into it in the field of a nucleus."""

    @abc.abstractmethod
    def photon_coupling(self) -> Scalar:
        """The coupling g [GeV^-1] with which (2 J + 1) times the width to two photons is g^2 m^3 / (64 pi), J being the spin.

        For spin 0 it is that of L = -(g/4) a F Ftilde, or with F in place of Ftilde. The cross-section of two photons is
        8 pi^2 (2 J + 1) Gamma / m delta(s - m^2), hence (pi / 8) g^2 m^2 delta(s - m^2) for any spin.
        """


class MadeByAnnihilation(AbstractTheory):
    """Capability: an electron and a positron annihilate into the particle, a resonance."""

    spin: ClassVar[int]

    @abc.abstractmethod
    def off_shell(self, mass: Scalar) -> Widths:
        """Partial widths [GeV], also to ("electron", "electron"), of the particle at invariant `mass` [GeV], not its own."""


class DarkMatter(NamedTuple):
    """The stable dark particles that a particle decays to in pairs."""

    mass: Scalar
    """Mass [GeV]."""
    states: int
    """Number of states of its spin."""
    self_conjugate: bool
    """Whether the particle is its own antiparticle."""
    pair: tuple[str, str] = ("chi", "chi")
    """Name of the pair among the daughters of the particle."""


class CouplesToDarkMatter(MadeByAnnihilation):
    """Capability: pairs of dark matter annihilate through the particle into all that it decays to."""

    @abc.abstractmethod
    def dark_matter(self) -> DarkMatter:
        """The dark matter."""

    def visible_coupling(self) -> Scalar | None:
        """The coupling whose square all widths but that to dark matter are proportional to; None, as here, if there is none."""
        return None


class MadeByMesons(AbstractTheory):
    """Capability: mesons decay to the particle."""

    @abc.abstractmethod
    def meson_coupling(self) -> Scalar:
        """The coupling whose square the numbers of decays are proportional to."""

    @abc.abstractmethod
    def rest_spectra(self, name: str, meson: Meson) -> RestSpectrum | None:
        """Spectrum of particles from one decaying meson at rest for couplings of one, with their number; None if it makes none.

        `name` is that of `matter.mesons.MESONS`; the numbers of `meson` may be changed.
        """


class MesonsDecayInvisibly(AbstractTheory):
    """Capability: vector mesons decay to dark particles alone, so that all of their energy is missing."""

    @abc.abstractmethod
    def invisible_ratio(self, name: str, meson: Meson) -> Scalar:
        """Branching ratio of a vector meson to dark particles alone, for the couplings of the theory.

        `name` is that of `matter.mesons.MESONS`; the numbers of `meson` may be changed. Where the final state couples to a
        photon off its shell, `decays.by_one_photon` gives the ratio from the width of such a photon.
        """

    def invisible_parents(self) -> tuple[str, ...]:
        """Names of the mesons that decay so, by the class and the choices of the theory; by default all vector mesons."""
        return VECTORS

    def invisible_log_scale(self) -> Scalar | None:
        """Logarithm of the factor with which all ratios grow with the couplings, such as `log_squared(coupling, mass)`.

        Then they are computed once, with all couplings at one. None, as here, if they read couplings in another way, as in the
        width of a resonance.
        """
        return None

    def invisible_kinks(self, name: str, meson: Meson) -> dict[str, Scalar]:
        """Numbers by name that change sign where the ratio of a meson opens, or where it peaks."""
        return {}


class Charged(AbstractTheory):
    """Capability: the particle, a Dirac fermion, has an electric charge, so that it is made in pairs, ionises and scatters."""

    @abc.abstractmethod
    def charge(self) -> Scalar:
        """Electric charge of the particle [e], of either sign; never another coupling."""


class Conversion(NamedTuple):
    """A way in which a charged lepton becomes another one and radiates a particle of spin 0."""

    coupling: Scalar
    """Yukawa coupling g."""
    lepton: str
    """Name of the lepton that it becomes."""
    parity: int
    """1 for a scalar, g X lbar' l, or -1 for a pseudoscalar, i g X lbar' gamma5 l."""


class ConvertsLeptons(AbstractTheory):
    """Capability: charged leptons become others where they radiate the particle, of spin 0."""

    @abc.abstractmethod
    def conversions(self, lepton: str) -> tuple[Conversion, ...]:
        """The way in which a `lepton`, "electron" or "muon", becomes another; empty if it does not."""


class PromptDecay(NamedTuple):
    """A decay to two daughters, evenly in all directions, of which one is followed through the detector."""

    daughters: tuple[str, str]
    """Names of both, as a key of the widths of the particle that decays."""
    followed: str
    """Name of the daughter that decays later, by its own widths; the other one is stable and not seen."""
    mass: Scalar
    """Mass [GeV] of the daughter that is followed."""
    other_mass: Scalar
    """Mass [GeV] of the other one."""


class DecaysAtOnce(AbstractTheory):
    """Capability: the particle that is made decays where it is made, and a daughter is followed in its place."""

    @abc.abstractmethod
    def prompt_decay(self) -> PromptDecay:
        """The decay whose daughter is followed; the other decays of the particle are seen where it is made."""


def charge_of(theory: AbstractTheory) -> Scalar:
    """Absolute electric charge of the particle [e]; zero for a theory that is not `Charged`."""
    charge = theory.charge() if isinstance(theory, Charged) else 0.0
    return jnp.abs(jnp.asarray(charge, jnp.result_type(theory.mass)))


def coupling_numbers(theory: AbstractTheory) -> list[Scalar]:
    """All couplings to charged leptons and to photons that a theory tells."""
    numbers = []
    if isinstance(theory, RadiatedByLeptons):
        numbers += [emission.coupling for lepton in ("electron", "muon") for emission in theory.emissions(lepton)]
    if isinstance(theory, CouplesToPhotons):
        numbers.append(theory.photon_coupling())
    return numbers


def couples(theory: AbstractTheory, species: str) -> bool:
    """Whether a concrete theory couples to a charged lepton itself, or to photons, by any number that is not zero."""
    if species == "photon":
        return isinstance(theory, CouplesToPhotons) and bool(theory.photon_coupling() != 0)
    ways = theory.emissions(species) if isinstance(theory, RadiatedByLeptons) else ()
    return any(way.element.of_lepton and bool(way.coupling != 0) for way in ways)
