"""Fluxes of nucleons and mesons in the showers that cosmic rays make in air, from tables of yields."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from jaxdump.data import FOLDER, arrays, reading
from jaxdump.fields import check_choices, choice
from jaxdump.flux import safe_log
from jaxdump.matter.materials import AIR_NUCLEONS
from jaxdump.numerics.interpolate import EvenCurve
from jaxdump.sources.cosmic import Primaries
from jaxdump.typing import Values
from jaxdump.units import PB_PER_MB

TABLE = FOLDER / "meson_yields.npz"
STEP = 0.1 * math.log(10)
"""Step in ln(E) between energies: a tenth of a decade."""
NUCLEON_ENERGIES = np.exp(STEP * np.arange(7, 91))
"""Energies [GeV] of the nucleons that make showers, from 5 GeV."""
HADRON_ENERGIES = np.exp(STEP * np.arange(-5, 81))
"""Energies [GeV] of the hadrons that they make."""


class Yields(NamedTuple):
    """Numbers of hadrons that a nucleon of each energy makes when it interacts in air."""

    energy: np.ndarray
    """(energies,) energy of the nucleon [GeV]."""
    log10_x: np.ndarray
    """(edges,) logarithms of the edges of bins in x, the energy over that of the nucleon."""
    above: dict[str, np.ndarray]
    """(energies, edges) number of hadrons of each kind above x."""
    sigma: np.ndarray
    """(energies,) inelastic cross-section of protons on nitrogen [mb]."""


class HadronsInAir(eqx.Module):
    """Fluxes of mesons and nucleons in air, integrated over the depth of the atmosphere: all are absorbed or decay in it.

    Hadrons from interactions of pions and kaons are left out. The yields are those of Pythia below 53 GeV, and of the generator
    that `yields` names above.
    """

    primaries: Primaries
    yields: str = choice("pythia", "sibyll")
    """Generator of the showers above 53 GeV."""

    def __check_init__(self):
        check_choices("hadrons in air", self)

    def log_flux_above(
        self, kinds: Sequence[str], dtype: DTypeLike, incoming: Float[Array, " n"] | None = None
    ) -> Float[Array, "kinds n"]:
        """Logarithm of the flux [1/(m2 s sr)] of each of `kinds`, such as "pi0", above each of `HADRON_ENERGIES`."""
        every = jnp.asarray(np.stack([operator(self.yields, kind) for kind in kinds]), dtype)
        incoming = self.incoming(dtype) if incoming is None else incoming
        return safe_log(jnp.matmul(every, incoming, precision="highest"))

    def incoming(self, dtype: DTypeLike) -> Float[Array, " n"]:
        """Flux times energy, E Phi [1/(m2 s sr)], of primary nucleons at `NUCLEON_ENERGIES`."""
        energies = jnp.asarray(NUCLEON_ENERGIES, dtype)
        return jnp.exp(self.primaries.log_nucleons(energies) + jnp.log(energies))

    def nucleons(self, dtype: DTypeLike, incoming: Float[Array, " n"] | None = None) -> Callable[[Values], Values]:
        """The flux of nucleons of all generations [1/(m2 s sr GeV)] as a function of their energy [GeV]."""
        incoming = self.incoming(dtype) if incoming is None else incoming
        every = jnp.matmul(jnp.asarray(cascade(self.yields), dtype), incoming, precision="highest")
        curve = EvenCurve(jnp.log(every) - jnp.asarray(np.log(NUCLEON_ENERGIES), dtype))
        return lambda energy: jnp.exp(curve((jnp.log(energy) - 7 * STEP) / STEP))

    def targets(self, energy: Values) -> Values:
        """Nucleons in a nucleus of air over its inelastic cross-section [1/pb], for a nucleon of `energy` [GeV]."""
        table = tables()[self.yields]
        first, step = math.log(table.energy[0]), math.log(table.energy[1] / table.energy[0])
        place = jnp.clip((jnp.log(energy) - first) / step, 0.0, table.energy.size - 1.0)
        return AIR_NUCLEONS * jnp.exp(-EvenCurve(np.log(table.sigma * PB_PER_MB))(place))


@cache
def operator(generator: str, kind: str) -> np.ndarray:
    """Matrix (hadrons, nucleons) from E Phi of primary nucleons at `NUCLEON_ENERGIES` to the flux above `HADRON_ENERGIES`.

    It integrates over ln(E) of the nucleons by the trapezoidal rule, whose points are the edges of the bins in x.
    """
    return above(generator, kind, HADRON_ENERGIES) * steps(table_of(generator, kind).energy[0]) @ cascade(generator)


@cache
def cascade(generator: str) -> np.ndarray:
    """Matrix (nucleons, nucleons) from E Phi of the primaries to that of all generations of nucleons, 1 / (1 - S).

    S is minus the derivative by ln(E) of the flux above E, of fourth order, for which energies go two steps beyond both ends.
    A nucleon makes no nucleon of its own energy or more: the integrals begin at zero, and no weight is halved there.
    """
    wider = np.exp(STEP * np.arange(-2, NUCLEON_ENERGIES.size + 2)) * NUCLEON_ENERGIES[0]
    both = np.sum([above(generator, kind, wider) for kind in ("nucleon", "antinucleon")], axis=0)
    slope = (8 * (both[3:-1] - both[1:-3]) - (both[4:] - both[:-4])) / (12 * STEP)
    return np.linalg.inv(np.eye(NUCLEON_ENERGIES.size) + slope * STEP)


def steps(first: float) -> np.ndarray:
    """Weights (nucleons,) in ln(E) of a trapezoidal rule from `first` [GeV], or from the first nucleon if its energy is larger.

    The first point inside has half a `STEP` plus its distance to `first`, the last point half a `STEP`.
    """
    log_energy = np.log(NUCLEON_ENERGIES)
    begin = max(log_energy[0], np.log(first))
    inside = log_energy >= begin
    widths = np.where(inside, STEP, 0.0)
    widths[np.argmax(inside)] = STEP / 2 + log_energy[np.argmax(inside)] - begin
    widths[-1] = STEP / 2
    return widths


def above(generator: str, kind: str, energies: np.ndarray) -> np.ndarray:
    """Numbers (energies, nucleons) of hadrons above each of `energies` [GeV] that a nucleon of `NUCLEON_ENERGIES` makes.

    Between the energies of the table the root of the number and the shape in x are linear in ln(E); below them it is zero.
    """
    table = table_of(generator, kind)
    place = np.interp(np.log(NUCLEON_ENERGIES), np.log(table.energy), np.arange(table.energy.size))
    left = np.minimum(place.astype(int), table.energy.size - 2)
    share = (place - left)[:, None]
    number = np.maximum(table.above[kind][:, :1], FEW)
    shape = table.above[kind] / number
    grown = (number[left] ** 0.5 * (1 - share) + number[left + 1] ** 0.5 * share) ** 2
    per_nucleon = grown * (shape[left] * (1 - share) + shape[left + 1] * share)
    log_x = np.log10(energies)[:, None] - np.log10(NUCLEON_ENERGIES)
    per_nucleon = np.where(NUCLEON_ENERGIES[:, None] < table.energy[0] * (1 - 1e-9), 0.0, per_nucleon)
    columns = [np.interp(log_x[:, j], table.log10_x, per_nucleon[j], right=0.0) for j in range(log_x.shape[1])]
    return np.stack(columns, axis=1)


FEW = 1e-30
"""Number of particles at an energy at which a table has none."""
ONIA = ("jpsi", "psi2s", "ups1s", "ups2s", "ups3s")


def table_of(generator: str, kind: str) -> Yields:
    """The table of yields that holds a kind of hadron."""
    return onia() if kind in ONIA else tables()[generator]


@cache
def tables() -> dict[str, Yields]:
    """The yields of each generator in jaxdump/data/meson_yields.npz, which is read once."""
    stored = read()
    made = {}
    for i, generator in enumerate(stored["generators"].tolist()):
        events = np.where(stored["events"][i] > 0, stored["events"][i], stored["events"][0])
        counts = np.where(stored["events"][i][:, None, None] > 0, stored["counts"][i], stored["counts"][0])
        sigma = np.where(stored["events"][i] > 0, stored["sigma_mb"][i], stored["sigma_mb"][0])
        per_event = cumulative(counts / events[:, None, None])
        above = {kind: per_event[:, row] for row, kind in enumerate(stored["species"].tolist())}
        made[generator] = Yields(stored["energy"], stored["log10_x"], above, sigma)
    return made


@cache
def onia() -> Yields:
    """Yields of quarkonia per interaction: A times the cross-section on a proton over the inelastic one on a nucleus."""
    stored, air = read(), tables()["pythia"]
    sigma = np.interp(np.log(stored["onia_energy"]), np.log(air.energy), air.sigma)
    per_event = cumulative(stored["onia_mb"].astype(float)) * (AIR_NUCLEONS / sigma)[:, None, None]
    above = {kind: per_event[:, row] for row, kind in enumerate(stored["onia"].tolist())}
    return Yields(stored["onia_energy"], stored["log10_x"], above, sigma)


def cumulative(bins: np.ndarray) -> np.ndarray:
    """Sum over the bins above each edge, along the last axis."""
    sums = np.cumsum(bins[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([sums, np.zeros_like(sums[..., :1])], axis=-1)


@cache
def read() -> dict[str, np.ndarray]:
    """The arrays of the table."""
    with reading(TABLE, "make_yields.py"):
        return arrays(TABLE)
