"""The constituents of targets: nuclei, hadrons and partons."""
