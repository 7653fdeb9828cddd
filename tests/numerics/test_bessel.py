"""Bessel functions against scipy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import kve

from jaxdump.numerics.bessel import scaled_bessel_k


@pytest.mark.parametrize("order", [1, 2])
def test_scaled_bessel_functions_and_their_slopes(order):
    z = np.concatenate([[1.0], np.geomspace(1.01, 1e6, 300)])
    value, slope = jax.jit(lambda z: jax.jvp(lambda z: scaled_bessel_k(order, z), (z,), (jnp.ones_like(z),)))(jnp.asarray(z))
    np.testing.assert_allclose(value, kve(order, z), rtol=1e-10)
    want = kve(order, z) * (1 - order / z) - kve(order - 1, z)
    np.testing.assert_allclose(slope[1:], want[1:], rtol=1e-6)
    assert np.isfinite(slope[0])
    np.testing.assert_allclose(scaled_bessel_k(order, jnp.asarray(z, "float32")), kve(order, z), rtol=1e-6)
