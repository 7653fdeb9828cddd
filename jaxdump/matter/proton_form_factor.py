"""The Dirac form factor of the proton at time-like momentum transfers: a sum of resonances, or a table."""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxdump.data import FOLDER, reading
from jaxdump.typing import Scalar, Values

TABLE = FOLDER / "proton_form_factor.csv"
COUPLINGS = (0.6165340033, 0.2232042011, -0.3397382044, 1.0117544787, -0.8816565944, 0.3699021158)
MASSES = (0.77, 1.25, 1.45, 0.77, 1.25, 1.45)
WIDTHS = (0.15, 0.3, 0.5, 0.0085, 0.3, 0.5)
"""Widths [GeV] of three resonances like the rho and three like the omega. arXiv:0910.5589 as in BdNMC, arXiv:1609.01770."""


class Pole(NamedTuple):
    """A range of masses of the photon around a meson."""

    low: float
    """Least mass of the range [GeV]."""
    high: float
    mesons: tuple[str, ...]


class FormFactor(NamedTuple):
    """The function |F_1|^2 of k^2 [GeV^2], the k [GeV] between which it is smooth, its poles, and the largest k [GeV]."""

    squared: Callable[[Scalar], Values]
    knots: tuple[float, ...]
    poles: tuple[Pole, ...]
    largest: float = math.inf


def vector_dominance(k_squared: Scalar) -> Values:
    """Form factor |F_1|^2 of the proton at time-like `k_squared` [GeV^2], F_1 = sum of f M^2 / (M^2 - k^2 - i M G)."""
    real, imaginary = jnp.zeros_like(k_squared), jnp.zeros_like(k_squared)
    for f, mass, width in zip(COUPLINGS, MASSES, WIDTHS, strict=True):
        off, damping = mass**2 - k_squared, mass * width
        size = f * mass**2 / (off**2 + damping**2)
        real, imaginary = real + size * off, imaginary + size * damping
    return real**2 + imaginary**2


def unitary(k_squared: Scalar) -> Values:
    """Form factor |F_1|^2 of the proton in the unitary and analytic model of arXiv:2409.09123, for k < 2 GeV.

    F_1 is linear between the rows of a table. They are 5 MeV apart and hardly resolve the phi, which is 4 MeV wide: near it
    this is good to 30 %.
    """
    k = jnp.sqrt(k_squared)
    at, real, imaginary = (jnp.asarray(column, k.dtype) for column in table())
    return jnp.interp(k, at, real) ** 2 + jnp.interp(k, at, imaginary) ** 2


@functools.cache
def table() -> np.ndarray:
    """Rows of k [GeV] and F_1; raises `RuntimeError` if the table is missing or broken."""
    with reading(TABLE, "make_form_factor.py"):
        rows = np.loadtxt((line for line in TABLE.read_text().splitlines() if line[:1].isdigit()), delimiter=",", unpack=True)
        if len(rows) != 3:
            raise ValueError("no three columns")
    return rows


RHO_OMEGA, PHI = Pole(0.74, 0.8, ("rho", "omega")), Pole(0.95, 1.1, ("phi",))
NEAR_OMEGA = (0.3, 0.5, 0.63, 0.7, 0.74, 0.762, 0.768, 0.772, 0.778, 0.79, 0.8, 0.85, 1.1, 1.2, 1.3, 1.45, 1.7)
"""Masses [GeV] between which six nodes integrate the sum of resonances to 3e-6, whatever the mass of the fermion."""
NEAR_BOTH = (0.3, 0.5, 0.7, 0.74, 0.76, 0.77, 0.775, 0.78, 0.785, 0.79, 0.8, 0.85, 0.95)
NEAR_BOTH = (*NEAR_BOTH, 1.0, 1.01, 1.015, 1.02, 1.025, 1.03, 1.04, 1.1, 1.4)
FORM_FACTORS = {
    "vmd": FormFactor(vector_dominance, NEAR_OMEGA, (RHO_OMEGA,)),
    "unitary": FormFactor(unitary, NEAR_BOTH, (RHO_OMEGA, PHI), 2.0),
}
