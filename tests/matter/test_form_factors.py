import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
import scipy.integrate
from differences import log_slopes

from jaxdump.constants import ELECTRON_MASS, PROTON_MASS
from jaxdump.matter.form_factors import elastic, photon_flux
from jaxdump.matter.materials import ALUMINIUM, LEAD, TUNGSTEN

POINTS = [(10.0**low, 10.0**high) for low in (-14, -10, -7, -4, -2.2, 0, 2) for high in (-1.95, -1, 0, 1, 3) if low < high]
TOLERANCE = {"float32": 5e-6, "float64": 1e-10}
jitted = jax.jit(photon_flux)


def flux(t_min, t_max, material=LEAD, dtype="float64"):
    """`photon_flux`, whatever the material is called."""
    return jitted(jnp.asarray(t_min, dtype), jnp.asarray(t_max, dtype), dataclasses.replace(material, name=""))


@pytest.mark.parametrize(("t_min", "t_max"), POINTS)
def test_flux_equals_quadrature_in_both_precisions(t_min, t_max, dtype):
    got = flux(t_min, t_max, dtype=dtype)
    assert got.dtype == dtype
    assert float(got) == pytest.approx(oracles.photon_flux(t_min, t_max), rel=TOLERANCE[dtype.name])


@pytest.mark.parametrize("gap", [1e-1, 1e-3])
def test_flux_closes_quadratically_where_the_limits_meet(gap, dtype):
    t_max = 1.0
    squared = float(elastic(jnp.asarray(t_max, dtype="float64"), LEAD)) * t_max**2
    assert float(flux(t_max * (1 - gap), t_max, dtype=dtype)) == pytest.approx(squared * gap**2 / 2, rel=5 * gap)


def test_flux_is_zero_with_zero_gradient_beyond(dtype):
    closed = jax.jit(jax.value_and_grad(lambda t: photon_flux(t, jnp.asarray(0.1, dtype), LEAD)))(jnp.asarray(0.2, dtype))
    assert [float(a) for a in closed] == [0.0, 0.0]


def test_reference_table(reference):
    for row in reference["chi"]:
        assert float(flux(row["tmin"], row["tmax"])) == pytest.approx(row["chi_exact"], rel=1e-9)


def test_gradient_equals_finite_difference():
    slopes, differences = log_slopes(lambda t: jnp.log(photon_flux(*t, LEAD)), POINTS, [(1, 0)] * len(POINTS), 1e-4)
    for slope, difference, point in zip(slopes, differences, POINTS, strict=True):
        assert slope == pytest.approx(difference, rel=1e-6, abs=1e-8), point


def test_protons_equal_the_reference_and_quadrature(lepton_reference, dtype):
    for row in lepton_reference["chi"]:
        material = {"Pb": LEAD, "Al": ALUMINIUM, "W": TUNGSTEN}[row["mat"]]
        both = dataclasses.replace(material, form_factor="elastic+inelastic")
        low, high = row["tmin"], row["tmax"]
        got = flux(low, high, both, dtype)
        assert got.dtype == dtype
        assert float(got) == pytest.approx(row["chi_el_plus_inel"], rel=TOLERANCE[dtype.name] if dtype == "float32" else 1e-6)
        protons = lambda v, low=low, material=material: (1 - low * np.exp(-v)) * proton_factor(np.exp(v), material)
        wanted, _ = scipy.integrate.quad(protons, np.log(low), np.log(high), epsrel=1e-10, limit=400)
        difference = float(flux(low, high, both) - flux(low, high, material))
        assert difference == pytest.approx(wanted, rel=2e-5)


def proton_factor(t, material):
    """Tsai's inelastic form factor, as printed."""
    screened = t / (t + (ELECTRON_MASS * material.charge_number ** (2 / 3) / 773) ** 2)
    return material.charge_number * (screened * (1 + (2.793**2 - 1) * t / (2 * PROTON_MASS) ** 2) / (1 + t / 0.71) ** 4) ** 2
