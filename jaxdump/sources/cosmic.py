"""Fluxes of nucleons, free and in nuclei, that cosmic rays bring to the top of the atmosphere."""

import math
from functools import cache
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.constants import PROTON_MASS
from jaxdump.data import FOLDER, reading
from jaxdump.fields import check_choices, choice, require
from jaxdump.numerics.interpolate import LogCurve
from jaxdump.typing import Scalar, Values

TABLE = FOLDER / "gsf_nucleons.txt"
PIVOT = 100.0
"""Energy [GeV] at which a change of the spectral index does not change the flux."""


class Group(NamedTuple):
    """Nuclei of one mass number in the model H3a."""

    mass_number: int
    charge_number: int
    populations: tuple[tuple[float, float], ...]
    """Normalisation [1/(m2 s sr GeV)] and integral spectral index of each population."""


CUTOFFS = (4e6, 3e7, 2e9)
"""Rigidities [GV] at which the populations of H3a end. Gaisser, arXiv:1111.6675, mixed extragalactic population."""
H3A = (
    Group(1, 1, ((7860.0, 1.66), (20.0, 1.4), (1.7, 1.4))),
    Group(4, 2, ((3550.0, 1.58), (20.0, 1.4), (1.7, 1.4))),
    Group(12, 6, ((2200.0, 1.63), (13.4, 1.4), (1.14, 1.4))),
    Group(28, 14, ((1430.0, 1.67), (13.4, 1.4), (1.14, 1.4))),
    Group(54, 26, ((2120.0, 1.63), (13.4, 1.4), (1.14, 1.4))),
)
"""Groups of nuclei of H3a as in crflux 2.1.0, which has carbon for the group of carbon, nitrogen and oxygen."""


class Primaries(eqx.Module):
    """The flux of primary nucleons, free and in nuclei, as a function of the total energy of each nucleon.

    gsf: the Global Spline Fit, arXiv:1711.11432, from 1 to 1e10 GeV, at the solar modulation of 554 MV. h3a: Gaisser's model,
    arXiv:1111.6675, which has no modulation and is 10 to 30 % low below 100 GeV.
    """

    primary: str = choice("h3a", "gsf")
    """Model of the flux."""
    normalisation: Scalar = 1.0
    """Common factor of the flux."""
    tilt: Scalar = 0.0
    """Number that is added to the spectral index: a factor (E / 100 GeV)^(-tilt)."""
    modulation: Scalar = 0.0
    """Potential of solar modulation [GV] that is added to that of the model, for protons (nuclei feel half of it)."""

    def __check_init__(self):
        check_choices("primaries", self)
        require("primaries", "normalisation", self.normalisation, 0, open_below=True)
        require("primaries", "tilt", self.tilt)
        require("primaries", "modulation", self.modulation, -0.5)

    def log_nucleons(self, energy: Values) -> Values:
        """Logarithm of the flux of protons and neutrons [1/(m2 s sr GeV)] at `energy` [GeV] of each nucleon."""
        return self.modulated(lambda e: jnp.logaddexp(*self.model(e)), energy)

    def log_protons(self, energy: Values) -> Values:
        """Logarithm of the flux of protons alone [1/(m2 s sr GeV)] at `energy` [GeV]."""
        return self.modulated(lambda e: self.model(e)[0], energy)

    def model(self, energy: Values) -> tuple[Values, Values]:
        """Logarithms of the fluxes of protons and of neutrons in the model, before modulation, tilt and normalisation."""
        if self.primary == "gsf":
            protons, neutrons = gsf()
            return protons.log(energy), neutrons.log(energy)
        return h3a(energy, proton=True), h3a(energy, proton=False)

    def modulated(self, model, energy: Values) -> Values:
        """The flux behind the force field: over p^2 it is that at an energy larger by `modulation`.

        Reference: Gleeson and Axford, ApJ 154, 1011 (1968).
        """
        squared = lambda e: (e - PROTON_MASS) * (e + PROTON_MASS)
        energy = jnp.maximum(energy, 1.01 * PROTON_MASS)
        outside = jnp.maximum(energy + self.modulation, 1.005 * PROTON_MASS)
        slower = jnp.log(squared(energy)) - jnp.log(squared(outside))
        return model(outside) + slower + jnp.log(self.normalisation) - self.tilt * jnp.log(energy / PIVOT)


def h3a(energy: Values, proton: bool) -> Values:
    """Logarithm of the flux in H3a of protons, free and bound, or of neutrons: sum of A N Phi_A(A E), N of them in a nucleus.

    Phi_A(E) = sum_j a_j E^(-g_j - 1) exp(-E / (Z R_j)).
    """
    log_size, power, damping = (jnp.asarray(a, energy.dtype).reshape(-1, *(1,) * energy.ndim) for a in h3a_terms(proton))
    return jax.nn.logsumexp(log_size - power * jnp.log(energy)[None] - damping * energy[None], axis=0)


@cache
def h3a_terms(proton: bool) -> np.ndarray:
    """Array of shape (3, terms): logarithm of size, power, and damping of each term of `h3a`."""
    parts = []
    for a, z, populations in H3A:
        number = z if proton else a - z
        for (size, index), cutoff in zip(populations, CUTOFFS, strict=True):
            if number:
                parts.append((math.log(a * number * size) - (index + 1) * math.log(a), index + 1, a / (z * cutoff)))
    return np.array(parts).T


@cache
def gsf() -> tuple[LogCurve, LogCurve]:
    """Fluxes of protons and of neutrons from jaxdump/data/gsf_nucleons.txt, which is read once."""
    with reading(TABLE, "make_primaries.py"):
        energy, protons, neutrons = np.loadtxt(TABLE, unpack=True)
    curve = lambda flux: LogCurve(tuple(energy.tolist()), tuple(flux.tolist()))
    return curve(protons), curve(neutrons)
