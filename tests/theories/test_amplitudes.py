import functools

import dirac
import feynman
import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

from jaxdump.constants import MUON_MASS
from jaxdump.theories import AlpMuon, AlpPhoton, AxialVector, LmuLtau, PseudoscalarMuon, ScalarMuon, Spin2
from jaxdump.theories.radiation import Radiation


def of(theory):
    """The amplitude by which muons radiate a theory."""
    return theory(0.1, 1e-3).emissions("muon")[0].element


ELEMENTS = {
    "alp-photon": of(AlpPhoton),
    "alp-muon": of(AlpMuon),
    "scalar": of(ScalarMuon),
    "pseudoscalar": of(PseudoscalarMuon),
    "vector": of(LmuLtau),
    "axial": of(AxialVector),
    "graviton": of(Spin2),
}
GROW = ("alp-photon", "graviton")
"""Their integrals over angles grow with the logarithm of the largest."""
KINDS = {"S": "scalar", "P": "pseudoscalar", "V": "vector", "A": "axial", "G": "graviton"}
IN_REFERENCE = {"alp_gamma": "alp-photon", "alp_mu": "alp-muon"}


def everything(element, point, y):
    """The element and U at y, the integral up to there, and the scale."""
    return element(point, y), point.u(y), element.integral(point, y), element.scale(point)


jitted = {model: jax.jit(functools.partial(everything, element)) for model, element in ELEMENTS.items()}


def element(model, m, x, y, lepton_mass=MUON_MASS):
    """(1 - x) A / (e^2 g^2 U^2) and U of the package, in float64."""
    point = Radiation(jnp.float64(x), jnp.float64(1 - x), jnp.float64(m), lepton_mass)
    value, u, *_ = jitted[model](point, jnp.float64(y))
    return float(value), float(u)


@pytest.mark.parametrize("model", ELEMENTS)
def test_equals_the_dirac_trace(model):
    generator = np.random.default_rng(1)
    for _ in range(20):
        m, x, y = 10 ** generator.uniform(-2, 0.5), generator.uniform(0.2, 0.95), 10 ** generator.uniform(-3, 1)
        got, u = element(model, m, x, y)
        wanted = graviton_trace(m, x, y) if model == "graviton" else dirac.averaged(model, m, MUON_MASS, x, y)
        assert got * u**2 / (1 - x) == pytest.approx(wanted, rel=1e-7 if model == "graviton" else 1e-9)


def graviton_trace(m, x, y):
    """The same for a graviton, over the two transverse photons, of a tensor that is conserved."""
    p, q, p_out, k = dirac.momenta(m, MUON_MASS, x, y)
    total = 0.0
    for photon in np.eye(4)[1:3]:
        tensor = feynman.stress_of_lepton(p, q, p_out, k, MUON_MASS, photon)
        divergence, one = np.einsum("a,abuv->buv", feynman.METRIC @ k, tensor), k[0] * tensor[0, 0]
        size = feynman.trace(one, one, p, p_out, MUON_MASS)
        assert all(abs(feynman.trace(d, d, p, p_out, MUON_MASS)) < 1e-8 * size for d in divergence)
        total += feynman.graviton_squared(tensor, p, p_out, MUON_MASS)
    return total / 4


@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_reference_of_all_spins(lepton_reference, kind):
    for row in lepton_reference["amp"]:
        if row["kind"] == kind:
            got, u = element(KINDS[kind], row["M"], row["x"], row["tau"] - row["m"] ** 2, row["m"])
            assert got * u**2 / (1 - row["x"]) == pytest.approx(row["A"], rel=1e-10)


def test_equals_the_reference_table(reference):
    for row in reference["A_table"]:
        model = IN_REFERENCE.get(row["model"], row["model"])
        got, u = element(model, row["mX"], row["x"], (160 * row["theta"]) ** 2)
        assert u == pytest.approx(row["U"], rel=1e-12)
        assert got * u**2 / (1 - row["x"]) == pytest.approx(row["A_over_e2g2"], rel=1e-10)


@pytest.mark.parametrize("model", ELEMENTS)
def test_is_positive_also_in_float32(model, dtype):
    x, m, y = np.meshgrid(np.linspace(0.01, 0.999, 30), np.geomspace(1e-5, 100, 15), np.geomspace(1e-8, 1e4, 15))
    x, m, y = (jnp.asarray(a.ravel(), dtype=dtype) for a in (x, m, y))
    values = ELEMENTS[model](Radiation(x, 1 - x, m, MUON_MASS), y)
    assert values.dtype == dtype
    assert np.all(np.asarray(values) > 0)


@pytest.mark.parametrize("model", ELEMENTS)
def test_closed_integral_equals_quadrature(model):
    point = Radiation(jnp.float64(0.7), jnp.float64(0.3), jnp.float64(0.2), MUON_MASS)
    y_max = 256.0 if model in GROW else 1e9
    _, _, integral, scale = map(float, jitted[model](point, jnp.float64(y_max)))
    wanted, _ = oracles.quad(
        lambda v: scale * np.exp(v) * float(jitted[model](point, jnp.float64(scale * np.expm1(v)))[0]),
        0,
        np.log1p(y_max / scale),
    )
    assert integral == pytest.approx(wanted, rel=1e-7)
