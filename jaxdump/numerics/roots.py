"""Zeros of functions of one variable: bracketed, differentiable, with a status instead of an exception."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxdump.numerics.status import AbstractStatus
from jaxdump.typing import Values

MAX_STEPS = 200
"""Most steps of a search: three times those of a bisection from any bracket to the last digit of float64."""

MAX_ZOOMS = 14
"""Most zooms of a search: more than float64 needs to tell neighbours apart in any range."""


class Status(AbstractStatus):
    """The result of a search, for a function that is positive where a point is excluded."""

    FOUND = 0, "an edge of the exclusion was found"
    ALLOWED = 1, "nothing in the whole range is excluded, though events are expected"
    EXCLUDED = 2, "the whole range is excluded"
    UNDEFINED = 3, "the function is not a number somewhere in the range"
    CLOSED = 4, "no event is expected anywhere in the range: the masses do not allow any"
    NOT_MADE = 5, "not calculated: no production makes this particle, at any mass"
    NOT_SEEN = 6, "no event is expected anywhere in the range: the particle decays elsewhere, or to what is not looked for"
    DIVIDED = 7, "several separate parts of the range are excluded: a curve goes around them; choose a smaller range"


NO_EVENT = (Status.CLOSED, Status.NOT_MADE, Status.NOT_SEEN)
"""Statuses of a mass at which no coupling gives any event."""
NOTHING = (Status.ALLOWED, *NO_EVENT)
"""Statuses of a mass at which no coupling is excluded."""


class Crossing(eqx.Module):
    """A zero of a function."""

    value: Values
    """The place of the zero; nan unless `status` is FOUND."""
    status: Int[Array, "*shape"]
    """A `Status`."""


class Interval(eqx.Module):
    """The part of a range in which a function is positive."""

    lower: Values
    """First edge; nan if there is none within the range."""
    upper: Values
    """Last edge; nan if there is none within the range."""
    status: Int[Array, "*shape"]
    """A `Status`: ALLOWED if nothing is positive, EXCLUDED if everything is, UNDEFINED if a value is nan, else FOUND."""
    highest: Values | None = None
    """The largest value that the search has met."""


class Bracket(eqx.Module):
    """State of Chandrupatla's search: the zero lies between `a` and `b`, `c` is the point dropped last."""

    a: Array
    b: Array
    c: Array
    fa: Array
    fb: Array
    fc: Array
    share: Array
    done: Array


def crossing(function: Callable[[Values], Values], lower: Values | float, upper: Values | float) -> Crossing:
    """The zero of `function` between `lower` and `upper`, to the last digits of the dtype.

    The ends may have any shape, and `function` maps arrays of that shape, each element by itself. Chandrupatla's method
    (Adv. Eng. Softw. 28, 145 (1997)) finds the zero from values alone; derivatives of any order with respect to all numbers
    that `function` closes over follow from the implicit function theorem. The status is ALLOWED if the function is negative at
    both ends, EXCLUDED if it is positive at both, UNDEFINED if it is nan at one end; the value is then nan.

    >>> import jax, jaxdump
    >>> root = jax.jit(lambda square: jaxdump.crossing(lambda x: x**2 - square, 0.0, 2.0).value)
    >>> print(f"{root(2.0):.5f}")
    1.41421
    """
    lower, upper = jnp.broadcast_arrays(jnp.asarray(lower), jnp.asarray(upper))
    return _crossing_between(function, lower, lambda f, _: (lower, upper, *jax.vmap(f)(jnp.stack([lower, upper]))))


