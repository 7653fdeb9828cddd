"""Hadrons from a virtual photon: R(s), the cross-section of e+ e- to hadrons over that to massless muons."""

from functools import cache

import jax.numpy as jnp

from jaxdump.interpolate import LogCurve
from jaxdump.typing import Values

THRESHOLD = 2 * 0.13957039
"""[GeV] two charged pions. PDG 2022."""
MEASURED = """
0.300 0.01996  0.325 0.05454  0.355 0.10805  0.405 0.21923  0.445 0.31145  0.475 0.40007  0.501 0.47419  0.527 0.60042
0.551 0.79990  0.575 0.97465  0.600 1.30774  0.625 1.71641  0.651 2.47453  0.675 3.39357  0.701 4.83225  0.725 6.59411
0.749 8.48143  0.761 9.02736  0.771 10.08257  0.775 11.99639  0.778 14.44516  0.7802 17.61109  0.782 19.30740
0.7834 18.47729  0.785 15.48124  0.787 12.65467  0.790 9.12047  0.793 8.39939  0.797 6.99877  0.805 6.23400  0.815 5.21886
0.829 4.37955  0.850 3.18187  0.871 2.49883  0.901 1.78479  0.930 1.33252  0.960 1.07714  0.980 0.99961  0.993 0.97944
1.000 1.32228  1.005 1.58424  1.0095 2.36205  1.0125 4.63591  1.0150 9.34554  1.0165 17.25093  1.0175 28.33008
1.0185 44.12274  1.01921 49.38032  1.0200 45.32414  1.0205 39.20156  1.0210 32.42265  1.02168 22.22037  1.0225 15.54325
1.0235 11.30355  1.0250 7.70305  1.0275 4.47690  1.0305 3.30881  1.0335 2.34981  1.0396 1.63851  1.050 1.25089
1.075 0.98828  1.100 0.91898  1.130 0.86241  1.170 0.90062  1.210 0.93409  1.250 1.02120  1.300 1.18211  1.350 1.34056
1.400 1.58810  1.450 1.87040  1.500 2.09644  1.550 2.19381  1.600 2.38024  1.650 2.56011  1.700 2.45453  1.750 2.29808
1.800 2.19352  1.850 2.06290  1.900 2.04352  1.950 2.11716  2.000 2.18000  2.2392 2.20800  2.5426 2.22200  2.8497 2.22300
3.0481 2.27800  3.3147 2.21900  3.6182 2.21800  3.73 2.10000  3.77 3.55000  3.80 3.12000  3.85 2.47000  3.95 2.97000
4.00 3.16000  4.04 4.40000  4.10 3.97000  4.16 4.12000  4.25 2.71000  4.35 3.49000  4.42 3.68000  4.50 3.49000
5.00 3.42000  6.00 3.44000  7.00 3.35000  8.00 3.67000  9.00 3.67000  10.00 3.68000
"""
"""sqrt(s) [GeV] and R of the PDG 2020 compilation (hep-ph/0202051), thinned to its shape between the narrow resonances.

Differences between compilations are about 5 %. The psi and Upsilon resonances are left out.
"""


def hadronic_ratio(mass: Values) -> Values:
    """R at invariant `mass` [GeV]; zero below two pions, constant above 10 GeV."""
    share = 1 - (THRESHOLD / mass) ** 2
    open_ = share > 0
    smooth = jnp.exp(curve().log(jnp.atleast_1d(mass))).reshape(jnp.shape(mass))
    return jnp.where(open_, jnp.where(open_, share, 1.0) ** 1.5, 0.0) * smooth


@cache
def curve() -> LogCurve:
    """R over the cube of the pions' velocity."""
    numbers = [float(word) for word in MEASURED.split()]
    masses, ratios = numbers[::2], numbers[1::2]
    return LogCurve(tuple(masses), tuple(r / (1 - (THRESHOLD / m) ** 2) ** 1.5 for m, r in zip(masses, ratios, strict=True)))
