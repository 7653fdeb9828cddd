"""Places where a particle decays: in and behind a layered target, or in a volume behind a shield."""

import abc

import equinox as eqx
import jax.numpy as jnp

from jaxdump.fields import require
from jaxdump.flux import at_least_closed
from jaxdump.typing import Scalar, Values

DEEP = 50.0
"""Depth in decay lengths beyond which 1 - exp(-depth) is 1 in any precision: a larger one changes no value, only ranges."""


class AbstractDetector(eqx.Module):
    """A detector that gives log-probabilities of the place of a decay, never below `CLOSED`, from the log of the decay rate."""

    @abc.abstractmethod
    def log_decay_inside(self, log_rate: Values) -> Values:
        """Log-probability to decay where it is seen, from the log of the decay rate [1/m]; near `CLOSED` if stable."""

    @abc.abstractmethod
    def log_decay_beyond(self, log_rate: Values) -> Values:
        """Log-probability to leave the detector undecayed, from the log of the decay rate [1/m]."""


class DecayVolume(AbstractDetector):
    """A decay volume behind a shield that no visible particle passes; the dark particle is made at the front of the shield."""

    shield: Scalar
    """Length of the shield [m]."""
    decay_length: Scalar
    """Length of the decay volume [m], from the shield to the detector."""

    def __check_init__(self):
        require("detector", "shield", self.shield, 0)
        require("detector", "decay_length", self.decay_length, 0, open_below=True)

    def log_decay_inside(self, log_rate: Values) -> Values:
        """Logarithm of exp(-shield * rate) (1 - exp(-decay_length * rate)), the probability to decay in the volume."""
        return at_least_closed(log_decay_within(log_rate, self.decay_length) - self.shield * jnp.exp(log_rate))

    def log_decay_beyond(self, log_rate: Values) -> Values:
        return at_least_closed(-(self.shield + self.decay_length) * jnp.exp(log_rate))


class LayeredTarget(AbstractDetector):
    """A target of equal layers that each produce the same share, then a decay volume up to the last calorimeter.

    A particle of layer i = 1 (the last) ... N crosses (i - 1 + skip_layers) pitches before its decay may be seen. With
    `skip_layers` = 0 particles of the last layer need no path. Then 1/N of all decays stays visible for short lifetimes, and an
    island of visible decays has no upper edge; 1 closes it. Reference: arXiv:2501.06294, Eqs. (14)-(16), skip_layers = 0.
    """

    layers: Scalar
    """Number of layers N."""
    pitch: Scalar
    """Thickness of one layer [m]."""
    exit_length: Scalar
    """Distance [m] from the end of the target to the end of the last calorimeter."""
    skip_layers: Scalar
    """Layers that a particle crosses before it may be seen."""

    def __check_init__(self):
        for name in ("layers", "pitch", "exit_length"):
            require("detector", name, getattr(self, name), 0, open_below=True)
        require("detector", "skip_layers", self.skip_layers, 0)

    def leave(self, rate: Values) -> Values:
        """Mean probability to reach the end of the target from where decays count, for `rate` decays per metre.

        The geometric sum over layers, (1 - e^(-N z)) / (N (1 - e^(-z))) with z = rate * pitch: between 1/N and 1.
        """
        z = jnp.minimum(rate * self.pitch, DEEP)
        return decay_fraction(self.layers * z) / decay_fraction(z)

    def log_decay_inside(self, log_rate: Values) -> Values:
        """Logarithm of the mean probability to leave the target and decay before `exit_length`; near `CLOSED` if stable.

        `log_rate` is the log of the decay rate [1/m]. In a thin volume the probability is rate * exit_length (1 - ...).
        """
        rate = jnp.exp(log_rate)
        within = log_decay_within(log_rate, self.exit_length)
        return at_least_closed(within + jnp.log(self.leave(rate)) - self.skip_layers * self.pitch * rate)

    def log_decay_beyond(self, log_rate: Values) -> Values:
        """Logarithm of the mean probability to pass `exit_length` undecayed; `log_rate` is the log of the decay rate [1/m]."""
        rate = jnp.exp(log_rate)
        return at_least_closed(jnp.log(self.leave(rate)) - (self.skip_layers * self.pitch + self.exit_length) * rate)


def decay_fraction(depth: Values) -> Values:
    """The ratio (1 - exp(-depth)) / depth for depth >= 0: 1 at 0, and smooth to the precision of the dtype."""
    thick = depth > jnp.finfo(depth.dtype).eps ** 0.5
    safe = jnp.where(thick, depth, 1.0)
    return jnp.where(thick, -jnp.expm1(-safe) / safe, 1 - jnp.where(thick, 0.0, depth) / 2)


def log_decay_within(log_rate: Values, length: Scalar) -> Values:
    """Logarithm of the probability to decay within a `length` [m], 1 - exp(-rate * length), precise also where it is small."""
    depth = jnp.minimum(jnp.exp(log_rate) * length, DEEP)
    thick = depth > jnp.finfo(depth.dtype).eps ** 0.5
    decay = jnp.log(jnp.where(thick, -jnp.expm1(-jnp.where(thick, depth, 1.0)), 1.0))
    return decay + jnp.where(thick, 0.0, log_rate + jnp.log(length) - depth / 2)
