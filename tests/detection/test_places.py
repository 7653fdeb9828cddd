"""Places of decay, particles that are thinned, and the probability to decay there."""

import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump import Channel, Experiment, Flux, SignalRegion
from jaxdump.detection.aperture import Aperture
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.detection.places import DecayPlaces, DecayThere, Thinned
from jaxdump.flux import CLOSED
from jaxdump.inference.signals import Signals
from jaxdump.matter.materials import LEAD
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.sources.beam import ParticleList
from jaxdump.stage import AbstractStage
from jaxdump.testing import Plan, check_stage
from jaxdump.theories import AlpPhoton, ScalarMuon

VOLUME = DecayVolume(shield=50.0, decay_length=50.0)
WIDE = Aperture(radius=1e9, distance=110.0, daughters=("photon", "photon"))
RANDOM = np.random.default_rng(1)
LIST = Flux(
    energy=np.geomspace(10.0, 200.0, 40),
    mass=np.full(40, 0.01),
    log_weight=np.where(np.arange(40) % 7 == 3, CLOSED, RANDOM.normal(size=40)),
    log_scale=np.zeros(()),
    angle=np.zeros(40),
    position=RANDOM.uniform(50.0, 100.0, 40),
)
CHECKED = {
    "places": (DecayPlaces(VOLUME, 4), dataclasses.replace(LIST, position=None)),
    "thinned": (Thinned(energies=6, places=3), dataclasses.replace(LIST, angle=None)),
    "there": (DecayThere(), LIST),
}


def flux_of(theory):
    energy = jnp.geomspace(20.0, 200.0, 5, dtype=jnp.result_type(theory.mass))
    return Flux(energy, jnp.full_like(energy, theory.mass), 0 * energy, jnp.zeros_like(theory.mass), 0 * energy)


@jax.jit
def both_ways(couplings):
    """(n, 2) log events by places, with an aperture that all pass, and by the whole volume at once."""

    def one(g):
        theory = AlpPhoton(0.01, g)
        flux = flux_of(theory)
        whole = VisibleDecay(VOLUME)(theory, flux).log_total()
        for stage in (DecayPlaces(VOLUME, 16), WIDE, DecayThere()):
            flux = stage(theory, flux)
        return jnp.stack([flux.log_total(), whole])

    return jax.lax.map(one, couplings)


def test_places_add_up_to_the_whole_volume():
    """From long lifetimes to those that leave nothing: 35 decay lengths of the volume at 20 GeV."""
    rate = 1e-8**2 * 0.01**4 / (64 * np.pi * 20 * 1.973269804e-16)
    couplings = 1e-8 * np.sqrt(np.array([1e-3, 1.0, 10.0, 35.0]) / (rate * 50))
    places, whole = both_ways(couplings).T
    np.testing.assert_allclose(places, whole, rtol=0, atol=1e-6)


def test_thinned_particles_keep_number_and_means():
    thin = jax.jit(lambda flux: flux.thinned(6, 3))(jax.tree.map(jnp.asarray, LIST))
    assert thin.energy.shape == thin.position.shape == (18,)
    means = []
    for flux in (LIST, thin):
        weight = np.exp(np.asarray(flux.log_weight))
        means.append([np.sum(weight), *(np.average(v, weights=weight) for v in (np.log(flux.energy), flux.position))])
    np.testing.assert_allclose(means[1], means[0], rtol=1e-12)
    assert thin.angle is None
    assert (thin.energy[0], thin.energy[-1]) == pytest.approx((10.0, 200.0))  # neither end is a particle without weight


def test_thinned_particles_keep_their_places_and_their_events():
    @jax.jit
    def events(couplings):
        theory = AlpPhoton(0.01, 1e-6)
        flux = DecayPlaces(VOLUME, 6)(theory, flux_of(theory))
        thin = flux.thinned(48, 6)
        at = lambda flux, g: DecayThere()(AlpPhoton(0.01, g), flux).log_total()
        return flux.position[:6], thin.position[:6], jax.lax.map(lambda g: jnp.stack([at(flux, g), at(thin, g)]), couplings)

    places, kept, logs = events(jnp.array([1e-8, 3e-5, 1e-4]))
    np.testing.assert_allclose(kept, places, rtol=1e-13)
    assert logs[-1, 0] > -30
    np.testing.assert_allclose(logs[:, 1], logs[:, 0], atol=0.01)


