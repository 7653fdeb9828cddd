"""Draw what lepton beams exclude, or would, of millicharged pairs into docs/reach_millicharge.png.

    python scripts/make_millicharges.py

Beside are published bounds of other experiments, from the files in docs/curves.
"""

import argparse
from pathlib import Path

import numpy as np

from jaxdump import plot
from jaxdump.exchange.published import Published, read_published
from jaxdump.experiments import LDMX_2E16_8GEV, NA64E_5E12, NA64E_2022, NA64MU_1E14
from jaxdump.inference.refinement import drawn
from jaxdump.theories import Millicharge

RUNS = (NA64E_2022, NA64E_5E12, NA64MU_1E14, LDMX_2E16_8GEV)
PUBLISHED = ("SLAC", "LSND", "BEBC", "ArgoNeuT", "Colliders")
LARGEST = 0.3
"""Largest charge of the published bounds that is drawn."""
DOCS = Path(__file__).parents[1] / "docs"
CURVES = DOCS / "curves"
WORDS = "90 % CL, published upper counts; radiated pairs and decays of photoproduced mesons"


def bound(name: str) -> Published:
    """A published bound as an open line, without the points that close its region."""
    every = read_published(str(CURVES / f"mcp_bounds_{name}_foresee.csv"))
    limits = every.compared & (every.coupling < LARGEST)
    return every._replace(mass=every.mass[limits], coupling=every.coupling[limits], compared=limits[limits], closed=(False,))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=60, help="masses of a curve (default 60)")
    parser.add_argument("--quick", action="store_true", help="the beam of muons alone")
    args = parser.parse_args()
    masses = np.geomspace(1e-3, 1.5, args.points)
    runs = [run.only("invisible") for run in (RUNS[2:3] if args.quick else RUNS)]
    curves = [plot.Exclusion(run.description, drawn(run, Millicharge, masses), projection=run.projection) for run in runs]
    plot.exclusion(Millicharge, curves, {name: bound(name) for name in PUBLISHED}, WORDS).savefig(
        DOCS / "reach_millicharge.png", dpi=200
    )
    print("reach_millicharge.png")


if __name__ == "__main__":
    main()
