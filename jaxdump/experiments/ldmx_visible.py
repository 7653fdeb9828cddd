"""LDMX for long-lived particles: what is made in the foil decays behind the electromagnetic calorimeter. A projection.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.detection.efficiency import Efficiency
from jaxdump.experiment import Experiment
from jaxdump.experiments.ldmx import BEAM_8GEV, FOIL, GEOMETRY
from jaxdump.fields import Number
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Tracks
from jaxdump.stage import Channel

PRODUCTION = LeptonBremsstrahlung(
    "bremsstrahlung",
    Tracks(BEAM_8GEV, FOIL),
    x_min=Number(0.7, "A", "of the benchmark for invisible decays"),
    method="exact",
    n_x=24,
)
DETECTOR = DecayVolume(
    shield=Number(0.8605, "P", f"from the foil to the hadron calorimeter behind. {GEOMETRY}"),
    decay_length=Number(4.704, "P", f"the hadron calorimeter behind, 96 layers of 49 mm. {GEOMETRY}"),
)
LDMX_VISIBLE = Experiment(
    "ldmx-visible",
    "LDMX, visible decays, 1e16 electrons of 8 GeV",
    ("arXiv:1808.05219", "arXiv:2508.11833", "arXiv:2604.14359"),
    exposure=Number(1e16, "A", "a goal"),
    productions=(PRODUCTION,),
    regions=(
        SignalRegion(
            "visible",
            channels=(
                Channel(
                    "bremsstrahlung",
                    (
                        VisibleDecay(DETECTOR),
                        Efficiency(Number(1.0, "A", "all decays in the hadron calorimeter are told apart")),
                    ),
                ),
            ),
            observed=Number(0.0, "A", "none, as expected"),
            background=Number(0.0, "A", "none; what looks like a neutral hadron decides. arXiv:2604.14359"),
            published_upper_count=NONE_SEEN,
        ),
    ),
    data=False,
)
