import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.constants import MUON_MASS
from jaxdump.theories import THEORIES, AlpMuon, AlpPhoton, DarkPhoton, LmuLtau, LmuLtauDark, PseudoscalarMuon, ScalarMuon


def test_alp_widths_equal_the_reference(reference):
    for row in reference["widths"]:
        assert float(AlpPhoton(row["m"], row["g"]).widths()["photons"]) == pytest.approx(row["Gamma_a_gg"], rel=1e-12)
        assert float(AlpMuon(row["m"], row["g"]).widths()["muons"]) == pytest.approx(row["Gamma_a_mumu"], rel=1e-9, abs=0)
        log_rate = AlpPhoton(row["m"], row["g"]).log_decay_rate(jnp.array([0.8 * 160]), jnp.array([row["m"]]))
        assert 100 * float(jnp.exp(-log_rate[0])) == pytest.approx(row["l_gg_cm_x08"], rel=1e-9)


@pytest.mark.parametrize("mass", [0.3, 1.0, 5.0])
def test_pair_widths_equal_two_body_phase_space(mass):
    """G = |p| / (8 pi m^2) sum |M|^2, with the sums over spins of the decay amplitudes written out by their traces."""
    momentum = np.sqrt(mass**2 / 4 - MUON_MASS**2)
    phase_space = momentum / (8 * np.pi * mass**2)
    scalar, pseudoscalar = 2 * (mass**2 - 4 * MUON_MASS**2), 2 * mass**2
    vector = 4 / 3 * (mass**2 + 2 * MUON_MASS**2)
    for theory, squared in ((ScalarMuon, scalar), (PseudoscalarMuon, pseudoscalar), (LmuLtau, vector)):
        assert float(theory(mass, 0.1).widths()["muons"]) == pytest.approx(0.01 * squared * phase_space, rel=1e-12)


def test_branching_ratios_of_lmu_ltau_equal_the_reference(reference):
    for row in reference["contour_LmuLtau_massive_eff1"]:
        widths = LmuLtau(row["mZ"], 1e-3).widths()
        assert float(widths["neutrinos"] / sum(widths.values())) == pytest.approx(row["BR_nunu"], rel=1e-12)


def test_dark_photon_decays_to_dark_matter_unless_told_otherwise():
    default = DarkPhoton(0.1, 1e-3).widths()
    assert float(default["dark"]) > 1e4 * float(default["electrons"])
    assert float(DarkPhoton(0.1, 1e-3, alpha_D=0.0).widths()["dark"]) == 0.0
    assert float(DarkPhoton(0.1, 1e-3, mass_ratio=1.9).widths()["dark"]) == 0.0


def test_pair_spectrum_has_the_known_total():
    """The integral of dQ^2 / Q^2 sqrt(1 - r) (1 + r / 2), r = 4 m^2/Q^2, to Q grows as 2 ln(Q/m) - 5/3."""
    masses, log_weights = LmuLtauDark(jnp.float64(1e-3), jnp.float64(1.0)).invariant_masses(1e3, 80)
    total = float(jnp.sum(jnp.exp(log_weights))) * 12 * np.pi**2
    assert total == pytest.approx(2 * np.log(1e6) - 5 / 3, rel=1e-10)
    assert float(masses[0]) > 2e-3
    assert float(masses[-1]) < 1e3


@pytest.mark.parametrize("theory", THEORIES.values())
@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_bad_masses_and_couplings_are_told(theory, bad):
    with pytest.raises(ValueError, match=f"{theory.name}: mass must be finite and positive"):
        theory(bad, 1.0)
    with pytest.raises(ValueError, match=f"{theory.name}: {theory.coupling_name} must be finite and positive"):
        theory(1.0, bad)


def test_every_theory_says_where_it_is_from():
    for theory in THEORIES.values():
        assert all(reference.startswith("arXiv:") for reference in theory.references)
        assert theory.references
