"""Published limits from files: two columns of mass and coupling, or three of mass, lower and upper coupling.

Read are csv, the text files of AxionLimits (masses in eV), the limit files of DarkCast and those of FORESEE.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

UNITS = {"eV": 1e-9, "keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}
"""[GeV]"""
LARGEST_MASS = 1e4
"""[GeV] a larger mass is in another unit."""


class Published(NamedTuple):
    """A published curve."""

    mass: np.ndarray
    """(n,) [GeV]"""
    coupling: np.ndarray
    """(n,) in the unit of the file."""


def read_published(path: str, unit: str | None = None) -> Published:
    """The curve in a file, its masses in `unit`, or in what the file's comments call them, or in GeV.

    A file with lower and upper couplings gives the points of both, the upper ones backwards: a closed line. Raises
    `ValueError` for a file that holds no such numbers, and for masses that cannot be in the unit.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"cannot read {path}: {error.strerror if isinstance(error, OSError) else 'not a text file'}"
        ) from error
    words, rows = [], []
    for number, line in enumerate(lines, start=1):
        fields = re.split(r"[,;\s]+", line.strip().strip(","))
        try:
            rows.append([float(field) for field in fields])
        except ValueError:
            if rows and not line.lstrip().startswith(("#", "%", "!")) and line.strip():
                raise ValueError(f"{path}, line {number}: {line.strip()[:60]!r} is not a row of numbers") from None
            words.append(line)
    columns = {len(row) for row in rows}
    if columns not in ({2}, {3}) or len(rows) < 2:
        found = f"{len(rows)} rows of {' or '.join(map(str, sorted(columns)))} columns" if rows else "no row of numbers"
        raise ValueError(f"{path} holds {found}: give mass and coupling, or mass, lower and upper coupling")
    table = np.array(rows)
    if not (np.all(np.isfinite(table)) and np.all(table > 0)):
        raise ValueError(
            f"{path} holds {table[~(np.isfinite(table) & (table > 0))][0]:g}: masses and couplings must be positive"
        )
    mass = table[:, 0] * UNITS[unit or stated_unit(" ".join(words))]
    if mass.max() > LARGEST_MASS:
        raise ValueError(f"{path}: masses reach {mass.max():g} GeV: give their unit with --mass-unit eV or MeV")
    if table.shape[1] == 2:
        return Published(mass, table[:, 1])
    return Published(np.concatenate([mass, mass[::-1]]), np.concatenate([table[:, 1], table[::-1, 2]]))


def stated_unit(text: str) -> str:
    """The first unit of a mass that comments and column names mention, other than in an inverse one; GeV if none."""
    found = re.search(r"(?<![A-Za-z/])(keV|MeV|GeV|TeV|eV)(?![A-Za-z]|\^?\{?-|\*\*-)", text.replace("_", " "))
    return found.group(1) if found else "GeV"
