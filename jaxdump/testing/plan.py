"""The plan of a check: where something is checked, and how well."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxdump.checks import require


class Wrong(AssertionError):
    """An `AssertionError` whose line says of which subject which property does not hold, at which mass and coupling."""


class Plan(NamedTuple):
    """Where something is checked, and how well; masses are in GeV."""

    masses: Sequence[float] = tuple(np.geomspace(1e-5, 100, 13))
    couplings: Sequence[float] = tuple(np.geomspace(1e-12, 1e3, 12))
    """Of the plane, over which values and slopes must be finite: absurd ones too."""
    points: Sequence[tuple[float, float]] = ((2e-3, 1e-4), (0.04, 1e-3), (0.17, 3e-4), (0.35, 1e-5), (1.2, 0.1))
    """(mass, coupling), none at a threshold, where slopes must equal differences and ways to compute each other."""
    closed: Sequence[float] = (170.0, 1e4)
    """Masses of which nothing is made."""
    more: Sequence[tuple[float, float]] = ()
    """(mass, coupling) of which values and slopes are given back."""
    single: float = 2e-5
    """Largest difference of a logarithm in float32 from that in float64, besides what rounded masses and couplings make."""
    seen: float = -20.0
    """Logarithms above which they are compared."""
    eager: bool = True
    """Whether it is calculated operation by operation at one of `points` too, which takes seconds."""
    says: bool = True
    """Whether widths and couplings are checked too, which takes a fifth of the time of a theory."""


WHOLE = Plan()
"""The plan of a check that is given none."""


def want_numbers(plan: Plan) -> None:
    """Raise `ValueError` unless all masses and couplings of a plan are positive."""
    for name in ("masses", "couplings", "points", "closed", "more"):
        try:
            numbers = np.asarray(getattr(plan, name), float)
        except (TypeError, ValueError):
            raise ValueError(f"plan: {name} must be numbers, not {getattr(plan, name)!r}") from None
        require("plan", name, numbers, 0, open_below=True)
        pairs = name in ("points", "more")
        if numbers.size == 0 and name in ("masses", "couplings", "points"):
            raise ValueError(f"plan: there are no {name}: give one or more")
        if numbers.size and (numbers.ndim != 1 + pairs or (pairs and numbers.shape[1] != 2)):
            raise ValueError(f"plan: {name} must be a list of {'(mass, coupling)' if pairs else 'numbers'}")
