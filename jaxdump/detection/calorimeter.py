"""Where a particle made in a layered target decays."""

import equinox as eqx
import jax.numpy as jnp

from jaxdump.checks import require
from jaxdump.typing import Scalar, Values


class LayeredTarget(eqx.Module):
    """Equal layers that each produce the same share, then a decay volume up to the last calorimeter.

    A particle of layer i = 1 (the last) ... N crosses (i - 1 + skip_layers) pitches before it may be seen. With
    `skip_layers` = 0 those of the last layer need no path, so for short lifetimes 1/N of all decays stays visible and a
    visible island has no upper edge; 1 closes it. Reference: arXiv:2501.06294, Eqs. (14)-(16), skip_layers = 0.
    """

    layers: Scalar
    """N"""
    pitch: Scalar
    """[m] of one layer."""
    exit_length: Scalar
    """[m] from the end of the target to the end of the last calorimeter."""
    skip_layers: Scalar

    def __check_init__(self):
        for name in ("layers", "pitch", "exit_length"):
            require("detector", name, getattr(self, name), 0, open_below=True)
        require("detector", "skip_layers", self.skip_layers, 0)

    def log_leave(self, log_rate: Values) -> Values:
        """log of the mean probability to reach the end of the target, `log_rate` being log of the decays per metre.

        The geometric sum over layers, (1 - e^(-N z)) / (N (1 - e^(-z))) e^(-skip_layers z) with z = rate * pitch.
        """
        rate = jnp.exp(log_rate)
        z = jnp.minimum(rate * self.pitch, DEEP)
        return jnp.log(decay_fraction(self.layers * z) / decay_fraction(z)) - self.skip_layers * self.pitch * rate

    def log_decay_inside(self, log_rate: Values) -> Values:
        """log of the mean probability to leave the target and decay before `exit_length`; near `CLOSED` if stable."""
        log_depth = log_rate + jnp.log(self.exit_length)
        depth = jnp.exp(jnp.minimum(log_depth, jnp.log(DEEP)))
        thick = depth > jnp.finfo(depth.dtype).eps ** 0.5
        decay = jnp.where(thick, jnp.log(-jnp.expm1(-jnp.where(thick, depth, 1.0))), log_depth - depth / 2)
        return self.log_leave(log_rate) + decay

    def log_decay_beyond(self, log_rate: Values) -> Values:
        """log of the mean probability to pass `exit_length` undecayed."""
        return self.log_leave(log_rate) - self.exit_length * jnp.exp(log_rate)


DEEP = 50.0
"""Depth in decay lengths beyond which 1 - exp(-depth) is 1 in any precision: a larger one changes no value, only ranges."""


def decay_fraction(depth: Values) -> Values:
    """(1 - exp(-depth)) / depth for depth >= 0: 1 at 0, smooth to the precision of the dtype."""
    thick = depth > jnp.finfo(depth.dtype).eps ** 0.5
    safe = jnp.where(thick, depth, 1.0)
    return jnp.where(thick, -jnp.expm1(-safe) / safe, 1 - jnp.where(thick, 0.0, depth) / 2)
