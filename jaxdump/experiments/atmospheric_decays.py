"""Decays in a large underground detector of what cosmic rays make in the atmosphere: a demonstration, no published analysis.

The exposure is in kt yr. A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.decay_in_sphere import DecayInSphere
from jaxdump.experiment import Experiment
from jaxdump.experiments.atmosphere import CHOICES
from jaxdump.fields import Number
from jaxdump.production.hadrons.meson_decays import MesonDecays
from jaxdump.production.leptons.primakoff import Primakoff
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.cosmic import Primaries
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.sources.photons_in_air import PhotonsInAir
from jaxdump.stage import Channel
from jaxdump.transport.flight import FlightFromAir

HADRONS = HadronsInAir(Primaries())
LEAST, NO_MORE = Number(0.03, "A", "to be seen"), Number(0.0, "D", "the least energy of the source is all")
STAGES = (
    FlightFromAir(Number(1019.0, "P", "2700 m of water, here of standard rock. arXiv:2405.07900")),
    DecayInSphere(Number(17.5, "D", "22.5 kt of water; the true one is a cylinder"), density=1.0),
)
ATMOSPHERIC_DECAYS = Experiment(
    "atmospheric-decays",
    "decays in water like that of Super-Kamiokande, 176 kt yr (demonstration)",
    ("arXiv:1111.5031", "arXiv:0906.5614"),
    exposure=Number(22.5 * 2853 / 365.25, "P", "22.5 kt for 1497, 794 and 562 days. arXiv:1111.5031"),
    productions=(
        MesonDecays("meson decays", HADRONS, LEAST),
        Primakoff("photon fusion", PhotonsInAir(HADRONS, LEAST), x_min=NO_MORE, n_angle=0),
    ),
    regions=(
        SignalRegion(
            "decays",
            (Channel("meson decays", STAGES), Channel("photon fusion", STAGES)),
            observed=Number(0.0, "A", "a sensitivity"),
            background=Number(0.0, "A", "as if neutrinos of the atmosphere could be told apart, and every decay were seen"),
            published_upper_count=NONE_SEEN,
        ),
    ),
    data=False,
    alternatives=CHOICES,
)
