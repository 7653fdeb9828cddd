"""Draw thermal targets beside what NA64 and LDMX exclude, or would, into docs/thermal_targets.png.

`python scripts/make_thermal_targets.py`: the dark photon in the plane of the mass of dark matter and y, for alpha_D = 0.1 and
a dark photon three times as heavy as dark matter.
"""

import argparse
from pathlib import Path

import numpy as np

from jaxdump import Family, plot, thermal_targets
from jaxdump.exchange.published import Published
from jaxdump.experiments import LDMX_1E15, NA64E_2022, NA64MU_1E14, NA64MU_2022
from jaxdump.inference.refinement import drawn
from jaxdump.theories import DarkPhoton

RUNS = (NA64E_2022, NA64MU_2022, LDMX_1E15, NA64MU_1E14)
KINDS = {"complex scalar": "complex-scalar", "Majorana": "majorana", "pseudo-Dirac": "pseudo-dirac"}
FIGURE = Path(__file__).parents[1] / "docs" / "thermal_targets.png"
WORDS = "black: thermal targets; 90 % CL, published upper counts, pseudo-Dirac dark matter; alpha_D=0.1, mass_ratio=3"


def of(dark: str) -> Family:
    """Dark photons with this kind of dark matter, in the plane of its mass and y."""
    return Family(DarkPhoton, {"dark": dark}, axes=DarkPhoton.planes["y"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--points", type=int, default=60, help="masses of a limit (default 60), and a quarter of those of a target"
    )
    parser.add_argument("--quick", action="store_true", help="one run and one kind of dark matter")
    args = parser.parse_args()
    runs = [run.only("invisible") for run in (RUNS[1:2] if args.quick else RUNS)]
    kinds = dict(list(KINDS.items())[-1 if args.quick else 0 :])
    masses, finer = np.geomspace(1e-3, 1.0, args.points), np.geomspace(1e-3, 1.0, 4 * args.points)
    curves = [
        plot.Exclusion(run.description, drawn(run, of("pseudo-dirac"), masses), projection=run.projection) for run in runs
    ]
    targets = {name: thermal_targets(of(dark), finer)[0] for name, dark in kinds.items()}
    lines = {name: Published(finer, y, np.isfinite(y)) for name, y in targets.items()}
    figure = plot.exclusion(of("pseudo-dirac"), curves, lines, words=WORDS)
    figure.savefig(FIGURE, dpi=200)
    print(FIGURE.name)


if __name__ == "__main__":
    main()
