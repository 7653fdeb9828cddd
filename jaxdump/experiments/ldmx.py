"""LDMX: electrons of a few GeV on a thin foil, their momentum measured before and behind it. A projection.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import MissingEnergy
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.matter.materials import ALUMINIUM
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.stage import Channel

PRODUCTION = LeptonBremsstrahlung(
    "bremsstrahlung",
    source=Tracks(
        beam=Beam("electron", energy=Number(16.0, "A", "of the benchmark; the plan is 8 GeV. arXiv:2508.11833")),
        # thick, because electrons lose energy before they emit: that leaves three quarters of the yield of a thin target, which
        # the benchmark takes
        target=Target(
            ALUMINIUM,
            Number(
                0.4 * ALUMINIUM.radiation_length, "A", "of the benchmark; the plan is 0.1 radiation lengths. arXiv:2508.11833"
            ),
            target="thick",
        ),
    ),
    x_min=Number(0.7, "A", "of the benchmark"),
    method="ww-corrected",
    ratios="ldmx",
    n_x=24,
)
INVISIBLE = SignalRegion(
    "invisible",
    channels=(
        Channel(
            "bremsstrahlung",
            (MissingEnergy(DecayVolume(shield=0.0, decay_length=Number(5.0, "D", "the hadron calorimeter is 4.7 m long"))),),
        ),
    ),
    observed=Number(0.0, "A", "none, as expected"),
    background=Number(0.0, "A", "rejected for at least 2e14 electrons of 8 GeV. arXiv:2308.15173"),
    published_upper_count=NONE_SEEN,
)
LDMX_1E15 = Experiment(
    "ldmx-1e15",
    "LDMX, 1e15 electrons",
    ("arXiv:1808.05219", "arXiv:2308.15173", "arXiv:2508.11833"),
    exposure=Number(1e15, "A", "a goal"),
    productions=(PRODUCTION,),
    regions=(INVISIBLE,),
    data=False,
)
