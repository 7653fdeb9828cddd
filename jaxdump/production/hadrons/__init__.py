"""What protons and the hadrons of their showers make."""
