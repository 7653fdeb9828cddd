"""The command line: what each command does, a file each."""

import argparse
import contextlib
import importlib
import sys
from collections.abc import Callable

from jaxdump.cli import output, process, records
from jaxdump.cli.commands.common import Answer


def run(args: argparse.Namespace) -> int:
    """Run the command that was asked for; returns the exit status.

    Notes are told when the answer is there. What the user's own files print goes to standard error.
    """
    if args.command == "doctor":
        from jaxdump.cli import doctor

        return doctor.report(args.json)
    with contextlib.redirect_stdout(sys.stderr):
        answer = command(args.command)(args, records.again(args))
    for note in dict.fromkeys(args.notes):
        process.tell(f"note: {note}")
    table = lambda: "\n".join([output.as_table(answer.rows, answer.more.get("coupling_unit", "")), *answer.told])
    process.answer(output.as_json({**answer.more, "rows": answer.rows}) if args.json else table())
    return 0


def command(name: str) -> Callable[[argparse.Namespace, list[str]], Answer]:
    """The command called `name`; only its file is loaded."""
    file = "points" if name in ("xsec", "events") else name
    return getattr(importlib.import_module(f"jaxdump.cli.commands.{file}"), f"{name}_answer")
