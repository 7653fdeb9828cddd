"""Tabulate the nucleons of the Global Spline Fit of cosmic rays into jaxdump/data/gsf_nucleons.txt.

    pip install '.[yields]'
    python scripts/make_primaries.py

The table of the fit that crflux ships: arXiv:1711.11432 (2017), at the solar modulation of 554 MV.
"""

import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "gsf_nucleons.txt"
ENERGIES = np.geomspace(1.0, 1e10, 61)


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # the newer class needs tables that its wheel has not
    from crflux.models import GlobalSplineFitBeta

    rows = [(e, *(float(np.squeeze(value)) for value in GlobalSplineFitBeta().p_and_n_flux(e)[1:])) for e in ENERGIES]
    head = (
        f"Nucleons of the Global Spline Fit, arXiv:1711.11432, by crflux {version('crflux')} (MIT)\n"
        "made by scripts/make_primaries.py\n"
        "energy per nucleon [GeV], protons, neutrons [1/(m2 s sr GeV)]"
    )
    np.savetxt(TABLE, rows, fmt="%.6e", header=head)


if __name__ == "__main__":
    main()
