"""Run files: what a run was asked for, so that `jaxdump repeat` gets it again from any folder."""

import argparse
import json
import platform
from pathlib import Path

from jaxdump import __version__
from jaxdump.cli.user_files import located, names_in

WRITTEN = ("flux", "limit", "compare", "contour", "fit", "sensitivity")
"""The commands that write a folder, which `repeat` repeats."""
LARGEST_JSON = 2**20
"""Bytes of a JSON file that people give, more than any run or counts take."""
UNRECORDED = ("command", "out", "json", "version", "notes", "curve")


def versions() -> dict[str, str]:
    """What answers depend on."""
    import importlib.metadata  # which takes long

    return {"jaxdump": __version__, "jax": importlib.metadata.version("jax"), "python": platform.python_version()}


def record(arguments: list[str]) -> dict:
    """What a run file holds."""
    return {"arguments": arguments, **versions()}


def again(args: argparse.Namespace) -> list[str]:
    """The arguments that ask for the same from any folder: all of them, but for where and how to tell the answer."""
    given = {name: value for name, value in vars(args).items() if value not in (None, False, []) and name not in UNRECORDED}
    words = [args.command]
    words += [",".join(map(located, names_in(given.pop("experiment"))))] if "experiment" in given else []
    words += [located(given.pop("theory"))] if "theory" in given else []
    words += [given.pop("file")] if "file" in given else []
    changes = given.pop("set", [])
    for name, value in [*given.items(), *(("set", change) for change in changes)]:
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif isinstance(value, list):
            words += [option, *value]
        else:
            words += [f"{option}={value}"] if value.startswith("-") else [option, value]
    return words


def recorded_arguments(path: Path, out: str | None) -> list[str]:
    """The arguments in a run file, with the output folder `out`, or that of the file."""
    path = run_file(path)
    try:
        arguments = read_json(path)["arguments"]  # pyright: ignore[reportIndexIssue]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} does not tell of a run: {type(error).__name__}: {error}") from error
    words = isinstance(arguments, list) and all(isinstance(word, str) for word in arguments)
    if not (words and arguments and arguments[0] in WRITTEN):
        raise ValueError(f"{path} does not tell of a run: its arguments must be words that begin with {', '.join(WRITTEN)}")
    return [*(word for word in arguments if word != "--json"), "--out", out or str(path.parent)]


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
    """What a small JSON file of a user's holds, in any encoding of Unicode; raises `OSError` or `ValueError`."""
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


def counts_text(given: str) -> str:
    """The JSON text of `--counts`, which is one or names a file of one, so that a run holds all that it needs."""
    try:
        return json.dumps(parsed(given) if given.lstrip().startswith("{") else read_json(given))
    except (OSError, ValueError) as error:
        wanted = "{REGION: N} of every region, or {EXPERIMENT: {REGION: N}}"
        told = f"{type(error).__name__}: {error}"
        name = given if len(given) < 100 else f"{given[:90]}..."
        raise ValueError(f"{name} does not hold the counts, {wanted}: {told}") from error
