"""Which productions make which theories, and fluxes that are joined or go through stages."""

import dataclasses

import jax.numpy as jnp
import pytest

from jaxdump.experiments import AT_GROUND, ATMOSPHERIC_DECAYS, E137, NA64E_2022
from jaxdump.flux import Flux
from jaxdump.theories import AlpPhoton, DarkPhoton, LmuLtau, Millicharge, ScalarMediator

CASES = {
    "radiation": (NA64E_2022.productions[0], DarkPhoton, LmuLtau),
    "annihilation": (NA64E_2022.productions[1], DarkPhoton, AlpPhoton),
    "photon fusion": (E137.productions[1], AlpPhoton, DarkPhoton),
    "pairs": (AT_GROUND.productions[0], Millicharge, AlpPhoton),
    "meson decays": (ATMOSPHERIC_DECAYS.productions[0], DarkPhoton, ScalarMediator),
    "photons in air": (ATMOSPHERIC_DECAYS.productions[1], AlpPhoton, LmuLtau),
}
"""A production, a theory that it makes, and one that it cannot make."""


@pytest.mark.parametrize("name", CASES)
def test_a_production_says_what_it_makes(name):
    production, made, not_made = CASES[name]
    assert production.makes(made(0.1, 1e-3))
    assert not production.makes(not_made(0.1, 1e-3))


def test_a_coupling_that_is_not_chosen_is_not_made():
    assert not NA64E_2022.makers(ScalarMediator(0.1, 1e-3, couples="muon"))
    assert [*NA64E_2022.makers(ScalarMediator(0.1, 1e-3, couples="mass-muon"))] == ["bremsstrahlung", "annihilation"]


def one(per="", particle=""):
    column = jnp.ones(1)
    return Flux(column, column, 0 * column, jnp.zeros(()), particle=particle, per=per)


def test_fluxes_of_other_units_or_particles_are_not_joined():
    assert Flux.of_all([one("lepton"), one("lepton")]).energy.size == 2
    with pytest.raises(ValueError, match="fluxes of particles per kt yr and particles per lepton are not one"):
        Flux.of_all([one("lepton"), one("kt yr")])
    with pytest.raises(ValueError, match="fluxes of chi per unit and muon per unit are not one"):
        Flux.of_all([one(particle="muon"), one(particle="chi")])


def test_particles_without_angles_fly_along_the_axis_beside_others():
    placed = dataclasses.replace(one(), angle=jnp.array([0.1]), position=jnp.array([3.0]))
    joined = Flux.of_all([placed, dataclasses.replace(placed, angle=None)])
    assert joined.angle.tolist() == [0.1, 0.0]
    assert joined.position.tolist() == [3.0, 3.0]
    assert Flux.of_all([placed, dataclasses.replace(placed, position=None)]).position is None


def test_a_stage_takes_weights_of_its_unit():
    assert one("m2 s").behind("DecayInSphere", "m2 s", "kt yr").per == "kt yr"
    with pytest.raises(ValueError, match="DecayInSphere takes a flux per m2 s, not one per lepton"):
        one("lepton").behind("DecayInSphere", "m2 s", "kt yr")
