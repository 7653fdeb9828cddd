"""Exact cross-sections of set-ups over those of Weizsaecker and Williams, from the table that scripts/make_ratios.py makes."""

import json
from functools import cache
from pathlib import Path

from jaxdump.interpolate import LogCurve
from jaxdump.typing import Values

TABLE = Path(__file__).parents[1] / "data" / "exact_ratios.json"


def log_ratio(setup: str, element: str, mass: Values) -> Values:
    """ln of the ratio for the matrix element called `element` at `mass` [GeV]; constant outside the table.

    Good to 1e-3 for the beam energy, the material and the cuts of the set-up; raises `ValueError` where there is no table.
    """
    return curve(setup, element).log(mass)


@cache
def curve(setup: str, element: str) -> LogCurve:
    """The ratio against mass [GeV]."""
    ratios = table()
    if setup not in ratios:
        raise ValueError(f"no ratios to exact cross-sections of {setup or 'this set-up'!r}: take the method ww, iww or exact")
    if element not in ratios[setup]["ratio"]:
        raise ValueError(f"no ratios to exact cross-sections of {element!r}: take the method ww or iww")
    return LogCurve(tuple(ratios[setup]["mass"]), tuple(ratios[setup]["ratio"][element]))


@cache
def table() -> dict[str, dict]:
    """The set-ups of jaxdump/data/exact_ratios.json, read once."""
    try:
        return json.loads(TABLE.read_text())["setups"]
    except (OSError, ValueError, KeyError) as error:
        raise RuntimeError(f"{TABLE} is missing or broken: make it anew with scripts/make_ratios.py") from error
