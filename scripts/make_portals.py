"""Draw limits on the dark axion portal, inelastic dark matter and L_mu - L_tau into docs: `python scripts/make_portals.py`.

    python scripts/make_portals.py [LABEL=FILE ...]    # a minute
    python scripts/make_portals.py --quick             # few masses of one curve each

Each FILE is a published limit on millicharges, which is recast to a massless vector of L_mu - L_tau.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from jaxdump import plot
from jaxdump.cli.commands.recast import charges
from jaxdump.exchange.published import Published, read_published
from jaxdump.experiment import Experiment
from jaxdump.experiments import (
    E137,
    LDMX_1E15,
    LDMX_2E16_8GEV,
    NA64E_5E12,
    NA64E_2022,
    NA64MU_1E13,
    NA64MU_1E14,
    NA64MU_2022,
)
from jaxdump.inference.moment import agreement
from jaxdump.inference.refinement import drawn
from jaxdump.plot.limits import Exclusion
from jaxdump.theories import DarkAxion, InelasticScalar, LmuLtau, LmuLtauDark
from jaxdump.theories.family import MakeTheory
from jaxdump.theories.moments import DELTA_A

DOCS = Path(__file__).parents[1] / "docs"
RULE = "90 % CL, published upper counts"
SPLITTING = 0.4


def curves(runs: list[Experiment], make: MakeTheory, masses: np.ndarray) -> list[Exclusion]:
    """The limits of all runs, which have one region each."""
    return [plot.Exclusion(run.description, drawn(run, make, masses), projection=run.projection) for run in runs]


def recast(path: str) -> Published:
    """A limit on millicharges as one on g_Z' g_chi, without the lines that only close it."""
    found = read_published(path)
    return found._replace(coupling=np.where(found.compared, found.coupling / charges(found.mass, "threshold"), np.nan))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", nargs="*", metavar="LABEL=FILE")
    parser.add_argument("--points", type=int, default=60, help="masses of a curve (default 60)")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    muons = [run.only("invisible") for run in (NA64MU_2022, NA64MU_1E13, NA64MU_1E14)]
    runs = {
        "dark-axion": [NA64E_2022, NA64E_5E12, LDMX_1E15, LDMX_2E16_8GEV, muons[0], muons[2]],
        "inelastic-scalar": [NA64E_2022, LDMX_1E15, E137, *muons[::2]],
        "moment": muons[:2],
        "recast": muons,
    }
    if args.quick:
        args.points, runs = 3, {name: some[-1:] for name, some in runs.items()}
    masses = lambda low, high: np.geomspace(low, high, args.points)
    others = {label: recast(path) for label, _, path in (pair.partition("=") for pair in args.published)}
    inelastic = partial(InelasticScalar, splitting=SPLITTING)
    told = f"{RULE}; splitting={SPLITTING}, mass_ratio=3, alpha_D=0.1, lepton couplings in proportion to the mass"
    wide = masses(1e-3, 1.0)
    bands = {year: agreement(LmuLtau, wide, value) for year, value in DELTA_A.items()}
    figures = {
        "limit_dark-axion": lambda: plot.exclusion(
            DarkAxion, curves(runs["dark-axion"], DarkAxion, masses(1e-3, 2.5)), words=f"{RULE}; axion_mass=1e-4, q_max=8"
        ),
        "limit_inelastic-scalar": lambda: plot.exclusion(
            inelastic, curves(runs["inelastic-scalar"], inelastic, masses(4e-3, 3.0)), words=told
        ),
        "moment_lmu-ltau": lambda: plot.exclusion(LmuLtau, curves(runs["moment"], LmuLtau, wide), words=RULE, agreements=bands),
        "recast_lmu-ltau-dark": lambda: plot.exclusion(
            LmuLtauDark, curves(runs["recast"], LmuLtauDark, masses(1e-3, 3.0)), others, f"{RULE}; recast at q^2 = 4 m_chi^2"
        ),
    }
    for name, draw in figures.items():
        figure = draw()
        figure.savefig(DOCS / f"{name}.png", dpi=200)
        print(f"{name}.png")


if __name__ == "__main__":
    main()
