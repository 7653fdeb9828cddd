"""Dark photons and axions of the atmosphere against formulas, scipy and drawn decays, and over the whole plane."""

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.integrate import quad
from slopes import values_and_slopes

from jaxdump.experiments.atmospheric_decays import ATMOSPHERIC_DECAYS
from jaxdump.flux import CLOSED
from jaxdump.matter.materials import AIR
from jaxdump.matter.mesons import MESONS
from jaxdump.production.hadrons.meson_decays import MesonDecays
from jaxdump.production.leptons.primakoff import primakoff_cross_section
from jaxdump.sources.in_flight import meson_density, parent_flux
from jaxdump.sources.photons_in_air import LOST, decay_photons
from jaxdump.theories import AlpPhoton, DarkPhoton, LmuLtau
from jaxdump.theories.decays import dalitz_decay, omega_to_pion

TO_PHOTONS = {"pi0": 0.98823, "eta": 0.3936, "etap": 0.02307}
PLANE = np.array([axis.ravel() for axis in np.meshgrid(np.geomspace(1e-5, 100, 12), np.geomspace(1e-12, 1e3, 11))])
SENSIBLE = np.array([(2e-3, 1e-6), (0.02, 2e-7), (0.2, 1e-8)]).T
MOVED = oracles.moved(SENSIBLE)
SINGLE = {"weak": (2e-3, 1e-12), "drawn": (0.01, 2e-7), "ready": (0.02, 1e-5), "heavy": (1.0, 1e-6)}
THEORIES = {"dark-photon": functools.partial(DarkPhoton, alpha_D=0.0), "alp-photon": AlpPhoton}
HADRONS = ATMOSPHERIC_DECAYS.productions[0].hadrons
every_theory = pytest.mark.parametrize("theory", THEORIES)


def dark_photon_decays(mass, transition="pole"):
    """Decays of all mesons to a dark photon of eps = 1."""
    return MesonDecays("", HADRONS, transition=transition).decays(DarkPhoton(mass, jnp.ones_like(mass)))


def axions_per_photon(mass, energy):
    """Axions that a photon turns into, for g = 1 GeV^-1, on its path in air."""
    return primakoff_cross_section(mass, energy, AIR) * AIR.nuclei_per_pb() * AIR.radiation_length / LOST


decays = jax.jit(dark_photon_decays, static_argnums=1)
turned = jax.jit(axions_per_photon)


def number(parent: str, mass: float, transition: str = "pole") -> float:
    """Dark photons per decay and eps^2, as published: a meson that is a point, times its form factor unless it is `point`."""
    if parent == "omega":
        big, pion = MESONS["omega"].mass, MESONS["pi0"].mass
        momentum = np.sqrt((big**2 - (mass + pion) ** 2) * (big**2 - (mass - pion) ** 2)) / (2 * big)
        return 0.0833 * (momentum / ((big**2 - pion**2) / (2 * big))) ** 3 / (1 - (mass / 0.67) ** 2) ** 2
    pole, width = {"pi0": (0.1349768 / 0.0332**0.5, 0.0), "eta": (0.731, 0.0), "etap": (0.79, 0.13)}[parent]
    resonance = pole**2 * (pole**2 + width**2) / ((pole**2 - mass**2) ** 2 + (pole * width) ** 2)
    return 2 * TO_PHOTONS[parent] * (1 - (mass / MESONS[parent].mass) ** 2) ** 3 * (resonance if transition == "pole" else 1.0)


def at_rest(parent: str, mass: float) -> float:
    """Energy [GeV] of a dark photon of a meson at rest."""
    recoil = MESONS["pi0"].mass if parent == "omega" else 0.0
    big = MESONS[parent].mass
    return (big**2 + mass**2 - recoil**2) / (2 * big)


def most(parent: str) -> float:
    """Largest mass [GeV] of a dark photon."""
    return MESONS[parent].mass - (MESONS["pi0"].mass if parent == "omega" else 0.0)


def spectrum(energy):
    """A flux of mesons with a maximum."""
    return energy * (energy + 0.7) ** -3.7


def log_spectrum(energy):
    return jnp.log(energy) - 3.7 * jnp.log(energy + 0.7)


def in_flight(big: float, own: float, mass: float, energy: float) -> float:
    """Flux of a daughter of energy `own` at rest per meson of `spectrum`: mesons whose boost reaches `energy`."""
    momentum, own_momentum = np.sqrt(energy**2 - mass**2), np.sqrt(own**2 - mass**2)
    if mass > 0:
        gamma = [(energy * own + sign * momentum * own_momentum) / mass**2 for sign in (-1, 1)]
    else:
        gamma = [(energy / own + own / energy) / 2, np.inf]
    low, high = (np.arccosh(value) for value in gamma)
    inside = lambda rapidity: spectrum(big * np.cosh(rapidity)) * big / (2 * own_momentum)
    return quad(inside, low, min(high, low + 25), epsabs=0, epsrel=1e-11, limit=400)[0]