def test_thinned_particles_have_the_slopes_of_all():
    """In ln(energy) and place, of a mean to which every particle adds in proportion: that of the list itself."""

    def mean(flux, energy, place):
        flux = dataclasses.replace(flux, energy=flux.energy * energy, position=flux.position + place)
        thin = flux.thinned(6, 3)
        weight = jnp.exp(thin.log_weight)
        return jnp.stack([jnp.sum(weight * jnp.log(thin.energy)), jnp.sum(weight * thin.position)]) / jnp.sum(weight)

    slopes = jax.jit(jax.jacrev(mean, argnums=(1, 2)))(jax.tree.map(jnp.asarray, LIST), 1.0, 0.0)
    np.testing.assert_allclose(np.array(slopes).T, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("name", CHECKED)
def test_each_holds_what_a_stage_must(name):
    points = ((0.02, 1e-4), (0.3, 1e-5))
    plan = Plan(masses=(1e-5, 0.01, 1.0), couplings=(1e-9, 1e-4, 1e3), points=points, eager=name == "there")
    check_stage(CHECKED[name][0], AlpPhoton, CHECKED[name][1], plan)


class Counted(AbstractStage):
    """Leaves a flux as it is, and counts how often it is traced."""

    calls: list = eqx.field(static=True)
    """In which a number is changed, since a static field is compared."""

    def log_scale(self, theory):
        return 0.0

    def __call__(self, theory, flux):
        self.calls[0] += 1
        return flux


class Calls(list):
    """A list that is a key."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def dump(calls):
    muons = ParticleList("muon", LEAD, 1.5, np.array([20.0, 50.0, 100.0]), np.array([1.0, 0.1, 0.01]), unit="proton")
    aperture = Aperture(radius=2.5, distance=110.0, daughters=("photon", "photon"))
    stages = DecayPlaces(VOLUME, 4), aperture, Counted(calls), Thinned(energies=8, places=4), DecayThere(seen="photon")
    region = SignalRegion("photons", (Channel("radiation", stages),), observed=0.0, background=0.0, published_upper_count=2.3)
    production = LeptonBremsstrahlung("radiation", muons, x_min=0.1, n_x=4, n_angle=4)
    return Experiment("dump", "", (), 1e18, (production,), (region,))


def test_what_is_held_is_not_done_again():
    calls = Calls([0])
    experiment = dump(calls)
    ready = jax.jit(lambda mass: experiment.held(ScalarMuon(mass, 1.0)))(0.1)
    assert calls[0] == 1
    assert [production.flux.energy.size for production in ready.productions] == [32]
    log_signal = jax.jit(lambda ready, theory: ready.log_signal(theory))
    got = [log_signal(ready, ScalarMuon(0.1, g))[0] for g in (1e-4, 1e-3)]
    assert calls[0] == 1
    wanted = jax.jit(lambda couplings: jax.lax.map(lambda g: experiment.log_signal(ScalarMuon(0.1, g))[0], couplings))
    np.testing.assert_allclose(got, wanted(jnp.array([1e-4, 1e-3])), rtol=1e-12)
    calls[0] = 0
    signals, xs = Signals.of(experiment, ScalarMuon), np.log([0.05, 0.1])
    plane = [signals.plane(xs, np.log(couplings))[1, 0, 0] for couplings in ([1e-4, 1e-2], [1e-3])]
    np.testing.assert_allclose(plane, got, rtol=1e-12)
    assert calls[0] == 1


def test_wrong_arguments_are_told():
    flux = partial(Flux, jnp.ones(1), jnp.ones(1), jnp.zeros(1), jnp.zeros(()))
    with pytest.raises(ValueError, match=r"DecayThere needs places of decay, .*: put DecayPlaces before it"):
        DecayThere()(AlpPhoton(1.0, 1.0), flux())
    with pytest.raises(ValueError, match="has places of decay already: take DecayPlaces once"):
        DecayPlaces(VOLUME)(AlpPhoton(1.0, 1.0), flux(position=jnp.ones(1)))
    with pytest.raises(ValueError, match="Thinned: energies must be a whole number of 2 or more, not 1"):
        Thinned(energies=1)
    with pytest.raises(ValueError, match="decay there: no seen 'ghost': choose some of all"):
        DecayThere(seen="ghost")
