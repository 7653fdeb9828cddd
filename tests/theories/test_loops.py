import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import oracles
import pytest

from jaxdump.constants import LEPTON_MASS, MUON_MASS
from jaxdump.theories import PseudoscalarMediator, ScalarMediator
from jaxdump.theories.loops import pseudoscalar_loop, scalar_loop

SPIN0 = [ScalarMediator, PseudoscalarMediator]
LOOPS = {ScalarMediator: scalar_loop, PseudoscalarMediator: pseudoscalar_loop}
NUMERATOR = {ScalarMediator: 4, PseudoscalarMediator: 0}
photons = lambda theory, mass, couples, g=1.0: theory(mass, g, couples=couples).widths()["photons"]


def feynman(theory, mass, lepton):
    """F = 4 int dx dy (1 - n x y) / (1 - k x y - i0) over x + y < 1, k = (m/m_l)^2, n = 4 or 0; that over y is done by hand."""
    with mpmath.workdps(30):
        k = mpmath.mpf(mass / lepton) ** 2
        n = NUMERATOR[theory] / k

        def inner(x):
            rest = 1 - k * x * (1 - x)
            logarithm = mpmath.log(abs(rest)) - (mpmath.pi * 1j if rest < 0 else 0)
            return n * (1 - x) - (1 - n) * logarithm / (k * x)

        half = mpmath.sqrt(1 - 4 / k) / 2 if k > 4 else 0
        return complex(4 * mpmath.quad(inner, sorted({0, 0.5 - half, 0.5, 0.5 + half, 1})))


@pytest.mark.parametrize("theory", SPIN0)
@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.64, 1.5, 1.99, 2.01, 3.0, 20.0])
def test_loops_equal_their_feynman_integrals(theory, ratio):
    real, imaginary = LOOPS[theory](ratio * MUON_MASS, MUON_MASS)
    wanted = ratio * feynman(theory, ratio, 1.0)
    assert complex(real, imaginary) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("theory", SPIN0)
@pytest.mark.parametrize("mass", [1e-3, 0.15, 0.3, 2.0, 5.0])
def test_width_sums_amplitudes_of_all_leptons(theory, mass):
    amplitude = sum(feynman(theory, mass, lepton) / lepton for lepton in LEPTON_MASS.values())
    wanted = oracles.ALPHA**2 * mass**3 / (256 * np.pi**3) * abs(1e-3 * amplitude) ** 2
    assert float(photons(theory, mass, "universal", 1e-3)) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(("theory", "coupling"), [(ScalarMediator, 2 / 3), (PseudoscalarMediator, 1.0)])
def test_heavy_leptons_leave_a_local_interaction(theory, coupling):
    """G = c^2 m^3 / (64 pi) of (c/4) phi F F and (c/4) a F Ftilde.

    c = 2 alpha g / (3 pi m_l) from the lepton's part e^2 / (12 pi^2) ln(m_l^2) of 1/e^2 running, m_l shifted by g phi, and
    alpha g / (pi m_l) from the anomaly of the axial current.
    """
    c = coupling * oracles.ALPHA / (np.pi * MUON_MASS)
    assert float(photons(theory, 1e-4, "muon")) == pytest.approx(c**2 * 1e-12 / (64 * np.pi), rel=1e-6)


@pytest.mark.parametrize("theory", SPIN0)
def test_finite_and_right_in_both_precisions(theory, dtype):
    thresholds = np.array([2 * m * (1 + d) for m in LEPTON_MASS.values() for d in (-1e-7, 0, 1e-7, 1e-3)])
    masses = np.concatenate([np.geomspace(1e-5, 1e4, 400), thresholds]).astype(dtype)
    for couples in ("universal", "mass-muon", "muon"):
        function = jax.jit(jax.vmap(jax.value_and_grad(lambda m, g, couples=couples: photons(theory, m, couples, g), (0, 1))))
        value, slopes = function(jnp.asarray(masses), jnp.ones(masses.size, dtype))
        assert value.dtype == dtype
        assert np.all(np.isfinite(slopes))
        exact = photons(theory, jnp.asarray(masses, dtype="float64"), couples, jnp.ones(masses.size))
        assert np.all(np.asarray(value) > 0)
        precise, rough = (
            (1e-5, 2e-3) if dtype == np.float32 else (1e-14, 1e-7)
        )  # the square root of it at the kink of a threshold
        np.testing.assert_allclose(value[:400], exact[:400], rtol=precise)
        np.testing.assert_allclose(value[400:], exact[400:], rtol=rough)


@pytest.mark.parametrize("theory", SPIN0)
@pytest.mark.parametrize("mass", [1e-4, 0.03, 0.066, 0.0669, 0.21, 0.212, 0.5, 3.5, 50.0])
def test_gradient_equals_finite_differences(theory, mass):
    function = lambda m: jnp.log(photons(theory, m, "universal"))
    wanted = oracles.log_derivative(function, mass, step=1e-5)
    assert float(jax.grad(function)(mass)) * mass == pytest.approx(wanted, rel=1e-7)
