"""The ideal gas of the early universe against integrals by scipy, and its limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from scipy.integrate import quad

from jaxdump.cosmology.degrees_of_freedom import BOSONS, FERMIONS, degrees_of_freedom, log_root_g

at = jax.jit(lambda T: (*degrees_of_freedom(T), log_root_g(T)))


def integrand(p: float, ratio: float, sign: int, of_pressure: int) -> float:
    """That of the energy density, or of the pressure, in units of the temperature."""
    energy = np.hypot(p, ratio)
    return p**2 * (p**2 / (3 * energy) if of_pressure else energy) / (np.exp(energy) + sign)


def gas(T: float) -> tuple[float, float]:
    """g and h of photons, charged leptons and mesons."""
    g = h = 0.0
    for kinds, sign in ((FERMIONS, 1), (BOSONS, -1)):
        for states, mass in kinds:
            if mass > 100 * T:
                continue
            density, pressure = (quad(integrand, 0, 200, (mass / T, sign, of), epsabs=0, limit=200)[0] for of in (0, 1))
            g += states * 15 / np.pi**4 * density
            h += states * 45 / (4 * np.pi**4) * (density + pressure)
    return g, h


def test_degrees_of_freedom():
    rows = stored("thermal_targets")["degrees_of_freedom"]
    g, h, _ = at(jnp.array([row["T"] for row in rows]))
    np.testing.assert_allclose(g, [row["g"] for row in rows], rtol=2e-5)  # the reference has one mass for all pions
    np.testing.assert_allclose(h, [row["h"] for row in rows], rtol=2e-5)
    with np.errstate(over="ignore"):
        for T in (1.3e-4, 0.05, 0.7):
            of_gas, entropy = gas(T)
            cooling = min(entropy / 5.5, 1.0)
            g, h, _ = at(jnp.array(T))
            assert float(g) == pytest.approx(of_gas + 5.25 * cooling ** (4 / 3), rel=1e-7)
            assert float(h) == pytest.approx(entropy + 5.25 * cooling, rel=1e-7)


def test_cold_and_hot_ends_are_constant():
    """Photons and decoupled neutrinos, and all particles of the gas as if they had no mass."""
    g, h, root = at(jnp.array([1e-12, 1e-9, 1e-7, 99.0, 1e4]))
    cold = 2 + 5.25 * (4 / 11) ** (4 / 3)
    np.testing.assert_allclose(g[:3], cold, rtol=1e-9)
    np.testing.assert_allclose(h[:3], 2 + 5.25 * 4 / 11, rtol=1e-9)
    np.testing.assert_allclose(root[:2], np.log(h[0] / cold**0.5), rtol=1e-9)
    assert g[3] == pytest.approx(2 + 12 * 7 / 8 + 20 + 5.25, rel=1e-3)
    assert np.isfinite(root).all()


def test_the_root_has_the_slope_of_the_entropy():
    T, step = jnp.array([3e-4, 1e-3, 0.04]), 1e-4
    slope = (np.log(at(T * (1 + step))[1]) - np.log(at(T * (1 - step))[1])) / (2 * step)
    g, h, root = at(T)
    np.testing.assert_allclose(root, np.log(h / np.sqrt(g) * (1 + slope / 3)), atol=1e-6)
    single = at(jnp.asarray(T, "float32"))
    np.testing.assert_allclose(single[2], root, atol=1e-4)
