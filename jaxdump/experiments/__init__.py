"""The experiments, one file a published analysis, loaded when they are first asked for.

`EXPERIMENTS` has them by their name on the command line.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from jaxdump.experiment import Experiment

if TYPE_CHECKING:
    from jaxdump.experiments.atmosphere import AT_GROUND, ICECUBE_MCP, JUNO, LIQUID_SCINTILLATOR, SUPERK, WATER_DETECTOR
    from jaxdump.experiments.atmospheric_decays import ATMOSPHERIC_DECAYS
    from jaxdump.experiments.e137 import E137
    from jaxdump.experiments.ldmx import LDMX_1E15, LDMX_2E16_8GEV
    from jaxdump.experiments.ldmx_visible import LDMX_VISIBLE
    from jaxdump.experiments.m3 import M3_1E13
    from jaxdump.experiments.na64_tau import NA64_TAU_1E13
    from jaxdump.experiments.na64e import NA64E_5E12, NA64E_2022, NA64E_PLUS_40GEV, NA64E_PLUS_60GEV, NA64E_PLUS_2022
    from jaxdump.experiments.na64e_2018 import NA64E_2018
    from jaxdump.experiments.na64e_visible import NA64E_VISIBLE
    from jaxdump.experiments.na64mu import (
        NA64MU_1E12,
        NA64MU_1E13,
        NA64MU_1E14,
        NA64MU_5E13,
        NA64MU_2022,
        NA64MU_2023,
    )
    from jaxdump.experiments.superk_spectrum import SUPERK_SPECTRUM

PLACES = {
    "na64mu-2022": ("na64mu", "NA64MU_2022"),
    "na64mu-2023": ("na64mu", "NA64MU_2023"),
    "na64mu-1e12": ("na64mu", "NA64MU_1E12"),
    "na64mu-1e13": ("na64mu", "NA64MU_1E13"),
    "na64mu-5e13": ("na64mu", "NA64MU_5E13"),
    "na64mu-1e14": ("na64mu", "NA64MU_1E14"),
    "na64e-2018": ("na64e_2018", "NA64E_2018"),
    "na64e-2022": ("na64e", "NA64E_2022"),
    "na64e-5e12": ("na64e", "NA64E_5E12"),
    "na64-tau-1e13": ("na64_tau", "NA64_TAU_1E13"),
    "na64e-plus-2022": ("na64e", "NA64E_PLUS_2022"),
    "na64e-plus-40gev": ("na64e", "NA64E_PLUS_40GEV"),
    "na64e-plus-60gev": ("na64e", "NA64E_PLUS_60GEV"),
    "na64e-visible": ("na64e_visible", "NA64E_VISIBLE"),
    "ldmx-1e15": ("ldmx", "LDMX_1E15"),
    "ldmx-2e16-8gev": ("ldmx", "LDMX_2E16_8GEV"),
    "ldmx-visible": ("ldmx_visible", "LDMX_VISIBLE"),
    "m3-1e13": ("m3", "M3_1E13"),
    "e137": ("e137", "E137"),
    "atmosphere": ("atmosphere", "AT_GROUND"),
    "superk": ("atmosphere", "SUPERK"),
    "superk-spectrum": ("superk_spectrum", "SUPERK_SPECTRUM"),
    "juno": ("atmosphere", "JUNO"),
    "icecube-mcp": ("atmosphere", "ICECUBE_MCP"),
    "liquid-scintillator": ("atmosphere", "LIQUID_SCINTILLATOR"),
    "water": ("atmosphere", "WATER_DETECTOR"),
    "atmospheric-decays": ("atmospheric_decays", "ATMOSPHERIC_DECAYS"),
}
"""The file and the constant of each experiment."""
FILES = {constant: file for file, constant in PLACES.values()}

__all__ = [
    "ATMOSPHERIC_DECAYS",
    "AT_GROUND",
    "E137",
    "EXPERIMENTS",
    "ICECUBE_MCP",
    "JUNO",
    "LDMX_1E15",
    "LDMX_2E16_8GEV",
    "LDMX_VISIBLE",
    "LIQUID_SCINTILLATOR",
    "M3_1E13",
    "NA64E_5E12",
    "NA64E_2018",
    "NA64E_2022",
    "NA64E_PLUS_40GEV",
    "NA64E_PLUS_60GEV",
    "NA64E_PLUS_2022",
    "NA64E_VISIBLE",
    "NA64MU_1E12",
    "NA64MU_1E13",
    "NA64MU_1E14",
    "NA64MU_5E13",
    "NA64MU_2022",
    "NA64MU_2023",
    "NA64_TAU_1E13",
    "SUPERK",
    "SUPERK_SPECTRUM",
    "WATER_DETECTOR",
]


class Experiments(Mapping[str, Experiment]):
    """All experiments by name; the file of one is read when it is looked up."""

    def __getitem__(self, name: str) -> Experiment:
        return __getattr__(PLACES[name][1])

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


EXPERIMENTS = Experiments()


def __getattr__(name: str) -> Experiment:
    if name not in FILES:
        raise AttributeError(f"module 'jaxdump.experiments' has no attribute {name!r}")
    return getattr(importlib.import_module(f"jaxdump.experiments.{FILES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
