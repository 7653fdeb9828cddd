"""Tracks of a beam, and lists of particles, as sources."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump import LeptonBremsstrahlung, ParticleList, Primakoff
from jaxdump.flux import CLOSED
from jaxdump.matter.materials import LEAD
from jaxdump.sources.beam import Beam, Target, Tracks
from jaxdump.theories import LmuLtau, LmuLtauDark


@jax.jit
def above(tracks, energy):
    """Paths [m] above an energy: the sum over nodes, and what the table says."""
    return jnp.exp(tracks.nodes(energy, 16).log_total()), jnp.exp(tracks.log_above(energy))


@pytest.mark.parametrize("of", ["positron", "lepton"])
def test_positrons_of_a_beam_are_all_of_their_tracks(of):
    tracks = Tracks(Beam("positron", 100.0), Target(LEAD, 0.2, target="thick"), of)
    nodes, table = above(tracks, jnp.asarray(50.0))
    assert float(nodes) == pytest.approx(float(table), rel=1e-5)
    assert tracks.of_beam
    assert Tracks(Beam("electron", 100.0), tracks.target, "positron").log_above(50.0) is None


def muons(energy=(140, 160), weight=(0.3, 0.7), **more):
    return ParticleList(**{"of": "muon", "matter": LEAD, "length": 0.2} | more, energy=energy, weight=weight)


def test_a_list_counts_its_particles_above_an_energy(dtype):
    flux = muons(unit="spill").nodes(jnp.asarray(150.0, dtype), n=12)
    assert (flux.particle, flux.per, flux.energy.dtype) == ("muon", "spill", dtype)
    np.testing.assert_allclose(flux.log_weight, [CLOSED, np.log(0.7 * 0.2)], rtol=1e-6)


def test_a_program_may_hold_a_list_of_either_precision(dtype):
    radiation = LeptonBremsstrahlung("radiation", muons(), x_min=0.5)
    flux = jax.jit(radiation)(LmuLtauDark(jnp.asarray(0.1, dtype), jnp.asarray(1e-3, dtype)))  # a pair, of many masses
    assert flux.energy.dtype == flux.log_weight.dtype == dtype


def test_a_list_makes_what_each_of_its_particles_makes():
    runs = [muons(), muons([140], [0.3]), muons([160], [0.7])]
    least = (80 / 160, 80 / 140, 80 / 160)  # the same energy
    productions = [LeptonBremsstrahlung("", run, x_min=x) for run, x in zip(runs, least, strict=True)]
    both, *each = jnp.exp(jax.jit(lambda theory: jnp.stack([p(theory).log_total() for p in productions]))(LmuLtau(0.1, 1e-3)))
    np.testing.assert_allclose(both, sum(each), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: muons(of="pion"), "no particle 'pion': choose one of electron"),
        (lambda: muons(weight=[1, 2, 3]), r"energy and weight must be lists alike, not \(2,\) and \(3,\)"),
        (lambda: muons([0.1], [1.0]), "list of particles: energy must be finite and above 0.1056"),
        (lambda: Primakoff("fusion", muons(), 0.1), "fusion: the Primakoff process needs a source of photons, not of muons"),
        (lambda: LeptonBremsstrahlung("x", muons(of="photon"), 0.1), "x: photons radiate nothing: take a source of"),
    ],
)
def test_what_a_list_cannot_be_is_told(make, told):
    with pytest.raises(ValueError, match=told):
        make()
