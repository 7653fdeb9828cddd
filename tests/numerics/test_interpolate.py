import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from jaxdump.experiments.na64mu import EFFICIENCY
from jaxdump.numerics.interpolate import LogCurve, LogTable, monotone_slopes

X = (0.1, 0.3, 0.5, 2.0, 7.0)
Y = (1.0, 4.0, 4.5, 2.0, 9.0)


def test_equals_scipy_with_flat_ends():
    wanted = CubicSpline(np.log(X), np.log(Y), bc_type="clamped")
    points = np.geomspace(0.1, 7.0, 101)
    np.testing.assert_allclose(LogCurve(X, Y).log(jnp.asarray(points)), wanted(np.log(points)), rtol=1e-12, atol=1e-13)


def test_constant_outside_and_smooth_at_the_ends(dtype):
    both = jax.jit(jax.vmap(jax.value_and_grad(LogCurve(X, Y).log)))
    outside, slopes = both(jnp.asarray([1e-6, 0.1, 7.0, 1e6], dtype=dtype))
    np.testing.assert_allclose(outside, np.log([1, 1, 9, 9]), atol=1e-6)
    np.testing.assert_allclose(slopes, 0, atol=1e-5)


def test_na64mu_efficiency_has_its_table_and_little_overshoot():
    masses = jnp.asarray(np.geomspace(1e-4, 10, 1000))
    values = np.exp(EFFICIENCY.log(masses))
    assert values.min() > 0.0572
    assert values.max() < 0.1055
    assert np.exp(EFFICIENCY.log(jnp.float64(0.1))) == np.float64(np.exp(np.log(0.0867)))


def test_a_table_of_functions_is_each_of_them_by_scipy(dtype):
    """In ln x, constant beyond both ends, with finite slopes everywhere."""
    x = np.array([0.1, 0.3, 0.35, 1.0, 4.0, 10.0])
    values = np.stack([[0.0, 0.2, 0.9, 1.0, 0.4, 0.4], [-1.0, 0.5, 0.5, -2.0, -2.5, 3.0]], axis=1)
    table = LogTable(x, values)
    at = np.geomspace(0.1, 10.0, 57)
    wanted = np.stack(
        [CubicHermiteSpline(np.log(x), y, monotone_slopes(np.log(x), y))(np.log(at)) for y in values.T],
        axis=1,
    )
    found = jax.jit(lambda x: table(x))(jnp.asarray(at, dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted, atol=1e-5 if dtype == "float32" else 1e-12)
    np.testing.assert_allclose(table(jnp.asarray([1e-9, 1e9], dtype)), values[[0, -1]], atol=1e-5)
    slopes = jax.vmap(jax.jacfwd(table))(jnp.asarray([1e-9, *x, 1e9], dtype))
    assert np.all(np.isfinite(slopes))
