"""Checks of concrete numbers that people give; traced numbers pass. Nothing here imports jax."""

import math
import sys

INFINITY = math.inf
FINEST_TOLERANCE = 1e-7
"""Least tolerance of contours, whose points lie on the boundary to 1e-10."""


def require(
    owner: str,
    name: str,
    value: object,
    low: float = -INFINITY,
    high: float = INFINITY,
    *,
    open_below: bool = False,
    open_above: bool = False,
) -> None:
    """Raise `ValueError` unless `value` is finite and between `low` and `high`, ends excluded if open; skip tracers."""
    if is_traced(value):
        return
    import numpy as np  # which takes longer than the help of a command

    numbers = np.asarray(value)
    above = numbers > low if open_below else numbers >= low
    below = numbers < high if open_above else numbers <= high
    right = np.isfinite(numbers) & above & below
    if np.all(right):
        return
    if open_below and low == 0 and high == INFINITY:
        wanted = "finite and positive"
    elif high < INFINITY:
        wanted = f"{'above' if open_below else 'at least'} {low:g} and {'below' if open_above else 'at most'} {high:g}"
    else:
        wanted = f"finite and {'above' if open_below else 'at least'} {low:g}"
    raise ValueError(f"{owner}: {name} must be {wanted}, not {numbers[~right].flat[0]:g}")


def is_traced(value: object) -> bool:
    """Whether a value is a tracer of jax, which has no number yet; none is where jax is not imported."""
    if "jax" not in sys.modules:
        return False
    from jax.core import Tracer

    return isinstance(value, Tracer)
