"""Kinetic mixing: loops against quadrature, and the basis in which two massless vectors do not mix."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from slopes import values_and_slopes

from jaxdump.constants import E_CHARGE, MUON_MASS, TAU_MASS
from jaxdump.theories.kinetic_mixing import (
    currents,
    effective_charge,
    millicharge,
    mixing_by_heavy_fields,
    muon_tau_loop,
    vacuum_loop,
    visible_angle,
)

Z = np.array([-1e6, -10.0, -1.0, -0.31, -0.29, -1e-3, 1e-8, 0.1, 0.29, 0.31, 0.7, 0.999, 1.0001, 1.5, 10.0, 1e6])
"""q^2 over 4 m^2 on both sides of the threshold, and of the change to a series."""


def of_muons(q_squared):
    return vacuum_loop(q_squared, jnp.asarray(MUON_MASS, q_squared.dtype))


def by_quadrature(z):
    """The integral of x (1 - x) ln(1 - 4 x (1 - x) z - i 0)."""
    with mpmath.workdps(25):
        z = mpmath.mpf(z)
        roots = [(1 - mpmath.sqrt(1 - 1 / z)) / 2, (1 + mpmath.sqrt(1 - 1 / z)) / 2] if z > 1 else []
        real = mpmath.quad(lambda x: x * (1 - x) * mpmath.log(abs(1 - 4 * x * (1 - x) * z)), sorted([0, 0.5, 1, *roots]))
        imaginary = mpmath.quad(lambda x: -mpmath.pi * x * (1 - x), roots) if roots else 0
        return float(real), float(imaginary)


def test_the_loop_equals_quadrature_on_both_sides_of_the_threshold(dtype):
    wanted = np.array([by_quadrature(z) for z in Z])
    (real, imaginary), slopes = values_and_slopes(of_muons, 4 * MUON_MASS**2 * Z, dtype=dtype)
    precise = dtype == "float64"
    np.testing.assert_allclose(real, wanted[:, 0], rtol=1e-13 if precise else 2e-5)  # rounded q^2 near the threshold
    np.testing.assert_allclose(imaginary, wanted[:, 1], rtol=1e-12 if precise else 1e-3, atol=1e-7)
    assert all(np.all(np.isfinite(slope)) for slope in slopes)


def test_slopes_of_the_loop_equal_differences_and_are_finite_at_the_threshold():
    z = Z[[0, 2, 4, 8, 9, 10, 13, 14]]
    _, (real, imaginary) = values_and_slopes(of_muons, 4 * MUON_MASS**2 * z)
    ahead, behind = (np.array([by_quadrature(each * factor) for each in z]) for factor in (1 + 1e-6, 1 - 1e-6))
    both = (np.stack([real[0], imaginary[0]], axis=1).T * 4 * MUON_MASS**2 * z).T
    np.testing.assert_allclose(both, (ahead - behind) / 2e-6, rtol=1e-6, atol=1e-8)
    at = np.array([0.0, 4 * MUON_MASS**2])
    for numbers in values_and_slopes(of_muons, at) + values_and_slopes(effective_charge, at):
        assert np.all(np.isfinite(numbers))


def test_muons_and_taus_mix_the_photon_with_l_mu_minus_l_tau():
    assert float(effective_charge(0.0)) == pytest.approx(0.0476614, abs=5e-8)
    q_squared = np.array([-3.0, 4 * 0.05**2, 4 * 0.2**2, 4 * 1.9**2])  # spacelike, below 2 m_mu, above it, above 2 m_tau
    loops = [np.array([by_quadrature(q / (4 * m**2)) for q in q_squared]) for m in (TAU_MASS, MUON_MASS)]
    wanted = (loops[0] - loops[1] + np.array([np.log(TAU_MASS / MUON_MASS) / 3, 0.0])) / (2 * np.pi**2)
    np.testing.assert_allclose(np.stack(muon_tau_loop(q_squared), axis=1), wanted, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(effective_charge(q_squared), np.hypot(*wanted.T), rtol=1e-12)
    assert wanted[1, 1] == 0 != wanted[2, 1]  # timelike above the threshold it is complex


def test_heavy_fields_mix_as_muons_and_taus_do_at_rest():
    """Electric charges -1 of both, dark charges 1 and -1: the mixing of the loop at q^2 = 0."""
    mixing = float(mixing_by_heavy_fields([-1, -1], [1, -1], [MUON_MASS, TAU_MASS], g_dark=0.3))
    assert mixing == pytest.approx(0.3 * E_CHARGE * float(effective_charge(0.0)), rel=1e-12)


def test_mixing_by_heavy_fields_has_its_limits():
    of = lambda *columns, **more: float(mixing_by_heavy_fields(*columns, g_dark=0.1, **more))
    portal = [1.0, 1.0], [1.0, -1.0], [200.0, 100.0]
    assert of(*portal, scale=1e3) == pytest.approx(of(*portal), rel=1e-12)  # the scale drops out of a sum without charge
    assert of([1.0, 1.0], [1.0, -1.0], [100.0, 100.0]) == 0  # nor is there any mixing of a degenerate pair
    assert of(*portal) == pytest.approx(0.1 * E_CHARGE / (12 * np.pi**2) * np.log(4), rel=1e-12)
    assert of([1.0], [1.0], [50.0], scale=50.0) == 0
    assert of(*portal, scalars=[True, True]) == pytest.approx(of(*portal) / 4, rel=1e-12)
    with pytest.raises(ValueError, match="as many charges as dark charges and masses, not 2, 1, 2"):
        of([1, 1], [1], [1.0, 2.0])
    with pytest.raises(ValueError, match="kinetic mixing: masses must be finite and positive, not -2"):
        of([1, 1], [1, -1], [1.0, -2.0])


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.1])
def test_massless_vectors_do_not_mix_in_the_new_basis(angle):
    """Kinetic terms and currents before, e J.b + g J'.a with mixing eps, in terms of the fields after."""
    eps, couplings = 0.3, np.asarray(currents(0.3, angle))
    old_in_new = couplings[:, ::-1].T  # rows a (dark current) and b (electric), columns A' and A
    kinetic = np.array([[1.0, eps], [eps, 1.0]])
    np.testing.assert_allclose(old_in_new.T @ kinetic @ old_in_new, np.eye(2), atol=1e-15)


def test_a_dark_charge_is_a_millicharge_where_matter_has_the_photon_alone():
    eps, g_dark = 0.3, 0.2
    (electric_of_dark, dark), (electric, mixed) = np.asarray(currents(eps, visible_angle(eps)))
    assert electric_of_dark == pytest.approx(0, abs=1e-16)
    assert dark == pytest.approx(1, rel=1e-12)
    bare = E_CHARGE / electric  # the measured charge is that of ordinary matter
    assert float(millicharge(eps, g_dark)) == pytest.approx(g_dark * mixed / (bare * electric), rel=1e-12)
    assert float(millicharge(1e-6, g_dark, 2.0)) == pytest.approx(-2e-6 * g_dark / E_CHARGE, rel=1e-9)
    assert float(currents(eps, 0.0)[1, 1]) == 0  # or dark matter has no part in the photon, and matter in both
    for bad in (1.0, -1.5, np.nan):
        with pytest.raises(ValueError, match="kinetic mixing: eps must be above -1 and below 1"):
            millicharge(bad, g_dark)
