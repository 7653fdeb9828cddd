"""Named sets of charges of fermions under a new vector, in units of its coupling."""

from jaxdump.constants import E_CHARGE
from jaxdump.typing import Scalar

ELECTRIC = {
    "e": -1.0, "mu": -1.0, "tau": -1.0, "nu_e": 0.0, "nu_mu": 0.0, "nu_tau": 0.0, "u": 2 / 3, "d": -1 / 3, "s": -1 / 3,
}  # fmt: skip
"""Electric charges [e] of the fermions that may have others."""


def charges(baryon: float, e: float, mu: float, tau: float) -> dict[str, float]:
    """Charges of baryon number times `baryon` and of the lepton numbers times `e`, `mu` and `tau`."""
    leptons = {"e": e, "mu": mu, "tau": tau}
    return leptons | {f"nu_{name}": value for name, value in leptons.items()} | dict.fromkeys("uds", baryon / 3)


SETS = {
    "custom": charges(0, 0, 0, 0),
    "B-L": charges(1, -1, -1, -1),
    "B": charges(1, 0, 0, 0),
    "Le-Lmu": charges(0, 1, -1, 0),
    "Le-Ltau": charges(0, 1, 0, -1),
    "Lmu-Ltau": charges(0, 0, 1, -1),
    "B-3Le": charges(1, -3, 0, 0),
    "B-3Lmu": charges(1, 0, -3, 0),
    "B-3Ltau": charges(1, 0, 0, -3),
    "B-1.5Lmu-1.5Ltau": charges(1, 0, -1.5, -1.5),
    "Le-0.5Lmu-0.5Ltau": charges(0, 1, -0.5, -0.5),
    "By+Lmu+Ltau": charges(1, 0, 1, 1),
    "Le+2Lmu+2Ltau": charges(0, 1, 2, 2),
    "protophobic": ELECTRIC | {"u": -1 / 3, "d": 2 / 3, "s": 2 / 3},
    "dark-photon": {name: E_CHARGE * value for name, value in ELECTRIC.items()},
}
"""Charges by the name of the set. The nine of B and L with weights, and By + Lmu + Ltau with y = 1 for the strange quark: P.
Coloma, M. Gonzalez-Garcia and M. Maltoni, arXiv:2009.14220. Protophobic and dark photon: arXiv:1801.04847; the charges of the
dark photon are electric ones times e."""
MESON_WEIGHTS = {"pi0": (1, -1, 0), "eta": (1, 1, -1), "etap": (1, 1, 2)}
"""Weights of up, down and strange quarks in pseudoscalar mesons, for an angle of eta and eta' of -19.5 degrees."""


def meson_factor(name: str, up: Scalar, down: Scalar, strange: Scalar) -> Scalar:
    """Amplitude of a meson's decay to the vector and a photon, or of the omega to the vector and a pi0, over that to a photon.

    The trace of meson, electric and new charges over that with electric charges twice; for the omega x_u - x_d. It is one for
    electric charges. Reference: arXiv:1801.04847, Eqs. (2.6) to (2.8).
    """
    if name == "omega":
        return up - down
    weights = MESON_WEIGHTS[name]
    electric = [weight * ELECTRIC[quark] for weight, quark in zip(weights, "uds", strict=True)]
    whole = sum(each * ELECTRIC[quark] for each, quark in zip(electric, "uds", strict=True))
    return sum(each * charge for each, charge in zip(electric, (up, down, strange), strict=True)) / whole


def vector_meson_factor(name: str, up: Scalar, down: Scalar, strange: Scalar) -> Scalar:
    """Coupling of a vector meson to the vector over that to a photon, for charges over e; charm and bottom are as up and down.

    The traces of `matter.vector_mesons`, and the charge of the heavy quark over its electric one.
    """
    charm, bottom = 1.5 * up, -3 * down
    factors = {"rho": up - down, "omega": 3 * (up + down), "phi": -3 * strange, "jpsi": charm, "psi2s": charm}
    return (factors | dict.fromkeys(("ups1s", "ups2s", "ups3s"), bottom))[name]
