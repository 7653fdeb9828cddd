"""Hadrons of a vector with any couplings to quarks: the parts of rho, omega and phi in e+ e- to hadrons.

A vector with charges x_u, x_d and x_s couples to the rho, the omega and the phi as the photon does, but for the factors
x_u - x_d, 3 (x_u + x_d) and -3 x_s: the traces of its charges with the U(3) matrices of the mesons over those of electric
charges. So R is a quadratic form in the three, whose matrix is the measured R times shares that follow from the resonances of
each channel (`scripts/make_vector_mesons.py`). Charm and bottom quarks have the charges of up and down.
Reference: arXiv:1801.04847, Sec. 2; with interference in all channels, as in arXiv:2201.01788.
"""

from functools import cache

import jax.numpy as jnp
import numpy as np

from jaxdump.constants import FINE_STRUCTURE
from jaxdump.data import FOLDER, reading
from jaxdump.matter.hadronic_ratio import hadronic_ratio
from jaxdump.matter.mesons import MESONS
from jaxdump.numerics.interpolate import LogTable
from jaxdump.typing import Scalar, Values

TABLE = FOLDER / "vector_mesons.txt"
PION = MESONS["pi0"].mass
PION_WIDTH = 7.80e-9
"""Width [GeV] of the pi0 to two photons. arXiv:2003.11239, 7.80 +- 0.12 eV."""
OPENS = 0.30, 0.45
"""Masses [GeV] from and to which the measured R takes over pi0 gamma, which is 0.3 % and 0.1 % of it there."""


def ratio_of_charges(mass: Scalar, up: Scalar, down: Scalar, strange: Scalar) -> Scalar:
    """R of a vector of `mass` [GeV] with these charges of quarks: its width to hadrons over m / (12 pi).

    For charges 2/3, -1/3 and -1/3 it is `hadronic_ratio`, and pi0 gamma below 0.45 GeV. Zero below the mass of the pi0.

    >>> photon, baryon = (2 / 3, -1 / 3, -1 / 3), (1 / 3, 1 / 3, 1 / 3)
    >>> mass = jnp.asarray(0.7)
    >>> f"{ratio_of_charges(mass, *photon):.2f} {hadronic_ratio(mass):.2f} {ratio_of_charges(mass, *baryon):.3f}"
    '4.83 4.83 0.044'
    """
    mass = jnp.asarray(mass)
    rho, omega, phi = up - down, 3 * (up + down), -3 * strange
    beyond_rho = (
        2 * rho * (omega - rho),
        2 * rho * (phi - rho),
        omega**2 - rho**2,
        2 * (omega * phi - rho**2),
        phi**2 - rho**2,
    )
    shares = table()(mass)
    share = rho**2 + sum(factor * shares[..., i] for i, factor in enumerate(beyond_rho))  # the shares add up to one
    return hadronic_ratio(mass) * jnp.maximum(share, 0.0) + pion_and_photon(mass, rho, omega) * (1 - opening(mass))


def pion_and_photon(mass: Scalar, rho: Scalar, omega: Scalar) -> Scalar:
    """R of pi0 gamma far below the rho, for couplings to `rho` and `omega` over those of the photon.

    (2 G / alpha) s / m_pi^3 (1 - m_pi^2 / s)^3 |F|^2, with the width G of the pi0 to two photons and the form factor
    F = sum of x_V / 2 m_V^2 / (m_V^2 - s), which is 1 for the photon at s = 0: the anomaly. Reference: arXiv:1805.01471.
    """
    light = jnp.minimum(mass, OPENS[1])
    s = light**2
    factor = sum(x / 2 / (1 - s / MESONS[name].mass ** 2) for name, x in (("rho", rho), ("omega", omega)))
    share = 1 - (PION / light) ** 2
    open_ = share > 0
    phase = jnp.where(open_, jnp.where(open_, share, 1.0) ** 3, 0.0)
    return 2 * PION_WIDTH / (FINE_STRUCTURE * PION) * (light / PION) ** 2 * phase * factor**2


def opening(mass: Values) -> Values:
    """A smooth step at `OPENS`: the part of pi0 gamma that the measured R holds."""
    u = jnp.clip((mass - OPENS[0]) / (OPENS[1] - OPENS[0]), 0.0, 1.0)
    return u**2 * (3 - 2 * u)


@cache
def table() -> LogTable:
    """Shares by mass but for rho rho, from jaxdump/data/vector_mesons.txt, which is read once."""
    with reading(TABLE, "make_vector_mesons.py"):
        mass, *columns = np.loadtxt(TABLE, unpack=True)
    return LogTable(mass, np.stack(columns, axis=1))
