"""Figures, one column of a paper wide: limits, islands, likelihoods, slopes, fluxes and branching ratios."""

from jaxdump.plot.branching import branching
from jaxdump.plot.limits import Exclusion, Island, exclusion, islands
from jaxdump.plot.lines import lines
from jaxdump.plot.lists import bars, fluxes
from jaxdump.plot.planes import contours, surface
from jaxdump.plot.published import published

__all__ = [
    "Exclusion",
    "Island",
    "bars",
    "branching",
    "contours",
    "exclusion",
    "fluxes",
    "islands",
    "lines",
    "published",
    "surface",
]
