"""Detection of the particles of a flux: (theory, flux) -> flux."""
