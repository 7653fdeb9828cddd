import dataclasses
import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from differences import log_slopes

import jaxdump
from jaxdump.constants import INVERSE_GEV2
from jaxdump.experiments.na64mu import PRODUCTION
from jaxdump.matter.materials import LEAD
from jaxdump.theories import AlpMuon, AlpPhoton, LmuLtau, LmuLtauDark, PseudoscalarMuon, ScalarMuon

THEORIES = {
    "alp-photon": AlpPhoton,
    "alp-muon": AlpMuon,
    "scalar": ScalarMuon,
    "pseudoscalar": PseudoscalarMuon,
    "vector": LmuLtau,
}
IN_REFERENCE = {"alp_gamma": "alp-photon", "alp_mu": "alp-muon"}
FINE = dataclasses.replace(PRODUCTION, n_x=64, n_angle=64)
"""More nodes than are needed."""
sigma = jax.jit(lambda theory: PRODUCTION.sigma(theory))
fine = jax.jit(lambda theory, x_min: dataclasses.replace(FINE, x_min=x_min).sigma(theory))
spectrum = jax.jit(lambda theory, x, method: jaxdump.dsigma_dx(theory, x, 160.0, "muon", LEAD, method), static_argnums=2)


def unit(model, mass, dtype="float64"):
    """The theory that the reference calls `model`, with coupling 1."""
    return THEORIES[IN_REFERENCE.get(model, model)](jnp.asarray(mass, dtype=dtype), jnp.asarray(1.0, dtype=dtype))


@pytest.mark.parametrize("method", ["ww", "iww"])
def test_spectra_equal_the_reference(reference, method):
    for row in reference["dsdx"]:
        got = float(spectrum(unit(row["model"], row["mX"]), row["x"], method))
        assert got == pytest.approx(row[f"dsdx_{method}_over_g2"] * INVERSE_GEV2, rel=1e-9), row


def test_cross_sections_equal_the_reference(reference, dtype):
    for row in reference["sigma"]:
        got = float(sigma(unit(row["model"], row["mX"], dtype)))
        tolerance = {"float32": 3e-5, "float64": 5e-7}[dtype.name]
        assert got == pytest.approx(row["sigma_xcut05_GeV"] * INVERSE_GEV2, rel=tolerance), row


@pytest.mark.parametrize("model", THEORIES)
@pytest.mark.parametrize("mass", [1e-3, 0.07, 0.9, 3.0])
def test_cross_section_equals_nested_adaptive_quadrature(model, mass):
    assert float(sigma(unit(model, mass))) == pytest.approx(oracles.sigma(model, mass), rel=5e-7)


@pytest.mark.parametrize("model", THEORIES)
@pytest.mark.parametrize("mass", [1e-5, 1e-2, 0.3, 3.0, 30.0, 100.0])
def test_nodes_have_converged(model, mass):
    wanted = float(fine(unit(model, mass), PRODUCTION.x_min))
    assert float(sigma(unit(model, mass))) == pytest.approx(wanted, rel=5e-6 if mass > 3 else 1e-6)


def test_pair_cross_sections_equal_the_reference(reference):
    for row in reference["contour_zchi_eff1"]:
        theory = LmuLtauDark(jnp.float64(row["mchi"]), jnp.float64(1.0))
        assert float(sigma(theory)) == pytest.approx(row["sigma_over_gg2"] * INVERSE_GEV2, rel=1e-6)


def test_pair_cross_section_equals_independent_quadrature():
    theory = LmuLtauDark(jnp.float64(0.05), jnp.float64(1.0))
    assert float(sigma(theory)) == pytest.approx(oracles.pair_sigma(0.05), rel=2e-4)


