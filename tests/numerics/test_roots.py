import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from jaxdump import Status, crossing, interval
from jaxdump.numerics.few_values import interval_in_few_values
from jaxdump.numerics.roots import crossing_around, interval_values

CENTRE = 0.371
FUNCTIONS = {
    "line": lambda x: 3 * x - 1,
    "cubic": lambda x: (x - 0.3) ** 3,
    "steep": lambda x: jnp.exp(40 * x) - 1e3,
    "step": lambda x: jnp.arctan(1e5 * (x - 0.123456)),
    "falling": lambda x: 2 - jnp.exp(x) * 3,
    "huge": lambda x: 1e26 * jnp.expm1(8 * (0.7 - x)),
}


def each(*functions):
    """An elementwise function: the first one of the first element, and so on."""
    return lambda x: jnp.stack([function(element) for function, element in zip(functions, x, strict=True)])


@functools.cache
def crossings(dtype):
    """Of all functions, in one search."""
    ends = jnp.full(len(FUNCTIONS), -2, dtype), jnp.full(len(FUNCTIONS), 3, dtype)
    return jax.jit(lambda: crossing(each(*FUNCTIONS.values()), *ends))()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_crossing_equals_scipy(name, dtype):
    function, found = FUNCTIONS[name], crossings(dtype)
    place = list(FUNCTIONS).index(name)
    wanted = 0.3 if name == "cubic" else brentq(lambda x: float(function(np.float64(x))), -2, 3, xtol=1e-15)
    assert found.value.dtype == dtype
    assert int(found.status[place]) == Status.FOUND
    accuracy = {"float32": 1e-6, "float64": 1e-14}[dtype.name] if name != "cubic" else 1e-4
    assert float(found.value[place]) == pytest.approx(wanted, abs=accuracy)


def test_no_crossing_is_a_status_with_nan():
    found = jax.jit(lambda signs: crossing(lambda x: signs * (1 + x**2), -jnp.ones(2), jnp.ones(2)))(jnp.array([-1.0, 1.0]))
    assert found.status.tolist() == [Status.ALLOWED, Status.EXCLUDED]
    assert np.isnan(found.value).all()


def test_derivatives_of_a_crossing_are_exact_to_second_order():
    """The zero of x^2 - a is sqrt(a)."""
    root = lambda a: crossing(lambda x: x**2 - a, 0.0, 10.0).value
    forwards, backwards = lambda a: jax.jvp(root, (a,), (1.0,))[1], jax.grad(root)
    first, second, ahead = jax.jit(lambda a: (*jax.value_and_grad(backwards)(a), forwards(a)))(4.0)
    assert float(first) == pytest.approx(1 / 4, rel=1e-14)
    assert float(second) == pytest.approx(-1 / 32, rel=1e-13)
    assert float(ahead) == pytest.approx(1 / 4, rel=1e-14)


def test_crossing_under_vmap_and_elementwise_equals_a_loop():
    targets = jnp.linspace(0.5, 9.0, 7)
    cube_root = jax.jit(lambda t: crossing(lambda x: x**3 - t, jnp.zeros_like(t), jnp.full_like(t, 3.0)).value)
    single = np.array([float(cube_root(t)) for t in targets])
    np.testing.assert_allclose(jax.jit(jax.vmap(cube_root))(targets), single, rtol=1e-14)
    np.testing.assert_allclose(cube_root(targets), single, rtol=1e-14)


SEARCHES = [interval, interval_values, interval_in_few_values]
WIDTHS = [2.0, 0.1, 0.02]


@functools.cache
def islands(search, dtype):
    """A parabola in a range of 30 that is positive on twice each of the widths."""
    ends, widths = (jnp.full(len(WIDTHS), end, dtype) for end in (-20, 10)), jnp.array(WIDTHS, dtype)
    return jax.jit(lambda low, high: search(lambda x: widths**2 - (x - CENTRE) ** 2, low, high))(*ends)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("width", WIDTHS)
