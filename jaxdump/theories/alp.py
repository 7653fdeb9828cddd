"""Axion-like particles with a coupling to photons, to muons, or to both."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import FINE_STRUCTURE, MUON_MASS
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import CouplesToPhotons, Emission, RadiatedByLeptons
from jaxdump.theories.loops import DecaysByLoops, derivative_loop, photon_width
from jaxdump.theories.pairs import pseudoscalar_to_pair
from jaxdump.typing import Scalar


class AlpPhoton(RadiatedByLeptons, CouplesToPhotons):
    """ALP coupled to photons, L = -(g/4) a F Ftilde. Reference: arXiv:2501.06294, Eq. (2).

    >>> f"{AlpPhoton(mass=0.01, g=1e-3).widths()['photon', 'photon']:.4e}"
    '4.9736e-15'
    """

    name: ClassVar = "alp-photon"
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter(r"$m_a$", "GeV")
    """Mass of the ALP [GeV]."""
    g: Scalar = coupling(r"$g_{a\gamma\gamma}$", "GeV^-1")
    """Coupling to photons g_agg [GeV^-1]."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        """Photons of any charged lepton fuse with those of a nucleus."""
        return (Emission(self.g, amplitudes.Primakoff()),)

    def photon_coupling(self) -> Scalar:
        return self.g

    def widths(self, particle: str = "") -> Widths:
        """Width [GeV] to two photons, g^2 m^3 / (64 pi). Reference: arXiv:1708.00443, Eq. (5)."""
        return {("photon", "photon"): self.g**2 * self.mass**3 / (64 * jnp.pi)}


class AlpMuon(RadiatedByLeptons, DecaysByLoops):
    """ALP with a derivative coupling to muons, L = g (d_s a) mubar gamma^s gamma5 mu. Reference: arXiv:2501.06294, Eq. (7).

    It decays to two photons through the muon loop alone. The paper leaves this decay out (`loop_photons=0`), so that its ALP
    is stable below two muons.
    """

    name: ClassVar = "alp-muon"
    references: ClassVar = ("arXiv:2501.06294",)

    mass: Scalar = parameter(r"$m_a$", "GeV")
    """Mass of the ALP [GeV]."""
    g: Scalar = coupling(r"$g_{a\mu\mu}$", "GeV^-1")
    """Coupling to muons g_amumu [GeV^-1]."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the width to two photons; 0 leaves this decay out, as arXiv:2501.06294 does."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        return (Emission(self.g, amplitudes.Bremsstrahlung(amplitudes.derivative)),) if lepton == "muon" else ()

    def widths(self, particle: str = "") -> Widths:
        """Widths [GeV] to muons, g^2 m_mu^2 m b / (2 pi) with b of `pairs`, and to photons as in `loops`.

        The width to muons is that of a Yukawa coupling 2 m_mu g.
        """
        yukawa = 2 * MUON_MASS * self.g
        return {
            ("muon", "muon"): pseudoscalar_to_pair(self.mass, yukawa**2, MUON_MASS),
            ("photon", "photon"): self.loop_photons * photon_width(derivative_loop, self.mass, {"muon": yukawa}),
        }


class Alp(RadiatedByLeptons, CouplesToPhotons, DecaysByLoops):
    """ALP with both couplings, L = -(g_photon/4) a F Ftilde + g_muon (d_s a) mubar gamma^s gamma5 mu.

    Both ways to make it with muons, and both to decay to photons, add up before the square. The relative sign is that of
    epsilon^0123 = 1 and gamma5 = i gamma^0 gamma^1 gamma^2 gamma^3. Reference: arXiv:2501.06294, Eqs. (2) and (7).

    >>> f"{Alp(mass=0.01, g_photon=1e-3, g_muon=1e-9).widths()['photon', 'photon']:.4e}"
    '4.9736e-15'
    """

    name: ClassVar = "alp"
    references: ClassVar = ("arXiv:2501.06294", "arXiv:1708.00443")
    signed: ClassVar = ("g_photon",)

    mass: Scalar = parameter(r"$m_a$", "GeV")
    """Mass of the ALP [GeV]."""
    g_photon: Scalar = coupling(r"$g_{a\gamma\gamma}$", "GeV^-1")
    """Coupling to photons g_agg [GeV^-1]."""
    g_muon: Scalar = coupling(r"$g_{a\mu\mu}$", "GeV^-1", default=0.0)
    """Coupling to muons g_amumu [GeV^-1]."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the amplitude of the muon loop to two photons; 0 leaves it out."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        fusion = Emission(self.g_photon, amplitudes.Primakoff())
        radiated = Emission(self.g_muon, amplitudes.Bremsstrahlung(amplitudes.derivative))
        return (fusion, radiated) if lepton == "muon" else (fusion,)

    def photon_coupling(self) -> Scalar:
        """That at tree level: the loop is far from its mass shell where photons are almost real."""
        return self.g_photon

    def widths(self, particle: str = "") -> Widths:
        """Widths [GeV] to muons, as of `AlpMuon`, and to photons, g^2 m^3 / (64 pi) with g = g_photon + (alpha / pi) g_muon F.

        F is that of an ALP in `loops`: arXiv:1708.00443, Eq. (11), where B_1 is -F / 2.
        """
        yukawa = 2 * MUON_MASS * self.g_muon
        dtype = jnp.result_type(self.mass, self.g_photon, self.g_muon)
        real, imaginary = derivative_loop(self.mass, jnp.asarray(MUON_MASS, dtype))
        loop = self.loop_photons * FINE_STRUCTURE / (2 * jnp.pi) * yukawa / self.mass
        squared = (self.g_photon + loop * real) ** 2 + (loop * imaginary) ** 2
        return {
            ("muon", "muon"): pseudoscalar_to_pair(self.mass, yukawa**2, MUON_MASS),
            ("photon", "photon"): squared * self.mass**3 / (64 * jnp.pi),
        }
