"""Diagrams of l gamma* -> l X as explicit 4 x 4 matrices with their propagators, by numpy alone; `n` is the nuclear current."""

import itertools

import numpy as np
import scipy.optimize
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
        "derivative": [(1, slash(k) @ GAMMA5)],
        "vector": [(-METRIC[i, i], GAMMA[i]) for i in range(4)],
        "axial": [(-METRIC[i, i], GAMMA[i] @ GAMMA5) for i in range(4)] + [(1, slash(k) @ GAMMA5 / np.sqrt(dot(k, k)))],
    }
    amplitudes = [(1, fused(*momenta))] if name == "photon-fusion" else [(s, radiated(v, *momenta)) for s, v in rest[name]]
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


def vector_spectrum(mass, x, energy, z=82, a=207.0, molar=207.2, m=0.51099895e-3, theta_max=0.1):
    """dsigma/dx [GeV^-2] of e N -> e N V at g = 1, by nodes.

    e^4 |k| / (64 M^2 (2 pi)^4) Int dcos dt dphi F^2/t^2 |T.(P + P')|^2 / (2 |V|), nodes in the logarithms of angle
    and momentum transfer, and even ones in azimuth; it loses digits for small masses.
    """
    y0 = (mass**2 * (1 - x) / x + m**2 * x) / x
    log_y, weight = logarithmic_nodes(60, 1e-6 * y0, (energy * theta_max) ** 2)
    e_squared, nucleus = 4 * np.pi / 137.035999084, molar * 0.93149410242
    total = sum(w * y * at_angle(mass, x, energy, y, z, a, nucleus, m) for y, w in zip(np.exp(log_y), weight, strict=True))
    k = np.sqrt((x * energy) ** 2 - mass**2)
    return e_squared**2 * k / (64 * nucleus**2 * (2 * np.pi) ** 4) * total / (2 * energy**2)


def logarithmic_nodes(n, low, high):
    """ln of the nodes between, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return np.log(low) + np.log(high / low) * (nodes + 1) / 2, np.log(high / low) * weights / 2


def at_angle(mass, x, energy, y, z, a, nucleus, m, n_t=100, n_phi=64):
    """The integral over t and phi at y = 2 E^2 (1 - cos theta), over |V|."""
    cosine, k = 1 - y / (2 * energy**2), np.sqrt((x * energy) ** 2 - mass**2)
    direction = np.array([np.sqrt(1 - cosine**2), 0.0, cosine])
    p = np.array([energy, *np.sqrt(energy**2 - m**2) * direction])
    k = np.array([x * energy, 0.0, 0.0, k])
    v0, v3 = energy - k[0], p[1:] - k[1:]
    v, u = np.linalg.norm(v3), np.linalg.norm(p[1:] - k[1:]) ** 2 - (energy - k[0]) ** 2 + m**2
    beyond = lambda t: ((u + t * (1 + v0 / nucleus)) / (2 * v)) ** 2 - (t + (t / (2 * nucleus)) ** 2)
    grid = np.geomspace(1e-14, 50, 4001)
    inside = np.flatnonzero(beyond(grid) < 0)
    if not inside.size:
        return 0.0
    least = scipy.optimize.brentq(beyond, grid[inside[0] - 1], grid[inside[0]], xtol=1e-22, rtol=1e-12)
    most = scipy.optimize.brentq(beyond, grid[inside[-1]], grid[inside[-1] + 1]) if inside[-1] + 1 < grid.size else grid[-1]
    log_above, weight = logarithmic_nodes(n_t, 1e-4 * least, most - least)
    t = least + np.exp(log_above)
    q0, along = -t / (2 * nucleus), -(u + t * (1 + v0 / nucleus)) / (2 * v)
    across = np.sqrt(np.maximum(t + q0**2 - along**2, 0))
    phi = (np.arange(n_phi // 2) + 0.5) * 2 * np.pi / n_phi  # the other half is its mirror image
    axis = v3 / v
    side = np.cos(phi)[:, None] * np.array([axis[2], 0, -axis[0]]) + np.sin(phi)[:, None] * np.array([0, 1.0, 0])
    q3 = along[:, None, None] * axis + across[:, None, None] * side
    q = np.concatenate([np.broadcast_to(q0[:, None, None], (*q3.shape[:2], 1)), q3], axis=-1)
    t_a, t_d = (0.51099895e-3 * z ** (1 / 3) / 111) ** 2, 0.164 * a ** (-2 / 3)
    form = (z * t / (t + t_a) / (1 + t / t_d)) ** 2
    squares = np.mean(vector_traces(p, q, k, m, nucleus), axis=1) * 2 * np.pi / 2
    return np.sum(weight * np.exp(log_above) * form / t**2 * squares) / v


def vector_traces(p, q, k, m, nucleus):
    """Sum over spins of |T.(P + P')|^2 for arrays of photon momenta.

    With L = S(p + q) n-slash and R = n-slash S(p - k) the amplitudes are gamma^mu L + R gamma^mu.
    """
    current = slashes(np.array([2 * nucleus, 0, 0, 0]) - q)
    square = lambda r: np.sum(r * r * np.diag(METRIC), axis=-1)
    after = (slashes(p + q) + m * ONE) / (square(p + q) - m**2)[..., None, None]
    before = (slash(p - k) + m * ONE) / (dot(p - k, p - k) - m**2)
    into, out = slash(p) + m * ONE, slashes(p + q - k) + m * ONE
    left, left_bar, right, right_bar = after @ current, current @ after, current @ before, before @ current
    contracted = np.einsum("u,uab,ucd->bcad", -np.diag(METRIC), GAMMA, GAMMA).reshape(16, 16)
    over_polarisations = lambda x: (x.reshape(-1, 16) @ contracted).reshape(x.shape)
    once = left @ into
    square_of_left = np.einsum("...ab,...ba->...", out, over_polarisations(once @ left_bar))
    square_of_right = np.einsum("...ab,...ba->...", right_bar @ out, right @ over_polarisations(into))
    mixed = np.einsum("...ab,...ba->...", right_bar @ out, over_polarisations(once))
    return (square_of_left + square_of_right + 2 * mixed).real


def slashes(p):
    """p-slash of an array of momenta."""
    return np.einsum("...m,m,mab->...ab", p, np.diag(METRIC), GAMMA)