def test_interval_has_both_edges_of_any_island(search, width, dtype):
    """The thinnest island is a 30th of a grid step."""
    found = jax.tree.map(lambda leaf: leaf[WIDTHS.index(width)], islands(search, dtype))
    assert int(found.status) == Status.FOUND
    accuracy = 1e-9 if dtype == np.float64 else 2e-3 * width + 1e-4
    np.testing.assert_allclose([found.lower, found.upper], [CENTRE - width, CENTRE + width], atol=accuracy)


def test_interval_tells_open_ends_and_none():
    nothing, all_of_it = (lambda x, sign=sign: sign * (1 + x**2) for sign in (-1.0, 1.0))
    function = each(lambda x: x - 0.5, lambda x: 0.5 - x, nothing, all_of_it)
    for search in SEARCHES:
        found = jax.jit(lambda search=search: search(function, jnp.full(4, -1.0), jnp.full(4, 1.0)))()
        assert found.status.tolist() == [Status.FOUND, Status.FOUND, Status.ALLOWED, Status.EXCLUDED]
        np.testing.assert_allclose(found.lower, [0.5, np.nan, np.nan, np.nan], rtol=1e-6)
        np.testing.assert_allclose(found.upper, [np.nan, 0.5, np.nan, np.nan], rtol=1e-6)


def test_roots_in_wide_ranges_are_right(dtype):
    """Where a few zooms leave a bracket in which the function bends: 1e-6, in single precision 2e-3."""
    ends = jnp.zeros(4, dtype), jnp.full(4, 1e9, dtype)
    function = each(lambda x: x**2 - 2, lambda x: x**3 - 1e24, lambda x: jnp.log(x + 1e-3) + 4, lambda x: 1 - jnp.exp(-x) - 0.3)
    wanted = [2**0.5, 1e8, np.exp(-4) - 1e-3, -np.log(0.7)]
    accuracy = 1e-9 if dtype == np.float64 else 2e-3
    for search in SEARCHES:
        found = jax.jit(lambda search=search: search(function, *ends))()
        np.testing.assert_array_equal(found.status, Status.FOUND)
        np.testing.assert_allclose(found.lower, wanted, rtol=accuracy)


@jax.jit
def hard(exponents, roots):
    """The crossings of ever flatter powers, from a wide bracket."""
    where = lambda k, r: crossing(lambda x: jnp.sign(x - r) * jnp.abs(x - r) ** k, -3e5, 2e5)
    return jax.vmap(where)(exponents, roots)


def test_a_crossing_that_is_told_is_one():
    """Chandrupatla's method ends at the root of a flat function, or says that it has not."""
    random = np.random.default_rng(3)
    exponents, roots = random.uniform(0.1, 9, 200), random.normal(size=200) * 10 ** random.uniform(-6, 4, 200)
    found = hard(exponents, roots)
    told = np.asarray(found.status) == Status.FOUND
    assert told.mean() > 0.97
    np.testing.assert_array_equal(np.isnan(found.value), ~told)
    near = 1e-6 * np.abs(roots) + 3e5 * 1e-300 ** (1 / exponents)  # powers below the smallest number are zeros
    assert np.all(np.abs(np.asarray(found.value) - roots)[told] <= near[told])


def test_interval_spans_separate_islands():
    found = jax.jit(lambda: interval(lambda x: 0.5 - jnp.abs(jnp.abs(x) - 2), -5.0, 5.0))()
    np.testing.assert_allclose([found.lower, found.upper], [-2.5, 2.5], rtol=1e-9)


