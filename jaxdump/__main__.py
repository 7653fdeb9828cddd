"""`python -m jaxdump` is the command line."""

from jaxdump.cli.start import script

script()
