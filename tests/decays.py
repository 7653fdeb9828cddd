"""Widths of two-body decays at rest from explicit spinors and polarisation vectors and tensors, by numpy alone."""

import itertools

import numpy as np
from dirac import GAMMA, GAMMA5, METRIC, slash

ONE = np.eye(4)
CHARGE = 1j * GAMMA[2] @ GAMMA[0]
SPATIAL = np.eye(4)[1:]
LEFT = (ONE - GAMMA5) / 2


def momenta(mass, daughter):
    """Of the two daughters, not along an axis."""
    p = np.sqrt(mass**2 / 4 - daughter**2)
    direction = p * np.array([0.48, 0.6, 0.64])
    return np.array([mass / 2, *direction]), np.array([mass / 2, *-direction])


def spinors(p, m):
    """u of both spins, sum of u ubar = pslash + m."""
    at_rest = np.eye(4)[:2]
    return [(slash(p) + m * ONE) @ s / np.sqrt(p[0] + m) for s in at_rest]


def bar(u):
    """ubar"""
    return u.conj() @ GAMMA[0]


def fermions(vertex, mass, m, majorana=False):
    """Amplitudes of ubar vertex(k1, k2) v by spins; a Majorana pair of the coupling 1/2 adds the exchanged one."""
    k1, k2 = momenta(mass, m)
    of_charge = lambda u: CHARGE @ bar(u)
    for u1, u2 in itertools.product(spinors(k1, m), spinors(k2, m)):
        amplitude = bar(u1) @ vertex(k1, k2) @ of_charge(u2)
        yield (amplitude - bar(u2) @ vertex(k2, k1) @ of_charge(u1)) / 2 if majorana else amplitude


def polarisations(spin):
    """Of a particle at rest: 1, three vectors or five symmetric traceless tensors, with lower indices."""
    if spin == 0:
        return [np.array(1.0)]
    if spin == 1:
        return list(SPATIAL)
    x, y, z = SPATIAL
    mixed = [(np.outer(a, b) + np.outer(b, a)) / np.sqrt(2) for a, b in ((x, y), (y, z), (z, x))]
    xx, yy, zz = np.outer(x, x), np.outer(y, y), np.outer(z, z)
    return [*mixed, (xx - yy) / np.sqrt(2), (2 * zz - xx - yy) / np.sqrt(6)]


def width(spin, mass, m, amplitudes, identical=False):
    """p / (8 pi M^2) times the mean over polarisations of the sum of |amplitudes(polarisation)|^2, half if identical."""
    total = sum(np.sum(np.abs(list(amplitudes(e))) ** 2) for e in polarisations(spin)) / (2 * spin + 1)
    momentum = np.linalg.norm(momenta(mass, m)[0][1:])
    return momentum * total / (8 * np.pi * mass**2 * (2 if identical else 1))


def stress_of_fermions(e):
    """Matrix of e_ab T^ab of a Dirac field between vacuum and a pair."""
    return lambda k1, k2: np.einsum("ab,axy,b->xy", e, GAMMA, k1 - k2) / 2


VERTEX = {
    "scalar": lambda e: lambda k1, k2: e * ONE,
    "pseudoscalar": lambda e: lambda k1, k2: 1j * e * GAMMA5,
    "derivative": lambda e: lambda k1, k2: e * slash(k1 + k2) @ GAMMA5,
    "vector": lambda e: lambda k1, k2: np.einsum("a,axy->xy", e, GAMMA),
    "left-handed": lambda e: lambda k1, k2: np.einsum("a,axy->xy", e, GAMMA) @ LEFT,
    "axial": lambda e: lambda k1, k2: np.einsum("a,axy->xy", e, GAMMA) @ GAMMA5,
    "spin2": stress_of_fermions,
}
SPIN = {name: {"vector": 1, "axial": 1, "left-handed": 1, "spin2": 2}.get(name, 0) for name in VERTEX}


def to_fermions(interaction, mass, m):
    """Width to a Dirac pair of mass m for unit coupling."""
    return width(SPIN[interaction], mass, m, lambda e: fermions(VERTEX[interaction](e), mass, m))


def to_majorana(interaction, mass, m):
    """Width to Majorana fermions of mass m with half the coupling."""
    amplitudes = lambda e: fermions(VERTEX[interaction](e), mass, m, majorana=True)
    return width(SPIN[interaction], mass, m, amplitudes, identical=True)


def to_pseudo_dirac(interaction, mass, m):
    """Width to the two Majorana halves (chi1 + i chi2) / sqrt 2 of a Dirac fermion without their splitting.

    A vector current i chi1bar gamma chi2 joins them, the others are (1/2) (chi1bar Gamma chi1 + chi2bar Gamma chi2).
    """
    return to_fermions(interaction, mass, m) if interaction == "vector" else 2 * to_majorana(interaction, mass, m)


def to_scalars(interaction, mass, m):
    """Width to complex scalars of mass m for a coupling of 1 (1 GeV if spin 0, 1/GeV if spin 2)."""
    k1, k2 = momenta(mass, m)
    amplitude = {
        0: lambda e: e,
        1: lambda e: e @ (k1 - k2),
        2: lambda e: k1 @ e @ k2 + k2 @ e @ k1,
    }[SPIN[interaction]]
    return width(SPIN[interaction], mass, m, lambda e: [amplitude(e)])


def to_photons(interaction, mass):
    """Width to photons of spin 2 (1/GeV) and of -(1/4) a F Ftilde."""
    k1, k2 = momenta(mass, 0.0)
    transverse = np.linalg.svd(np.array([[1, 0, 0, 0], k1 / k1[0] - [1, 0, 0, 0]]))[2][2:]
    field = lambda k, e: np.outer(k, e) - np.outer(e, k)

    def amplitudes(e):
        for e1, e2 in itertools.product(transverse, repeat=2):
            first, second = field(k1, e1), field(k2, e2)
            if interaction == "spin2":
                yield np.sum(e * (first @ METRIC @ second.T + second @ METRIC @ first.T))
            else:
                yield np.linalg.det([k1, e1, k2, e2])

    return width(2 if interaction == "spin2" else 0, mass, 0.0, amplitudes, identical=True)
