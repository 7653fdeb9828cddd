"""Track lengths of the electromagnetic shower that an electron or a positron begins in a target."""

import math
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from jaxdump.data import FOLDER, arrays, reading
from jaxdump.fields import require
from jaxdump.flux import CLOSED, safe_log
from jaxdump.numerics.quadrature import legendre
from jaxdump.typing import Scalar, Values

TABLE = FOLDER / "track_lengths.npz"
PRIMARY, PHOTON, PAIR = range(3)
"""Parts of a shower: the lepton of the beam, photons, and leptons of pairs of the other charge (as many have its charge)."""
DENSITY, CUMULATIVE = range(2)
LEPTONS = ("electron", "positron")
THICKEST = 1e9
"""Thickness [X0] that stands for thicker and for infinite targets."""


class Cascade(eqx.Module):
    """A shower in "approximation A": complete screening and no ionisation, for energies far above the critical energy.

    A track length T is in radiation lengths X0, and E dT/dE is a function of E/E0 alone, where E0 is the energy of the beam.
    Species are "electron", "positron", "lepton" (both) and "photon". Between E/E0 = 1 - 1e-12 and exp(-12) values are good
    to 1e-7 (1e-8 for an infinite thickness); below they are those at the end, and above E0 they are zero.
    Reference: Rossi, High-Energy Particles (1952), Sec. 5; table and equations: scripts/make_track_lengths.py.
    """

    thickness: Scalar = math.inf
    """Thickness of the target [X0]."""
    beam: str = eqx.field(static=True, default="electron")
    """Name of the lepton that begins the shower, "electron" or "positron"."""

    def __check_init__(self):
        if self.beam not in LEPTONS:
            raise ValueError(f"no cascade of {self.beam!r}: choose one of {', '.join(LEPTONS)}")
        if not isinstance(self.thickness, Tracer):
            require("cascade", "thickness", np.minimum(self.thickness, THICKEST), 0, open_below=True)

    def log_track_length(self, fraction: Values | Scalar, species: str = "lepton") -> Values:
        """Logarithm of E dT/dE [X0] of a `species` at E = `fraction` E0."""
        return self._log_sum(DENSITY, fraction, species)

    def log_cumulative(self, fraction: Values | Scalar, species: str = "lepton") -> Values:
        """Logarithm of the track length [X0] of a `species` above E = `fraction` E0."""
        return self._log_sum(CUMULATIVE, fraction, species)

    def log_number_behind(self, fraction: Values, species: str = "lepton") -> Values:
        """Logarithm of E dN/dE, the number of a `species` that leaves the target at E = `fraction` E0.

        It is the derivative of the track length by the thickness.
        """
        length = lambda thickness: Cascade(thickness, self.beam).log_track_length(fraction, species)
        thickness = jnp.asarray(self.thickness, fraction.dtype)
        log_length, slope = jax.jvp(length, (thickness,), (jnp.ones_like(thickness),))
        return log_length + safe_log(slope)

    def nodes(self, n: int, fraction_min: Scalar, species: str = "lepton") -> tuple[Float[Array, " n"], Float[Array, " n"]]:
        """`n` > 2 energies E/E0 and weights [X0] of an integral over dE dT/dE from `fraction_min` E0 to E0.

        The track length of the beam itself is 1/(y ln^2 y) at small y = ln(E0/E), or nearly a delta function in a thin target.
        Nodes in y that are good for dT/dE (h(E) - h(E0)) miss a part of it, which is the weight of the first node, at E0. The
        other nodes crowd at both ends, since cross-sections close quickly at the lower end.
        """
        parts = self._parts(species)
        fraction_min = jnp.asarray(fraction_min)
        points, steps = (jnp.asarray(a, dtype=fraction_min.dtype) for a in legendre(n - (PRIMARY in parts)))
        open_ = fraction_min < 1
        depth = lethargy(jnp.where(open_, fraction_min, 0.5))
        log_steps = jnp.log(30 * steps * (points * (1 - points)) ** 2) + jnp.log(depth)
        y = depth * points**3 * (10 - 15 * points + 6 * points**2)
        weights = jnp.exp(log_parts(DENSITY, parts, y, self.thickness) + log_steps[None])
        total = jnp.sum(weights, axis=0)
        if PRIMARY in parts:
            missed = jnp.exp(log_parts(CUMULATIVE, (PRIMARY,), depth, self.thickness)) - jnp.sum(weights[:1], axis=1)
            total, y = jnp.concatenate([missed, total]), jnp.concatenate([jnp.zeros_like(y[:1]), y])
        return jnp.exp(-y), jnp.where(open_, total, 0.0)

    def _parts(self, species: str) -> tuple[int, ...]:
        """Parts of the shower whose sum a `species` is."""
        if species not in (*LEPTONS, "lepton", "photon"):
            raise ValueError(f"no species {species!r} in a cascade: choose one of {', '.join(LEPTONS)}, lepton, photon")
        if species == "photon":
            return (PHOTON,)
        if species == "lepton":
            return (PRIMARY, PAIR, PAIR)
        return (PRIMARY, PAIR) if species == self.beam else (PAIR,)

    def _log_sum(self, quantity: int, fraction: Values | Scalar, species: str) -> Values:
        fraction = jnp.asarray(fraction)
        logs = log_parts(quantity, self._parts(species), lethargy(fraction), self.thickness)
        return jnp.where(fraction > 1, CLOSED, jax.nn.logsumexp(logs, axis=0))


