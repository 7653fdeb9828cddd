"""Draw what lepton beams exclude, or would, for each mediator into docs/reach_THEORY.png: `python scripts/make_reaches.py`.

Invisible decays (alpha_D = 0.1, m = 3 m_chi) at NA64, LDMX and M3, with the numbers of electrons and muons of their runs and
projections; visible decays alone (alpha_D = 0) at E137.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from jaxdump import plot
from jaxdump.experiments import E137, LDMX_1E15, M3_1E13, NA64E_5E12, NA64E_2022, NA64MU_5E13, NA64MU_2022
from jaxdump.inference.refinement import drawn
from jaxdump.theories import AxialVector, DarkPhoton, PseudoscalarMediator, ScalarMediator, Spin2

INVISIBLE = (NA64E_2022, NA64E_5E12, LDMX_1E15, NA64MU_2022, NA64MU_5E13, M3_1E13)
MEDIATORS = (ScalarMediator, PseudoscalarMediator, DarkPhoton, AxialVector, Spin2)
DOCS = Path(__file__).parents[1] / "docs"

WORDS = "90 % CL, published upper counts; to dark matter with alpha_D=0.1, mass_ratio=3; E137: alpha_D=0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=80, help="masses of a curve (default 80)")
    parser.add_argument("--quick", action="store_true", help="one mediator at the last of the beams, without E137")
    args = parser.parse_args()
    masses = np.geomspace(1e-3, 2.0, args.points)
    for theory in MEDIATORS[:1] if args.quick else MEDIATORS:
        runs = [(run.only("invisible"), theory) for run in (INVISIBLE[-1:] if args.quick else INVISIBLE)]
        runs += [] if args.quick else [(E137, partial(theory, alpha_D=0.0))]
        curves = [plot.Exclusion(run.description, drawn(run, make, masses), projection=run.projection) for run, make in runs]
        figure = plot.exclusion(theory, curves, words=WORDS)
        figure.savefig(DOCS / f"reach_{theory.name}.png", dpi=200)
        print(f"reach_{theory.name}.png")


if __name__ == "__main__":
    main()
