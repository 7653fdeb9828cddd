"""Write jaxdump/data/superk_spectrum.csv, the bins that jaxdump.experiments.superk_spectrum reads.

    python scripts/make_superk.py EVENTS.csv     # a few seconds

Reconstructed energies of the relic neutrino search of Super-Kamiokande I to III in its three regions of Cherenkov angles, low,
medium (around that of an electron) and high, their backgrounds and efficiencies, put into bins. All but the resolution are
numbers of the fit code of arXiv:2109.11174, github.com/soso128/spectral_analysis: likes.cc, fitlike.py and the lists of
events, which EVENTS.csv has in columns phase (sk1, sk2, sk3), cherenkov_region, exactly_one_neutron and E_MeV. Distortions of
shapes, which the fit code can average over (its option --sys 1), are left out, as by its option --sys 0.
"""

import csv
import datetime
import hashlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.integrate import quad

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "superk_spectrum.csv"
DAYS = {"sk1": 1497.44, "sk2": 793.71, "sk3": 562.04}
Function = Callable[[float], float]


def gauss(size: float, mean: float, width: float) -> Function:
    return lambda e: size * np.exp(-0.5 * ((e - mean) / width) ** 2)


def power_series(*coefficients: float) -> Function:
    return lambda e: sum(c * e**i for i, c in enumerate(coefficients))


def falling(*terms: tuple[float, float]) -> Function:
    return lambda e: sum(np.exp(a - b * e) for a, b in terms)


def muons(*parts: Function) -> Function:
    """Electrons of muons below threshold that decay: none above 70 MeV."""
    return lambda e: sum(part(e) for part in parts) if e <= 70 else 0.0


SHAPES = {
    "sk1": {
        "muons": {
            "low": muons(gauss(49.345, 19.75, 5.31), gauss(54.285, 14.8, 14.4), gauss(-29.74, -11.62, 21.25)),
            "medium": muons(gauss(31049, 45.954, 6.993), gauss(-4196.6, 54.734, 5.4754), gauss(26559, 30.715, 9.6517)),
            "high": muons(gauss(160.2, 30, 12.2)),
        },
        "electrons": {
            "low": power_series(0.135135),
            "medium": power_series(-6.06, 0.034, 0.0578, -3.51e-4),
            "high": power_series(13.776, -0.6, 0.01086, -6.151e-5),
        },
        "neutral": {
            "low": power_series(11, -0.44, 0.01, -6.83e-5),
            "medium": falling((11.348, 0.3837), (1.78, 0.02323)),
            "high": falling((10.37, 0.21), (5.676, 0.06384)),
        },
        "pions": {
            "low": power_series(50.14, 0.0447, -1.374e-4, -2.676e-5),
            "medium": power_series(15.04, -0.5956, 0.01675, -1.18e-4),
            "high": power_series(74.48, -2.788, 0.03636, -1.605e-4),
        },
    },
    "sk2": {
        "muons": {
            "low": muons(gauss(17.49, 13.68, 15.18)),
            "medium": muons(gauss(361, 46.11, 7.142), gauss(498, 32.2, 10.64)),
            "high": muons(gauss(4.767, 32.15, 13.31)),
        },
        "electrons": {
            "low": power_series(0.175676),
            "medium": power_series(-3.4226, 0.18, 0.02076, -1.039e-4),
            "high": power_series(0.782, 0.02841, 4.257e-4, -2.192e-7),
        },
        "neutral": {
            "low": falling((12.02, 0.586), (1.048, 0.0077)),
            "medium": falling((10.377, 0.3579), (0.4096, 0.004236)),
            "high": falling((8.816, 0.1724), (3.391, 0.04)),
        },
        "pions": {
            "low": power_series(8.05, 0.5983, -0.004924),
            "medium": power_series(7.781, 0.0658, -8.636e-4),
            "high": power_series(22.481, -0.703, 0.008161, -2.9887e-5),
        },
    },
    "sk3": {
        "muons": {
            "low": muons(gauss(28.55, 6, 17.59)),
            "medium": muons(gauss(5095, 46.81, 5.784), gauss(5790, 34.4, 9.28), power_series(2007, -40.47, -0.144, 0.004445)),
            "high": muons(gauss(35.54, 32.02, 12.04)),
        },
        "electrons": {
            "low": power_series(0.067568),
            "medium": power_series(5.8984, -0.55787, 0.073688, -4.588e-4),
            "high": power_series(8.8303, -0.41617, 0.009215, -5.697e-5),
        },
        "neutral": {
            "low": power_series(11.337, -0.385, 0.007695, -5.096e-5),
            "medium": falling((9.514, 0.29444), (1.161, 0.012166)),
            "high": falling((9.835, 0.1833), (5.06, 0.05371)),
        },
        "pions": {
            "low": power_series(42, 0.70352, -0.013613, 5.38e-5),
            "medium": power_series(12.614, -0.34755, 0.009822, -6.8091e-5),
            "high": power_series(59.883, -1.9, 0.02053, -7.374e-5),
        },
    },
}
"""Of energy [MeV], before the cuts against spallation and the sun: decays of invisible muons, charged currents of electron
neutrinos, elastic neutral currents, and muons and pions that are seen. The three regions of a shape have one normalisation."""
REGIONS = {"low": 9.433e-4, "medium": 0.9925, "high": 6.525e-3}
"""Shares of single electrons."""
RESOLUTION = {"sk1": (0.2468, 0.1492, 0.0690), "sk2": (0.0536, 0.5200, 0.0458), "sk3": (-0.123, 0.376, 0.0349)}
"""[MeV] a + b sqrt(E) + c E is the root mean square error of a true energy E. hep-ex/0508053, arXiv:0803.4312, arXiv:1010.0118,
recalled; the fit code has those of the second and the third phase exchanged."""
HIGH = (30, 35, 40, 45, 50, 55, 60, 70, 90)
EDGES = {
    "sk1": (16, 17, 18, 19, 20, 22, 24, 27, *HIGH),
    "sk2": (17.5, 18.02, 19.08, 20.14, 21.2, 23, 26, *HIGH),
    "sk3": (16, 17, 18, 19, 20, 22, 24, 27, *HIGH),
}
"""[MeV]; the cuts change at the lower ones."""
SPALLATION = {"sk1": ((18, 0.818), (24, 0.908)), "sk2": ((20, 0.762), (26, 0.882)), "sk3": ((18, 0.818), (24, 0.908))}
SUN = {
    "sk1": ((17, 0.738), (18, 0.821), (19, 0.878), (20, 0.965)),
    "sk2": ((18.02, 0.738), (19.08, 0.821), (20.14, 0.878), (21.2, 0.965)),
}
SUN["sk3"] = SUN["sk1"]
"""(up to [MeV], efficiency); one beyond."""
REDUCTION = {
    "sk1": (0.851, 0.911, 0.922, 0.927, 0.932),
    "sk2": (0.690, 0.743, 0.845, 0.876, 0.901),
    "sk3": (0.843, 0.864, 0.918, 0.926, 0.927),
}
REDUCTION_ENERGIES = (16.5, 20.5, 24.5, 29.5, 42.5)
"""[MeV]"""