def crossing_around(
    function: Callable[[Values], Values], guess: Values, values: Callable[[Values], Values] | None = None
) -> Crossing:
    """The zero of `function` around `guess`, where it rises from negative to positive; `crossing` between ends found here.

    The ends are 1, 2, 4, ... away from the guess, up to 2^16: made for logarithms. `values` is the function without
    derivatives, for the search, where that compiles sooner.
    """

    def ends(f: Callable[[Values], Values], guess: Values) -> tuple[Values, Values, Values, Values]:
        signs = jnp.asarray([-1, 1], guess.dtype).reshape(2, *(1,) * guess.ndim)
        short = lambda values: signs * values <= 0

        def further(state):
            x, values, step = state
            x = jnp.where(short(values), x + signs * step, x)
            return x, jax.lax.map(f, x), 2 * step

        more = lambda state: (state[2] < 2.0**17) & jnp.any(short(state[1]))
        both = jnp.stack([guess, guess])
        (lower, upper), (below, above), _ = jax.lax.while_loop(more, further, (both, 0 * both, jnp.ones((), guess.dtype)))
        return lower, upper, below, above

    return _crossing_between(function, jax.lax.stop_gradient(guess), ends, values)


def _crossing_between(
    function: Callable[[Values], Values],
    guess: Values,
    ends: Callable[..., tuple],
    values: Callable[[Values], Values] | None = None,
) -> Crossing:
    """The zero between the ends, given with the function's values there by `ends(function, guess)`."""

    def solve(f, guess):
        f = f if values is None else jax.jit(values)
        lower, upper, below, above = ends(f, guess)
        known = ~jnp.isnan(below + above)
        found = known & ((below <= 0) != (above <= 0))
        value = chandrupatla(f, lower, upper, below, above, found)
        status = jnp.where(found, Status.FOUND, jnp.where(above > 0, Status.EXCLUDED, Status.ALLOWED))
        status = jnp.where(known & ~jnp.isnan(value), status, Status.UNDEFINED)
        return jnp.where(jnp.isnan(value), lower, value), status.astype(lower.dtype)

    value, status = jax.lax.custom_root(jax.jit(function), guess, solve, divide_by_slope, has_aux=True)
    return Crossing(jnp.where(status == Status.FOUND, value, jnp.nan), status.astype(int))


def interval(function: Callable[[Values], Values], lower: Values | float, upper: Values | float, points: int = 24) -> Interval:
    """The first and the last edge of the part of the range from `lower` to `upper` in which `function` is positive.

    Ends may have any shape, and derivatives follow, as for `crossing`. `points` values locate the changes of sign, and as many
    around each of them again, until a secant ends the search at the precision of the dtype. Where no value is positive the
    search closes in on the largest one, so that it finds an island thinner than a step if the function has one maximum there.

    >>> import jax, jaxdump
    >>> positive = jax.jit(lambda width: jaxdump.interval(lambda x: width**2 - x**2, -3.0, 2.0))(1.0)
    >>> print(f"{positive.lower:.5f} {positive.upper:.5f}")
    -1.00000 1.00000
    """
    lower, upper = jnp.broadcast_arrays(jnp.asarray(lower), jnp.asarray(upper))

    def solve(f, guess):
        edges, status, highest = _search(f, lower, upper, points)
        found = jnp.isfinite(edges)
        return jnp.where(found, edges, lower[None]), (found.astype(edges.dtype), status.astype(edges.dtype), highest)

    each = jax.vmap(jax.jit(function))
    edges, (found, status, highest) = jax.lax.custom_root(each, jnp.stack([lower, upper]), solve, divide_by_slope, has_aux=True)
    edges = jnp.where(found > 0, edges, jnp.nan)
    return Interval(edges[0], edges[1], status.astype(int), highest)


def interval_values(
    function: Callable[[Values], Values], lower: Values | float, upper: Values | float, points: int = 24
) -> Interval:
    """The `Interval` of `interval` without derivatives, which compiles sooner."""
    lower, upper = jnp.broadcast_arrays(jnp.asarray(lower), jnp.asarray(upper))
    edges, status, highest = _search(jax.vmap(function), lower, upper, points)
    return Interval(edges[0], edges[1], status, highest)


