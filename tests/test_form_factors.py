import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

from jaxdump.form_factors import LEAD, form_factor, photon_flux

POINTS = [(10.0**low, 10.0**high) for low in (-14, -10, -7, -4, -2.2, 0, 2) for high in (-1.95, -1, 0, 1, 3) if low < high]
TOLERANCE = {"float32": 5e-6, "float64": 1e-10}


@pytest.mark.parametrize(("t_min", "t_max"), POINTS)
def test_flux_equals_quadrature_in_both_precisions(t_min, t_max, dtype):
    got = photon_flux(jnp.asarray(t_min, dtype=dtype), jnp.asarray(t_max, dtype=dtype), LEAD)
    assert got.dtype == dtype
    assert float(got) == pytest.approx(oracles.photon_flux(t_min, t_max), rel=TOLERANCE[dtype.name])


@pytest.mark.parametrize("gap", [1e-1, 1e-3])
def test_flux_closes_quadratically_where_the_limits_meet(gap, dtype):
    t_max = 1.0
    t_min = jnp.asarray(t_max * (1 - gap), dtype=dtype)
    squared = float(form_factor(jnp.asarray(t_max, dtype="float64"), LEAD)) ** 2
    assert float(photon_flux(t_min, jnp.asarray(t_max, dtype=dtype), LEAD)) == pytest.approx(squared * gap**2 / 2, rel=5 * gap)


def test_flux_is_zero_with_zero_gradient_beyond(dtype):
    closed = jax.value_and_grad(lambda t: photon_flux(t, jnp.asarray(0.1, dtype=dtype), LEAD))(jnp.asarray(0.2, dtype=dtype))
    assert [float(a) for a in closed] == [0.0, 0.0]


def test_reference_table(reference):
    for row in reference["chi"]:
        got = float(photon_flux(jnp.float64(row["tmin"]), jnp.float64(row["tmax"]), LEAD))
        assert got == pytest.approx(row["chi_exact"], rel=1e-9)


def test_gradient_equals_finite_difference():
    for t_min, t_max in POINTS:
        got = float(jax.grad(lambda t, top=t_max: jnp.log(photon_flux(t, jnp.float64(top), LEAD)))(t_min)) * t_min
        f = lambda t, top=t_max: np.log(float(photon_flux(jnp.float64(t), jnp.float64(top), LEAD)))
        assert got == pytest.approx(oracles.log_derivative(f, t_min), rel=1e-6, abs=1e-8)