@pytest.mark.parametrize("parent", ["pi0", "eta", "etap", "omega"])
def test_branching_ratios_and_energies(parent, dtype):
    for share, transition in itertools.product((0.01, 0.3, 0.8, 0.97), ("pole", "point")):
        mass = share * most(parent)
        decay = decays(jnp.asarray(mass, dtype), transition)[parent]
        assert decay.number.dtype == decay.rapidity.dtype == dtype
        rel = (1e-6 if dtype == np.float32 else 1e-12) / (1 - share)
        assert float(decay.number[0]) == pytest.approx(number(parent, mass, transition), rel=3 * rel)
        assert float(decay.rapidity[0]) == pytest.approx(np.arccosh(at_rest(parent, mass) / mass), rel=rel)


def test_no_decay_to_what_is_too_heavy(dtype):
    slopes = jax.jit(lambda mass: [jax.jacfwd(dark_photon_decays)(mass, word) for word in ("pole", "point")])
    for mass in (0.66, 0.67, 0.95, 0.958, 1.0, 100.0):
        made, (with_pole, slope) = decays(jnp.asarray(mass, dtype)), slopes(jnp.asarray(mass, dtype))
        assert np.all(np.isfinite([*jax.tree.leaves(made), *jax.tree.leaves(with_pole), *jax.tree.leaves(slope)]))
        for parent in made:
            assert (float(made[parent].number[0]) > 0) == (mass < most(parent))
            assert slope[parent].number[0] <= 0
            assert mass < most(parent) or with_pole[parent].number[0] == 0


@pytest.mark.parametrize("parent", ["pi0", "eta", "omega"])
def test_pairs_are_those_of_dark_photons_of_every_mass(parent):
    """A Dalitz decay is one to a photon of mass q, times (alpha / 3 pi) (1 + 2 x) sqrt(1 - 4 x) dq^2 / q^2, x = m^2 / q^2."""
    mass = 0.02
    x = lambda log_q: (mass / np.exp(log_q)) ** 2
    leptons = lambda log_q: oracles.ALPHA / (3 * np.pi) * (1 + 2 * x(log_q)) * np.sqrt(1 - 4 * x(log_q)) * 2
    made = lambda log_q: leptons(log_q) * number(parent, np.exp(log_q))
    pairs, _ = quad(made, np.log(2 * mass), np.log(most(parent)), epsrel=1e-9, limit=200)
    decay = omega_to_pion if parent == "omega" else lambda m: dalitz_decay(MESONS[parent], m)
    stored = jax.jit(lambda m: jnp.sum(decay(m).number))(jnp.asarray(mass))
    assert float(stored) == pytest.approx(2 * pairs, rel=1e-4 if parent == "omega" else 1e-6)


@pytest.mark.parametrize("parent", ["pi0", "omega"])
def test_flux_in_flight_equals_quadrature(parent):
    mass, big = 0.05, MESONS[parent].mass
    energies = np.array([0.06, 0.2, 1.0, 30.0, 3e3])
    flux = jax.jit(
        lambda m, y: parent_flux(big, log_spectrum, m, 768).daughters(dark_photon_decays(m)[parent], m, y),
    )(jnp.asarray(mass), jnp.asarray(np.arccosh(energies / mass)))
    wanted = [number(parent, mass) * in_flight(big, at_rest(parent, mass), mass, energy) for energy in energies]
    np.testing.assert_allclose(flux, wanted, rtol=2e-6)


def test_photons_in_flight_equal_quadrature():
    energies = np.array([1e-3, 0.02, 0.0674, 0.5, 20.0, 3e3])
    like, big = jnp.asarray(1.0), MESONS["pi0"].mass
    flux = jax.jit(lambda e: decay_photons(parent_flux(big, log_spectrum, like, 768), 0.98823, e))(jnp.asarray(energies))
    wanted = [2 * 0.98823 * in_flight(big, big / 2, 0.0, energy) for energy in energies]
    np.testing.assert_allclose(flux, wanted, rtol=2e-6)


