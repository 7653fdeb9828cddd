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
from jaxdump.flux import CLOSED
from jaxdump.production.leptons.annihilation import ResonantAnnihilation, resonant_cross_section
from jaxdump.settings import with_numbers
from jaxdump.sources.beam import Beam, Tracks
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
    source = E137.productions[2].source
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


def test_annihilation_over_bremsstrahlung_at_e137():
    """Events behind the shield at a long lifetime, with any angle; computed independently with the same shower."""
    radiated, _, annihilated = E137.productions
    stage = E137.regions[0].channels[0].stages[0]
    for mass, wanted in {0.046: 1550, 0.06: 590, 0.08: 190, 0.1: 66, 0.12: 18, 0.135: 3}.items():
        theory = DarkPhoton(jnp.float64(mass), jnp.float64(1e-8), alpha_D=jnp.float64(0.0))
        ratio = np.exp(float(seen_behind(annihilated, stage, theory) - seen_behind(radiated, stage, theory)))
        assert ratio == pytest.approx(wanted, rel=0.03), mass


def test_a_factor_multiplies_what_annihilates_and_zero_leaves_it_out():
    theory = DarkPhoton(jnp.float64(0.25), jnp.float64(1e-4))
    whole, half, none = (
        float(log_total(dataclasses.replace(ANNIHILATION, annihilation=jnp.float64(factor)), theory)) for factor in (1, 0.5, 0)
    )
    assert half == pytest.approx(whole - np.log(2), abs=1e-12)
    assert none < CLOSED / 2
    slope = jax.grad(lambda factor: log_total(dataclasses.replace(ANNIHILATION, annihilation=factor), theory))
    assert float(slope(jnp.float64(2.0))) == pytest.approx(0.5, rel=1e-12)
    assert np.isfinite(float(slope(jnp.float64(0.0))))
    with pytest.raises(ValueError, match="annihilation: annihilation must be finite and at least 0"):
        dataclasses.replace(ANNIHILATION, annihilation=-1.0)


LIGHTEST, PANELS = 1e-12, 192
POSITRONS = dataclasses.replace(ANNIHILATION, source=Tracks(Beam("positron", 100.0), ANNIHILATION.source.target, "positron"))
"""Of the beam itself, whose tracks are as 1 / (y ln^2 y) at y = ln(E0/E), down to which their table goes at `LIGHTEST`."""


@jax.jit
def by_panels(theory, edges):
    """Log of the integral over y of E dT/dE sigma, by Gauss-Legendre in `PANELS` panels, and what lies above them."""
    points, steps = (jnp.asarray(a) for a in np.polynomial.legendre.leggauss(16))
    low, high = edges[:-1, None], edges[1:, None]
    y = ((low + high) / 2 + (high - low) / 2 * points[None]).ravel()
    weight = ((high - low) / 2 * steps[None]).ravel()
    cascade, source = POSITRONS.source.target.cascade(POSITRONS.source.beam), POSITRONS.source
    tracks = jnp.exp(cascade.log_track_length(jnp.exp(-y), "positron"))
    above = jnp.exp(cascade.log_cumulative(jnp.exp(-edges[:1]), "positron"))[0]
    sigma = resonant_cross_section(theory, 100.0 * jnp.exp(-jnp.concatenate([edges[:1], y])))
    total = jnp.sum(weight * tracks * sigma[1:]) + above * sigma[0]
    return jnp.log(total * source.material.radiation_length * source.material.nuclei_per_pb() * 82)


def panels(mass, width):
    """Edges of the panels: geometric in y, and around the resonance in steps of widths."""
    peak, breadth = mass**2 / (2 * ELECTRON_MASS) - ELECTRON_MASS, mass * width / (2 * ELECTRON_MASS)
    around = peak + breadth * np.concatenate([-np.geomspace(1e9, 0.1, 64), [0], np.geomspace(0.1, 1e9, 64)])
    inside = np.log(100 / np.clip(around, 50.0, 100 * (1 - 1e-9)))
    edges = np.concatenate([np.geomspace(LIGHTEST, np.log(2), PANELS + 1 - inside.size), inside])
    return np.sort(np.clip(edges, LIGHTEST, np.log(2)))


