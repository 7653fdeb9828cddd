"""The command line: what each command does, a file each."""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from jaxdump import cli, output
from jaxdump.commands.common import Answer


def run(args: argparse.Namespace, arguments: list[str]) -> int:
    """Run the command that was asked for; returns the exit status."""
    if args.command == "doctor":
        from jaxdump import doctor

        return doctor.report(args.json)
    if args.command == "repeat":
        return cli.main([*output.recorded_arguments(Path(args.run), args.out), *(["--json"] if args.json else [])])
    answer = command(args.command)(args, arguments)
    if args.json:
        print(output.as_json({**answer.more, "rows": answer.rows}))
    else:
        print("\n".join([output.as_table(answer.rows, answer.more.get("coupling_unit", "")), *answer.told]))
    return 0


def command(name: str) -> Callable[[argparse.Namespace, list[str]], Answer]:
    """The command called `name`; only its file is loaded."""
    file = "points" if name in ("list", "xsec", "events") else name
    return getattr(importlib.import_module(f"jaxdump.commands.{file}"), f"{name}_answer")
