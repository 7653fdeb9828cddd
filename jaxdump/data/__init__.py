"""The tables of numbers that belong to jaxdump, beside this file; README.md tells where they come from."""

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
WRONG = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile)
"""What is raised where a file is missing, or does not hold what it should."""


@contextlib.contextmanager
def reading(table: Path, script: str = "") -> Iterator[None]:
    """Raise `RuntimeError` for what goes wrong where a `table` is read, with the remedy: the `script` that makes it anew."""
    try:
        yield
    except WRONG as error:
        remedy = f"make it anew with scripts/{script}" if script else "install jaxdump anew"
        raise RuntimeError(f"{table} is missing or broken: {remedy}") from error


def arrays(table: Path) -> dict[str, np.ndarray]:
    """The arrays of a file of numpy."""
    with table.open("rb") as file, np.load(file) as stored:
        return dict(stored)