@pytest.mark.parametrize("alpha", [0.1, 1e-3, 1e-6])
@pytest.mark.parametrize("mass", [0.24, 0.3, 0.319, 0.31968, 0.3197, 0.325])
def test_the_beam_of_positrons_annihilates_as_by_quadrature(mass, alpha):
    """A positron of the beam at rest makes 0.319688 GeV: below it the resonance lies in the singular end of the tracks."""
    theory = DarkPhoton(jnp.float64(mass), jnp.float64(1e-5), alpha_D=jnp.float64(alpha))
    wanted = float(by_panels(theory, jnp.asarray(panels(mass, float(sum(theory.widths().values()))))))
    assert float(log_total(POSITRONS, theory)) == pytest.approx(wanted, abs=3e-4)


def test_what_annihilates_above_and_below_an_energy_is_all():
    """Below 90 GeV, from there to 99, and the rest of the beam with its singular end."""
    theory = DarkPhoton(jnp.float64(0.31), jnp.float64(1e-4))
    cut = lambda low, high: dataclasses.replace(POSITRONS, x_min=jnp.float64(low), x_max=jnp.float64(high), n=96)
    parts = [float(log_total(cut(*ends), theory)) for ends in ((0.5, 0.9), (0.9, 0.99), (0.99, 1.0))]
    assert np.logaddexp.reduce(parts) == pytest.approx(float(log_total(POSITRONS, theory)), abs=2e-4)


def test_positrons_of_the_beam_in_single_precision_and_their_slopes():
    masses = [0.2, 0.3, 0.3196, 0.3198, 0.33]
    number = lambda mass: POSITRONS(DarkPhoton(mass, jnp.asarray(1e-4, mass.dtype))).log_total()
    of_all = jax.jit(jax.vmap(jax.value_and_grad(number)))
    values, slopes = of_all(jnp.array(masses))
    single, slopes_of_single = of_all(jnp.array(masses, jnp.float32))
    np.testing.assert_allclose(single, values, atol=2e-3)
    assert np.all(np.isfinite(slopes) & np.isfinite(slopes_of_single))
    apart = of_all(jnp.array([0.3 * (1 + 1e-6), 0.3 * (1 - 1e-6), *masses[2:]]))[0]
    assert float(slopes[1]) == pytest.approx(float(apart[0] - apart[1]) / 0.6e-6, rel=1e-5)


def test_it_tells_without_a_flux_whether_anything_is_made():
    """Of a dark photon without dark matter nothing is made below two electrons, where its width is zero."""
    at = jax.jit(
        lambda one, factor, *theory: (lambda p, t: (*p.opens(t), jnp.any(p(t).log_weight > CLOSED / 2)))(
            dataclasses.replace(ANNIHILATION, annihilation=factor), DarkPhoton(*theory, alpha_D=one)
        )
    )
    rows = [
        (0.1, 1.0, 0.25, 1e-4),
        (0.1, 0.0, 0.25, 1e-4),
        (0.0, 1.0, 0.02, 1e-9),
        (0.0, 1.0, 1e-3, 1e-4),
        (0.1, 1.0, 1e-3, 1e-9),
    ]
    told = [tuple(map(bool, at(*map(jnp.float64, row)))) for row in rows]
    made, here, by_flux = zip(*told, strict=True)
    assert made == (True, False, True, True, True)
    assert here == by_flux == (True, False, True, False, True)


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
    assert "annihilation" in thick.leaves_out(Mine(0.1, 1e-3))
    for production, theory in (
        (thick, DarkPhoton(0.1, 1e-3)),
        (thick, Mine(0.1, 1e-3, lepton="muon")),
        (thin, Mine(0.1, 1e-3)),
    ):
        assert not production.leaves_out(theory)


def test_what_positrons_would_make_of_a_theory_that_tells_no_resonance_is_told():
    for theory in (DarkPhoton(0.1, 1e-3), AlpPhoton(0.1, 1e-3), Mine(0.1, 1e-3, lepton="muon")):
        assert E137.leaves_out(theory) == []
    assert "annihilation" in E137.leaves_out(Mine(0.1, 1e-3))[0]
    assert "annihilation" in NA64E_2022.leaves_out(Mine(0.1, 1e-3))[0]


def test_a_narrow_resonance_begins_and_ends_at_its_kinks():
    """Mediators of these masses are made at rest by positrons of the least energy that counts, and of the beam."""
    production = NA64E_2022.productions[1]
    made = lambda mass: log_total(production, DarkPhoton(jnp.float64(mass), jnp.float64(1e-6), alpha_D=1e-9))
    kinks = [0.3 - float(number) for number in production.kinks(DarkPhoton(0.3, 1e-3)).values()]
    for kink, into in zip(kinks, (1, -1), strict=True):
        assert float(made(kink * (1 + 1e-3 * into))) > float(made(kink * (1 - 1e-3 * into))) + 10
