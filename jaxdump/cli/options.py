"""All options of all commands, each once: its words, its meaning, and the way from its words to its value.

Parser, requests, run files and docs/command_line.md are made from it. Nothing heavy is imported, so that help is quick.
"""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jaxdump.checks import FINEST_TOLERANCE, require
from jaxdump.cli.records import counts_in
from jaxdump.cli.user_files import names_in
from jaxdump.inference.statistics import PUBLISHED_LEVEL, STATISTICS

POSITIVE = {"low": 0, "open_below": True}
SHARE = {"low": 0, "high": 1, "open_below": True, "open_above": True}


def number(words: list[str], flag: str) -> float:
    """One finite number."""
    try:
        value = float(words[0])
    except ValueError:
        raise ValueError(f"{flag}: {words[0]!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{flag} must be finite, not {words[0]}")
    return value


def numbers(words: list[str], flag: str) -> tuple[float, ...]:
    """Numbers, each a word."""
    return tuple(number([word], flag) for word in words)


def listed(words: list[str], flag: str) -> tuple[float, ...]:
    """Numbers with commas between them."""
    parts = [part.strip() for part in words[0].split(",") if part.strip()]
    if not parts:
        raise ValueError(f"{flag} is empty: give numbers separated by commas")
    return numbers(parts, flag)


def changes(words: list[str], flag: str) -> dict[str, float | str]:
    """Values by name, from words NAME=VALUE; a value that is not a number is a word."""
    found: dict[str, float | str] = {}
    for pair in words:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise ValueError(f"{flag} takes NAME=VALUE, not {pair!r}")
        try:
            float(value)
        except ValueError:
            found[name] = value
        else:
            found[name] = number([value], f"{flag} {name}")
    return found


def mass_range(words: list[str], flag: str) -> tuple[float, float, int]:
    """The ends of a range of masses [GeV], and the number of masses."""
    low, high, count = numbers(words, flag)
    if not (0 < low < high and 2 <= count <= 1e6 and count == int(count)):
        raise ValueError(f"{flag} takes 0 < LO < HI and a whole number N from 2 to 1e6, not {low:g} {high:g} {count:g}")
    return low, high, int(count)


def box(words: list[str], flag: str) -> tuple[float, ...]:
    """The ends of the masses [GeV], then those of the couplings."""
    mass_low, mass_high, low, high = values = numbers(words, flag)
    if not (0 < mass_low < mass_high and 0 < low < high):
        raise ValueError(f"{flag} takes 0 < MLO < MHI and 0 < GLO < GHI, not {' '.join(words)}")
    return values


def statistic(words: list[str], flag: str) -> str:
    """The name of a statistic, or where one of a user's is."""
    if ":" not in words[0] and words[0] not in STATISTICS:
        raise ValueError(f"{flag} {words[0]}: choose one of {', '.join(STATISTICS)}, or file.py:NAME of your own")
    return words[0]


MOMENTS = ("2025", "2021")
"""Names of measurements of the muon's magnetic moment."""


def moment(words: list[str], flag: str) -> str | tuple[float, float]:
    """The name of a measurement, or its value and error."""
    if words[0] in MOMENTS:
        return words[0]
    found = listed(words, flag) if "," in words[0] else ()
    if len(found) != 2 or found[1] <= 0:
        raise ValueError(f"{flag} takes {' or '.join(MOMENTS)}, or VALUE,ERROR with an error above zero, not {words[0]}")
    return found[0], found[1]


def folder(words: list[str], flag: str) -> Path:
    """The name of a folder."""
    if not words[0]:
        raise ValueError(f"{flag} needs the name of a folder")
    return Path(words[0])


def text(value: object) -> str:
    """The word for a value; for a number the shortest word that gives exactly this number."""
    if not isinstance(value, float):
        return str(value)
    digits = f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return re.sub(r"e\+?(-?)0*(\d)", r"e\1\2", digits)


