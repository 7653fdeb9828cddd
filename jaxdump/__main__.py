"""`python -m jaxdump` is the command line."""

from jaxdump.cli import script

script()
