"""The muon's anomalous magnetic moment as a line in the plane of mass and coupling, and what agrees with a measurement."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import is_traced
from jaxdump.fields import Number
from jaxdump.flux import safe_log
from jaxdump.inference.limits import limit
from jaxdump.inference.lines import AbstractLine
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.family import MakeTheory, family
from jaxdump.theories.moments import muon_moment, no_moment, unit_moments
from jaxdump.typing import Scalar

SIGMAS = 2.0
"""Standard deviations within which a moment agrees with a measurement."""


class MuonMoment(AbstractLine):
    """Particles that change the muon's anomalous magnetic moment by more than `value`, in the direction of its sign.

    The line is ln(Delta a / value) with Delta a of `theories.moments`; a particle that changes the moment in the other
    direction is never beyond it. Raises `ValueError` for a value of zero.

    >>> import jaxdump
    >>> from jaxdump.theories import LmuLtau
    >>> f"{jaxdump.limit(jaxdump.MuonMoment(251e-11), LmuLtau, [0.1]).lower[0, 0]:.3e}"
    '9.462e-04'
    """

    value: Scalar
    """Anomalous moment, of either sign."""
    units: Mapping[str, Scalar] | None = None
    """Moments for couplings of one by vertex, where they are done."""

    def __check_init__(self):
        if not is_traced(self.value) and not (np.isfinite(self.value) and self.value != 0):
            raise ValueError(f"magnetic moment: the value must be finite and not zero, not {float(self.value):g}")

    @property
    def labels(self) -> tuple[str, ...]:
        return ("magnetic moment",)

    def held(self, theory: AbstractTheory) -> "MuonMoment":
        return MuonMoment(self.value, unit_moments(theory))

    def __call__(self, theory: AbstractTheory) -> Float[Array, "1"]:
        return safe_log(muon_moment(theory, self.units) / self.value)[None]


class Agreement(NamedTuple):
    """The couplings at each mass whose moment agrees with a measurement."""

    mass: np.ndarray
    """(n,) [GeV]"""
    lower: np.ndarray
    """(n,) smallest coupling that agrees; nan where couplings down to zero do, or none does."""
    upper: np.ndarray
    """(n,) largest coupling that agrees; nan where none does."""


def agreement(theory: MakeTheory, masses: np.ndarray, delta_a: Number, sigmas: float = SIGMAS) -> Agreement:
    """The couplings at `masses` [GeV] whose moment is within `sigmas` standard deviations of `delta_a`.

    Raises `ValueError` for a measurement without an error, for a theory whose moment is not known, and for one whose couplings
    to muons are zero.
    """
    theory = family(theory)
    if told := no_moment(theory.one(*masses)):
        raise ValueError(told)
    if not delta_a.error:
        raise ValueError("a band of magnetic moments needs the error of the measurement")
    ends = [float(delta_a) + side * sigmas * delta_a.error for side in (-1, 1)]
    none = np.full(len(masses), np.nan)
    both = np.stack([limit(MuonMoment(end), theory, masses).lower[:, 0] if end else none for end in ends])
    both = np.sort(both, axis=0)  # nan comes last
    alone = np.isnan(both[1])
    return Agreement(np.asarray(masses, float), np.where(alone, np.nan, both[0]), np.where(alone, both[0], both[1]))
