"""Squared amplitudes of l gamma -> l X from explicit 4 x 4 Dirac matrices and real momenta, by numpy alone."""

import itertools

import numpy as np

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array([np.block([[ONE, ZERO], [ZERO, -ONE]]), *(np.block([[ZERO, s], [-s, ZERO]]) for s in PAULI)])
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
LEVI_CIVITA = np.zeros((4, 4, 4, 4))
for order in itertools.permutations(range(4)):
    LEVI_CIVITA[order] = np.linalg.det(np.eye(4)[list(order)])


def slash(p: np.ndarray) -> np.ndarray:
    """p-slash."""
    return np.einsum("m,mab->ab", METRIC @ p, GAMMA)


def momenta(m: float, m_l: float, x: float, y: float) -> tuple[np.ndarray, ...]:
    """p, q, p', k of l(p) gamma(q) -> l(p') X(k) in the centre of mass, x = 1 + utilde/stilde and (p - k)^2 - m_l^2 = -U."""
    u = m**2 * (1 - x) / x + m_l**2 * x + x * y
    s = u / (1 - x) + m_l**2
    root = np.sqrt(s)
    e_in, e_k = (s + m_l**2) / (2 * root), (s + m**2 - m_l**2) / (2 * root)
    p_in, p_out = (s - m_l**2) / (2 * root), np.sqrt(e_k**2 - m**2)
    cosine = (2 * e_in * e_k - m**2 - u) / (2 * p_in * p_out)
    sine = np.sqrt(1 - cosine**2)
    p, q = np.array([e_in, 0, 0, p_in]), np.array([p_in, 0, 0, -p_in])
    k = np.array([e_k, p_out * sine, 0, p_out * cosine])
    return p, q, p + q - k, k


def alp_amplitudes(p: np.ndarray, q: np.ndarray, p_out: np.ndarray, k: np.ndarray, m_l: float) -> tuple[list, list]:
    """By a Primakoff process and by a derivative coupling of the lepton, for each photon, with their phases; without e."""
    propagator = lambda r: (slash(r) + m_l * np.eye(4)) / (r @ METRIC @ r - m_l**2)
    r = p - p_out
    tensor = np.einsum("mnrs,m,r->ns", LEVI_CIVITA, METRIC @ q, METRIC @ r)  # epsilon^0123 = 1
    fused = [-np.einsum("s,st,tab->ab", row, METRIC, GAMMA) / (r @ METRIC @ r) for row in tensor]
    vertex = slash(k) @ GAMMA5
    radiated = [1j * (vertex @ propagator(p + q) @ g + g @ propagator(p - k) @ vertex) for g in GAMMA]
    return fused, radiated


def interference(m: float, m_l: float, x: float, y: float) -> float:
    """Twice the real part of the product of both `alp_amplitudes`, averaged and summed as below, over e^2 g_photon g_muon."""
    p, q, p_out, k = momenta(m, m_l, x, y)
    bar = lambda a: GAMMA[0] @ a.conj().T @ GAMMA[0]
    spins = lambda a, b: np.trace((slash(p_out) + m_l * np.eye(4)) @ a @ (slash(p) + m_l * np.eye(4)) @ bar(b)).real
    pairs = zip(*alp_amplitudes(p, q, p_out, k, m_l), strict=True)
    return sum(-METRIC[i, i] * 2 * spins(radiated, fused) for i, (fused, radiated) in enumerate(pairs)) / 4


def absorbed(m: float, m_l: float, n: int = 48) -> float:
    """Imaginary part of the coupling of an ALP to photons by a loop of leptons, over g_muon, from the cut through the loop.

    2 Im M(a -> 2 gamma) = Integral dPhi M(a -> l l) M(2 gamma -> l l)*, with the signs of `alp_amplitudes`.
    """
    energy = m / 2
    q1, q2 = np.array([energy, 0, 0, energy]), np.array([energy, 0, 0, -energy])
    e1, e2 = np.array([0.0, 1, 0, 0]), np.array([0.0, 0, 1, 0])
    b, bar = np.sqrt(1 - 4 * m_l**2 / m**2), lambda a: GAMMA[0] @ a.conj().T @ GAMMA[0]
    propagator = lambda r: (slash(r) + m_l * np.eye(4)) / (r @ METRIC @ r - m_l**2)
    mean, decay = 0.0, -1j * slash(q1 + q2) @ GAMMA5
    for cosine, weight in zip(*np.polynomial.legendre.leggauss(n), strict=True):
        for phi in (np.arange(8) + 0.5) * np.pi / 4:
            sine = np.sqrt(1 - cosine**2)
            p1 = energy * np.array([1, b * sine * np.cos(phi), b * sine * np.sin(phi), b * cosine])
            p2 = q1 + q2 - p1
            fusion = slash(e1) @ propagator(p1 - q1) @ slash(e2) + slash(e2) @ propagator(p1 - q2) @ slash(e1)
            both = (slash(p1) + m_l * np.eye(4)) @ decay @ (slash(p2) - m_l * np.eye(4)) @ bar(-fusion)
            mean += weight / 16 * np.trace(both).real
    tree = np.einsum("mnrs,m,n,r,s", LEVI_CIVITA, *(METRIC @ each for each in (q1, e1, q2, e2)))
    return mean * b / (16 * np.pi) * 4 * np.pi / 137.035999 / tree


def averaged(model: str, m: float, m_l: float, x: float, y: float) -> float:
    """|M|^2 / (e^2 g^2), averaged over two lepton and two photon polarisations and summed over the final ones."""
    p, q, p_out, k = momenta(m, m_l, x, y)
    one = np.eye(4)
    propagator = lambda r: (slash(r) + m_l * one) / (r @ METRIC @ r - m_l**2)
    if model == "alp-photon":
        r = p - p_out
        tensor = np.einsum("mnab,a,b->mn", LEVI_CIVITA, METRIC @ q, METRIC @ r)
        amplitudes = [[np.einsum("m,mab->ab", row, GAMMA) / (r @ METRIC @ r) for row in METRIC @ tensor.T @ METRIC]]
    else:
        vertices = {
            "scalar": [one],
            "pseudoscalar": [1j * GAMMA5],
            "alp-muon": [slash(k) @ GAMMA5],
            "vector": list(GAMMA),
            "axial": [*(v @ GAMMA5 for v in GAMMA), slash(k) @ GAMMA5 / m],
        }[model]
        amplitudes = [[v @ propagator(p + q) @ g + g @ propagator(p - k) @ v for g in GAMMA] for v in vertices]
    bar = lambda a: GAMMA[0] @ a.conj().T @ GAMMA[0]
    spins = lambda a: np.trace((slash(p_out) + m_l * one) @ a @ (slash(p) + m_l * one) @ bar(a)).real
    photon = [-METRIC[i, i] for i in range(4)]
    final = [*photon, 1.0] if model == "axial" else photon if model == "vector" else [1.0]
    return (
        sum(w * wp * spins(a) for w, row in zip(final, amplitudes, strict=True) for wp, a in zip(photon, row, strict=True)) / 4
    )
