"""Spin-0 particles with Yukawa couplings: to muons alone, and mediators between charged leptons and dark matter."""

from typing import ClassVar

from jaxdump.constants import LEPTON_MASS, MUON_MASS
from jaxdump.fields import choice
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import Emission, RadiatedByLeptons
from jaxdump.theories.loops import DecaysByLoops, photon_width, pseudoscalar_loop, scalar_loop
from jaxdump.theories.mediator import COUPLES, AbstractMediator, coupling_ratio
from jaxdump.theories.pairs import pseudoscalar_to_pair, scalar_to_pair, spin0_to_scalars, to_majorana
from jaxdump.typing import Scalar


class ScalarMuon(RadiatedByLeptons, DecaysByLoops):
    """Scalar coupled to muons, L = g phi mubar mu; to two photons it decays through the muon loop."""

    name: ClassVar = "scalar-muon"
    references: ClassVar = ("arXiv:2305.09015", "arXiv:hep-ph/0503172")

    mass: Scalar = parameter(r"$m_\phi$", "GeV")
    """Mass of the particle [GeV]."""
    g: Scalar = coupling(r"$g_\mu$")
    """Yukawa coupling."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the width to two photons; 0 leaves this decay out."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        return (Emission(self.g, amplitudes.Bremsstrahlung(amplitudes.scalar)),) if lepton == "muon" else ()

    def widths(self, particle: str = "") -> Widths:
        """Widths [GeV] to muons, g^2 m b^3 / (8 pi), and to photons as in `loops`."""
        photons = self.loop_photons * photon_width(scalar_loop, self.mass, {"muon": self.g})
        return {("muon", "muon"): scalar_to_pair(self.mass, self.g**2, MUON_MASS), ("photon", "photon"): photons}


class PseudoscalarMuon(RadiatedByLeptons, DecaysByLoops):
    """Pseudoscalar coupled to muons, L = i g a mubar gamma5 mu; to two photons it decays through the muon loop."""

    name: ClassVar = "pseudoscalar-muon"
    references: ClassVar = ("arXiv:2305.09015", "arXiv:hep-ph/0503172")

    mass: Scalar = parameter(r"$m_a$", "GeV")
    """Mass of the particle [GeV]."""
    g: Scalar = coupling(r"$g_\mu$")
    """Yukawa coupling."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the width to two photons; 0 leaves this decay out."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        return (Emission(self.g, amplitudes.Bremsstrahlung(amplitudes.pseudoscalar)),) if lepton == "muon" else ()

    def widths(self, particle: str = "") -> Widths:
        """Widths [GeV] to muons, g^2 m b / (8 pi), and to photons as in `loops`."""
        photons = self.loop_photons * photon_width(pseudoscalar_loop, self.mass, {"muon": self.g})
        return {("muon", "muon"): pseudoscalar_to_pair(self.mass, self.g**2, MUON_MASS), ("photon", "photon"): photons}


class ScalarMediator(AbstractMediator, DecaysByLoops):
    """Scalar mediator, L = g phi lbar l, with g_D to dark matter in the same way, and to photons by loops of leptons.

    The width to leptons is g^2 m b^3 / (8 pi), that to dark matter g_D^2 m b^3 / (8 pi) for Dirac fermions, half of that for
    Majorana fermions with the coupling g_D / 2, and g_D^2 m b / (16 pi) for complex scalars with the coupling g_D m.
    Reference: arXiv:1606.04943; hep-ph/0503172.
    """

    name: ClassVar = "scalar"
    element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.scalar)
    references: ClassVar = ("arXiv:1606.04943", "arXiv:2305.09015", "arXiv:hep-ph/0503172")
    spin: ClassVar = 0
    pairs: ClassVar = {"dirac": scalar_to_pair, "majorana": to_majorana(scalar_to_pair), "complex-scalar": spin0_to_scalars}
    dimensions: ClassVar = {"complex-scalar": 1}

    mass: Scalar = parameter(r"$m_\phi$", "GeV")
    """Mass [GeV]."""
    g: Scalar = coupling(r"$g$")
    """Yukawa coupling to the lepton that `couples` names, or to all three charged ones."""
    couples: str = choice(*COUPLES, kw_only=True)
    """All charged leptons alike, one of them, or all in proportion to the mass."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the width to two photons; 0 leaves this decay out."""

    def ratio(self, lepton: str) -> float:
        return coupling_ratio(self.couples, lepton)

    def to_others(self) -> Widths:
        couplings = {species: self.coupling_to(species) for species in LEPTON_MASS}
        return {("photon", "photon"): self.loop_photons * photon_width(scalar_loop, self.mass, couplings)}


class PseudoscalarMediator(AbstractMediator, DecaysByLoops):
    """Pseudoscalar mediator, L = i g a lbar gamma5 l, with g_D to dark matter in the same way, and to photons by loops.

    The width to leptons is g^2 m b / (8 pi), that to dark matter g_D^2 m b / (8 pi) for Dirac fermions, half of that for
    Majorana fermions with the coupling g_D / 2, and g_D^2 m b / (16 pi) for complex scalars with the coupling g_D m.
    Reference: arXiv:1606.04943; hep-ph/0503172.
    """

    name: ClassVar = "pseudoscalar"
    element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.pseudoscalar)
    references: ClassVar = ("arXiv:1606.04943", "arXiv:2305.09015", "arXiv:hep-ph/0503172")
    spin: ClassVar = 0
    pairs: ClassVar = {
        "dirac": pseudoscalar_to_pair,
        "majorana": to_majorana(pseudoscalar_to_pair),
        "complex-scalar": spin0_to_scalars,
    }
    dimensions: ClassVar = {"complex-scalar": 1}

    mass: Scalar = parameter(r"$m_a$", "GeV")
    """Mass [GeV]."""
    g: Scalar = coupling(r"$g$")
    """Yukawa coupling to the lepton that `couples` names, or to all three charged ones."""
    couples: str = choice(*COUPLES, kw_only=True)
    """All charged leptons alike, one of them, or all in proportion to the mass."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the width to two photons; 0 leaves this decay out."""

    def ratio(self, lepton: str) -> float:
        return coupling_ratio(self.couples, lepton)

    def to_others(self) -> Widths:
        couplings = {species: self.coupling_to(species) for species in LEPTON_MASS}
        return {("photon", "photon"): self.loop_photons * photon_width(pseudoscalar_loop, self.mass, couplings)}
