"""Spin-1 mediators: the dark photon, a vector with any charges, and an axial vector."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import E_CHARGE
from jaxdump.fields import choice
from jaxdump.matter.mesons import PSEUDOSCALARS, Meson
from jaxdump.matter.vector_mesons import ratio_of_charges
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter, total_width
from jaxdump.theories.capabilities import MadeByMesons, MesonsDecayInvisibly
from jaxdump.theories.charges import ELECTRIC, SETS, meson_factor, vector_meson_factor
from jaxdump.theories.decays import RestSpectrum, dark_photon_and_photon, dark_photon_and_pion, through_vector
from jaxdump.theories.mediator import COUPLES, AbstractMediator, coupling_ratio
from jaxdump.theories.pairs import axial_to_pair, to_majorana, vector_to_pair, vector_to_scalars
from jaxdump.typing import Scalar


def to_hadrons(mass: Scalar, g: Scalar, up: Scalar, down: Scalar, strange: Scalar) -> Widths:
    """Width [GeV] of a vector with g times these charges of quarks to hadrons: g^2 m / (12 pi) times its R."""
    mass = jnp.asarray(mass, jnp.result_type(mass, g))
    return {("hadrons",): g**2 * mass / (12 * jnp.pi) * ratio_of_charges(mass, up, down, strange)}


def kinks_of_meson(theory: AbstractMediator, name: str, meson: Meson) -> dict[str, Scalar]:
    """Where the decay of a vector meson to dark matter by a mediator opens, and where it peaks."""
    return {
        f"half of the mass of the {name}": theory.mass / theory.mass_ratio - meson.mass / 2,
        f"the {name}": theory.mass - meson.mass,
    }


class DarkPhoton(AbstractMediator, MadeByMesons, MesonsDecayInvisibly):
    """Vector that couples with eps e to electric charge, not to neutrinos.

    The width to leptons is g^2 m (1 + 2 r) b / (12 pi) with g = eps e, that to hadrons R(m^2) times the width to massless
    leptons, and to pi0 gamma alone below two pions. The width to dark matter is alpha_D m / 3 times (1 + 2 r) b for Dirac
    fermions, b^3 / 4 for complex scalars of charge g_D, b^3 / 2 for Majorana fermions with L = (g_D / 2) A_s chibar gamma^s
    gamma5 chi.
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
        return to_hadrons(self.mass, self.eps * E_CHARGE, *(ELECTRIC[quark] for quark in "uds"))

    def meson_coupling(self) -> Scalar:
        return self.eps

    def rest_spectra(self, name: str, meson: Meson) -> RestSpectrum | None:
        """pi0, eta and eta' decay to gamma A', omega to pi0 A'."""
        if name == "omega":
            return dark_photon_and_pion(self.mass)
        return dark_photon_and_photon(meson, self.mass) if name in PSEUDOSCALARS else None

    def invisible_ratio(self, name: str, meson: Meson) -> Scalar:
        """V -> A'* -> dark matter, as in `decays.through_vector`."""
        width, off_shell = total_width(self.widths()), self.virtual(meson.mass).to_dark()
        return through_vector(meson, self.eps, self.mass, width, off_shell, self.to_dark())

    def invisible_kinks(self, name: str, meson: Meson) -> dict[str, Scalar]:
        return kinks_of_meson(self, name, meson)


def charge(symbol: str) -> Scalar:
    """A field for a charge that is added to those of the named set."""
    return parameter(f"$q_{{{symbol}}}$", search=(1e-6, 1e6), default=0.0, kw_only=True)


