"""Python files of the user's: their names, the way to find and load them, and words about their mistakes."""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from zlib import crc32

LARGEST_FILE = 2**20
"""Most bytes of a Python file of a user's."""
FOLDERS: set[Path] = set()
"""Folders in which such files were found."""
OURS = Path(__file__).parents[1]


def names_in(text: str) -> list[str]:
    """The names of a list with commas between; there may be commas in the path of a file as well."""
    words, names = text.split(","), []
    while words:
        ends = range(len(words), 1, -1)
        size = next((end for end in ends if is_there(",".join(words[:end]))), 1)
        names.append(",".join(words[:size]))
        del words[:size]
    return names


def is_there(name: str) -> bool:
    """Whether `file.py:NAME` or `folder/module:NAME` names a file, or a folder, that exists."""
    source, _, attribute = name.rpartition(":")
    folder, _ = os.path.split(source)
    found = os.path.isfile(source) if source.endswith(".py") else bool(folder) and os.path.isdir(folder)
    return found and attribute.isidentifier()


def located(name: str) -> str:
    """The name of the same object in any folder: `file.py:NAME`, or `folder/module:NAME` of a module that is not installed."""
    source, colon, attribute = name.rpartition(":")
    folder, module = os.path.split(source)
    if not source or source == "__main__":
        return name
    if not folder and not source.endswith(".py"):
        root = folder_of(module)
        return f"{root / module}:{attribute}" if root else name
    return f"{os.path.abspath(source)}{colon}{attribute}"


def folder_of(module: str) -> Path | None:
    """The folder in which Python finds a module; None if it is installed, or is not found."""
    try:
        found = importlib.util.find_spec(module)
    except (Exception, SystemExit):  # of the packages that it is in
        return None
    if found is None or not found.has_location or found.origin is None or OURS in Path(found.origin).parents:
        return None
    folders = Path(os.path.abspath(found.origin)).parents
    root = folders[module.count(".") + (found.submodule_search_locations is not None)]
    installed = {"site-packages", "dist-packages"} & set(root.parts) or root == Path(os.__file__).parent
    return None if installed or str(root) not in map(os.path.abspath, sys.path) else root


def load(source: str) -> ModuleType:
    """The module of `file.py`, `folder/module` or `module`; any failure of the user's code is a `ValueError`."""
    try:
        if source.endswith(".py"):
            return from_file(Path(source))
        folder, module = os.path.split(source)
        with on_path(folder):
            return found_as(module, folder)
    except (Exception, SystemExit) as error:  # whatever the user's file does wrong is told in one line
        raise ValueError(f"cannot import {source}: {mistake(error) or told(error)}") from error


def from_file(path: Path) -> ModuleType:
    """Run a Python file as a module, under a name that no other file has."""
    if path.stat().st_size > LARGEST_FILE:
        raise ImportError(f"it is larger than {LARGEST_FILE >> 20} MiB")
    place = path.resolve(strict=True)
    spec = importlib.util.spec_from_file_location(f"jaxdump_user_{path.stem}_{crc32(bytes(place)):x}", place)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    FOLDERS.add(place.parent)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def found_as(name: str, folder: str) -> ModuleType:
    """Import a module by its name, which must be of this folder, if one is given."""
    alone = Path(os.path.abspath(folder), f"{name}.py")
    if folder and alone.is_file() and name in sys.modules and not is_of(sys.modules[name], folder):
        return from_file(alone)
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is not None and spec.origin is not None:
        FOLDERS.add(Path(spec.origin).parent)
    module = importlib.import_module(name)
    if file := getattr(module, "__file__", None):
        FOLDERS.add(Path(file).parent)
    if folder and not is_of(module, folder):
        raise ImportError(f"another module {name} is loaded already")
    return module


def is_of(module: ModuleType, folder: str) -> bool:
    """Whether a module is of a folder."""
    file = getattr(module, "__file__", None)
    return bool(file) and Path(file).is_relative_to(os.path.abspath(folder))


@contextmanager
def on_path(folder: str) -> Iterator[None]:
    """A context in which modules are first looked for in a folder, if one is given."""
    before = sys.path.copy()
    sys.path[:0] = [os.path.abspath(folder)] if folder else []
    try:
        yield
    finally:
        sys.path[:] = before


def mistake(error: BaseException) -> str | None:
    """The line of a user's file that went wrong, and its error; None if the library, or code that it called, went wrong."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        file, function = Path(frame.f_code.co_filename), frame.f_code.co_name
        if OURS in file.parents:
            place = ""
        elif file.parent in FOLDERS:
            place = f"{file.name} line {line}" + f", in {function}" * (function != "<module>")
    return f"{place}: {told(error)}" if place else None


def told(error: BaseException) -> str:
    """The kind of an error and the first line of what it says."""
    words = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
