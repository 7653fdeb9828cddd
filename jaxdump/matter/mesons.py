"""Masses, branching ratios and transition form factors of mesons."""

from typing import NamedTuple

from jaxdump.typing import Scalar

POINT_LIKE = 1e9
"""Mass of a pole [GeV] that no decay reaches."""


class Meson(NamedTuple):
    """A neutral meson that decays to photons, or to leptons through one photon."""

    mass: Scalar
    """Mass [GeV]."""
    to_photons: Scalar = 0.0
    """Branching ratio to two photons."""
    to_electrons: Scalar = 0.0
    """Branching ratio to an electron and a positron."""
    pole: Scalar = POINT_LIKE
    """Mass L [GeV] in the transition form factor, |F|^2 = L^2 (L^2 + G^2) / ((L^2 - q^2)^2 + L^2 G^2), of its Dalitz decay."""
    width: Scalar = 0.0
    """Width G [GeV] in the transition form factor; 0 if no decay reaches the pole."""
    total: Scalar = 0.0
    """Total width [GeV] of a vector meson."""


MESONS = {
    "pi0": Meson(0.1349768, to_photons=0.98823, pole=0.1349768 / 0.0332**0.5),
    "eta": Meson(0.547862, to_photons=0.3936, pole=0.731),
    "etap": Meson(0.95778, to_photons=0.02307, pole=0.79, width=0.13),
    "rho": Meson(0.77526, to_electrons=4.72e-5, total=0.1474),
    "omega": Meson(0.78266, to_electrons=7.41e-5, total=8.68e-3),
    "phi": Meson(1.01946, to_electrons=2.963e-4, total=4.249e-3),
    "jpsi": Meson(3.0969, to_electrons=0.05971, total=92.6e-6),
    "psi2s": Meson(3.686097, to_electrons=7.95e-3, total=293e-6),
    "ups1s": Meson(9.4604, to_electrons=0.0239, total=54.02e-6),
    "ups2s": Meson(10.0234, to_electrons=0.0191, total=31.98e-6),
    "ups3s": Meson(10.3551, to_electrons=0.0218, total=20.32e-6),
}
"""Mesons by name. PDG 2026. The pole of the eta is measured; that of the pi0 follows from the slope 0.0332 / m^2 at q^2 = 0.
Decays of the eta' reach its pole, whose position and width are measured: arXiv:1504.06016, with the slope 1.56 / GeV^2 (PDG
1.53)."""
OMEGA_TO_PION_PHOTON = 0.0833
"""Branching ratio of omega to pi0 gamma. PDG 2026."""
OMEGA_POLE = 0.67
"""Mass of the pole [GeV] in the transition form factor of omega to pi0. PDG 2026."""
VECTORS = tuple(name for name, meson in MESONS.items() if meson.to_electrons)
PSEUDOSCALARS = tuple(name for name, meson in MESONS.items() if meson.to_photons)
