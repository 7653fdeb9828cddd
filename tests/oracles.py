"""Independent calculations that tests compare with: numpy, scipy and mpmath only, formulas as in the papers, no jaxdump."""

import functools
import math

import mpmath
import numpy as np
from scipy.integrate import quad

ALPHA = 1 / 137.035999084
E2 = 4 * np.pi * ALPHA
M_MU, M_E = 0.1056583755, 0.51099895e-3
PB = 3.893793721e8
T_A = (M_E * 82 ** (1 / 3) / 111) ** 2
T_D = 0.164 * 207 ** (-2 / 3)


@functools.cache
def photon_flux(t_min: float, t_max: float) -> float:
    """Integral of (t - t_min) F(t)^2 / t^2 for lead, to 30 digits."""
    if t_min >= t_max:
        return 0.0
    t_min, t_max = mpmath.mpf(t_min), mpmath.mpf(t_max)
    squared = lambda t: (82 * t / (t + T_A) / (1 + t / T_D)) ** 2
    logarithmic = lambda s: (mpmath.exp(s) - t_min) / mpmath.exp(s) * squared(mpmath.exp(s))
    with mpmath.workdps(30):
        ends = sorted({mpmath.log(t_min), mpmath.log(t_max), *(mpmath.log(t) for t in (T_A, T_D) if t_min < t < t_max)})
        return float(mpmath.quad(logarithmic, ends))


def fast_flux(t_min, t_max, log1p=math.log1p):
    """The textbook closed form of the same, for nested integrals in float64; of arrays with that of numpy for `log1p`."""
    width, gap = (t_max - t_min) * (t_max > t_min), T_D - T_A
    logs = log1p(width / (t_min + T_A)) - log1p(width / (t_min + T_D))
    bracket = (T_A + T_D + 2 * t_min) / gap * logs - width / (t_max + T_A) - width / (t_max + T_D)
    return 82**2 * (T_D / gap) ** 2 * bracket


def amplitude(model: str, m: float, x: float, theta: float, energy: float) -> float:
    """A / (e^2 g^2) with the expanded expressions of the papers, corrected."""
    y = (energy * theta) ** 2
    u = x * y + m**2 * (1 - x) / x + M_MU**2 * x
    b = -u * x + m**2 * (1 - x) + M_MU**2 * x**2
    if model == "alp-photon":
        d = -u * x + m**2 * (1 - x)
        return -(u**2) / 4 * (d * (x**2 - 2 * x + 2) / (1 - x) + 2 * M_MU**2 * x**2) / d**2
    if model == "vector":
        inner = 2 * M_MU**4 * x**2 + m**4 * (1 - x) + M_MU**2 * m**2 * (x**2 - 2 * x + 2)
        return 2 * (x**2 - 2 * x + 2) / (1 - x) - 4 * x * (m**2 + 2 * M_MU**2) / u + 4 * inner / u**2
    c = {"scalar": 2 * (m**2 - 4 * M_MU**2), "pseudoscalar": 2 * m**2, "alp-muon": 2 * m**2}[model]
    spin0 = x**2 / (1 - x) + c * b / u**2
    return 4 * M_MU**2 * spin0 if model == "alp-muon" else spin0


def dsigma_dx(model: str, m: float, x: float, energy: float = 160.0) -> float:
    """dsigma/dx [pb] for unit coupling by adaptive quadrature over ln(theta)."""
    if not m / energy < x < 1 - M_MU / energy:
        return 0.0

    def integrand(log_theta: float) -> float:
        theta = math.exp(log_theta)
        u = x * (energy * theta) ** 2 + m**2 * (1 - x) / x + M_MU**2 * x
        flux = fast_flux((u / (2 * energy * (1 - x))) ** 2, m**2 + M_MU**2)
        return theta**2 * flux * amplitude(model, m, x, theta, energy) * E2 / u**2

    momentum = math.sqrt((x * energy) ** 2 - m**2)
    integral = quad(integrand, np.log(1e-7), np.log(0.1), epsabs=0, epsrel=1e-9, limit=500)[0]
    return ALPHA / (8 * np.pi**2) * momentum * energy * (1 - x) * integral * PB


def sigma(model: str, m: float, x_min: float = 0.5, energy: float = 160.0) -> float:
    """Cross-section [pb] above x_min, by adaptive quadrature over ln(1 - x)."""
    low, high = np.log(M_MU / energy), np.log(1 - max(x_min, m / energy))
    spectrum = lambda s: math.exp(s) * dsigma_dx(model, m, 1 - math.exp(s), energy)
    return quad(spectrum, low, high, epsabs=0, epsrel=1e-8, limit=200)[0]


def pair_sigma(m_chi: float, energy: float = 160.0) -> float:
    """Cross-section [pb] for a pair through a massless vector: fixed nodes in ln(Q^2 - 4 m^2), ln(1 - x) and ln(theta)."""
    nodes, weights = np.polynomial.legendre.leggauss(120)

    def spaced(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        return np.exp(low + (high - low) * (nodes + 1) / 2), weights * (high - low) / 2

    total = 0.0
    theta, w_theta = spaced(np.log(1e-7), np.log(0.1))
    gap, w_gap = spaced(np.log(M_MU / energy), np.log(0.5))
    x, y = 1 - gap[:, None], (energy * theta) ** 2
    for above, weight in zip(*spaced(np.log(1e-5 * m_chi**2), np.log(300.0)), strict=True):
        q2 = above + 4 * m_chi**2
        u = x * y + q2 * (1 - x) / x + M_MU**2 * x
        inner = 2 * M_MU**4 * x**2 + q2**2 * (1 - x) + M_MU**2 * q2 * (x**2 - 2 * x + 2)
        squared = 2 * (x**2 - 2 * x + 2) / (1 - x) - 4 * x * (q2 + 2 * M_MU**2) / u + 4 * inner / u**2
        t_min, t_max = (u / (2 * energy * (1 - x))) ** 2, q2 + M_MU**2
        flux = fast_flux(np.minimum(t_min, t_max), t_max, np.log1p)
        angular = np.sum(w_theta * theta**2 * flux * squared * E2 / u**2, axis=1)
        momentum = np.sqrt((x[:, 0] * energy) ** 2 - q2)
        sigma_v = np.sum(w_gap * gap * ALPHA / (8 * np.pi**2) * momentum * energy * gap * angular) * PB
        spectral = np.sqrt(1 - 4 * m_chi**2 / q2) * (1 + 2 * m_chi**2 / q2) / (12 * np.pi**2 * q2)
        total += weight * above * spectral * sigma_v
    return total


def log_derivative(function, point: float, step: float = 1e-4) -> float:
    """d function / d ln(point), by a central difference of fourth order."""
    f = lambda k: float(function(point * np.exp(k * step)))
    return (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * step)


def moved(arguments: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """(k, 4 k n) arguments with each in turn multiplied by exp(2, 1, -1 and -2 times `step`), of (k, n): for `log_slopes`."""
    shifts = np.exp(step * np.array([2, 1, -1, -2]) * np.eye(len(arguments))[:, :, None])
    return (np.asarray(arguments)[:, None, None] * np.moveaxis(shifts, 0, 1)[..., None]).reshape(len(arguments), -1)


def log_slopes(values: np.ndarray, count: int, step: float = 1e-4) -> np.ndarray:
    """(k, n, ...) d value / d ln(argument), as `log_derivative`, from the values at what `moved` makes of `count` points."""
    f = np.asarray(values).reshape(-1, 4, count, *np.shape(values)[1:])
    return (8 * (f[:, 1] - f[:, 2]) - (f[:, 0] - f[:, 3])) / (12 * step)
