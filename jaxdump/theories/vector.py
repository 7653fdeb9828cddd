"""Spin-1 mediators: the dark photon and an axial vector."""

from typing import ClassVar

import jax.numpy as jnp

from jaxdump.constants import E_CHARGE, FINE_STRUCTURE, LEPTON_MASS
from jaxdump.fields import choice
from jaxdump.matter.hadronic_ratio import hadronic_ratio
from jaxdump.theories import amplitudes
from jaxdump.theories.base import parameter
from jaxdump.theories.mediator import COUPLES, AbstractMediator, coupling_ratio
from jaxdump.theories.pairs import axial_to_pair, to_majorana, vector_to_pair, vector_to_scalars
from jaxdump.typing import Scalar


class DarkPhoton(AbstractMediator):
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
    coupling_name: ClassVar = "eps"
    mass_label: ClassVar = r"$m_{A'}$ [GeV]"
    coupling_label: ClassVar = r"$\epsilon$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.vector)
    references: ClassVar = ("arXiv:2401.01708", "arXiv:1801.04847")
    spin: ClassVar = 1
    pairs: ClassVar = {"dirac": vector_to_pair, "majorana": to_majorana(axial_to_pair), "complex-scalar": vector_to_scalars}
    dimensions: ClassVar = {}

    eps: Scalar = parameter()
    """Kinetic mixing epsilon."""

    def coupling_to(self, species: str) -> Scalar:
        return E_CHARGE * self.eps if species in LEPTON_MASS else 0.0

    def to_others(self) -> dict[str, Scalar]:
        mass = jnp.asarray(self.mass, jnp.result_type(self.mass, self.eps))
        return {"hadrons": FINE_STRUCTURE * self.eps**2 * mass / 3 * hadronic_ratio(mass)}


class AxialVector(AbstractMediator):
    """Axial vector, L = g A_s lbar gamma^s gamma5 l, and the same of dark Dirac fermions, without neutrinos.

    The width to leptons is g^2 m b^3 / (12 pi), that to dark matter alpha_D m b^3 / 3 for Dirac fermions, and as that of a dark
    photon for other kinds.
    Reference: arXiv:1609.09072.
    """

    name: ClassVar = "axial-vector"
    coupling_name: ClassVar = "g"
    mass_label: ClassVar = r"$m_{Z'}$ [GeV]"
    coupling_label: ClassVar = r"$g_A$"
    coupling_unit: ClassVar = ""
    matrix_element: ClassVar = amplitudes.Bremsstrahlung(amplitudes.axial)
    references: ClassVar = ("arXiv:1609.09072",)
    spin: ClassVar = 1
    pairs: ClassVar = {**DarkPhoton.pairs, "dirac": axial_to_pair}
    dimensions: ClassVar = {}

    g: Scalar = parameter()
    """Coupling to the lepton that `couples` names, or to all three charged ones."""
    couples: str = choice(*COUPLES, kw_only=True)
    """All charged leptons alike, one of them, or all in proportion to the mass."""

    def coupling_to(self, species: str) -> Scalar:
        return self.g * coupling_ratio(self.couples, species)

    def to_others(self) -> dict[str, Scalar]:
        return {}
