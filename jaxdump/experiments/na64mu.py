"""NA64mu: 160 GeV muons from the CERN SPS on a lead-scintillator calorimeter, behind it a magnet and hadron calorimeters.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

import dataclasses

from jaxdump.detection.calorimeter import LayeredTarget
from jaxdump.detection.decay import MissingEnergy, VisibleDecay
from jaxdump.detection.efficiency import Efficiency
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.matter.materials import LEAD
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.stage import Channel

EFFICIENCY = LogCurve(
    x=(0.001, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0),
    y=(
        0.0578,
        0.0573,
        0.0579,
        0.0601,
        0.0676,
        0.0798,
        0.0867,
        0.0982,
        0.1034,
        0.1052,
        0.1054,
        0.1041,
        0.1024,
        0.0984,
        0.0890,
        0.0695,
        0.0597,
    ),
)
"""Signal efficiency against invariant mass [GeV] (D).

It is (limit of this calculation with efficiency 1 / published limit)^2 for a dark photon that decays invisibly, x > 0.5 and
ln 10 events, from the 90 % CL limit on 1.98e10 muons of arXiv:2401.01708, as arXiv:2501.06294 infers its own. Constant
outside the table. It belongs to the invisible region; for the visible region it is assumed (A).
"""

TRACKS = Tracks(
    beam=Beam("muon", energy=Number(160.0, "P", "arXiv:2401.01708")),
    # 150 layers of 1.5 mm lead and 1.5 mm scintillator are 40 X0, less 4 X0 of pre-shower: 36 X0 of lead
    target=Target(LEAD, length=Number(36 * LEAD.radiation_length, "D", "arXiv:2501.06294")),
)
CALORIMETER = LayeredTarget(
    layers=Number(135.0, "D", "150 less 10 % of pre-shower. arXiv:2501.06294, App. A"),
    pitch=Number(0.3e-2, "P", "arXiv:2501.06294, App. A"),
    exit_length=Number(10.0, "A", "at least 3.3 m, the two hadron calorimeters alone"),
    skip_layers=Number(0.0, "P", "arXiv:2501.06294, Eqs. (14)-(16)"),
)
PRODUCTION = LeptonBremsstrahlung(
    name="bremsstrahlung",
    source=TRACKS,
    x_min=Number(0.5, "P", "outgoing muon below 80 GeV. arXiv:2401.01708"),
    ratios="na64mu",
)


def na64mu(
    name: str,
    description: str,
    exposure: float,
    observed_visible: float,
    upper_count_visible: float,
    background_visible: float | None,
    data: bool = False,
) -> Experiment:
    """A run of NA64mu; runs differ in exposure and in what the visible region has seen and expects."""
    skipping = dataclasses.replace(CALORIMETER, skip_layers=Number(1.0, "A", "so that short lifetimes stay in the target"))
    efficiency = Efficiency(EFFICIENCY)
    invisible = SignalRegion(
        "invisible",
        channels=(Channel("bremsstrahlung", (MissingEnergy(CALORIMETER), efficiency)),),
        observed=Number(0.0, "P", "arXiv:2401.01708; projections assume the same"),
        background=Number(0.0, "P", "much less than one. arXiv:2401.01708"),
        published_upper_count=NONE_SEEN,
    )
    visible = SignalRegion(
        "visible",
        channels=(Channel("bremsstrahlung", (VisibleDecay(skipping), efficiency)),),
        observed=observed_visible,
        background=background_visible,
        published_upper_count=upper_count_visible,
    )
    references = ("arXiv:2401.01708", "arXiv:2409.10128", "arXiv:2501.06294")
    return Experiment(name, description, references, exposure, (PRODUCTION,), (invisible, visible), data=data)


MUONS = Number(1.98e10, "P", "arXiv:2401.01708")
SEEN, AT_MOST = Number(4.0, "P", "arXiv:2501.06294"), Number(7.8, "P", "arXiv:2501.06294")
"""Events in the visible box, and of signal; how many are background is published nowhere."""
NONE = Number(0.0, "A", "free of background, as in arXiv:2501.06294")
GOAL = "of a projection; the goal of the next run is 2e13. arXiv:2505.14291"

NA64MU_2022 = na64mu("na64mu-2022", "NA64mu, 2022 data", MUONS, SEEN, AT_MOST, None, data=True)
NA64MU_2023 = na64mu("na64mu-2023", "NA64mu, 2023 run", Number(1.5e11, "A", "not found in print"), NONE, NONE_SEEN, NONE)
NA64MU_1E12 = na64mu("na64mu-1e12", "NA64mu, 1e12 muons", Number(1e12, "A", GOAL), NONE, NONE_SEEN, NONE)
NA64MU_1E13 = na64mu("na64mu-1e13", "NA64mu, 1e13 muons", Number(1e13, "A", GOAL), NONE, NONE_SEEN, NONE)
NA64MU_5E13 = na64mu("na64mu-5e13", "NA64mu, 5e13 muons", Number(5e13, "A", GOAL), NONE, NONE_SEEN, NONE)
NA64MU_1E14 = na64mu("na64mu-1e14", "NA64mu, 1e14 muons", Number(1e14, "A", GOAL), NONE, NONE_SEEN, NONE)
