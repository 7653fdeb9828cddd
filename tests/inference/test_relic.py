"""Thermal targets: the line of a relic density, and the couplings on it."""

import jax
import numpy as np
import pytest
from conftest import stored

import jaxdump
from jaxdump.inference.thresholds import kinks
from jaxdump.numerics.roots import Status
from jaxdump.theories import DarkPhoton, LmuLtau

MASSES = np.array([0.003, 0.03, 0.2])


def of(dark: str, **numbers: float) -> jaxdump.Family:
    return jaxdump.Family(DarkPhoton, {"dark": dark, **numbers}, axes=("m_chi", "y"))


@pytest.mark.parametrize("dark", ["majorana", "pseudo-dirac"])
def test_targets_of_the_reference(dark):
    """The reference neglects the 1 % of an s wave that annihilates late."""
    rows = [row for row in stored("thermal_targets")["target"] if row["dark"] == dark]
    y, status = jaxdump.thermal_targets(of(dark), np.array([row["m_chi"] for row in rows]))
    assert (status == Status.FOUND).all()
    np.testing.assert_allclose(y, [row["y"] for row in rows], rtol=0.01 if dark == "pseudo-dirac" else 2e-4)


def test_a_line_and_its_targets_agree():
    """In y and in eps; a smaller density needs more annihilation, a little more than in proportion."""
    y, _ = jaxdump.thermal_targets(of("complex-scalar"), MASSES)
    line = jaxdump.RelicDensity()
    limits = jaxdump.limit(line, of("complex-scalar"), MASSES)
    np.testing.assert_allclose(limits.lower[:, 0], y, rtol=1e-5)
    assert np.isnan(limits.upper).all()
    eps, _ = jaxdump.thermal_targets(jaxdump.Family(DarkPhoton, {"dark": "complex-scalar"}), 3 * MASSES)
    np.testing.assert_allclose(eps, np.sqrt(y / 0.1) * 9, rtol=1e-6)
    half, _ = jaxdump.thermal_targets(of("complex-scalar"), MASSES, 0.06)
    assert ((2.0 * y < half) & (half < 2.4 * y)).all()


def test_no_target():
    y, status = jaxdump.thermal_targets(of("complex-scalar"), MASSES[:1], 1e9)
    assert np.isnan(y).all()
    assert status == Status.EXCLUDED
    y, status = jaxdump.thermal_targets(of("complex-scalar"), np.array([1e-4, 30.0, 1e6]))
    np.testing.assert_array_equal(status, [Status.UNDEFINED, Status.FOUND, Status.ALLOWED])
    density = lambda y: jaxdump.RelicDensity()(of("complex-scalar")(30.0, y))[0]
    below, above, far = jax.jit(jax.vmap(density))(y[1] * np.array([0.99, 1.01, 1e9]))
    assert below < 0 < above
    assert far < 0  # where the mediator is wide too much is left again
    with pytest.raises(ValueError, match="lmu-ltau has no dark matter"):
        jaxdump.thermal_targets(LmuLtau, MASSES)
    with pytest.raises(ValueError, match="positive"):
        jaxdump.thermal_targets(of("majorana"), np.array([0.0]))
    with pytest.raises(ValueError, match="omega must be finite and positive, not -1"):
        jaxdump.thermal_targets(of("majorana"), MASSES, -1.0)
    with pytest.raises(ValueError, match="relic density: omega must be finite and positive, not 0"):
        jaxdump.RelicDensity(0.0)


def test_slopes_of_a_target():
    """In the logarithms of the mass of dark matter, alpha_D and the density, against differences."""

    def log_target(log_mass, log_alpha, log_omega):
        make = jaxdump.Family(DarkPhoton, {"dark": "complex-scalar", "alpha_D": jax.numpy.exp(log_alpha)}, axes=("m_chi", "y"))
        found = jaxdump.thermal_target(make, jax.numpy.exp(log_mass), jax.numpy.exp(log_omega))
        return jax.numpy.log(found.value)

    at = np.log([0.03, 0.1, 0.12])
    found = jax.jit(lambda at: jax.lax.map(lambda row: jax.value_and_grad(log_target, argnums=(0, 1, 2))(*row), at))
    step = 1e-3
    rows = np.concatenate([at[None], at + step * np.eye(3), at - step * np.eye(3)])
    values, slopes = found(rows)
    differences = (values[1:4] - values[4:]) / (2 * step)
    np.testing.assert_allclose([slope[0] for slope in slopes], differences, rtol=1e-4, atol=1e-4)


def test_kinks_of_the_line():
    """Dark matter of the mass of a muon and, along the mass ratio, the resonance."""
    found = np.exp(kinks(jaxdump.RelicDensity(), of("majorana"), np.log(0.08), np.log(0.13)))
    assert np.isclose(found, 0.1056583755, rtol=1e-9).any()
    along = jaxdump.Family(DarkPhoton, {"mass": 0.1}, axes=("mass_ratio", "eps"))
    assert np.isclose(np.exp(kinks(jaxdump.RelicDensity(), along, np.log(1.5), np.log(3.0))), 2.0, rtol=1e-9).any()
