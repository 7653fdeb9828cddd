import decays
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from slopes import values_and_slopes

from jaxdump.constants import E_CHARGE, LEPTON_MASS, MUON_MASS
from jaxdump.matter.hadronic_ratio import hadronic_ratio
from jaxdump.theories import (
    THEORIES,
    AlpMuon,
    AlpPhoton,
    AxialVector,
    DarkPhoton,
    LmuLtau,
    LmuLtauDark,
    PseudoscalarMediator,
    PseudoscalarMuon,
    ScalarMediator,
    ScalarMuon,
    Spin2,
)

MEDIATORS = {
    ScalarMediator: "scalar",
    PseudoscalarMediator: "pseudoscalar",
    DarkPhoton: "vector",
    AxialVector: "axial",
    Spin2: "spin2",
}


def test_alp_widths_equal_the_reference(reference):
    for row in reference["widths"]:
        assert float(AlpPhoton(row["m"], row["g"]).widths()["photon", "photon"]) == pytest.approx(row["Gamma_a_gg"], rel=1e-12)
        assert float(AlpMuon(row["m"], row["g"]).widths()["muon", "muon"]) == pytest.approx(
            row["Gamma_a_mumu"], rel=1e-9, abs=0
        )
        log_rate = AlpPhoton(row["m"], row["g"]).log_decay_rate(jnp.array([0.8 * 160]), jnp.array([row["m"]]))
        assert 100 * float(jnp.exp(-log_rate[0])) == pytest.approx(row["l_gg_cm_x08"], rel=1e-9)


@pytest.mark.parametrize("mass", [0.22, 1.0, 5.0])
def test_widths_to_muons_equal_their_amplitudes(mass):
    cases = {ScalarMuon: "scalar", PseudoscalarMuon: "pseudoscalar", AlpMuon: "derivative", LmuLtau: "vector"}
    for theory, interaction in cases.items():
        wanted = 0.01 * decays.to_fermions(interaction, mass, MUON_MASS)
        assert float(theory(mass, 0.1).widths()["muon", "muon"]) == pytest.approx(wanted, rel=1e-12)


def test_widths_of_massless_daughters_equal_their_amplitudes():
    neutrinos = LmuLtau(0.7, 0.1).widths()["neutrino", "neutrino"]
    assert float(neutrinos) == pytest.approx(2 * 0.01 * decays.to_fermions("left-handed", 0.7, 0.0), rel=1e-12)
    assert float(AlpPhoton(0.7, 0.1).widths()["photon", "photon"]) == pytest.approx(
        0.01 * decays.to_photons("alp", 0.7), rel=1e-12
    )
    assert float(Spin2(0.7, 0.1).widths()["photon", "photon"]) == pytest.approx(
        0.01 * decays.to_photons("spin2", 0.7), rel=1e-12
    )


@pytest.mark.parametrize("mediator", MEDIATORS)
@pytest.mark.parametrize("mass", [1.1e-3, 0.22, 5.0])
def test_mediators_decay_to_every_charged_lepton_above_threshold(mediator, mass):
    widths = mediator(mass, 0.1).widths()
    assert ("neutrino", "neutrino") not in widths
    for species, lepton in LEPTON_MASS.items():
        wanted = 0.0
        if mass > 2 * lepton:
            coupling = 0.1 * E_CHARGE if mediator is DarkPhoton else 0.1
            wanted = coupling**2 * decays.to_fermions(MEDIATORS[mediator], mass, lepton)
        assert float(widths[species, species]) == pytest.approx(wanted, rel=1e-12)


def dark_width(interaction, dark, mass, m, dimensionful):
    """From the amplitudes, for a squared coupling of 4 pi 0.3 at the mass `dimensionful`, where it is not a number."""
    g_squared = 4 * np.pi * 0.3
    if dark == "majorana" and interaction == "vector":
        interaction = "axial"
    if dark == "complex-scalar":
        power = {0: 2, 1: 0, 2: -2}[decays.SPIN[interaction]]
        return g_squared * dimensionful**power * decays.to_scalars(interaction, mass, m)
    decay = {"dirac": decays.to_fermions, "majorana": decays.to_majorana, "pseudo-dirac": decays.to_pseudo_dirac}[dark]
    return g_squared * dimensionful ** (-2 if interaction == "spin2" else 0) * decay(interaction, mass, m)


@pytest.mark.parametrize("mediator", MEDIATORS)
@pytest.mark.parametrize("dark", ["dirac", "complex-scalar", "majorana", "pseudo-dirac"])
def test_widths_to_dark_matter_equal_their_amplitudes_on_and_off_shell(mediator, dark):
    theory = mediator(0.3, 1e-3, alpha_D=0.3, mass_ratio=2.5, dark=dark)
    for mass in (0.3, 0.25, 0.7):
        wanted = dark_width(MEDIATORS[mediator], dark, mass, 0.12, 0.3)
        assert float(theory.off_shell(mass)["chi", "chi"]) == pytest.approx(wanted, rel=1e-12)
    assert float(theory.off_shell(0.239)["chi", "chi"]) == 0.0
    assert float(theory.to_dark()) == pytest.approx(float(theory.widths()["chi", "chi"]), rel=1e-15)


