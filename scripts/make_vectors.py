"""Draw figures of a vector of B - L into docs: `python scripts/make_vectors.py`.

`reach_vector_B-L.png` is what lepton beams exclude, or would: invisible decays, to neutrinos and to dark matter (alpha_D =
0.1, m = 3 m_chi), at NA64 and LDMX, and visible ones alone (alpha_D = 0) at E137. `widths_vector.png` is its branching ratios
without dark matter.
"""

import argparse
from pathlib import Path

import jax
import numpy as np

from jaxdump import plot
from jaxdump.cli.commands.widths import branching_of, refined, widths_at
from jaxdump.experiments import E137, LDMX_1E15, NA64E_2022, NA64MU_2022
from jaxdump.inference.refinement import drawn
from jaxdump.theories import Vector
from jaxdump.theories.family import Family

INVISIBLE = (NA64E_2022, NA64MU_2022, LDMX_1E15)
DARK, VISIBLE = Family(Vector, charges="B-L"), Family(Vector, charges="B-L", alpha_D=0.0)
DOCS = Path(__file__).parents[1] / "docs"
WORDS = "B-L; 90 % CL, published upper counts; to neutrinos and dark matter with alpha_D=0.1, mass_ratio=3; E137: alpha_D=0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=80, help="masses of a curve (default 80)")
    parser.add_argument("--quick", action="store_true", help="one beam, and no resonances")
    args = parser.parse_args()
    runs = [(run.only("invisible"), DARK) for run in (INVISIBLE[1:2] if args.quick else INVISIBLE)]
    runs += [] if args.quick else [(E137, VISIBLE)]
    masses = np.geomspace(1e-3, 2.0, args.points)
    curves = [plot.Exclusion(run.description, drawn(run, make, masses), projection=run.projection) for run, make in runs]
    plot.exclusion(DARK, curves, words=WORDS).savefig(DOCS / "reach_vector_B-L.png", dpi=200)
    print("reach_vector_B-L.png")
    with jax.enable_x64(True):
        at = widths_at(VISIBLE, 1.0)
        many = refined(at, np.array([0.1, 0.5] if args.quick else [1e-3, 5.0]))
        shown = branching_of(at(many), Vector.particles[0])
    plot.branching(VISIBLE, many, shown, "B-L; alpha_D=0").savefig(DOCS / "widths_vector.png", dpi=200)
    print("widths_vector.png")


if __name__ == "__main__":
    main()
