"""Published limits from files: rows of mass and coupling, or of mass, lower and upper coupling.

The formats are csv, also of HEPData, of `jaxdump limit` (`ours`) and of programs that digitise figures, the text files of
AxionLimits (masses in eV) and FORESEE, and the limit files of DarkCast (lower and upper). `text` finds the numbers, `words`
reads names and comments, `columns` chooses the columns, and `outlines` tells which points are limits, and of which edge.
"""

from typing import NamedTuple

import numpy as np

from jaxdump.exchange.published import columns, ours, outlines, text
from jaxdump.exchange.published.text import COLUMNS
from jaxdump.exchange.published.words import UNITS, known_unit, stated_unit, told_units, unit_beside

LARGEST_MASS = 1e4
"""Mass [GeV] above which a mass must be in another unit."""
NO_LIMIT = 1e5
"""Coupling by which files of DarkCast tell that there is no limit."""


class Published(NamedTuple):
    """A published curve: one line, or several, open or closed."""

    mass: np.ndarray
    """(n,) masses [GeV]"""
    coupling: np.ndarray
    """(n,) couplings in the unit of the file; nan where there is no limit."""
    compared: np.ndarray
    """(n,) whether a point is a limit, and not only drawn to close a region."""
    edge: np.ndarray = np.empty(0)
    """(n,) "lower" or "upper" edge of a closed region, "" where one cannot know."""
    starts: tuple[int, ...] = (0,)
    """Numbers (from 0) of the first points of the lines."""
    closed: tuple[bool, ...] = (False,)
    """Whether each line is the border of a region."""
    reading: str = ""
    """One line for people about the way in which the file was read."""
    assumed: bool = False
    """Whether the file could be read in another way."""

    def path(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass and coupling along the lines, regions closed, nan between one line and the next."""
        drawn = []
        for part, closed in zip(np.split(np.arange(self.mass.size), self.starts[1:]), self.closed, strict=True):
            around = np.append(part, part[: int(closed)])
            drawn += [np.stack([self.mass[around], self.coupling[around]]), np.full((2, 1), np.nan)]
        mass, coupling = np.concatenate(drawn[:-1], axis=1)
        return mass, coupling


def read_published(path: str, unit: str | None = None, column: str | None = None) -> Published:
    """The published curve in the file at `path`: masses in GeV, couplings as the file has them.

    Masses in the file are in `unit`, one of `UNITS`, or, without it, in the unit that the file names, else in GeV. The
    couplings stand in `column`, by its name or number from 1. A file with lower and upper couplings gives the points of both,
    the upper ones backwards: a closed line. Of a csv that `jaxdump limit --out` has written one curve is taken, the first or
    the one that `column` names. Raises `ValueError` for a file without such numbers, and for masses that cannot be in the unit.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "curve.csv")
    ...     _ = path.write_text("mass [MeV],coupling\\n12,3e-5\\n30,4e-5\\n")
    ...     curve = read_published(str(path))
    >>> curve.mass.tolist(), curve.coupling.tolist()
    ([0.012, 0.03], [3e-05, 4e-05])
    """
    if unit not in (None, *UNITS):
        raise ValueError(f"no unit of mass {unit!r}: choose one of {', '.join(UNITS)}")
    if (own := ours.read(path, column)) is not None:
        line = own.line
        told = f"{own.name} of `limit`" + f", not {' or '.join(own.others)} (see --column)" * bool(own.others)
        columns_of_line = (line.mass, line.coupling, line.compared, line.edge)
        return Published(*columns_of_line, closed=(line.closed,), reading=told, assumed=bool(own.others) and column is None)
    found = text.read(path)
    blocks, choice = columns.choose(path, found.blocks, column)
    tables = [taken(path, block, choice) for block in blocks]
    largest = max(np.max(table[:, 0]) for table in tables)
    name, how, assumed = unit_of(unit, choice, blocks[0].names, found.words, largest)
    if largest * UNITS[name] > LARGEST_MASS:
        raise ValueError(f"{path}: masses reach {largest * UNITS[name]:g} GeV: give their unit with --mass-unit eV or MeV")
    for table in tables:
        table[:, 0] *= UNITS[name]
    if sum(np.count_nonzero(np.isfinite(table[:, 1:])) for table in tables) == 1:
        raise ValueError(f"{path} holds a coupling in 1 row alone: {COLUMNS}, in two rows or more")
    for table in tables:
        table[:, 1:] = np.where(table[:, 1:] < NO_LIMIT, table[:, 1:], np.nan)
    lines = lines_of(tables, [block.goes_on for block in blocks])
    if not any(np.any(line.compared) for line in lines):
        raise ValueError(f"{path} holds no limit: every coupling is {NO_LIMIT:g} or more")
    commas = "decimal commas" if found.decimal_commas else ""
    told = [f"masses in {name}{how}", told_columns(choice), commas, shapes(lines), tops(lines)]
    alone = not choice.assumed and len(lines) == 1 and not lines[0].assumed and not lines[0].cut
    return Published(
        *(np.concatenate([getattr(line, field) for line in lines]) for field in ("mass", "coupling", "compared", "edge")),
        starts=tuple(int(start) for start in np.cumsum([0, *(line.mass.size for line in lines[:-1])])),
        closed=tuple(line.closed for line in lines),
        reading=", ".join(filter(None, told)),
        assumed=assumed or found.decimal_commas or not alone,
    )


def told_columns(choice: columns.Choice) -> str:
    """The columns that were taken, in words, where another choice was possible."""
    if choice.sets:
        return f"data set {choice.sets[0]}, not {' or '.join(choice.sets[1:])} (see --column)"
    return f"columns {' and '.join(choice.names)}" if choice.names and (choice.assumed or len(choice.names) > 2) else ""


def taken(path: str, block: text.Block, choice: columns.Choice) -> np.ndarray:
    """Mass and couplings in the chosen columns; raises `ValueError` for numbers that cannot be masses or couplings."""
    rows = block.rows[:, [choice.mass, *choice.couplings]]
    some = ~np.all(np.isnan(rows), axis=1)
    rows, lines = rows[some], np.array(block.lines)[some]
    bad = ~((rows >= 0) & (rows < np.inf))
    if block.names:
        bad[:, 1:] &= ~np.isnan(rows[:, 1:])
    if np.any(bad):
        i, j = np.argwhere(bad)[0]
        told = f"masses and couplings must be finite and positive, and no logarithms, not {rows[i, j]:g}"
        raise ValueError(f"{path}, line {lines[i]}: {told}")
    if not np.any(rows[:, 0] > 0):
        raise ValueError(f"{path}, line {block.lines[0]}: no mass is above zero: {COLUMNS}")
    if block.rows.shape[1] > 2:
        columns.check(path, rows)
    return rows


def unit_of(
    unit: str | None, choice: columns.Choice, names: tuple[str, ...], words: str, largest: float
) -> tuple[str, str, bool]:
    """The unit of masses that reach `largest`, words about it, and whether another unit was possible."""
    if unit:
        return unit, "", False
    beside = unit_beside(choice.names[0]) if choice.names else ""
    for i, name in enumerate(names):
        words = words.replace(name, "") if told_units(name) and i != choice.mass else words
    written = beside or stated_unit(words, "")
    if not written:
        return "GeV", " (no unit is told)", True
    known = known_unit(written, lambda name: largest * UNITS[name] <= LARGEST_MASS)
    how = " (milli-eV)" if known == "meV" else f" (written {written})" if known != written else ""
    return known, how, bool(how) or len(told_units(words)) > 1


def lines_of(tables: list[np.ndarray], goes_on: list[bool]) -> list[outlines.Outline]:
    """The lines that tables of mass and coupling, or lower and upper coupling, stand for."""
    parts = outlines.whole_lines(list(zip(tables, goes_on, strict=True)))
    return [outlines.of_points(*part.T) if part.shape[1] == 2 else outlines.of_edges(*part.T) for part in parts]


def shapes(lines: list[outlines.Outline]) -> str:
    """The numbers of regions and lines, in words."""
    regions = sum(line.closed for line in lines)
    counts = {"closed region": regions, "open line": len(lines) - regions}
    return " and ".join(f"{count} {what}{'s' * (count > 1)}" for what, count in counts.items() if count)


def tops(lines: list[outlines.Outline]) -> str:
    """The level tops that are not compared, in words."""
    cuts = list(dict.fromkeys(f"{line.cut:.4g}" for line in lines if line.cut))
    return f"level top at {' and '.join(cuts)} taken for the end of a figure and not compared" if cuts else ""