def test_vector_current_of_majorana_fermions_vanishes():
    assert decays.to_majorana("vector", 0.3, 0.1) < 1e-30


def test_dark_photon_decays_to_hadrons_as_to_massless_muons_times_the_ratio():
    width = DarkPhoton(0.77, 1e-3).widths()[("hadrons",)]
    massless = 1e-6 * E_CHARGE**2 * decays.to_fermions("vector", 0.77, 1e-9)
    assert float(width) == pytest.approx(massless * float(hadronic_ratio(jnp.float64(0.77))), rel=1e-9)
    assert float(DarkPhoton(0.27, 1e-3).widths()[("hadrons",)]) < 1e-4 * 0.27 * 1e-6 * E_CHARGE**2 / (12 * np.pi)  # pi0 gamma
    assert float(DarkPhoton(0.13, 1e-3).widths()[("hadrons",)]) == 0.0


@pytest.mark.parametrize("mediator", [ScalarMediator, PseudoscalarMediator, AxialVector])
def test_couplings_to_leptons(mediator):
    e, mu, tau = LEPTON_MASS.values()
    wanted = {
        "universal": (1, 1, 1),
        "electron": (1, 0, 0),
        "muon": (0, 1, 0),
        "mass-electron": (1, mu / e, tau / e),
        "mass-muon": (e / mu, 1, tau / mu),
    }
    for couples, ratios in wanted.items():
        theory = mediator(1.0, 0.5, couples=couples)
        np.testing.assert_allclose([theory.coupling_to(species) for species in LEPTON_MASS], 0.5 * np.array(ratios), rtol=1e-15)
    assert mediator(1.0, 0.5).couples == "universal"


@pytest.mark.parametrize("mediator", MEDIATORS)
def test_wrong_words_are_told(mediator):
    words = "dirac, complex-scalar, majorana, pseudo-dirac"
    with pytest.raises(ValueError, match=f"^{mediator.name}: no dark 'weyl': choose one of {words}$"):
        mediator(0.3, 1e-3, dark="weyl")
    if "couples" in mediator.__dataclass_fields__:
        words = "universal, electron, muon, mass-electron, mass-muon"
        with pytest.raises(ValueError, match=f"^{mediator.name}: no couples 'tau': choose one of {words}$"):
            mediator(0.3, 1e-3, couples="tau")


@pytest.mark.parametrize("theory", THEORIES.values())
@pytest.mark.parametrize("weak", [(), ("mass",), ("coupling",)], ids=["neither", "mass", "coupling"])
def test_widths_have_the_precision_of_the_theory(theory, weak, dtype):
    """Also where a field is a Python number, compiled or not."""
    mass, coupling = (0.9 if name in weak else jnp.asarray(0.9, dtype=dtype) for name in ("mass", "coupling"))
    for widths in (theory(mass, coupling).widths(), jax.jit(lambda: theory(mass, coupling).widths())()):
        for width in widths.values():
            assert (width + jnp.zeros((), dtype)).dtype == dtype
            assert np.isfinite(width)
            assert weak or width.dtype == dtype


@pytest.mark.parametrize("mediator", MEDIATORS)
def test_widths_and_gradients_are_finite_at_every_mass(mediator, dtype):
    thresholds = [2 * mass for mass in LEPTON_MASS.values()]
    masses = np.concatenate([np.geomspace(1e-5, 1e4, 100), thresholds])

    def totals(mass):
        dark = ("dirac", "complex-scalar", "majorana")
        return [sum(mediator(mass, 1e-3, mass_ratio=2.0, dark=each).widths().values()) for each in dark]

    for numbers in jax.tree.leaves(values_and_slopes(totals, masses, dtype=dtype, backwards=True)):
        assert numbers.dtype == dtype
        assert np.all(np.isfinite(numbers))


def test_branching_ratios_of_lmu_ltau_equal_the_reference(reference):
    for row in reference["contour_LmuLtau_massive_eff1"]:
        widths = LmuLtau(row["mZ"], 1e-3).widths()
        assert float(widths["neutrino", "neutrino"] / sum(widths.values())) == pytest.approx(row["BR_nunu"], rel=1e-12)


def test_dark_photon_decays_to_dark_matter_unless_told_otherwise():
    default = DarkPhoton(0.1, 1e-3).widths()
    assert float(default["chi", "chi"]) > 1e4 * float(default["electron", "electron"])
    assert float(DarkPhoton(0.1, 1e-3, alpha_D=0.0).widths()["chi", "chi"]) == 0.0
    assert float(DarkPhoton(0.1, 1e-3, mass_ratio=1.9).widths()["chi", "chi"]) == 0.0


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
    name = theory.axes()[1]
    if name in theory.signed and np.isfinite(bad):
        assert float(theory(1.0, bad).coupling) == bad
        return
    with pytest.raises(ValueError, match=f"{theory.name}: {name} must be finite"):
        theory(1.0, bad)


def test_every_theory_says_where_it_is_from():
    for theory in THEORIES.values():
        assert all(reference.startswith("arXiv:") for reference in theory.references)
        assert theory.references
