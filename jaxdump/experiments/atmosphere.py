"""Underground detectors that look for millicharged particles of the atmosphere: Super-Kamiokande, JUNO, IceCube, any other.

Exposures are kt yr, of IceCube years. A `Number` is published (P) in the source named, derived (D) from published ones, or
assumed (A).
"""

from jaxdump.detection.recoil import ElectronRecoils, MultipleHits
from jaxdump.detection.tracks import DimParticles, FaintTracks
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.production.hadrons.atmosphere import AtmosphericPairs
from jaxdump.production.hadrons.proton_bremsstrahlung import ProtonBremsstrahlung
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.cosmic import Primaries
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.stage import Channel
from jaxdump.transport.overburden import Overburden

ATMOSPHERE = AtmosphericPairs("atmosphere", HadronsInAir(Primaries()), ProtonBremsstrahlung())
CHOICES = (("primary", "gsf"), ("yields", "sibyll"), ("transition", "point"))
"""Other choices for all that hadrons make in the air."""
ALTERNATIVES = (
    *CHOICES,
    ("kernel", "fww"),
    ("kernel", "quasi-real"),
    ("resonances", "capped"),
    ("form_factor", "unitary"),
    ("validity", "cuts"),
    ("parton_densities", "nnpdf23lo"),
    ("parton_densities", "nnpdf31lo"),
)
"""What docs/physics/atmosphere.md compares, without what counts decays of the omega twice or leaves parents out."""
WATER = Number(10 / 18.015, "D", "from its atomic masses")
"""Electrons per unit of atomic mass."""
SCINTILLATOR = Number(0.5587, "P", "linear alkylbenzene with its solutes, as in the simulation of JUNO")
"""The same."""
SIGNAL_ERROR = Number(0.35, "D", "how far the choices of primaries and yields move the signal below 0.5 GeV")
FLUX = "flux of the atmosphere"
"""Nuisance of statistics that know errors."""
NONE = Number(0.0, "A", "no background")


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
        signal_error=SIGNAL_ERROR,
        signal_nuisance=FLUX,
    )


def double_hits(name: str, least: float, sphere: tuple[float, float], electrons: float) -> SignalRegion:
    """A region that counts particles which hit two electrons or more in a `sphere` as above, each above `least` [GeV], and do
    not shine themselves; no background.
    """
    stages = (DimParticles(*sphere, least), MultipleHits(least, *sphere, electrons))
    return SignalRegion(
        name, (Channel("atmosphere", stages),), NONE, NONE, NONE_SEEN, signal_error=SIGNAL_ERROR, signal_nuisance=FLUX
    )


