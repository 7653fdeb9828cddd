"""Beams of one energy, and the targets that they cross or shower in."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import is_traced
from jaxdump.fields import Numbers, check_choices, choice, require
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.matter.materials import Material
from jaxdump.matter.particles import PARTICLES
from jaxdump.sources.base import AbstractSource, AbstractSpectrum
from jaxdump.sources.shower import Cascade
from jaxdump.typing import Scalar, Values

LEPTONS = ("electron", "positron", "muon")


class Beam(eqx.Module):
    """A beam of leptons of one energy; raises `ValueError` for an unknown lepton or an energy below its mass.

    >>> Beam("muon", energy=160.0).lepton_mass
    0.1056583755
    """

    lepton: str = eqx.field(static=True)
    """Name of the lepton, one of `LEPTONS`."""
    energy: Scalar
    """Energy of each lepton [GeV]."""

    def __check_init__(self):
        if self.lepton not in LEPTONS:
            raise ValueError(f"no lepton {self.lepton!r}: choose one of {', '.join(LEPTONS)}")
        require("beam", "energy", self.energy, self.lepton_mass, open_below=True)

    @property
    def lepton_mass(self) -> float:
        """Mass of the lepton [GeV]."""
        return PARTICLES[self.lepton].mass

    @property
    def kind(self) -> str:
        """Name of the lepton, or of that of the other charge, by which theories know it: "electron" or "muon"."""
        return "electron" if self.lepton == "positron" else self.lepton


class Target(eqx.Module):
    """A block of one material that the beam enters.

    >>> from jaxdump.matter.materials import LEAD
    >>> target = Target(LEAD, length=40 * LEAD.radiation_length, target="thick")
    >>> f"{target.cascade(Beam('electron', energy=100.0)).thickness:.1f} X0"
    '40.0 X0'
    """

    material: Material
    length: Scalar
    """Length of the target [m]."""
    target: str = choice("thin", "thick")
    """Kind of target. thin: leptons keep their energy, electrons for one radiation length at most. thick: electrons shower."""

    def __check_init__(self):
        require("target", "length", self.length, 0, open_below=True)
        check_choices("target", self)

    def cascade(self, beam: Beam) -> Cascade:
        """The shower of one electron of the beam."""
        if beam.lepton == "muon":
            raise ValueError("muons make no shower: take target=thin")
        return Cascade(self.length / self.material.radiation_length, beam.lepton)


class Tracks(AbstractSpectrum):
    """The paths in a target of the leptons of a beam, or of particles of the shower that they begin; per lepton of the beam.

    Raises `ValueError` for a shower of muons, which lose too little energy in any target, and for an unknown particle.

    >>> from jaxdump.matter.materials import LEAD
    >>> tracks = Tracks(Beam("muon", energy=160.0), Target(LEAD, length=0.2))
    >>> flux = tracks.nodes(jnp.array(80.0), n=12)
    >>> print(f"{flux.energy[0]:g} GeV on {jnp.exp(flux.log_total()):.1f} m")
    160 GeV on 0.2 m
    """

    beam: Beam
    target: Target
    of: str = eqx.field(static=True, default="lepton")
    """What crosses the target: "lepton", those of the beam and of both charges of its shower, "positron" or "photon"."""

    def __check_init__(self):
        if self.of not in ("lepton", "positron", "photon"):
            raise ValueError(f"no tracks of {self.of!r}: choose lepton, positron or photon")

    @property
    def particle(self) -> str:
        return self.beam.kind if self.of == "lepton" else self.of

    @property
    def per(self) -> str:
        return "lepton"

    @property
    def material(self) -> Material:
        return self.target.material

    @property
    def highest(self) -> Scalar:
        return self.beam.energy

    @property
    def empty(self) -> bool:
        """Whether there is no shower: a beam of one energy has no density that a resonance could ask for."""
        return self.target.target == "thin" and self.of != "lepton"

    @property
    def of_beam(self) -> bool:
        """Whether the leptons of the beam are among the particles: their density in a shower is singular at its energy."""
        return self.of in ("lepton", self.beam.lepton)

    def nodes(self, least: Scalar, n: int) -> Flux:
        """Paths above `least` [GeV]: in a thin target one node, of electrons for one radiation length at most."""
        if self.target.target == "thin":
            target, highest = self.target, jnp.asarray(self.highest, jnp.result_type(least))
            length = target.length if self.particle == "muon" else jnp.minimum(target.length, self.material.radiation_length)
            return self.flux(highest[None], jnp.log(jnp.asarray(length, highest.dtype))[None])
        if not self.of_beam:
            return super().nodes(least, n)
        share, radiation_lengths = self.target.cascade(self.beam).nodes(n, least / self.highest, self.of)
        return self.flux(share * self.highest, safe_log(radiation_lengths) + jnp.log(self.material.radiation_length))

    def log_density(self, energy: Values) -> Values:
        """Logarithm of dT/dE [m/GeV] at `energy` [GeV]; `CLOSED` in a thin target."""
        if self.target.target == "thin":
            return jnp.full_like(energy, CLOSED)
        log_lengths = self.target.cascade(self.beam).log_track_length(energy / self.highest, self.of)
        return log_lengths - jnp.log(energy) + jnp.log(self.material.radiation_length)

    def log_above(self, energy: Values) -> Values | None:
        """Logarithm of the path [m] above `energy` [GeV] of what the beam itself is a part of; None for secondaries."""
        if not self.of_beam or self.target.target == "thin":
            return None
        log_lengths = self.target.cascade(self.beam).log_cumulative(energy / self.highest, self.of)
        return log_lengths + jnp.log(self.material.radiation_length)


def rows(value: Any) -> Any:
    """A list or an array of numbers as `Numbers`, which a program of `jax.jit` may hold; what is traced as it is."""
    return value if is_traced(value) else Numbers(value)


class ParticleList(AbstractSource):
    """A list of particles, such as the muons of a simulated beam, each of which crosses `length` metres of a material.

    >>> from jaxdump.matter.materials import LEAD
    >>> muons = ParticleList("muon", LEAD, length=0.2, energy=[140.0, 160.0], weight=[0.3, 0.7])
    >>> f"{muons.highest:g} GeV"
    '160 GeV'
    """

    of: str = eqx.field(static=True)
    """What the particles are: "electron", "muon" or "photon"."""
    matter: Material
    """The material that they cross."""
    length: Scalar
    """Path of each particle in the material [m]."""
    energy: Float[Array, " n"] = eqx.field(converter=rows)
    """Energies [GeV]."""
    weight: Float[Array, " n"] = eqx.field(converter=rows)
    """Number of particles of each row per unit of exposure."""
    unit: str = eqx.field(static=True, default="lepton")
    """Unit of exposure."""

    def __check_init__(self):
        if self.of not in PARTICLES:
            raise ValueError(f"no particle {self.of!r}: choose one of {', '.join(PARTICLES)}")
        if jnp.shape(self.energy) != jnp.shape(self.weight) or jnp.ndim(self.energy) != 1:
            raise ValueError(
                f"energy and weight must be lists alike, not {jnp.shape(self.energy)} and {jnp.shape(self.weight)}"
            )
        if not jnp.size(self.energy):
            raise ValueError("a list of particles needs one or more")
        require("list of particles", "length", self.length, 0, open_below=True)
        require("list of particles", "energy", self.energy, PARTICLES[self.of].mass, open_below=True)
        require("list of particles", "weight", self.weight, 0)

    @property
    def particle(self) -> str:
        return self.of

    @property
    def material(self) -> Material:
        return self.matter

    @property
    def per(self) -> str:
        return self.unit

    @property
    def highest(self) -> Scalar:
        return jnp.max(self.energy) if is_traced(self.energy) else float(np.max(self.energy))

    def nodes(self, least: Scalar, n: int) -> Flux:
        """All particles, those below `least` [GeV] without weight; `n` is not used."""
        dtype = jnp.result_type(least)
        energy, weight, length = (jnp.asarray(value, dtype) for value in (self.energy, self.weight, self.length))
        log_path = jnp.where(energy > least, safe_log(weight) + jnp.log(length), CLOSED)
        return self.flux(energy, log_path)
