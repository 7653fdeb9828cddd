"""Decays at once: energies of the daughter by explicit boosts, and what detectors see of it by quadrature."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import MissingEnergy, VisibleDecay
from jaxdump.detection.prompt import PromptDecays
from jaxdump.experiments import NA64MU_2022
from jaxdump.flux import CLOSED, Flux
from jaxdump.theories import InelasticScalar, ScalarMediator, ScalarMuon
from jaxdump.units import PER_METRE_PER_GEV

VOLUME = DecayVolume(shield=2.0, decay_length=5.0)
STAGES = {"missing": MissingEnergy(VOLUME), "visible": VisibleDecay(VOLUME)}
ENERGIES = np.array([20.0, 90.0])


def flux_of(theory):
    mass = jnp.full(2, theory.mass)
    return Flux(jnp.asarray(ENERGIES), mass, jnp.zeros(2), jnp.zeros(()), angle=jnp.full(2, 1e-3), particle="phi")


@jax.jit
def seen(theory):
    """Logarithms of the probabilities for each particle, and the daughters."""
    return {name: stage(theory, flux_of(theory)).log_weight for name, stage in STAGES.items()}, PromptDecays()(
        theory, flux_of(theory)
    )


def ends(energy, mass, m2, m1):
    """Least and largest energy of a daughter, boosted along and against the flight of its parent."""
    own = (mass**2 + m2**2 - m1**2) / (2 * mass)
    momentum, gamma, b = np.sqrt(own**2 - m2**2), energy / mass, np.sqrt(1 - (mass / energy) ** 2)
    return gamma * (own - b * momentum), gamma * (own + b * momentum)


def test_daughters_have_the_energies_of_a_boost():
    theory = InelasticScalar(0.9, 1e-3, splitting=0.4)
    _, daughters = seen(theory)
    assert (daughters.particle, daughters.log_width) == ("chi2", None)
    np.testing.assert_allclose(daughters.mass, 0.42, rtol=1e-12)
    np.testing.assert_allclose(daughters.angle, 1e-3)
    weight, energy = (np.asarray(each).reshape(2, -1) for each in (np.exp(daughters.log_weight), daughters.energy))
    widths = theory.widths()
    np.testing.assert_allclose(weight.sum(axis=1), float(widths["chi1", "chi2"] / sum(widths.values())), rtol=1e-12)
    for parent, nodes, share in zip(ENERGIES, energy, weight, strict=True):
        low, high = ends(parent, 0.9, 0.42, 0.3)
        assert low < nodes.min() < nodes.max() < high
        moments = [np.average(nodes**k, weights=share) for k in (1, 2)]
        np.testing.assert_allclose(moments, [(low + high) / 2, (low**2 + low * high + high**2) / 3], rtol=1e-12)


@pytest.mark.parametrize("g", [3e-5, 3e-4, 1e-3, 2e-3])
def test_what_detectors_see_is_the_mean_over_energies(g):
    """Of decays in front of, in and behind a volume 2 to 7 m off; 1e-6 where not all but 1e-5 decay before."""
    theory = InelasticScalar(0.9, g, splitting=0.4, couples="electron")
    width = float(sum(theory.widths("chi2").values()))
    widths = theory.widths()
    branching = float(widths["chi1", "chi2"] / sum(widths.values()))
    logs, _ = seen(theory)
    for i, parent in enumerate(ENERGIES):
        low, high = ends(parent, 0.9, 0.42, 0.3)
        rate = lambda energy: width * PER_METRE_PER_GEV * 0.42 / np.sqrt(energy**2 - 0.42**2)
        chances = {"missing": lambda r: np.exp(-7 * r), "visible": lambda r: np.exp(-2 * r) - np.exp(-7 * r)}
        for name, chance in chances.items():
            wanted = quad(lambda e, of=chance, at=rate: of(at(e)), low, high, epsrel=1e-11)[0] / (high - low)
            if wanted > 1e-5:
                assert float(jnp.exp(logs[name][i])) == pytest.approx(branching * wanted, rel=1e-6), name


def test_a_stable_daughter_is_missing_energy():
    """With a splitting below 2 m_e, or without any: as a mediator with other dark matter of the same width."""
    for splitting in (0.0, 3e-3):
        logs, _ = seen(InelasticScalar(0.3, 1e-3, splitting=splitting))
        np.testing.assert_allclose(logs["missing"], 0.0, atol=1e-5)
        assert np.all(np.asarray(logs["visible"]) < CLOSED / 2)


def test_without_dark_decays_nothing_is_followed():
    logs, daughters = seen(InelasticScalar(0.3, 1e-3, alpha_D=0.0))
    assert np.all(np.asarray(daughters.log_weight) < CLOSED / 2)
    assert all(np.all(np.asarray(log) < CLOSED / 2) for log in logs.values())


def test_other_particles_stay_as_they_are():
    one = ScalarMuon(0.3, 1e-3)
    flux = dataclasses.replace(flux_of(one), particle="X")
    assert PromptDecays()(one, flux) is flux
    chi2 = dataclasses.replace(flux, particle="chi2")
    assert PromptDecays()(InelasticScalar(0.3, 1e-3), chi2) is chi2
    assert (PromptDecays().log_scale(one), PromptDecays().log_scale(InelasticScalar(0.3, 1e-3))) == (0.0, None)


def test_efficiency_is_that_of_the_mediator():
    """The invisible region of NA64mu at a stable chi_2 is that of the mediator itself."""
    events = jax.jit(lambda theory: NA64MU_2022.log_signal(theory)[0])
    inelastic = events(InelasticScalar(0.1, 1e-3, splitting=1e-3))
    assert float(inelastic) == pytest.approx(float(events(ScalarMediator(0.1, 1e-3, couples="mass-muon"))), abs=1e-4)
