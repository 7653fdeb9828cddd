"""Make jaxdump/data/track_lengths.npz, the track lengths of an electromagnetic cascade that jaxdump.sources.shower reads.

Cascade in "approximation A": bremsstrahlung and pair production with complete screening, no other loss.
  e -> e gamma: dN/dv = 4/3 (1/v - 1) + v,  gamma -> e+ e-: dN/du = 1 - 4/3 u (1 - u),  per radiation length.
A Mellin transform in the energy, E^s, turns the transport equations into dN/dt = M N; the track length in a target is
the integral of N from 0 to its thickness, and Talbot's contour inverts the transform.
References: Rossi, High-Energy Particles (1952), Sec. 5; Rossi and Greisen, Rev. Mod. Phys. 13, 240 (1941), Sec. II;
the contour: Abate and Valko, Int. J. Numer. Meth. Eng. 60, 979 (2004).

Run: python scripts/make_track_lengths.py (two minutes; needs scipy).
"""

import datetime
import pathlib

import numpy as np
import scipy
from scipy.fft import dct
from scipy.linalg import expm
from scipy.special import digamma

FILE = pathlib.Path(__file__).parents[1] / "jaxdump" / "data" / "track_lengths.npz"
PAIR_RATE = 7 / 9
"""Pairs per photon and X0."""

# The parts of a shower begun by one electron: PRIMARY is what it is itself, degraded (e- less e+); PHOTON; PAIR is the
# positrons, and as many electrons.
PARTS = ("primary", "photon", "pair")

# A table holds Chebyshev coefficients in v = arsinh((ln y - Y_CENTRE) / Y_WIDTH), y = ln(E0/E), and in xi = T / (T + T0(y)),
# T0 = 1 / (SLOW + FAST ln(1 + 1/y)) X0, which follows the thickness where tracks of that y saturate.
Y_RANGE, Y_CENTRE, Y_WIDTH = (1e-12, 12.0), 0.5, 1.5
SLOW, FAST = 0.08, 0.09
NODES = (42, 49)
THICKNESS_POWER = np.array([[2, 1], [2, 2], [3, 3]])
"""Power of a thin target's thickness, [part, (density, cumulative)]."""
Y_POWER = np.array([[-1, 0], [0, 1], [1, 2]])
"""Power of a small y, likewise."""
QUANTUM = 2.0**-34
"""Coefficients are rounded to this, so that they compress."""

