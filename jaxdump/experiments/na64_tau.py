"""Muons that become taus at NA64mu: an estimate of what a run with a muon of a tau in its trigger might see.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.decay import MissingEnergy
from jaxdump.detection.efficiency import Efficiency
from jaxdump.detection.tau import MuonOfTau
from jaxdump.experiment import Experiment
from jaxdump.experiments.na64mu import CALORIMETER, EFFICIENCY, GOAL, TRACKS
from jaxdump.fields import Number
from jaxdump.production.leptons.conversion import LeptonConversion
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.stage import Channel

NA64_TAU_1E13 = Experiment(
    "na64-tau-1e13",
    "NA64mu, muon to tau, 1e13 muons (estimate)",
    ("arXiv:2501.06294", "arXiv:2401.01708"),
    exposure=Number(1e13, "A", GOAL),
    productions=(LeptonConversion("conversion", TRACKS),),
    regions=(
        SignalRegion(
            "invisible",
            channels=(
                Channel(
                    "conversion",
                    (
                        MuonOfTau(TRACKS.beam, Number(80.0, "P", "outgoing muon below 80 GeV. arXiv:2401.01708")),
                        MissingEnergy(CALORIMETER),
                        Efficiency(EFFICIENCY),  # (A) as for what is radiated without a conversion
                    ),
                ),
            ),
            observed=Number(0.0, "A", "none"),
            background=Number(0.0, "A", "as of the invisible signal of arXiv:2401.01708; taus of nothing else are rarer"),
            published_upper_count=NONE_SEEN,
        ),
    ),
    data=False,
)
