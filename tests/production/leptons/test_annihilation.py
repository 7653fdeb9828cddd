"""Annihilation of positrons of a shower near a resonance, against an independent calculation and scipy."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from jaxdump.constants import ELECTRON_MASS, FINE_STRUCTURE, INVERSE_GEV2
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.decay import VisibleDecay
from jaxdump.experiments import E137, NA64E_2022
from jaxdump.fields import choice
from jaxdump.production.leptons.annihilation import ResonantAnnihilation, resonant_cross_section
from jaxdump.settings import with_numbers
from jaxdump.sources.beam import Tracks
from jaxdump.theories import AlpPhoton, DarkPhoton, LmuLtau
from jaxdump.theories.base import coupling, parameter
from jaxdump.theories.capabilities import Emission, RadiatedByLeptons
from jaxdump.typing import Scalar

ANNIHILATION = with_numbers(NA64E_2022, DarkPhoton, {"molar_mass": 207.0})[0].productions[1]
"""With the molar mass of the reference."""
DARK = {"D": "dirac", "S": "complex-scalar", "M": "majorana"}
log_total = jax.jit(lambda production, theory: production(theory).log_total())
log_positrons = jax.jit(lambda production, energy: production.source.log_density(energy))
annihilate = jax.jit(resonant_cross_section)
seen_behind = jax.jit(lambda production, stage, theory: stage(theory, production(theory)).log_total())


def test_resonant_cross_sections_equal_the_reference(lepton_reference):
    for row in lepton_reference["sig_res"]:
        theory = DarkPhoton(jnp.float64(row["M"]), jnp.float64(row["eps"]), alpha_D=row["alphaD"], dark=DARK[row["dm"]])
        got = float(annihilate(theory, jnp.array([row["E"]]))[0])
        assert got == pytest.approx(row["sigma"] * INVERSE_GEV2, rel=1e-7), row


def test_resonance_counts_equal_the_reference(lepton_reference):
    for row in lepton_reference["res"]:
        eps, alpha = jnp.float64(row["eps"]), jnp.float64(row["alphaD"])
        theory = DarkPhoton(jnp.float64(row["M"]), eps, alpha_D=alpha, dark=DARK[row["dm"]])
        got = row["EOT"] * float(jnp.exp(log_total(ANNIHILATION, theory)))
        assert got == pytest.approx(row["N"], rel=1e-4), row


@pytest.mark.parametrize("mass", [0.24, 0.27, 0.31])
def test_narrow_resonance_has_its_area(mass):
    """Integral dE sigma = 2 pi^2 alpha eps^2 / m_e, at E = m^2 / (2 m_e) - m_e."""
    theory = DarkPhoton(jnp.float64(mass), jnp.float64(1e-4), alpha_D=jnp.float64(1e-6))
    energy = jnp.array([mass**2 / (2 * ELECTRON_MASS) - ELECTRON_MASS])
    tracks = jnp.exp(log_positrons(ANNIHILATION, energy))[0]
    area = 2 * np.pi**2 * FINE_STRUCTURE * 1e-8 / ELECTRON_MASS * INVERSE_GEV2
    wanted = area * 82 * float(ANNIHILATION.source.material.nuclei_per_pb() * tracks)
    assert float(jnp.exp(log_total(ANNIHILATION, theory))) == pytest.approx(wanted, rel=2e-4)


@pytest.mark.parametrize("mass", [0.1, 0.23, 0.25, 0.32])
@pytest.mark.parametrize("alpha", [1e-9, 1e-3, 0.5])
def test_resonance_nodes_have_converged(mass, alpha):
    few, many = (dataclasses.replace(ANNIHILATION, n=n) for n in (48, 200))
    theory = DarkPhoton(jnp.float64(mass), jnp.float64(1e-4), alpha_D=jnp.float64(alpha), dark="majorana")
    assert float(log_total(few, theory)) == pytest.approx(float(log_total(many, theory)), abs=2e-5)


@pytest.mark.parametrize(("mass", "eps"), [(0.06, 1e-5), (0.1, 1e-7), (0.13, 3e-6)])
def test_visible_decays_of_a_resonance_equal_the_narrow_one(mass, eps):
    """Without dark matter at E137: all that is made at E = m^2 / (2 m_e) - m_e decays to electrons, by its own width."""
    source = Tracks(E137.productions[0].source.beam, E137.productions[0].source.target, "positron")
    annihilation = ResonantAnnihilation("annihilation", source, x_min=0.05)
    stage = VisibleDecay(DecayVolume(179.0, 204.0), seen="electron")
    theory = DarkPhoton(jnp.float64(mass), jnp.float64(eps), alpha_D=jnp.float64(0.0))
    got = float(seen_behind(annihilation, stage, theory))
    energy = mass**2 / (2 * ELECTRON_MASS)
    width = FINE_STRUCTURE * eps**2 * mass / 3
    half = mass * width / (2 * ELECTRON_MASS)
    peak, _ = scipy.integrate.quad(lambda x: 1 / (1 + x**2) / half, -np.inf, np.inf)
    sigma = 12 * np.pi * width**2 / (2 * ELECTRON_MASS) ** 2 * peak * INVERSE_GEV2
    rate = width / (np.sqrt(energy**2 - mass**2) / mass * 1.973269804e-16)
    decays = np.exp(-179 * rate) * -np.expm1(-204 * rate)
    tracks = float(jnp.exp(log_positrons(annihilation, jnp.array([energy - ELECTRON_MASS])))[0])
    electrons = 13 * float(source.material.nuclei_per_pb())
    assert got == pytest.approx(np.log(sigma * decays * tracks * electrons), abs=1e-3)


@pytest.mark.parametrize("theory", [LmuLtau, AlpPhoton])
def test_theories_without_a_resonance_have_none(theory):
    assert not NA64E_2022.productions[1].makes(theory(0.25, 1e-4))


class Mine(RadiatedByLeptons):
    """A vector of a user's, which couples to one charged lepton and is no mediator."""

    name = "mine"
    references = ()

    mass: Scalar = parameter()
    g: Scalar = coupling()
    lepton: str = choice("electron", "muon", kw_only=True)

    def emissions(self, lepton):
        return (Emission(self.g, DarkPhoton.element),) if lepton == self.lepton else ()

    def widths(self, particle=""):
        return {("X", "X"): self.g**2 * self.mass}


