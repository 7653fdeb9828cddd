import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from jaxdump.numerics.minimum import minimum, solve_scaled

VALLEY = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
"""Rosenbrock's."""


def test_minimum_of_a_quadratic_is_the_solution_of_its_linear_system(dtype):
    matrix, right = jnp.array([[4.0, 1.0], [1.0, 3.0]], dtype), jnp.array([1.0, -2.0], dtype)
    found = jax.jit(lambda start: minimum(lambda x: x @ matrix @ x / 2 - right @ x, start))(jnp.zeros(2, dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("start", [(-1.2, 1.0), (30.0, -50.0), (0.0, 0.0)])
def test_minimum_at_the_end_of_a_curved_valley(start):
    found = VALLEY_MINIMUM(jnp.array(start))
    np.testing.assert_allclose(found, [1.0, 1.0], rtol=1e-9)


VALLEY_MINIMUM = jax.jit(lambda start: minimum(VALLEY, start))
BOUNDED_MINIMUM = jax.jit(lambda low, high: minimum(VALLEY, jnp.zeros(2), low, high))


@pytest.mark.parametrize(
    ("lower", "upper"), [((-2.0, -2.0), (0.5, 2.0)), ((1.5, -1.0), (3.0, 2.0)), ((-1.0, -1.0), (2.0, 0.25))]
)
def test_bounded_minimum_equals_scipy(lower, upper):
    found = BOUNDED_MINIMUM(jnp.array(lower), jnp.array(upper))
    bounds = list(zip(lower, upper, strict=True))
    wanted = minimize(VALLEY, np.clip([0.0, 0.0], lower, upper), bounds=bounds, method="L-BFGS-B", tol=1e-15)
    np.testing.assert_allclose(found, wanted.x, atol=2e-6)
    assert np.all((np.array(lower) <= found) & (found <= np.array(upper)))


def test_minimum_at_a_bound_stays_there():
    """Its derivative is zero, that of the other variable is what it is with this one fixed."""
    inner = lambda a: minimum(
        lambda x: (x[0] + a) ** 2 + (x[1] - a * x[0] - a) ** 2, jnp.array([3.0, 0.0]), jnp.array([1.0, -9.0])
    )
    found, slopes = jax.jit(lambda a: jax.jvp(inner, (a,), (1.0,)))(2.0)
    np.testing.assert_allclose(found, [1.0, 4.0], rtol=1e-12)
    np.testing.assert_allclose(slopes, [0.0, 2.0], atol=1e-12)


def test_the_lowest_of_several_minima():
    double = lambda x: (x[0] ** 2 - 4) ** 2 + x[0] + x[1] ** 2
    from_each = jax.jit(lambda starts: minimum(double, starts))
    single = [float(from_each(jnp.array([s, 1.0]))[0]) for s in (-3.0, 3.0)]
    assert single[0] < 0 < single[1]
    assert float(from_each(jnp.array([[3.0, 1.0], [-3.0, 1.0]]))[0]) == pytest.approx(single[0], rel=1e-12)


def test_vmap_equals_a_loop():
    bowl = lambda a: minimum(lambda x: jnp.sum(jnp.cosh(x - a)) + a * x[0] * x[1], jnp.zeros(2), -1.0, 1.0)
    values = jnp.linspace(-2.0, 2.0, 9)
    np.testing.assert_allclose(jax.jit(jax.vmap(bowl))(values), [jax.jit(bowl)(a) for a in values], rtol=1e-12, atol=1e-14)


def test_first_and_second_derivatives_are_analytic():
    """exp(x) - a x is smallest at ln a, and x^4 / 4 - b x at b^(1/3)."""
    where = lambda p: minimum(lambda x: jnp.exp(x[0]) - p[0] * x[0] + x[1] ** 4 / 4 - p[1] * x[1], jnp.ones(2))
    point = jnp.array([3.0, 8.0])
    twice = lambda function: lambda p: (function(p),) * 2
    forwards, found = jax.jit(jax.jacfwd(twice(where), has_aux=True))(point)
    curvatures, backwards = jax.jit(jax.jacfwd(twice(jax.jacrev(where)), has_aux=True))(point)
    np.testing.assert_allclose(found, [np.log(3), 2], rtol=1e-14)
    for slopes in (forwards, backwards):
        np.testing.assert_allclose(slopes, np.diag([1 / 3, 1 / 12]), atol=1e-14)
    np.testing.assert_allclose([curvatures[0, 0, 0], curvatures[1, 1, 1]], [-1 / 9, -2 / 9 / 32], rtol=1e-12)


def test_a_variable_without_effect_stays_and_leaves_the_derivatives_of_the_others():
    where = lambda a: minimum(lambda x: (x[0] - a) ** 2, jnp.array([0.0, 0.7]))
    twice = lambda a: (lambda found: (found, found))(where(a))
    slopes, found = jax.jit(jax.jacrev(twice, has_aux=True))(2.0)
    np.testing.assert_allclose(found, [2.0, 0.7], rtol=1e-14)
    np.testing.assert_allclose(slopes, [1.0, 0.0], rtol=1e-14)


def test_minimum_without_curvature():
    """x^4 has none at its minimum: found to the fourth root of the precision."""
    assert abs(float(jax.jit(lambda s: minimum(lambda x: x[0] ** 4, s))(jnp.array([3.0]))[0])) < 1e-3


def test_start_out_of_bounds_or_where_nothing_is_defined():
    assert float(jax.jit(lambda s: minimum(lambda x: x[0] ** 2, s, 1.0, 2.0))(jnp.array([9.0]))[0]) == 1.0
    undefined = jax.jit(lambda s: minimum(lambda x: jnp.log(x[0]) ** 2, s))(jnp.array([-1.0]))
    np.testing.assert_array_equal(undefined, [-1.0])


def test_start_at_a_maximum_beside_a_minimum():
    """Newton's method alone would climb from where the curvature is negative."""
    found = jax.jit(lambda s: minimum(lambda x: -jnp.exp(-((x[0] - 1) ** 2)) + x[1] ** 2, s))(jnp.array([2.5, 1.0]))
    np.testing.assert_allclose(found, [1.0, 0.0], atol=1e-8)


def test_solution_for_variables_of_any_scale(dtype):
    """The small one is not lost beside the large one."""
    matrix, wanted = jnp.array([[1e25, 3.0], [3.0, 2e-6]], dtype), jnp.array([1e-24, 5.0], dtype)
    np.testing.assert_allclose(jax.jit(solve_scaled)(matrix, matrix @ wanted), wanted, rtol=1e-5)
