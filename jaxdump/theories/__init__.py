"""The theories, each one file; `THEORIES` has them by their name on the command line."""

from jaxdump.theories.alp import Alp, AlpMuon, AlpPhoton
from jaxdump.theories.base import AbstractTheory, Widths, coupling, parameter
from jaxdump.theories.capabilities import (
    Charged,
    Conversion,
    ConvertsLeptons,
    CouplesToPhotons,
    DecaysAtOnce,
    Emission,
    MadeByAnnihilation,
    MadeByMesons,
    MesonsDecayInvisibly,
    PromptDecay,
    RadiatedByLeptons,
)
from jaxdump.theories.dark_axion import DarkAxion
from jaxdump.theories.inelastic import InelasticScalar
from jaxdump.theories.lmu_ltau import LmuLtau, LmuLtauDark
from jaxdump.theories.mediator import AbstractMediator
from jaxdump.theories.millicharge import Millicharge
from jaxdump.theories.mu_tau import ScalarMuTau
from jaxdump.theories.scalar import PseudoscalarMediator, PseudoscalarMuon, ScalarMediator, ScalarMuon
from jaxdump.theories.spin2 import Spin2
from jaxdump.theories.vector import AxialVector, DarkPhoton, Vector

THEORIES: dict[str, type[AbstractTheory]] = {
    theory.name: theory
    for theory in (
        AlpPhoton,
        AlpMuon,
        Alp,
        LmuLtau,
        LmuLtauDark,
        ScalarMuon,
        PseudoscalarMuon,
        ScalarMediator,
        PseudoscalarMediator,
        DarkPhoton,
        Vector,
        AxialVector,
        Spin2,
        Millicharge,
        DarkAxion,
        InelasticScalar,
        ScalarMuTau,
    )
}

__all__ = [
    "THEORIES",
    "AbstractMediator",
    "AbstractTheory",
    "Alp",
    "AlpMuon",
    "AlpPhoton",
    "AxialVector",
    "Charged",
    "Conversion",
    "ConvertsLeptons",
    "CouplesToPhotons",
    "DarkAxion",
    "DarkPhoton",
    "DecaysAtOnce",
    "Emission",
    "InelasticScalar",
    "LmuLtau",
    "LmuLtauDark",
    "MadeByAnnihilation",
    "MadeByMesons",
    "MesonsDecayInvisibly",
    "Millicharge",
    "PromptDecay",
    "PseudoscalarMediator",
    "PseudoscalarMuon",
    "RadiatedByLeptons",
    "ScalarMediator",
    "ScalarMuTau",
    "ScalarMuon",
    "Spin2",
    "Vector",
    "Widths",
    "coupling",
    "parameter",
]
