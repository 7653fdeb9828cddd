"""The parser of the command line: it gives each option in `options` its words."""

import argparse
import functools
from typing import Any

from jaxdump.cli import process
from jaxdump.cli.options import COMMANDS, JSON, RENAMED, SET, VERSION, Option


class Parser(argparse.ArgumentParser):
    """A parser that raises `ValueError` for wrong words, as all code here does."""

    def error(self, message: str):
        raise ValueError(message)


@functools.cache
def parser() -> argparse.ArgumentParser:
    """The options of all commands."""
    top = Parser(prog="jaxdump", description="Cross-sections, events and limits for dark particles.")
    add(top, VERSION)
    add(top, JSON)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.about, description=command.about)
        groups = {}
        for option in (*command.options, JSON):
            if option.instead and option.instead not in groups:
                groups[option.instead] = sub.add_mutually_exclusive_group()
            add(groups.get(option.instead, sub), option)
    return top


def add(place: argparse._ActionsContainer, option: Option) -> None:
    """Add an option to the parser; an option that is not given leaves no value."""
    known: dict[str, Any] = {"help": option.help.replace("%", "%%"), "default": argparse.SUPPRESS}
    if option.placed:
        known |= {} if option.required else {"nargs": "?", "default": None}
        place.add_argument(option.name, metavar=option.flag, choices=option.choices, **known)
    elif not option.metavar:
        place.add_argument(option.flag, action="store_true", **known)
    else:
        words = tuple(option.metavar.split())
        known |= {"action": "extend" if option == SET else "store", "nargs": len(words), "metavar": words}
        place.add_argument(option.flag, dest=option.name, choices=option.choices, required=option.required, **known)


def words_given(arguments: list[str]) -> dict:
    """The words given to each option, by its name, and the command; a former name of a command is told."""
    place = next((i for i, word in enumerate(arguments) if not word.startswith("-")), None)
    if place is not None and (name := RENAMED.get(arguments[place])):
        process.tell(f"{arguments[place]} is called {name} now: the old name will be taken away")
        arguments = [*arguments[:place], name, *arguments[place + 1 :]]
    given = {name: words for name, words in vars(parser().parse_args(arguments)).items() if words is not None}
    if not {"command", "version"} & set(given):
        raise ValueError("the following arguments are required: COMMAND: see jaxdump --help")
    return given
