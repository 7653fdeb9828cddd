"""The minimum of a smooth function of a few bounded variables, for profiling nuisances: differentiable to any order."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.typing import Scalar

MAX_STEPS = 1000
IDLE = 20
"""Number of steps without any gain after which the search ends: only rounding is left."""


def minimum(
    function: Callable[[Float[Array, " k"]], Float[Array, ""]],
    start: Float[Array, "*starts k"],
    lower: Float[Array, " k"] | float = -jnp.inf,
    upper: Float[Array, " k"] | float = jnp.inf,
) -> Float[Array, " k"]:
    """The minimum of `function` near `start`, the lowest one if there are several, and between the bounds.

    Newton's method with Levenberg's damping, and a variable held at a bound that it is pressed against: for a few variables,
    under vmap and jit. The last step is taken without regard to the value, so that the precision is that of the gradient.
    Derivatives with respect to whatever `function` closes over follow from the vanishing gradient.
    """
    lower, upper = limits_like(start, lower, upper)
    gradient = jax.jit(jax.grad(function))

    def residual(x: Array) -> Array:
        slope = gradient(x)
        return jnp.where(jax.lax.stop_gradient(pressed(x, slope, lower, upper)), x - jax.lax.stop_gradient(x), slope)

    start = jax.lax.stop_gradient(start)
    solve = lambda _, __: minimum_value(function, start, lower, upper)
    return jax.lax.custom_root(residual, start if start.ndim == 1 else start[0], solve, divide_by_jacobian)


def minimum_value(
    function: Callable[[Float[Array, " k"]], Float[Array, ""]],
    start: Float[Array, "*starts k"],
    lower: Float[Array, " k"] | float = -jnp.inf,
    upper: Float[Array, " k"] | float = jnp.inf,
    hessian: Callable[[Float[Array, " k"]], Float[Array, "k k"]] | None = None,
) -> Float[Array, " k"]:
    """The minimum without derivatives, which compiles in half the time. `hessian` may be given where that is quicker."""
    lower, upper = limits_like(start, lower, upper)
    start = jnp.clip(start, *(jnp.broadcast_to(bound, start.shape) for bound in (lower, upper)))
    function = jax.jit(function)
    gradient, hessian = jax.jit(jax.grad(function)), hessian or jax.jit(jax.hessian(function))

    def descend(guess: Array) -> Array:
        precision = jnp.finfo(guess.dtype).eps

        def step(state: tuple) -> tuple:
            x, value, damping, _, count, idle = state
            slope = gradient(x)
            held = pressed(x, slope, lower, upper)
            slope, curvature = jnp.where(held, 0.0, slope), jnp.where(held[:, None] | held[None, :], 0.0, hessian(x))
            upwards = jnp.where(jnp.eye(x.size, dtype=bool), jnp.abs(curvature), curvature)  # or it would climb to a maximum
            move = -solve_scaled(upwards, slope, damping)
            tried = jnp.clip(x + move, lower, upper)
            new = function(tried)
            noise = 4 * precision * (1 + jnp.abs(value))
            better = new <= value + noise
            settled = jnp.abs(slope @ move) <= noise
            idle = jnp.where(new < value - noise, 0, idle + 1)
            done = (settled & (damping == 0)) | (damping > 1e12) | (idle > IDLE)
            damping = jnp.where(better, damping / 10, jnp.maximum(damping, 1e-4) * 10)
            damping = jnp.where(settled | (damping < 1e-9), 0.0, damping)
            return jnp.where(better, tried, x), jnp.where(better, new, value), damping, done, count + 1, idle

        more = lambda state: ~state[3] & (state[4] < MAX_STEPS)
        none = jnp.zeros((), int)
        begin = guess, function(guess), jnp.full_like(guess[0], 1e-3), jnp.zeros((), bool), none, none
        return jax.lax.while_loop(more, step, begin)[0]

    if start.ndim == 1:
        return descend(start)
    minima = jax.vmap(descend)(start)
    return minima[jnp.argmin(jax.vmap(function)(minima))]


def limits_like(start: Float[Array, "*starts k"], *bounds: Float[Array, " k"] | float) -> list[Float[Array, " k"]]:
    """Bounds of each variable."""
    return [jnp.broadcast_to(jnp.asarray(bound, start.dtype), start.shape[-1:]) for bound in bounds]


def pressed(x: Array, slope: Array, lower: Array, upper: Array) -> Array:
    """Whether each variable is at a bound and would go beyond it."""
    return ((x <= lower) & (slope >= 0)) | ((x >= upper) & (slope <= 0))


def divide_by_jacobian(linear: Callable[[Array], Array], y: Float[Array, " k"]) -> Float[Array, " k"]:
    """Solve linear(x) = y for a few variables."""
    return solve_scaled(jax.jacobian(linear)(jnp.zeros_like(y)), y)


def solve_scaled(matrix: Float[Array, "k k"], y: Float[Array, " k"], damping: Scalar = 0.0) -> Float[Array, " k"]:
    """Solve matrix @ x = y for variables of any scales, which the diagonal tells; `damping` adds to it in its own units.

    A variable with a row of zeros or of numbers whose squares underflow counts as having a one on the diagonal.
    """
    diagonal = jnp.abs(jnp.diag(matrix))
    scale = jax.lax.rsqrt(jnp.where(diagonal > 0, diagonal, 1.0))
    alone = jnp.all(jnp.abs(matrix) < float(jnp.finfo(matrix.dtype).tiny) ** 0.5, axis=1)
    unit = jnp.where(alone, 1.0, damping)
    return scale * jnp.linalg.solve(scale[:, None] * matrix * scale[None, :] + jnp.diag(unit), scale * y)
