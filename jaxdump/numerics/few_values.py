"""The positive range of a function that takes long: one value at a time, and as few of them as can be."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxdump.numerics.roots import Bracket, Crossing, Interval, Status, divide_by_slope, narrowed
from jaxdump.typing import Values

MAX_STEPS = 400
"""Largest number of values, twice that of a search for one edge."""
GRIDS = 5
"""Largest number of grids: each after the first closes in on the largest value, where none is positive."""


class Search(eqx.Module):
    """State of the search: first a grid, value by value, then Chandrupatla's search for the first edge and for the last one."""

    left: Float[Array, "*shape"]
    right: Float[Array, "*shape"]
    """Ends of the grid."""
    values: Float[Array, "points *shape"]
    """Values on the grid, as far as they are known."""
    place: Int[Array, ""]
    """Number of the next point of the grid; that of all points where the edges are looked for."""
    grid: Int[Array, ""]
    """Number of the grid."""
    edges: Bracket
    """Brackets (2, *shape) of both edges; `done` where there is none."""
    there: Bool[Array, "2 *shape"]
    """Whether each edge is inside the range."""
    whole: Bool[Array, "*shape"]
    some: Bool[Array, "*shape"]
    unknown: Bool[Array, "*shape"]
    """Whether all values of the first grid, or some of any, are positive, and whether some are not a number."""
    highest: Float[Array, "*shape"]
    steps: Int[Array, ""]


def interval_in_few_values(
    function: Callable[[Values], Values],
    lower: Values | float,
    upper: Values | float,
    points: int = 24,
    only_first: bool = False,
) -> Interval:
    """`interval_values` for a function that takes long, such as a fit: some 40 values in place of 240.

    Its values are taken one after the other, each edge to the last digits of the dtype, and it compiles once. With `only_first`
    the last edge is not looked for, and nan.
    """
    lower, upper = jnp.broadcast_arrays(jnp.asarray(lower), jnp.asarray(upper))
    fractions = jnp.asarray(np.linspace(0, 1, points), lower.dtype)

    def step(state: Search) -> Search:
        on_grid = state.place < points
        edge = jnp.all(state.edges.done[0]).astype(int)
        one = jax.tree.map(lambda leaf: leaf[edge], state.edges)
        on = state.left + (state.right - state.left) * fractions[jnp.minimum(state.place, points - 1)]
        x = jnp.where(on_grid, on, one.a + one.share * (one.b - one.a))
        value = function(x)
        narrow = lambda: jax.tree.map(lambda every, new: every.at[edge].set(new), state.edges, narrowed(one, x, value))
        along = lambda: replaced(state, edges=narrow())
        return replaced(jax.lax.cond(on_grid, lambda: gridded(state, value, fractions), along), steps=state.steps + 1)

    wanted = slice(1) if only_first else slice(2)
    more = lambda state: ((state.place < points) | ~jnp.all(state.edges.done[wanted])) & (state.steps < MAX_STEPS)
    end = jax.lax.while_loop(more, step, beginning(lower, upper, points))
    best = jnp.where(jnp.abs(end.edges.fa) < jnp.abs(end.edges.fb), end.edges.a, end.edges.b)
    edge = jnp.where(end.there & end.edges.done & ~end.unknown[None], best, jnp.nan)
    status = jnp.where(end.whole, Status.EXCLUDED, jnp.where(end.some, Status.FOUND, Status.ALLOWED))
    return Interval(edge[0], edge[1], jnp.where(end.unknown, Status.UNDEFINED, status), end.highest)


def first_crossing(function: Callable[[Values], Values], lower: Values | float, upper: Values | float) -> Crossing:
    """The first place where a function that takes long turns positive, with derivatives as those of `crossing`.

    The status is ALLOWED if no value is positive, EXCLUDED if the first one is, UNDEFINED if some are not a number.
    """
    lower, upper = jnp.broadcast_arrays(jnp.asarray(lower), jnp.asarray(upper))

    def solve(f: Callable, guess: Values) -> tuple[Values, Values]:
        found = interval_in_few_values(f, lower, upper, only_first=True)
        there = jnp.isfinite(found.lower)
        status = jnp.where(~there & (found.status == Status.FOUND), Status.EXCLUDED, found.status)
        return jnp.where(there, found.lower, guess), status.astype(lower.dtype)

    value, status = jax.lax.custom_root(jax.jit(function), lower, solve, divide_by_slope, has_aux=True)
    return Crossing(jnp.where(status == Status.FOUND, value, jnp.nan), status.astype(int))


def replaced(state: Search, **new: Array | Bracket) -> Search:
    """The state with new fields."""
    return eqx.tree_at(lambda state: [getattr(state, name) for name in new], state, [*new.values()])


def beginning(lower: Array, upper: Array, points: int) -> Search:
    """The state before the first value."""
    both, none = jnp.zeros((2, *lower.shape), lower.dtype), jnp.zeros(lower.shape, bool)
    nothing = Bracket(both, both, both, both, both, both, both + 0.5, jnp.ones(both.shape, bool))
    number, lowest = jnp.zeros((), int), jnp.full(lower.shape, -jnp.inf, lower.dtype)
    values = jnp.zeros((points, *lower.shape), lower.dtype)
    return Search(lower, upper, values, number, number, nothing, ~nothing.done, none, none, none, lowest, number)


def gridded(state: Search, value: Array, fractions: Float[Array, " points"]) -> Search:
    """The state with one more value on the grid; after the last, with the brackets, or with a narrower grid."""
    state = replaced(state, values=state.values.at[state.place].set(value), place=state.place + 1)
    return jax.lax.cond(state.place < fractions.size, lambda: state, lambda: surveyed(state, fractions))


def surveyed(state: Search, fractions: Float[Array, " points"]) -> Search:
    """The state behind a whole grid: brackets where values are positive, else a grid around the largest value."""
    points, values = fractions.size, state.values
    x = state.left[None] + (state.right - state.left)[None] * fractions.reshape(-1, *(1,) * state.left.ndim)
    positive = values > 0
    here, top = jnp.any(positive, axis=0), jnp.argmax(values, axis=0)
    new = here & ~state.some
    first, last = jnp.argmax(positive, axis=0), points - 1 - jnp.argmax(positive[::-1], axis=0)
    inside, outside = jnp.stack([first, last]), jnp.stack([first - 1, last + 1])
    there = new[None] & (outside >= 0) & (outside < points)
    at = lambda rows, place: jnp.take_along_axis(rows, jnp.clip(place, 0, points - 1), axis=0)
    a, b, fa, fb = (at(rows, place) for rows in (x, values) for place in (inside, outside))
    found = Bracket(a, b, a, fa, fb, fa, jnp.full_like(a, 0.5), ~there)
    some, unknown = state.some | here, state.unknown | jnp.any(jnp.isnan(values), axis=0)
    again = jnp.any(~some & ~unknown) & (state.grid + 1 < GRIDS)
    around = lambda shift: at(x, (top + shift)[None])[0]
    return replaced(
        state,
        left=jnp.where(some, state.left, around(-1)),
        right=jnp.where(some, state.right, around(1)),
        place=jnp.where(again, 0, state.place),
        grid=state.grid + 1,
        edges=jax.tree.map(lambda old, now: jnp.where(new[None], now, old), state.edges, found),
        there=state.there | there,
        whole=jnp.where(state.grid == 0, jnp.all(positive, axis=0), state.whole),
        some=some,
        unknown=unknown,
        highest=jnp.maximum(state.highest, jnp.max(values, axis=0)),
    )
