"""Checks of concrete numbers that people give; traced ones pass."""

import math

import numpy as np
from jax.core import Tracer

INFINITY = math.inf


def require(
    owner: str, name: str, value: object, low: float = -INFINITY, high: float = INFINITY, *, open_below: bool = False
) -> None:
    """Raise `ValueError` unless `value` is finite and between `low` (excluded if `open_below`) and `high`; skip tracers."""
    if isinstance(value, Tracer):
        return
    numbers = np.asarray(value)
    above = numbers > low if open_below else numbers >= low
    if np.all(np.isfinite(numbers) & above & (numbers <= high)):
        return
    if open_below and low == 0 and high == INFINITY:
        wanted = "finite and positive"
    else:
        wanted = f"finite and between {low:g} and {high:g}" if high < INFINITY else f"finite and at least {low:g}"
    raise ValueError(f"{owner}: {name} must be {wanted}, not {numbers.tolist()}")
