"""Smooth interpolation of small tables."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from jaxdump.typing import Values


class LogCurve(eqx.Module):
    """A positive function given at points: monotone cubic in (ln x, ln y) between them, constant and C1 outside.

    Reference: Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984), the slopes of scipy's PchipInterpolator.
    """

    log_x: tuple[float, ...] = eqx.field(static=True)
    log_y: tuple[float, ...] = eqx.field(static=True)
    slopes: tuple[float, ...] = eqx.field(static=True)

    def __init__(self, x: tuple[float, ...], y: tuple[float, ...]):
        log_x, log_y = np.log(x), np.log(y)
        self.log_x, self.log_y = tuple(log_x.tolist()), tuple(log_y.tolist())
        self.slopes = tuple(monotone_slopes(log_x, log_y).tolist())

    def log(self, x: Values) -> Values:
        """ln y at `x`, in the dtype of `x`."""
        knots, values, slopes = (jnp.asarray(a, dtype=x.dtype) for a in (self.log_x, self.log_y, self.slopes))
        position = jnp.clip(jnp.log(x), knots[0], knots[-1])
        left = jnp.clip(jnp.searchsorted(knots, position, method="compare_all") - 1, 0, len(self.log_x) - 2)
        width = knots[left + 1] - knots[left]
        u = (position - knots[left]) / width
        rise = values[left + 1] - values[left]
        bend = (slopes[left] * width - rise) * (1 - u) - (slopes[left + 1] * width - rise) * u
        return values[left] + rise * u + u * (1 - u) * bend


def monotone_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes at the points: weighted harmonic mean of the neighbouring secants, zero at extrema and at both ends."""
    width = np.diff(x)
    secant = np.diff(y) / width
    before, after = secant[:-1], secant[1:]
    w_before, w_after = width[:-1] + 2 * width[1:], 2 * width[:-1] + width[1:]
    same = before * after > 0
    inner = (w_before + w_after) / (w_before / np.where(same, before, 1.0) + w_after / np.where(same, after, 1.0))
    return np.concatenate([[0.0], np.where(same, inner, 0.0), [0.0]])
