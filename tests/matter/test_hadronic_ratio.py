import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.interpolate import PchipInterpolator

from jaxdump.matter import hadronic_ratio as ratio
from jaxdump.matter.hadronic_ratio import THRESHOLD, hadronic_ratio
from jaxdump.numerics.interpolate import monotone_slopes

PDG = """
0.445 0.311  0.501 0.474  0.551 0.800  0.600 1.31  0.651 2.47  0.701 4.83  0.750 8.49  0.770 9.98  0.780 17.3  0.800 6.80
0.850 3.18  0.901 1.785  0.950 1.16  1.000 1.32  1.019 47.2  1.100 0.919  1.200 0.927  1.300 1.18  1.400 1.59  1.500 2.10
1.600 2.38  1.700 2.45  1.800 2.19  2.000 2.18
"""
"""Single rows of the compilation of PDG 2020."""
DELIVER = """
0.35 0.094  0.40 0.190  0.45 0.314  0.50 0.491  0.55 0.775  0.60 1.29  0.65 2.37  0.70 4.79  0.75 8.44  0.77 9.89  0.78 17.6
0.80 6.56  0.85 3.16  0.90 1.736  0.95 1.13  1.019 48.5  1.10 0.862  1.20 0.908  1.30 1.19  1.40 1.64  1.50 2.05  1.60 2.30
1.80 2.18  2.00 2.17
"""
"""Another analysis of the measurements (DeLiVeR, shipped with FORESEE 2d6431f6f6): it differs from the PDG by up to 6 %."""


def pairs(text):
    return np.array(text.split(), dtype=float).reshape(-1, 2).T


@pytest.mark.parametrize(("table", "tolerance"), [(PDG, 0.05), (DELIVER, 0.08)], ids=["pdg", "deliver"])
def test_measured_values(table, tolerance):
    mass, ratio = pairs(table)
    np.testing.assert_allclose(hadronic_ratio(jnp.asarray(mass)), ratio, rtol=tolerance)


def test_perturbative_far_from_resonances():
    """3 sum Q^2 (1 + alpha_s / pi) with three and with four quarks, alpha_s = 0.29 and 0.19."""
    low, high = np.asarray(hadronic_ratio(jnp.asarray([2.9, 9.5])))
    assert low == pytest.approx(2 * (1 + 0.29 / np.pi), rel=0.05)
    assert high == pytest.approx(10 / 3 * (1 + 0.19 / np.pi), rel=0.05)


def test_slopes_equal_scipy_and_nothing_overshoots():
    curve = ratio.curve()
    x, y = np.asarray(curve.log_x), np.asarray(curve.log_y)
    np.testing.assert_allclose(
        monotone_slopes(x, y)[1:-1], PchipInterpolator(x, y).derivative()(x)[1:-1], rtol=1e-12, atol=1e-12
    )
    inner = x[:-1, None] + np.diff(x)[:, None] * np.linspace(0, 1, 11)
    rise = np.diff(np.asarray(curve.log(jnp.exp(jnp.asarray(inner)))), axis=1) * np.sign(np.diff(y))[:, None]
    assert rise.min() > -1e-12


def test_finite_with_its_gradient_at_every_mass(dtype):
    masses = np.concatenate([np.geomspace(1e-5, 1e4, 500), THRESHOLD * (1 + np.array([-1e-7, 0, 1e-7]))])
    value, slope = jax.jit(jax.vmap(jax.value_and_grad(hadronic_ratio)))(jnp.asarray(masses, dtype=dtype))
    assert value.dtype == slope.dtype == dtype
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(slope))
    closed = masses < THRESHOLD * 0.999
    assert np.all(np.asarray(value)[closed] == 0)
    assert np.all(np.asarray(slope)[closed] == 0)
    exact = np.asarray(hadronic_ratio(jnp.asarray(masses)))
    seen = masses > 1.001 * THRESHOLD
    np.testing.assert_allclose(np.asarray(value)[seen], exact[seen], rtol=1e-4)


@pytest.mark.parametrize("mass", [0.285, 0.6, 0.7818, 0.99, 1.018, 1.0203, 1.7, 4.1, 20.0])
def test_gradient_equals_finite_differences(mass):
    function = lambda m: hadronic_ratio(jnp.float64(m))
    wanted = oracles.log_derivative(function, mass, step=1e-6)
    assert float(jax.grad(function)(mass)) * mass == pytest.approx(wanted, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("text", [None, "0.3 0.02 0.1\n", "words\n"])
def test_missing_or_broken_table_is_told(monkeypatch, tmp_path, text):
    table = tmp_path / "hadronic_ratio.txt"
    if text is not None:
        table.write_text(text)
    monkeypatch.setattr(ratio, "TABLE", table)
    ratio.curve.cache_clear()
    with pytest.raises(RuntimeError, match=r"hadronic_ratio.txt is missing or broken"):
        ratio.curve()
