import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

from jaxdump.detection.calorimeter import LayeredTarget
from jaxdump.detection.decay import MissingEnergy, VisibleDecay
from jaxdump.flux import CLOSED, Flux
from jaxdump.theories import AlpMuon, AlpPhoton, DarkPhoton, LmuLtau, LmuLtauDark

DETECTOR = LayeredTarget(135.0, 0.3e-2, 10.0, 1.0)
INSIDE, BEYOND = DETECTOR.log_decay_inside, DETECTOR.log_decay_beyond
EACH = [(jax.jit(probability), jax.jit(jax.value_and_grad(probability))) for probability in (INSIDE, BEYOND)]
"""Probabilities, and with their slopes."""
LENGTHS = np.geomspace(1e-4, 1e6, 41)


def brute_force(length: float, exit_length: float, skip: float) -> tuple[float, float]:
    """Mean visible and invisible probability, layer by layer, for a decay `length` [m]."""
    paths = [(i + skip) * 0.3e-2 for i in range(135)]
    reach = np.mean([np.exp(-path / length) for path in paths])
    return reach * -np.expm1(-exit_length / length), reach * np.exp(-exit_length / length)


@pytest.mark.parametrize("skip", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("exit_length", [5.0, 10.0, 20.0])
def test_probabilities_equal_the_sum_over_layers(skip, exit_length, dtype):
    detector = LayeredTarget(135.0, 0.3e-2, exit_length, skip)
    rates = jnp.asarray(-np.log(LENGTHS), dtype=dtype)
    visible, invisible = np.array([brute_force(length, exit_length, skip) for length in LENGTHS]).T
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    for got, wanted in ((detector.log_decay_inside(rates), visible), (detector.log_decay_beyond(rates), invisible)):
        seen = wanted > 1e-30
        np.testing.assert_allclose(np.exp(np.asarray(got, dtype=float))[seen], wanted[seen], rtol=tolerance)


def test_reference_table(reference):
    for row in reference["decay_prob"]:
        literal, skipping = (LayeredTarget(135.0, 0.3e-2, row["L_cm"] / 100, skip) for skip in (0.0, 1.0))
        rate = jnp.log(jnp.float64(100 / row["l_cm"]))
        assert float(jnp.exp(literal.log_decay_inside(rate))) == pytest.approx(row["P_vis"], rel=1e-10)
        assert float(jnp.exp(skipping.log_decay_inside(rate))) == pytest.approx(row["P_vis_skip1"], rel=1e-10)
        assert float(jnp.exp(literal.log_decay_beyond(rate))) == pytest.approx(row["P_inv"], rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("log_rate", [CLOSED, -90.0, -46.0, -8.0, 2.8, 18.0, 57.0])
def test_finite_with_finite_gradient_for_any_rate(log_rate, dtype):
    for _, slopes in EACH:
        value, slope = slopes(jnp.asarray(log_rate, dtype=dtype))
        assert np.isfinite(value)
        assert np.isfinite(slope)
        assert value <= 1e-6


@pytest.mark.parametrize("rate", [1e-4, 0.1, 3.0, 20.0, 400.0])
def test_gradient_equals_finite_difference(rate):
    for probability, slopes in EACH:
        slope = float(slopes(jnp.float64(np.log(rate)))[1])
        wanted = oracles.log_derivative(lambda r, probability=probability: probability(jnp.log(r)), rate)
        assert slope == pytest.approx(wanted, rel=1e-8, abs=1e-12)


@jax.jit
def seen(theory):
    """log of the visible and invisible probabilities of 100 GeV particles."""
    detector = LayeredTarget(135.0, 0.3e-2, 10.0, 0.0)
    one = jnp.ones(1)
    flux = Flux(100 * one, theory.mass * one, 0 * one, jnp.float64(0))
    return jnp.stack([stage(theory, flux).log_total() for stage in (VisibleDecay(detector), MissingEnergy(detector))])


def test_stable_particles_are_missing_energy():
    for theory in (AlpMuon(0.1, 1e-3, loop_photons=0.0), LmuLtauDark(0.1, 1e-3)):
        visible, invisible = seen(theory)
        assert visible < CLOSED / 2
        assert invisible == 0.0


def test_neutrinos_are_missing_energy_wherever_they_appear():
    assert seen(LmuLtau(0.1, 1.0))[1] == pytest.approx(0.0, abs=1e-15)
    widths = LmuLtau(1.0, 1.0).widths()
    share = widths["neutrino", "neutrino"] / sum(widths.values())
    assert seen(LmuLtau(1.0, 1.0))[1] == pytest.approx(float(np.log(share)), rel=1e-12)


@jax.jit
def shares(theory):
    """Of the decays in the detector, those to each choice of final states."""
    one = jnp.ones(1)
    flux = Flux(100 * one, theory.mass * one, 0 * one, jnp.float64(0))
    every, *some = (VisibleDecay(DETECTOR, seen)(theory, flux).log_total() for seen in ("all", *SEEN))
    return jnp.exp(jnp.stack(some) - every)


SEEN = ("electron", "electron,photon", "muon,hadrons")


def test_final_states_that_are_not_seen_shorten_the_lifetime_alone():
    """Of a dark photon without dark matter e+ e- have 1 / (1 + (1 + 2 r) sqrt(1 - 4 r) + R)."""
    r = (0.1056583755 / 0.5) ** 2
    share = 1 / (1 + (1 + 2 * r) * np.sqrt(1 - 4 * r) + 0.4877)  # R at 0.5 GeV: between the rows 0.485 and 0.51 of PDG 2020
    got = shares(DarkPhoton(0.5, 1e-6, alpha_D=0.0))
    np.testing.assert_allclose(got, [share, share, 1 - share], rtol=2e-3)
    np.testing.assert_allclose(shares(DarkPhoton(0.1, 1e-6, alpha_D=0.0))[:2], 1, rtol=1e-12)


def test_a_final_state_that_is_not_there_is_not_seen():
    photons_alone = shares(AlpPhoton(0.1, 1e-3))
    assert photons_alone[0] == 0
    assert photons_alone[1] == 1


def test_a_wrong_final_state_is_told():
    with pytest.raises(ValueError, match="no seen 'pions': choose some of all, electron, positron, muon, tau, photon, hadrons"):
        VisibleDecay(DETECTOR, seen="electron,pions")


def test_visible_and_invisible_do_not_exceed_one():
    for coupling in np.geomspace(1e-8, 1, 30):
        for theory in (AlpPhoton(0.05, coupling), LmuLtau(0.5, coupling), DarkPhoton(0.5, coupling, alpha_D=1e-9)):
            assert sum(np.exp(seen(theory))) <= 1 + 1e-12
