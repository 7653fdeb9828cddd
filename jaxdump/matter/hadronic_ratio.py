"""The hadronic ratio R(s): the cross-section of e+ e- to hadrons over that to massless muons."""

from functools import cache

import jax.numpy as jnp
import numpy as np

from jaxdump.data import FOLDER, reading
from jaxdump.numerics.interpolate import LogCurve, monotone_slopes
from jaxdump.typing import Values

TABLE = FOLDER / "hadronic_ratio.txt"
THRESHOLD = 2 * 0.13957039
"""Mass of two charged pions [GeV]. PDG 2026."""


def hadronic_ratio(mass: Values) -> Values:
    """The hadronic ratio R at invariant `mass` [GeV], in the shape of `mass`; zero below two pions.

    It is measured from 0.3 to 10 GeV; below it falls as the cube of the velocity of the pions, and above it is constant. The
    Z and the narrow psi and Upsilon are left out. Good to about 5 %, to 10 % from 3.7 to 4.6 GeV.
    Reference: PDG 2020, hep-ph/0202051.
    """
    share = 1 - (THRESHOLD / mass) ** 2
    open_ = share > 0
    return jnp.where(open_, jnp.where(open_, share, 1.0) ** 1.5, 0.0) * jnp.exp(curve().log(mass))


@cache
def curve() -> LogCurve:
    """Curve of R over the cube of the velocity of the pions, from jaxdump/data/hadronic_ratio.txt, which is read once."""
    with reading(TABLE):
        mass, ratio = np.loadtxt(TABLE, unpack=True)
    over_velocity = ratio / (1 - (THRESHOLD / mass) ** 2) ** 1.5
    return LogCurve(tuple(mass.tolist()), tuple(over_velocity.tolist()), slopes_of=monotone_slopes)
