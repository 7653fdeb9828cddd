"""Production of dark particles: theory -> Flux."""