def test_a_resonance_that_is_not_calculated_is_told():
    thick, thin = (with_numbers(NA64E_2022, DarkPhoton, {"target": target})[0].productions[1] for target in ("thick", "thin"))
    assert "resonance" in thick.leaves_out(Mine(0.1, 1e-3))
    for production, theory in (
        (thick, DarkPhoton(0.1, 1e-3)),
        (thick, Mine(0.1, 1e-3, lepton="muon")),
        (thin, Mine(0.1, 1e-3)),
    ):
        assert not production.leaves_out(theory)


def test_what_e137_does_not_make_is_told_of_what_positrons_would_make():
    told = "annihilation of positrons of the shower is left out: limits are too weak from 0.045 to 0.14 GeV"
    assert E137.leaves_out(DarkPhoton(0.1, 1e-3)) == [told]
    assert E137.leaves_out(AlpPhoton(0.1, 1e-3)) == E137.leaves_out(Mine(0.1, 1e-3, lepton="muon")) == []
    assert "resonance" in NA64E_2022.leaves_out(Mine(0.1, 1e-3))[0]


def test_a_narrow_resonance_begins_and_ends_at_its_kinks():
    """Mediators of these masses are made at rest by positrons of the least energy that counts, and of the beam."""
    production = NA64E_2022.productions[1]
    made = lambda mass: log_total(production, DarkPhoton(jnp.float64(mass), jnp.float64(1e-6), alpha_D=1e-9))
    kinks = [0.3 - float(number) for number in production.kinks(DarkPhoton(0.3, 1e-3)).values()]
    for kink, into in zip(kinks, (1, -1), strict=True):
        assert float(made(kink * (1 + 1e-3 * into))) > float(made(kink * (1 - 1e-3 * into))) + 10
