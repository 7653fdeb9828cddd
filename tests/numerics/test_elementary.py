"""Elementary functions against mpmath, where their usual forms cancel."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from jaxdump.numerics.elementary import arccosh, minus_log1p

TOLERANCE = {"float32": 1e-6, "float64": 1e-14}


def test_what_exceeds_the_logarithm_does_not_cancel(dtype):
    u = jnp.asarray([-0.99, -0.5, *-np.geomspace(0.3, 1e-9, 20), 0.0, *np.geomspace(1e-9, 1e7, 60)], dtype)
    with mpmath.workdps(40):
        wanted = [float(v - mpmath.log1p(v)) for v in map(mpmath.mpf, np.asarray(u, float))]
    np.testing.assert_allclose(jax.jit(minus_log1p)(u), wanted, rtol=TOLERANCE[dtype.name])


def test_rapidities_near_rest_keep_their_digits(dtype):
    ratio = jnp.asarray(1 + np.geomspace(1e-6, 1e18, 60), dtype)
    with mpmath.workdps(40):
        wanted = [float(mpmath.acosh(v)) for v in map(mpmath.mpf, np.asarray(ratio, float))]
    np.testing.assert_allclose(jax.jit(arccosh)(ratio), wanted, rtol=TOLERANCE[dtype.name])