class Option(NamedTuple):
    """An option, or an argument that is known by its place among the words."""

    flag: str
    """`--mass`, or `THEORY` for an argument that is known by its place."""
    metavar: str
    """Names, in documents, of the words that follow, with spaces between them; empty if there are none."""
    about: str
    """Meaning of the option, as a part of a sentence for help and documents."""
    read: Callable[[list[str], str], Any] = lambda words, flag: words[0]
    """Function from the words to the value; it raises `ValueError` with a line that tells what is wrong."""
    default: Any = None
    """Value of an option that is left out."""
    bounds: dict[str, Any] = {}
    """Bounds of the numbers, as `checks.require` takes them."""
    choices: tuple[str, ...] | None = None
    required: bool = False
    instead: str = ""
    """Name of a group of options of which only one can be given."""
    write: Callable[[Any], list[str]] | None = None
    """Function from the value to its words, where the value is not a text, a number or a tuple of them."""
    field: str = ""
    """Field of a request that has the value, if it is not called like the flag."""

    @property
    def name(self) -> str:
        """The field of a request that has the value."""
        return self.field or self.flag.strip("-").replace("-", "_").lower()

    @property
    def placed(self) -> bool:
        """Whether the argument is known by its place, and has no flag."""
        return not self.flag.startswith("-")

    @property
    def usual(self) -> str:
        """The words of the default; empty if there is none."""
        return " ".join(map(text, self.default if isinstance(self.default, tuple) else [self.default])) if self.default else ""

    @property
    def help(self) -> str:
        """The meaning of the option, and the value that is taken without it."""
        return f"{self.about} (default {self.usual})" if self.usual else self.about

    def value(self, words: list[str]) -> Any:
        """The value of the words; raises `ValueError` with a line that tells what is wrong."""
        value = self.read(words, self.flag)
        if self.bounds:
            require(self.flag, self.flag.strip("-"), value, **self.bounds)
        return value

    def words(self, value: Any) -> list[str]:
        """The words of a command line that give this value."""
        told = self.write(value) if self.write else [text(each) for each in (value if isinstance(value, tuple) else [value])]
        if not self.metavar:
            return [self.flag]
        if " " in self.metavar:
            return [self.flag, *told]
        each = told if self.write else [",".join(told)]
        if self.placed:
            return each
        return [part for one in each for part in ([f"{self.flag}={one}"] if one.startswith("-") else [self.flag, one])]


def switch(flag: str, about: str) -> Option:
    """An option that is true where it is given."""
    return Option(flag, "", about, lambda words, flag: True, default=False)


NAMED = "a name from `jaxdump list`, or module:NAME or file.py:NAME"
UNITS = ("neV", "ueV", "meV", "eV", "keV", "MeV", "GeV", "TeV")
METHODS = "ww (Weizsaecker-Williams), iww (improved), exact (tree level), ww-corrected (WW times ratios)"
CHANGE = "change a number (exposure=1e12) or a choice (target=thick) of experiment or theory; repeatable"
USUAL = "counts: the published upper count (default at level 0.90); cls: exact Poisson CLs (default at another level)"
TOLERABLE = "largest |ln(N/N_up)|, and error in ln(mass) and ln(coupling), half way between points; at least 1e-7"
STEPS = "N masses from LO to HI [GeV], equal steps in log"
TOGETHER = "all regions together, with --statistic"
WRITES = "write a figure (png, pdf), csv, json, and a run.json of the same name, which `repeat` takes"
COUNTED = "fit these counts: {REGION: N} or {EXPERIMENT: {REGION: N}}, as JSON or in a file of it"
AROUND = "masses [GeV] and couplings to look at; left out, those around the limits from 1 MeV to 3 GeV"

