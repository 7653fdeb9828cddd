"""Write jaxdump/data/superk_spectrum.csv, the bins that jaxdump.experiments.superk_spectrum reads.

    python scripts/make_superk.py EVENTS.csv     # a second

Reconstructed energies of the relic neutrino search of Super-Kamiokande I to III in the region of Cherenkov angles around that
of an electron, their backgrounds and efficiencies, put into bins. All are numbers of the fit code of arXiv:2109.11174,
github.com/soso128/spectral_analysis: likes.cc and the lists of events, which EVENTS.csv has in columns phase (sk1, sk2, sk3),
cherenkov_region, exactly_one_neutron and E_MeV.
"""

import csv
import datetime
import hashlib
import itertools
import sys
from collections.abc import Callable
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
        "muons": muons(gauss(31049, 45.954, 6.993), gauss(-4196.6, 54.734, 5.4754), gauss(26559, 30.715, 9.6517)),
        "electrons": power_series(-6.06, 0.034, 0.0578, -3.51e-4),
        "neutral": falling((11.348, 0.3837), (1.78, 0.02323)),
        "pions": power_series(15.04, -0.5956, 0.01675, -1.18e-4),
    },
    "sk2": {
        "muons": muons(gauss(361, 46.11, 7.142), gauss(498, 32.2, 10.64)),
        "electrons": power_series(-3.4226, 0.18, 0.02076, -1.039e-4),
        "neutral": falling((10.377, 0.3579), (0.4096, 0.004236)),
        "pions": power_series(7.781, 0.0658, -8.636e-4),
    },
    "sk3": {
        "muons": muons(gauss(5095, 46.81, 5.784), gauss(5790, 34.4, 9.28), power_series(2007, -40.47, -0.144, 0.004445)),
        "electrons": power_series(5.8984, -0.55787, 0.073688, -4.588e-4),
        "neutral": falling((9.514, 0.29444), (1.161, 0.012166)),
        "pions": power_series(12.614, -0.34755, 0.009822, -6.8091e-5),
    },
}
"""Of energy [MeV], before the cuts against spallation and the sun: decays of invisible muons, charged currents of electron
neutrinos, elastic neutral currents, and muons and pions that are seen."""
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


def main() -> None:
    """Write the table."""
    source = Path(sys.argv[1]).read_bytes()
    rows = list(csv.DictReader(line for line in source.decode().splitlines() if not line.startswith("#")))
    lines = []
    for phase, edges in EDGES.items():
        seen = [float(row["E_MeV"]) for row in rows if (row["phase"], row["cherenkov_region"]) == (phase, "med")]
        bins = list(itertools.pairwise(edges))
        observed, _ = np.histogram(seen, edges)
        shapes = []
        for name, shape in SHAPES[phase].items():
            cut = lambda e, shape=shape, name=name: max(shape(e), 0.0) * kept(phase, e, name == "muons")  # noqa: B023
            events = np.array([integral(cut, phase, *ends) for ends in bins])
            shapes.append(events / events.sum())
        reduced = lambda e: np.interp(e, REDUCTION_ENERGIES, REDUCTION[phase]) * kept(phase, e) / e**2  # noqa: B023
        efficiency = [integral(reduced, phase, *ends) / (1 / ends[0] - 1 / ends[1]) for ends in bins]
        share = DAYS[phase] / sum(DAYS.values())
        for i, (low, high) in enumerate(bins):
            parts = ",".join(f"{shape[i]:.5g}" for shape in shapes)
            lines.append(f"{phase},{low:g},{high:g},{observed[i]},{efficiency[i] * share:.5g},{parts}")
    header = (
        f"# {Path(__file__).name}, {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: relic search of Super-Kamiokande,",
        "# electron-like events, from the fit code of arXiv:2109.11174. Energies in MeV. The efficiency includes the phase's",
        "# share of the livetime and is that of a spectrum 1/E^2; shapes are shares of their phase. List of events: SHA-256",
        f"# {hashlib.sha256(source).hexdigest()}",
        f"phase,low,high,observed,efficiency,{','.join(SHAPES['sk1'])}",
    )
    TABLE.write_text("\n".join((*header, *lines)) + "\n")
    print(f"wrote {TABLE}: {len(lines)} bins, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
