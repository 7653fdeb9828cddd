"""E137: 20 GeV electrons of SLAC on an aluminium dump, decays looked for behind a hill of 179 m.

Numbers marked (P) are published in the source named, (D) derived from published ones, (A) assumed.
"""

import math

from jaxdump.constants import ELECTRON_MASS, LN_10
from jaxdump.detection.acceptance import DaughterAcceptance
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.experiment import Channel, Experiment, SignalRegion
from jaxdump.matter.materials import ALUMINIUM
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.leptons.primakoff import PhotonFusion
from jaxdump.sources.beam import Beam, Target

BEAM = Beam("electron", energy=20.0)  # (P) arXiv:1406.2698
X_MIN = 0.1
"""(A) more than 2 GeV seen; analyses used 1 to 3 GeV."""
TARGET = Target(ALUMINIUM, length=20 * ALUMINIUM.radiation_length, target="thick")
"""(A) electrons shower and all of the shower counts; the dump, aluminium with water, is thicker. Thin is a radiation length."""
DETECTOR = DecayVolume(
    shield=179.0,  # (P) arXiv:0906.0580
    decay_length=204.0,  # (P) the same
)
RADIUS = 1.7
"""[m] (A) of a disc as large as the detector, 3 m by 3 m: recalled."""
PRODUCTIONS = (
    LeptonBremsstrahlung(
        "bremsstrahlung",
        BEAM,
        TARGET,
        X_MIN,
        theta_max=RADIUS / 383.0,  # (A) straight to the detector, however the decay opens and the shower spreads
        method="exact",  # ratios of whole cross-sections are not those of a low energy and a small angle
        ratios="e137",
        n_x=24,
    ),
    PhotonFusion("photon fusion", BEAM, TARGET, x_min=3.0 / 20.0),  # (A) axions above 3 GeV: recalled
)
SEEN = VisibleDecay(DETECTOR, seen="electrons,photons")  # (P) what the search was for. arXiv:1406.2698
ACCEPTANCE = DaughterAcceptance(
    DETECTOR,
    RADIUS,
    spread=0.42 * 0.0212,  # (A) of shower photons: Roberg and Nordheim, Phys. Rev. 75, 444 (1949), recalled
)
RESONANT = [math.sqrt(2 * ELECTRON_MASS * energy) for energy in (X_MIN * BEAM.energy, BEAM.energy)]
"""[GeV] masses of what positrons of the shower make with electrons at rest, from the cut to the energy of the beam."""
LEFT_OUT = "annihilation of positrons of the shower is left out: limits are too weak from {:.2g} to {:.2g} GeV"
E137 = Experiment(
    "e137",
    "E137",
    ("arXiv:1406.2698", "arXiv:0906.0580", "arXiv:1209.6083"),
    exposure=1.87e20,  # (P) 30 C. arXiv:1406.2698
    productions=PRODUCTIONS,
    regions=(
        SignalRegion(
            "visible",
            channels=(
                # (A) photons of the beam's own field would add 1 % to axions of photons of the shower
                Channel("bremsstrahlung", (SEEN,), unless="photon fusion"),
                Channel("photon fusion", (SEEN, ACCEPTANCE)),
            ),
            observed=0.0,  # (P) arXiv:1406.2698
            background=0.0,  # (P) the same
            published_upper_count=LN_10,
        ),
    ),
    left_out=(("electron", LEFT_OUT.format(*RESONANT)),),
)
