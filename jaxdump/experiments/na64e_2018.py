"""NA64 with electrons until 2018: what passes the first hadron calorimeter, and decays in those behind it or leaves them too.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

import dataclasses

from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import MissingEnergy, VisibleDecay
from jaxdump.detection.efficiency import Efficiency
from jaxdump.experiments.na64e import EFFICIENCY, NA64E_2022
from jaxdump.fields import Number
from jaxdump.region import NONE_SEEN, SignalRegion
from jaxdump.stage import Channel

MODULE = Number(48 * 0.034 + 0.0254, "P", "48 layers, and an iron plate at the end; of four modules, 6.6 m. arXiv:2005.02710")
"""[m] A module of the hadron calorimeter."""
REST = Number(0.35, "A", "from the front of the shower to the end of the electron calorimeter, which is 0.45 m long")
"""[m]"""
DETECTOR = DecayVolume(
    shield=Number(REST + MODULE, "A", "rest of the electron calorimeter and first module of the next. arXiv:2005.02710"),
    decay_length=Number(3 * MODULE, "D", "the other three. arXiv:2005.02710"),
)
FIRST, *OTHERS = NA64E_2022.regions[0].channels
NA64E_2018 = dataclasses.replace(
    NA64E_2022,
    name="na64e-2018",
    description="NA64e, 2016-2018 data",
    references=("arXiv:2005.02710", "arXiv:1906.00176"),
    exposure=Number(2.84e11, "P", "arXiv:2005.02710"),
    regions=(
        SignalRegion(
            "penetrating",
            channels=(
                *(Channel(FIRST.names, (stage(DETECTOR), Efficiency(EFFICIENCY))) for stage in (MissingEnergy, VisibleDecay)),
                *OTHERS,
            ),
            observed=Number(0.0, "P", "arXiv:2005.02710"),
            background=Number(0.0, "A", "none, the weakest limit"),
            published_upper_count=NONE_SEEN,
        ),
    ),
)
