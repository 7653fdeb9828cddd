"""Exact cross-sections of set-ups over those of Weizsaecker and Williams, from the table that scripts/make_ratios.py makes."""

import json
from functools import cache
from pathlib import Path

from jax.core import Tracer

from jaxdump.interpolate import LogCurve
from jaxdump.typing import Scalar, Values

TABLE = Path(__file__).parents[1] / "data" / "exact_ratios.json"


def log_ratio(setup: str, element: str, mass: Values) -> Values:
    """ln of the ratio for the matrix element called `element` at `mass` [GeV]; constant outside the table.

    Good to 1e-3 for the beam energy, the material and the cuts of the set-up; raises `ValueError` where there is no table.
    """
    return curve(setup, element).log(mass)


def check_setup(setup: str, energy: Scalar, x_min: Scalar, material: str) -> None:
    """Raise `ValueError` if concrete numbers are not those of the set-up."""
    meant = table().get(setup)
    if meant is None or isinstance(energy, Tracer) or isinstance(x_min, Tracer):
        return
    if (float(energy), float(x_min), material) != (meant["energy"], meant["x_min"], meant["material"]):
        raise ValueError(
            f"the ratios of ww-corrected are for {meant['energy']:g} GeV on {meant['material']} and x_min={meant['x_min']:g}: "
            "take the method exact or ww"
        )


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
