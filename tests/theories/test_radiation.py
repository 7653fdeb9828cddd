import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxdump.production.leptons.bremsstrahlung import energy_fraction_nodes

LIMITS = [
    (1e-7, 0.5, 6.6e-4),
    (1e-3, 0.5, 6.6e-4),
    (0.3, 0.1, 6.6e-4),
    (0.625, 0.5, 6.6e-4),
    (0.2, 0.0, 1e-2),
    (0.499999, 0.5, 1e-3),
]
nodes = jax.jit(energy_fraction_nodes, static_argnums=0)
total_and_slope = jax.jit(jax.value_and_grad(lambda threshold: jnp.sum(energy_fraction_nodes(8, threshold, 0.5, 1e-3)[2])))


@pytest.mark.parametrize(("threshold", "x_min", "gap"), LIMITS)
def test_integrates_a_spectrum_with_a_threshold(threshold, x_min, gap):
    spectrum = lambda x: np.sqrt(np.maximum(x - threshold, 0)) / x**2 * np.log(1 - x)
    wanted, _ = quad(spectrum, max(threshold, x_min), 1 - gap, epsabs=0, epsrel=1e-11, limit=500)
    x, one_minus_x, weight = map(np.asarray, nodes(24, jnp.float64(threshold), x_min, gap))
    assert np.sum(weight * np.sqrt(x - threshold) / x**2 * np.log(one_minus_x)) == pytest.approx(wanted, rel=1e-8)


def test_nodes_keep_the_distance_to_one(dtype):
    x, one_minus_x, _ = nodes(16, jnp.asarray(1e-3, dtype=dtype), 0.5, 1e-6)
    assert x.dtype == dtype
    exact = nodes(16, jnp.float64(1e-3), 0.5, 1e-6)[1]
    np.testing.assert_allclose(one_minus_x, exact, rtol=1e-14 if dtype == np.float64 else 2e-5)


@pytest.mark.parametrize("threshold", [0.9999, 1.0, 5.0])
def test_closed_range_has_no_weight_and_no_gradient(threshold):
    value, slope = total_and_slope(jnp.float64(threshold))
    assert (float(value), float(slope)) == (0.0, 0.0)
