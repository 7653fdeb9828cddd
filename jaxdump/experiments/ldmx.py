"""LDMX: electrons of a few GeV on a thin foil, their momentum measured before and behind it. Projections.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import MissingEnergy
from jaxdump.experiment import Experiment
from jaxdump.fields import Number
from jaxdump.matter.materials import ALUMINIUM, TUNGSTEN
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.leptons.photoproduction import MesonPhotoproduction
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.sources.radiated_photons import RadiatedPhotons
from jaxdump.stage import Channel

GEOMETRY = "ldmx-det-v14-8gev of LDMX-Software/ldmx-sw"
BEAM_8GEV = Beam("electron", energy=Number(8.0, "P", "arXiv:2508.11833"))
FOIL = Target(TUNGSTEN, Number(0.3504e-3, "P", f"0.1 radiation lengths. {GEOMETRY}"), target="thick")
DETECTOR = DecayVolume(shield=0.0, decay_length=Number(5.0, "D", "the hadron calorimeter is 4.7 m long"))
REFERENCES = ("arXiv:1808.05219", "arXiv:2308.15173", "arXiv:2508.11833", "arXiv:2112.02104")


def ldmx(
    name: str, description: str, exposure: float, beam: Beam, target: Target, x_min: float, ratios: str, background: float
) -> Experiment:
    """A projection; they differ in exposure, beam, target. Photons of the target make mesons in a calorimeter of tungsten."""
    invisible = SignalRegion(
        "invisible",
        channels=(
            Channel("bremsstrahlung", (MissingEnergy(DETECTOR),)),
            Channel("mesons", ()),  # all of their energy is missing
        ),
        observed=Number(0.0, "A", "none, as expected"),
        background=background,
        published_upper_count=NONE_SEEN,
    )
    productions = (
        LeptonBremsstrahlung("bremsstrahlung", Tracks(beam, target), x_min, method="ww-corrected", ratios=ratios, n_x=24),
        MesonPhotoproduction("mesons", RadiatedPhotons(beam, target, TUNGSTEN), x_min),
    )
    return Experiment(name, description, REFERENCES, exposure, productions, (invisible,), data=False)


# targets are thick, because electrons lose energy before they emit: of 0.4 radiation lengths that leaves three quarters of the
# yield of a thin target, which the benchmark takes
LDMX_1E15 = ldmx(
    "ldmx-1e15",
    "LDMX, 1e15 electrons",
    exposure=Number(1e15, "A", "a goal"),
    beam=Beam("electron", energy=Number(16.0, "A", "of the benchmark; the plan is 8 GeV. arXiv:2508.11833")),
    target=Target(
        ALUMINIUM,
        Number(0.4 * ALUMINIUM.radiation_length, "A", "of the benchmark; the plan is 0.1 radiation lengths. arXiv:2508.11833"),
        target="thick",
    ),
    x_min=Number(0.7, "A", "of the benchmark"),
    ratios="ldmx",
    background=Number(0.0, "A", "rejected for at least 2e14 electrons of 8 GeV. arXiv:2308.15173"),
)
LDMX_2E16_8GEV = ldmx(
    "ldmx-2e16-8gev",
    "LDMX, 2e16 electrons of 8 GeV",
    exposure=Number(2e16, "P", "the goal of arXiv:2505.04295"),
    beam=BEAM_8GEV,
    target=FOIL,
    x_min=Number(0.7, "A", "as of the benchmark of 16 GeV"),
    ratios="ldmx-8gev",
    background=Number(0.0, "A", "as if rejected at 100 times the 2e14 electrons of arXiv:2308.15173"),
)
