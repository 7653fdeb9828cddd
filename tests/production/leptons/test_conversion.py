"""Leptons that become others: the amplitude from Dirac matrices, the cross-section of equal masses, and muons of taus."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from dirac import GAMMA, GAMMA5, METRIC, slash
from scipy.integrate import quad

import jaxdump
from jaxdump.constants import MUON_MASS, TAU_MASS
from jaxdump.detection.tau import TO_MUON, MuonOfTau
from jaxdump.experiments import NA64_TAU_1E13
from jaxdump.flux import CLOSED, Flux
from jaxdump.matter import particles
from jaxdump.matter.materials import LEAD
from jaxdump.production.leptons.bremsstrahlung import dsigma_dx
from jaxdump.production.leptons.conversion import conversion_spectrum
from jaxdump.sources.beam import Beam
from jaxdump.theories import Conversion, PseudoscalarMuon, ScalarMuon, ScalarMuTau

ONE = np.eye(4)


def squared(parity, m, final, mass, s, cosine):
    """The squared amplitude over e^2 g^2, averaged over spins and polarisations, and U."""
    root = np.sqrt(s)
    e_in, e_out = (s + m**2) / (2 * root), (s + mass**2 - final**2) / (2 * root)
    k_in, k_out = e_in - m**2 / root, np.sqrt(e_out**2 - mass**2)
    p, q = np.array([e_in, 0, 0, k_in]), np.array([k_in, 0, 0, -k_in])
    k = np.array([e_out, k_out * np.sqrt(1 - cosine**2), 0, k_out * cosine])
    u, vertex = final**2 - (p - k) @ METRIC @ (p - k), ONE if parity > 0 else 1j * GAMMA5
    total = 0.0
    for mu in range(4):
        first = vertex @ (slash(p + q) + m * ONE) @ GAMMA[mu] / (s - m**2)
        amplitude = first - GAMMA[mu] @ (slash(p - k) + final * ONE) @ vertex / u
        bar = GAMMA[0] @ amplitude.conj().T @ GAMMA[0]
        trace = np.trace((slash(p + q - k) + final * ONE) @ amplitude @ (slash(p) + m * ONE) @ bar)
        total -= METRIC[mu, mu] * trace.real
    return total / 4, u, s - m**2


@pytest.mark.parametrize("parity", [1, -1])
def test_the_amplitude_equals_dirac_matrices(parity):
    """In x = 1 - U / S and y, which U = x y + M^2 (1 - x) / x + m'^2 - m^2 (1 - x) gives."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        m, final, mass = rng.uniform(0.1, 2.0, 3)
        wanted, u, big = squared(parity, m, final, mass, (final + mass + m + rng.uniform(0.2, 3)) ** 2, rng.uniform(-0.9, 0.9))
        x = 1 - u / big
        y = (u - mass**2 * (1 - x) / x - final**2 + m**2 * (1 - x)) / x
        c = 2 * (mass**2 - (final + parity * m) ** 2)
        assert (x**2 - c * (1 - x) * x**2 * y / u**2) / (1 - x) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("parity", "theory"), [(1, ScalarMuon), (-1, PseudoscalarMuon)])
def test_between_leptons_of_one_mass_it_is_bremsstrahlung(parity, theory, monkeypatch):
    monkeypatch.setitem(particles.PARTICLES, "twin", particles.PARTICLES["muon"])
    x = jnp.array([0.01, 0.3, 0.6, 0.9])
    ours = conversion_spectrum(Conversion(1.0, "twin", parity), MUON_MASS, jnp.asarray(0.1), x, 160.0, LEAD)
    np.testing.assert_allclose(ours, dsigma_dx(theory(0.1, 1.0), x, 160.0, "muon", LEAD), rtol=1e-7)


@jax.jit
def total(run, theory):
    return run.productions[0](theory).log_total(), run.log_signal(theory)[0]


def test_nodes_are_enough_and_what_is_too_heavy_is_not_made():
    finer = dataclasses.replace(NA64_TAU_1E13, productions=(dataclasses.replace(NA64_TAU_1E13.productions[0], n_x=96),))
    for mass in (0.01, 1.0):
        (made, events), (wanted, events_wanted) = (total(run, ScalarMuTau(mass, 1e-3)) for run in (NA64_TAU_1E13, finer))
        assert float(made) == pytest.approx(float(wanted), abs=1e-8)
        assert float(events) == pytest.approx(float(events_wanted), abs=1e-4)
    assert float(total(NA64_TAU_1E13, ScalarMuTau(159.0, 1.0))[0]) < CLOSED / 2


def test_it_is_visible_above_both_masses():
    assert float(ScalarMuTau(1.8, 1.0).widths()["muon", "tau"]) == 0
    mass, g = 3.0, 0.1
    p = np.sqrt((mass**2 - (MUON_MASS + TAU_MASS) ** 2) * (mass**2 - (TAU_MASS - MUON_MASS) ** 2)) / (2 * mass)
    wanted = 2 * g**2 * 2 * (mass**2 - (MUON_MASS + TAU_MASS) ** 2) * p / (8 * np.pi * mass**2)
    assert float(ScalarMuTau(mass, g).widths()["muon", "tau"]) == pytest.approx(wanted, rel=1e-12)


def test_muons_of_taus_are_soft_enough():
    energy = np.array([10.0, 70.0, 100.0, 150.0])
    flux = Flux(jnp.asarray(energy), jnp.full(4, 0.1), jnp.zeros(4), jnp.zeros(()))
    shares = np.exp(MuonOfTau(Beam("muon", 160.0), 80.0)(ScalarMuTau(0.1, 1.0), flux).log_weight) / TO_MUON
    spectrum = lambda z: 5 / 3 - 3 * z**2 + 4 / 3 * z**3
    wanted = [quad(spectrum, 0, min(80 / (160 - one), 1))[0] for one in energy]
    np.testing.assert_allclose(shares, wanted, rtol=1e-12)
    assert wanted[2:] == pytest.approx([1, 1])


def test_what_cannot_be_is_told():
    class TwoWays(ScalarMuTau):
        def conversions(self, lepton):
            return 2 * super().conversions(lepton)

    production = NA64_TAU_1E13.productions[0]
    with pytest.raises(ValueError, match="conversion: muons become tau and tau: make a theory for each"):
        production(TwoWays(0.1, 1.0))
    with pytest.raises(ValueError, match="tau: softer_than must be finite and positive, not -1"):
        MuonOfTau(Beam("muon", 160.0), -1.0)


def test_another_energy_of_the_beam_reaches_the_tau():
    run, _ = jaxdump.with_numbers(NA64_TAU_1E13, ScalarMuTau, {"energy": 100.0})
    assert run.productions[0].source.beam.energy == run.regions[0].channels[0].stages[0].beam.energy == 100.0
