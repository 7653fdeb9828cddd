"""Diagrams of l gamma* -> l X as explicit 4 x 4 matrices with their propagators, by numpy alone; `n` is the nuclear current."""

import itertools

import numpy as np
from dirac import GAMMA, GAMMA5, LEVI_CIVITA, METRIC, slash

ONE = np.eye(4)


def dot(a, b):
    """a.b"""
    return a @ METRIC @ b


def propagator(p, m):
    """(p-slash + m) / (p^2 - m^2)"""
    return (slash(p) + m * ONE) / (dot(p, p) - m**2)


def trace(left, right, p, p_out, m):
    """Sum over spins of u'bar left u times the conjugate of u'bar right u."""
    bar = GAMMA[0] @ right.conj().T @ GAMMA[0]
    return np.trace((slash(p_out) + m * ONE) @ left @ (slash(p) + m * ONE) @ bar).real


def radiated(matrix, p, q, p_out, k, m, n):
    """The lepton radiates by the vertex `matrix`, after and before the photon."""
    return matrix @ propagator(p + q, m) @ slash(n) + slash(n) @ propagator(p - k, m) @ matrix


def fused(p, q, p_out, k, m, n):
    """The photons of the lepton and of the nucleus fuse by -F Ftilde / 4."""
    r = p - p_out
    lower = [METRIC @ v for v in (n, q, r)]
    return slash(np.einsum("abcd,a,b,c->d", LEVI_CIVITA, *lower) @ METRIC) / dot(r, r)


def squared(name, p, q, p_out, k, m, n):
    """Sum over spins and polarisations."""
    momenta = (p, q, p_out, k, m, n)
    rest = {
        "scalar": [(1, ONE)],
        "pseudoscalar": [(1, 1j * GAMMA5)],
        "vector": [(-METRIC[i, i], GAMMA[i]) for i in range(4)],
        "axial": [(-METRIC[i, i], GAMMA[i] @ GAMMA5) for i in range(4)] + [(1, slash(k) @ GAMMA5 / np.sqrt(dot(k, k)))],
    }
    amplitudes = [(1, fused(*momenta))] if name == "alp-photon" else [(s, radiated(v, *momenta)) for s, v in rest[name]]
    return sum(sign * trace(a, a, p, p_out, m) for sign, a in amplitudes)


def stress_of_lepton(p, q, p_out, k, m, n):
    """T^ab of lepton and photon in the field of the current n, without the photon's 1/q^2: an array of matrices."""
    r, field = p - p_out, np.multiply.outer(q, n) - np.multiply.outer(n, q)
    of_lepton = np.einsum("a,buv->abuv", r, GAMMA) - np.einsum("b,auv->abuv", r, GAMMA)
    both = np.einsum("ac,cd,bduv->abuv", field, METRIC, of_lepton)
    square = np.einsum("ab,ac,bd,cduv->uv", field, METRIC, METRIC, of_lepton)
    photon = -(both + both.swapaxes(0, 1)) + np.einsum("ab,uv->abuv", METRIC, square) / 2
    total = np.zeros((4, 4, 4, 4), dtype=complex)
    for a, b in itertools.product(range(4), repeat=2):
        vertex = lambda p1, p2, a=a, b=b: (GAMMA[a] * (p1 + p2)[b] + GAMMA[b] * (p1 + p2)[a]) / 4
        after = vertex(p + q, p_out) @ propagator(p + q, m) @ slash(n)
        before = slash(n) @ propagator(p - k, m) @ vertex(p, p - k)
        total[a, b] = after + before - (GAMMA[a] * n[b] + GAMMA[b] * n[a]) / 2
    return total + photon / dot(r, r)


def stress_of_nucleus(p, q, p_out, k, mass):
    """T^ab of a point-like scalar nucleus at rest that absorbs the lepton's photon, without the photon's 1/r^2."""
    first, last, r = np.array([mass, 0, 0, 0]), np.array([mass, 0, 0, 0]) - q, p - p_out
    vertex = lambda a, b: np.outer(a, b) + np.outer(b, a) - METRIC * (dot(a, b) - mass**2)
    absorbed, radiating = first + r, first - k
    after = np.einsum("ab,uv->abuv", vertex(absorbed, last) / (dot(absorbed, absorbed) - mass**2), slash(first + absorbed))
    before = np.einsum("ab,uv->abuv", vertex(first, radiating) / (dot(radiating, radiating) - mass**2), slash(radiating + last))
    contact = np.einsum("a,buv->abuv", first + last, GAMMA)
    return after + before - contact - contact.swapaxes(0, 1) + np.einsum("ab,uv->abuv", METRIC, slash(first + last))


def graviton_squared(tensor, p, p_out, m):
    """Sum over spins and the polarisations of a massive graviton for a conserved tensor: T^ab T_ab - T^2 / 3."""
    signs = np.diag(METRIC)
    pairs = itertools.product(range(4), repeat=2)
    whole = sum(signs[a] * signs[b] * trace(tensor[a, b], tensor[a, b], p, p_out, m) for a, b in pairs)
    diagonal = sum(signs[a] * tensor[a, a] for a in range(4))
    return whole - trace(diagonal, diagonal, p, p_out, m) / 3
