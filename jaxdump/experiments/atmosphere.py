"""Underground detectors that look for millicharged particles of the atmosphere: Super-Kamiokande, JUNO, IceCube, any other.

Exposures are kt yr, of IceCube years. Numbers marked (P) are published in the source named, (D) derived from published ones,
(A) assumed.
"""

from jaxdump.constants import LN_10
from jaxdump.detection.recoil import ElectronRecoils, MultipleHits
from jaxdump.detection.tracks import DimParticles, FaintTracks
from jaxdump.experiment import Channel, Experiment, SignalRegion
from jaxdump.production.hadrons.atmosphere import AtmosphericPairs
from jaxdump.production.hadrons.proton_bremsstrahlung import ProtonBremsstrahlung
from jaxdump.sources.cosmic import Primaries
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.transport.earth import Overburden

ATMOSPHERE = AtmosphericPairs("atmosphere", HadronsInAir(Primaries()), ProtonBremsstrahlung())
WATER = 10 / 18.015
"""Electrons per unit of atomic mass."""
SPREAD = {"signal_error": 0.35, "signal_nuisance": "flux of the atmosphere"}
"""(D) how far the choices of primaries and yields move the signal below 0.5 GeV; statistics that know errors use it."""
SCINTILLATOR = 0.5587
"""The same of linear alkylbenzene with its solutes, as in the simulation of JUNO (P)."""


def recoils(
    name: str,
    least: float,
    most: float,
    electrons: float,
    observed: float,
    background: float,
    upper_count: float,
    background_error: float | None = None,
    selection_efficiency: float = 1.0,
    sphere: tuple[float, float] | None = None,
) -> SignalRegion:
    """A region that counts single electrons between two kinetic energies [GeV]: in a `sphere` of radius [m] and density
    [g/cm3] those of particles that do not shine themselves.
    """
    stages = (ElectronRecoils(least, most, electrons),)
    stages = stages if sphere is None else (DimParticles(*sphere, least), *stages)
    return SignalRegion(
        name,
        (Channel("atmosphere", stages),),
        observed,
        background,
        upper_count,
        background_error,
        selection_efficiency=selection_efficiency,
        **SPREAD,
    )


def double_hits(name: str, least: float, radius: float, density: float, electrons: float) -> SignalRegion:
    """A region that counts particles which hit two electrons or more in a sphere, each above `least` [GeV], and do not shine
    themselves; no background.
    """
    stages = (DimParticles(radius, density, least), MultipleHits(least, radius, density, electrons))
    return SignalRegion(name, (Channel("atmosphere", stages),), 0.0, 0.0, LN_10, **SPREAD)


AT_GROUND = Experiment(
    "atmosphere",
    "the flux at the surface, 1 m2 s sr",
    ("arXiv:2104.13924",),
    exposure=1.0,
    productions=(ATMOSPHERE,),
    regions=(SignalRegion("surface", (Channel("atmosphere", ()),), 0.0, 0.0, LN_10),),
    data=False,
)
SUPERK = Experiment(
    "superk",
    "Super-Kamiokande I to III, 176 kt yr",
    ("arXiv:1111.5031", "arXiv:2109.11174", "arXiv:2104.13924"),
    exposure=22.5 * 2853 / 365.25,  # (P) 22.5 kt for 1497, 794 and 562 days. arXiv:1111.5031
    productions=(ATMOSPHERE,),
    transport=(
        Overburden(1019.0),  # (P) 2700 m of water, here of standard rock. arXiv:2405.07900
        # (D) a mean path of 22 m: 20 m in the fiducial volume, 23 m in the inner detector; (P) threshold as below
        DimParticles(radius=16.5, density=1.0, least=16e-3),
    ),
    regions=(
        recoils(
            "recoils",
            least=16e-3,  # (P) the search for relic neutrinos begins there. arXiv:1111.5031
            most=30e-3,  # (A) as arXiv:2104.13924: beyond it decays of muons at rest dominate
            electrons=WATER,
            observed=76.0,  # (P) electron-like events, all three phases. Lists with the fit of arXiv:2109.11174
            background=95.6,  # (D) what a fit of the shapes to all medium bins, 85.3 +- 6.7, adds to these 76
            upper_count=23.0,  # (D) a fit of four shapes and a signal 1/T^2 to medium angles, corrected for the efficiency
            background_error=9.7,  # (D) as the background
            selection_efficiency=0.74,  # (D) of the medium bins of superk-spectrum up to 30 MeV, for 1/T^2
        ),
    ),
    sample="the relic neutrino search of Super-Kamiokande",
)
JUNO = Experiment(
    "juno",
    "JUNO, 170 kt yr",
    ("arXiv:2104.02565", "arXiv:2104.13924"),
    exposure=170.0,  # (A) as arXiv:2104.13924
    productions=(ATMOSPHERE,),
    transport=(Overburden(700.0),),  # (P) arXiv:2405.07321
    regions=(
        recoils(
            "recoils",
            least=10e-3,  # (A) as arXiv:2104.13924
            most=35e-3,  # (A) the same
            electrons=SCINTILLATOR,
            observed=11973.0,  # (D) what is expected
            background=11973.0,  # (D) neutral currents 723, boron-8 5066, beryllium-11 6184. Curves of arXiv:2104.13924
            upper_count=44.0,  # (D) by their shapes: counting alone would give 140
            sphere=(17.7, 0.859),  # (P) arXiv:2104.02565
        ),
        double_hits("double-1MeV", 1e-3, radius=17.7, density=0.859, electrons=SCINTILLATOR),  # (P) arXiv:2104.02565
        double_hits("double-0.1MeV", 1e-4, radius=17.7, density=0.859, electrons=SCINTILLATOR),
    ),
    data=False,
)
ICECUBE_MCP = Experiment(
    "icecube-mcp",
    "IceCube, faint tracks in 10 years",
    ("arXiv:2411.00484",),
    exposure=10.0,  # (A) years
    productions=(ATMOSPHERE,),
    transport=(Overburden(675.0),),  # (D) 1948 m of ice, here of standard rock
    regions=(
        SignalRegion(
            "tracks",
            (
                Channel(
                    "atmosphere",
                    (
                        FaintTracks(
                            area=1e6,  # (D) 1 km3 between 1.45 and 2.45 km. arXiv:2411.00484
                            length=1e3,  # (D) the same
                            density=0.918,
                            least=25.0,  # (A) a charge e/3 leaves as much, for which the trigger on faint particles was made
                            width=0.02,  # (A) steep: nobody has measured a tail that a limit could hang on
                        ),
                    ),
                ),
            ),
            observed=0.0,  # (A)
            background=0.0,  # (A) as if muons could be told apart
            published_upper_count=2.44,  # (D) Feldman and Cousins, nothing seen or expected
            **SPREAD,
        ),
    ),
    data=False,
)


def detector(name: str, description: str, radius: float, density: float, electrons: float) -> Experiment:
    """A sphere 1 km deep and free of background, to be changed: depth, exposure, least, most, radius, density."""
    regions = (
        recoils("recoils", 10e-3, 35e-3, electrons, 0.0, background=0.0, upper_count=LN_10, sphere=(radius, density)),
        double_hits("double", 1e-3, radius, density, electrons),
    )
    return Experiment(name, description, ("arXiv:2104.13924",), 1.0, (ATMOSPHERE,), regions, (Overburden(1000.0),), data=False)


# (A) all of it
LIQUID_SCINTILLATOR = detector("liquid-scintillator", "1 kt yr of scintillator", 6.5, 0.86, 0.56)
WATER_DETECTOR = detector("water", "1 kt yr of water", 6.2, 1.0, WATER)
