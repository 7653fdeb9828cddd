"""What theories tell through their capabilities: decays of mesons to dark particles alone, couplings to two photons."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored
from scipy.integrate import quad
from slopes import values_and_slopes

from jaxdump.constants import FINE_STRUCTURE
from jaxdump.matter.mesons import MESONS, Meson
from jaxdump.theories import THEORIES, AlpPhoton, DarkAxion, DarkPhoton, MesonsDecayInvisibly, Millicharge, Spin2, Vector

REFERENCE = stored("millicharge")
VECTORS = {name: Meson(mass, to_electrons=ratio) for name, (mass, ratio) in REFERENCE["mesons"].items()}


@jax.jit
def to_pairs(mass, meson):
    return Millicharge(mass, 1.0).invisible_ratio("", meson)


@jax.jit
def through_dark_photon(mass, eps, alpha_D, ratio, meson):
    return DarkPhoton(mass, eps, alpha_D=alpha_D, mass_ratio=ratio).invisible_ratio("", meson)


def test_branching_ratios_equal_the_reference():
    for row in REFERENCE["to_pairs"]:
        assert float(to_pairs(row["mchi"], VECTORS[row["V"]])) == pytest.approx(row["br_eps1"], rel=1e-12, abs=1e-30)
    for row in REFERENCE["through_dark_photon"]:
        at = row["mA"], row["eps"], row["aD"], row["mA"] / row["mchi"], VECTORS[row["V"]]
        assert float(through_dark_photon(*at)) == pytest.approx(row["br"], rel=1e-8)


def test_a_light_dark_photon_is_a_charge_of_the_dark_matter():
    """Off its shell a dark photon gives dark matter the charge eps g_D / e."""
    eps, alpha_D, chi, meson = 1e-3, 0.3, 0.2, MESONS["rho"]
    light = through_dark_photon(1e-4, eps, alpha_D, 1e-4 / chi, meson)
    charge = eps**2 * alpha_D / FINE_STRUCTURE
    assert float(light) == pytest.approx(float(charge * to_pairs(chi, meson)), rel=1e-6)


@pytest.mark.parametrize("alpha_D", [1e-4, 0.1])
def test_on_a_meson_both_lines_are_folded(alpha_D):
    """The line of the meson times the resonance of the dark photon, by quadrature in units of the width of the meson."""
    meson = MESONS["omega"]
    theory = DarkPhoton(meson.mass, 1e-6, alpha_D=alpha_D)
    line, breadth = meson.mass * meson.total, meson.mass * float(theory.to_dark())
    folded = lambda u: breadth**2 / (np.pi * (1 + u**2) * ((u * line) ** 2 + breadth**2))
    ends = sorted([0.0, breadth / line, 30 * breadth / line, 1.0, 30.0, np.inf])
    share = 2 * sum(quad(folded, *pair, epsrel=1e-10)[0] for pair in itertools.pairwise(ends))
    at_the_peak = through_dark_photon(meson.mass, 1e-6, alpha_D, 3.0, meson._replace(total=0.0))
    assert float(theory.invisible_ratio("omega", meson)) == pytest.approx(float(at_the_peak) * share, rel=1e-6, abs=0)


def test_narrow_vectors_do_not_gain_from_being_narrow():
    """On a meson the branching ratio goes with the squared coupling, whatever the width is."""
    ratios = [
        float(Vector(0.78266, g, charges="B-L", alpha_D=0.0).invisible_ratio("omega", MESONS["omega"])) for g in (1e-9, 1e-6)
    ]
    assert ratios[0] * 1e6 == pytest.approx(ratios[1], rel=1e-6)
    assert ratios[1] < 1e-9


@pytest.mark.parametrize("theory", [Millicharge, DarkPhoton, DarkAxion])
def test_ratios_and_slopes_are_finite_at_thresholds_and_resonances(theory, dtype):
    """Also where the whole width of the dark photon is tiny, and in the last bit beside each kink."""
    kinks = [meson.mass * factor for meson in VECTORS.values() for factor in (0.5, 1.0, 1.5)]
    masses = np.concatenate([kinks, np.nextafter(kinks, 0), np.nextafter(kinks, 9), [1e-6, 50.0]]).astype(dtype)
    for coupling in (1e-12, 1e-3, 1e3):
        ratio = lambda mass, g: jnp.stack([theory(mass, g).invisible_ratio(name, MESONS[name]) for name in VECTORS])
        values, slopes = values_and_slopes(ratio, masses, np.full_like(masses, coupling), dtype=dtype)
        assert values.dtype == dtype
        assert np.all(np.isfinite(values))
        assert np.all(values >= 0)
        assert np.all(np.isfinite(slopes))


def test_kinks_change_sign_where_a_ratio_opens_or_peaks():
    for name, meson in VECTORS.items():
        (opens,) = Millicharge(meson.mass / 2, 1.0).invisible_kinks(name, meson).values()
        dark = [DarkPhoton(mass, 1.0, mass_ratio=3.0).invisible_kinks(name, meson) for mass in (1.5 * meson.mass, meson.mass)]
        zeros = [opens, dark[0][f"half of the mass of the {name}"], dark[1][f"the {name}"]]
        np.testing.assert_allclose(zeros, 0.0, atol=1e-6)


def test_ratios_grow_with_the_couplings_as_their_scale_says():
    theory = Millicharge(0.3, jnp.float64(1e-3))
    unit = theory.with_couplings(1.0).invisible_ratio("rho", MESONS["rho"])
    ratio = theory.invisible_ratio("rho", MESONS["rho"])
    assert float(ratio) == pytest.approx(float(unit * jnp.exp(theory.invisible_log_scale())), rel=1e-12)
    assert DarkPhoton(0.3, 1e-3).invisible_log_scale() is None


def test_axial_and_other_mediators_have_no_such_decays():
    able = {name for name, theory in THEORIES.items() if issubclass(theory, MesonsDecayInvisibly)}
    assert able >= {"millicharge", "dark-photon", "vector", "dark-axion"}
    assert able.isdisjoint({"axial-vector", "scalar", "spin2", "lmu-ltau", "alp-photon"})


@pytest.mark.parametrize("name", ["rho", "omega", "phi", "jpsi", "ups1s"])
def test_a_vector_with_the_charges_of_the_dark_photon_decays_as_that(name):
    meson = MESONS[name]
    vector, dark = Vector(0.6, 1e-3, charges="dark-photon"), DarkPhoton(0.6, 1e-3)
    assert float(vector.invisible_ratio(name, meson)) == pytest.approx(float(dark.invisible_ratio(name, meson)), rel=1e-5)
    of_baryons = Vector(0.6, 1e-3, charges="B", alpha_D=0.1)
    assert float(of_baryons.invisible_ratio("rho", MESONS["rho"])) == pytest.approx(0.0, abs=1e-20)
    assert float(of_baryons.invisible_ratio("omega", MESONS["omega"])) > 0


def test_mesons_decay_to_neutrinos_through_a_vector():
    """Of B - L without dark matter: the omega by the squared charges of quarks, 2 / e, and three neutrinos."""
    meson, g, mass = MESONS["omega"], 1e-3, 1e-3
    ratio = Vector(jnp.float64(mass), g, charges="B-L", alpha_D=0.0).invisible_ratio("omega", meson)
    alpha, width = g**2 / (4 * np.pi), 3 * meson.mass / 6  # of left-handed pairs, over alpha
    wanted = meson.to_electrons * (4 * alpha / FINE_STRUCTURE) * alpha * width / (FINE_STRUCTURE * meson.mass / 3)
    assert float(ratio) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(("theory", "spin"), [(AlpPhoton, 0), (Spin2, 2)])
def test_the_coupling_to_photons_is_that_of_the_rate_of_two_photons(theory, spin):
    """(2 J + 1) times the width, as `CouplesToPhotons.photon_coupling` says."""
    one = theory(jnp.float64(0.3), jnp.float64(2e-4))
    rate = (2 * spin + 1) * one.widths()["photon", "photon"]
    assert float(rate) == pytest.approx(float(one.photon_coupling() ** 2 * one.mass**3 / (64 * np.pi)), rel=1e-12)
