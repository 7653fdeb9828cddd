"""Where a particle made in a layered target decays."""

import equinox as eqx
from jaxtyping import Array, Float

from jaxdump.checks import require
from jaxdump.flux import log_decay_fraction, safe_log
from jaxdump.typing import Scalar

Values = Float[Array, "..."]


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

    def log_leave(self, rate: Values) -> Values:
        """log of the mean probability to leave the target undecayed, for `rate` decays per metre [1/m].

        The geometric sum over layers, (1 - e^(-N z)) / (N (1 - e^(-z))) e^(-skip z) with z = rate * pitch.
        """
        z = rate * self.pitch
        return log_decay_fraction(self.layers * z) - log_decay_fraction(z) - self.skip_layers * z

    def log_decay_inside(self, rate: Values) -> Values:
        """log of the mean probability to leave the target and decay before `exit_length`; `CLOSED` for a stable particle."""
        depth = rate * self.exit_length
        return self.log_leave(rate) + safe_log(depth) + log_decay_fraction(depth)

    def log_decay_beyond(self, rate: Values) -> Values:
        """log of the mean probability to pass `exit_length` undecayed."""
        return self.log_leave(rate) - rate * self.exit_length
