"""Spin-1 mediators: the dark photon and an axial vector."""

import functools
from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import E_CHARGE, FINE_STRUCTURE
from jaxdump.fields import choice
from jaxdump.matter.hadronic_ratio import hadronic_ratio
from jaxdump.matter.mesons import PSEUDOSCALARS, Meson
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import MadeByMesons, MesonsDecayInvisibly
from jaxdump.theories.decays import RestSpectrum, by_one_photon, dark_photon_and_photon, dark_photon_and_pion, mixing_squared
from jaxdump.theories.mediator import COUPLES, AbstractMediator, coupling_ratio
from jaxdump.theories.pairs import axial_to_pair, to_majorana, vector_to_pair, vector_to_scalars
from jaxdump.typing import Scalar


class DarkPhoton(AbstractMediator, MadeByMesons, MesonsDecayInvisibly):
    """Vector that couples with eps e to electric charge, not to neutrinos.

    The width to leptons is g^2 m (1 + 2 r) b / (12 pi) with g = eps e, that to hadrons R(m^2) times the width to massless
    leptons. The width to dark matter is alpha_D m / 3 times (1 + 2 r) b for Dirac fermions, b^3 / 4 for complex scalars of
    charge g_D, b^3 / 2 for Majorana fermions with L = (g_D / 2) A_s chibar gamma^s gamma5 chi.
    Reference: arXiv:2401.01708; arXiv:1801.04847.

    >>> theory = DarkPhoton(mass=0.1, eps=1e-3, alpha_D=0.5)
    >>> f"{theory.coupling_to('electron'):.4e}", f"{theory.to_dark():.4e}"
    ('3.0282e-04', '1.5183e-02')
    """

    name: ClassVar = "dark-photon"
    element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.vector)
    references: ClassVar = ("arXiv:2401.01708", "arXiv:1801.04847")
    spin: ClassVar = 1
    pairs: ClassVar = {"dirac": vector_to_pair, "majorana": to_majorana(axial_to_pair), "complex-scalar": vector_to_scalars}
    dimensions: ClassVar = {}

    mass: Scalar = parameter(r"$m_{A'}$", "GeV")
    """Mass [GeV]."""
    eps: Scalar = coupling(r"$\epsilon$")
    """Kinetic mixing epsilon."""

    def ratio(self, lepton: str) -> float:
        return E_CHARGE

    def to_others(self) -> Widths:
        mass = jnp.asarray(self.mass, jnp.result_type(self.mass, self.eps))
        return {("hadrons",): FINE_STRUCTURE * self.eps**2 * mass / 3 * hadronic_ratio(mass)}

    def meson_coupling(self) -> Scalar:
        return self.eps

    def rest_spectra(self, name: str, meson: Meson) -> RestSpectrum | None:
        """pi0, eta and eta' decay to gamma A', omega to pi0 A'."""
        if name == "omega":
            return dark_photon_and_pion(self.mass)
        return dark_photon_and_photon(meson, self.mass) if name in PSEUDOSCALARS else None

    def invisible_ratio(self, name: str, meson: Meson) -> Scalar:
        """V -> A'* -> dark matter, the dark photon off its shell at the mass of the meson; not unitarised on resonance."""
        width = functools.reduce(jnp.add, self.widths().values())
        share = mixing_squared(self.eps, self.mass, width, meson.mass)
        return by_one_photon(meson, share * self.virtual(meson.mass).to_dark())

    def invisible_kinks(self, name: str, meson: Meson) -> dict[str, Scalar]:
        return {
            f"half of the mass of the {name}": self.mass / self.mass_ratio - meson.mass / 2,
            f"the {name}": self.mass - meson.mass,
        }


class AxialVector(AbstractMediator):
    """Axial vector, L = g A_s lbar gamma^s gamma5 l, and the same of dark Dirac fermions, without neutrinos.

    The width to leptons is g^2 m b^3 / (12 pi), that to dark matter alpha_D m b^3 / 3 for Dirac fermions, and as that of a dark
    photon for other kinds.
    Reference: arXiv:1609.09072.
    """

    name: ClassVar = "axial-vector"
    element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.axial)
    references: ClassVar = ("arXiv:1609.09072",)
    spin: ClassVar = 1
    pairs: ClassVar = {**DarkPhoton.pairs, "dirac": axial_to_pair}
    dimensions: ClassVar = {}

    mass: Scalar = parameter(r"$m_{Z'}$", "GeV")
    """Mass [GeV]."""
    g: Scalar = coupling(r"$g_A$")
    """Coupling to the lepton that `couples` names, or to all three charged ones."""
    couples: str = choice(*COUPLES, kw_only=True)
    """All charged leptons alike, one of them, or all in proportion to the mass."""

    def ratio(self, lepton: str) -> float:
        return coupling_ratio(self.couples, lepton)

    def to_others(self) -> Widths:
        return {}