def _search(each: Callable[[Array], Array], lower: Array, upper: Array, points: int) -> tuple[Array, Array, Array]:
    """Both edges, nan where there is none, the status and the largest value; `each` maps stacked points."""
    both = lambda end: jnp.stack([end, end])
    last = jnp.array([False, True]).reshape(2, *(1,) * lower.ndim)
    flat = lambda x: each(x.reshape(-1, *lower.shape)).reshape(x.shape)
    edges, status, highest = _zoom(flat, both(lower), both(upper), last, points)
    return edges, status[0], jnp.max(highest, axis=0)


def with_slopes(
    function: Callable[[Values], Values],
    root: Values,
    directions: Float[Array, "directions *shape"],
    solve: Callable[[Array, Values], Values],
) -> Values:
    """A zero of `function` that is known, with derivatives of any order in the numbers that `function` closes over.

    `solve(slopes, y)` finds the move of the root that changes the function by y, from the slopes along `directions`.
    `jax.lax.custom_root` takes the slopes in all numbers, not only in those that are wanted, and compiles longer.
    """
    return _with_slopes(eqx.filter_closure_convert(function, root), jax.lax.stop_gradient(root), directions, solve)


@eqx.filter_custom_jvp
def _with_slopes(function: Callable, root: Array, directions: Array, solve: Callable) -> Array:
    return root


