"""A folder of results: written whole or not at all, by one process at a time."""

import contextlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jaxdump.cli import process

ENDINGS = ("png", "pdf", "csv", "json", "run.json")
"""Endings of the files of a result; the last file tells how to get it again."""


class Draft(NamedTuple):
    """A hidden folder whose files go to another in the end."""

    folder: Path
    target: Path

    @contextlib.contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """The path at which to write the file `name`; a failure tells the path in the final folder."""
        with writing(self.target / name):
            yield self.folder / name


def check(path: Path, command: str) -> tuple[Path, Path]:
    """The folder `path` in full, and the nearest one that exists; raises `ValueError` if a command could not write there."""
    try:
        target = path.resolve()
        home = next(folder for folder in (target, *target.parents) if folder.exists())
        if home == target and not target.is_dir():
            raise ValueError(f"--out {path} is not a folder that can be written: choose another")
        os.rmdir(new_folder(home))
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise ValueError(f"--out {path} cannot be written: {getattr(error, 'strerror', None) or error}") from error
    taken = [place.name for ending in ENDINGS for place in target.glob(f"{command}_*.{ending}") if place.is_dir()]
    if taken:
        raise ValueError(f"--out {path} holds a folder called {taken[0]}: choose another")
    return target, home


@contextlib.contextmanager
def written_whole(path: Path, command: str) -> Iterator[Draft]:
    """A draft of the folder `path`; its files are moved there in the end, or the folder is as before.

    Of two processes that end together one moves all of its files before the other.
    """
    target, home = check(path, command)
    remove_abandoned(home)
    with process.temporary(new_folder(home)) as folder:
        yield Draft(folder, target)
        with writing(target):
            target.mkdir(parents=True, exist_ok=True)
        with locked(target), process.undisturbed():
            for file in sorted(folder.iterdir()):
                with writing(target / file.name):
                    os.replace(file, target / file.name)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """A context in which a failure to write names the file in question."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A context that one process at a time enters; not so for folders that cannot be locked, as on some networks."""
    handle = None
    try:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def new_folder(home: Path) -> Path:
    """A new hidden folder whose name tells the machine and the process that it belongs to."""
    return Path(tempfile.mkdtemp(prefix=f".jaxdump-{platform.node()}-{os.getpid()}-", dir=home))


def remove_abandoned(home: Path) -> None:
    """Remove the hidden folders of processes of this machine that have ended without doing so."""
    for folder in home.glob(".jaxdump-*"):
        told = re.fullmatch(r"\.jaxdump-(.*)-(\d{1,9})-\w+", folder.name)
        if told and told[1] == platform.node() and has_ended(int(told[2])):
            shutil.rmtree(folder, ignore_errors=True)


def has_ended(number: int) -> bool:
    """Whether no process has this number, as far as one can know."""
    if os.name != "posix":
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
