"""The experiments, one file a published analysis; `EXPERIMENTS` has them by their name on the command line."""

from jaxdump.experiment import Experiment
from jaxdump.experiments.atmosphere import AT_GROUND, ICECUBE_MCP, JUNO, LIQUID_SCINTILLATOR, SUPERK, WATER_DETECTOR
from jaxdump.experiments.atmospheric_decays import ATMOSPHERIC_DECAYS
from jaxdump.experiments.e137 import E137
from jaxdump.experiments.ldmx import LDMX_1E15
from jaxdump.experiments.m3 import M3_1E13
from jaxdump.experiments.na64e import NA64E_5E12, NA64E_2022
from jaxdump.experiments.na64mu import (
    NA64MU_1E12,
    NA64MU_1E13,
    NA64MU_1E14,
    NA64MU_5E13,
    NA64MU_2022,
    NA64MU_2023,
)
from jaxdump.experiments.superk_spectrum import SUPERK_SPECTRUM

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        NA64MU_2022,
        NA64MU_2023,
        NA64MU_1E12,
        NA64MU_1E13,
        NA64MU_5E13,
        NA64MU_1E14,
        NA64E_2022,
        NA64E_5E12,
        LDMX_1E15,
        M3_1E13,
        E137,
        AT_GROUND,
        SUPERK,
        SUPERK_SPECTRUM,
        JUNO,
        ICECUBE_MCP,
        LIQUID_SCINTILLATOR,
        WATER_DETECTOR,
        ATMOSPHERIC_DECAYS,
    )
}

__all__ = [
    "ATMOSPHERIC_DECAYS",
    "AT_GROUND",
    "E137",
    "EXPERIMENTS",
    "ICECUBE_MCP",
    "JUNO",
    "LDMX_1E15",
    "LIQUID_SCINTILLATOR",
    "M3_1E13",
    "NA64E_5E12",
    "NA64E_2022",
    "NA64MU_1E12",
    "NA64MU_1E13",
    "NA64MU_1E14",
    "NA64MU_5E13",
    "NA64MU_2022",
    "NA64MU_2023",
    "SUPERK",
    "SUPERK_SPECTRUM",
    "WATER_DETECTOR",
]
