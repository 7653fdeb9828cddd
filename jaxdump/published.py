"""Published limits from files: rows of mass and coupling, or of mass, lower and upper coupling.

Read are csv, the text files of AxionLimits (masses in eV) and FORESEE, and the limit files of DarkCast (lower and upper).
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

UNITS = {"eV": 1e-9, "keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}
"""[GeV]"""
LARGEST_MASS = 1e4
"""[GeV] a larger mass is in another unit."""
NO_LIMIT = 1e5
"""DarkCast tells with this coupling that there is no limit."""
COLUMNS = "give mass and coupling, or mass, lower and upper coupling"
UNIT = r"(?<![A-Za-z])(keV|MeV|GeV|TeV|eV)(?![A-Za-z/]|\^?[({]?[-⁻]|\*\*[(]?-)"
"""The name of a unit, other than in an inverse one."""
STATEMENTS = (rf"(?i:\bmass(?:es)?\b)[^\d\n,;]{{0,20}}?{UNIT}", rf"[\[(]\s*{UNIT}\s*[\])]", rf"(?<!\d)(?<!\d )(?<!\d/){UNIT}")
"""How comments tell the unit, the surest first: beside the word mass, in brackets, or anywhere but after a number."""
STEEP = 10.0
"""Times by which the end of a line drops where it only closes it at the top of a figure."""


class Published(NamedTuple):
    """A published curve."""

    mass: np.ndarray
    """(n,) [GeV]"""
    coupling: np.ndarray
    """(n,) in the unit of the file; nan where there is no limit."""
    compared: np.ndarray
    """(n,) whether a point is a limit, and not only drawn to close the curve at the top of a figure."""

    def path(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass and coupling along the curve, closed if its ends are within a hundredth of its length in ln(mass)."""
        steps = np.log(self.mass)
        ends = [0] if abs(steps[-1] - steps[0]) < 0.01 * np.ptp(steps) else []
        return np.append(self.mass, self.mass[ends]), np.append(self.coupling, self.coupling[ends])


def read_published(path: str, unit: str | None = None) -> Published:
    """The curve in a file, its masses in `unit`, or in what the file's comments call them, or in GeV.

    A file with lower and upper couplings gives the points of both, the upper ones backwards: a closed line. Raises
    `ValueError` for a file that holds no such numbers, and for masses that cannot be in the unit.
    """
    if unit not in (None, *UNITS):
        raise ValueError(f"no unit of mass {unit!r}: choose one of {', '.join(UNITS)}")
    words, table = rows_of(path)
    mass = table[:, 0] * UNITS[unit or stated_unit(words)]
    if mass.max() > LARGEST_MASS:
        raise ValueError(f"{path}: masses reach {mass.max():g} GeV: give their unit with --mass-unit eV or MeV")
    if table.shape[1] == 2:
        coupling = table[:, 1]
        only_drawn = closes(mass, coupling)
    else:
        check_edges(path, table)
        mass, coupling = np.append(mass, mass[::-1]), np.append(table[:, 1], table[::-1, 2])
        only_drawn = np.zeros(mass.size, bool)
    coupling = np.where(coupling < NO_LIMIT, coupling, np.nan)
    compared = np.isfinite(coupling) & ~only_drawn
    if not np.any(compared):
        raise ValueError(f"{path} holds no limit: every coupling is {NO_LIMIT:g} or more")
    return Published(mass, coupling, compared)


def rows_of(path: str) -> tuple[str, np.ndarray]:
    """The words and the rows of numbers of a file; raises `ValueError` for the first line that is neither."""
    words, rows = [], []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        here = f"{path}, line {number}: "
        data = re.split("[#%!]", line, maxsplit=1)[0].replace('"', "").strip().rstrip(",; \t")
        fields = re.split(r"\s*[,;]\s*|\s+", data)
        try:
            row = [float(field) for field in fields]
        except ValueError:
            words.append(line)
            if data and (rows or re.match(r"[-+.]?\d", data)):
                raise ValueError(
                    f"{here}{line.strip()[:60]!r} is not a row of numbers: {COLUMNS}, and # before words"
                ) from None
            continue
        bad = [field for field, value in zip(fields, row, strict=True) if not 0 < value < np.inf]
        if bad:
            raise ValueError(f"{here}masses and couplings must be finite and positive, and no logarithms, not {bad[0]}")
        if len(row) not in (2, 3) or len(row) != len(rows[0] if rows else row):
            before = f" where those before have {len(rows[0])}" if rows else ""
            raise ValueError(f"{here}{len(row)} column{'s' * (len(row) > 1)}{before}: {COLUMNS}")
        rows.append(row)
    if len(rows) < 2:
        raise ValueError(f"{path} holds {len(rows) or 'no'} row{'s' * (not rows)} of numbers: {COLUMNS}, in two rows or more")
    return "\n".join(words), np.array(rows)


def text_of(path: str) -> str:
    """What a file holds; raises `ValueError` if it cannot be read, or is no text."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path or repr(path)}: {error.strerror}: give a csv or text file") from error
    if b"\0" in content:
        raise ValueError(f"cannot read {path}: not a text file: give a csv or text file")
    return content.decode("utf-8-sig", errors="replace")


def stated_unit(words: str) -> str:
    """The unit of the masses that comments and column names tell; GeV if none."""
    found = [match for pattern in STATEMENTS if (match := re.search(pattern, words.replace("_", " ")))]
    return found[0].group(1) if found else "GeV"


def closes(mass: np.ndarray, coupling: np.ndarray) -> np.ndarray:
    """Which points only close a line at the top of a figure: they are its highest and drop steeply to the next mass."""
    log_mass, log_coupling = np.log(mass), np.log(coupling)
    top = log_coupling > log_coupling.max() - 0.1
    steep = (np.abs(np.diff(log_mass)) < 0.03) & (np.abs(np.diff(log_coupling)) > np.log(STEEP))
    return top & (np.append(steep, False) | np.append(False, steep))


def check_edges(path: str, table: np.ndarray) -> None:
    """Raise `ValueError` unless the columns are mass, lower and upper coupling: other tables have three columns too."""
    mass, lower, upper = table.T
    if np.unique(mass).size < mass.size / 2:
        raise ValueError(f"{path} holds a grid, with the mass {mass[0]:g} in many rows, and no curve: {COLUMNS}")
    if np.any(upper < lower):
        i = int(np.argmax(upper < lower))
        raise ValueError(
            f"{path}: at mass {mass[i]:g} the upper coupling {upper[i]:g} is below the lower {lower[i]:g}: {COLUMNS}"
        )
