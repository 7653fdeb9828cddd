"""The beginning of the command: signals are caught before anything else is imported."""

from jaxdump.cli.stops import catch, leave


def script() -> None:
    """The command `jaxdump`."""
    catch(leave)
    from jaxdump.cli import entry

    entry.script()
