"""Write jaxdump/data/vector_mesons.txt, the shares of rho, omega and phi in e+ e- to hadrons.

    python scripts/make_vector_mesons.py     # some seconds

A channel has an amplitude from each of rho, omega and phi, by masses, widths and branching ratios of the resonances: R is the
square of their sum. Two pions are a Gounaris-Sakurai rho with rho(1450) and rho-omega mixing; pi0 gamma, eta gamma and three
pions, whose rate is that of rho pi, are Breit-Wigner resonances with the widths of their decays at each mass; two kaons have
the couplings of SU(3) with excited resonances. What the measured R holds beyond these is four and more pions, which are
isovector. From 1.3 to 1.8 GeV the shares go over into those of free quarks, above 3.73 GeV with charm. Tests compare each
channel's part of the magnetic moment of the muon with published ones.
"""

import datetime
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq

from jaxdump.constants import FINE_STRUCTURE
from jaxdump.matter.hadronic_ratio import THRESHOLD, hadronic_ratio
from jaxdump.matter.mesons import MESONS, OMEGA_TO_PION_PHOTON
from jaxdump.matter.vector_mesons import opening

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "vector_mesons.txt"
PION, NEUTRAL_PION, ETA = THRESHOLD / 2, MESONS["pi0"].mass, MESONS["eta"].mass
CHARGED_KAON, NEUTRAL_KAON = 0.493677, 0.497611
"""[GeV] PDG 2024."""
LIGHT = ("rho", "omega", "phi")
MASS = {name: MESONS[name].mass for name in LIGHT} | {"omega'": 1.350, "omega''": 1.660, "omega*": 1.661, "rho'": 1.465}
WIDTH = {"rho": 0.1474, "omega": 0.00868, "phi": 0.004249, "omega'": 0.450, "omega''": 0.230, "omega*": 0.398, "rho'": 0.400}
"""[GeV] PDG 2024; of the excited omegas to three pions hep-ex/0408078, to omega pi pi, with a star, arXiv:2201.01788."""
DECAYS = {
    "rho": {"pi pi": 1.0, "pi0 gamma": 4.7e-4, "eta gamma": 3.00e-4},
    "omega": {"3 pi": 0.892, "pi0 gamma": OMEGA_TO_PION_PHOTON, "pi pi": 0.0153, "eta gamma": 4.5e-4},
    "phi": {"K+ K-": 0.491, "K0 K0": 0.339, "3 pi": 0.154, "eta gamma": 0.01303, "pi0 gamma": 1.32e-3},
    "omega'": {"3 pi": 1.0},
    "omega''": {"3 pi": 1.0},
    "omega*": {"omega pi pi": 1.0},
}
"""Branching ratios. PDG 2024; of excited omegas the product with that to e+ e- is known."""
TO_ELECTRONS = {name: MESONS[name].to_electrons for name in LIGHT} | {"omega'": 0.82e-6, "omega''": 1.3e-6, "omega*": 5.3e-7}
"""Branching ratios to e+ e-. hep-ex/0408078; of omega pi pi by its peak R = 0.09 in arXiv:2201.01788."""
PHASES = {
    "3 pi": {"omega": 0, "omega'": 180, "omega''": 0, "phi": 163},
    "pi0 gamma": {"rho": 0, "omega": 0, "phi": 163},
    "eta gamma": {"rho": 0, "omega": 0, "phi": 180},
    "omega pi pi": {"omega*": 0},
}
"""[degrees] of the amplitudes of a photon. Three pions: hep-ex/0408078; pi0 gamma as these, eta gamma as of quarks: assumed."""
MIXING_PHASE = 11.0
"""[degrees] of rho-omega mixing; assumed, fits of the form factor of the pion find about as much."""
KAONS = {"K+ K-": (CHARGED_KAON, 1 / 2), "K0 K0": (NEUTRAL_KAON, -1 / 2)}
"""Mass, and coupling of the rho; those of omega and phi are 1/6 and 1/3."""
IN_KAONS = {"rho": (1.195, -0.112, -0.083), "omega": (1.195, -0.112, -0.083), "phi": (1.018, -0.018)}
"""Shares of a meson and of its excited ones in the form factor of kaons: the constrained fit of hep-ph/0409080."""
EXCITED = {
    "rho": ((1.465, 0.400), (1.720, 0.250)),
    "omega": ((1.425, 0.215), (1.670, 0.315)),
    "phi": ((1.680, 0.150),),
}
"""Masses and widths [GeV] of these. hep-ph/0409080."""
QUARKS, MATCH, CHARM = (3 / 4, 1 / 12, 1 / 6), (1.3, 1.8), (3.73, 4.6)
"""Shares of isovector, isoscalar and strange currents for free quarks; [GeV] from and to where these, and charm, set in."""
NODES, FIRST, LAST = 400, 0.2795, 6.0


