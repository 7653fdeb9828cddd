"""Super-Kamiokande's samples of the search for relic neutrinos, in bins of energy, against recoils of electrons.

Numbers are published (P) in the source named, or derived (D) from published ones.
"""

import csv

import numpy as np

from jaxdump.constants import ELECTRON_MASS
from jaxdump.data import FOLDER, reading
from jaxdump.detection.recoil import RecoilBins
from jaxdump.experiment import Experiment
from jaxdump.experiments.atmosphere import ATMOSPHERE, FLUX, SUPERK, WATER
from jaxdump.fields import Numbers
from jaxdump.region import SignalRegion, Template
from jaxdump.stage import Channel

TABLE = FOLDER / "superk_spectrum.csv"
SHAPES = {"muons": 0.43, "electrons": 0.26, "neutral": 0.12, "pions": 0.19}
"""Backgrounds of the atmosphere: decays of muons too slow to be seen, charged currents of electron neutrinos, neutral currents,
and muons and pions that are seen. Their shares of the events as a fit of all phases gives them (D): fits begin there. They are
free in each phase, each with one normalisation for the three regions of Cherenkov angles: low ones are mostly muons and pions,
high ones neutral currents."""


def regions() -> tuple[SignalRegion, ...]:
    """A region for each phase: its bins of energy for low, medium and high Cherenkov angles, one after the other."""
    with reading(TABLE, "make_superk.py"):
        rows = list(csv.DictReader(line for line in TABLE.read_text().splitlines() if not line.startswith("#")))
        phases = dict.fromkeys(row["phase"] for row in rows)
        return tuple(region(phase, [row for row in rows if row["phase"] == phase]) for phase in phases)


def region(phase: str, rows: list[dict[str, str]]) -> SignalRegion:
    """A phase; energies in the table are with the mass of the electron."""
    column = lambda name: np.array([float(row[name]) for row in rows])
    derived = lambda values: Numbers(values, "D", "data/superk_spectrum.csv")
    samples = len({row["region"] for row in rows})
    first = slice(0, len(rows) // samples)
    edges = np.append(column("low")[first], column("high")[first][-1])
    recoils = RecoilBins(derived(edges * 1e-3 - ELECTRON_MASS), WATER, samples)
    total = column("observed").sum()
    return SignalRegion(
        phase,
        (Channel("atmosphere", (), recoils),),
        observed=Numbers(column("observed"), "P", "lists with the fit of arXiv:2109.11174"),
        background=0.0,
        published_upper_count=None,
        selection_efficiency=derived(column("efficiency")),
        signal_nuisance=FLUX,
        templates=tuple(Template(f"{phase} {name}", derived(share * total * column(name))) for name, share in SHAPES.items()),
    )


# (A) no distortion of the shapes
SUPERK_SPECTRUM = Experiment(
    "superk-spectrum",
    "Super-Kamiokande I to III, spectra",
    ("arXiv:1111.5031", "arXiv:2109.11174"),
    exposure=SUPERK.exposure,
    productions=(ATMOSPHERE,),
    regions=regions(),
    transport=SUPERK.transport,
    sample=SUPERK.sample,
    alternatives=SUPERK.alternatives,
)
