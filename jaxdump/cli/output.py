"""The output of commands: tables, JSON, a progress bar, and the files of a result."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jaxdump.cli import folders, records
from jaxdump.cli.request import Request

if TYPE_CHECKING:
    from jaxdump.theories.family import Family

WIDEST = 10_000
"""Number of characters above that of any line of a table: a terminal wraps long lines, and nothing is cut."""


def as_json(document: dict) -> str:
    """A document as JSON in full double precision."""
    return json.dumps(document, indent=1, allow_nan=False)


def as_table(rows: list[dict], units: Mapping[str, str]) -> str:
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
        heads = [f"{name} [{units[name]}]" if units.get(name) else name for name in columns]
        table = Table(*heads, box=None, pad_edge=False)
        for row in members:
            table.add_row(*(shown(row[column]) for column in columns))
        console.print(table)
    return text.getvalue().rstrip("\n")


def shown(value: object) -> str:
    """A cell of a table."""
    if value is None:
        return "-"
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        return ", ".join(value)
    if isinstance(value, list):
        return f"{len(value)} in the JSON" if value else "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@contextmanager
def progress(total: int, what: str = "masses") -> Iterator[Callable[[int], object]]:
    """A function that advances a progress bar on a terminal, and does nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True, markup=False, emoji=False), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


@contextmanager
def folder(request: Request) -> Iterator[Callable | None]:
    """A function that writes the files of a request into its folder, or None; on any failure the folder is as before.

    Raises `ValueError` at once if nothing can be written there.
    """
    if request.out is None:
        yield None
        return
    arguments = request.from_anywhere().arguments()
    with folders.written_whole(request.out, request.command) as draft:
        yield lambda *content, part="": write_run(draft, arguments, *content, part=part)


def write_run(
    draft: folders.Draft, arguments: list[str], theory: "Family", table: list[dict], document: dict, figure, part: str = ""
) -> None:
    """Write the figure, the `table` as csv, the `document` as json, and the run file that `repeat` takes.

    Their names are those of command, theory, and `part` if one theory has several answers.
    """
    stem = f"{arguments[0]}_" + re.sub(r"[^\w.-]+", "_", "_".join(filter(None, (theory.name, part))))
    for ending in ("png", "pdf"):
        with draft.file(f"{stem}.{ending}") as path:
            figure.savefig(path, dpi=220, metadata={"CreationDate": None} if ending == "pdf" else None)
    with draft.file(f"{stem}.csv") as path, open(path, "w", newline="") as file:
        writer = csv.writer(file)
        columns = list(table[0]) if table else []
        units = units_of(theory, "1")
        if table:
            writer.writerow([f"{name} [{units[name]}]" if units.get(name) else name for name in columns])
        writer.writerows(["" if value is None else value for value in row.values()] for row in table)
    for ending, content in (("json", document), ("run.json", records.record(arguments))):
        with draft.file(f"{stem}.{ending}") as path:
            path.write_text(as_json(content) + "\n")


def units_of(theory: "Family", none: str = "") -> dict[str, str]:
    """The unit of each column that has one, for a plane of a theory; `none` for a coupling without a unit."""
    along, across = theory.units
    columns = dict.fromkeys(("coupling", "published", "ours", "lower", "upper", theory.columns[1]), across or none)
    return {"mass": "GeV", "mediator_mass": "GeV", "energy": "GeV", theory.columns[0]: along, **columns}