def kept(phase: str, energy: float, of_muons: bool = False) -> float:
    """What the cuts against spallation and the sun leave; in the first phase those of muons come without the sun's."""
    steps = [SPALLATION[phase]] + ([] if of_muons and phase == "sk1" else [SUN[phase]])
    return float(np.prod([next((part for end, part in step if energy <= end), 1.0) for step in steps]))


def integral(function: Function, phase: str, low: float, high: float) -> float:
    """Over a bin, cut where anything jumps."""
    jumps = {end for end, _ in (*SPALLATION[phase], *SUN[phase], (70, 0))}
    ends = [low, *sorted(end for end in jumps if low < end < high), high]
    return sum(quad(function, a, b)[0] for a, b in itertools.pairwise(ends))


def smeared(phase: str, power: float) -> Function:
    """A spectrum 1 / E^power of true energies E [MeV] as it is reconstructed."""
    true = np.linspace(2, 200, 4000)
    a, b, c = RESOLUTION[phase]
    width = a + b * np.sqrt(true) + c * true
    weight = true**-power / (np.sqrt(2 * np.pi) * width)
    return lambda e: float(np.trapezoid(weight * np.exp(-0.5 * ((e - true) / width) ** 2), true))


def shapes(phase: str) -> dict[str, dict[str, np.ndarray]]:
    """For each background and region its events in the bins of a phase, of one in all three regions."""
    found = {}
    for name, regions in SHAPES[phase].items():
        events = {}
        for region, shape in regions.items():
            cut = lambda e, shape=shape, name=name: max(shape(e), 0.0) * kept(phase, e, name == "muons")
            events[region] = np.array([integral(cut, phase, *ends) for ends in itertools.pairwise(EDGES[phase])])
        total = sum(some.sum() for some in events.values())
        found[name] = {region: some / total for region, some in events.items()}
    return found


def efficiencies(phase: str) -> np.ndarray:
    """Reconstructed and kept events in a bin over true ones in it, of a spectrum 1 / E^2."""
    spectrum = smeared(phase, 2.0)
    reduced = lambda e: np.interp(e, REDUCTION_ENERGIES, REDUCTION[phase]) * kept(phase, e) * spectrum(e)
    bins = itertools.pairwise(EDGES[phase])
    return np.array([integral(reduced, phase, *ends) / (1 / ends[0] - 1 / ends[1]) for ends in bins])


def lines(rows: list[dict[str, str]], phase: str) -> Iterator[str]:
    """The bins of a phase, region by region."""
    found, efficiency, share = shapes(phase), efficiencies(phase), DAYS[phase] / sum(DAYS.values())
    for region, part in REGIONS.items():
        short = {"medium": "med"}.get(region, region)
        seen = [float(row["E_MeV"]) for row in rows if (row["phase"], row["cherenkov_region"]) == (phase, short)]
        observed, _ = np.histogram(seen, EDGES[phase])
        for i, (low, high) in enumerate(itertools.pairwise(EDGES[phase])):
            parts = ",".join(f"{events[region][i]:.5g}" for events in found.values())
            yield f"{phase},{region},{low:g},{high:g},{observed[i]},{efficiency[i] * share * part:.5g},{parts}"


def main() -> None:
    """Write the table."""
    source = Path(sys.argv[1]).read_bytes()
    rows = list(csv.DictReader(line for line in source.decode().splitlines() if not line.startswith("#")))
    bins = [line for phase in EDGES for line in lines(rows, phase)]
    header = (
        f"# {Path(__file__).name}, {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: relic search of Super-Kamiokande,",
        "# by Cherenkov angle, from the fit code of arXiv:2109.11174. Energies in MeV. The efficiency includes",
        "# the phase's share of the livetime, the region's share of electrons and the resolution, and is that of a spectrum",
        "# 1/E^2; shapes are shares of all that a background has in a phase. List of events: SHA-256",
        f"# {hashlib.sha256(source).hexdigest()}",
        f"phase,region,low,high,observed,efficiency,{','.join(SHAPES['sk1'])}",
    )
    TABLE.write_text("\n".join((*header, *bins)) + "\n")
    print(f"wrote {TABLE}: {len(bins)} bins, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