@_with_slopes.def_jvp
def _slopes_of_root(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    """The implicit function theorem."""
    function, root, directions, solve = primals
    root = _with_slopes(function, root, directions, solve)
    _, moved = eqx.filter_jvp(lambda function: function(root), (function,), (tangents[0],))
    slopes = jax.vmap(lambda direction: jax.jvp(function, (root,), (direction,))[1])(directions)
    return root, -solve(slopes, moved)


def divide_by_slopes(slopes: Float[Array, "1 *shape"], y: Values) -> Values:
    """The move of each element by itself, for `with_slopes` along one direction; a zero slope counts as one."""
    return y / jnp.where(slopes[0] == 0, 1.0, slopes[0])


def divide_by_slope(linear: Callable[[Array], Array], y: Array) -> Array:
    """Solve linear(x) = y where `linear` multiplies each element by its own slope; a zero slope counts as one."""
    slope = linear(jnp.ones_like(y))
    return y / jnp.where(slope == 0, 1.0, slope)


def _zoom(each: Callable[[Array], Array], lower: Array, upper: Array, last: Array, points: int) -> tuple[Array, Array, Array]:
    """The first (or, where `last` says so, the last) edge of the positive range, nan if there is none; status, largest value.

    Four zooms narrow any bracket of ln(coupling) to 1e-5 for float64, three to 1e-4 for float32, where a secant is exact.
    There are more of them as long as the secants of two in a row differ, as in wide ranges and at sharp bends.
    """
    fractions = jnp.asarray(np.linspace(0, 1, points), dtype=lower.dtype).reshape(-1, *(1,) * lower.ndim)
    double = lower.dtype == jnp.float64
    levels, agreement = (5, 1e-7) if double else (4, 1e-4)

    def narrower(state: tuple) -> tuple:
        (left, right, _, _), old, (whole, some, unknown), highest, level, _ = state
        x = left[None] * (1 - fractions) + right[None] * fractions
        values = each(x)
        positive = values > 0
        any_of_it, top = jnp.any(positive, axis=0), jnp.argmax(values, axis=0)
        beyond = jnp.where(last, points - jnp.argmax(positive[::-1], axis=0), jnp.argmax(positive, axis=0))
        start = jnp.maximum(jnp.where(any_of_it, beyond, top) - 1, 0)
        stop = jnp.minimum(jnp.where(any_of_it, beyond, top + 1), points - 1)
        left, right, below, above = (jnp.take_along_axis(a, i[None], axis=0)[0] for a in (x, values) for i in (start, stop))
        found = (below > 0) != (above > 0)
        new = jnp.where(found, left + (right - left) * below / jnp.where(found, below - above, 1.0), jnp.nan)
        whole = jnp.where(level == 0, jnp.all(positive, axis=0), whole)
        seen = whole, some | any_of_it, unknown | jnp.any(jnp.isnan(values), axis=0)
        differ = jnp.abs(new - old) > agreement * jnp.abs(new)
        highest = jnp.maximum(highest, jnp.max(values, axis=0))
        return (left, right, below, above), new, seen, highest, level + 1, jnp.any(differ)

    more = lambda state: (state[4] < levels) | (state[5] & (state[4] < MAX_ZOOMS))
    none = jnp.zeros(jnp.broadcast_shapes(lower.shape, last.shape), bool)
    lowest = jnp.full(none.shape, -jnp.inf, lower.dtype)
    begin = (lower, upper, lower, upper), lower, (none, none, none), lowest, jnp.zeros((), int), jnp.ones((), bool)
    (_, _, below, above), edge, (whole, some, unknown), highest, _, _ = jax.lax.while_loop(more, narrower, begin)
    edge = jnp.where(~unknown & ((below > 0) != (above > 0)), edge, jnp.nan)
    status = jnp.where(whole, Status.EXCLUDED, jnp.where(some, Status.FOUND, Status.ALLOWED))
    return edge, jnp.where(unknown, Status.UNDEFINED, status), highest


def chandrupatla(
    function: Callable[[Array], Array], lower: Array, upper: Array, below: Array, above: Array, found: Array
) -> Array:
    """The zero within a bracket; `lower` where `found` says that there is none, nan where the search does not end."""
    start = Bracket(upper, lower, upper, above, below, above, jnp.full_like(lower, 0.5), ~found)

    def narrower(state: tuple[Bracket, Array]) -> tuple[Bracket, Array]:
        bracket, step = state
        x = bracket.a + bracket.share * (bracket.b - bracket.a)
        return narrowed(bracket, x, function(x)), step + 1

    more = lambda state: jnp.any(~state[0].done) & (state[1] < MAX_STEPS)
    end, _ = jax.lax.while_loop(more, narrower, (start, jnp.zeros((), dtype=int)))
    best = jnp.where(jnp.abs(end.fa) < jnp.abs(end.fb), end.a, end.b)
    return jnp.where(found, jnp.where(end.done, best, jnp.nan), lower)


def narrowed(s: Bracket, x: Array, fx: Array) -> Bracket:
    """The bracket with one value more; those that are done stay."""
    same = jnp.sign(fx) == jnp.sign(s.fa)
    c, fc = jnp.where(same, s.a, s.b), jnp.where(same, s.fa, s.fb)
    b, fb = jnp.where(same, s.b, s.a), jnp.where(same, s.fb, s.fa)
    new = Bracket(x, b, c, fx, fb, fc, *_next_share(x, b, c, fx, fb, fc))
    return jax.tree.map(lambda old, new: jnp.where(s.done, old, new), s, new)


def _next_share(a: Array, b: Array, c: Array, fa: Array, fb: Array, fc: Array) -> tuple[Array, Array]:
    """The share of the way from `a` to `b` of the next point, and whether to stop.

    Inverse quadratic interpolation gives the share where it is safe, else it is a half.
    """
    precision = jnp.finfo(a.dtype)
    tolerance = 2 * precision.eps * jnp.minimum(jnp.abs(a), jnp.abs(b)) + precision.tiny
    least = tolerance / jnp.abs(b - a)
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    quadratic = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi) & jnp.isfinite(quadratic)
    share = jnp.clip(jnp.where(safe, quadratic, 0.5), least, 1 - least)
    return share, (least > 0.5) | (fa == 0)


def value_and_slope(function: Callable[[Array], Array], at: Array) -> tuple[Array, Array]:
    """The value and derivative of a function of one variable, forwards: quicker than `jax.value_and_grad` if it is long."""
    return jax.jvp(function, (at,), (jnp.ones_like(at),))
