"""The commands of the command line, one file each."""

import contextlib
import importlib
import sys
from collections.abc import Callable

from jaxdump.cli import output, process
from jaxdump.cli.commands.common import Answer
from jaxdump.cli.request import Request


def run(request: Request) -> int:
    """Run the command of a request and return the exit status.

    Notes are told when the answer is there. What the user's own files print goes to standard error.
    """
    if request.command == "doctor":
        from jaxdump.cli import doctor

        return doctor.report(request.json)
    with contextlib.redirect_stdout(sys.stderr):
        answer = command(request.command)(request)
    for note in dict.fromkeys(answer.notes):
        process.tell(f"note: {note}")
    table = lambda: "\n".join(filter(None, [output.as_table(answer.rows, answer.units), *answer.told]))
    process.answer(output.as_json({**answer.more, "rows": answer.rows}) if request.json else table())
    return 0


def command(name: str) -> Callable[[Request], Answer]:
    """The command called `name`; only its file is loaded."""
    file = "points" if name in ("xsec", "events") else name
    return getattr(importlib.import_module(f"jaxdump.cli.commands.{file}"), f"{name}_answer")
