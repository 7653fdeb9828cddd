"""The command line."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command inside a Python program and return its exit status, 2 for bad input; the settings of jax stay as they are.

    >>> import jaxdump.cli
    >>> status = jaxdump.cli.main(["list", "lmu-ltau"])
    lmu-ltau: nothing to set besides its mass [GeV] and its coupling g, which commands ask for
    >>> status
    0
    """
    from jaxdump.cli import entry

    return entry.main(arguments)
