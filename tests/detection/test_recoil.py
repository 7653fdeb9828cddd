from itertools import pairwise

import conftest
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import oracles
import pytest
from scipy.integrate import quad

from jaxdump.detection.recoil import (
    ElectronRecoils,
    MultipleHits,
    RecoilBins,
    largest_recoil,
    recoil_cross_section,
    recoil_spectrum,
)
from jaxdump.flux import CLOSED, Flux
from jaxdump.theories import Millicharge

TOLERANCE = {"float32": 2e-6, "float64": 1e-10}
REFERENCE = conftest.stored("atmosphere")
PB_PER_CM2 = 1e36
WINDOWS = [
    (1e-3, 0.1, 1.0, 0.1),
    (1e-6, 1.0, 3.0, 2.0),
    (0.016, 0.030, 10.0, 0.3),
    (0.016, 0.030, 0.02, 1e-3),
    (0.0917, 1.0, 1.0, 0.1),
    (0.02, 0.0200001, 50.0, 0.01),
]

highest = jax.jit(largest_recoil)
spectrum = jax.jit(recoil_spectrum)
window = jax.jit(recoil_cross_section)
window_slopes = jax.jit(jax.value_and_grad(recoil_cross_section, (0, 1, 2, 3)))


def table(name, dtype):
    """Columns of a reference table, and the third-last on as they are."""
    return tuple(jnp.asarray(values, dtype) for values in np.array(REFERENCE[name])[:, :-1].T), np.array(REFERENCE[name])


def spectrum_as_published(recoil, mass, energy, me=oracles.M_E):
    """[pb/GeV]"""
    bracket = (recoil**2 + 2 * energy**2) * me - ((2 * energy + me) * me + mass**2) * recoil
    return np.pi * oracles.ALPHA**2 * bracket / (recoil**2 * me**2 * (energy**2 - mass**2)) * oracles.PB


def beam(theory, energy=10.0):
    """One particle per m2 and s."""
    one = jnp.ones_like(theory.mass)[None]
    return Flux(energy * one, theory.mass * one, 0 * one, 0 * theory.mass)


@jax.jit
def recoils(mass, charge):
    """log of the events of Super-Kamiokande's window in a kt yr of water, from one particle of 10 GeV per m2 and s."""
    theory = Millicharge(mass, charge)
    return ElectronRecoils(0.016, 0.030, 10 / 18)(theory, beam(theory)).log_total()


@jax.jit
def doubles(mass, charge):
    """log of the events with two hits above 0.1 MeV in a kt yr of JUNO, from the same."""
    theory = Millicharge(mass, charge)
    return MultipleHits(1e-4, 17.7, 0.859, 0.5587)(theory, beam(theory)).log_total()


def test_recoils_equal_the_reference(dtype):
    (energy, mass), rows = table("er_max", dtype)
    np.testing.assert_allclose(highest(mass, energy), rows[:, -1], rtol=TOLERANCE[dtype.name])
    (recoil, energy, mass), rows = table("dsigma_der_cm2_per_GeV_eps1", dtype)
    got = spectrum(recoil, mass, energy)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, rows[:, -1] * PB_PER_CM2, rtol=TOLERANCE[dtype.name])
    (least, most, energy, mass, _), rows = table("sigma_window_cm2_eps1", dtype)
    got = window(mass, energy, least, most)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, rows[:, -2] * PB_PER_CM2, rtol=TOLERANCE[dtype.name])


@pytest.mark.parametrize(("least", "most", "energy", "mass"), WINDOWS)
def test_windows_equal_quadrature_of_the_published_spectrum(least, most, energy, mass, dtype):
    top = min(most, float(highest(mass, energy)))
    in_logarithm = lambda s: np.exp(s) * spectrum_as_published(np.exp(s), mass, energy)
    wanted, _ = quad(in_logarithm, np.log(least), np.log(top), epsabs=0, epsrel=1e-12, limit=200)
    got = float(window(*(jnp.asarray(value, dtype) for value in (mass, energy, least, most))))
    narrow = (top - least) / least
    assert got == pytest.approx(wanted, rel=max(1e-10, 1e-14 / narrow) if dtype == np.float64 else 1e-6 + 2e-7 / narrow)


def test_spectrum_keeps_its_precision_at_the_edge(dtype):
    mass, energy = jnp.asarray(0.1, dtype), jnp.asarray(10.0, dtype)
    recoil = highest(mass, energy) * jnp.asarray(1 - 1e-6, dtype)
    wanted = spectrum_as_published(*(np.longdouble(value) for value in (recoil, mass, energy)), me=np.longdouble(oracles.M_E))
    assert float(spectrum(recoil, mass, energy)) == pytest.approx(float(wanted), rel=1e-5 if dtype == np.float32 else 1e-10)
    assert float(spectrum(recoil * 1.01, mass, energy)) == 0.0