def test_pair_spectrum_integrates_to_its_cross_section():
    theory = LmuLtauDark(jnp.float64(0.2), jnp.float64(1.0))
    points, weights = np.polynomial.legendre.leggauss(40)
    low, high = np.log(oracles.M_MU / 160), np.log(0.5)
    s = low + (high - low) * (points + 1) / 2
    values = np.asarray(spectrum(theory, jnp.asarray(1 - np.exp(s)), "ww"))
    assert np.sum(weights * values * np.exp(s)) * (high - low) / 2 == pytest.approx(float(sigma(theory)), rel=1e-6)


def test_full_energy_range_equals_the_reference(reference):
    for row in reference["sigma"]:
        got = float(fine(unit(row["model"], row["mX"]), 0.0))
        assert got == pytest.approx(row["sigma_full_GeV"] * INVERSE_GEV2, rel=1e-6), row


def test_spectrum_is_zero_outside_the_kinematic_range(dtype):
    theory = unit("vector", 16.0, dtype)
    x = jnp.asarray([0.05, 0.0999, 0.1001, 0.9999], dtype=dtype)
    values = spectrum(theory, x, "ww")
    assert values.dtype == dtype
    assert np.asarray(values > 0).tolist() == [False, False, True, False]


def test_below_and_above_an_energy_is_all():
    cut = jax.jit(lambda x_min, x_max: dataclasses.replace(FINE, x_min=x_min, x_max=x_max).sigma(unit("vector", 0.1)))
    below, above, every = (float(cut(*map(jnp.float64, ends))) for ends in ((0.5, 0.9), (0.9, 1.0), (0.5, 1.0)))
    assert below + above == pytest.approx(every, rel=1e-9)
    assert float(cut(jnp.float64(0.9), jnp.float64(0.5))) == 0.0


def test_the_cut_is_an_exact_limit_of_integration():
    """d sigma / d x_min is minus the spectrum there, by autodiff."""
    theory = unit("alp-muon", 0.1)
    slope = jax.jit(jax.jacfwd(lambda cut: dataclasses.replace(PRODUCTION, x_min=cut).sigma(theory)))(0.6)
    assert float(slope) == pytest.approx(-float(spectrum(theory, 0.6, "ww")), rel=1e-6)


SET_UP = {
    "energy": lambda p: p.source.beam.energy,
    "x_min": lambda p: p.x_min,
    "theta_max": lambda p: p.theta_max,
    "length": lambda p: p.source.target.length,
    "density": lambda p: p.source.target.material.density,
    "charge_number": lambda p: p.source.target.material.charge_number,
}


@functools.cache
def set_up_slopes():
    """By autodiff and by differences, in the numbers of `SET_UP`."""
    where = lambda p: [number(p) for number in SET_UP.values()]
    total = lambda numbers: eqx.tree_at(where, PRODUCTION, [*numbers])(unit("alp-photon", 0.1)).log_total()
    return log_slopes(total, np.tile(where(PRODUCTION), (len(SET_UP), 1)), np.eye(len(SET_UP)), 1e-3)


@pytest.mark.parametrize("quantity", SET_UP)
def test_gradient_in_the_set_up_equals_finite_difference(quantity):
    slope, difference = (slopes[[*SET_UP].index(quantity)] for slopes in set_up_slopes())
    assert slope == pytest.approx(difference, rel=1e-6, abs=1e-9)


def test_bad_requests_are_told():
    theory = unit("vector", 0.1)
    with pytest.raises(ValueError, match="no method 'etl': choose one of ww, iww, exact"):
        jaxdump.dsigma_dx(theory, 0.5, 160.0, "muon", LEAD, "etl")
    with pytest.raises(ValueError, match="x must be above 0 and below 1, not"):
        jaxdump.dsigma_dx(theory, 1.5, 160.0, "muon", LEAD)
    with pytest.raises(ValueError, match="no lepton 'pion'"):
        jaxdump.dsigma_dx(theory, 0.5, 160.0, "pion", LEAD)
    with pytest.raises(ValueError, match="x_min must be"):
        dataclasses.replace(PRODUCTION, x_min=1.5)
