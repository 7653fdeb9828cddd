"""NA64 with electrons: 100 GeV from the CERN SPS on a lead-scintillator calorimeter, behind it hadron calorimeters.

Numbers marked (P) are published in the source named, (D) derived from published ones, (A) assumed.
"""

from jaxdump.constants import LN_10
from jaxdump.detection.calorimeter import LayeredTarget
from jaxdump.detection.decay import MissingEnergy
from jaxdump.detection.efficiency import Efficiency
from jaxdump.experiment import Channel, Experiment, SignalRegion
from jaxdump.matter.materials import LEAD
from jaxdump.production.leptons.annihilation import ResonantAnnihilation
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.leptons.primakoff import PhotonFusion
from jaxdump.sources.beam import Beam, Target

BEAM = Beam("electron", energy=100.0)  # (P) arXiv:2307.02404
X_MIN = 0.5
"""(P) less than 50 GeV seen in the calorimeter. arXiv:2307.02404"""
TARGET = Target(LEAD, length=40 * LEAD.radiation_length, target="thick")
"""(A) lead alone; the calorimeter of lead and scintillator has 40 radiation lengths: arXiv:2501.06294, App. A."""
CALORIMETER = LayeredTarget(  # (A) particles are made all over it, though the shower is in its front
    layers=150.0,  # (D) the same
    pitch=0.3e-2,  # (D) the same
    exit_length=7.0,  # (A) the hadron calorimeter alone is 6.5 m
    skip_layers=0.0,
)


def na64e(name: str, description: str, exposure: float, data: bool = False) -> Experiment:
    """A run of NA64 with electrons."""
    productions = (
        LeptonBremsstrahlung("bremsstrahlung", BEAM, TARGET, X_MIN, method="ww-corrected", ratios="na64e", n_x=24),
        ResonantAnnihilation("annihilation", BEAM, TARGET, X_MIN),
        PhotonFusion("photon fusion", BEAM, TARGET, X_MIN),
    )
    stages = (MissingEnergy(CALORIMETER), Efficiency(0.40))  # (D) from the published limit on a dark photon, 0.36 to 0.45
    invisible = SignalRegion(
        "invisible",
        channels=(Channel(tuple(production.name for production in productions), stages),),
        observed=0.0,  # (P) arXiv:2307.02404
        background=0.0,  # (A) none, the weakest limit: 0.51 +- 0.13 events were expected (recalled)
        published_upper_count=LN_10,
    )
    references = ("arXiv:2307.02404", "arXiv:2505.14291")
    return Experiment(name, description, references, exposure, productions, (invisible,), data=data)


NA64E_2022 = na64e("na64e-2022", "NA64e, 2016-2022 data", 9.37e11, data=True)  # (P) arXiv:2307.02404
NA64E_5E12 = na64e("na64e-5e12", "NA64e, 5e12 electrons", 5e12)  # (A) before the long shutdown of the SPS