@pytest.mark.parametrize(("energy", "least", "most"), [(1.0, 0.1, 0.2), (0.5, 1e-3, 1.0), (0.1, 1e-3, 1.0), (10.0, 0.2, 0.1)])
def test_a_closed_window_is_zero_with_zero_gradient(energy, least, most, dtype):
    arguments = (jnp.asarray(value, dtype) for value in (0.5, energy, least, most))
    value, slopes = window_slopes(*arguments)
    assert [float(number) for number in (value, *slopes)] == [0.0] * 5


def test_gradients_of_a_window_equal_finite_differences():
    for least, most, energy, mass in WINDOWS[:4]:
        point = [mass, energy, least, most]
        for i, slope in enumerate(window_slopes(*point)[1]):
            moved = lambda value, i=i, point=point: window(*point[:i], value, *point[i + 1 :])
            wanted = oracles.log_derivative(moved, point[i], 1e-5) / point[i]
            assert float(slope) == pytest.approx(wanted, rel=1e-6, abs=1e-8 * float(window(*point)) / point[i])


def test_recoils_count_electrons_and_seconds():
    sigma = float(window(0.1, 10.0, 0.016, 0.030)) * 1e-40
    electrons = 1e9 * 6.02214076e23 * 10 / 18
    assert float(recoils(0.1, 1e-3)) == pytest.approx(np.log(1e-6 * sigma * electrons * 365.25 * 86400), rel=1e-12)


def test_double_hits_count_what_crosses_the_sphere():
    per_cm = 0.859 * 6.02214076e23 * 0.5587 * float(window(0.1, 10.0, 1e-4, np.inf)) * 1e-36
    mass = 4 / 3 * np.pi * 17.7**3 * 0.859 * 1e-3
    for charge in (1e-3, 0.1):
        at_least = lambda v, charge=charge: float(mpmath.gammainc(2, 0, charge**2 * per_cm * 3540 * v, regularized=True))
        mean, _ = quad(lambda v, at_least=at_least: 2 * v * at_least(v), 0, 1)
        wanted = np.log(mean * np.pi * 17.7**2 / mass * 365.25 * 86400)
        assert float(doubles(0.1, charge)) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize(("events", "power"), [(recoils, 2), (doubles, 4)])
def test_powers_of_the_charge(events, power, dtype):
    slope = jax.jit(jax.grad(lambda log_charge: events(jnp.asarray(0.1, dtype), jnp.exp(log_charge))))
    for charge in (1e-6, 1e-4):
        value = events(jnp.asarray(0.1, dtype), jnp.asarray(charge, dtype))
        assert np.isfinite(value)
        assert value.dtype == dtype
        assert float(slope(jnp.asarray(np.log(charge), dtype))) == pytest.approx(power, rel=1e-3)


@pytest.mark.parametrize("events", [recoils, doubles])
def test_both_precisions_agree_and_heavy_particles_leave_nothing(events):
    slopes = jax.jit(jax.grad(events, (0, 1)))
    for mass in (1e-3, 0.1, 1.0, 9.99, 20.0):
        single, double = (float(events(*(jnp.asarray(v, name) for v in (mass, 0.01)))) for name in ("float32", "float64"))
        assert single == pytest.approx(double, rel=1e-5)
        assert (double < CLOSED / 2) == (mass > 9)
        assert np.all(np.isfinite(slopes(jnp.float32(mass), jnp.float32(0.01))))


def test_wrong_use_is_told():
    with pytest.raises(ValueError, match="most - least must be finite and positive"):
        ElectronRecoils(0.03, 0.016, 0.5)
    with pytest.raises(ValueError, match="hits must be finite and at least 2, not 1"):
        MultipleHits(1e-4, 17.7, 0.859, 0.5587, hits=1)
    with pytest.raises(ValueError, match="radius must be finite and positive, not 0"):
        MultipleHits(1e-4, 0.0, 0.859, 0.5587)


def test_bins_are_windows_one_after_the_other():
    """For each sample again."""
    theory, edges = Millicharge(jnp.float64(0.1), jnp.float64(1e-3)), np.array([0.01, 0.016, 0.03, 5.0])
    got = jax.jit(RecoilBins(edges, 0.55, samples=2))(theory, beam(theory))
    wanted = [ElectronRecoils(*ends, 0.55)(theory, beam(theory)).log_total() for ends in pairwise(edges)]
    np.testing.assert_allclose(got, 2 * wanted, rtol=1e-13)
    with pytest.raises(ValueError, match="widths of the bins must be finite and positive"):
        RecoilBins(edges[[1, 0]], 0.55)