def test_axions_per_photon_equal_quadrature(dtype):
    """Primakoff in air over pairs, with A = 14.55 and Z = 7.26, in cm2."""
    t_a, t_d = (oracles.M_E * 7.26 ** (1 / 3) / 111) ** 2, 0.164 * 14.55 ** (-2 / 3)
    charge = lambda t: 7.26 * t / (t + t_a) / (1 + t / t_d)
    pairs = 7 / 9 * 14.55 / (36.62 * 6.02214076e23)
    for mass, energy in ((1e-3, 0.05), (0.02, 1.0), (0.1, 0.2), (0.5, 100.0)):
        t_min = (mass**2 / (2 * energy)) ** 2
        inside = lambda log_t, t_min=t_min: (1 - t_min / np.exp(log_t)) * charge(np.exp(log_t)) ** 2
        ends = sorted({t_min, *(t for t in (t_a, t_d) if t_min < t < 4 * energy**2), 4 * energy**2})
        flux = sum(quad(inside, *np.log(pair), epsrel=1e-10)[0] for pair in itertools.pairwise(ends))
        wanted = oracles.ALPHA / 8 * flux * oracles.PB * 1e-36 / pairs
        got = turned(jnp.asarray(mass, dtype), jnp.asarray(energy, dtype))
        assert got.dtype == dtype
        assert float(got) == pytest.approx(wanted, rel=5e-5)  # the radiation length in m has four digits
    assert float(turned(jnp.asarray(0.2, dtype), jnp.asarray(0.1, dtype))) == 0.0


@functools.cache
def density(parent):
    """Flux of a meson [1/(m2 s sr GeV)] at an energy [GeV], by the table of yields."""
    above = lambda: HADRONS.log_flux_above([parent], np.dtype("float64"))[0]
    log_density = jax.jit(lambda energy: meson_density(above(), MESONS[parent].mass)(energy))
    return lambda energy: np.exp(np.asarray(log_density(jnp.asarray(energy))))


def log_nodes(low, high, n=4000):
    """Many nodes even in the logarithm, and weights of the trapezoidal rule in it."""
    log_x, step = np.linspace(np.log(low), np.log(high), n, retstep=True)
    return np.exp(log_x), step * np.where((log_x == log_x[0]) | (log_x == log_x[-1]), 0.5, 1.0) * np.exp(log_x)


def kinetic_nodes(parent):
    """Energies [GeV] and weights for integrals over a flux of mesons."""
    kinetic, weight = log_nodes(1e-9, 1e7)
    return MESONS[parent].mass + kinetic, weight


@jax.jit
def source(theory, least):
    """The flux of the demonstration with another least energy."""
    (production,) = ATMOSPHERIC_DECAYS.makers(theory).values()
    if isinstance(production, MesonDecays):
        return dataclasses.replace(production, least_energy=least)(theory)
    return dataclasses.replace(production, source=dataclasses.replace(production.source, least_energy=least))(theory)


@pytest.mark.parametrize("mass", [1e-3, 0.1, 0.5, 0.9])
def test_every_decay_makes_its_dark_photons(mass):
    wanted = 0.0
    for parent in (name for name in (*TO_PHOTONS, "omega") if mass < most(name)):
        energy, weight = kinetic_nodes(parent)
        wanted += number(parent, mass) * np.sum(weight * density(parent)(energy))
    assert float(source(THEORIES["dark-photon"](mass, 1.0), 0.0).log_total()) == pytest.approx(np.log(wanted), abs=3e-4)


def test_every_photon_makes_its_axions():
    """Photons of a meson of energy E and momentum p are even in energy between (E - p) / 2 and (E + p) / 2."""
    mass, wanted = 0.01, 0.0
    photons, _ = log_nodes(mass * (1 + 1e-9), 1e7)
    per_photon = np.asarray(turned(jnp.asarray(mass), jnp.asarray(photons)))
    below = np.concatenate([[0.0], np.cumsum(np.diff(photons) * (per_photon[1:] + per_photon[:-1]) / 2)])
    for parent in ("pi0", "eta"):
        energy, weight = kinetic_nodes(parent)
        momentum = np.sqrt((energy - MESONS[parent].mass) * (energy + MESONS[parent].mass))
        low, high = ((MESONS[parent].mass ** 2 / (energy + momentum)) / 2, (energy + momentum) / 2)
        axions = np.interp(high, photons, below) - np.interp(low, photons, below)
        wanted += 2 * TO_PHOTONS[parent] * np.sum(weight * density(parent)(energy) * axions / momentum)
    assert float(source(AlpPhoton(mass, 1.0), 0.0).log_total()) == pytest.approx(np.log(wanted), abs=3e-4)


@functools.cache
def events(theory):
    """log of the events of the demonstration against mass and coupling."""
    return lambda mass, coupling: ATMOSPHERIC_DECAYS.log_signal(THEORIES[theory](mass, coupling))[0]


