"""The choice of the columns of a table that are the mass and the coupling."""

import re
from typing import NamedTuple

import numpy as np

from jaxdump.exchange.published.text import COLUMNS, Block
from jaxdump.exchange.published.words import is_mass, plain

ROW_NUMBER = re.compile(r"(?i)|#|i|n|no\.?|idx|id|index|row|unnamed: 0")
OBSERVED = re.compile(r"(?i)(?<![a-z])(?:obs|observed|data|measured)(?![a-z])")
NO_COUPLING = re.compile(
    r"(?i)(?<![a-z])(?:err|error|unc|uncertainty|stat|sys|syst|energy|beam|sqrt|ctau|lifetime|decay length)(?![a-z])"
    r"|^\W*(?-i:E)(?:_|\W|$)"
)
"""Names of columns that are no couplings."""
SQUARE = re.compile(r"(?i)(?:\^|\*\*)\s*2(?!\d)|²|\bsquared\b")
"""Marks of a square in the name of a coupling, its unit left out."""
LOWER = re.compile(r"(?i)(?<![a-z])(?:lower|low|lo|min|bottom)(?![a-z])")
UPPER = re.compile(r"(?i)(?<![a-z])(?:upper|up|high|hi|max|top)(?![a-z])")


class Choice(NamedTuple):
    """The columns of a table that are taken."""

    mass: int
    couplings: tuple[int, ...]
    """The column of the coupling, or those of the lower and the upper one."""
    names: tuple[str, ...]
    """Names of the mass and of the couplings, or none."""
    assumed: bool
    """Whether another choice was possible."""
    sets: tuple[str, ...] = ()
    """Names of the data set that is taken, and of those that are not."""


def choose(path: str, blocks: list[Block], wanted: str | None) -> tuple[list[Block], Choice]:
    """The blocks with the column that is `wanted`, or else observed, or else the first; and the choice of columns.

    Blocks with other names are left out. Raises `ValueError` if there is no such column.
    """
    alike: dict[tuple, list[Block]] = {}
    for block in blocks:
        alike.setdefault((block.names, block.rows.shape[1]), []).append(block)
    several = len(alike) > 1
    choices = {key: choice_of(path, members, wanted) for key, members in alike.items()}
    found = [key for key, choice in choices.items() if choice]
    if not found:
        every = [(*names, *members[0].sets) for (names, _), members in alike.items()]
        known = dict.fromkeys(name for names in every for name in names if name)
        have = f"the columns are {', '.join(known)}" if known else "the columns have no names: give a number from 1"
        raise ValueError(f"{path} has no column of couplings {wanted!r}: {have}")
    seen = [key for key in found if wanted is None and any(map(OBSERVED.search, key[0]))]
    key = (seen or found)[0]
    choice = choices[key]
    assert choice is not None
    return alike[key], choice._replace(assumed=choice.assumed or several)


def choice_of(path: str, blocks: list[Block], wanted: str | None) -> Choice | None:
    """The columns of blocks that have the same names; None if the one that is `wanted` is not among them."""
    names, width, sets = blocks[0].names, blocks[0].rows.shape[1], blocks[0].sets
    first = np.concatenate([block.rows[:, 0] for block in blocks])
    counts = np.array_equal(first, first[0] + np.arange(first.size))
    is_number = bool(ROW_NUMBER.fullmatch(names[0])) if names else first[0] == 0
    numbered = width > 2 and counts and is_number and not sets
    columns = list(range(int(numbered), width))
    masses = [i for i in columns if names and is_mass(names[i])] or columns[:1]
    others = [i for i in columns if i not in masses]
    if names and not others:
        masses, others = masses[:1], masses[1:]
    if sets:
        masses, others = columns[::2], columns[1::2]
        others = [i for i in others if OBSERVED.search(sets[i])] or others
    if wanted is not None:
        here = [i for i in columns if i not in masses]
        couplings = [i for i in here if is_called(names, i, wanted) or (sets and sets[i].lower() == wanted.lower())][:1]
        if not couplings:
            return None
    elif not names and len(columns) > 3:
        raise ValueError(f"{path}, line {blocks[0].lines[0]}: {width} columns: {COLUMNS}, or choose one with --column")
    else:
        couplings = usual(others, names)
    same = masses if sets else [i for i in columns if names and names[i] == names[masses[0]]] or masses[:1]
    mass = max((i for i in same if i < couplings[0]), default=same[0])
    called = tuple(names[i] for i in (mass, *couplings)) if names else ()
    refuse(path, called)
    taken = width > 2 and len(couplings) < len(columns) - 1
    every = tuple(dict.fromkeys((*sets[mass : mass + 1], *sets)))
    return Choice(mass, tuple(couplings), called, bool(numbered or taken or mass != 0), every)


def refuse(path: str, called: tuple[str, ...]) -> None:
    """Raise `ValueError` for the names of a mass and of couplings that are no masses and couplings themselves."""
    for name in called:
        if re.match(r"(?i)\W*(log|ln)(?![a-z])|\W*log\d", plain(name)):
            raise ValueError(f"{path}: {name!r} is a logarithm: give masses and couplings themselves")
    for name in called[1:]:
        if SQUARE.search(re.sub(r"[\[(].*?[\])]", "", plain(name))):
            raise ValueError(f"{path}: {name!r} is a square: give the coupling itself")


def is_called(names: tuple[str, ...], column: int, wanted: str) -> bool:
    """Whether a column has this name, with its unit or without, or this number from 1."""
    if names and names[column]:
        name = names[column].lower()
        if wanted.lower() in (name, re.sub(r"\s*[\[(][^\[(]*$", "", name)):
            return True
    return wanted == str(column + 1)


def usual(others: list[int], names: tuple[str, ...]) -> list[int]:
    """The coupling, or the lower and upper one, that is taken where none is asked for."""
    if not names:
        return others[:2]
    plain_ones = [i for i in others if not NO_COUPLING.search(names[i])] or others
    observed = [i for i in plain_ones if OBSERVED.search(names[i])]
    among = observed or plain_ones
    lower = [i for i in among if LOWER.search(names[i])]
    upper = [i for i in among if UPPER.search(names[i]) and i not in lower]
    if lower and upper:
        return [lower[0], upper[0]]
    return among[:1]


def check(path: str, rows: np.ndarray) -> None:
    """Raise `ValueError` unless mass and couplings may be those of a curve: other tables have three columns too."""
    mass, lower, upper = rows[:, 0], rows[:, 1], rows[:, -1]
    if np.unique(mass).size < mass.size / 3:
        raise ValueError(f"{path} holds a grid, with the mass {mass[0]:g} in many rows, and no curve: {COLUMNS}")
    if np.any(upper < lower):
        i = int(np.argmax(upper < lower))
        raise ValueError(
            f"{path}: at mass {mass[i]:g} the upper coupling {upper[i]:g} is below the lower {lower[i]:g}: {COLUMNS}"
        )
