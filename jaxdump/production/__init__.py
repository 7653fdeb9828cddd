"""How dark particles are made: theory -> Flux."""
