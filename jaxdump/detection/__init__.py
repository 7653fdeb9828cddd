"""What the detector sees of a flux: (theory, flux) -> flux."""
