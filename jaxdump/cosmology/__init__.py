"""The early universe: its degrees of freedom, annihilation in its heat, and what is left of dark matter."""
