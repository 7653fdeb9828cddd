"""The command line."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command inside a Python program, whose settings of jax stay; the exit status is 2 for bad input."""
    from jaxdump.cli import entry

    return entry.main(arguments)
