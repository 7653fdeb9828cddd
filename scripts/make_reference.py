"""Write docs/command_line.md, the reference of the command line, from the options that `jaxdump.cli.options` tells.

Run it after a change of an option; the tests compare the file with what it writes.
"""

from pathlib import Path

from jaxdump.cli.options import COMMANDS, JSON, VERSION, WRITTEN, Command, Option

PAGE = Path(__file__).resolve().parents[1] / "docs" / "command_line.md"
HEAD = """# The command line

All commands and their options, written by `scripts/make_reference.py`; [README](../README.md) tells what they are for.

EXPERIMENT and THEORY are names from `jaxdump list`, or `module:NAME` or `file.py:NAME` for your own.
"""
STATUS = """## Exit status

| status | meaning |
|---|---|
| 0 | there is an answer |
| 1 | `doctor` finds something wrong |
| 2 | what was given is wrong: one line on standard error tells what, and what to do |
| 128 + signal | stopped by a signal; nothing is left behind |
"""
FILES = """## Files

`--out DIR` writes `COMMAND_THEORY.png`, `.pdf`, `.csv`, `.json` and `.run.json` into DIR, all of them or none: the figure, the
table, the answer in full double precision, and the words of the command line with the versions of jaxdump, jax and Python,
which `repeat` takes. Commands that write are {written}.
"""


def usage(name: str, command: Command) -> str:
    """How a command is written; of options with a bar between them one is taken."""
    groups: dict[str, list[Option]] = {}
    for option in command.options:
        groups.setdefault(option.instead or option.name, []).append(option)
    told = {key: " | ".join(words(option, short=True) for option in options) for key, options in groups.items()}
    needed = {key for key, options in groups.items() if options[0].required}
    return " ".join([f"jaxdump {name}", *(one if key in needed else f"[{one}]" for key, one in told.items()), f"[{JSON.flag}]"])


def words(option: Option, short: bool = False) -> str:
    """An option with what stands for its words; of those to choose from there are too many for a line."""
    if option.placed:
        return option.metavar
    return f"{option.flag} {'NAME' if short and option.choices else option.metavar}".strip()


def table(options: tuple[Option, ...]) -> list[str]:
    """A row for each option."""
    rows = ["| option | default | meaning |", "|---|---|---|"]
    for option in options:
        cells = f"`{words(option)}`", "needed" if option.required else option.usual, option.about
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return rows


def page() -> str:
    """The whole reference."""
    parts = [HEAD]
    for name, command in COMMANDS.items():
        lines = [f"## {name}", "", command.about, "", "```", usage(name, command), "```", ""]
        parts.append("\n".join([*lines, *table(command.options), ""] if command.options else lines))
    parts.append("\n".join(["## All commands", "", *table((JSON, VERSION)), ""]))
    return "\n".join([*parts, STATUS, FILES.format(written=", ".join(f"`{name}`" for name in WRITTEN))])


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
