"""NA64 with electrons in its visible mode: decays to e+ e- behind a dump, a compact tungsten calorimeter.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.detection.efficiency import Efficiency, ShareOfExposure
from jaxdump.experiment import Experiment
from jaxdump.experiments.na64e import LARGEST
from jaxdump.fields import Number
from jaxdump.matter.materials import TUNGSTEN
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.stage import Channel

EXPOSURE, AT_100_GEV = 8.4e10, 5.4e10
DECAY_LENGTH = Number(3.5, "A", "from the dump to the calorimeter; a recast takes four times the dump, DARKCAST")
EFFICIENCY = Number(0.45, "D", "from the published lower edge, 0.65 at 3 MeV, 0.32 at 12 MeV, 0.55 at 24 MeV. arXiv:1912.11389")


def run(name: str, energy: float, radiation_lengths: float, share: float) -> tuple[LeptonBremsstrahlung, Channel]:
    """Production and channel of a beam of `energy` [GeV] on a dump of so many radiation lengths, in its front."""
    thick = 2 * radiation_lengths * TUNGSTEN.radiation_length
    dump = Target(TUNGSTEN, Number(radiation_lengths * TUNGSTEN.radiation_length, "A", "plates of tungsten"), target="thick")
    production = LeptonBremsstrahlung(
        name,
        Tracks(Beam("electron", energy=Number(energy, "P", "arXiv:1912.11389")), dump),
        x_min=Number(0.3, "A", "the calorimeter behind the decays sees more than this"),
        x_max=Number(float(LARGEST), "A", "as for positrons: the dump must see the rest"),
        method="exact",
        n_x=24,
    )
    volume = DecayVolume(Number(thick, "A", "the dump, with as much scintillator as tungsten"), DECAY_LENGTH)
    stages = (
        VisibleDecay(volume, seen="electron"),
        Efficiency(EFFICIENCY),
        ShareOfExposure(Number(share, "D", "arXiv:1803.07748")),
    )
    return production, Channel(name, stages)


RUNS = (
    run("100 GeV", 100.0, 40.0, AT_100_GEV / EXPOSURE),
    run("150 GeV", 150.0, 30.0, 1 - AT_100_GEV / EXPOSURE),
)
NA64E_VISIBLE = Experiment(
    "na64e-visible",
    "NA64e, visible mode, 2017-2018 data",
    ("arXiv:1803.07748", "arXiv:1912.11389", "arXiv:2104.13342"),
    exposure=Number(EXPOSURE, "P", "arXiv:2104.13342"),
    productions=tuple(production for production, _ in RUNS),
    regions=(
        SignalRegion(
            "visible",
            channels=tuple(channel for _, channel in RUNS),
            observed=Number(0.0, "P", "arXiv:1912.11389"),
            background=Number(0.0, "A", "none, the weakest limit"),
            published_upper_count=NONE_SEEN,
        ),
    ),
)