class Vector(AbstractMediator, MadeByMesons, MesonsDecayInvisibly):
    """Vector with a charge for each charged lepton, neutrino and quark: L = g q_f V_s fbar gamma^s f, left-handed neutrinos.

    The charges are those of the set that `charges` names, plus the numbers `charge_e` to `charge_s`. With those of the
    dark photon, which are electric charges times e, g is its mixing eps. Charm and bottom have the charges of up and down. The
    widths to charged leptons and dark matter are those of a dark photon, that to each neutrino g^2 q^2 m / (24 pi), and that to
    hadrons is in `matter.vector_mesons`. The dark matter has the coupling sqrt(4 pi alpha_D), whatever g is.
    Reference: arXiv:1801.04847.

    >>> theory = Vector(mass=0.1, g=1e-3, charges="B-L", charge_mu=1.0, alpha_D=0.0)
    >>> [f"{theory.coupling_to(lepton):g}" for lepton in ("electron", "muon")]
    ['-0.001', '0']
    """

    name: ClassVar = "vector"
    element: ClassVar = DarkPhoton.element
    references: ClassVar = ("arXiv:1801.04847", "arXiv:2201.01788")
    spin: ClassVar = 1
    pairs: ClassVar = DarkPhoton.pairs
    dimensions: ClassVar = {}
    hint: ClassVar = "a charge is zero unless a set or a number gives it: --set charges=B-L, --set charge_e=1"
    signed: ClassVar = tuple(f"charge_{name}" for name in ELECTRIC)

    mass: Scalar = parameter(r"$m_{V}$", "GeV")
    """Mass [GeV]."""
    g: Scalar = coupling(r"$g$")
    """Coupling that multiplies the charges; the mixing eps for those of the dark photon."""
    charges: str = choice(*SETS, kw_only=True)
    """Named set of charges, to which the numbers are added; custom has none."""
    charge_e: Scalar = charge("e")
    """Charge of the electron, added to that of the set."""
    charge_mu: Scalar = charge(r"\mu")
    """Charge of the muon, added to that of the set."""
    charge_tau: Scalar = charge(r"\tau")
    """Charge of the tau, added to that of the set."""
    charge_nu_e: Scalar = charge(r"\nu_e")
    """Charge of the electron neutrino, added to that of the set."""
    charge_nu_mu: Scalar = charge(r"\nu_\mu")
    """Charge of the muon neutrino, added to that of the set."""
    charge_nu_tau: Scalar = charge(r"\nu_\tau")
    """Charge of the tau neutrino, added to that of the set."""
    charge_u: Scalar = charge("u")
    """Charge of up and charm quarks, added to that of the set."""
    charge_d: Scalar = charge("d")
    """Charge of down and bottom quarks, added to that of the set."""
    charge_s: Scalar = charge("s")
    """Charge of the strange quark, added to that of the set."""

    def charge_of(self, name: str) -> Scalar:
        """The charge of a fermion, one of the names of `charges.ELECTRIC`."""
        return SETS[self.charges][name] + getattr(self, f"charge_{name}")

    def ratio(self, lepton: str) -> Scalar:
        return self.charge_of({"electron": "e", "muon": "mu", "tau": "tau"}[lepton])

    def to_neutrinos(self) -> Scalar:
        """Partial width [GeV] to neutrinos."""
        squared = sum(self.charge_of(f"nu_{flavour}") ** 2 for flavour in ("e", "mu", "tau"))
        return self.g**2 * squared * self.mass / (24 * jnp.pi)

    def to_others(self) -> Widths:
        hadrons = to_hadrons(self.mass, self.g, *(self.charge_of(quark) for quark in "uds"))
        return {("neutrino", "neutrino"): self.to_neutrinos(), **hadrons}

    def meson_coupling(self) -> Scalar:
        return self.g

    def rest_spectra(self, name: str, meson: Meson) -> RestSpectrum | None:
        """Those of a dark photon times the factors of `charges.meson_factor`, with the form factors of the photon."""
        if name != "omega" and name not in PSEUDOSCALARS:
            return None
        made = dark_photon_and_pion(self.mass) if name == "omega" else dark_photon_and_photon(meson, self.mass)
        factor = meson_factor(name, *(self.charge_of(quark) / E_CHARGE for quark in "uds"))
        return made._replace(number=made.number * factor**2)

    def invisible_ratio(self, name: str, meson: Meson) -> Scalar:
        """That of a dark photon for the coupling of the meson, to dark matter and to neutrinos."""
        coupling = self.g * vector_meson_factor(name, *(self.charge_of(quark) / E_CHARGE for quark in "uds"))
        widths, off_shell = self.widths(), self.off_shell(meson.mass)
        invisible = [every["chi", "chi"] + every["neutrino", "neutrino"] for every in (off_shell, widths)]
        return through_vector(meson, coupling, self.mass, total_width(widths), *invisible)

    def invisible_kinks(self, name: str, meson: Meson) -> dict[str, Scalar]:
        return kinks_of_meson(self, name, meson)


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
