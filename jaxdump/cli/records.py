"""Run files: the words of a command, from which `jaxdump repeat` gets its result again in any folder."""

import json
import platform
from collections.abc import Collection
from pathlib import Path

from jaxdump import __version__

LARGEST_JSON = 2**20
"""Most bytes of a JSON file that people give: more than any run or counts take."""


def versions() -> dict[str, str]:
    """The versions on which answers depend."""
    import importlib.metadata  # which takes long

    return {"jaxdump": __version__, "jax": importlib.metadata.version("jax"), "python": platform.python_version()}


def record(arguments: list[str]) -> dict:
    """The content of a run file."""
    return {"arguments": arguments, **versions()}


def arguments_in(path: Path, commands: Collection[str]) -> list[str]:
    """The arguments in a run file, which begin with one of the commands."""
    try:
        arguments = read_json(path)["arguments"]  # pyright: ignore[reportIndexIssue]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} does not tell of a run: {type(error).__name__}: {error}") from error
    words = isinstance(arguments, list) and all(isinstance(word, str) for word in arguments)
    if not (words and arguments and arguments[0] in commands):
        raise ValueError(f"{path} does not tell of a run: its arguments must be words that begin with {', '.join(commands)}")
    return arguments


def run_file(path: Path) -> Path:
    """The file itself, or the only run in a folder, which may also be called FOLDER/run.json: the name of a run before 0.3."""
    folder = path.parent if path.name == "run.json" and not path.exists() else path
    if not folder.is_dir():
        return path
    found = sorted(file.name for file in folder.glob("*run.json") if file.name == "run.json" or file.name.endswith(".run.json"))
    if len(found) != 1:
        raise ValueError(f"{folder} holds {'the runs ' + ', '.join(found) + ': give one of them' if found else 'no run'}")
    return folder / found[0]


def read_json(path: Path | str) -> object:
    """The value in a small JSON file of a user's, in any encoding of Unicode; raises `OSError` or `ValueError`."""
    with open(path, "rb") as file:
        content = file.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise ValueError(f"it is larger than {LARGEST_JSON >> 20} MiB")
    return parsed(content)


def parsed(content: bytes | str) -> object:
    """The value of a JSON text; raises `ValueError`, also where it is nested beyond all reason."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def counts_in(given: str) -> dict:
    """The counts in a JSON text, or in the file of one that it names, so that a run holds all that it needs."""
    try:
        found = parsed(given) if given.lstrip().startswith("{") else read_json(given)
        if not isinstance(found, dict):
            raise ValueError("it has no names")
        return found
    except (OSError, ValueError) as error:
        wanted = "{REGION: N} of every region, or {EXPERIMENT: {REGION: N}}"
        told = f"{type(error).__name__}: {error}"
        name = given if len(given) < 100 else f"{given[:90]}..."
        raise ValueError(f"{name} does not hold the counts, {wanted}: {told}") from error
