"""What lies between where a particle is made and the detector: (theory, flux) -> flux."""