def lethargy(fraction: Values | Scalar) -> Values:
    """Lethargy y = ln(E0/E) at E = `fraction` E0, between 0 and the end of the table."""
    y_max = table()["y_map"][1].item()
    return -jnp.log(jnp.clip(fraction, math.exp(-y_max), 1.0))


def log_parts(quantity: int, parts: tuple[int, ...], y: Values, thickness: Scalar) -> Float[Array, "parts *shape"]:
    """Logarithm of E dT/dE [X0] (`DENSITY`) or of its integral (`CUMULATIVE`) at y = ln(E0/E), by parts.

    The dtype is that of `y`. The table holds ln T without the powers of a thin target and of a small y, in Chebyshev
    polynomials of v = arsinh((ln y - a) / b) and of xi = T / (T + T0(y)), T0 = 1 / (c + d ln(1 + 1/y)). An infinite thickness
    is xi = 1.
    """
    data, rows = table(), list(parts)
    y_min, y_max, centre, width = data["y_map"].tolist()
    slow, fast = data["thickness_map"].tolist()
    coefficients = jnp.asarray(data["coefficients"][quantity, rows], dtype=y.dtype)
    thickness = jnp.clip(jnp.asarray(thickness, dtype=y.dtype), 1e-30, THICKEST)
    log_y = jnp.log(jnp.clip(y, y_min, y_max))
    xi = thickness / (thickness + 1 / (slow + fast * jnp.log1p(jnp.exp(-log_y))))
    low, high = np.arcsinh((np.log([y_min, y_max]) - centre) / width).tolist()
    v = (2 * jnp.arcsinh((log_y - centre) / width) - (low + high)) / (high - low)
    in_y = chebyshev(v, coefficients.shape[1])
    in_xi = chebyshev(2 * xi - 1, coefficients.shape[2])
    smooth = jnp.einsum("pij,...i,...j->p...", coefficients, in_y, in_xi, precision="highest")

    log_late = jnp.log(-jnp.expm1(-data["pair_rate"].item() * thickness))
    thin, small = data["thickness_power"][quantity].tolist(), data["y_power"][quantity].tolist()
    log_end = [jnp.log(xi) if part == PRIMARY else jnp.broadcast_to(log_late, xi.shape) for part in parts]
    powers = [(thin[part] - 1) * jnp.log(xi) + small[part] * log_y for part in parts]
    return smooth + jnp.stack(log_end) + jnp.stack(powers)


def chebyshev(x: Values, n: int) -> Float[Array, "*shape n"]:
    """Chebyshev polynomials T_k(x) = cos(k arccos x), k < n; x keeps away from the ends by a rounding error, for its slopes."""
    end = 1 - 4 * float(jnp.finfo(x.dtype).eps)
    angle = jnp.arccos(jnp.clip(x, -end, end))
    return jnp.cos(angle[..., None] * jnp.arange(n, dtype=x.dtype).reshape((1,) * x.ndim + (n,)))


@cache
def table() -> dict[str, np.ndarray]:
    """The arrays of jaxdump/data/track_lengths.npz, read once."""
    with reading(TABLE, "make_track_lengths.py"):
        data = arrays(TABLE)
        sizes = {name: data[name].shape for name in ("y_map", "thickness_map", "pair_rate", "thickness_power", "y_power")}
        intact = sizes == {"y_map": (4,), "thickness_map": (2,), "pair_rate": (), "thickness_power": (2, 3), "y_power": (2, 3)}
        intact = intact and data["coefficients"].shape[:2] == (2, 3) and bool(np.all(np.isfinite(data["coefficients"])))
        if not intact:
            raise ValueError("it does not hold what it should")
    return data
