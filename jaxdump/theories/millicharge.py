"""Fermions with a small electric charge."""

from typing import ClassVar

from jaxtyping import Array, Float

from jaxdump.constants import E_SQUARED
from jaxdump.flux import log_squared
from jaxdump.matter.mesons import Meson
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import Charged, Emission, MesonsDecayInvisibly, RadiatedByLeptons
from jaxdump.theories.decays import by_one_photon
from jaxdump.theories.pairs import pair_masses, vector_to_pair
from jaxdump.typing import Scalar


class Millicharge(RadiatedByLeptons, MesonsDecayInvisibly, Charged):
    """Dirac fermion of electric charge eps e, made in pairs by photons off their shell; stable. Reference: hep-ph/0001179.

    >>> f"{Millicharge(mass=0.1, eps=1e-3).charge():g}", Millicharge(mass=0.1, eps=1e-3).widths()
    ('0.001', {})
    """

    name: ClassVar = "millicharge"
    references: ClassVar = ("arXiv:hep-ph/0001179", "arXiv:2002.11732", "arXiv:2406.01668")

    mass: Scalar = parameter(r"$m_\chi$", "GeV")
    """Mass of the fermion [GeV]."""
    eps: Scalar = coupling(r"$\epsilon$")
    """Electric charge over the charge of the positron."""

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        """Any charged lepton radiates the photon of the pair, which couples to both with e^2 times the charge."""
        return (Emission(E_SQUARED * self.eps, amplitudes.Bremsstrahlung(amplitudes.vector)),)

    def charge(self) -> Scalar:
        return self.eps

    def widths(self, particle: str = "") -> Widths:
        """Empty, as the particle is stable."""
        return {}

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        return pair_masses(self.mass, largest, n)

    def invisible_ratio(self, name: str, meson: Meson) -> Scalar:
        """V -> chi chibar by one photon."""
        return by_one_photon(meson, vector_to_pair(meson.mass, E_SQUARED * self.eps**2, self.mass))

    def invisible_log_scale(self) -> Scalar:
        return log_squared(self.eps, self.mass)

    def invisible_kinks(self, name: str, meson: Meson) -> dict[str, Scalar]:
        return {f"half of the mass of the {name}": self.mass - meson.mass / 2}
