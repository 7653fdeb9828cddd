"""The experiments, one file a published analysis; `EXPERIMENTS` has them by their name on the command line."""

from jaxdump.experiment import Experiment
from jaxdump.experiments.na64mu import NA64MU_1E12, NA64MU_1E13, NA64MU_1E14, NA64MU_2022, NA64MU_2023

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment for experiment in (NA64MU_2022, NA64MU_2023, NA64MU_1E12, NA64MU_1E13, NA64MU_1E14)
}

__all__ = ["EXPERIMENTS", "NA64MU_1E12", "NA64MU_1E13", "NA64MU_1E14", "NA64MU_2022", "NA64MU_2023"]
