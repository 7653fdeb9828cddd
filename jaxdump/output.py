"""What commands print and write: tables, JSON, a progress bar, and a folder that is written whole or not at all."""

import csv
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jax

from jaxdump import __version__

WIDEST = 10_000
"""Characters in a line of a table, more than any has: what is too long for a terminal wraps there, uncut."""
WRITTEN = ("flux", "limit", "compare", "contour", "fit", "sensitivity")
"""The commands that write a folder, which `repeat` repeats."""


def as_json(document: dict) -> str:
    """JSON in full double precision."""
    return json.dumps(document, indent=1, allow_nan=False)


def as_table(rows: list[dict], coupling_unit: str) -> str:
    """A table for people, six digits, units in its head; rows of different kinds make tables one below the other.

    Lines are as long as it takes, and no name of a user's is markup.
    """
    from rich.console import Console
    from rich.table import Table

    text = io.StringIO()
    console = Console(file=text, width=WIDEST, markup=False, emoji=False, highlight=False)
    kinds: dict[tuple[str, ...], list[dict]] = {}
    for row in rows:
        kinds.setdefault(tuple(row), []).append(row)
    for columns, members in kinds.items():
        units = {name: unit_of(name, coupling_unit) for name in columns}
        table = Table(*(f"{c} [{units[c]}]" if units[c] else c for c in columns), box=None, pad_edge=False)
        for row in members:
            table.add_row(*(shown(row[column]) for column in columns))
        console.print(table)
    return text.getvalue().rstrip("\n")


def shown(value: object) -> str:
    """A cell of a table."""
    if value is None:
        return "-"
    if isinstance(value, list):
        return f"{len(value)} in the JSON"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@contextmanager
def progress(total: int, what: str = "masses") -> Iterator[Callable[[int], object]]:
    """A function that advances a progress bar on a terminal, and does nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


@contextmanager
def folder(path: str | None, arguments: list[str]) -> Iterator[Callable | None]:
    """A function that writes a run of `arguments` into the folder `path`, or None; on any failure the folder is as before.

    Everything is first written to a hidden folder there and moved at the end. Raises `ValueError` at once if it cannot be.
    """
    if path is None:
        yield None
        return
    if not path:
        raise ValueError("--out needs the name of a folder")
    target = Path(path).resolve()
    home = next(folder for folder in (target, *target.parents) if folder.exists())
    if target.exists() and not (target.is_dir() and os.access(target, os.W_OK)):
        raise ValueError(f"--out {path} is not a folder that can be written: choose another")
    try:
        draft = Path(tempfile.mkdtemp(prefix=".jaxdump-", dir=home))
    except OSError as error:
        raise ValueError(f"--out {path} cannot be written: {error.strerror} in {home}") from error
    try:
        yield lambda *content: write_run(draft, arguments, *content)
        target.mkdir(parents=True, exist_ok=True)
        for file in draft.iterdir():
            if (target / file.name).is_dir():
                raise ValueError(f"--out {path} holds a folder called {file.name}: choose another")
        for file in sorted(draft.iterdir()):
            os.replace(file, target / file.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_run(draft: Path, arguments: list[str], command: str, theory, table: list[dict], document: dict, figure) -> None:
    """The figure, the `table` as csv, the `document` as json, and how to get them again."""
    stem = f"{command}_" + re.sub(r"[^\w.-]+", "_", theory.name)
    for ending in ("png", "pdf"):
        figure.savefig(draft / f"{stem}.{ending}", dpi=220, metadata={"CreationDate": None} if ending == "pdf" else None)
    with open(draft / f"{stem}.csv", "w", newline="") as file:
        writer = csv.writer(file)
        columns = list(table[0]) if table else []
        units = {name: unit_of(name, theory.coupling_unit or "1") for name in columns}
        if table:
            writer.writerow([f"{name} [{units[name]}]" if units[name] else name for name in columns])
        writer.writerows(["" if value is None else value for value in row.values()] for row in table)
    (draft / f"{stem}.json").write_text(as_json(document) + "\n")
    record = {"arguments": repeatable(arguments), "jaxdump": __version__, "jax": jax.__version__}
    (draft / "run.json").write_text(as_json(record) + "\n")


def unit_of(column: str, coupling_unit: str) -> str:
    """The unit of a column, empty if it has none."""
    if column in ("mass", "energy"):
        return "GeV"
    return coupling_unit if column in ("coupling", "published", "ours", "lower", "upper") else ""


def repeatable(arguments: list[str]) -> list[str]:
    """The arguments without `--out DIR` or `--out=DIR`, and with the full paths of a user's own files."""
    kept = [word for before, word in zip(["", *arguments], arguments, strict=False) if "--out" not in (before, word)]
    full = lambda part: str(Path(part).resolve()) if re.search(r"\.py:\w+$", part) else part
    return [",".join(map(full, word.split(","))) for word in kept if not word.startswith("--out=")]


def recorded_arguments(path: Path, out: str | None) -> list[str]:
    """The arguments in a run.json, with the output folder `out`, or that of the file."""
    try:
        arguments = json.loads(path.read_text())["arguments"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} does not tell of a run: {type(error).__name__}: {error}") from error
    words = isinstance(arguments, list) and all(isinstance(word, str) for word in arguments)
    if not (words and arguments and arguments[0] in WRITTEN):
        raise ValueError(f"{path} does not tell of a run: its arguments must be words that begin with {', '.join(WRITTEN)}")
    return [*arguments, "--out", out or str(path.parent)]