def momentum_squared(s: np.ndarray, one: float, other: float) -> np.ndarray:
    """Momentum squared [GeV^2] of a pair of these masses at s; zero below threshold."""
    return np.where(s > (one + other) ** 2, (s - (one + other) ** 2) * (s - (one - other) ** 2) / (4 * s), 0.0)


def rho_propagator(s: np.ndarray, one: float, other: float) -> np.ndarray:
    """1 / (m^2 - s - i sqrt(s) G(s)) of a rho [GeV^-2] that decays to pions of these masses."""
    m = MASS["rho"]
    growth = (momentum_squared(s, one, other) / momentum_squared(np.array(m**2), one, other)) ** 1.5 * m**2 / s
    return 1 / (m**2 - s - 1j * m * WIDTH["rho"] * growth)


def three_pions(s: np.ndarray, nodes: int = 40) -> np.ndarray:
    """Width of an omega to rho pi -> 3 pi at each s, in any unit: |p+ x p-|^2 |sum of rhos|^2 over the Dalitz plot."""
    x, weight = np.polynomial.legendre.leggauss(nodes)
    u = (x + 1) / 2
    least = (2 * PION) ** 2
    range_ = (np.maximum(np.sqrt(s) - NEUTRAL_PION, 2 * PION) ** 2 - least)[:, None]
    pair = least + range_ * u**2 * (3 - 2 * u)
    jacobian = weight / 2 * range_ * 6 * u * (1 - u)
    k, q = np.sqrt(momentum_squared(pair, PION, PION)), np.sqrt(momentum_squared(s[:, None], np.sqrt(pair), NEUTRAL_PION))
    energy = (s[:, None] - pair - NEUTRAL_PION**2) / (2 * np.sqrt(pair))  # of the pi0 where the charged pions are at rest
    even = PION**2 + NEUTRAL_PION**2 + np.sqrt(pair) * energy
    odd = 2 * k * np.sqrt(np.maximum(energy**2 - NEUTRAL_PION**2, 0.0))
    mixed = [rho_propagator(even[..., None] + sign * odd[..., None] * x, PION, NEUTRAL_PION) for sign in (1, -1)]
    squared = np.abs(rho_propagator(pair, PION, PION)[..., None] + mixed[0] + mixed[1]) ** 2 * (1 - x**2)
    return np.einsum("sp,spc,c->s", jacobian * k**3 * q**3 / np.sqrt(pair), squared, weight)


def omega_and_pions(s: np.ndarray, nodes: int = 40) -> np.ndarray:
    """Width to omega pi pi at each s, in any unit: three-body phase space."""
    x, weight = np.polynomial.legendre.leggauss(nodes)
    range_ = np.maximum(np.sqrt(s) - MASS["omega"] - 2 * PION, 0.0)[:, None]
    pair = 2 * PION + range_ * (x + 1) / 2
    q, k = momentum_squared(s[:, None], MASS["omega"], pair), momentum_squared(pair**2, PION, PION)
    return np.sum(weight * range_ * np.sqrt(q * k), axis=1) / s


GRID = np.linspace(3.01 * PION, 2.0, 400)
MANY = {"3 pi": three_pions(GRID**2), "omega pi pi": omega_and_pions(GRID**2)}
"""Masses [GeV], and widths to several mesons, between which these are interpolated."""