THIN = 6.0
"""[X0] Below this thickness the contour may pass to the left of the poles of a thick target."""
SHIFTS = (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
CONTOUR_NODES = 22


def mellin(s):
    """Rossi's A(s), B(s), C(s): moments of the loss of a lepton, of pairs (both leptons) and of bremsstrahlung [1/X0]."""
    a = 4 / 3 * (digamma(s + 1) + np.euler_gamma - s / (s + 1)) + 1 / 2 - 1 / ((s + 1) * (s + 2))
    b = 2 * (1 / (s + 1) - 4 / 3 / ((s + 2) * (s + 3)))
    c = 4 / 3 / (s * (s + 1)) + 1 / (s + 2)
    return a, b, c


def primary_image(s, thickness):
    """Transform of the primary's track length, (1 - exp(-A T)) / A, less the constant T (returned too) if A T is small.

    The constant is a delta function at E0, which no y > 0 feels but rounding does.
    """
    a = mellin(s)[0]
    if np.isinf(thickness):
        return 1 / a, 0.0
    x = a * thickness
    if abs(x[0]) > 1:
        return -np.expm1(-x) / a, 0.0
    small = abs(x) < 0.5
    series = sum((-np.where(small, x, 0)) ** k / np.prod(np.arange(1.0, k + 3)) for k in range(16))
    large = np.where(small, 1, x)
    return -x * thickness * np.where(small, series, (large + np.expm1(-large)) / large**2), thickness


def cascade_images(s, thickness):
    """Transforms of the photons' and of the pairs' track lengths.

    The chain e- -> gamma -> e+ is d(n0, n1, n2)/dt = (1 - A n0 + (BC/2) n1, n0 - (7/9) n1 + (BC/2) n2, n1 - A n2) with
    photons C n1 and pairs (BC/2) n2; the unit source makes n the track lengths. A scale of n keeps every entry of order one.
    """
    a, b, c = mellin(s)
    back = b * c / 2
    if np.isinf(thickness):
        d = PAIR_RATE * a - b * c
        return np.stack([c / d, back / (a * d)])
    scale = thickness / (1 + thickness * abs(a))
    matrix = np.zeros((*s.shape, 4, 4), complex)
    matrix[:, 0, 0] = matrix[:, 2, 2] = -a * thickness
    matrix[:, 1, 1] = -PAIR_RATE * thickness
    matrix[:, 1, 0] = matrix[:, 2, 1] = matrix[:, 0, 3] = thickness / scale
    matrix[:, 0, 1] = matrix[:, 1, 2] = back * thickness * scale
    n = expm(matrix)[:, :, 3]
    return np.stack([c * scale**2 * n[:, 1], back * scale**3 * n[:, 2]])


def talbot(y, shift, nodes=CONTOUR_NODES):
    """Points s and weights such that f(y) = Re Sum w F(s), for singularities of F up to the right of `shift`."""
    angle = np.arange(1, nodes) * np.pi / nodes
    cot = 1 / np.tan(angle)
    path = np.concatenate([[1], angle * (cot + 1j)])
    slope = np.concatenate([[1 / 2], 1 + 1j * (angle * (1 + cot**2) - cot)])
    radius = 0.4 * nodes / y
    return shift + radius * path, radius / nodes * np.exp(0.4 * nodes * path + shift * y) * slope


def track_lengths(y, thickness, nodes=CONTOUR_NODES):
    """E dT/dE and its integral down to y = ln(E0/E) in a target of `thickness` [X0]: [part, (density, cumulative)] [X0].

    Of the contours that are allowed, the one with the least cancellation counts. Relative accuracy 1e-10.
    """
    thickness = thickness if thickness < 400 else np.inf
    lowest = np.array([-1, 0, 0] if thickness < THIN else [0, 1, 1])
    result, least = np.zeros((3, 2)), np.full((3, 2), np.inf)
    for shift in SHIFTS:
        s, weights = talbot(y, shift, nodes)
        if shift < lowest.min():
            continue
        primary, delta = primary_image(s, thickness)
        images = np.concatenate([primary[None], cascade_images(s, thickness)])
        terms = np.stack([weights * images, weights * images / s], axis=1)
        size = np.abs(terms).sum(-1)
        allowed = shift >= np.stack([lowest, np.maximum(lowest, 0)], axis=1)
        better = allowed & (size < least)
        value = terms.real.sum(-1) + np.array([[0, delta], [0, 0], [0, 0]])
        result, least = np.where(better, value, result), np.where(better, size, least)
    return result


def saturation_thickness(y):
    """T0 [X0] of the coordinate xi."""
    return 1 / (SLOW + FAST * np.log1p(1 / y))


def leading(y, thickness):
    """The factor of a track length that is divided out: its powers where the target is thin or y is small."""
    xi = 1.0 if np.isinf(thickness) else thickness / (thickness + saturation_thickness(y))
    late = -np.expm1(-PAIR_RATE * thickness)
    ends = np.array([[xi, xi], [late, late], [late, late]])
    return ends * xi ** (THICKNESS_POWER - 1.0) * y ** (Y_POWER * 1.0)


def grid():
    """The y, and for each the thicknesses [X0], of the table; the last thickness is infinite."""
    unit = [np.cos(np.pi * np.arange(n)[::-1] / (n - 1)) for n in NODES]
    low, high = np.arcsinh((np.log(Y_RANGE) - Y_CENTRE) / Y_WIDTH)
    y = np.exp(Y_CENTRE + Y_WIDTH * np.sinh((low + high + (high - low) * unit[0]) / 2))
    xi = np.maximum((1 + unit[1]) / 2, 1e-9)
    with np.errstate(divide="ignore"):
        return y, saturation_thickness(y)[:, None] * (xi / (1 - xi))


def chebyshev_coefficients(values):
    """Coefficients of the polynomials in two variables through `values` at the extrema, given on the last two axes."""
    for axis in (-2, -1):
        n = values.shape[axis]
        values = dct(np.flip(values, axis), type=1, axis=axis) / (n - 1)
        ends = np.ones(n)
        ends[[0, -1]] = 0.5
        values = values * (ends[:, None] if axis == -2 else ends)
    return values


def main():
    """Write the table."""
    logs = [[np.log(track_lengths(y, t) / leading(y, t)) for t in row] for y, row in zip(*grid(), strict=True)]
    coefficients = chebyshev_coefficients(np.transpose(logs, (3, 2, 0, 1)))
    np.savez_compressed(
        FILE,
        coefficients=np.round(coefficients / QUANTUM) * QUANTUM,
        y_map=np.array([*Y_RANGE, Y_CENTRE, Y_WIDTH]),
        thickness_map=np.array([SLOW, FAST]),
        pair_rate=PAIR_RATE,
        thickness_power=THICKNESS_POWER.T,
        y_power=Y_POWER.T,
        provenance=f"{__doc__}Made on {datetime.date.today()} with numpy {np.__version__}, scipy {scipy.__version__}.",
    )


if __name__ == "__main__":
    main()
