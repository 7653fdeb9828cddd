"""Decays in a large underground detector of what cosmic rays make in the atmosphere: a demonstration, no published analysis.

The exposure is in kt yr. Numbers marked (P) are published in the source named, (D) derived from published ones, (A) assumed.
"""

from jaxdump.constants import LN_10
from jaxdump.detection.decay_in_sphere import DecayInSphere
from jaxdump.experiment import Channel, Experiment, SignalRegion
from jaxdump.production.hadrons.atmospheric_particles import AtmosphericParticles
from jaxdump.sources.cosmic import Primaries
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.transport.flight import FlightFromAir

STAGES = (
    FlightFromAir(depth=1019.0),  # (P) 2700 m of water, here of standard rock. arXiv:2405.07900
    DecayInSphere(radius=17.5, density=1.0),  # (D) 22.5 kt of water; the true one is a cylinder
)
ATMOSPHERIC_DECAYS = Experiment(
    "atmospheric-decays",
    "decays in water like that of Super-Kamiokande, 176 kt yr (demonstration)",
    ("arXiv:1111.5031", "arXiv:0906.5614"),
    exposure=22.5 * 2853 / 365.25,  # (P) 22.5 kt for 1497, 794 and 562 days. arXiv:1111.5031
    productions=(
        AtmosphericParticles("atmosphere", HadronsInAir(Primaries()), least_energy=0.03),  # (A) to be seen
    ),
    regions=(
        SignalRegion(
            "decays",
            (Channel("atmosphere", STAGES),),
            observed=0.0,  # (A) a sensitivity
            background=0.0,  # (A) as if neutrinos of the atmosphere could be told apart, and every decay were seen
            published_upper_count=LN_10,  # (A) follows
        ),
    ),
    data=False,
)