EXPERIMENT = Option(
    "EXPERIMENT", "EXPERIMENT", NAMED, lambda words, flag: tuple(names_in(words[0])), required=True, field="experiments"
)
EXPERIMENTS = EXPERIMENT._replace(metavar="EXPERIMENT[,...]", about=f"{NAMED}; several with commas between")
THEORY = Option("THEORY", "THEORY", NAMED, required=True)
METHOD = Option("--method", "METHOD", METHODS)
SET = Option("--set", "NAME=VALUE", CHANGE, changes, field="changes")._replace(
    write=lambda given: [f"{name}={text(value)}" for name, value in given.items()]
)
MASSES = Option("--mass", "M,...", "masses [GeV]", listed, bounds=POSITIVE, required=True)
MASS = MASSES._replace(metavar="M", about="mass [GeV]", read=numbers)
SOME_MASSES = MASSES._replace(required=False, instead="masses")
MASS_RANGE = Option("--mass-range", "LO HI N", STEPS, mass_range, (1e-3, 3.0, 100), instead="masses")
COUPLINGS = Option("--coupling", "G,...", "couplings, in the unit that `list` gives", listed, bounds=POSITIVE, required=True)
COUPLING = COUPLINGS._replace(
    metavar="G", about="coupling, in the unit that `list` gives", read=numbers, default=(1.0,)
)._replace(required=False)
X = Option("--x", "X,...", "energy fractions: gives dsigma/dx [pb] there instead; the cut does not apply", listed, bounds=SHARE)
REGION = Option("--region", "NAME", "one signal region; all if left out")
ENERGY = Option("--energy", "E,...", "energies [GeV]; 1 to 1e4 if left out", listed, bounds=POSITIVE)
ABOVE = Option("--above", "E", "lower end [GeV] of the integrals", number, 1.0, bounds={"low": 0})
STATISTIC = Option("--statistic", "|".join([*STATISTICS, "file.py:NAME"]), USUAL, statistic)
LEVEL = Option("--level", "CL", "confidence or credible level", number, PUBLISHED_LEVEL, SHARE)
LEVEL_OF_FIT = LEVEL._replace(about="confidence level of the intervals", default=0.6827)
EVENTS = Option("--events", "N", "exclude more than N signal events before selection, whatever was observed", number)
COMBINE = switch("--combine", f"{TOGETHER} toys (default if one expects few events), asymptotic (else the default) or profile")
COMBINE_IN_CONTOURS = COMBINE._replace(
    about=f"{TOGETHER} toys (default if few events are expected, and a sum does), asymptotic (else the default) or profile"
)
COMBINE_WITH_SLOPES = COMBINE._replace(about=f"{TOGETHER} asymptotic (default) or profile")
EXPECTED = switch("--expected", "add what the background alone would give: median, 1 and 2 sigma bands")._replace(
    instead="bands"
)
BAND = switch("--band", "add what errors of numbers, and alternatives that `list` tells, make of it")._replace(instead="bands")
AXES = Option(
    "--axes",
    "X Y",
    "numbers of THEORY that span the plane in place of mass and coupling: --mass, --box are values of these",
    lambda words, flag: (words[0], words[1]),
    instead="plane",
)
PLANE = Option(
    "--plane",
    "NAME",
    "another plane of THEORY in place of mass and coupling, by its name: y is the mass of the dark matter and "
    "y = coupling^2 alpha_D / mass_ratio^4",
    instead="plane",
)
BOX = Option("--box", "MLO MHI GLO GHI", AROUND, box)
TOLERANCE = Option("--tolerance", "E", TOLERABLE, number, 1e-4, {"low": FINEST_TOLERANCE, "high": 1})
FILE = Option("FILE", "FILE", "csv, text of AxionLimits or FORESEE, or DarkCast limit file", required=True)
MASS_UNIT = Option("--mass-unit", "|".join(UNITS), "of FILE's masses; if left out what FILE says, else GeV", choices=UNITS)
COLUMN = Option("--column", "NAME", "FILE's couplings (default: the observed ones, else the first)")
LABEL = Option("--label", "TEXT", "name of the curve in the figure (default: published)")
ASIMOV = Option("--asimov", "M G", "fit what is expected for this mass [GeV] and coupling", numbers)._replace(
    bounds=POSITIVE, instead="data"
)
COUNTS = Option("--counts", "COUNTS", COUNTED, lambda words, flag: counts_in(words[0]), instead="data")._replace(
    write=lambda counts: [json.dumps(counts)]
)
G_2 = switch("--g-2", "add the couplings that agree with the muon's magnetic moment within 2 sigma")
MEASURED = "measured less expected moment of the muon, 38(63)e-11 or 251(59)e-11 or another (default with --g-2: 2025)"
DELTA_A = Option("--delta-a", f"{'|'.join(MOMENTS)}|VALUE,ERROR", MEASURED, moment)
MILLICHARGES = FILE._replace(about="limit on millicharges: csv, also of `limit`, or text of AxionLimits or FORESEE")
RECAST_LABEL = LABEL._replace(about="name of the curve in the figure (default: the name of FILE, recast)")
TO = Option("--to", "THEORY", "theory of the new limit: lmu-ltau-dark", choices=("lmu-ltau-dark",), required=True)
AT = {"threshold": "q^2 = 4 m_chi^2", "zero": "q^2 = 0"}
"""The momentum transfers of the loop, and words for them."""
TRANSFER = Option("--at", "|".join(AT), f"loop at {' or '.join(AT.values())}", default="threshold", choices=tuple(AT))
DARK_MATTER = Option(
    "--dark-matter",
    "KIND",
    "scalar, majorana, pseudo-dirac: through a dark photon unless --theory says; dirac-scalar: Dirac, a scalar mediator",
    choices=("scalar", "majorana", "pseudo-dirac", "dirac-scalar"),
    required=True,
)
MEDIATOR = Option("--theory", "THEORY", "another mediator (default dark-photon, or scalar)")
OMEGA = Option("--omega", "OMEGA", "density of dark matter today, Omega h^2", number, 0.12, POSITIVE)
DARK_MASSES = SOME_MASSES._replace(about="masses of the dark matter [GeV]")
DARK_MASS_RANGE = MASS_RANGE._replace(default=(1e-3, 1.0, 50))
WHAT = Option("WHAT", "theories|experiments|NAME", "both if left out; or what NAME, an experiment or a theory, can be set to")
RUN = Option("RUN", "RUN", "DIR/COMMAND_THEORY.run.json, or DIR if it holds one run", required=True)
OUT = Option("--out", "DIR", WRITES, folder)
OUT_AGAIN = OUT._replace(about="write there, not where the run did")
JSON = switch("--json", "print JSON, in full double precision")
VERSION = switch("--version", "print the version, with --json also those of jax and python")


