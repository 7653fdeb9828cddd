"""What targets are made of: nuclei, hadrons, partons."""