AT_GROUND = Experiment(
    "atmosphere",
    "the flux at the surface, 1 m2 s sr",
    ("arXiv:2104.13924",),
    exposure=Number(1.0, "A", "1 m2 s sr"),
    productions=(ATMOSPHERE,),
    regions=(SignalRegion("surface", (Channel("atmosphere", ()),), NONE, NONE, NONE_SEEN),),
    data=False,
    alternatives=ALTERNATIVES,
)
LEAST = Number(16e-3, "P", "the search for relic neutrinos begins there. arXiv:1111.5031")
SUPERK = Experiment(
    "superk",
    "Super-Kamiokande I to III, 176 kt yr",
    ("arXiv:1111.5031", "arXiv:2109.11174", "arXiv:2104.13924"),
    exposure=Number(22.5 * 2853 / 365.25, "P", "22.5 kt for 1497, 794 and 562 days. arXiv:1111.5031"),
    productions=(ATMOSPHERE,),
    transport=(
        Overburden(Number(1019.0, "P", "2700 m of water, here of standard rock. arXiv:2405.07900")),
        DimParticles(
            radius=Number(16.5, "D", "a mean path of 22 m: 20 m in the fiducial volume, 23 m in the inner detector"),
            density=1.0,
            least=LEAST,
        ),
    ),
    regions=(
        recoils(
            "recoils",
            least=LEAST,
            most=Number(30e-3, "A", "as arXiv:2104.13924: beyond it decays of muons at rest dominate"),
            electrons=WATER,
            observed=Number(76.0, "P", "electron-like events, all three phases. Lists with the fit of arXiv:2109.11174"),
            background=Number(95.6, "D", "what a fit of the shapes to all medium bins, 85.3 +- 6.7, adds to these 76"),
            upper_count=Number(23.0, "D", "a fit of four shapes and 1/T^2 to medium angles, corrected for the efficiency"),
            background_error=Number(9.7, "D", "as the background"),
            selection_efficiency=Number(0.74, "D", "of the medium bins of superk-spectrum up to 30 MeV, for 1/T^2"),
        ),
    ),
    sample="the relic neutrino search of Super-Kamiokande",
    alternatives=ALTERNATIVES,
)
JUNO_SPHERE = (Number(17.7, "P", "arXiv:2104.02565"), Number(0.859, "P", "arXiv:2104.02565"))
JUNO = Experiment(
    "juno",
    "JUNO, 170 kt yr",
    ("arXiv:2104.02565", "arXiv:2104.13924"),
    exposure=Number(170.0, "A", "as arXiv:2104.13924"),
    productions=(ATMOSPHERE,),
    transport=(Overburden(Number(700.0, "P", "arXiv:2405.07321")),),
    regions=(
        recoils(
            "recoils",
            least=Number(10e-3, "A", "as arXiv:2104.13924"),
            most=Number(35e-3, "A", "as arXiv:2104.13924"),
            electrons=SCINTILLATOR,
            observed=Number(11973.0, "D", "what is expected"),
            background=Number(
                11973.0, "D", "neutral currents 723, boron-8 5066, beryllium-11 6184. Curves of arXiv:2104.13924"
            ),
            upper_count=Number(44.0, "D", "by their shapes: counting alone would give 140"),
            sphere=JUNO_SPHERE,
        ),
        double_hits("double-1MeV", Number(1e-3, "A", "of each hit"), JUNO_SPHERE, SCINTILLATOR),
        double_hits("double-0.1MeV", Number(1e-4, "A", "of each hit"), JUNO_SPHERE, SCINTILLATOR),
    ),
    data=False,
    alternatives=ALTERNATIVES,
)
ICECUBE_MCP = Experiment(
    "icecube-mcp",
    "IceCube, faint tracks in 10 years",
    ("arXiv:2411.00484",),
    exposure=Number(10.0, "A", "years"),
    productions=(ATMOSPHERE,),
    transport=(Overburden(Number(675.0, "D", "1948 m of ice, here of standard rock")),),
    regions=(
        SignalRegion(
            "tracks",
            (
                Channel(
                    "atmosphere",
                    (
                        FaintTracks(
                            area=Number(1e6, "D", "1 km3 between 1.45 and 2.45 km. arXiv:2411.00484"),
                            length=Number(1e3, "D", "1 km3 between 1.45 and 2.45 km. arXiv:2411.00484"),
                            density=0.918,
                            least=Number(25.0, "A", "a charge e/3 leaves as much, for which a trigger was made"),
                            width=Number(0.02, "A", "steep: nobody has measured a tail that a limit could hang on"),
                        ),
                    ),
                ),
            ),
            observed=Number(0.0, "A", "none, as expected"),
            background=Number(0.0, "A", "as if muons could be told apart"),
            published_upper_count=Number(2.44, "D", "Feldman and Cousins, nothing seen or expected"),
            signal_error=SIGNAL_ERROR,
            signal_nuisance=FLUX,
        ),
    ),
    data=False,
    alternatives=ALTERNATIVES,
)


def assumed(value: float) -> Number:
    """A number of a detector that is to be changed."""
    return Number(value, "A", "to be changed")


def detector(name: str, description: str, radius: float, density: float, electrons: float) -> Experiment:
    """A sphere 1 km deep and free of background, all of it to be changed: depth, exposure, least, most, radius, density."""
    sphere = (assumed(radius), assumed(density))
    regions = (
        recoils("recoils", assumed(10e-3), assumed(35e-3), electrons, NONE, NONE, NONE_SEEN, sphere=sphere),
        double_hits("double", assumed(1e-3), sphere, electrons),
    )
    depth = (Overburden(assumed(1000.0)),)
    return Experiment(
        name,
        description,
        ("arXiv:2104.13924",),
        assumed(1.0),
        (ATMOSPHERE,),
        regions,
        depth,
        data=False,
        alternatives=ALTERNATIVES,
    )


LIQUID_SCINTILLATOR = detector("liquid-scintillator", "1 kt yr of scintillator", 6.5, 0.86, assumed(0.56))
WATER_DETECTOR = detector("water", "1 kt yr of water", 6.2, 1.0, WATER)