class Command(NamedTuple):
    """A command: its purpose and its options."""

    about: str
    options: tuple[Option, ...] = ()
    takes: Literal["one", "combined", "several"] = "one"
    """Experiments that the command takes."""


ONE, SEVERAL, NUMBERS = (EXPERIMENT, THEORY), (EXPERIMENTS, THEORY), (METHOD, SET)
RULE = (REGION, STATISTIC, LEVEL, EVENTS)
COMMANDS = {
    "list": Command("List the theories and experiments, or all that one of them can be set to.", (WHAT,)),
    "xsec": Command(
        "Cross-section per nucleus [pb] for unit coupling, with the experiment's beam, target and cut on x.",
        (*ONE, MASSES, X, *NUMBERS),
    ),
    "events": Command(
        "Expected signal events that each region selects, for every mass with every coupling.",
        (*ONE, MASSES, COUPLINGS, REGION, *NUMBERS),
    ),
    "flux": Command(
        "Flux of the atmosphere by parent, for the charge of the electron, against energy.",
        (*ONE, MASS, ENERGY, ABOVE, *NUMBERS, OUT),
    ),
    "limit": Command(
        "Excluded couplings at each mass.",
        (*SEVERAL, SOME_MASSES, MASS_RANGE, AXES, PLANE, *RULE, COMBINE, EXPECTED, BAND, G_2, DELTA_A, *NUMBERS, OUT),
        "several",
    ),
    "compare": Command(
        "Ratio of the excluded couplings to a published curve, at its points, edge by edge.",
        (*SEVERAL, FILE, MASS_UNIT, COLUMN, LABEL, PLANE, *RULE, COMBINE, *NUMBERS, OUT),
        "combined",
    ),
    "contours": Command(
        "Every excluded island in a box of masses and couplings, as ordered points.",
        (*SEVERAL, *RULE, COMBINE_IN_CONTOURS, AXES, PLANE, BOX, TOLERANCE, *NUMBERS, OUT),
        "combined",
    ),
    "sensitivity": Command(
        "Slopes of the limit at one mass in every number of the experiment and the theory.",
        (*ONE, MASS, *RULE, COMBINE_WITH_SLOPES, *NUMBERS, OUT),
    ),
    "relic": Command(
        "Thermal targets: the couplings with which dark matter freezes out at the density that is measured.",
        (DARK_MATTER, DARK_MASSES, DARK_MASS_RANGE, MEDIATOR, OMEGA, SET, OUT),
    ),
    "fit": Command(
        "Mass and coupling from counts, nuisances included.",
        (*SEVERAL, REGION, ASIMOV, COUNTS, AXES, BOX, LEVEL_OF_FIT, *NUMBERS, OUT),
        "several",
    ),
    "widths": Command(
        "Partial widths, branching ratios and decay length of a theory's particle at each mass.",
        (THEORY, SOME_MASSES, MASS_RANGE, COUPLING, SET, OUT),
    ),
    "moment": Command(
        "Contribution to the muon's anomalous magnetic moment, for every mass with every coupling.",
        (THEORY, MASSES, COUPLINGS, SET),
    ),
    "recast": Command(
        "A limit on millicharges as one on fermions with a massless vector that mixes with the photon by loops.",
        (MILLICHARGES, TO, TRANSFER, MASS_UNIT, COLUMN, RECAST_LABEL, OUT),
    ),
    "repeat": Command("Repeat the run that a file *.run.json tells of.", (RUN, OUT_AGAIN)),
    "doctor": Command("Versions, devices and a numerical self-check."),
}
WRITTEN = [name for name, command in COMMANDS.items() if OUT in command.options]
"""Commands that write a folder with their results, which `repeat` repeats."""
EXCLUDING = [name for name, command in COMMANDS.items() if STATISTIC in command.options]
"""Commands that take a statistic."""
RENAMED = {"contour": "contours"}
"""Commands by their former names, which are still taken."""
