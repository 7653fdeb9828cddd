"""M3: muons of 15 GeV on a thick active target at Fermilab. A projection.

Numbers marked (P) are published in the source named, (D) derived from published ones, (A) assumed.
"""

from jaxdump.constants import LN_10
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import MissingEnergy
from jaxdump.experiment import Channel, Experiment, SignalRegion
from jaxdump.matter.materials import TUNGSTEN
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.sources.beam import Beam, Target

PRODUCTION = LeptonBremsstrahlung(
    "bremsstrahlung",
    beam=Beam("muon", energy=15.0),  # (A) of the benchmark
    target=Target(TUNGSTEN, length=50 * TUNGSTEN.radiation_length),  # (A) of the benchmark; thick and active. arXiv:1804.03144
    x_min=0.4,  # (A) of the benchmark: outgoing muon below 9 GeV
    ratios="m3",
)
INVISIBLE = SignalRegion(
    "invisible",
    channels=(
        Channel(
            "bremsstrahlung",
            (MissingEnergy(DecayVolume(shield=0.0, decay_length=3.0)),),  # (A) up to the end of the veto calorimeters
        ),
    ),
    observed=0.0,  # (A)
    background=0.0,  # (A) a reach without any, as of the benchmark; no number is published
    published_upper_count=LN_10,
)
M3_1E13 = Experiment(
    "m3-1e13",
    "M3, 1e13 muons",
    ("arXiv:1804.03144",),
    exposure=1e13,  # (P) phase 2. arXiv:1804.03144
    productions=(PRODUCTION,),
    regions=(INVISIBLE,),
    data=False,
)
