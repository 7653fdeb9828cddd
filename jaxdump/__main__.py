"""`python -m jaxdump` is the command line."""

from jaxdump.start import script

script()
