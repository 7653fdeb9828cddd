"""Transport of particles from the place where they are made to the detector: (theory, flux) -> flux."""
