"""E137: 20 GeV electrons of SLAC on an aluminium dump, decays looked for behind a hill of 179 m.

Numbers marked (P) are published in the source named, (D) derived from published ones, (A) assumed.
"""

from jaxdump.constants import LN_10
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.experiment import Channel, Experiment, SignalRegion
from jaxdump.form_factors import ALUMINIUM
from jaxdump.production.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.photon_fusion import PhotonFusion
from jaxdump.sources.beam import Beam, Target

BEAM = Beam("electron", energy=20.0)  # (P) arXiv:1406.2698
X_MIN = 0.1
"""(A) more than 2 GeV seen; analyses used 1 to 3 GeV."""
PRODUCTIONS = (
    # (A) one radiation length, as recasts of the published limit take it; the dump is thick
    LeptonBremsstrahlung("bremsstrahlung", BEAM, Target(ALUMINIUM, length=8.897e-2), X_MIN, method="ww-exact"),
    PhotonFusion("photon fusion", BEAM, Target(ALUMINIUM, length=8.897e-2), X_MIN),
)
DETECTOR = DecayVolume(
    shield=179.0,  # (P) arXiv:0906.0580
    decay_length=204.0,  # (P) the same
)
E137 = Experiment(
    "e137",
    "E137",
    ("arXiv:1406.2698", "arXiv:0906.0580", "arXiv:1209.6083"),
    exposure=1.87e20,  # (P) 30 C. arXiv:1406.2698
    productions=PRODUCTIONS,
    regions=(
        SignalRegion(
            "visible",
            channels=tuple(Channel(production.name, (VisibleDecay(DETECTOR),)) for production in PRODUCTIONS),
            observed=0.0,  # (P) arXiv:1406.2698
            background=0.0,  # (P) the same
            published_upper_count=LN_10,
        ),
    ),
)