@functools.cache
def evaluated(theory, dtype="float64"):
    """The events and their slopes in mass and coupling, at all points of the tests below."""
    parts = {"plane": PLANE, "sensible": SENSIBLE, "moved": MOVED} | {k: np.array([v]).T for k, v in SINGLE.items()}
    values, slopes = values_and_slopes(events(theory), *np.concatenate([*parts.values()], axis=1), dtype=dtype)
    ends = np.cumsum([part.shape[1] for part in parts.values()])[:-1]
    return dict(zip(parts, zip(np.split(values, ends), np.split(slopes, ends, axis=1), strict=True), strict=True))


def log_events(theory, point):
    """At one of the `SINGLE` points."""
    return evaluated(theory)[point][0][0]


@every_theory
def test_finite_over_the_plane_and_alike_in_both_precisions(theory):
    (single, slopes), (double, _) = (evaluated(theory, dtype)["plane"] for dtype in ("float32", "float64"))
    assert single.dtype == np.float32
    assert np.all(np.isfinite(single))
    assert np.all(np.isfinite(slopes))
    seen = double > -40
    assert seen.sum() > 10
    np.testing.assert_allclose(single[seen], double[seen], atol=2e-4)
    near = double > -10
    np.testing.assert_allclose(single[near], double[near], atol=2e-5)


@every_theory
def test_gradients_equal_finite_differences(theory):
    _, slopes = evaluated(theory)["sensible"]
    wanted = oracles.log_slopes(evaluated(theory)["moved"][0], SENSIBLE.shape[1])
    np.testing.assert_allclose(slopes * SENSIBLE, wanted, rtol=1e-6, atol=1e-12)


@every_theory
def test_long_lived_particles_grow_as_the_fourth_power(theory):
    assert evaluated(theory)["weak"][1][1, 0] * 1e-12 == pytest.approx(4.0, rel=1e-5)


def test_events_equal_drawn_decays():
    """Particles on their way through places in the detector and from all sides, drawn evenly: each decays there at its rate."""
    theory = THEORIES["dark-photon"](*SINGLE["drawn"])
    flux = source(theory, 0.03)
    rate = theory.log_decay_rate(flux.energy, flux.mass)
    density, rate = np.exp(np.asarray(flux.log_weight) + float(flux.log_scale)), np.exp(np.asarray(rate))
    generator = np.random.default_rng(2)
    drawn = generator.choice(rate.size, 1_000_000, p=density / density.sum())
    radius = 17.5 * generator.uniform(size=drawn.size) ** (1 / 3)
    up, cosine = generator.uniform(-1, 1, (2, drawn.size))
    own = 6.371e6 - 1019 + radius * up
    path = np.sqrt((6.371e6 + 15e3) ** 2 - own**2 * (1 - cosine**2)) - own * cosine
    decaying = density.sum() * 4 * np.pi * rate[drawn] * np.exp(-rate[drawn] * path)
    cubic_metres_and_seconds = 22.5 * 2853 / 365.25 * 1e3 * 365.25 * 86400
    got, error = np.mean(decaying) * cubic_metres_and_seconds, np.std(decaying) / np.mean(decaying) / np.sqrt(drawn.size)
    assert error < 0.01
    assert log_events("dark-photon", "drawn") == pytest.approx(np.log(got), abs=4 * error)


def test_only_energies_above_the_least_count():
    theory = AlpPhoton(0.02, 1.0)
    some, every = source(theory, 2.0), source(theory, 0.0)
    assert float(some.energy.min()) >= 2.0
    above = np.asarray(every.energy) > 2.0
    rough = np.exp(np.asarray(every.log_weight))[above].sum()
    assert float(some.log_total()) == pytest.approx(np.log(rough), abs=0.3)
    assert np.all(np.diff(np.asarray(some.energy)) >= 0)


def test_at_a_mass_it_answers_for_every_coupling_and_not_for_every_theory():
    theory = AlpPhoton(*SINGLE["ready"])
    signal = jax.jit(lambda experiment, theory: experiment.log_signal(theory)[0])
    ready = jax.jit(ATMOSPHERIC_DECAYS.held)(theory)
    assert float(signal(ready, theory)) == pytest.approx(log_events("alp-photon", "ready"), rel=1e-12)
    assert float(signal(ATMOSPHERIC_DECAYS, LmuLtau(0.3, 1e-3))) < CLOSED / 2
    assert log_events("dark-photon", "heavy") < CLOSED / 2


def test_wrong_use_is_told():
    with pytest.raises(ValueError, match="least_energy must be at least 0"):
        dataclasses.replace(ATMOSPHERIC_DECAYS.productions[0], least_energy=-1.0)
