"""The command line: what each command does, a file each."""

import argparse
from pathlib import Path

from jaxdump import cli, output


def run(args: argparse.Namespace, arguments: list[str]) -> int:
    """Run the command that was asked for; returns the exit status."""
    if args.command == "doctor":
        from jaxdump import doctor

        return doctor.report(args.json)
    if args.command == "repeat":
        return cli.main([*output.recorded_arguments(Path(args.run), args.out), *(["--json"] if args.json else [])])
    rows, more = rows_of(args, arguments)
    print(output.as_json({**more, "rows": rows}) if args.json else output.as_table(rows, more.get("coupling_unit", "")))
    if args.command == "compare" and not args.json:
        from jaxdump.commands.compare import told_of

        print("\n".join(map(told_of, more["summary"])))
    return 0


def rows_of(args: argparse.Namespace, arguments: list[str]) -> tuple[list[dict], dict]:
    """The rows of the command that was asked for, and what else a document tells; only that command's file is loaded."""
    if args.command in ("list", "xsec", "events"):
        from jaxdump.commands import points

        return {"list": points.list_rows, "xsec": points.xsec_rows, "events": points.events_rows}[args.command](args)
    if args.command == "limit":
        from jaxdump.commands.limit import limit_rows as command
    elif args.command == "compare":
        from jaxdump.commands.compare import compare_rows as command
    elif args.command == "contour":
        from jaxdump.commands.contour import contour_rows as command
    elif args.command == "sensitivity":
        from jaxdump.commands.sensitivity import sensitivity_rows as command
    else:
        from jaxdump.commands.fit import fit_rows as command
    return command(args, arguments)