def growth(channel: str, s: np.ndarray) -> np.ndarray:
    """Width of a vector to a channel at each s, in any unit."""
    pairs = {"pi pi": (PION, PION), "pi0 gamma": (NEUTRAL_PION, 0.0), "eta gamma": (ETA, 0.0)}
    pairs |= {name: (mass, mass) for name, (mass, _) in KAONS.items()}
    if channel in MANY:
        return np.interp(np.sqrt(s), GRID, MANY[channel], left=0.0)
    return momentum_squared(s, *pairs[channel]) ** 1.5 / (1.0 if "gamma" in channel else s)


def resonance(name: str, s: np.ndarray) -> np.ndarray:
    """m^2 / (m^2 - s - i sqrt(s) G(s)) of a resonance, with the widths of its decays at each s."""
    m = MASS[name]
    width = sum(WIDTH[name] * share * growth(to, s) / growth(to, np.array(m**2)) for to, share in DECAYS[name].items())
    return m**2 / (m**2 - s - 1j * np.sqrt(s) * width)


def peak(name: str, channel: str) -> float:
    """R at the peak of a resonance, 9 B(e e) B(channel) / alpha^2."""
    return 9 * TO_ELECTRONS[name] * DECAYS[name][channel] / FINE_STRUCTURE**2


def amplitude(name: str, channel: str, s: np.ndarray) -> np.ndarray:
    """Amplitude of a resonance in a channel, whose square is R: (9 / alpha^2) G_ee G_channel(s) m^3 / (sqrt(s) |D|^2)."""
    m = MASS[name]
    size = np.sqrt(peak(name, channel) * growth(channel, s) / growth(channel, np.array(m**2)) * m / np.sqrt(s))
    return size * WIDTH[name] / m * resonance(name, s) * np.exp(1j * np.radians(PHASES[channel][name]))


def gounaris_sakurai(name: str, s: np.ndarray) -> np.ndarray:
    """Propagator of a rho, 1 at s = 0. Reference: Phys. Rev. Lett. 21, 244 (1968)."""
    m, width = MASS[name], WIDTH[name]
    k = lambda s: np.sqrt(np.maximum(s / 4 - PION**2, 1e-12))
    h = lambda s: 2 / np.pi * k(s) / np.sqrt(s) * np.log((np.sqrt(s) + 2 * k(s)) / (2 * PION))
    own = k(m**2)
    slope = h(m**2) * (1 / (8 * own**2) - 1 / (2 * m**2)) + 1 / (2 * np.pi * m**2)
    f = width * m**2 / own**3 * (k(s) ** 2 * (h(s) - h(m**2)) + (m**2 - s) * own**2 * slope)
    d = (
        3 / np.pi * PION**2 / own**2 * np.log((m + 2 * own) / (2 * PION))
        + m / (2 * np.pi * own)
        - PION**2 * m / (np.pi * own**3)
    )
    return m**2 * (1 + d * width / m) / (m**2 - s + f - 1j * m * width * (k(s) / own) ** 3 * m / np.sqrt(s))


def two_pions(s: np.ndarray) -> list[np.ndarray]:
    """Amplitudes of rho and omega: the form factor with a rho(1450) whose share gives the rho its width to e+ e-."""
    rate = lambda s: (4 * momentum_squared(s, PION, PION) / s) ** 1.5 / 4
    factor = lambda share, s: (gounaris_sakurai("rho", s) + share * gounaris_sakurai("rho'", s)) / (1 + share)
    at = {name: np.array(MASS[name] ** 2) for name in ("rho", "omega")}
    share = brentq(lambda share: rate(at["rho"]) * abs(factor(share, at["rho"])) ** 2 - peak("rho", "pi pi"), -0.3, 0.1)
    mixed = lambda s: s * gounaris_sakurai("rho", s) * resonance("omega", s)
    size = np.sqrt(peak("omega", "pi pi") / rate(at["omega"])) / abs(mixed(at["omega"]))
    omega = size * np.exp(1j * np.radians(MIXING_PHASE)) * mixed(s)
    return [np.sqrt(rate(s)) * factor(share, s), np.sqrt(rate(s)) * omega, 0 * omega]


def excited(name: str, s: np.ndarray) -> list[np.ndarray]:
    """Resonances like `name`, but excited, in kaons: those of the rho with the growing width of two pions."""
    momentum = lambda s: momentum_squared(s, PION, PION) ** 1.5 / s
    grown = lambda m: momentum(s) / momentum(np.array(m**2)) if name == "rho" else 1.0
    energy = lambda m: np.sqrt(s) if name == "rho" else m
    return [m**2 / (m**2 - s - 1j * energy(m) * width * grown(m)) for m, width in EXCITED[name]]


