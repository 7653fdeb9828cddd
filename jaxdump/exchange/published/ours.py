"""Limits that `jaxdump limit --out` has written, as curves like those of others."""

import csv
from typing import NamedTuple

import numpy as np

from jaxdump.exchange.published import outlines, text

MASS = "mass [GeV]"
TELLING = ("experiment", "region", "data")
"""Columns that tell curves apart; the last one is there where limits are of several kinds."""


class Ours(NamedTuple):
    """One curve of such a file."""

    line: outlines.Outline
    name: str
    """Words that tell it apart."""
    others: tuple[str, ...]
    """Those of the other curves of the file."""


def read(path: str, wanted: str | None) -> Ours | None:
    """The first curve of the file, or the one that is `wanted`, by some of the words that tell it apart; None for other files.

    Rows where nothing is excluded are left out. Raises `ValueError` if no curve is called so, and for planes of other axes.
    """
    rows = list(csv.DictReader(text.text_of(path).splitlines()))
    names = list(rows[0]) if rows else []
    couplings = [next((name for name in names if name and name.split(" ")[0] == end), "") for end in ("lower", "upper")]
    if not (rows and names[0] == "experiment" and all(couplings)):
        return None
    if names[1] != MASS:
        told = f"limits in the plane of {names[1]} and another number are not read: write them without --plane and --axes"
        raise ValueError(f"{path} has {names[1]!r} in the place of {MASS!r}: {told}")
    curves: dict[str, list[dict]] = {}
    for row in rows:
        curves.setdefault(" ".join(row[name] for name in TELLING if name in row), []).append(row)
    found = [name for name in curves if wanted is None or set(wanted.split()) <= set(name.split())]
    if not found:
        raise ValueError(f"{path} has no curve {wanted!r}: choose from {', '.join(curves)}")
    mass, lower, upper = (np.array([number(row[name]) for row in curves[found[0]]]) for name in (MASS, *couplings))
    some = np.isfinite(lower)
    if np.count_nonzero(some) < 2:
        raise ValueError(f"{path} holds no limit of {found[0]}: take another of its curves, or more masses")
    closed = np.isfinite(upper[some]).any()
    line = outlines.of_edges(mass[some], lower[some], upper[some]) if closed else outlines.of_points(mass[some], lower[some])
    return Ours(line, found[0], tuple(name for name in curves if name != found[0]))


def number(word: str) -> float:
    """The number in a cell; not a number for an empty one."""
    return float(word) if word else float("nan")
