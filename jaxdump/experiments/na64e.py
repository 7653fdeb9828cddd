"""NA64 with electrons or positrons of the CERN SPS on a lead-scintillator calorimeter, behind it hadron calorimeters.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.calorimeter import LayeredTarget
from jaxdump.detection.decay import MissingEnergy
from jaxdump.detection.efficiency import Efficiency
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.matter.materials import LEAD
from jaxdump.production.leptons.annihilation import ResonantAnnihilation
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.leptons.photoproduction import MesonPhotoproduction
from jaxdump.production.leptons.primakoff import Primakoff
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.stage import Channel

BEAM = Beam("electron", energy=Number(100.0, "P", "arXiv:2307.02404"))
CUT = "less than half of the energy of the beam is seen in the calorimeter"
X_MIN = Number(0.5, "P", f"{CUT}. arXiv:2307.02404")
LARGEST = Number(
    0.965,
    "D",
    "a shower must be seen: from the published limit of positrons at 0.31 to 0.36 GeV, 0.95 to 0.98. arXiv:2308.15612",
)
DEPTH = Number(40 * LEAD.radiation_length, "A", "lead alone; with the scintillator as many. arXiv:2501.06294, App. A")
TARGET = Target(LEAD, DEPTH, target="thick")
CALORIMETER = LayeredTarget(  # as if particles were made all over it, though the shower is in its front
    layers=Number(150.0, "D", "arXiv:2501.06294, App. A"),
    pitch=Number(0.3e-2, "D", "arXiv:2501.06294, App. A"),
    exit_length=Number(7.0, "A", "the hadron calorimeter alone is 6.5 m"),
    skip_layers=0.0,
)
EFFICIENCY = Number(0.40, "D", "from the published limit on a dark photon, 0.36 to 0.45. arXiv:2307.02404", error=0.05)


def na64e(name: str, description: str, exposure: float, data: bool = False, beam: Beam = BEAM) -> Experiment:
    """A run of NA64 with electrons, or with positrons, which annihilate themselves too."""
    method, ratios = ("ww-corrected", "na64e") if beam.energy == BEAM.energy else ("exact", "")
    x_max = LARGEST if beam.lepton == "positron" else 1.0
    published = "arXiv:2308.15612" if beam.lepton == "positron" else "arXiv:2307.02404"
    x_min = Number(0.5, "P", f"{CUT}. {published}") if data else Number(0.5, "A", f"{CUT}, as in the data")
    productions = (
        LeptonBremsstrahlung("bremsstrahlung", Tracks(beam, TARGET), x_min, method=method, ratios=ratios, n_x=24),
        ResonantAnnihilation("annihilation", Tracks(beam, TARGET, "positron"), x_min, x_max=x_max),
        Primakoff("photon fusion", Tracks(beam, TARGET, "photon"), x_min),
    )
    mediators = "left-out" if data else "counted"  # the limit on a dark photon, and so the efficiency, are without mesons
    mesons = MesonPhotoproduction("mesons", Tracks(beam, TARGET, "photon"), x_min, mediators=mediators)
    stages = (MissingEnergy(CALORIMETER), Efficiency(EFFICIENCY))
    invisible = SignalRegion(
        "invisible",
        channels=(
            Channel(tuple(production.name for production in productions), stages),
            Channel("mesons", (Efficiency(EFFICIENCY),)),  # all of their energy is missing
        ),
        observed=Number(0.0, "P", published) if data else Number(0.0, "A", "none, as expected"),
        background=Number(0.0, "A", "none, the weakest limit; of electrons to 2022 about half an event was expected"),
        published_upper_count=NONE_SEEN,
    )
    references = tuple(dict.fromkeys((published, "arXiv:2307.02404", "arXiv:2505.14291")))
    sample = f"NA64 with {beam.lepton}s" if data else ""
    productions = (*productions, mesons)
    return Experiment(name, description, references, exposure, productions, (invisible,), sample=sample, data=data)


NA64E_2022 = na64e("na64e-2022", "NA64e, 2016-2022 data", Number(9.37e11, "P", "arXiv:2307.02404"), data=True)
NA64E_5E12 = na64e("na64e-5e12", "NA64e, 5e12 electrons", Number(5e12, "A", "before the long shutdown of the SPS"))
NA64E_PLUS_2022 = na64e(
    "na64e-plus-2022",
    "NA64e, 100 GeV positrons, 2022 data",
    Number(1.01e10, "P", "arXiv:2308.15612", error=0.01e10),
    data=True,
    beam=Beam("positron", energy=Number(100.0, "P", "arXiv:2308.15612")),
)


def positrons(energy: float) -> Experiment:
    """A projection for positrons of an `energy` [GeV], with the cuts and the efficiency of electrons of 100 GeV."""
    return na64e(
        f"na64e-plus-{energy:g}gev",
        f"NA64e, {energy:g} GeV positrons",
        Number(1e11, "P", "the goal, of 40 and of 60 GeV. arXiv:2505.14291"),
        beam=Beam("positron", energy=Number(energy, "P", "the plan. arXiv:2505.14291")),
    )


NA64E_PLUS_40GEV, NA64E_PLUS_60GEV = positrons(40.0), positrons(60.0)
