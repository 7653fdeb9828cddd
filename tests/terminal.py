"""Commands as a user runs them, in this process or in one of its own."""

import json
import os
import subprocess
import sys

from jaxdump.cli import entry


def answer(capsys, *arguments):
    """Rows of a command."""
    assert entry.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)["rows"]


def complaint(capsys, *arguments):
    """The one line that bad input gets, with exit status 2."""
    try:
        status = entry.main(list(map(str, arguments)))
    except SystemExit as stop:
        status = stop.code
    told = capsys.readouterr()
    assert (status, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert told.err.startswith("jaxdump: ")
    return told.err


def run(*arguments, **environment):
    """The installed command."""
    return subprocess.run(
        [sys.executable, "-m", "jaxdump", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )
