"""Ratios of exact cross-sections to those of Weizsaecker and Williams, from the table that scripts/make_ratios.py makes."""

import json
import math
from functools import cache

from jax.core import Tracer

from jaxdump.data import FOLDER, reading
from jaxdump.matter.materials import ALUMINIUM, LEAD, TUNGSTEN
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.sources.base import AbstractSource
from jaxdump.typing import Scalar, Values

TABLE = FOLDER / "exact_ratios.json"


def log_ratio(setup: str, element: str, mass: Values) -> Values:
    """Logarithm of the ratio for the matrix element called `element` at `mass` [GeV]; constant outside the table.

    Good to 1e-3 for the beam energy, the material and the cuts of the set-up; raises `ValueError` where there is no table.
    """
    return curve(setup, element).log(mass)


def check_setup(setup: str, source: AbstractSource, x_min: Scalar, theta_max: Scalar) -> None:
    """Raise `ValueError` if concrete numbers or words are not those of the set-up, if there is one of that name.

    With the form factor "elastic+inelastic" the ratios of heavy particles are up to 4 % smaller, in a narrow cone 30 %.
    """
    meant, material = table().get(setup), source.material
    if meant is None:
        return
    known = next(one for one in (LEAD, ALUMINIUM, TUNGSTEN) if one.name == meant["material"])
    given = {
        "beam_energy": (source.highest, meant["energy"]),
        "x_min": (x_min, meant["x_min"]),
        "theta_max": (theta_max, meant["theta_max"]),
        "charge_number": (material.charge_number, known.charge_number),
        "mass_number": (material.mass_number, known.mass_number),
    }
    words = {
        "lepton": (source.particle, meant["lepton"]),
        "material": (material.name, known.name),
        "form_factor": (material.form_factor, "elastic"),
    }
    wrong = [f"{name}={value}" for name, (value, right) in words.items() if value != right]
    concrete = {name: pair for name, pair in given.items() if not isinstance(pair[0], Tracer)}
    wrong += [f"{name}={value:g}" for name, (value, right) in concrete.items() if not math.isclose(value, right, rel_tol=1e-6)]
    if wrong:
        raise ValueError(
            f"the ratios of ww-corrected are for {meant['energy']:g} GeV on {meant['material']} and x_min={meant['x_min']:g}: "
            f"take the method exact or ww for {wrong[0]}"
        )


@cache
def curve(setup: str, element: str) -> LogCurve:
    """Curve of the ratio as a function of mass [GeV]."""
    ratios = table()
    if setup not in ratios:
        raise ValueError(f"no ratios to exact cross-sections of {setup or 'this set-up'!r}: take the method ww, iww or exact")
    if element not in ratios[setup]["ratio"]:
        raise ValueError(f"no ratios to exact cross-sections of {element!r}: take the method ww or iww")
    return LogCurve(tuple(ratios[setup]["mass"]), tuple(ratios[setup]["ratio"][element]))


@cache
def table() -> dict[str, dict]:
    """The set-ups of jaxdump/data/exact_ratios.json, which is read once."""
    with reading(TABLE, "make_ratios.py"):
        return json.loads(TABLE.read_text())["setups"]