def test_derivatives_of_both_edges():
    """The edges of a - x^2 > 0 are -sqrt(a) and sqrt(a)."""
    edges = lambda a: (lambda found: jnp.stack([found.lower, found.upper]))(interval(lambda x: a - x**2, -9.0, 9.0))
    twice = lambda a: (lambda slope: (slope, slope))(jax.jacfwd(edges)(a))
    second, forwards, backwards = jax.jit(lambda a: (*jax.jacfwd(twice, has_aux=True)(a), jax.jacrev(edges)(a)))(4.0)
    np.testing.assert_allclose(forwards, [-0.25, 0.25], rtol=1e-10)
    np.testing.assert_allclose(backwards, [-0.25, 0.25], rtol=1e-10)
    np.testing.assert_allclose(second, [1 / 32, -1 / 32], rtol=1e-9)


SHAPES = {"line": lambda x: x, "saturating": jnp.tanh, "step": lambda x: jnp.arctan(1e3 * x)}


@jax.jit
def all_around(root, guess):
    """The crossing at `root` of each shape, looked for around `guess`."""
    return {name: crossing_around(lambda x, shape=shape: shape(x - root), guess) for name, shape in SHAPES.items()}


@pytest.mark.parametrize("root", [-1e4, -321.0, -0.4, 0.0, 0.7, 55.0, 1e4])
@pytest.mark.parametrize("guess", [0.0, 3.0])
def test_crossing_around_finds_roots_far_from_the_guess(root, guess, dtype):
    precision = 8 * float(np.finfo(dtype).eps) * max(abs(root), 1)
    for found in all_around(jnp.asarray(root, dtype), jnp.asarray(guess, dtype)).values():
        assert found.value.dtype == dtype
        assert int(found.status) == Status.FOUND
        assert float(found.value) == pytest.approx(float(np.asarray(root, dtype)), abs=precision)


def test_crossing_around_is_elementwise_under_vmap_and_differentiable():
    roots = jnp.array([-3000.0, 0.2, 90.0])
    where = lambda root: crossing_around(lambda x: jnp.sinh((x - root**3 / 1e6) / 100), jnp.zeros_like(root)).value
    wanted = roots**3 / 1e6
    np.testing.assert_allclose(jax.jit(where)(roots), wanted, rtol=1e-12)

    def values(root):
        value, slope = jax.value_and_grad(where)(root)
        return slope, (value, slope)

    bends, (found, slopes) = jax.jit(jax.vmap(jax.grad(values, has_aux=True)))(roots)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_allclose(slopes, 3 * roots**2 / 1e6, rtol=1e-9)
    np.testing.assert_allclose(bends, 6 * roots / 1e6, rtol=1e-6)


never_crosses = jax.jit(lambda sign: crossing_around(lambda x: sign * (1 + jnp.exp(-jnp.abs(x))), jnp.zeros(())))


@pytest.mark.parametrize(("sign", "status"), [(-1.0, Status.ALLOWED), (1.0, Status.EXCLUDED)])
def test_crossing_around_of_what_never_crosses_is_a_status_with_nan(sign, status):
    found = never_crosses(sign)
    assert int(found.status) == status
    assert np.isnan(found.value)


def test_not_a_number_is_a_status_of_its_own():
    """At an end of a crossing, anywhere on the range of an interval, around a guess; other elements are found all the same."""
    broken = lambda x: jnp.where(x > 0.5, jnp.nan, x + 0.25)
    both = lambda x: jnp.where(jnp.array([True, False]), broken(x), x + 0.25)
    ends = jnp.full(2, -1.0), jnp.full(2, 1.0)
    for search in (lambda: crossing(both, *ends), lambda: crossing_around(both, jnp.full(2, 0.75))):
        found = jax.jit(search)()
        np.testing.assert_array_equal(found.status, [Status.UNDEFINED, Status.FOUND])
        np.testing.assert_allclose(found.value, [np.nan, -0.25], atol=1e-12)
    for search in SEARCHES:
        found = jax.jit(lambda search=search: search(both, *ends))()
        np.testing.assert_array_equal(found.status, [Status.UNDEFINED, Status.FOUND])
        np.testing.assert_allclose(found.lower, [np.nan, -0.25], atol=1e-9)
        assert np.isnan(found.upper).all()
