"""Production by electrons, positrons, muons and the photons of their showers."""
