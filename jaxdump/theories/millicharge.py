"""Fermions with a small electric charge."""

from typing import ClassVar

from jaxtyping import Array, Float

from jaxdump.constants import E_SQUARED, LEPTON_MASS
from jaxdump.theories import amplitudes
from jaxdump.theories.base import AbstractTheory, Charged, parameter
from jaxdump.theories.pairs import pair_masses
from jaxdump.typing import Scalar


class Millicharge(AbstractTheory, Charged):
    """Dirac fermion of electric charge eps e, made in pairs by photons off their shell; stable. Reference: hep-ph/0001179.

    >>> f"{Millicharge(mass=0.1, eps=1e-3).charge():g}", Millicharge(mass=0.1, eps=1e-3).widths()
    ('0.001', {})
    """

    name: ClassVar = "millicharge"
    coupling_name: ClassVar = "eps"
    mass_label: ClassVar = r"$m_\chi$ [GeV]"
    coupling_label: ClassVar = r"$\epsilon$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.vector)
    references: ClassVar = ("arXiv:hep-ph/0001179", "arXiv:2002.11732", "arXiv:2406.01668")

    mass: Scalar = parameter()
    """Mass of the fermion [GeV]."""
    eps: Scalar = parameter()
    """Electric charge over the charge of the positron."""

    def coupling_to(self, species: str) -> Scalar:
        """Coupling of the pair to a charged lepton that radiates the photon: e times the charge."""
        return E_SQUARED * self.eps if species in LEPTON_MASS else 0.0

    def charge(self) -> Scalar:
        return self.eps

    def widths(self) -> dict[str, Scalar]:
        """Empty, as the particle is stable."""
        return {}

    def invariant_masses(self, largest: Scalar, n: int) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        return pair_masses(self.mass, largest, n)
