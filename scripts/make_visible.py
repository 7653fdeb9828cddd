"""Draw dark photons that annihilation makes, into docs/reach_dark-photon_visible.png and docs/reach_dark-photon_positrons.png.

    python scripts/make_visible.py

The first shows visible decays alone (alpha_D = 0) behind the dumps of E137, with and without annihilation of shower
positrons, and of NA64 and LDMX, with published bounds from the files in docs/curves; the second invisible decays
(alpha_D = 0.1, m = 3 m_chi) for beams of positrons or electrons.
"""

import argparse
import dataclasses
from pathlib import Path

import numpy as np

from jaxdump import plot
from jaxdump.exchange.published import read_published
from jaxdump.experiment import Experiment
from jaxdump.experiments import (
    E137,
    LDMX_VISIBLE,
    NA64E_2018,
    NA64E_2022,
    NA64E_PLUS_40GEV,
    NA64E_PLUS_60GEV,
    NA64E_PLUS_2022,
    NA64E_VISIBLE,
)
from jaxdump.inference.refinement import drawn
from jaxdump.settings import with_numbers
from jaxdump.theories import DarkPhoton
from jaxdump.theories.family import Family

DOCS = Path(__file__).parents[1] / "docs"
CURVES = Path(__file__).parents[1] / "docs" / "curves"
PUBLISHED = {"visible": {"E137, published": "E137", "NA64, published": "NA64"}, "positrons": {}}
"""Files of published bounds, by the words for them, of each figure."""
VISIBLE, INVISIBLE = Family(DarkPhoton, {"alpha_D": 0.0}), Family(DarkPhoton)
WITHOUT = dataclasses.replace(with_numbers(E137, VISIBLE, {"annihilation": 0.0})[0], data=False)
"""Drawn as a line."""
BEHIND = {
    "E137": E137,
    "E137, no annihilation": WITHOUT,
    "NA64e, visible mode": NA64E_VISIBLE,
    "NA64e to 2018": NA64E_2018,
    "LDMX": LDMX_VISIBLE,
}
BEAMS = {
    "100 GeV positrons, 2022": NA64E_PLUS_2022,
    "40 GeV positrons": NA64E_PLUS_40GEV,
    "60 GeV positrons": NA64E_PLUS_60GEV,
    "electrons to 2022": NA64E_2022,
}
FIGURES = {
    "visible": (VISIBLE, BEHIND, (1.1e-3, 0.5), "visible decays: alpha_D=0; also a line: data of E137 without annihilation"),
    "positrons": (INVISIBLE, BEAMS, (3e-3, 1.0), "NA64e; to dark matter with alpha_D=0.1, mass_ratio=3"),
}
"""The family, the runs by words for them, the masses [GeV] and the words of each figure."""


def exclusion(label: str, run: Experiment, make: Family, masses: np.ndarray) -> plot.Exclusion:
    """Limits, with more masses where they bend or end, and at both sides of each place where they jump."""
    return plot.Exclusion(label, drawn(run, make, masses), projection=run.projection)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=80, help="masses of a curve (default 80)")
    parser.add_argument("--quick", action="store_true", help="the last run of each figure alone")
    args = parser.parse_args()
    for name, (make, runs, (low, high), words) in FIGURES.items():
        masses = np.geomspace(low, high, args.points)
        every = [exclusion(label, run, make, masses) for label, run in [*runs.items()][-1 if args.quick else None :]]
        bounds = {told: read_published(f"{CURVES}/darkphoton_bound_{of}_foresee.csv") for told, of in PUBLISHED[name].items()}
        figure = plot.exclusion(make, every, bounds, f"90 % CL, published upper counts; {words}")
        figure.savefig(DOCS / f"reach_dark-photon_{name}.png", dpi=200)
        print(f"reach_dark-photon_{name}.png")


if __name__ == "__main__":
    main()
