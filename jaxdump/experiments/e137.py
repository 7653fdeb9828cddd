"""E137: 20 GeV electrons of SLAC on an aluminium dump, decays looked for behind a hill of 179 m.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.acceptance import DaughterAcceptance
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.matter.materials import ALUMINIUM
from jaxdump.production.leptons.annihilation import ResonantAnnihilation
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.leptons.primakoff import Primakoff
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.stage import Channel

BEAM = Beam("electron", energy=Number(20.0, "P", "arXiv:1406.2698"))
X_MIN = Number(0.1, "A", "more than 2 GeV seen; analyses used 1 to 3 GeV")
DEPTH = Number(20 * ALUMINIUM.radiation_length, "A", "all of the shower counts; the dump, aluminium with water, is thicker")
TARGET = Target(ALUMINIUM, DEPTH, target="thick")
"""Electrons shower; a thin one would be a radiation length."""
DETECTOR = DecayVolume(
    shield=Number(179.0, "P", "arXiv:0906.0580"),
    decay_length=Number(204.0, "P", "arXiv:0906.0580"),
)
RADIUS = Number(1.7, "A", "a disc as large as the detector, 3 m by 3 m")
"""[m]"""
PRODUCTIONS = (
    LeptonBremsstrahlung(
        "bremsstrahlung",
        Tracks(BEAM, TARGET),
        X_MIN,
        theta_max=Number(RADIUS / 383.0, "A", "straight to the detector, however the decay opens and the shower spreads"),
        method="exact",  # ratios of whole cross-sections are not those of a low energy and a small angle
        ratios="e137",
        fusion=False,  # (A) photons of the beam's own field would add 1 % to axions of photons of the shower
        n_x=24,
    ),
    Primakoff("photon fusion", Tracks(BEAM, TARGET, "photon"), x_min=Number(3.0 / 20.0, "A", "axions above 3 GeV")),
    ResonantAnnihilation("annihilation", Tracks(BEAM, TARGET, "positron"), X_MIN),
)
SEEN = VisibleDecay(DETECTOR, seen="electron,photon")  # (P) what the search was for. arXiv:1406.2698
SCATTERING = 0.0212
"""[GeV] root mean square angle of multiple scattering in one radiation length, times the energy. Rossi, Sec. 2.16."""
PHOTONS = Number(0.42 * SCATTERING, "A", "of shower photons, after Roberg and Nordheim, Phys. Rev. 75, 444 (1949)")
POSITRONS = Number(
    0.75 * SCATTERING, "D", "of shower positrons, 0.72 to 0.76 from 15 to 0.4 GeV: second moments in approximation A"
)
SPREADS = {"photon fusion": PHOTONS, "annihilation": POSITRONS}
"""[GeV] root mean square angle of the parents in the shower, times their energy, of productions that are born along them."""
E137 = Experiment(
    "e137",
    "E137",
    ("arXiv:1406.2698", "arXiv:0906.0580", "arXiv:1209.6083"),
    exposure=Number(1.87e20, "P", "30 C. arXiv:1406.2698"),
    productions=PRODUCTIONS,
    regions=(
        SignalRegion(
            "visible",
            channels=(
                Channel("bremsstrahlung", (SEEN,)),
                *(Channel(name, (SEEN, DaughterAcceptance(DETECTOR, RADIUS, spread))) for name, spread in SPREADS.items()),
            ),
            observed=Number(0.0, "P", "arXiv:1406.2698"),
            background=Number(0.0, "P", "arXiv:1406.2698"),
            published_upper_count=NONE_SEEN,
        ),
    ),
)
