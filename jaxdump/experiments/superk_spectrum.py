"""Super-Kamiokande's samples of the search for relic neutrinos, in bins of energy, against recoils of electrons.

A `Number` is published (P) in the source named, derived (D) from published ones, or assumed (A).
"""

import csv

from jaxdump.constants import ELECTRON_MASS
from jaxdump.data import FOLDER, reading
from jaxdump.detection.recoil import ElectronRecoils
from jaxdump.experiment import Experiment, SignalRegion, Template
from jaxdump.experiments.atmosphere import ATMOSPHERE, FLUX, SUPERK, WATER
from jaxdump.fields import Number
from jaxdump.stage import Channel

TABLE = FOLDER / "superk_spectrum.csv"
SHAPES = {"muons": 0.43, "electrons": 0.26, "neutral": 0.12, "pions": 0.19}
"""Backgrounds of the atmosphere: decays of muons too slow to be seen, charged currents of electron neutrinos, neutral currents,
and muons and pions that are seen. Their shares of the events as a fit of all phases gives them (D): fits begin there. They are
free in each phase, each with one normalisation for the three regions of Cherenkov angles: low ones are mostly muons and pions,
high ones neutral currents."""


def regions() -> tuple[SignalRegion, ...]:
    """The bins of all phases and Cherenkov angles; energies in the table are with the mass of the electron."""
    with reading(TABLE, "make_superk.py"):
        rows = list(csv.DictReader(line for line in TABLE.read_text().splitlines() if not line.startswith("#")))
        total = {row["phase"]: 0.0 for row in rows}
        for row in rows:
            total[row["phase"]] += float(row["observed"])
        return tuple(region(row, total[row["phase"]]) for row in rows)


def region(row: dict[str, str], total: float) -> SignalRegion:
    """A bin of a phase that has seen `total` events."""
    derived = lambda value: Number(value, "D", "data/superk_spectrum.csv")
    least, most = (derived(float(row[end]) * 1e-3 - ELECTRON_MASS) for end in ("low", "high"))
    shares = {name: share * total * float(row[name]) for name, share in SHAPES.items()}
    return SignalRegion(
        f"{row['phase']} {row['region']} {row['low']}-{row['high']} MeV",
        (Channel("atmosphere", (ElectronRecoils(least, most, WATER),)),),
        observed=Number(float(row["observed"]), "P", "lists with the fit of arXiv:2109.11174"),
        background=0.0,
        published_upper_count=None,
        selection_efficiency=derived(float(row["efficiency"])),
        signal_nuisance=FLUX,
        templates=tuple(Template(f"{row['phase']} {name}", derived(events)) for name, events in shares.items()),
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
)