def two_kaons(channel: str, s: np.ndarray) -> list[np.ndarray]:
    """Amplitudes of rho, omega and phi to kaons, with the couplings of SU(3)."""
    mass, of_rho = KAONS[channel]
    rate = (4 * momentum_squared(s, mass, mass) / s) ** 1.5 / 4
    factor = lambda name: np.dot(IN_KAONS[name], [resonance(name, s), *excited(name, s)])
    return [coupling * np.sqrt(rate) * factor(name) for name, coupling in (("rho", of_rho), ("omega", 1 / 6), ("phi", 1 / 3))]


def channels(mass: np.ndarray) -> dict[str, np.ndarray]:
    """Amplitudes (3, masses) of rho, omega and phi, whose squared sum is R, in each channel at masses [GeV] up to 2 GeV."""
    s = mass**2
    found = {"pi pi": two_pions(s), **{name: two_kaons(name, s) for name in KAONS}}
    for channel, phases in PHASES.items():
        of = {name: amplitude(name, channel, s) for name in phases}
        found[channel] = [of.get("rho", 0 * s), sum(of[name] for name in of if name.startswith("omega")), of.get("phi", 0 * s)]
    return {name: np.array(each) for name, each in found.items()}


def step(mass: np.ndarray, low: float, high: float) -> np.ndarray:
    """A smooth step from 0 at `low` to 1 at `high`."""
    u = np.clip(np.log(mass / low) / np.log(high / low), 0.0, 1.0)
    return u**2 * (3 - 2 * u)


def shares(mass: np.ndarray) -> np.ndarray:
    """Symmetric matrices (masses, 3, 3) that give R of any charges over that of the photon; all entries add up to one."""
    low = np.minimum(mass, MATCH[1])
    squares = {name: np.einsum("im,jm->mij", of, of.conj()).real for name, of in channels(low).items()}
    squares["pi0 gamma"] *= np.asarray(opening(jnp.asarray(low)))[:, None, None]
    known = sum(squares.values())
    total, measured = known.sum(axis=(1, 2)), np.asarray(hadronic_ratio(jnp.asarray(low)))
    found = known / np.maximum(total, measured)[:, None, None]
    found[:, 0, 0] += np.maximum(1 - total / measured, 0.0)
    charm = np.outer((3 / 4, 1 / 4), (3 / 4, 1 / 4))  # charge of up over that of the photon, by those of rho and omega
    free = np.diag(QUARKS) + 0.4 * step(mass, *CHARM)[:, None, None] * (np.pad(charm, (0, 1)) - np.diag(QUARKS))
    match = step(mass, *MATCH)[:, None, None]
    return (1 - match) * found + match * free


def nodes(number: int) -> np.ndarray:
    """Masses [GeV] of the table, dense where resonances are."""
    mass = np.geomspace(FIRST, LAST, 100_000)
    dense = sum(0.3 * mass / np.hypot(mass - MASS[name], WIDTH[name]) for name in ("omega", "phi"))
    place = np.cumsum(1 + dense)
    return np.interp(np.linspace(place[0], place[-1], number), place, mass)


def main() -> None:
    """Write the table."""
    with jax.enable_x64(True):
        mass = nodes(NODES)
        matrices = shares(mass)
    columns = [matrices[:, i, j] for i in range(3) for j in range(i, 3) if (i, j) != (0, 0)]
    lines = [" ".join(f"{value:.6g}" for value in row) for row in np.stack([mass, *columns], axis=1)]
    header = (
        f"# {Path(__file__).name}, {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: shares of rho, omega and phi in R(s), from",
        "# resonance parameters (PDG 2024; hep-ex/0408078). mass [GeV], and the entries rho omega, rho phi,",
        "# omega omega, omega phi and phi phi of a symmetric matrix, all entries of which add up to one.",
    )
    TABLE.write_text("\n".join((*header, *lines)) + "\n")
    print(f"wrote {TABLE}: {len(lines)} rows, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
