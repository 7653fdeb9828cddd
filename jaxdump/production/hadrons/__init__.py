"""Production by protons and by the hadrons of their showers."""
