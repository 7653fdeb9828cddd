"""The particles of the standard model that decays lead to: their masses, and whether a calorimeter sees them."""

from typing import NamedTuple

from jaxdump.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS


class Particle(NamedTuple):
    """A particle, or a kind of final state, in which the number of particles is left open."""

    mass: float
    """Mass [GeV]; the least one for hadrons."""
    visible: bool = True
    """Whether it leaves energy in a calorimeter."""


PARTICLES = {
    "electron": Particle(ELECTRON_MASS),
    "positron": Particle(ELECTRON_MASS),
    "muon": Particle(MUON_MASS),
    "tau": Particle(TAU_MASS),
    "photon": Particle(0.0),
    "neutrino": Particle(0.0, visible=False),
    "hadrons": Particle(0.1349768),
}
"""Particles by name; "hadrons" are all final states of quarks together. Masses: PDG 2022."""
