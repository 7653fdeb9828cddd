"""M3: muons of 15 GeV on a thick active target at Fermilab. A projection.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import MissingEnergy
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.matter.materials import TUNGSTEN
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.stage import Channel

PRODUCTION = LeptonBremsstrahlung(
    "bremsstrahlung",
    source=Tracks(
        beam=Beam("muon", energy=Number(15.0, "A", "of the benchmark. arXiv:1804.03144")),
        target=Target(TUNGSTEN, Number(50 * TUNGSTEN.radiation_length, "A", "of the benchmark, thick and active")),
    ),
    x_min=Number(0.4, "A", "of the benchmark: outgoing muon below 9 GeV"),
    ratios="m3",
)
INVISIBLE = SignalRegion(
    "invisible",
    channels=(
        Channel(
            "bremsstrahlung",
            (MissingEnergy(DecayVolume(0.0, decay_length=Number(3.0, "A", "up to the end of the veto calorimeters"))),),
        ),
    ),
    observed=Number(0.0, "A", "none, as expected"),
    background=Number(0.0, "A", "a reach without any, as of the benchmark; no number is published"),
    published_upper_count=NONE_SEEN,
)
M3_1E13 = Experiment(
    "m3-1e13",
    "M3, 1e13 muons",
    ("arXiv:1804.03144",),
    exposure=Number(1e13, "P", "phase 2. arXiv:1804.03144"),
    productions=(PRODUCTION,),
    regions=(INVISIBLE,),
    data=False,
)
